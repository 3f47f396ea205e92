//! Opens connections.

use std::io::{self, ErrorKind};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use crate::endpoint::Place;
use crate::observation::Connect;

/// A connection of any kind.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects, or says why not as data.
pub(super) async fn dial(place: &Place, limit: Duration) -> Result<Box<dyn Stream>, Connect> {
    let dialling = async {
        Ok::<Box<dyn Stream>, io::Error>(match place {
            Place::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                // Commands are short and each waits for its reply.
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
            Place::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Place::Files(_) => return Err(ErrorKind::Unsupported.into()),
        })
    };
    match timeout(limit, dialling).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(Connect::TimedOut),
    }
}

fn failure(error: &io::Error) -> Connect {
    match error.kind() {
        ErrorKind::ConnectionRefused => Connect::Refused,
        ErrorKind::TimedOut => Connect::TimedOut,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        // A local firewall that forbids the connection.
        | ErrorKind::PermissionDenied => Connect::Unreachable(error.to_string()),
        _ => Connect::Failed(error.to_string()),
    }
}
