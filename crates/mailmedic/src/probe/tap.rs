//! A stream that remembers the first bytes it brought, so that a failed handshake can be read again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;

use super::dial::Stream;
use super::gate::Permit;

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
}

impl Tap {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, heard: Vec::new(), permit: None }
    }

    /// Keeps the right to be connected for as long as the stream lasts.
    pub(super) fn admitted(mut self, permit: Permit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Ends our side, and counts as a connection until the server has ended its own: it may be busy with it for longer
    /// than we are. Nobody waits for that.
    pub(super) async fn let_go(mut self) {
        let _ = timeout(LINGER, self.shutdown()).await;
        tokio::spawn(async move {
            let mut chunk = [0; 1_024];
            let reading = async { while matches!(self.read(&mut chunk).await, Ok(1..)) {} };
            let _ = timeout(LINGER, reading).await;
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
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::duplex;
    use tokio::time::timeout;

    use super::Tap;
    use crate::endpoint::Place;
    use crate::probe::gate::Gates;

    /// Time stands still here but for what is waited for.
    #[tokio::test(start_paused = true)]
    async fn a_connection_counts_until_the_server_has_ended_it() {
        let gates = Gates::new(1);
        let place = Place::Unix("/run/lmtp".into());
        let (ours, theirs) = duplex(64);
        let stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await);
        stream.let_go().await;
        let moment = Duration::from_millis(900);
        assert!(timeout(moment, gates.enter(&place)).await.is_err(), "the server is still busy");
        drop(theirs);
        assert!(timeout(moment, gates.enter(&place)).await.is_ok());
        let (ours, _theirs) = duplex(64);
        let stream = Tap::new(Box::new(ours)).admitted(gates.enter(&place).await);
        stream.let_go().await;
        let long = Duration::from_secs(3);
        assert!(
            timeout(long, gates.enter(&place)).await.is_ok(),
            "a server that never ends is not waited for"
        );
    }
}
