//! Walks an endpoint: plan, probe, and plan again, until nothing is left to ask.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Progress;
use super::ahead::Ahead;
use super::parting::Parting;
use super::shortcut::{Shortcut, Way};
use super::sink::{Sink, complete};
use super::surplus::Surplus;
use crate::bytes::Fingerprint;
use crate::endpoint::{Endpoint, EndpointId, Security};
use crate::job::Job;
use crate::observation::{Ask, Depth, EndpointObservation, Session, TalkEnd, Throttled, Unasked};
use crate::plan::{self, Wishes};
use crate::probe::{Asking, Failure, Line, Prober, Seen, limit_shown};

/// How slow to go once a server has limited us.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The wait between connections.
    pub(super) step: Duration,
    /// How long to leave the server alone before a question is asked again, each time.
    pub(super) pauses: [Duration; 2],
}

impl Pace {
    /// What a server may expect.
    pub(super) const POLITE: Self =
        Self { step: Duration::from_millis(300), pauses: [Duration::from_secs(1), Duration::from_secs(4)] };
}

/// The certificates that an endpoint showed a good client, once they are known.
pub(super) type Shown = Option<Vec<Fingerprint>>;

/// What the walks of one place know of each other: a server that answers under several names is asked
/// everything only once for each certificate.
pub(super) struct Place {
    /// Tells the walks that come after.
    pub(super) shown: watch::Sender<Shown>,
    /// The walks that came before.
    pub(super) earlier: Vec<(EndpointId, watch::Receiver<Shown>)>,
}

/// Examines one endpoint; what is seen goes into the sink at once, so that an interrupted run keeps it.
pub(super) async fn walk(mut walk: Walk, wishes: Wishes, mut place: Place) {
    let mut seen = EndpointObservation::new(walk.endpoint.clone());
    let wanted = wishes.depth >= Depth::List && place.earlier.is_empty();
    let mut ahead = Ahead { wanted, ..Ahead::default() };
    loop {
        walk.compare(&mut seen, &mut place).await;
        let jobs = plan::next(&seen, &[], &wishes).jobs;
        let Some(first) = jobs.first() else { break };
        // The first look, and the one in the other mode, begin alone; everything runs alone once we are limited.
        if walk.slow || is_first(first) {
            walk.discard(&mut ahead, &mut seen).await;
            walk.announce(jobs.len());
            walk.one_by_one(jobs, &mut seen, &mut ahead).await;
        } else {
            walk.side_by_side(&mut seen, &wishes, std::mem::take(&mut ahead)).await;
        }
    }
    walk.discard(&mut ahead, &mut seen).await;
}

/// Tells whether a job has to be answered before anything else can be asked.
fn is_first(job: &Job) -> bool {
    matches!(job.ask, Ask::Polite | Ask::OtherMode)
}

/// A walk under way.
pub(super) struct Walk {
    pub(super) prober: Arc<Prober>,
    pub(super) endpoint: Endpoint,
    /// The endpoint's place in the sink.
    pub(super) index: usize,
    pub(super) sink: Arc<Sink>,
    pub(super) progress: Arc<dyn Progress>,
    /// How slow to go then.
    pub(super) pace: Pace,
    /// Set once the server has limited us.
    pub(super) slow: bool,
    /// Questions that the progress was told of, and those that are answered.
    pub(super) announced: u32,
    pub(super) finished: u32,
}

/// What a task brought.
pub(super) enum Event {
    /// With whether TLS was asked for at once.
    Opened(Box<Line>, bool),
    /// The same.
    Failed(Box<Failure>, bool),
    /// The connection was not wanted any more before it was begun.
    Unneeded,
    /// The same, on its way.
    GivenUp(Box<Session>),
    /// With whether our side ended behind the hello.
    Asked(Box<(Job, Seen)>, bool),
}

/// Opens a connection, unless it is too many by the time it would be polite.
pub(super) async fn open(
    prober: Arc<Prober>,
    endpoint: Endpoint,
    security: Security,
    way: Way,
    surplus: Surplus,
) -> Event {
    let permit = tokio::select! {
        biased;
        () = surplus.be_too_many() => return Event::Unneeded,
        permit = prober.enter(&endpoint) => permit,
    };
    let at_once = way.is_short();
    let (opener, begun) = (Arc::clone(&prober), Instant::now());
    let mut opening = Box::pin(async move { opener.open(&endpoint, permit, security, at_once).await });
    tokio::select! {
        biased;
        opened = &mut opening => match opened {
            Ok(line) => Event::Opened(Box::new(line), at_once),
            Err(failure) => Event::Failed(Box::new(failure), at_once),
        },
        () = surplus.be_over() => {
            let given_up = prober.given_up(security, begun);
            // It is brought to an end that the server understands, but nobody waits for that.
            tokio::spawn(async move {
                if let Ok(line) = opening.await {
                    prober.hang_up(line).await;
                }
            });
            Event::GivenUp(Box::new(given_up))
        }
    }
}

