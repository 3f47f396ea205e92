//! TLSA records held against the certificates that are really served.

use super::{faces, presented};
use crate::certificate::Certificate;
use crate::diagnosis::{Diagnosis, ServedChain};
use crate::endpoint::{EndpointId, Protocol};
use crate::finding::{Case, Change, Located, Verdict};
use crate::name::{Host, Name};
use crate::observation::{EndpointObservation, KeyType};
use crate::records::tlsa::{self, Dane, Published, Tlsa};
use crate::records::{Answers, Missing};
use crate::words;

/// A service of a host, at all of its addresses.
pub(in crate::rules) struct Service<'a> {
    /// The host.
    pub(in crate::rules) host: &'a Name,
    /// The port.
    pub(in crate::rules) port: u16,
    /// The protocol.
    pub(in crate::rules) protocol: Protocol,
    /// Its endpoints, with their places in the examination.
    pub(in crate::rules) at: Vec<(usize, &'a EndpointObservation)>,
}

/// A certificate that clients are shown at an endpoint, which send the name of the host.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Shown<'a> {
    /// The endpoint.
    pub(in crate::rules) at: &'a EndpointObservation,
    /// The certificate.
    pub(in crate::rules) leaf: &'a Certificate,
    /// What came with it.
    pub(in crate::rules) chain: &'a ServedChain,
}

impl<'a> Service<'a> {
    /// Returns its endpoints.
    pub(in crate::rules) fn ids(&self) -> Vec<EndpointId> {
        self.at.iter().map(|(_, seen)| seen.id()).collect()
    }

    /// Returns the port whose rules decide which records are of use: those of port 25 hold wherever mail is handed over.
    pub(in crate::rules) fn rules_of(&self) -> u16 {
        if self.protocol == Protocol::Smtp { 25 } else { self.port }
    }

    /// Tells whether senders of mail come here, who refuse what does not fit.
    pub(in crate::rules) fn is_of_senders(&self) -> bool {
        self.protocol == Protocol::Smtp
    }

    /// Returns every certificate that is shown here, of every kind of key and at every address.
    pub(in crate::rules) fn shown(&self, case: &Case<'a>) -> Vec<Shown<'a>> {
        let diagnosis: &'a Diagnosis = case.diagnosis;
        let mut all = Vec::new();
        for (index, seen) in &self.at {
            for chain in &diagnosis.chains {
                let is_here = |ask| presented::is_good(ask);
                let here = chain.sightings.iter().any(|one| one.endpoint == *index && is_here(one.ask));
                if let Some(leaf) = diagnosis.leaf(chain).filter(|_| here) {
                    all.push(Shown { at: seen, leaf, chain });
                }
            }
        }
        all
    }

    /// Returns the change that publishes these records here.
    pub(in crate::rules) fn change(&self, records: &[Tlsa]) -> Option<Change> {
        let name = tlsa::place(self.host, self.port)?;
        let mut lines: Vec<String> = Vec::new();
        for record in records {
            let line = format!("{name}. 3600 IN TLSA {record}");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        (!lines.is_empty()).then_some(Change::Dns { lines })
    }
}

/// Returns the services that were examined over the network and have a name.
pub(in crate::rules) fn services<'a>(case: &Case<'a>) -> Vec<Service<'a>> {
    let mut services: Vec<Service<'a>> = Vec::new();
    for (index, seen) in case.seen.endpoints.iter().enumerate() {
        let Host::Name(host) = &seen.endpoint.host else { continue };
        let (port, protocol) = (seen.endpoint.port, seen.endpoint.protocol);
        if seen.endpoint.address().is_none() {
            continue;
        }
        match services.iter_mut().find(|known| known.host == host && known.port == port) {
            Some(known) => known.at.push((index, seen)),
            None => services.push(Service { host, port, protocol, at: vec![(index, seen)] }),
        }
    }
    services
}

/// Returns the endpoints of a service, if it was examined.
pub(in crate::rules) fn endpoints(services: &[Service<'_>], host: &Name, port: u16) -> Vec<EndpointId> {
    let here = services.iter().find(|service| service.host == host && service.port == port);
    here.map(Service::ids).unwrap_or_default()
}

/// Judges every service for which records are published that count.
pub(in crate::rules) fn each(
    case: &Case<'_>,
    judge: impl Fn(&Service<'_>, &Published) -> Verdict,
) -> Vec<Located> {
    let answers = Answers::new(&case.seen.dns);
    let mut verdicts = Vec::new();
    for service in services(case) {
        let verdict = match tlsa::of(&answers, service.host, service.port) {
            Ok(Dane::Published(published)) => judge(&service, &published),
            Ok(Dane::Absent { .. }) => Verdict::NotApplicable("there are no TLSA records"),
            Ok(Dane::Unsigned(..)) => Verdict::NotApplicable("the TLSA records are not signed"),
            Ok(Dane::Bogus) => Verdict::NotApplicable("DNSSEC speaks against the answer"),
            // Few look for the records of other services, so they are not asked for everywhere.
            Err(Missing::Open) if !service.is_of_senders() => {
                Verdict::NotApplicable("TLSA records were not asked for")
            }
            Err(missing) => Verdict::Unknown(missing.why()),
        };
        // Nobody asks where there is nothing to tell.
        let is_told = matches!(verdict, Verdict::Unknown(_) | Verdict::Fail(_));
        verdicts.push((if is_told { service.ids() } else { Vec::new() }, verdict));
    }
    verdicts
}

/// Tells whether a record fits what is shown: the certificate itself, or one above it that the server sends
/// (RFC 7671 §5.2).
pub(in crate::rules) fn fits(case: &Case<'_>, record: &Tlsa, shown: &Shown<'_>) -> bool {
    if record.is_of_server() {
        return record.fits(shown.leaf);
    }
    let is_at_hand = |fingerprint| {
        // Public CAs clients have, and a whole certificate or key stands in the record.
        shown.chain.served.contains(fingerprint) || record.usage == 0 || record.matching == 0
    };
    shown.chain.ways.iter().any(|way| {
        let above = way.certificates.iter().skip(1).filter(|fingerprint| is_at_hand(*fingerprint));
        above
            .filter_map(|fingerprint| case.diagnosis.certificate(fingerprint))
            .any(|issuer| record.fits(issuer))
    })
}

/// Names certificates with their places: `the RSA certificate "mail.example.org" by "R13", until 2027-01-02, at 192.0.2.1`.
pub(in crate::rules) fn name(shown: &[Shown<'_>]) -> String {
    let mut told: Vec<(&Certificate, Vec<String>)> = Vec::new();
    for one in shown {
        let place = one.at.endpoint.address().map(|address| address.to_string()).unwrap_or_default();
        match told.iter_mut().find(|row| row.0.fingerprint == one.leaf.fingerprint) {
            Some((_, places)) if !places.contains(&place) => places.push(place),
            Some(_) => {}
            None => told.push((one.leaf, vec![place])),
        }
    }
    let told: Vec<String> = told
        .iter()
        .map(|(leaf, places)| format!("{} {}, at {}", called(leaf), faces::sketch(leaf), words::list(places)))
        .collect();
    words::list(&told)
}

/// Names a certificate by the kind of its key: `the RSA certificate`.
pub(in crate::rules) fn called(leaf: &Certificate) -> &'static str {
    match faces::kind(leaf) {
        Some(KeyType::Rsa) => "the RSA certificate",
        Some(KeyType::Ecdsa) => "the ECDSA certificate",
        None => "the certificate",
    }
}
