//! Walks an endpoint: plan, probe, and plan again, until nothing is left to ask.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Progress;
use super::sink::Sink;
use crate::bytes::Fingerprint;
use crate::endpoint::{Endpoint, EndpointId};
use crate::job::Job;
use crate::observation::{Ask, EndpointObservation, Session, TalkEnd, Throttled, Unasked};
use crate::plan::{self, Wishes};
use crate::probe::{Prober, Seen, limit_shown};

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
    loop {
        walk.compare(&mut seen, &mut place).await;
        let jobs = plan::next(&seen, &wishes);
        if jobs.is_empty() {
            return;
        }
        walk.progress.planned(count(jobs.len()));
        if walk.slow {
            walk.one_by_one(jobs, &mut seen).await
        } else {
            walk.side_by_side(jobs, &mut seen).await
        }
    }
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

    async fn side_by_side(&mut self, jobs: Vec<Job>, seen: &mut EndpointObservation) {
        let mut running = JoinSet::new();
        for job in jobs {
            let (prober, endpoint) = (Arc::clone(&self.prober), self.endpoint.clone());
            running.spawn(async move {
                let brought = prober.run(&endpoint, &job).await;
                (job, brought)
            });
        }
        let mut again = Vec::new();
        while let Some(done) = running.join_next().await {
            // A task of ours neither panics nor is cancelled; if it were, its question would stay open.
            let Ok((job, brought)) = done else { continue };
            match shows_limit(seen, &brought.session) {
                Some(_) => again.push(job),
                None => self.keep(brought, seen),
            }
        }
        if !again.is_empty() {
            self.slow = true;
            self.progress.planned(count(again.len()));
            self.one_by_one(again, seen).await;
        }
    }

    /// Asks one question at a time with pauses; gives up on all when the server still limits us.
    async fn one_by_one(&mut self, jobs: Vec<Job>, seen: &mut EndpointObservation) {
        let mut jobs = jobs.into_iter();
        while let Some(job) = jobs.next() {
            let mut refusal = None;
            for pause in std::iter::once(self.pace.step).chain(self.pace.pauses) {
                sleep(pause).await;
                let brought = self.prober.run(&self.endpoint, &job).await;
                let Some(evidence) = shows_limit(seen, &brought.session) else {
                    refusal = None;
                    self.keep(brought, seen);
                    break;
                };
                refusal = Some((evidence, brought));
            }
            match refusal {
                // A server that says "later" to the first client every time says it to everybody.
                Some((_, brought)) if job.ask == Ask::Polite => return self.keep(brought, seen),
                Some((evidence, _)) => return self.give_up(std::iter::once(job).chain(jobs), evidence, seen),
                None => {}
            }
        }
    }

    fn keep(&self, brought: Seen, seen: &mut EndpointObservation) {
        self.progress.finished(&self.endpoint.label());
        seen.sessions.push(brought.session.clone());
        self.sink.keep(self.index, brought.session, brought.certificates);
    }

    fn give_up(&self, jobs: impl Iterator<Item = Job>, evidence: String, seen: &mut EndpointObservation) {
        let why = format!("the server limits connections: {}", evidence.replace('\n', " "));
        for job in jobs {
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