async fn ask(prober: Arc<Prober>, endpoint: Endpoint, line: Line, job: Job, parts: bool) -> Event {
    let brought = prober.ask(&endpoint, line, &job, Asking { parts, news: None }).await;
    Event::Asked(Box::new((job, brought)), parts)
}

/// Asks on a connection that is the question's own from the first word on.
pub(super) async fn run(prober: Arc<Prober>, endpoint: Endpoint, job: Job, asking: Asking) -> Event {
    let brought = prober.run(&endpoint, &job, asking).await;
    Event::Asked(Box::new((job, brought)), false)
}

impl Walk {
    /// Tells what a good client is shown, and waits for what it is shown under the names that came before;
    /// all only once.
    async fn compare(&self, seen: &mut EndpointObservation, place: &mut Place) {
        let tls = seen.polite().and_then(|session| session.tls.as_ref());
        let Some(shown) = tls.map(|tls| tls.certificates.clone()).filter(|list| !list.is_empty()) else {
            return;
        };
        for (id, mut other) in std::mem::take(&mut place.earlier) {
            // A walk that ends without a certificate closes its channel.
            let same =
                other.wait_for(Option::is_some).await.is_ok_and(|other| other.as_ref() == Some(&shown));
            if same && seen.same_as.is_none() {
                seen.same_as = Some(id.clone());
                self.sink.equate(self.index, id);
            }
        }
        place.shown.send_replace(Some(shown));
    }

    /// Asks side by side until nothing is left to ask, or a limit shows.
    ///
    /// A connection is opened and brought to where its hello is due before its question is chosen: so even a
    /// question that hangs on the answer before costs one round trip, not the four or five of a whole dialogue.
    async fn side_by_side(&mut self, seen: &mut EndpointObservation, wishes: &Wishes, ahead: Ahead) {
        let mut lines: VecDeque<Line> = VecDeque::new();
        let Ahead { mut running, mut opening, look, surplus, shortcut, .. } = ahead;
        let mut pending: Vec<Job> = look.into_iter().collect();
        // What begins before TLS needs no line; what is to be asked on the lines, and what if some of them are idle.
        let [mut fresh, mut ready, mut kept] = [const { VecDeque::<Job>::new() }; 3];
        let (mut more, mut has_news) = (0, true);
        let lists = wishes.depth >= Depth::List;
        let new = || if lists { Shortcut::new(seen) } else { Shortcut::closed() };
        let mut shortcut = shortcut.unwrap_or_else(new);
        let mut parting = Parting::new(wishes.depth);
        loop {
            if std::mem::take(&mut has_news) {
                let next = plan::next(seen, &pending, wishes);
                (fresh, ready) = next.jobs.into_iter().partition(Job::begins_before_tls);
                kept = next.kept.into_iter().filter(|job| !job.begins_before_tls()).collect();
                more = next.more;
                self.announce(pending.len() + ready.len() + fresh.len());
            }
            let security = ready.front().or(pending.first()).map(|job| job.security);
            while let Some(line) = lines.pop_front() {
                // Each answer of the listing that is due may raise a question for which a line has to be left.
                let is_due = |job: &&Job| job.ask.listed_version().is_some();
                let is_idle = lines.len() >= pending.iter().filter(is_due).count();
                let job = ready.pop_front().or_else(|| if is_idle { kept.pop_front() } else { None });
                let Some(job) = job else {
                    lines.push_front(line);
                    break;
                };
                pending.push(job.clone());
                let parts = parting.takes(&job);
                running.spawn(ask(Arc::clone(&self.prober), self.endpoint.clone(), line, job, parts));
            }
            // The prober lets no more than so many in at a time; what is over for the server already is not among them.
            let overlaps = parting.is_open() && self.prober.overlaps(&self.endpoint);
            let room = self.prober.most_at_once() * if overlaps { 2 } else { 1 };
            while !self.slow
                && (!shortcut.is_undecided() || running.is_empty())
                && opening + lines.len() < self.prober.most_at_once()
                && opening + lines.len() + pending.len() < room
                && let Some(job) = fresh.pop_front()
            {
                pending.push(job.clone());
                running.spawn(run(Arc::clone(&self.prober), self.endpoint.clone(), job, Asking::default()));
            }
            if let Some(security) = security {
                let wanted = if self.slow { 0 } else { ready.len() + kept.len() + more };
                surplus.set((opening + lines.len()).saturating_sub(wanted));
                while opening + lines.len() < wanted && opening + lines.len() + pending.len() < room {
                    opening += 1;
                    let way = shortcut.take();
                    let (prober, endpoint) = (Arc::clone(&self.prober), self.endpoint.clone());
                    running.spawn(open(prober, endpoint, security, way, surplus.clone()));
                }
            }
            // Who still waits to open a connection would wait for one that is open already.
            if pending.is_empty() && ready.is_empty() {
                surplus.end();
            }
            match running.join_next().await {
                Some(Ok(Event::Unneeded)) => opening -= 1,
                Some(Ok(Event::GivenUp(spare))) => {
                    opening -= 1;
                    self.keep_spare(*spare, seen);
                }
                Some(Ok(Event::Opened(line, at_once))) => {
                    opening -= 1;
                    if at_once {
                        shortcut.note(!line.was_too_early());
                    }
                    lines.push_back(*line);
                }
                Some(Ok(Event::Failed(failure, at_once))) => {
                    opening -= 1;
                    if at_once && failure.may_be_too_early() {
                        // Perhaps it was the short way that the server did not like.
                        shortcut.note(false);
                        self.sink.spoil(self.index, 1);
                    } else if seen.sessions.iter().any(Session::has_tls) {
                        self.limited();
                    } else if let Some(job) = plan::next(seen, &pending, wishes).jobs.first() {
                        self.keep(failure.seen(job.ask), seen);
                        has_news = true;
                    }
                }
                Some(Ok(Event::Asked(asked, has_parted))) => {
                    let (job, brought) = *asked;
                    pending.retain(|other| *other != job);
                    match shows_limit(seen, &brought.session) {
                        // The question is put again, slowly.
                        Some(_) => self.limited(),
                        None if parting.note(&job, has_parted, &brought.session) => {
                            self.keep(brought, seen);
                        }
                        None => self.sink.spoil(self.index, 1),
                    }
                    has_news = true;
                }
                // A task of ours neither panics nor is cancelled; if it were, its question would stay open.
                Some(Err(_)) => return,
                None => break,
            }
        }
        for line in lines {
            self.hang_up(line, seen).await;
        }
    }

