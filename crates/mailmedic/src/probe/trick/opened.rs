//! A connection on which a server has said its whole first flight in the clear, and now waits for the client.

use std::time::Duration;

use mailmedic_wire::alert::Alert;
use mailmedic_wire::flight::{Flight, StopAt};
use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{AlertLevel, ContentType, ProtocolVersion};
use mailmedic_wire::record;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};

use super::{Tried, react};
use crate::observation::{Reaction, ReactionEnd, SeenRecord, TlsEnd};
use crate::probe::flight;
use crate::probe::gate::SLACK;
use crate::probe::tap::Tap;

/// Such a connection, or one on which the flight did not come to its end.
pub(super) struct Opened {
    stream: Tap,
    /// The flight.
    pub(super) flight: Flight,
    /// The time from the hello to the end of the flight.
    took: Duration,
    limit: Duration,
}

/// Sends a hello and reads the flight to its end.
pub(super) async fn open(mut stream: Tap, hello: &ClientHello, limit: Duration) -> Opened {
    let begun = Instant::now();
    let records = hello.encode_records(hello.legacy_version.min(ProtocolVersion::TLSv1_0));
    let flight = flight::read(&mut stream, &records, StopAt::Done, false, limit).await;
    Opened { stream, flight, took: begun.elapsed(), limit }
}

impl Opened {
    /// Returns the version that the server chose, if it waits for the client now.
    pub(super) fn waits(&self) -> Option<ProtocolVersion> {
        let flight = &self.flight;
        let whole = flight.done && flight.alert.is_none() && flight.ssl2.is_none();
        flight.version.filter(|_| whole)
    }

    /// Returns how long a server takes at most to answer a message for which its key is needed, the way included. That of late is known
    /// from many hellos, most of which it answered with a signature by the same key.
    pub(super) fn pause(&self) -> Duration {
        let thinking = self.stream.thinking().map_or(LEAST_PAUSE, |took| took * 2);
        self.took + thinking + (self.took / 2).max(SLACK)
    }

    /// Sends bytes and reads what comes within `limit` up to the first fatal alert.
    pub(super) async fn say(&mut self, bytes: &[u8], limit: Duration) -> Reaction {
        self.send(bytes).await;
        self.react(limit).await
    }

    /// The same with what is our last word: where it `parts`, our side ends behind it.
    pub(super) async fn say_last(&mut self, bytes: &[u8], parts: bool, limit: Duration) -> Reaction {
        self.send(bytes).await;
        if parts {
            self.stream.part().await;
        }
        self.react(limit).await
    }

    async fn react(&mut self, limit: Duration) -> Reaction {
        react(&mut self.stream, limit, |records| records.iter().any(is_fatal)).await
    }

    /// Reads on after a fatal alert for a moment: another may follow it.
    pub(super) async fn linger(&mut self, reaction: &mut Reaction) {
        if reaction.end == ReactionEnd::Left && reaction.records.iter().any(is_fatal) {
            let more = react(&mut self.stream, self.limit.min(AFTER_ALERT), |_| false).await;
            reaction.records.extend(more.records);
        }
    }

    /// Ends the connection; `ended_early` says that the server broke the handshake off before the last move.
    pub(super) async fn close(
        self,
        server_name: Option<String>,
        reaction: Option<Reaction>,
        ended_early: bool,
    ) -> Tried {
        flight::leave(self.stream, &self.flight).await;
        let (mut tls, certificates) = flight::record(self.flight, server_name);
        if let (true, Some(reaction)) = (ended_early, &reaction) {
            tls.end = match reaction.end {
                ReactionEnd::Closed => TlsEnd::Closed,
                ReactionEnd::Reset => TlsEnd::Reset,
                ReactionEnd::Left | ReactionEnd::TimedOut | ReactionEnd::NotReached => TlsEnd::Alert,
            };
        }
        Tried { tls, certificates, reaction }
    }

    async fn send(&mut self, bytes: &[u8]) {
        let stream = &mut self.stream;
        let sending = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        if !matches!(timeout(self.limit, sending).await, Ok(Ok(()))) {
            // The peer may have answered before it closed: what is there is read all the same.
            tracing::debug!("a move could not be written whole");
        }
    }
}

/// A record that looks like an encrypted Finished and is none.
pub(super) fn garbage(version: ProtocolVersion) -> Vec<u8> {
    record::write(ContentType::HANDSHAKE, version, &flight::random::<FINISHED>())
}

/// Tells whether the server ended the connection, or said that it will.
pub(super) fn is_end(reaction: &Reaction) -> bool {
    match reaction.end {
        ReactionEnd::Closed | ReactionEnd::Reset => true,
        ReactionEnd::Left => reaction.records.iter().any(is_fatal),
        ReactionEnd::TimedOut | ReactionEnd::NotReached => false,
    }
}

/// The reaction of a server that never came to wait for us.
pub(super) fn not_reached() -> Option<Reaction> {
    Some(Reaction { records: Vec::new(), end: ReactionEnd::NotReached })
}

/// Tells whether a record is an alert after which nothing goes on.
fn is_fatal(record: &SeenRecord) -> bool {
    record.content == ContentType::ALERT.0
        && Alert::read(&record.head.0)
            .is_ok_and(|alert| alert.level == AlertLevel::FATAL || !alert.lets_go_on())
}

/// Time for a server nearby to use its key, even if it is busy.
const LEAST_PAUSE: Duration = Duration::from_millis(100);

/// Bytes of a Finished: enough for the MAC of each cipher, and whole blocks, so that only the MAC is wrong.
const FINISHED: usize = 64;

/// Time for a second alert, where the server leaves the connection open.
const AFTER_ALERT: Duration = Duration::from_secs(1);
