//! Moves that no honest client makes, and what the peer did after them.
//!
//! One file is one kind of move. Each begins with a hello that the server is known to accept.

mod early_ccs;
mod heartbleed;
mod hellos;
mod opened;
mod robot;

#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use mailmedic_wire::record::{MAX_RECORD, Record};
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout_at};

use super::flight;
use super::tap::Tap;
use crate::bytes::Bytes;
use crate::job::Attempt;
use crate::observation::{Reaction, ReactionEnd, SeenRecord, Tls, Trick};

/// What a trick brought.
pub(super) struct Tried {
    /// The handshake, as far as it came.
    pub(super) tls: Tls,
    /// Its certificates as DER.
    pub(super) certificates: Vec<Vec<u8>>,
    /// What came after our move; none where the hello alone is the move.
    pub(super) reaction: Option<Reaction>,
}

/// Does a trick; `limit` holds for each wait.
pub(super) async fn attempt(stream: Tap, attempt: &Attempt, limit: Duration) -> Tried {
    match attempt.trick {
        Trick::Heartbleed => heartbleed::attempt(stream, &attempt.offer, limit).await,
        Trick::EarlyChangeCipherSpec => early_ccs::attempt(stream, &attempt.offer, limit).await,
        Trick::Robot(way, _) => robot::attempt(stream, &attempt.offer, way, limit).await,
        Trick::FallbackScsv | Trick::Grease | Trick::Odd(_) => hellos::attempt(stream, attempt, limit).await,
        _ => {
            let (tls, certificates) = flight::flight(stream, &attempt.offer, limit).await;
            Tried { tls, certificates, reaction: None }
        }
    }
}

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
        head: Bytes(record.fragment.iter().copied().take(MOST_HEAD).collect()),
        encrypted: false,
    }
}
