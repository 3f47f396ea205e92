//! A stream that remembers the first bytes it brought, so that a failed handshake can be read again.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::dial::Stream;
use super::gate::{Ends, Permit, SLACK};

/// The most bytes remembered: a ServerHello, or the first lines of plain text.
const MOST: usize = 16 * 1024;

/// How long a server may take to end its side; some sleep half a second over a handshake that failed.
const LINGER: Duration = Duration::from_secs(1);

/// A stream with a memory.
pub(super) struct Tap {
    stream: Box<dyn Stream>,
    heard: Vec<u8>,
    /// The right to be connected, given back when the stream ends.
    permit: Option<Permit>,
    /// How the server ends connections; none on a stream that nobody counts.
    ends: Option<Arc<Ends>>,
    /// When the connection was begun.
    begun: Instant,
    /// Since when the server can have known that our side is at its end, where it ended behind a question.
    parted: Option<Instant>,
    /// Gives the right to be connected back in time, where our side ended behind a question.
    returning: Option<JoinHandle<()>>,
    /// When something was written that was not answered yet.
    asked: Option<Instant>,
    /// The shortest time in which something was answered.
    reply: Option<Duration>,
}

impl Tap {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            heard: Vec::new(),
            permit: None,
            ends: None,
            begun: Instant::now(),
            parted: None,
            returning: None,
            asked: None,
            reply: None,
        }
    }

    /// Keeps the right to be connected for as long as the stream lasts; it was `begun` then.
    pub(super) fn admitted(mut self, permit: Permit, begun: Instant) -> Self {
        self.ends = Some(permit.ends());
        self.permit = Some(permit);
        self.begun = begun;
        self
    }

    /// Ends our side behind a question that is our last word. The server answers it all the same, sees the end, and is done
    /// with the connection a round trip sooner than if it waited for ours. So the right to be connected is given back once it
    /// can have heard of it, if it was seen to be quick before.
    pub(super) async fn part(&mut self) {
        let asked = self.asked;
        let _ = timeout(LINGER, self.shutdown()).await;
        self.asked = asked;
        // Where something between answers a connection in the server's place, the server hears of it later than we think.
        let trip = self.trip();
        let heard = Instant::now().max(self.begun + trip);
        self.parted = Some(heard);
        if self.ends.as_ref().is_some_and(|ends| ends.are_quick()) {
            let permit = self.permit.take();
            // A timer takes a millisecond even where there is nothing to wait for.
            self.returning = (heard > Instant::now()).then(|| {
                tokio::spawn(async move {
                    sleep_until(heard).await;
                    drop(permit);
                })
            });
        }
    }

    /// Ends our side. It counts as a connection until the server has ended its own, since it may be busy with it for longer
    /// than we are, unless the server was seen to be as quick. Nobody waits for that.
    pub(super) async fn let_go(mut self) {
        if self.parted.is_none() {
            let _ = timeout(LINGER, self.shutdown()).await;
            if self.ends.as_ref().is_some_and(|ends| ends.are_prompt()) {
                self.permit = None;
            }
        }
        tokio::spawn(async move {
            let with_hello = self.parted.is_some();
            // Where it was told of our end with the question, its own comes right behind the answer.
            let trip = self.reply.filter(|_| !with_hello).unwrap_or_default();
            let ends = self.ends.clone();
            let reading = async {
                let mut chunk = [0; 1_024];
                while matches!(self.read(&mut chunk).await, Ok(1..)) {}
            };
            let mut reading = Box::pin(timeout(LINGER, reading));
            let in_time = timeout(trip + SLACK, &mut reading).await;
            // A server that is late is known for it as soon as it is.
            ends.inspect(|ends| ends.note(matches!(in_time, Ok(Ok(()))), with_hello));
            if in_time.is_err() {
                let _ = reading.await;
            }
            // It is over, perhaps sooner than the server was thought to have heard of our end.
            self.returning.inspect(JoinHandle::abort);
        });
    }

    /// Reads what the server said before it closed: a hello that could not be written ended in an error before anything
    /// was read.
    pub(super) async fn hear_out(&mut self) {
        let mut chunk = [0; 1_024];
        let reading =
            async { while self.heard.len() < MOST && matches!(self.read(&mut chunk).await, Ok(1..)) {} };
        let _ = timeout(LINGER, reading).await;
    }

    /// Returns how long the server took of late to answer a hello, beyond the way; none where that is not known.
    pub(super) fn thinking(&self) -> Option<Duration> {
        self.ends.as_ref()?.thinking()
    }

    /// Returns the time of the shortest way to the server and back, as far as it is known: zero before the first answer.
    pub(super) fn trip(&self) -> Duration {
        self.ends.as_ref().map(|ends| ends.trip()).unwrap_or_default()
    }

    /// Takes what comes next for no answer to what was written last.
    pub(super) fn expect_nothing(&mut self) {
        self.asked = None;
    }

    /// Tells whether our side has ended already.
    pub(super) fn has_parted(&self) -> bool {
        self.parted.is_some()
    }

    /// Forgets what came so far.
    pub(super) fn restart(&mut self) {
        self.heard.clear();
    }

    /// Returns the first bytes that came.
    pub(super) fn heard(&self) -> &[u8] {
        &self.heard
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        let room = MOST - self.heard.len();
        let new = &buffer.filled()[before..];
        if !new.is_empty()
            && let Some(asked) = self.asked.take()
        {
            let took = asked.elapsed();
            self.reply = Some(self.reply.map_or(took, |least| least.min(took)));
            if let Some(ends) = &self.ends {
                match self.parted {
                    Some(parted) => ends.note_answer(parted.elapsed()),
                    None => ends.note_reply(took),
                }
            }
        }
        self.heard.extend_from_slice(&new[..new.len().min(room)]);
        result
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.asked = Some(Instant::now());
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Our goodbye asks nothing: what comes soon after it, such as the server's own, was on its way already.
        self.expect_nothing();
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::{Instant, sleep, timeout};

    use super::Tap;
    use crate::endpoint::Place;
    use crate::probe::gate::Gates;

    /// Goes in, asks, is answered after `reply`, lets go, and sees the server leave `end` later.
    async fn visit(gates: &Gates, place: &Place, reply: Duration, end: Duration) {
        let (ours, mut theirs) = duplex(64);
        let mut stream = Tap::new(Box::new(ours)).admitted(gates.enter(place).await, Instant::now());
        stream.write_all(b"?").await.unwrap();
        sleep(reply).await;
        theirs.write_all(b"!").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'!');
        stream.let_go().await;
        sleep(end).await;
        drop(theirs);
        // The task that reads to the end has its turn.
        sleep(Duration::from_millis(1)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_ends_at_once_gets_the_next_as_soon_as_we_have_ended() {
        let gates = Gates::new(1);
        let place = Place::Unix("/run/lmtp".into());
        let far = Duration::from_millis(40);
        for _ in 0..3 {
            visit(&gates, &place, far, far).await;
        }
        let (ours, theirs) = duplex(64);
        let stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await, Instant::now());
        stream.let_go().await;
        let next = timeout(Duration::ZERO, gates.enter(&place)).await;
        assert!(next.is_ok(), "it was quick three times");
        drop((next, theirs));
        sleep(Duration::from_millis(1)).await;
        visit(&gates, &place, far, far * 3).await;
        let (ours, _theirs) = duplex(64);
        let stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await, Instant::now());
        stream.let_go().await;
        assert!(timeout(far, gates.enter(&place)).await.is_err(), "the last time it took long");
    }

    #[tokio::test(start_paused = true)]
    async fn what_crosses_our_goodbye_is_no_reply_to_it() {
        let gates = Gates::new(1);
        let place = Place::Unix("/run/lmtp".into());
        let far = Duration::from_millis(40);
        for _ in 0..3 {
            visit(&gates, &place, far, far).await;
        }
        let permit = gates.enter(&place).await;
        let ends = permit.ends();
        let (ours, mut theirs) = duplex(64);
        let mut stream = Tap::new(Box::new(ours)).admitted(permit, Instant::now());
        stream.write_all(b"bye").await.unwrap();
        stream.shutdown().await.unwrap();
        theirs.write_all(b"bye").await.unwrap();
        stream.let_go().await;
        sleep(Duration::from_millis(1)).await;
        assert_eq!(ends.trip(), far);
    }

    /// Parts with a question, is answered a round trip and `thinking` later, and sees the server leave at once.
    async fn part(gates: &Gates, place: &Place, trip: Duration, thinking: Duration) {
        let (ours, mut theirs) = duplex(64);
        let permit = gates.enter(place).await;
        let mut stream = Tap::new(Box::new(ours)).admitted(permit, Instant::now() - trip);
        stream.write_all(b"?").await.unwrap();
        stream.part().await;
        sleep(trip + thinking).await;
        theirs.write_all(b"!").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'!');
        drop(theirs);
        stream.let_go().await;
        sleep(Duration::from_millis(1)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_may_come_once_a_server_that_is_quick_can_have_been_told_of_our_end() {
        let (trip, moment) = (Duration::from_millis(40), Duration::from_millis(1));
        // A new connection stands for it a round trip later than a hello takes there.
        for (thinking, is_quick) in [(trip / 4, true), (trip / 2 + moment, false)] {
            let gates = Gates::new(1);
            let place = Place::Unix("/run/lmtp".into());
            // How long a round trip takes shows where nothing was to be thought over.
            visit(&gates, &place, trip, trip).await;
            for _ in 0..3 {
                part(&gates, &place, trip, thinking).await;
            }
            let (ours, _theirs) = duplex(64);
            let permit = gates.enter(&place).await;
            let mut stream = Tap::new(Box::new(ours)).admitted(permit, Instant::now() - trip);
            stream.part().await;
            assert_eq!(timeout(moment, gates.enter(&place)).await.is_ok(), is_quick, "{thinking:?}");
            if is_quick {
                // A middlebox answers a connection at once; the server cannot have heard of it.
                let (ours, _theirs) = duplex(64);
                let mut stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await, Instant::now());
                stream.part().await;
                assert!(timeout(trip / 2, gates.enter(&place)).await.is_err());
                assert!(timeout(trip, gates.enter(&place)).await.is_ok());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_slow_answer_does_not_hold_up_what_follows_a_quick_one() {
        let gates = Gates::new(1);
        let place = Place::Unix("/run/lmtp".into());
        let trip = Duration::from_millis(40);
        visit(&gates, &place, trip, trip).await;
        for thinking in [0, 0, 5] {
            part(&gates, &place, trip, Duration::from_secs(thinking)).await;
        }
        part(&gates, &place, trip, Duration::ZERO).await;
        let next = timeout(Duration::ZERO, gates.enter(&place)).await;
        assert!(next.is_ok(), "the server has ended the last one");
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_line_is_short_the_end_is_waited_for() {
        let gates = Gates::new(1);
        let place = Place::Unix("/run/lmtp".into());
        let near = Duration::from_millis(1);
        for _ in 0..4 {
            visit(&gates, &place, near, near).await;
            part(&gates, &place, near, near).await;
        }
        let (ours, theirs) = duplex(64);
        let mut stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await, Instant::now());
        stream.part().await;
        stream.let_go().await;
        assert!(timeout(near * 100, gates.enter(&place)).await.is_err());
        drop(theirs);
        assert!(timeout(near, gates.enter(&place)).await.is_ok());
    }

    /// Time stands still here but for what is waited for.
    #[tokio::test(start_paused = true)]
    async fn a_connection_counts_until_the_server_has_ended_it() {
        let gates = Gates::new(1);
        let place = Place::Unix("/run/lmtp".into());
        let (ours, theirs) = duplex(64);
        let stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await, Instant::now());
        stream.let_go().await;
        let moment = Duration::from_millis(900);
        assert!(timeout(moment, gates.enter(&place)).await.is_err(), "the server is still busy");
        drop(theirs);
        assert!(timeout(moment, gates.enter(&place)).await.is_ok());
        let (ours, _theirs) = duplex(64);
        let stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await, Instant::now());
        stream.let_go().await;
        let long = Duration::from_secs(3);
        assert!(
            timeout(long, gates.enter(&place)).await.is_ok(),
            "a server that never ends is not waited for"
        );
    }
}
