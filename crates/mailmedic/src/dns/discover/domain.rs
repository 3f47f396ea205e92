//! A mail domain: its MX hosts, and the services that it tells mail clients.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::endpoints::{Candidate, Endpoints};
use super::{Survey, clients};
use crate::client_config::NOBODY;
use crate::endpoint::{Endpoint, Protocol, Security, Source};
use crate::name::{Host, Name};
use crate::observation::{
    Depth, DnsAnswer, DnsData, DnsOutcome, DnsType, DomainObservation, Fetch, FetchOutcome, FetchPurpose,
    Told,
};
use crate::reach::Fetches;
use crate::records::{Answers, mta_sts};

/// What the MX records, or their absence, make of a domain.
#[derive(Default)]
struct Exchangers {
    names: Vec<Name>,
    implicit: bool,
    problems: Vec<String>,
}

impl Survey<'_> {
    pub(super) async fn domain(&mut self, domain: &Name) {
        let mut seen = DomainObservation::default();
        let mut first = self.first_questions(domain);
        let asked_anyway = |open: &(Name, DnsType)| !first.contains(open);
        first.extend(self.open_questions(domain, &[]).into_iter().filter(asked_anyway).collect::<Vec<_>>());
        let answers = self.ask(first).await;
        let mut exchangers = read_exchangers(&answers, domain);
        let alone = self.options.look.alone;
        let elsewhere = self.address_questions(domain, &[25]).is_empty();
        if exchangers.implicit && !alone && !elsewhere && self.addresses.get(domain).is_none_or(Vec::is_empty)
        {
            exchangers.names.clear();
        }
        seen.broken_sources.extend(exchangers.problems.iter().cloned());
        seen.told = told_by_srv(&answers, domain, &mut seen.broken_sources);

        let mut questions = Vec::new();
        for name in &exchangers.names {
            questions.extend(self.address_questions(name, &[25]));
            questions.extend(Self::tlsa_question(name, 25));
        }
        questions.extend(self.questions_of(&seen.told, &mut seen.broken_sources));
        let announced = announcement(&answers, domain);
        // Also behind a record that is spoilt: both are then told at once.
        let is_fetched = announced.is_some() && !self.options.offline;
        let policy_host = mta_sts::host(domain).filter(|_| is_fetched);
        questions.extend(policy_host.iter().flat_map(|name| self.address_questions(name, &[443])));
        if !alone {
            questions.extend(self.wildcard_question(domain));
        }
        questions.extend(self.digest_question(domain));
        let fetches = self.fetches;
        let places = self.client_places(domain);
        let policy = mta_sts::url(domain).filter(|_| is_fetched);
        let told = seen.told.clone();
        let ((), mut documents, policy) = tokio::join!(
            self.ask_all(questions, domain, &told),
            clients::fetch(fetches, places, domain),
            fetch_policy(fetches, policy)
        );
        let places = self.later_places(domain, &exchangers.names, &documents).await;
        documents.extend(clients::fetch(fetches, places, domain).await);
        if !alone {
            documents.told.extend(self.options.told.iter().cloned());
        }
        self.found.fetches.extend(documents.fetches);
        seen.broken_sources.extend(documents.problems);
        self.read_policy(policy, announced == Some(true), &mut seen);

        let questions = self.questions_of(&documents.told, &mut seen.broken_sources);
        seen.told.extend(documents.told);
        self.ask_all(questions, domain, &seen.told).await;
        self.ask_tlsa_of_aliases(&exchangers.names, 25).await;
        self.fetch_mark(domain, &exchangers.names, &seen.told).await;
        if alone {
            self.found.domain = Some(seen);
            return;
        }

        let mut endpoints = Endpoints::new(&self.options.connect_to, &self.addresses);
        let source = if exchangers.implicit { Source::ImplicitMx } else { Source::Mx };
        for name in exchangers.names {
            let (protocol, security) = (Protocol::Smtp, Security::Starttls);
            endpoints.add(&Candidate { host: Host::Name(name), port: 25, protocol, security, source });
        }
        seen.told.iter().filter_map(candidate).for_each(|candidate| endpoints.add(&candidate));
        self.guesses(domain, &seen.told).iter().for_each(|candidate| endpoints.add(candidate));
        let (endpoints, cut) = endpoints.finish();
        seen.broken_sources.extend(cut);
        self.found.endpoints = endpoints;
        self.found.domain = Some(seen);
    }

    fn first_questions(&self, domain: &Name) -> Vec<(Name, DnsType)> {
        let mut questions = vec![(domain.clone(), DnsType::Mx)];
        // ManageSieve moves no mail: a look at the mail DNS alone leaves it out unless everything is asked.
        let brief = self.options.look.alone && self.options.depth < Depth::Full;
        let asked = SRV.iter().filter(|row| !(brief && row.1 == Protocol::Sieve));
        let services = asked.filter_map(|row| Some((service_name(row.0, domain)?, DnsType::Srv)));
        questions.extend(services);
        questions.extend(mta_sts::place(domain).map(|name| (name, DnsType::Txt)));
        if self.options.look.alone {
            return questions;
        }
        // The domain's own addresses are the mail exchanger where there is no MX.
        questions.extend(self.address_questions(domain, &[]));
        questions.extend(self.client_questions(domain));
        for (label, ports) in GUESSES {
            questions.extend(domain.under(label).iter().flat_map(|name| self.address_questions(name, ports)));
        }
        questions
    }

    fn questions_of(&self, told: &[Told], problems: &mut Vec<String>) -> Vec<(Name, DnsType)> {
        let mut questions = Vec::new();
        for service in told {
            match service.host.as_deref().map(Host::new) {
                Some(Ok(Host::Name(name))) => {
                    questions.extend(self.address_questions(&name, &[service.port]))
                }
                Some(Err(error)) => problems.push(format!("{}: {error}", service.origin)),
                Some(Ok(Host::Address(_))) | None => {}
            }
        }
        questions.dedup();
        questions
    }

    fn read_policy(&mut self, policy: Option<Fetch>, counts: bool, seen: &mut DomainObservation) {
        let Some(fetch) = policy else { return };
        if let FetchOutcome::Found(body) = &fetch.outcome {
            match mta_sts::read_policy(&body.0) {
                Ok(policy) => seen.mta_sts = Some(policy.mode).filter(|_| counts),
                Err(why) => seen.broken_sources.push(format!("{}: {why}", fetch.url)),
            }
        }
        self.found.fetches.push(fetch);
    }

    /// Asks for a name that nobody has, where usual names exist: a wildcard would answer for all of them.
    fn wildcard_question(&self, domain: &Name) -> Vec<(Name, DnsType)> {
        let exists = |label: &&str| {
            let name = domain.under(label).ok();
            name.and_then(|name| self.addresses.get(&name)).is_some_and(|list| !list.is_empty())
        };
        if !GUESSES.iter().map(|row| row.0).any(|label| exists(&label)) {
            return Vec::new();
        }
        let name = domain.under(NOBODY).ok();
        let kinds = self.resolver.address_types().iter();
        name.iter().flat_map(|name| kinds.clone().map(|kind| (name.clone(), *kind))).collect()
    }

    /// Returns what mail clients would try by themselves, unless the domain tells them.
    fn guesses(&self, domain: &Name, told: &[Told]) -> Vec<Candidate> {
        let addresses = |label: &str| domain.under(label).ok().and_then(|name| self.addresses.get(&name));
        // Servers shuffle addresses.
        let set = |list: &Vec<IpAddr>| list.iter().copied().collect::<BTreeSet<IpAddr>>();
        let wildcard = addresses(NOBODY).map(set).filter(|set| !set.is_empty());
        let mut candidates = Vec::new();
        for (label, ports) in GUESSES {
            let Ok(name) = domain.under(label) else { continue };
            if wildcard.is_some() && addresses(label).map(set) == wildcard {
                continue;
            }
            for &port in ports {
                let Some((protocol, security)) = Endpoint::well_known(port) else { continue };
                let answered = |service: &Told| {
                    service.protocol == protocol
                        && (service.host.is_some() || service.security == Some(security))
                };
                if !told.iter().any(answered) {
                    let host = Host::Name(name.clone());
                    candidates.push(Candidate { host, port, protocol, security, source: Source::Guess });
                }
            }
        }
        candidates
    }
}

