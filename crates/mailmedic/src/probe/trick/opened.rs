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

    /// Returns how long to wait with what goes behind a message, so that an answer to the message alone is known for one: it is here by
    /// then, or will be sooner than what goes behind can be answered.
    ///
    /// How long a server takes to answer where its key is needed is known from hellos of late, most of which it answered with a signature by
    /// the same key.
    pub(super) fn pause(&self) -> Duration {
        let thinking = self.stream.thinking().map_or(LEAST_PAUSE, |took| took * 2);
        (self.took + thinking + (self.took / 2).max(SLACK)).saturating_sub(self.too_soon())
    }

    /// Returns how soon something must come to be no answer to what was said last: sooner than the way to the server and back takes. The
    /// quickest answer so far tells how long that is, but for what the server itself took.
    fn too_soon(&self) -> Duration {
        self.stream.trip().saturating_sub(QUICKEST)
    }

    /// Sends bytes and reads what comes within `limit` up to the first fatal alert.
    pub(super) async fn say(&mut self, bytes: &[u8], limit: Duration) -> Reaction {
        self.send(bytes).await;
        self.react(limit).await
    }

    /// The same with what is our last word: where it `parts`, our side ends behind it.
    pub(super) async fn say_last(&mut self, bytes: &[u8], parts: bool, limit: Duration) -> Reaction {
        self.send(bytes).await;
        self.end(parts, limit).await
    }

    /// The same behind another message; tells, too, whether what ended the exchange came so soon that it answers that one.
    pub(super) async fn say_behind(
        &mut self,
        bytes: &[u8],
        parts: bool,
        limit: Duration,
    ) -> (Reaction, bool) {
        let begun = Instant::now();
        self.send(bytes).await;
        // What comes may be an answer to either, and so no measure of the way.
        self.stream.expect_nothing();
        let reaction = self.end(parts, limit).await;
        let answers_first = is_end(&reaction) && begun.elapsed() < self.too_soon();
        (reaction, answers_first)
    }

    async fn end(&mut self, parts: bool, limit: Duration) -> Reaction {
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

/// The most time that a server takes for the quickest of its answers, those for which it need not think.
const QUICKEST: Duration = Duration::from_millis(5);

/// Bytes of a Finished: enough for the MAC of each cipher, and whole blocks, so that only the MAC is wrong.
const FINISHED: usize = 64;

/// Time for a second alert, where the server leaves the connection open.
const AFTER_ALERT: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mailmedic_wire::flight::FlightReader;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::{Instant, sleep};

    use super::Opened;
    use crate::endpoint::Place;
    use crate::probe::gate::Gates;
    use crate::probe::tap::Tap;

    const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 20];

    /// Says one thing, and another behind it before an answer can be here; the server answers one of them, a round trip and `thinking` later.
    /// Tells whether the answer was taken for one to the first.
    async fn said_behind(trip: Duration, answers_first: bool, thinking: Duration) -> bool {
        let gates = Gates::new(1);
        let permit = gates.enter(&Place::Unix("/run/lmtp".into())).await;
        let (ours, mut theirs) = duplex(64);
        let mut stream = Tap::new(Box::new(ours)).admitted(permit, Instant::now());
        let server = async move {
            // How long the way is shows before.
            theirs.read_u8().await.unwrap();
            sleep(trip).await;
            theirs.write_all(b"!").await.unwrap();
            theirs.read_u8().await.unwrap();
            if !answers_first {
                theirs.read_u8().await.unwrap();
            }
            sleep(trip + thinking).await;
            theirs.write_all(&ALERT).await.unwrap();
            theirs
        };
        let client = async move {
            stream.write_all(b"?").await.unwrap();
            stream.read_u8().await.unwrap();
            let flight = FlightReader::new().into_flight();
            let mut opened = Opened { stream, flight, took: trip, limit: trip * 100 };
            opened.say(b"1", trip * 3 / 4).await;
            let (reaction, is_early) = opened.say_behind(b"2", false, trip * 100).await;
            assert_eq!(reaction.records.len(), 1);
            // No measure of the way comes of it.
            assert_eq!(opened.stream.trip(), trip);
            is_early
        };
        tokio::join!(server, client).1
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_sooner_than_the_way_lets_it_answers_what_was_said_before() {
        let far = Duration::from_millis(40);
        for thinking in [Duration::ZERO, far / 8] {
            assert!(said_behind(far, true, thinking).await);
            assert!(!said_behind(far, false, thinking).await);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_way_is_short_nothing_comes_too_soon() {
        assert!(!said_behind(Duration::from_millis(4), true, Duration::ZERO).await);
    }
}
