//! A second handshake inside the first, begun by the client; and again, as long as the server goes along.

use std::time::Duration;

use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::flight::End;
use mailmedic_wire::names::{ContentType, ExtensionType, HandshakeType};

use super::client::{Failure, Last, Link, shake};
use super::{COMMAND, Tried, tried};
use crate::job::Offer;
use crate::observation::{Reaction, ReactionEnd, SeenRecord};
use crate::probe::tap::Tap;

/// How often a server must go along to be one that sets no limit.
const MOST_TIMES: usize = 10;

/// Shakes hands and asks for a session ticket, then asks to begin again, as our last word where it `parts`.
pub(super) async fn renegotiate(stream: Tap, offer: &Offer, parts: bool, limit: Duration) -> Tried {
    let hello = super::completable_hello(offer).with(ClientExtension::SessionTicket(Vec::new()));
    let (mut link, first) = shake(stream, hello, Last::Nothing, limit).await;
    let mut reaction = Reaction { records: Vec::new(), end: ReactionEnd::NotReached };
    let mut verify_data = match &first.agreed {
        Ok(agreed) => agreed.verify_data.clone(),
        Err(_) => {
            link.leave().await;
            return tried(first, offer, Some(reaction));
        }
    };
    reaction.end = ReactionEnd::Left;
    for _ in 0..MOST_TIMES {
        let hello = match verify_data {
            Some(data) => super::completable_hello(offer).with(ClientExtension::RenegotiationInfo(data)),
            None => super::completable_hello(offer).without(ExtensionType::RENEGOTIATION_INFO),
        };
        let again = link.shake(hello, if parts { Last::Hello } else { Last::Nothing }).await;
        reaction.records.extend(answer(&again.records));
        match again.agreed {
            Ok(agreed) => verify_data = agreed.verify_data,
            Err(failure) => {
                reaction.end = end(&failure, again.flight.end);
                if reaction.end == ReactionEnd::TimedOut && !parts && again.flight.server_hello.is_none() {
                    reaction.end = passed_over(&mut link, &mut reaction.records).await;
                }
                break;
            }
        }
    }
    link.leave().await;
    tried(first, offer, Some(reaction))
}

/// Tells how a silence ends once there is a command to answer: a server that passes over the hello goes on.
async fn passed_over(link: &mut Link, records: &mut Vec<SeenRecord>) -> ReactionEnd {
    link.send(ContentType::APPLICATION_DATA, COMMAND).await;
    match link.next(link.deadline()).await {
        Ok(heard) => {
            records.push(heard.seen);
            ReactionEnd::Left
        }
        Err(end) => end,
    }
}

/// Returns the record that answers a hello: the ServerHello, or an alert.
fn answer(records: &[SeenRecord]) -> Option<SeenRecord> {
    let is_request = |record: &SeenRecord| {
        record.content == ContentType::HANDSHAKE.0
            && record.head.0.first() == Some(&HandshakeType::HELLO_REQUEST.0)
    };
    records.iter().find(|record| !is_request(record)).cloned()
}

fn end(failure: &Failure, flight: Option<End>) -> ReactionEnd {
    match (failure, flight) {
        (Failure::Ended(end), _) => *end,
        (Failure::Flight, Some(End::Eof)) => ReactionEnd::Closed,
        (Failure::Flight, Some(End::Reset)) => ReactionEnd::Reset,
        (Failure::Flight, Some(End::TimedOut)) => ReactionEnd::TimedOut,
        _ => ReactionEnd::Left,
    }
}
