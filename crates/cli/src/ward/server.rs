//! Serves one patient's port: dialogue, TLS, dialogue inside TLS.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mailmedic::endpoint::Security;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::dialogue::{Dialogue, Parting, Phase};
use super::old::{Old, read_hello};

/// A server without its port.
pub(super) struct Server {
    pub(super) host: &'static str,
    /// The mode that it really speaks.
    pub(super) security: Security,
    pub(super) dialogue: &'static Dialogue,
    pub(super) tls: Tls,
}

/// How it answers a hello.
pub(super) enum Tls {
    /// With TLS 1.2 or 1.3.
    Modern(TlsAcceptor),
    /// With TLS 1.0.
    Old(Old),
    /// Not at all.
    Lost,
}

impl Server {
    /// Serves all who come, side by side; stops when the task is dropped.
    pub(super) async fn run(self, listener: TcpListener) {
        let server = Arc::new(self);
        let mut guests = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept(), if guests.len() < MOST_GUESTS => match accepted {
                    Ok((stream, _)) => {
                        let server = Arc::clone(&server);
                        guests.spawn(async move {
                            // A guest who breaks off or stays too long is no news.
                            let _ = timeout(LONGEST_STAY, server.serve(stream)).await;
                        });
                    }
                    // Too few file descriptors, or a guest who left at the door.
                    Err(_) => sleep(BREATH).await,
                },
                Some(_) = guests.join_next() => {}
            }
        }
    }

    async fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        match self.security {
            Security::Implicit => self.secure(stream, true).await,
            Security::Starttls => {
                let mut stream = BufReader::new(stream);
                match self.talk(&mut stream, Phase::Plain, true).await? {
                    // What a client sent before it had the go-ahead dies with the reader (RFC 3207 §4.2).
                    Parting::Upgrade => self.secure(stream.into_inner(), false).await,
                    Parting::Close => stream.shutdown().await,
                }
            }
        }
    }

    async fn secure(&self, mut stream: TcpStream, greets: bool) -> io::Result<()> {
        match &self.tls {
            Tls::Modern(acceptor) => {
                let mut stream = BufReader::new(acceptor.accept(stream).await?);
                self.talk(&mut stream, Phase::Secret, greets).await?;
                stream.shutdown().await
            }
            Tls::Old(old) => old.shake(&mut stream).await,
            // Unread bytes would make the close a reset.
            Tls::Lost => read_hello(&mut stream).await.map(drop),
        }
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        phase: Phase,
        greets: bool,
    ) -> io::Result<Parting> {
        if greets {
            stream.write_all(self.dialogue.greeting(phase, self.host).as_bytes()).await?;
            stream.flush().await?;
        }
        self.dialogue.hold(stream, phase, self.host).await
    }
}

const MOST_GUESTS: usize = 128;
const LONGEST_STAY: Duration = Duration::from_secs(30);
const BREATH: Duration = Duration::from_millis(50);
