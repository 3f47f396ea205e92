//! From what the user named to every endpoint that belongs to it.

mod bimi;
mod clients;
mod domain;
mod endpoints;
mod lists;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use futures_util::stream::{FuturesOrdered, StreamExt as _};

use self::endpoints::{Candidate, Endpoints};
pub use self::lists::Pacing;
use super::read::addresses_in;
use super::resolver::Resolver;
use crate::endpoint::{Endpoint, Place, Protocol, Security, Source, WELL_KNOWN};
use crate::name::{Host, Name};
use crate::observation::{
    Depth, DnsAnswer, DnsData, DnsLook, DnsOutcome, DnsState, DnsType, DomainObservation, Fetch, Told,
};
use crate::reach::{ConnectTo, Fetches};
use crate::records::{self, Look};
use crate::target::Target;

/// How to look around.
#[derive(Clone, Debug, Default)]
pub struct DiscoverOptions {
    /// Places to connect to instead; a host with such a place needs no DNS.
    pub connect_to: Vec<ConnectTo>,
    /// Whether nothing but DNS may be asked.
    pub offline: bool,
    /// How much is asked.
    pub depth: Depth,
    /// What of the mail DNS is wished for. Where it is looked at alone, no endpoint is sought.
    pub look: DnsLook,
    /// What mail clients are told by sources that the user has at hand.
    pub told: Vec<Told>,
    /// What holds back questions to block lists; the targets of a run share it.
    pub pacing: Arc<Pacing>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery {
    /// Every question with its answer, in the order asked.
    pub dns: Vec<DnsAnswer>,
    /// What DNS and the web say of a mail domain; none for other targets.
    pub domain: Option<DomainObservation>,
    /// Documents fetched.
    pub fetches: Vec<Fetch>,
    /// Every address of every service.
    pub endpoints: Vec<Endpoint>,
}

/// Finds the endpoints of a target.
///
/// A mail domain is asked for MX, SRV, MTA-STS, autoconfig and the usual names; a host for its addresses.
pub async fn discover(
    target: &Target,
    resolver: &Resolver,
    fetches: &dyn Fetches,
    options: &DiscoverOptions,
) -> Discovery {
    let mut survey = Survey::new(resolver, fetches, options);
    match target {
        Target::Domain(name) => survey.domain(name).await,
        Target::Host(host) => {
            // Which of its ports are in use the rules make out from what answers.
            let services = WELL_KNOWN.map(|(port, protocol, security)| (port, protocol, security));
            survey.host(host, &services, Source::Named).await;
        }
        Target::Endpoint { host, port, protocol, security } => {
            survey.host(host, &[(*port, *protocol, *security)], Source::Named).await;
        }
        Target::Socket { path, protocol } => survey.found.endpoints.push(Endpoint {
            host: Host::Name(local_name()),
            port: 0,
            place: Place::Unix(path.clone()),
            protocol: *protocol,
            security: Security::Starttls,
            role: Endpoint::role_of(*protocol),
            sources: vec![Source::Named],
        }),
    }
    survey.found
}

/// One look around.
struct Survey<'a> {
    resolver: &'a Resolver,
    fetches: &'a dyn Fetches,
    options: &'a DiscoverOptions,
    addresses: BTreeMap<Name, Vec<IpAddr>>,
    /// How many answers and told services there were when no family of mail records had a question left.
    settled: Option<(usize, usize)>,
    found: Discovery,
}

impl<'a> Survey<'a> {
    fn new(resolver: &'a Resolver, fetches: &'a dyn Fetches, options: &'a DiscoverOptions) -> Self {
        Self {
            resolver,
            fetches,
            options,
            addresses: BTreeMap::new(),
            settled: None,
            found: Discovery::default(),
        }
    }

    /// Asks all at once; the answers come back, and are recorded, in the order of the questions.
    async fn ask(&mut self, questions: Vec<(Name, DnsType)>) -> Vec<DnsAnswer> {
        let (resolver, pacing) = (self.resolver, self.options.pacing.as_ref());
        // In the task of the target: one for each question would cost more than to put it.
        let asked: FuturesOrdered<_> = questions
            .into_iter()
            .map(|(name, kind)| async move {
                let _turn = pacing.turn(&name, kind).await;
                resolver.ask(&name, kind).await
            })
            .collect();
        let answers: Vec<DnsAnswer> = asked.collect().await;
        for answer in &answers {
            let asked = self.found.dns.iter().any(|old| old.name == answer.name && old.kind == answer.kind);
            if !asked {
                self.found.dns.push(answer.clone());
            }
            // Families of records may ask for addresses that are not to be used.
            if self.resolver.address_types().contains(&answer.kind) {
                let known = self.addresses.entry(answer.name.clone()).or_default();
                for address in addresses_in(answer) {
                    if !known.contains(&address) {
                        known.push(address);
                    }
                }
            }
        }
        answers
    }

