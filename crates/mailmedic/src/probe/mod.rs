//! The only code that opens mail ports: it does a job and records what it saw.
//!
//! A job uses one connection. A peer can do whatever it likes: every wait and every length has a limit.

mod complete;
mod converse;
mod dial;
mod flight;
mod gate;
mod limit;
mod line;
mod tap;
mod trick;

use std::time::Duration;

use mailmedic_wire::dialogue::{Goal, Stage, Step, Talk as Dialogue};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::bytes::Fingerprint;
use crate::endpoint::{Endpoint, Protocol, Security, Source};
use crate::job::{Attempt, Hello, Job, Offer, Stop};
use crate::observation::{Ask, Connect, Offered, Session, Tls, Trick};
use converse::Spoken;
use gate::Gates;
pub use gate::Permit;
pub use limit::limit_shown;
use line::Record;
pub use line::{Failure, Line};
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

/// How a question is put.
#[derive(Debug, Default)]
pub struct Asking {
    /// Whether our side ends right behind the hello; only for jobs that end with it.
    pub parts: bool,
    /// Is told on the way how far a handshake that is to be completed has come.
    pub news: Option<mpsc::UnboundedSender<News>>,
}

/// How far a handshake that is to be completed has come.
#[derive(Debug)]
pub enum News {
    /// The server let us in: it took the connection where TLS comes first, or greeted us.
    LetIn(Box<Session>),
    /// It is complete. This is what is known by then; the dialogue inside TLS follows.
    Stands(Box<Seen>),
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

    /// Returns the most connections to one address at a time.
    pub fn most_at_once(&self) -> usize {
        self.manners.connections_per_host.max(1)
    }

    /// Tells whether more connections to an endpoint's address can be under way than it sees at a time: of some the answer is
    /// still on its way when the server is done with them.
    pub fn overlaps(&self, endpoint: &Endpoint) -> bool {
        self.gates.overlaps(&endpoint.place)
    }

    /// Does a job on a connection of its own.
    pub async fn run(&self, endpoint: &Endpoint, job: &Job, asking: Asking) -> Seen {
        let goal = if job.begins_before_tls() { Goal::Inject } else { Goal::StartTls };
        let permit = self.enter(endpoint).await;
        let tell = asking.news.clone().map(|news| {
            move |so_far: Record| {
                // Who asked may not wait for it any more.
                let _ = news.send(News::LetIn(Box::new(so_far.session(job.ask))));
            }
        });
        match self.open_for(endpoint, permit, job.security, goal, tell).await {
            Ok(line) => self.ask(endpoint, line, job, asking).await,
            Err(failure) => failure.seen(job.ask),
        }
    }

    /// Opens a connection and brings it to where a hello is due: the question can be chosen last, when more is known.
    /// With `at_once` TLS is asked for right after the greeting.
    ///
    /// # Errors
    /// A record of what happened, where it does not come that far.
    pub async fn open(
        &self,
        endpoint: &Endpoint,
        permit: Permit,
        security: Security,
        at_once: bool,
    ) -> Result<Line, Failure> {
        let goal = if at_once { Goal::AtOnce } else { Goal::StartTls };
        self.open_for(endpoint, permit, security, goal, None::<fn(Record)>).await
    }

    /// Waits until one more connection to an endpoint's address is polite.
    pub async fn enter(&self, endpoint: &Endpoint) -> Permit {
        self.gates.enter(&endpoint.place).await
    }

    /// Opens a connection for a goal; tells what is known once the server lets us in, where somebody wants to know.
    async fn open_for(
        &self,
        endpoint: &Endpoint,
        permit: Permit,
        security: Security,
        goal: Goal,
        tell: Option<impl FnOnce(Record)>,
    ) -> Result<Line, Failure> {
        let begun = Instant::now();
        let mut record = Record {
            security,
            connect: Connect::Open,
            plain: None,
            begun_ms: millis(begun - self.begun),
            millis: 0,
        };
        let failure = match dial::dial(&endpoint.place, self.patience(endpoint)).await {
            Ok(stream) => {
                let stream = Tap::new(stream).admitted(permit, begun);
                let mut line = Line { stream, resumed: None, was_too_early: false, record, begun };
                let is_ready = match security {
                    Security::Implicit => {
                        tell.into_iter().for_each(|tell| tell(line.record.clone()));
                        true
                    }
                    Security::Starttls => self.upgrade(endpoint, &mut line, goal, tell).await,
                };
                if is_ready {
                    return Ok(line);
                }
                line.record
            }
            Err(connect) => {
                record.connect = connect;
                record
            }
        };
        Err(Failure(Record { millis: millis(begun.elapsed()), ..failure }))
    }

    /// Holds the plain dialogue; returns whether the server gave the go-ahead for TLS, and tells before the first command.
    async fn upgrade(
        &self,
        endpoint: &Endpoint,
        line: &mut Line,
        goal: Goal,
        mut tell: Option<impl FnOnce(Record)>,
    ) -> bool {
        let mut talk = Dialogue::new(endpoint.protocol, goal, &self.manners.ehlo);
        let so_far = line.record.clone();
        let tell = |talk: &Dialogue| {
            let Some(tell) = tell.take() else { return };
            let spoken = Spoken { step: Step::Read, first_reply_ms: None, error: None };
            tell(Record { plain: Some(converse::record(talk.clone(), &spoken)), ..so_far.clone() });
        };
        let limit = self.manners.timeout;
        let spoken = converse::converse_and_tell(&mut line.stream, &mut talk, limit, tell).await;
        let goes_ahead = spoken.step == Step::StartTls;
        if goes_ahead {
            let requests = talk.record().exchanges.iter().filter(|exchange| exchange.at == Stage::StartTls);
            line.was_too_early = requests.count() > 1;
            line.resumed = Some(talk.resume_after_tls());
            line.stream.restart();
        } else {
            converse::leave(&mut line.stream, &mut talk).await;
        }
        line.record.plain = Some(converse::record(talk, &spoken));
        goes_ahead
    }

