//! A heartbeat request that claims more bytes than it carries (CVE-2014-0160).
//!
//! A faulty server answers with all that was claimed. The request carries nearly all of it itself and claims only
//! 16 bytes too many: enough to prove the fault, too few to learn anything; and nothing of them is kept.
//!
//! It carries that much because OpenSSL holds up to 4,096 bytes back during a handshake, and sends longer answers at
//! once if what is left after these is as long again. The message that comes right behind is one that no client may
//! send: it makes a sound server end the connection with an alert, where it would wait in silence otherwise.

use std::time::Duration;

use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::heartbeat::{self, Heartbeat};
use mailmedic_wire::hello::write_message;
use mailmedic_wire::names::{ContentType, ExtensionType, HandshakeType, HeartbeatMessageType, HeartbeatMode};
use mailmedic_wire::record;

use super::{Tried, opened};
use crate::job::Offer;
use crate::observation::{HEARTBEAT_CARRIED, HEARTBEAT_CLAIMED};
use crate::probe::flight;
use crate::probe::tap::Tap;

pub(super) async fn attempt(stream: Tap, offer: &Offer, parts: bool, limit: Duration) -> Tried {
    let heartbeats = ClientExtension::Heartbeat(HeartbeatMode::PEER_ALLOWED_TO_SEND);
    let hello = flight::hello(offer).with(heartbeats);
    let mut opened = opened::open(stream, &hello, limit).await;
    let answer = opened.flight.server_hello.as_ref();
    if answer.is_some_and(|hello| !hello.has(ExtensionType::HEARTBEAT)) {
        return opened.close(offer.server_name.clone(), None, false).await;
    }
    let Some(version) = opened.waits() else {
        return opened.close(offer.server_name.clone(), opened::not_reached(), false).await;
    };
    let lie = Heartbeat {
        kind: HeartbeatMessageType::HEARTBEAT_REQUEST,
        payload_length: HEARTBEAT_CLAIMED,
        rest: &[0; HEARTBEAT_CARRIED as usize],
    };
    let mut moves = lie.encode_records(version);
    let misplaced = write_message(HandshakeType::SERVER_HELLO_DONE, &[]);
    moves.extend(record::write(ContentType::HANDSHAKE, version, &misplaced));
    let mut reaction = opened.say_last(&moves, parts, limit).await;
    for record in reaction.records.iter_mut().filter(|record| record.content == ContentType::HEARTBEAT.0) {
        record.head.0.truncate(heartbeat::HEADER);
    }
    opened.close(offer.server_name.clone(), Some(reaction), false).await
}
