//! The resolver: questions in, exact answers out.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_resolver::Hosts;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::rr::{Name as DomainName, RecordType};
use tokio::sync::OnceCell;

use super::anchor::Anchors;
use super::exchange::{Exchange, Failure, Heard, Question};
use super::memory::Memory;
use super::read::{End, MOST_ALIASES, address, addresses_in, read, record_type};
use super::validate::Validator;
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
use crate::reach::{Addresses, Families, Reached};

/// How to ask.
#[derive(Clone, Debug)]
pub struct ResolverOptions {
    /// The name servers; empty takes the system's, and then its hosts file counts too.
    pub servers: Vec<SocketAddr>,
    /// Where chains of signatures start; `None` starts at the root.
    pub anchors: Option<Anchors>,
    /// The address families that are of use.
    pub families: Families,
    /// The limit of one question, all servers and repetitions together.
    pub timeout: Duration,
    /// The most questions under way at once.
    pub concurrent: usize,
}

/// Asks name servers and remembers what they said; clones share the memory.
#[derive(Clone)]
pub struct Resolver(Arc<Inner>);

/// An answer that is had or being fetched.
type Once = Arc<OnceCell<DnsAnswer>>;

struct Inner {
    exchange: Arc<Exchange>,
    validator: Validator,
    answers: Mutex<Memory<(Name, DnsType), Once>>,
    hosts: Option<Hosts>,
    families: Families,
}

impl Resolver {
    /// Prepares to ask; nothing is sent yet.
    pub fn new(options: ResolverOptions) -> Self {
        let system = options.servers.is_empty();
        let servers = if system { system_servers() } else { options.servers };
        let exchange = Arc::new(Exchange::new(servers, options.timeout, options.concurrent));
        let anchors = options.anchors.unwrap_or_else(Anchors::root);
        Self(Arc::new(Inner {
            validator: Validator::new(Arc::clone(&exchange), anchors, options.timeout),
            exchange,
            answers: Mutex::new(Memory::new(MOST_REMEMBERED)),
            families: options.families,
            hosts: system.then(|| Hosts::from_system().unwrap_or_default()),
        }))
    }

    /// Asks for the records of one type at a name, or repeats what was answered before.
    ///
    /// A failure of any kind is never reported as absence.
    pub async fn ask(&self, name: &Name, kind: DnsType) -> DnsAnswer {
        let cell = {
            let mut answers = self.0.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.entry((name.clone(), kind))
        };
        cell.get_or_init(|| Box::pin(self.0.resolve(name, kind))).await.clone()
    }

    /// Returns the types of address records that are of use.
    pub fn address_types(&self) -> &'static [DnsType] {
        match self.0.families {
            Families::Both => &[DnsType::A, DnsType::Aaaa],
            Families::Ipv4 => &[DnsType::A],
            Families::Ipv6 => &[DnsType::Aaaa],
        }
    }

    /// Returns the addresses that this machine's hosts file gives a name; nothing under given servers.
    pub fn in_hosts_file(&self, name: &Name) -> Vec<IpAddr> {
        let (Some(hosts), Some(name)) = (&self.0.hosts, qualified(name)) else { return Vec::new() };
        [RecordType::A, RecordType::AAAA]
            .into_iter()
            .filter_map(|kind| hosts.lookup_static_host(&Query::query(name.clone(), kind)))
            .flat_map(|lookup| {
                lookup.answers().iter().filter_map(|record| address(&record.data)).collect::<Vec<_>>()
            })
            .filter(|address| self.0.families.admit(*address))
            .collect()
    }
}