    /// Goes on slowly, after a connection that came to nothing.
    fn limited(&mut self) {
        self.slow = true;
        self.sink.spoil(self.index, 1);
    }

    /// Tells the progress how many questions are known of.
    fn announce(&mut self, ahead: usize) {
        let total = self.finished + count(ahead);
        self.progress.planned(total.saturating_sub(self.announced));
        self.announced = self.announced.max(total);
    }

    /// Asks one question at a time, with pauses once the server has limited us; gives up on all when it still does.
    async fn one_by_one(&mut self, jobs: Vec<Job>, seen: &mut EndpointObservation, ahead: &mut Ahead) {
        let mut jobs = jobs.into_iter();
        while let Some(job) = jobs.next() {
            let (mut refusal, mut spoilt) = (None, 0);
            // A server that has seen nothing of us yet needs no rest.
            let first = if self.slow { self.pace.step } else { Duration::ZERO };
            for pause in std::iter::once(first).chain(self.pace.pauses) {
                sleep(pause).await;
                let Some(brought) = self.look(&job, ahead, seen).await else { return };
                let Some(evidence) = shows_limit(seen, &brought.session) else {
                    refusal = None;
                    self.keep(brought, seen);
                    break;
                };
                spoilt += 1;
                refusal = Some((evidence, brought));
            }
            // The last answer to the polite question is kept.
            let is_kept = refusal.is_some() && job.ask == Ask::Polite;
            self.sink.spoil(self.index, spoilt - u32::from(is_kept));
            match refusal {
                // A server that says "later" to the first client every time says it to everybody.
                Some((_, brought)) if job.ask == Ask::Polite => return self.keep(brought, seen),
                Some((evidence, _)) => return self.give_up(std::iter::once(job).chain(jobs), evidence, seen),
                None => {}
            }
        }
    }

    pub(super) fn keep(&mut self, brought: Seen, seen: &mut EndpointObservation) {
        self.finished += 1;
        self.progress.finished(&self.endpoint.label());
        if !complete(&mut seen.sessions, &brought.session) {
            seen.sessions.push(brought.session.clone());
        }
        self.sink.keep(self.index, brought.session, brought.certificates);
    }

    fn give_up(&mut self, jobs: impl Iterator<Item = Job>, evidence: String, seen: &mut EndpointObservation) {
        let why = format!("the server limits connections: {}", evidence.replace('\n', " "));
        for job in jobs {
            self.finished += 1;
            self.progress.finished(&self.endpoint.label());
            seen.unasked.push(Unasked { ask: job.ask, why: why.clone() });
        }
        let after_connections = count(seen.sessions.len());
        seen.throttled.get_or_insert(Throttled { after_connections, evidence });
        self.sink.limit(self.index, seen.unasked.clone(), seen.throttled.clone());
    }
}

/// Tells whether a session failed because we are limited.
///
/// After a good polite session every failure before TLS is taken for one. The polite session itself is tried
/// again only where the server itself says "later".
fn shows_limit(seen: &EndpointObservation, session: &Session) -> Option<String> {
    let evidence = limit_shown(session)?;
    match session.ask {
        Ask::Polite | Ask::OtherMode => {
            let says_later = session
                .plain
                .as_ref()
                .is_some_and(|talk| matches!(talk.end, TalkEnd::Rejected { code: 400..500, .. }));
            (says_later && session.ask == Ask::Polite && seen.sessions.is_empty()).then_some(evidence)
        }
        _ => seen.sessions.iter().any(Session::has_tls).then_some(evidence),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
