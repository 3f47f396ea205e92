//! The only code that opens mail ports: it does a job and records what it saw.
//!
//! A job uses one connection. A peer can do whatever it likes: every wait and every length has a limit.

mod complete;
mod converse;
mod dial;
mod flight;
mod gate;
mod tap;
mod trick;

use std::time::Duration;

use mailmedic_wire::dialogue::{Goal, Step, Talk as Dialogue};
use tokio::time::Instant;

use crate::bytes::Fingerprint;
use crate::endpoint::{Endpoint, Security, Source};
use crate::job::{Hello, Job};
use crate::observation::{Ask, Connect, Session, TalkEnd, Tls};
use gate::Gates;
use tap::Tap;

/// How to look.
#[derive(Clone, Debug)]
pub struct Manners {
    /// The name for EHLO and LHLO.
    pub ehlo: String,
    /// The limit of each wait: for the connection, for a whole reply, for a handshake.
    pub timeout: Duration,
    /// The most connections to one address at a time.
    pub connections_per_host: usize,
}

/// Does jobs, never more at once to an address than its manners allow.
#[derive(Debug)]
pub struct Prober {
    manners: Manners,
    gates: Gates,
    begun: Instant,
}

/// What a job brought.
#[derive(Debug)]
pub struct Seen {
    /// The record of the connection.
    pub session: Session,
    /// The certificates that its fingerprints stand for, as DER.
    pub certificates: Vec<Vec<u8>>,
}

impl Prober {
    /// Makes a prober; its clock starts now.
    pub fn new(manners: Manners) -> Self {
        let gates = Gates::new(manners.connections_per_host);
        Self { manners, gates, begun: Instant::now() }
    }

    /// Does a job.
    pub async fn run(&self, endpoint: &Endpoint, job: &Job) -> Seen {
        let _permit = self.gates.enter(&endpoint.place).await;
        let begun = Instant::now();
        let mut seen = Seen {
            session: Session {
                ask: job.ask,
                security: job.security,
                connect: Connect::Open,
                plain: None,
                tls: None,
                inside: None,
                offered: None,
                reaction: None,
                begun_ms: millis(begun - self.begun),
                millis: 0,
            },
            certificates: Vec::new(),
        };
        match dial::dial(&endpoint.place, self.patience(endpoint)).await {
            Ok(stream) => self.talk(endpoint, job, Tap::new(stream), &mut seen).await,
            Err(failure) => seen.session.connect = failure,
        }
        seen.session.millis = millis(begun.elapsed());
        seen
    }

    async fn talk(&self, endpoint: &Endpoint, job: &Job, mut stream: Tap, seen: &mut Seen) {
        let mut resumed = None;
        if job.security == Security::Starttls {
            let mut talk = Dialogue::new(endpoint.protocol, Goal::StartTls, &self.manners.ehlo);
            let spoken = converse::converse(&mut stream, &mut talk, self.manners.timeout).await;
            let goes_ahead = spoken.step == Step::StartTls;
            if goes_ahead {
                resumed = Some(talk.resume_after_tls());
            } else {
                converse::leave(&mut stream, &mut talk).await;
            }
            seen.session.plain = Some(converse::record(talk, &spoken));
            if !goes_ahead {
                return;
            }
            stream.restart();
        }
        match &job.hello {
            Hello::Complete { server_name, signature_schemes } => {
                let talk = is_curious(job.ask).then(|| {
                    resumed
                        .unwrap_or_else(|| Dialogue::new(endpoint.protocol, Goal::Greet, &self.manners.ehlo))
                });
                let offer = complete::Offer {
                    server_name: server_name.as_deref(),
                    schemes: signature_schemes,
                    limit: self.limit(job.ask),
                };
                let done = complete::complete(stream, &offer, talk).await;
                seen.session.tls = Some(done.tls);
                seen.session.inside = done.inside;
                seen.certificates = done.certificates;
            }
            Hello::Flight(offer) => {
                let (tls, certificates) = flight::flight(stream, offer, self.limit(job.ask)).await;
                seen.session.tls = Some(tls);
                seen.certificates = certificates;
            }
            Hello::Try(attempt) => {
                let tried = trick::attempt(stream, attempt, self.limit(job.ask)).await;
                seen.session.tls = Some(tried.tls);
                seen.session.reaction = tried.reaction;
                seen.certificates = tried.certificates;
            }
            Hello::Ssl2 => {
                let (tls, certificates) = flight::ssl2(stream, self.limit(job.ask)).await;
                seen.session.tls = Some(tls);
                seen.certificates = certificates;
            }
        }
    }

    /// Returns the limit of opening a connection. A firewall that drops what it does not let through would
    /// make a look at a domain wait long for ports that nobody announced.
    fn patience(&self, endpoint: &Endpoint) -> Duration {
        let announced = endpoint.sources.iter().any(|source| *source != Source::Guess);
        if announced { self.manners.timeout } else { self.manners.timeout.min(GUESS_LIMIT) }
    }

    /// Returns the limit of a handshake. The first hello may meet a sleepy server; the later ones follow a
    /// server that is known to be awake.
    fn limit(&self, ask: Ask) -> Duration {
        match ask {
            Ask::Polite | Ask::OtherMode => self.manners.timeout,
            _ => self.manners.timeout.min(LATER_LIMIT),
        }
    }
}

const LATER_LIMIT: Duration = Duration::from_secs(6);

/// Time for two lost packets: the first is sent again after one second, the second after two more (RFC 6298
/// §2.1, §5.5).
const GUESS_LIMIT: Duration = Duration::from_secs(5);

/// Tells whether the capabilities inside TLS are wanted too.
fn is_curious(ask: Ask) -> bool {
    matches!(ask, Ask::Polite | Ask::OtherMode)
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Returns the words by which a session shows that the server limits us, if it does.
///
/// Only meaningful after a polite session that went well: 421 or 450 at once, 454 to STARTTLS, and a close
/// before the greeting are then no property of the server but of the number of our connections.
pub fn limit_shown(session: &Session) -> Option<String> {
    match &session.connect {
        Connect::Open => {}
        Connect::Refused => return Some("the connection was refused".to_owned()),
        Connect::TimedOut => return Some("the connection was not opened in time".to_owned()),
        Connect::Unreachable(why) | Connect::Failed(why) => return Some(why.clone()),
    }
    let talk = session.plain.as_ref()?;
    let last = || talk.lines.iter().rev().find_map(|line| line.reply.clone());
    match &talk.end {
        TalkEnd::Rejected { .. } | TalkEnd::Refused(400..500) => last(),
        TalkEnd::Closed { at_greeting: true } | TalkEnd::Reset { at_greeting: true } => {
            Some("the connection was closed before the greeting".to_owned())
        }
        TalkEnd::Closed { .. } | TalkEnd::Reset { .. } => {
            Some("the connection was closed before TLS".to_owned())
        }
        TalkEnd::Silent { .. } => Some("the server fell silent".to_owned()),
        _ => None,
    }
}

/// Puts certificates into `tls` as fingerprints.
fn fingerprint(tls: &mut Tls, certificates: &[Vec<u8>]) {
    tls.certificates = certificates.iter().map(|der| Fingerprint::of(der)).collect();
}

#[cfg(test)]
mod tests;