impl Addresses for Resolver {
    fn addresses<'a>(&'a self, name: &'a Name) -> Reached<'a, Result<Vec<IpAddr>, String>> {
        Box::pin(async move {
            let mut addresses = Vec::new();
            let mut problem = None;
            for &kind in self.address_types() {
                let answer = self.ask(name, kind).await;
                addresses.extend(addresses_in(&answer));
                if let DnsOutcome::Failed(why) = answer.outcome {
                    problem = Some(why);
                }
            }
            match problem {
                Some(why) if addresses.is_empty() => Err(format!("{name}: {why}")),
                _ => Ok(addresses),
            }
        })
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl Inner {
    async fn resolve(&self, name: &Name, kind: DnsType) -> DnsAnswer {
        let mut told = Told { state: DnsState::Indeterminate, evidence: DnsEvidence::default() };
        let outcome = match (localhost(name, kind), qualified(name)) {
            (Some(outcome), _) => outcome,
            (None, Some(start)) => {
                let outcome = self.follow(&start, kind, &mut told).await;
                // Thousands of messages would be kept beside what they say.
                self.exchange.forget(&whole(&start, record_type(kind)));
                outcome
            }
            (None, None) => DnsOutcome::Failed("it is no DNS name".into()),
        };
        DnsAnswer { name: name.clone(), kind, outcome, state: told.state, evidence: told.evidence }
    }

    /// Follows aliases to the end, also where the server leaves that to us.
    async fn follow(&self, start: &DomainName, kind: DnsType, told: &mut Told) -> DnsOutcome {
        let mut at = start.clone();
        let mut aliases: Vec<Name> = Vec::new();
        let mut states = Vec::new();
        let mut broken: Option<(Option<Name>, Option<String>)> = None;
        for _ in 0..MOST_ALIASES {
            let Hop { heard, state, said } = match self.hop(&at, record_type(kind)).await {
                Ok(hop) => hop,
                Err(failure) => {
                    told.evidence.server = failure.server;
                    return DnsOutcome::Failed(failure.why);
                }
            };
            states.push(state);
            if state == DnsState::Bogus && broken.is_none() {
                broken = Some(Box::pin(self.blame(&at, record_type(kind), said)).await);
            }
            let of_kind = heard.answers.iter().filter(|record| record.record_type() == record_type(kind));
            let (broken_at, broken) = broken.clone().unwrap_or_default();
            told.evidence = DnsEvidence {
                server: Some(heard.server),
                at: Some(heard.at),
                ttl: of_kind.map(|record| record.ttl).min(),
                broken_at,
                broken,
            };
            told.state = weakest(&states);
            match read(&heard, &at, record_type(kind), &mut aliases) {
                End::Records(records) => return DnsOutcome::Found { aliases, records },
                End::NoData => return DnsOutcome::NoData,
                End::NoName => return DnsOutcome::NoName,
                End::Onward(next) => at = next,
                End::Ring => break,
                End::Referral => {
                    told.state = DnsState::Indeterminate;
                    let why = "the server knows other servers and no answer: it does not resolve names";
                    return DnsOutcome::Failed(why.into());
                }
            }
        }
        told.state = DnsState::Indeterminate;
        DnsOutcome::Failed("the aliases do not end".into())
    }

    /// Gets one message with its state.
    async fn hop(&self, name: &DomainName, kind: RecordType) -> Result<Hop, Failure> {
        let signed = whole(name, kind);
        match Box::pin(self.exchange.ask(signed.clone())).await {
            Ok(heard) => {
                let state = self.validator.state(&heard, name, kind).await;
                Ok(Hop { state: agreed(&heard, state), heard, said: None })
            }
            Err(failure) => Box::pin(self.insist(signed, failure)).await,
        }
    }

    /// Asks on where there was no answer: a server older than DNSSEC as it understands, and one that refuses because it
    /// validates for what it hides.
    async fn insist(&self, signed: Question, failure: Failure) -> Result<Hop, Failure> {
        let (mut plain, mut reply) = (signed, Err(failure));
        if reply.as_ref().is_err_and(|failure: &Failure| failure.too_new) {
            // RFC 6891 §7.
            plain.signatures = false;
            reply = self.exchange.ask(plain.clone()).await;
        }
        if let Err(failure) = &reply
            && !failure.servfail
        {
            return Err(failure.clone());
        }
        let state = match self.validator.heard(&plain.name, plain.kind).await {
            Some(heard) => self.validator.state(&heard, &plain.name, plain.kind).await,
            None => DnsState::Indeterminate,
        };
        let failure = match reply {
            Ok(heard) => return Ok(Hop { state: agreed(&heard, state), heard, said: None }),
            Err(failure) => failure,
        };
        let unchecked = Question { unchecked: true, ..plain.clone() };
        let Ok(heard) = self.exchange.ask(unchecked).await else { return Err(failure) };
        match (state, failure.dnssec) {
            (DnsState::Bogus, _) | (DnsState::Indeterminate, true) => {
                let said = failure.dnssec.then_some(failure.why);
                Ok(Hop { heard, state: DnsState::Bogus, said })
            }
            (_, true) => Ok(Hop { heard, state: DnsState::Indeterminate, said: None }),
            // It may have been a passing fault: only a server that stays with it is believed.
            (_, false) => match self.exchange.ask_again(&plain).await {
                Ok(heard) => Ok(Hop { heard, state, said: None }),
                Err(again) => Err(again),
            },
        }
    }

    /// Says at which zone the signatures of a bogus answer break off, and why; else what a server said.
    async fn blame(
        &self,
        name: &DomainName,
        kind: RecordType,
        said: Option<String>,
    ) -> (Option<Name>, Option<String>) {
        match self.validator.blame(name, kind).await {
            Some(broken) => (Name::new(&broken.zone.to_ascii()).ok(), Some(broken.why)),
            None => (None, said),
        }
    }
}

/// One message on the way to the records.
struct Hop {
    heard: Arc<Heard>,
    state: DnsState,
    /// What a server said that found it bogus.
    said: Option<String>,
}

/// Asks with signatures, so that what is told and what is validated is one message.
fn whole(name: &DomainName, kind: RecordType) -> Question {
    Question { name: name.clone(), kind, signatures: true, unchecked: false }
}

/// Two validators that differ leave it open; a false alarm would be worse.
fn agreed(heard: &Heard, state: DnsState) -> DnsState {
    let vouched = heard.metadata.authentic_data && state == DnsState::Bogus;
    if vouched { DnsState::Indeterminate } else { state }
}

/// What is told of an answer beside its records.
struct Told {
    state: DnsState,
    evidence: DnsEvidence,
}

/// Returns the name as labels of bytes: what macros of SPF make need be no host name.
fn qualified(name: &Name) -> Option<DomainName> {
    DomainName::from_labels(name.as_ascii().split('.').map(str::as_bytes)).ok()
}

/// Answers for this machine's own name without asking anybody (RFC 6761 §6.3).
fn localhost(name: &Name, kind: DnsType) -> Option<DnsOutcome> {
    let name = name.as_ascii();
    if name != "localhost" && !name.ends_with(".localhost") {
        return None;
    }
    let found =
        |address: IpAddr| DnsOutcome::Found { aliases: Vec::new(), records: vec![DnsData::Address(address)] };
    Some(match kind {
        DnsType::A => found(Ipv4Addr::LOCALHOST.into()),
        DnsType::Aaaa => found(Ipv6Addr::LOCALHOST.into()),
        _ => DnsOutcome::NoData,
    })
}

fn weakest(states: &[DnsState]) -> DnsState {
    let rank = |state: &DnsState| match state {
        DnsState::Bogus => 0,
        DnsState::Indeterminate => 1,
        DnsState::Insecure => 2,
        DnsState::Secure => 3,
    };
    states.iter().copied().min_by_key(rank).unwrap_or(DnsState::Indeterminate)
}

fn system_servers() -> Vec<SocketAddr> {
    let Ok((config, _)) = hickory_resolver::system_conf::read_system_conf() else { return Vec::new() };
    let servers = config.name_servers().iter().filter_map(|server| {
        let port = server.connections.first()?.port;
        Some(SocketAddr::new(server.ip, port))
    });
    servers.take(MOST_SERVERS).collect()
}

/// Answers of one generation that are remembered.
const MOST_REMEMBERED: usize = 20_000;

/// Name servers taken from the system, as resolvers of C libraries do.
const MOST_SERVERS: usize = 3;
