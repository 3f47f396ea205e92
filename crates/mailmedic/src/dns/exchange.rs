//! One question to the name servers and its reply: UDP, then TCP where the reply does not fit.
//!
//! Messages are hickory's, the sockets are ours: hickory's are not connected, so that a port where nobody
//! listens would look like a lost packet, and its resolver folds the codes and reasons that a report must tell
//! apart (SERVFAIL, REFUSED, RFC 8914) into one error.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_resolver::proto::rr::{Name, RecordType};
use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::memory::Memory;

/// What is asked of the name servers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    /// The name, fully qualified.
    pub(super) name: Name,
    /// The type.
    pub(super) kind: RecordType,
    /// Whether signatures are wanted too (the DO bit, RFC 4035 §3.2.1).
    pub(super) signatures: bool,
    /// Whether the server shall not validate (the CD bit, RFC 4035 §3.2.2).
    pub(super) unchecked: bool,
}

/// Why there is no usable reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// In words that a person understands.
    pub(super) why: String,
    /// Whether a server answered SERVFAIL, as validating servers do to bogus data (RFC 4035 §5.5).
    pub(super) servfail: bool,
    /// Whether a server said that DNSSEC is the reason (RFC 8914 §4).
    pub(super) dnssec: bool,
    /// Whether a server did not understand the question (FORMERR, NOTIMP).
    pub(super) too_new: bool,
    /// The server that is told of; none where none is known.
    pub(super) server: Option<SocketAddr>,
}

/// A message with where and when it was heard.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    /// The message.
    pub(super) message: Message,
    /// The server that sent it.
    pub(super) server: SocketAddr,
    /// When it came.
    pub(super) at: Timestamp,
}

impl Deref for Heard {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

/// A reply with code NOERROR or NXDOMAIN, or why there is none.
pub(super) type Reply = Result<Arc<Heard>, Failure>;

/// The name servers, and what they have said so far.
#[derive(Debug)]
pub(super) struct Exchange {
    servers: Vec<SocketAddr>,
    timeout: Duration,
    gate: Semaphore,
    replies: Mutex<Memory<Question, Arc<OnceCell<Reply>>>>,
}

impl Exchange {
    /// Prepares to ask, no more than `concurrent` questions at once.
    pub(super) fn new(servers: Vec<SocketAddr>, timeout: Duration, concurrent: usize) -> Self {
        let replies = Mutex::new(Memory::new(MOST_REMEMBERED));
        Self { servers, timeout, gate: Semaphore::new(concurrent.max(1)), replies }
    }

    /// Asks, or repeats what was answered before; the same question is never under way twice.
    pub(super) async fn ask(&self, question: Question) -> Reply {
        let cell = {
            let mut replies = self.replies.lock().unwrap_or_else(PoisonError::into_inner);
            if question.signatures && question.unchecked {
                // What passes a server that validates is no other without its check.
                let checked = replies.get(&Question { unchecked: false, ..question.clone() });
                if let Some(Ok(heard)) = checked.and_then(|cell| cell.get()) {
                    return Ok(Arc::clone(heard));
                }
            }
            replies.entry(&question)
        };
        // Apart from whoever asks: what waits for an answer would else be part of each future above it.
        cell.get_or_init(|| Box::pin(self.ask_servers(&question))).await.clone()
    }

    /// Lets go of a reply of which the asker has remembered what matters; whoever waits for it still gets it.
    pub(super) fn forget(&self, question: &Question) {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner).forget(question);
    }

    /// Asks again even if there was an answer.
    pub(super) async fn ask_again(&self, question: &Question) -> Reply {
        self.ask_servers(question).await
    }

    async fn ask_servers(&self, question: &Question) -> Reply {
        let _turn = self.gate.acquire().await;
        let deadline = Instant::now() + self.timeout;
        let shares = u32::try_from(self.servers.len() * ROUNDS).unwrap_or(u32::MAX).max(1);
        let share = (self.timeout / shares).max(SHORTEST_WAIT);
        let mut failure: Option<Failure> = None;
        for server in self.servers.iter().cycle().take(self.servers.len() * ROUNDS) {
            if Instant::now() >= deadline {
                break;
            }
            let until = deadline.min(Instant::now() + share);
            let now = match one(*server, question, until).await {
                Ok(message) => match message.metadata.response_code {
                    ResponseCode::NoError | ResponseCode::NXDomain => {
                        return Ok(Arc::new(Heard { message, server: *server, at: Timestamp::now() }));
                    }
                    code => refusal(code, &message, *server),
                },
                Err(error) => broken(&error, *server),
            };
            // What a server says tells more than silence; of two sayings the first stays.
            if failure.as_ref().is_none_or(|old| old.is_silence() && !now.is_silence()) {
                failure = Some(now);
            }
        }
        Err(failure.unwrap_or_else(|| Failure {
            why: "no name server is known".into(),
            servfail: false,
            dnssec: false,
            too_new: false,
            server: None,
        }))
    }
}

