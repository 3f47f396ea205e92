//! Examines targets: strings discovery, planner and prober together, and keeps what they see.

mod ahead;
mod each;
mod files;
mod issuers;
mod names;
mod parting;
mod shortcut;
mod sink;
mod statuses;
mod surplus;
mod walk;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::bytes::Bytes;
use crate::dns::{Anchors, DiscoverOptions, Discovery, Pacing, Resolver, ResolverOptions, discover};
use crate::endpoint::Endpoint;
use crate::fetch::{Fetcher, FetcherOptions};
use crate::name::{Host, Name};
use crate::observation::{Depth, DnsLook, Examination, Observation, SCHEMA, Settings, Told, Trust};
use crate::plan::Wishes;
use crate::probe::{Manners, Prober};
use crate::reach::{ConnectTo, Families, Keeps, is_global};
use crate::target::Target;
pub use each::examine_each;
pub use files::{Presented, examine_files};
use sink::Sink;
use statuses::Archive;
use walk::{Pace, Place, Shown, Walk};

/// How to examine.
#[derive(Clone, Debug)]
pub struct Options {
    /// How much to ask of each endpoint.
    pub depth: Depth,
    /// The name for EHLO and LHLO.
    pub ehlo: String,
    /// The limit of each wait.
    pub timeout: Duration,
    /// The most connections to one address at a time.
    pub connections_per_host: usize,
    /// DNS servers in place of the system's.
    pub resolvers: Vec<SocketAddr>,
    /// DNSSEC trust anchors in place of the root's.
    pub dnssec_anchors: Option<Anchors>,
    /// Where to connect in place of what DNS says.
    pub connect_to: Vec<ConnectTo>,
    /// The address families that count.
    pub families: Families,
    /// The name to send and to judge certificates by, in place of the host's.
    pub server_name: Option<String>,
    /// Sends no server name.
    pub no_sni: bool,
    /// Contacts nothing but the mail ports and DNS.
    pub offline: bool,
    /// Roots to count beside the public ones, as DER.
    pub roots: Vec<Vec<u8>>,
    /// Counts no public roots.
    pub only_given_roots: bool,
    /// The roots of the system's own store, as DER.
    pub system_roots: Vec<Vec<u8>>,
    /// Lists of revoked certificates that the user gives, as DER.
    pub crls: Vec<Vec<u8>>,
    /// Keeps documents on revocation from one run to the next.
    pub cache: Option<Arc<dyn Keeps>>,
    /// What of the mail DNS is wished for.
    pub look: DnsLook,
    /// The most DNS questions under way at once.
    pub dns_at_once: usize,
    /// What mail clients of a domain are told by sources that the user has at hand, such as profiles.
    pub told: Vec<Told>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            depth: Depth::Standard,
            ehlo: "localhost".to_owned(),
            timeout: Duration::from_secs(20),
            connections_per_host: 5,
            resolvers: Vec::new(),
            dnssec_anchors: None,
            connect_to: Vec::new(),
            families: Families::Both,
            server_name: None,
            no_sni: false,
            offline: false,
            roots: Vec::new(),
            only_given_roots: false,
            system_roots: Vec::new(),
            crls: Vec::new(),
            cache: None,
            look: DnsLook::default(),
            dns_at_once: 16,
            told: Vec::new(),
        }
    }
}

/// Hears how a run gets on.
pub trait Progress: Send + Sync {
    /// So many more connections are to be made.
    fn planned(&self, connections: u32);
    /// A connection has ended; `what` is its endpoint.
    fn finished(&self, what: &str);
}

/// Nobody listens.
pub struct Silence;

impl Progress for Silence {
    fn planned(&self, _: u32) {}
    fn finished(&self, _: &str) {}
}

/// Examines targets side by side; when `stop` ends, returns what is known so far.
pub async fn examine(
    targets: Vec<(String, Target)>,
    options: &Options,
    progress: Arc<dyn Progress>,
    stop: impl Future<Output = ()>,
) -> Observation {
    examine_at(Pace::POLITE, targets, options, progress, stop).await
}

