//! Session tickets of TLS 1.2 (RFC 5077): kept, and shown again with a session id of one byte.

use std::time::Duration;

use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::flight::{Flight, StopAt};
use mailmedic_wire::hello::{ServerHello, write_message};
use mailmedic_wire::names::{ContentType, HandshakeType, ProtocolVersion};

use super::Tried;
use super::client::Ticket;
use crate::bytes::Bytes;
use crate::job::Attempt;
use crate::observation::{LONE_SESSION_ID, Reaction, ReactionEnd, SeenRecord, SeenTicket};
use crate::probe::flight;
use crate::probe::tap::Tap;

/// The most bytes of a ticket that is kept to be shown again; honest ones have some hundreds.
const MOST_KEPT: usize = 4_096;

/// The bytes of a ServerHello up to the first byte of its session id: what comes after may be another client's memory,
/// and is not kept.
const TELLING: usize = 40;

/// Returns what is kept of a ticket.
pub(super) fn kept(ticket: Ticket) -> SeenTicket {
    SeenTicket {
        lifetime_s: Some(ticket.lifetime_s),
        max_early_data: None,
        bytes: (ticket.bytes.len() <= MOST_KEPT).then_some(Bytes(ticket.bytes)),
    }
}

/// Shows a ticket; whether the server takes it, it says before there are keys.
pub(super) async fn show(mut stream: Tap, attempt: &Attempt, parts: bool, limit: Duration) -> Tried {
    let ticket = attempt.ticket.clone().unwrap_or_default();
    let mut hello = super::completable_hello(&attempt.offer).with(ClientExtension::SessionTicket(ticket.0));
    // A server that takes the ticket says so by repeating this (RFC 5077 §3.4).
    hello.session_id = vec![LONE_SESSION_ID];
    let records = hello.encode_records(ProtocolVersion::TLSv1_0);
    let flight = flight::read(&mut stream, &records, StopAt::Certificate, parts, limit).await;
    flight::leave(stream, &flight).await;
    let resumed = resumed(&flight);
    let reaction = flight
        .server_hello
        .as_ref()
        .map(|hello| Reaction { records: vec![telling(hello)], end: ReactionEnd::Left });
    let (mut tls, certificates) = flight::record(flight, attempt.offer.server_name.clone());
    tls.resumed = resumed;
    Tried { tls, certificates, reaction }
}

/// Tells whether the server took up the session: it changes to its keys at once, with no certificate before.
fn resumed(flight: &Flight) -> Option<bool> {
    flight.server_hello.as_ref()?;
    if flight.certificates.is_some() {
        return Some(false);
    }
    let whole = flight.end.is_none() && flight.alert.is_none() && flight.malformed.is_none();
    let older = flight.version.is_some_and(|version| version < ProtocolVersion::TLSv1_3);
    (whole && older).then_some(true)
}

fn telling(hello: &ServerHello) -> SeenRecord {
    let message = write_message(HandshakeType::SERVER_HELLO, &hello.encode());
    SeenRecord {
        content: ContentType::HANDSHAKE.0,
        length: u16::try_from(message.len()).unwrap_or(u16::MAX),
        head: Bytes(message.into_iter().take(TELLING).collect()),
        encrypted: false,
    }
}