/// Tells whether a record announces an MTA-STS policy, and whether senders can use it; none where there is none.
fn announcement(answers: &[DnsAnswer], domain: &Name) -> Option<bool> {
    let answers = Answers::new(answers);
    let texts = answers.texts(&mta_sts::place(domain)?).ok()?;
    match mta_sts::read_record(&texts) {
        Ok(record) => record.map(|_| true),
        Err(_) => Some(false),
    }
}

fn read_exchangers(answers: &[DnsAnswer], domain: &Name) -> Exchangers {
    let Some(answer) = answers.iter().find(|answer| answer.kind == DnsType::Mx) else {
        return Exchangers::default();
    };
    if answer.outcome == DnsOutcome::NoData {
        // RFC 5321 §5.1; only where there is certainly no MX, not where it could not be looked up.
        return Exchangers { names: vec![domain.clone()], implicit: true, problems: Vec::new() };
    }
    let mut records: Vec<(u16, &str)> = answer
        .records()
        .iter()
        .filter_map(|record| match record {
            DnsData::Mx { preference, exchange } => Some((*preference, exchange.as_deref()?)),
            _ => None,
        })
        .collect();
    records.sort_unstable();
    let mut found = Exchangers::default();
    for (_, text) in records {
        match Host::new(text) {
            Ok(Host::Name(name)) if found.names.contains(&name) => {}
            Ok(Host::Name(name)) => found.names.push(name),
            Ok(Host::Address(address)) => {
                found.problems.push(format!("MX: {address} is an address, no name"))
            }
            Err(error) => found.problems.push(format!("MX {text}: {error}")),
        }
    }
    if found.names.len() > MOST_EXCHANGERS {
        let all = found.names.len();
        found.problems.push(format!("MX: {all} hosts, the first {MOST_EXCHANGERS} are examined"));
        found.names.truncate(MOST_EXCHANGERS);
    }
    found
}

