//! Moves that no honest client makes, and what the peer did after them.
//!
//! One file is one kind of move. Each begins with a hello that the server is known to accept.

mod client;
mod early_ccs;
mod heartbleed;
mod hellos;
mod opened;
mod padding;
mod renegotiation;
mod robot;
mod ticket;

#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::ExtensionType;
use mailmedic_wire::record::{MAX_RECORD, Record};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout_at};

use super::flight;
use super::tap::Tap;
use crate::bytes::Bytes;
use crate::job::{Attempt, Offer};
use crate::observation::{Reaction, ReactionEnd, SeenAlert, SeenRecord, Tls, TlsEnd, Trick};
use client::{Failure, Last, Shaken};

/// What a trick brought.
pub(super) struct Tried {
    /// The handshake, as far as it came.
    pub(super) tls: Tls,
    /// Its certificates as DER.
    pub(super) certificates: Vec<Vec<u8>>,
    /// What came after our move; none where the hello alone is the move.
    pub(super) reaction: Option<Reaction>,
}

/// Does a trick; `greeted` tells whether the server says something as soon as TLS stands, `parts` whether our side is to end with the
/// last move, `limit` holds for each wait.
pub(super) async fn attempt(
    stream: Tap,
    greeted: bool,
    attempt: &Attempt,
    parts: bool,
    limit: Duration,
) -> Tried {
    match attempt.trick {
        Trick::Heartbleed => heartbleed::attempt(stream, &attempt.offer, parts, limit).await,
        Trick::EarlyChangeCipherSpec => early_ccs::attempt(stream, &attempt.offer, parts, limit).await,
        Trick::Robot(way, _) => robot::attempt(stream, &attempt.offer, way, parts, limit).await,
        Trick::FallbackScsv | Trick::Grease | Trick::Odd(_) => {
            hellos::attempt(stream, attempt, parts, limit).await
        }
        Trick::Renegotiation => renegotiation::renegotiate(stream, &attempt.offer, parts, limit).await,
        Trick::Ticketbleed => ticket::show(stream, attempt, parts, limit).await,
        Trick::Padding(way) => padding::pad(stream, greeted, &attempt.offer, way, parts, limit).await,
        _ => {
            let (tls, certificates) = flight::flight(stream, &attempt.offer, false, limit).await;
            Tried { tls, certificates, reaction: None }
        }
    }
}

/// Completes a handshake, whose end is our last word where `parts`; returns how it ended and the certificates.
pub(super) async fn finish(stream: Tap, offer: &Offer, parts: bool, limit: Duration) -> (Tls, Vec<Vec<u8>>) {
    let last = if parts { Last::Finished } else { Last::Nothing };
    let (link, shaken) = client::shake(stream, completable_hello(offer), last, limit).await;
    link.leave().await;
    let Tried { tls, certificates, .. } = tried(shaken, offer, None);
    (tls, certificates)
}

/// Makes the hello of a handshake that the client of our own completes: it knows no MAC outside the encryption (RFC 7366).
fn completable_hello(offer: &Offer) -> ClientHello {
    flight::hello(offer).without(ExtensionType::ENCRYPT_THEN_MAC)
}

/// Turns the first handshake of a trick into what is kept.
fn tried(shaken: Shaken, offer: &Offer, reaction: Option<Reaction>) -> Tried {
    let (mut tls, certificates) = flight::record(shaken.flight, offer.server_name.clone());
    match shaken.agreed {
        Ok(agreed) => {
            tls.end = TlsEnd::Completed;
            tls.tickets = agreed.ticket.into_iter().map(ticket::kept).collect();
        }
        Err(Failure::Flight) => {}
        Err(Failure::Alert(alert)) => {
            tls.end = TlsEnd::Alert;
            tls.alerts.push(SeenAlert { level: alert.level.0, description: alert.description.0 });
        }
        // What the server said in clear text tells more than that it closed then.
        Err(Failure::Ended(_)) if tls.end == TlsEnd::NotTls => {}
        Err(Failure::Ended(end)) => {
            tls.end = match end {
                ReactionEnd::Closed => TlsEnd::Closed,
                ReactionEnd::Reset => TlsEnd::Reset,
                ReactionEnd::TimedOut => TlsEnd::TimedOut,
                ReactionEnd::Left | ReactionEnd::NotReached => tls.end,
            }
        }
        Err(Failure::Unable(why)) => tracing::debug!(why, "a handshake was not completed"),
    }
    Tried { tls, certificates, reaction }
}

/// A command that every mail server answers and that changes nothing: SMTP, LMTP and ManageSieve know it; IMAP misses a
/// tag and POP3 a login, and both say so.
const COMMAND: &[u8] = b"NOOP\r\n";

/// The most records of a reaction that are kept, and the most bytes of each.
const MOST_RECORDS: usize = 16;
const MOST_HEAD: usize = 64;

/// Reads records until `enough` says so, the peer ends the connection, or time is up.
async fn react(stream: &mut Tap, limit: Duration, enough: impl Fn(&[SeenRecord]) -> bool) -> Reaction {
    let deadline = Instant::now() + limit;
    let mut reaction = Reaction { records: Vec::new(), end: ReactionEnd::Left };
    let mut buffer: Vec<u8> = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        while let Ok(Some((record, length))) = Record::read(&buffer) {
            reaction.records.push(seen(&record));
            buffer.drain(..length);
            if enough(&reaction.records) || reaction.records.len() == MOST_RECORDS {
                return reaction;
            }
        }
        // What is no record any more tells nothing.
        if buffer.len() > MAX_RECORD {
            return reaction;
        }
        reaction.end = match timeout_at(deadline, stream.read(&mut chunk)).await {
            Ok(Ok(0)) => ReactionEnd::Closed,
            Ok(Ok(count)) => {
                buffer.extend_from_slice(&chunk[..count]);
                continue;
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => ReactionEnd::Closed,
            Ok(Err(_)) => ReactionEnd::Reset,
            Err(_) => ReactionEnd::TimedOut,
        };
        return reaction;
    }
}

fn seen(record: &Record<'_>) -> SeenRecord {
    SeenRecord {
        content: record.content.0,
        // The header's length field has 16 bits.
        length: u16::try_from(record.fragment.len()).unwrap_or(u16::MAX),
        head: head(record.fragment),
        encrypted: false,
    }
}

fn head(fragment: &[u8]) -> Bytes {
    Bytes(fragment.iter().copied().take(MOST_HEAD).collect())
}
