//! Walks an endpoint: plan, probe, and plan again, until nothing is left to ask.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Progress;
use super::sink::Sink;
use crate::endpoint::Endpoint;
use crate::job::Job;
use crate::observation::{Ask, EndpointObservation, Session, TalkEnd, Throttled, Unasked};
use crate::plan::{self, Wishes};
use crate::probe::{Prober, Seen, limit_shown};

/// How long to leave a server alone that limits us, each time.
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// How long to wait between connections once a server has limited us.
const STEP: Duration = Duration::from_millis(300);

/// Examines one endpoint; what is seen goes into the sink at once, so that an interrupted run keeps it.
pub(super) async fn walk(
    prober: Arc<Prober>,
    endpoint: Endpoint,
    index: usize,
    wishes: Wishes,
    sink: Arc<Sink>,
    progress: Arc<dyn Progress>,
) {
    let mut walk = Walk { prober, endpoint: endpoint.clone(), index, sink, progress, slow: false };
    let mut seen = EndpointObservation::new(endpoint);
    loop {
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

struct Walk {
    prober: Arc<Prober>,
    endpoint: Endpoint,
    index: usize,
    sink: Arc<Sink>,
    progress: Arc<dyn Progress>,
    /// Set once the server has limited us.
    slow: bool,
}

impl Walk {
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
            let mut evidence = None;
            for pause in std::iter::once(STEP).chain(PAUSES) {
                sleep(pause).await;
                let brought = self.prober.run(&self.endpoint, &job).await;
                evidence = shows_limit(seen, &brought.session);
                if evidence.is_none() {
                    self.keep(brought, seen);
                    break;
                }
            }
            if let Some(evidence) = evidence {
                self.give_up(std::iter::once(job).chain(jobs), evidence, seen);
                return;
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
