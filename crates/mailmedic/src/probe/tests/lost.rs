//! A connection that is reset before our hello is written: what the server said before must be read all the same.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::observation::{Tls, TlsEnd};
use crate::probe::complete::{Offer, complete};
use crate::probe::tap::Tap;

/// Takes nothing any more; what had come before can still be read, and then the reset.
struct Gone(&'static [u8]);

impl AsyncRead for Gone {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.is_empty() {
            return Poll::Ready(Err(ErrorKind::ConnectionReset.into()));
        }
        buffer.put_slice(std::mem::take(&mut self.0));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Gone {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::ConnectionReset.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

async fn shake(said: &'static [u8]) -> Tls {
    let offer = Offer { server_name: None, schemes: &[], only: None, limit: Duration::from_secs(5) };
    complete(Tap::new(Box::new(Gone(said))), &offer, None, |_, _| {}).await.tls
}

#[tokio::test]
async fn what_was_said_before_a_reset_is_heard() {
    let said = b"* BYE TLS initialization failed.\r\n";
    let tls = shake(said).await;
    assert_eq!(tls.end, TlsEnd::NotTls);
    assert_eq!(tls.not_tls.unwrap().0, said);
    let alert = shake(&[21, 3, 3, 0, 2, 2, 80]).await;
    assert_eq!(alert.alerts.last().map(|alert| alert.description), Some(80));
    assert_eq!(alert.end, TlsEnd::Alert);
}

#[tokio::test]
async fn a_reset_without_a_word_stays_one() {
    assert_eq!(shake(b"").await.end, TlsEnd::Reset);
}