async fn examine_at(
    pace: Pace,
    targets: Vec<(String, Target)>,
    options: &Options,
    progress: Arc<dyn Progress>,
    stop: impl Future<Output = ()>,
) -> Observation {
    let taken = Timestamp::now();
    let (halt, halted) = watch::channel(false);
    let run = Arc::new(Run::new(options.clone(), pace, taken, progress, halted));
    let mut running = JoinSet::new();
    for (index, (input, target)) in targets.into_iter().enumerate() {
        let run = Arc::clone(&run);
        running.spawn(async move { (index, run.target(input, target).await) });
    }
    let mut examinations = Vec::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            done = running.join_next() => match done {
                Some(Ok(done)) => examinations.push(done),
                // A task of ours neither panics nor is cancelled; if it were, the others still count.
                Some(Err(error)) => tracing::error!(%error, "an examination broke off"),
                None => break,
            },
            () = &mut stop, if !*halt.borrow() => {
                // The receiver lives in `run`, so somebody listens.
                let _ = halt.send(true);
            }
        }
    }
    examinations.sort_by_key(|(index, _)| *index);
    run.observation(examinations.into_iter().map(|(_, examination)| examination).collect())
}

/// The limit of one DNS question, and of one document: a report should not wait for what is beside the point.
const DNS_LIMIT: Duration = Duration::from_secs(10);
const FETCH_LIMIT: Duration = Duration::from_secs(10);

/// What lies between two questions to one block list.
const LISTS_GAP: Duration = Duration::from_millis(100);

/// What all targets of a run share.
struct Run {
    options: Options,
    pace: Pace,
    prober: Arc<Prober>,
    resolver: Resolver,
    /// What holds back questions to block lists.
    pacing: Arc<Pacing>,
    /// What all fetchers of the run are made of.
    fetcher: Fetcher,
    archive: Archive,
    /// When the run began.
    taken: Timestamp,
    progress: Arc<dyn Progress>,
    halted: watch::Receiver<bool>,
}

impl Run {
    fn new(
        options: Options,
        pace: Pace,
        taken: Timestamp,
        progress: Arc<dyn Progress>,
        halted: watch::Receiver<bool>,
    ) -> Self {
        let resolver = Resolver::new(ResolverOptions {
            servers: options.resolvers.clone(),
            anchors: options.dnssec_anchors.clone(),
            families: options.families,
            timeout: options.timeout.min(DNS_LIMIT),
            concurrent: options.dns_at_once,
        });
        let prober = Arc::new(Prober::new(Manners {
            ehlo: options.ehlo.clone(),
            timeout: options.timeout,
            connections_per_host: options.connections_per_host,
        }));
        let fetcher = Fetcher::new(
            Arc::new(resolver.clone()),
            FetcherOptions {
                public_roots: !options.only_given_roots,
                roots: options.roots.clone(),
                connect_to: options.connect_to.clone(),
                inside: false,
                timeout: options.timeout.min(FETCH_LIMIT),
            },
        );
        let archive = Archive::new(&options.crls);
        let pacing = Arc::new(Pacing::new(LISTS_GAP));
        Self { options, pace, prober, resolver, fetcher, pacing, archive, taken, progress, halted }
    }

    /// Returns what was seen of the targets, with what they share.
    fn observation(&self, targets: Vec<Examination>) -> Observation {
        let options = &self.options;
        Observation {
            schema: SCHEMA.to_owned(),
            version: crate::VERSION.to_owned(),
            taken: self.taken,
            settings: Settings {
                depth: options.depth,
                ehlo: options.ehlo.clone(),
                offline: options.offline,
                timeout_ms: u64::try_from(options.timeout.as_millis()).unwrap_or(u64::MAX),
                again: Vec::new(),
            },
            targets,
            documents: self.archive.take(),
        }
    }

    /// Makes a fetcher; `inside` lets it follow a peer's URLs into private networks.
    fn fetcher(&self, inside: bool) -> Fetcher {
        self.fetcher_within(inside, FETCH_LIMIT)
    }

    fn fetcher_within(&self, inside: bool, limit: Duration) -> Fetcher {
        self.fetcher.clone().inside(inside).within(self.options.timeout.min(limit))
    }

    async fn discover(&self, target: &Target) -> Discovery {
        let options = DiscoverOptions {
            connect_to: self.options.connect_to.clone(),
            offline: self.options.offline,
            depth: self.options.depth,
            look: self.options.look.clone(),
            told: self.options.told.clone(),
            pacing: Arc::clone(&self.pacing),
        };
        let mut discovery = discover(target, &self.resolver, &self.fetcher(false), &options).await;
        // Whoever says which name to send wants to know what a client sees that was told this name.
        if let Some(name) = self.options.server_name.as_deref().and_then(|name| Name::new(name).ok()) {
            for endpoint in &mut discovery.endpoints {
                endpoint.host = Host::Name(name.clone());
            }
        }
        discovery
    }