fn told_by_srv(answers: &[DnsAnswer], domain: &Name, problems: &mut Vec<String>) -> Vec<Told> {
    let mut told = Vec::new();
    for &(label, protocol, security) in &SRV {
        let Some(name) = service_name(label, domain) else { continue };
        let answer = answers.iter().find(|answer| answer.kind == DnsType::Srv && answer.name == name);
        let mut records: Vec<(u16, Option<&str>, u16)> = answer
            .iter()
            .flat_map(|answer| answer.records())
            .filter_map(|record| match record {
                DnsData::Srv { priority, port, target, .. } => Some((*priority, target.as_deref(), *port)),
                _ => None,
            })
            .collect();
        records.sort_unstable();
        if records.len() > MOST_SERVICES {
            problems
                .push(format!("{name}: {} records, the first {MOST_SERVICES} are examined", records.len()));
        }
        told.extend(records.iter().take(MOST_SERVICES).map(|(_, target, port)| Told {
            source: Source::Srv,
            origin: name.to_string(),
            protocol,
            security: Some(security),
            host: target.map(ToOwned::to_owned),
            port: *port,
        }));
    }
    told
}

/// Makes a candidate of what was told; "do without TLS" still allows to look for the upgrade.
fn candidate(told: &Told) -> Option<Candidate> {
    let host = Host::new(told.host.as_deref()?).ok()?;
    let security = told.security.unwrap_or(Security::Starttls);
    (told.port != 0).then_some(Candidate {
        host,
        port: told.port,
        protocol: told.protocol,
        security,
        source: told.source,
    })
}

async fn fetch_policy(fetcher: &dyn Fetches, url: Option<String>) -> Option<Fetch> {
    match url {
        Some(url) => Some(fetcher.fetch(url, FetchPurpose::MtaStsPolicy).await),
        None => None,
    }
}

fn service_name(label: &str, domain: &Name) -> Option<Name> {
    domain.under("_tcp").ok()?.under(label).ok()
}

/// The services of RFC 6186 §3, RFC 8314 §5.1 and RFC 5804 §1.8.
const SRV: [(&str, Protocol, Security); 7] = [
    ("_submissions", Protocol::Submission, Security::Implicit),
    ("_submission", Protocol::Submission, Security::Starttls),
    ("_imaps", Protocol::Imap, Security::Implicit),
    ("_imap", Protocol::Imap, Security::Starttls),
    ("_pop3s", Protocol::Pop3, Security::Implicit),
    ("_pop3", Protocol::Pop3, Security::Starttls),
    ("_sieve", Protocol::Sieve, Security::Starttls),
];

/// The names that mail clients try, with the ports that make sense there.
const GUESSES: [(&str, &[u16]); 4] = [
    ("mail", &[465, 587, 993, 143, 995, 110, 4190]),
    ("smtp", &[465, 587]),
    ("imap", &[993, 143]),
    ("pop", &[995, 110]),
];

/// MX hosts that are examined.
const MOST_EXCHANGERS: usize = 20;

/// SRV records of one service that are examined.
const MOST_SERVICES: usize = 8;