impl Failure {
    fn is_silence(&self) -> bool {
        self.why.starts_with(SILENCE)
    }
}

fn refusal(code: ResponseCode, message: &Message, server: SocketAddr) -> Failure {
    let extended = message.edns.as_ref().and_then(|edns| match edns.option(EdnsCode::Unknown(15)) {
        Some(EdnsOption::Unknown(_, data)) => Some(u16::from_be_bytes([*data.first()?, *data.get(1)?])),
        _ => None,
    });
    let word = match code {
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        code => format!("code {}", u16::from(code)),
    };
    let reason = extended.map(|code| format!(", {}", extended_error(code))).unwrap_or_default();
    Failure {
        why: format!("{word} from {}{reason}", server.ip()),
        servfail: code == ResponseCode::ServFail,
        dnssec: matches!(extended, Some(6..=12)),
        too_new: matches!(code, ResponseCode::FormErr | ResponseCode::NotImp),
        server: Some(server),
    }
}

fn broken(error: &io::Error, server: SocketAddr) -> Failure {
    let why = match error.kind() {
        io::ErrorKind::TimedOut => format!("{SILENCE} {}", server.ip()),
        io::ErrorKind::ConnectionRefused => format!("no name server listens on {server}"),
        io::ErrorKind::InvalidData => format!("the answer of {} cannot be read: {error}", server.ip()),
        _ => format!("{} cannot be asked: {error}", server.ip()),
    };
    Failure { why, servfail: false, dnssec: false, too_new: false, server: Some(server) }
}

/// Names an extended error in words (RFC 8914 §4).
fn extended_error(code: u16) -> String {
    let words = match code {
        1 => "unsupported DNSKEY algorithm",
        2 => "unsupported DS digest",
        3 => "stale answer",
        5 => "DNSSEC indeterminate",
        6 => "DNSSEC bogus",
        7 => "signature expired",
        8 => "signature not yet valid",
        9 => "DNSKEY missing",
        10 => "signatures missing",
        11 => "no zone key",
        12 => "NSEC missing",
        15 => "blocked",
        16 => "censored",
        17 => "filtered",
        18 => "prohibited",
        20 => "not authoritative",
        22 => "no authority reachable",
        23 => "network error",
        _ => return format!("extended error {code}"),
    };
    words.to_owned()
}

async fn one(server: SocketAddr, question: &Question, until: Instant) -> io::Result<Message> {
    let mut request = request(question, true);
    let reply = timeout_at(until, over_udp(server, &request)).await.map_err(|_| late())??;
    let reply = if matches!(reply.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp)
        && !question.signatures
    {
        // A server older than EDNS (RFC 6891 §7).
        request = self::request(question, false);
        timeout_at(until, Box::pin(over_udp(server, &request))).await.map_err(|_| late())??
    } else {
        reply
    };
    if !reply.metadata.truncation {
        return Ok(reply);
    }
    let wait = (until - Instant::now()).max(SHORTEST_WAIT);
    timeout(wait, Box::pin(over_tcp(server, &request))).await.map_err(|_| late())?
}

fn late() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

fn request(question: &Question, edns: bool) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    // Asks to be told of validation without all signatures (RFC 6840 §5.7).
    message.metadata.authentic_data = !question.unchecked;
    message.metadata.checking_disabled = question.unchecked;
    message.add_query(Query::query(question.name.clone(), question.kind));
    if edns {
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD).set_dnssec_ok(question.signatures);
        message.set_edns(edns);
    }
    message
}

async fn over_udp(server: SocketAddr, request: &Message) -> io::Result<Message> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // A fresh socket for each question: its random port is half of the defence against forgery (RFC 5452 §9.2).
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(server).await?;
    socket.send(&encode(request)?).await?;
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

async fn over_tcp(server: SocketAddr, request: &Message) -> io::Result<Message> {
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

/// Replies of one generation that are remembered.
const MOST_REMEMBERED: usize = 20_000;

/// How often each server is asked, since UDP loses packets.
const ROUNDS: usize = 2;

/// A wait shorter than this would miss slow but honest servers.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// Fits every path without fragments (DNS flag day 2020).
const PAYLOAD: u16 = 1232;

/// Longer than what a server may send then.
const LONGEST_DATAGRAM: usize = 4096;

/// The TC bit in the third byte of a message.
const TRUNCATED: u8 = 0x02;

const SILENCE: &str = "no answer from";
