//! A ChangeCipherSpec before there are keys (CVE-2014-0224).
//!
//! A sound server ends the handshake at once. A faulty one says nothing and takes an empty secret into use; garbage in
//! place of a Finished then fails to be decrypted, where others see a message that is none. Between the two the
//! server has time to answer, so that its answer to the first is never taken for one to the second:
//! [`crate::observation::Tls::end`] says that the handshake was over before the second was sent.

use std::time::Duration;

use mailmedic_wire::names::ContentType;
use mailmedic_wire::record;

use super::{Tried, opened};
use crate::job::Offer;
use crate::observation::ReactionEnd;
use crate::probe::flight;
use crate::probe::tap::Tap;

pub(super) async fn attempt(stream: Tap, offer: &Offer, parts: bool, limit: Duration) -> Tried {
    let mut opened = opened::open(stream, &flight::hello(offer), limit).await;
    let Some(version) = opened.waits() else {
        return opened.close(offer.server_name.clone(), opened::not_reached(), false).await;
    };
    let change = record::write(ContentType::CHANGE_CIPHER_SPEC, version, &[1]);
    let first = opened.say_last(&change, parts, limit / 2).await;
    let ended_early = opened::is_end(&first);
    let reaction = if parts || first.end != ReactionEnd::TimedOut {
        first
    } else {
        let mut second = opened.say(&opened::garbage(version), limit / 2).await;
        second.records.splice(0..0, first.records);
        second
    };
    opened.close(offer.server_name.clone(), Some(reaction), ended_early).await
}