    /// Does a job on a line of its mode.
    pub async fn ask(&self, endpoint: &Endpoint, line: Line, job: &Job, asking: Asking) -> Seen {
        let Line { stream, resumed, record, begun, .. } = line;
        let mut seen = Seen { session: record.session(job.ask), certificates: Vec::new() };
        seen.session.hello_ms = millis(self.begun.elapsed());
        self.shake(endpoint, job, asking, stream, resumed, &mut seen).await;
        seen.session.millis = millis(begun.elapsed());
        seen
    }

    async fn shake(
        &self,
        endpoint: &Endpoint,
        job: &Job,
        asking: Asking,
        stream: Tap,
        resumed: Option<Dialogue>,
        seen: &mut Seen,
    ) {
        let limit = self.limit(job.ask);
        match &job.hello {
            Hello::Complete { server_name, signature_schemes, only } => {
                let talk = is_curious(job.ask).then(|| {
                    resumed
                        .unwrap_or_else(|| Dialogue::new(endpoint.protocol, Goal::Greet, &self.manners.ehlo))
                });
                let offer = complete::Offer {
                    server_name: server_name.as_deref(),
                    schemes: signature_schemes,
                    only: only.as_ref(),
                    limit,
                };
                let session = &seen.session;
                let tell = |tls: &Tls, certificates: &[Vec<u8>]| {
                    if let Some(news) = &asking.news {
                        let session = Session { tls: Some(tls.clone()), ..session.clone() };
                        let seen = Seen { session, certificates: certificates.to_vec() };
                        let _ = news.send(News::Stands(Box::new(seen)));
                    }
                };
                let done = complete::complete(stream, &offer, talk, tell).await;
                seen.session.tls = Some(done.tls);
                seen.session.inside = done.inside;
                seen.session.offered = only.is_some().then(|| complete::offered(&offer));
                seen.certificates = done.certificates;
            }
            Hello::Flight(offer) => {
                let (tls, certificates) = match offer.stop {
                    Stop::Finished => trick::finish(stream, offer, asking.parts, limit).await,
                    Stop::ServerHello | Stop::KeyExchange => {
                        seen.session.hello_length = flight::length(&flight::hello(offer));
                        flight::flight(stream, offer, asking.parts, limit).await
                    }
                };
                seen.session.tls = Some(tls);
                seen.session.offered = is_listing(job.ask).then(|| offered(offer));
                seen.certificates = certificates;
            }
            Hello::Try(Attempt { trick: Trick::Injection, offer, .. }) => {
                let offer = complete::Offer {
                    server_name: offer.server_name.as_deref(),
                    schemes: &[],
                    only: None,
                    limit,
                };
                let done = complete::complete(stream, &offer, resumed, |_, _| {}).await;
                seen.session.tls = Some(done.tls);
                seen.session.inside = done.inside;
                seen.certificates = done.certificates;
            }
            Hello::Try(attempt) => {
                let tried = trick::attempt(stream, greets(endpoint, job), attempt, asking.parts, limit).await;
                seen.session.tls = Some(tried.tls);
                seen.session.reaction = tried.reaction;
                seen.session.offered = attempt.rides.then(|| offered(&attempt.offer));
                seen.certificates = tried.certificates;
            }
            Hello::Ssl2 => {
                let (tls, certificates) = flight::ssl2(stream, asking.parts, limit).await;
                seen.session.tls = Some(tls);
                seen.certificates = certificates;
            }
        }
    }

    /// Ends a line that no question was left for, as politely as it still can be.
    pub async fn hang_up(&self, line: Line) -> Seen {
        let Line { stream, record, begun, .. } = line;
        // After the go-ahead only TLS may be spoken: QUIT would be taken for a broken hello.
        stream.let_go().await;
        let mut session = record.session(Ask::Spare);
        session.millis = millis(begun.elapsed());
        Seen { session, certificates: Vec::new() }
    }

    /// Returns the record of a connection that was `begun` then, and that nobody waits for any more before a hello is due on it.
    pub fn given_up(&self, security: Security, begun: Instant) -> Session {
        let (begun_ms, millis) = (millis(begun - self.begun), millis(begun.elapsed()));
        let record = Record { security, connect: Connect::Open, plain: None, begun_ms, millis };
        record.session(Ask::Spare)
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

/// Tells whether what was offered is to be kept.
fn is_listing(ask: Ask) -> bool {
    ask.listed_version().is_some()
}

fn offered(offer: &Offer) -> Offered {
    Offered {
        suites: offer.suites.iter().map(|suite| suite.0).collect(),
        groups: offer.groups.iter().map(|group| group.0).collect(),
        schemes: offer.signature_schemes.iter().map(|scheme| scheme.0).collect(),
    }
}

/// Tells whether the capabilities inside TLS are wanted too.
fn is_curious(ask: Ask) -> bool {
    matches!(ask, Ask::Polite | Ask::OtherMode)
}

/// Tells whether the server speaks first inside TLS: where TLS comes first, and in ManageSieve always (RFC 5804
/// §2.2).
fn greets(endpoint: &Endpoint, job: &Job) -> bool {
    job.security == Security::Implicit || endpoint.protocol == Protocol::Sieve
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Puts certificates into `tls` as fingerprints.
fn fingerprint(tls: &mut Tls, certificates: &[Vec<u8>]) {
    tls.certificates = certificates.iter().map(|der| Fingerprint::of(der)).collect();
}

#[cfg(test)]
mod tests;
