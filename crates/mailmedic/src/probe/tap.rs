//! A stream that remembers the first bytes it brought, so that a failed handshake can be read again.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::dial::Stream;

/// The most bytes remembered: a ServerHello, or the first lines of plain text.
const MOST: usize = 16 * 1024;

/// A stream with a memory.
pub(super) struct Tap {
    stream: Box<dyn Stream>,
    heard: Vec<u8>,
}

impl Tap {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, heard: Vec::new() }
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
