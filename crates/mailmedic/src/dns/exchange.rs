//! One question to the name servers and its reply: UDP, then TCP where the reply does not fit.
//!
//! Messages are hickory's. Its resolver is not used, since it folds the codes and reasons that a report must tell apart
//! (SERVFAIL, REFUSED, RFC 8914) into one error.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_resolver::proto::rr::{Name, RecordType};
use jiff::Timestamp;
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::memory::Memory;
use super::transport::{Sockets, over_tcp};

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
    sockets: Sockets,
    replies: Mutex<Memory<Question, Arc<OnceCell<Reply>>>>,
}

impl Exchange {
    /// Prepares to ask, no more than `concurrent` questions at once.
    pub(super) fn new(servers: Vec<SocketAddr>, timeout: Duration, concurrent: usize) -> Self {
        let replies = Mutex::new(Memory::new(MOST_REMEMBERED));
        Self {
            servers,
            timeout,
            gate: Semaphore::new(concurrent.max(1)),
            sockets: Sockets::default(),
            replies,
        }
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
            replies.entry(question.clone())
        };
        // Apart from whoever asks: what waits for an answer would else be part of each future above it.
        cell.get_or_init(|| Box::pin(self.ask_servers(&question))).await.clone()
    }

    /// Lets go of a reply of which the asker has remembered what matters; whoever waits for it still gets it.
    pub(super) fn forget(&self, question: &Question) {
        let forgotten = self.replies.lock().unwrap_or_else(PoisonError::into_inner).forget(question);
        // A message takes longer to let go of than others shall wait for the lock.
        drop(forgotten);
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
            let now = match self.one(*server, question, until).await {
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

    async fn one(&self, server: SocketAddr, question: &Question, until: Instant) -> io::Result<Message> {
        let request = request(question, true);
        let reply = Box::pin(self.over_udp(server, &request, until)).await?;
        // A server older than EDNS (RFC 6891 §7).
        let is_old = matches!(reply.metadata.response_code, ResponseCode::FormErr | ResponseCode::NotImp)
            && !question.signatures;
        match (is_old, reply.metadata.truncation) {
            (false, false) => Ok(reply),
            (false, true) => Box::pin(whole(server, &request, until)).await,
            (true, _) => Box::pin(self.without_edns(server, question, until)).await,
        }
    }

    async fn over_udp(&self, server: SocketAddr, request: &Message, until: Instant) -> io::Result<Message> {
        timeout_at(until, self.sockets.over_udp(server, request)).await.map_err(|_| late())?
    }

    async fn without_edns(
        &self,
        server: SocketAddr,
        question: &Question,
        until: Instant,
    ) -> io::Result<Message> {
        let request = request(question, false);
        let reply = self.over_udp(server, &request, until).await?;
        if reply.metadata.truncation { whole(server, &request, until).await } else { Ok(reply) }
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

/// Asks for what did not fit into a datagram.
async fn whole(server: SocketAddr, request: &Message, until: Instant) -> io::Result<Message> {
    let wait = (until - Instant::now()).max(SHORTEST_WAIT);
    timeout(wait, over_tcp(server, request)).await.map_err(|_| late())?
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

/// Replies of one generation that are remembered.
const MOST_REMEMBERED: usize = 20_000;

/// How often each server is asked, since UDP loses packets.
const ROUNDS: usize = 2;

/// A wait shorter than this would miss slow but honest servers.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// Fits every path without fragments (DNS flag day 2020).
const PAYLOAD: u16 = 1232;

const SILENCE: &str = "no answer from";
