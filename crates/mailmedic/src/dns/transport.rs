//! One request and its reply over UDP or TCP.
//!
//! The sockets are ours: hickory's are not connected, so that a port where nobody listens would look like a lost packet.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpStream, UdpSocket};
use tokio::runtime::{Handle, Id};

/// Sockets that wait for the next question to a name server of this machine.
///
/// A fresh socket for each question is the rule: its random port is half of the defence against forgery (RFC 5452 §9.2).
/// Nobody can forge what comes from a loopback address, since no system takes that from a network (RFC 1122 §3.2.1.3,
/// RFC 4291 §2.5.3); there, to open and close a socket would cost more than all else of a question.
#[derive(Debug, Default)]
pub(super) struct Sockets(Mutex<Vec<Idle>>);

/// A socket of which the last question was answered.
#[derive(Debug)]
struct Idle {
    /// The event loop that it belongs to.
    home: Id,
    server: SocketAddr,
    socket: UdpSocket,
}

impl Sockets {
    /// Sends a request over UDP and waits for its reply; a socket never has two under way.
    pub(super) async fn over_udp(&self, server: SocketAddr, request: &Message) -> io::Result<Message> {
        let socket = match self.take(server) {
            Some(socket) => socket,
            None => fresh(server).await?,
        };
        socket.send(&encode(request)?).await?;
        let reply = hear(&socket, request).await?;
        self.keep(server, socket);
        Ok(reply)
    }

    fn take(&self, server: SocketAddr) -> Option<UdpSocket> {
        if !server.ip().is_loopback() {
            return None;
        }
        let home = Handle::current().id();
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = idle.iter().rposition(|idle| idle.home == home && idle.server == server)?;
        Some(idle.swap_remove(at).socket)
    }

    /// Keeps a socket whose question was answered; one that waits in vain may still get what is late.
    fn keep(&self, server: SocketAddr, socket: UdpSocket) {
        if server.ip().is_loopback() {
            let home = Handle::current().id();
            let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < MOST_IDLE {
                idle.push(Idle { home, server, socket });
            }
        }
    }
}

/// Opens a socket that takes nothing but what this server sends.
async fn fresh(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    Ok(socket)
}

/// Waits for the reply to a request.
async fn hear(socket: &UdpSocket, request: &Message) -> io::Result<Message> {
    loop {
        let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?;
        // On the stack, and only while something is read: many wait.
        let mut buffer = [0; LONGEST_DATAGRAM];
        let bytes = match socket.try_recv(&mut buffer) {
            Ok(length) => buffer.get(..length).unwrap_or_default(),
            // Where nobody listens there is nothing to read but that.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && ready.is_error() => {
                return Err(socket.take_error()?.unwrap_or(error));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        if let Some(reply) = reply_in(bytes, request)? {
            return Ok(reply);
        }
    }
}

/// Reads a datagram; none where it is no answer to the request.
fn reply_in(bytes: &[u8], request: &Message) -> io::Result<Option<Message>> {
    if bytes.get(..2) != Some(&request.metadata.id.to_be_bytes()) {
        return Ok(None);
    }
    match Message::from_vec(bytes) {
        Ok(reply) => Ok(Some(reply).filter(|reply| answers(reply, request))),
        // A cut reply may end within a record; TCP brings the whole.
        Err(_) if bytes.get(2).is_some_and(|flags| flags & TRUNCATED != 0) => {
            let mut cut = Message::response(request.metadata.id, request.metadata.op_code);
            cut.metadata.truncation = true;
            Ok(Some(cut))
        }
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
    }
}

/// Sends a request over TCP and waits for its reply.
pub(super) async fn over_tcp(server: SocketAddr, request: &Message) -> io::Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    let bytes = encode(request)?;
    let length = u16::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut framed = length.to_be_bytes().to_vec();
    framed.extend_from_slice(&bytes);
    stream.write_all(&framed).await?;
    let length = stream.read_u16().await?;
    let mut buffer = vec![0; usize::from(length)];
    stream.read_exact(&mut buffer).await?;
    match Message::from_vec(&buffer) {
        Ok(reply) if answers(&reply, request) => Ok(reply),
        Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "it answers another question")),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
    }
}

fn encode(message: &Message) -> io::Result<Vec<u8>> {
    message.to_vec().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
}

/// Tells the reply to our question from whatever else arrives. A server that refuses may leave the question out.
fn answers(reply: &Message, request: &Message) -> bool {
    let refuses = !matches!(reply.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain);
    reply.metadata.message_type == MessageType::Response
        && reply.metadata.id == request.metadata.id
        && (reply.queries == request.queries || (refuses && reply.queries.is_empty()))
}

/// Sockets that wait.
const MOST_IDLE: usize = 128;

/// Longer than what a server may send after what it is told of our limit.
const LONGEST_DATAGRAM: usize = 4096;

/// The TC bit in the third byte of a message.
const TRUNCATED: u8 = 0x02;

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use hickory_resolver::proto::op::{Message, Query};
    use hickory_resolver::proto::rr::{Name, RecordType};
    use tokio::net::UdpSocket;

    use super::{LONGEST_DATAGRAM, Sockets};

    fn question(name: &str) -> Message {
        let mut message = Message::query();
        message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
        message
    }

    /// Takes a question; returns what answers it, and who asked.
    async fn asked(server: &UdpSocket) -> (Vec<u8>, SocketAddr) {
        let mut buffer = [0; LONGEST_DATAGRAM];
        let (length, asker) = server.recv_from(&mut buffer).await.unwrap();
        let question = Message::from_vec(&buffer[..length]).unwrap();
        (question.into_response().to_vec().unwrap(), asker)
    }

    #[tokio::test]
    async fn a_socket_is_used_again_on_loopback_and_what_is_late_answers_nothing() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, sockets) = (server.local_addr().unwrap(), Sockets::default());
        let mut earlier: Option<(Vec<u8>, SocketAddr)> = None;
        for name in ["a.test.", "b.test."] {
            let answer = async {
                let (reply, asker) = asked(&server).await;
                if let Some((late, before)) = &earlier {
                    assert_eq!(*before, asker);
                    server.send_to(late, asker).await.unwrap();
                }
                server.send_to(&reply, asker).await.unwrap();
                earlier = Some((reply, asker));
            };
            let question = question(name);
            let (reply, ()) = tokio::join!(sockets.over_udp(address, &question), answer);
            assert_eq!(reply.unwrap().queries, question.queries);
        }
    }

    #[tokio::test]
    async fn a_socket_has_one_question_under_way() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, sockets) = (server.local_addr().unwrap(), Sockets::default());
        let answer = async {
            let both = [asked(&server).await, asked(&server).await];
            for (reply, asker) in &both {
                server.send_to(reply, asker).await.unwrap();
            }
            both.map(|(_, asker)| asker)
        };
        let (one, two) = (question("a.test."), question("b.test."));
        let (one, two, [first, second]) =
            tokio::join!(sockets.over_udp(address, &one), sockets.over_udp(address, &two), answer);
        assert!(one.is_ok() && two.is_ok());
        assert_ne!(first, second);
        assert_eq!(sockets.0.lock().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_socket_without_an_answer_or_to_another_machine_is_not_kept() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let sockets = Sockets::default();
        let question = question("a.test.");
        tokio::select! {
            reply = sockets.over_udp(server.local_addr().unwrap(), &question) => panic!("{reply:?}"),
            _ = asked(&server) => {}
        }
        sockets.keep("192.0.2.53:53".parse().unwrap(), server);
        assert!(sockets.0.lock().unwrap().is_empty());
    }
}