    async fn target(self: &Arc<Self>, input: String, target: Target) -> Examination {
        let begun = Instant::now();
        let mut halted = self.halted.clone();
        let discovery = tokio::select! {
            discovery = self.discover(&target) => discovery,
            _ = halted.wait_for(|halted| *halted) => Discovery::default(),
        };
        let sink = Arc::new(Sink::new(discovery.endpoints.clone()));
        tokio::select! {
            () = self.walk(&discovery.endpoints, &sink) => {}
            _ = halted.wait_for(|halted| *halted) => {}
        }
        let kept = sink.kept();
        let is_inside = discovery
            .endpoints
            .iter()
            .any(|endpoint| endpoint.address().is_none_or(|address| !is_global(address)));
        let mut seen = Examination {
            input,
            kind: target.kind(),
            host: target.host(),
            depth: self.options.depth,
            look: self.options.look.clone(),
            dns: discovery.dns,
            domain: discovery.domain,
            fetches: discovery.fetches,
            statuses: self.archive.given(self.taken),
            endpoints: kept.endpoints,
            certificates: kept.certificates,
            trust: Trust {
                public: !self.options.only_given_roots,
                given: self.options.roots.iter().cloned().map(Bytes).collect(),
                system: Vec::new(),
            },
            interrupted: false,
            millis: 0,
        };
        let fetcher = self.fetcher(is_inside);
        let afterwards = async {
            // What was found by then is kept.
            let _ = tokio::time::timeout(DNS_LIMIT, self.resolve_names(&mut seen)).await;
            let _ = tokio::time::timeout(DNS_LIMIT, self.resolve_greetings(&mut seen)).await;
            self.fetch_issuers(&mut seen, &fetcher).await;
        };
        tokio::select! {
            () = afterwards => {}
            _ = halted.wait_for(|halted| *halted) => {}
        }
        self.add_system_roots(&mut seen);
        // Whoever issued a certificate speaks of its revocation, and that may be one of these roots.
        tokio::select! {
            () = self.fetch_statuses(&mut seen, is_inside) => {}
            _ = halted.wait_for(|halted| *halted) => {}
        }
        seen.interrupted = *self.halted.borrow();
        seen.millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        seen
    }

    /// Walks all endpoints side by side; the prober holds back what would crowd an address.
    async fn walk(&self, endpoints: &[Endpoint], sink: &Arc<Sink>) {
        let mut walks = JoinSet::new();
        let mut known: Vec<(&Endpoint, watch::Receiver<Shown>)> = Vec::new();
        for (index, endpoint) in endpoints.iter().enumerate() {
            let (shown, hears) = watch::channel(None);
            let earlier = known
                .iter()
                .filter(|(other, _)| is_same_place(other, endpoint))
                .map(|(other, shown)| (other.id(), shown.clone()))
                .collect();
            known.push((endpoint, hears));
            let walk = Walk {
                prober: Arc::clone(&self.prober),
                endpoint: endpoint.clone(),
                index,
                sink: Arc::clone(sink),
                progress: Arc::clone(&self.progress),
                pace: self.pace,
                slow: false,
                announced: 0,
                finished: 0,
            };
            walks.spawn(walk::walk(walk, self.wishes(endpoint), Place { shown, earlier }));
        }
        // Dropped together with this future, which ends the walks when the run is stopped.
        while walks.join_next().await.is_some() {}
    }

    fn wishes(&self, endpoint: &Endpoint) -> Wishes {
        let own = match &endpoint.host {
            Host::Name(name) => Some(name.as_ascii().to_owned()),
            Host::Address(_) => None,
        };
        let server_name = self.options.server_name.clone().or(own).filter(|_| !self.options.no_sni);
        Wishes { depth: self.options.depth, server_name }
    }
}

/// Tells whether two names lead to one place that is spoken to alike.
fn is_same_place(one: &Endpoint, two: &Endpoint) -> bool {
    one.place == two.place && one.protocol == two.protocol && one.security == two.security
}

#[cfg(test)]
mod tests;