    /// Returns what the families of mail records want to know now.
    fn open_questions(&self, domain: &Name, told: &[Told]) -> Vec<(Name, DnsType)> {
        if self.found.dns.len() >= MOST_QUESTIONS {
            return Vec::new();
        }
        let look = Look { domain, depth: self.options.depth, wishes: &self.options.look, told };
        let mut open = records::open_questions(&self.found.dns, &look);
        open.truncate(MOST_QUESTIONS - self.found.dns.len());
        open
    }

    /// Asks these and what the families of mail records want to know, until nothing is open.
    async fn ask_all(&mut self, mut questions: Vec<(Name, DnsType)>, domain: &Name, told: &[Told]) {
        for _ in 0..MOST_ROUNDS {
            // What was told and answered is only ever added to, so that nothing has changed where there is no more of it.
            let known = Some((self.found.dns.len(), told.len()));
            let open = if self.settled == known { Vec::new() } else { self.open_questions(domain, told) };
            if open.is_empty() {
                self.settled = known;
            }
            questions.extend(open.into_iter().filter(|open| !questions.contains(open)).collect::<Vec<_>>());
            if questions.is_empty() {
                return;
            }
            self.ask(std::mem::take(&mut questions)).await;
        }
    }

    /// Returns the questions for a name's addresses, none if every port that matters is put elsewhere.
    fn address_questions(&self, name: &Name, ports: &[u16]) -> Vec<(Name, DnsType)> {
        let host = Host::Name(name.clone());
        let elsewhere = |port: &u16| ConnectTo::find(&self.options.connect_to, &host, *port).0.is_some();
        if !ports.is_empty() && ports.iter().all(elsewhere) {
            return Vec::new();
        }
        self.resolver.address_types().iter().map(|kind| (name.clone(), *kind)).collect()
    }

    /// Returns the questions for the TLSA records of a service (RFC 6698 §3).
    fn tlsa_question(name: &Name, port: u16) -> Option<(Name, DnsType)> {
        Some((name.under("_tcp").ok()?.under(&format!("_{port}")).ok()?, DnsType::Tlsa))
    }

    /// Asks for TLSA where aliases of these names end, since DANE looks there first (RFC 7672 §2.2.2).
    async fn ask_tlsa_of_aliases(&mut self, names: &[Name], port: u16) {
        let ends = self.found.dns.iter().filter_map(|answer| match &answer.outcome {
            DnsOutcome::Found { aliases, .. } if names.contains(&answer.name) => aliases.last(),
            _ => None,
        });
        let questions = ends.filter_map(|name| Self::tlsa_question(name, port)).collect();
        self.ask(questions).await;
    }

    async fn host(&mut self, host: &Host, services: &[(u16, Protocol, Security)], source: Source) {
        if let Host::Name(name) = host {
            let ports: Vec<u16> = services.iter().map(|row| row.0).collect();
            let mut questions = self.address_questions(name, &ports);
            let addresses = questions.len();
            let smtp = services.iter().find(|row| row.1 == Protocol::Smtp).map(|row| row.0);
            // Names of this machine are in no DNS.
            let public = *name != local_name();
            questions.extend(smtp.filter(|_| public).and_then(|port| Self::tlsa_question(name, port)));
            let answers = self.ask(questions).await;
            if addresses > 0 && answers.iter().take(addresses).all(|answer| answer.records().is_empty()) {
                self.take_hosts_file(name);
            }
            if let Some(port) = smtp {
                self.ask_tlsa_of_aliases(std::slice::from_ref(name), port).await;
            }
        }
        let mut endpoints = Endpoints::new(&self.options.connect_to, &self.addresses);
        for &(port, protocol, security) in services {
            endpoints.add(&Candidate { host: host.clone(), port, protocol, security, source });
        }
        self.found.endpoints = endpoints.finish().0;
    }

    /// Puts what the hosts file says in the place of DNS answers that have no address.
    fn take_hosts_file(&mut self, name: &Name) {
        let addresses = self.resolver.in_hosts_file(name);
        for answer in self.found.dns.iter_mut().filter(|answer| answer.name == *name) {
            let of_kind = |address: &&IpAddr| match answer.kind {
                DnsType::A => address.is_ipv4(),
                DnsType::Aaaa => address.is_ipv6(),
                _ => false,
            };
            let records: Vec<DnsData> =
                addresses.iter().filter(of_kind).map(|address| DnsData::Address(*address)).collect();
            if !records.is_empty() {
                answer.outcome = DnsOutcome::Found { aliases: Vec::new(), records };
                answer.state = DnsState::Indeterminate;
            }
        }
        self.addresses.insert(name.clone(), addresses);
    }
}

fn local_name() -> Name {
    Name::new("localhost").expect("a plain word is a name")
}

/// Questions about one domain; an honest one comes to about a hundred.
const MOST_QUESTIONS: usize = 400;

/// How often answers may bring up new questions: the longest chain of SPF records that is looked at, and some more.
const MOST_ROUNDS: usize = 24;

#[cfg(test)]
mod tests;
