//! Every name that mail clients may use for a domain, held against the certificate that is served there.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::endpoint::{EndpointId, Protocol, Security, Source};
use crate::identity::covers;
use crate::name::{Host, Name};
use crate::observation::{DnsData, DnsType, EndpointObservation, Examination, TargetKind};

/// A name and port that clients may use for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName {
    /// The service.
    pub protocol: Protocol,
    /// The name, or the address in its place.
    pub host: Host,
    /// The port.
    pub port: u16,
    /// Who tells it, in the order found.
    pub told: Vec<Told>,
    /// The endpoints behind it.
    pub endpoints: Vec<EndpointId>,
    /// Whether somebody answers at one of them.
    pub reached: bool,
    /// The mode that was seen to work, if one was.
    pub speaks: Option<Security>,
    /// The certificate that is served there; where addresses differ, one that lacks the name.
    pub certificate: Option<Fingerprint>,
    /// Whether that certificate has the name.
    pub cover: Cover,
    /// The two ways to mend it, where the name is not covered.
    pub cures: Option<Cures>,
}

/// Who tells a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The kind of source.
    pub source: Source,
    /// Where: `_imaps._tcp.example.org`, the URL of a document; empty for a name that clients try by themselves.
    pub origin: String,
    /// The mode that is told; none is to do without TLS.
    pub security: Option<Security>,
}

/// Whether the certificate that is served for a name has it (RFC 9525 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    /// It has, at every address that answers.
    Covered,
    /// It has not.
    Uncovered,
    /// It could not be told; the reason completes "could not tell: …".
    Unknown(&'static str),
}

/// How to mend a name that no certificate covers: either of the two will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cures {
    /// A name to tell instead, which the certificate has and which leads to the same address, if one is known.
    pub change_to: Option<String>,
    /// Every place that tells the name: SRV records, documents.
    pub change_at: Vec<String>,
    /// All names of a certificate that covers this one too.
    pub certificate_names: Vec<String>,
}

/// Returns every name that clients may use for a mail domain, in the order of names and ports; nothing for other targets.
///
/// `certificates` holds what was served, read. A name that clients try by themselves counts where somebody answers.
pub fn names(seen: &Examination, certificates: &BTreeMap<Fingerprint, Certificate>) -> Vec<ClientName> {
    if seen.kind != TargetKind::Domain {
        return Vec::new();
    }
    let mut rows: Vec<ClientName> = Vec::new();
    for told in seen.domain.iter().flat_map(|domain| &domain.told) {
        let Some(Ok(host)) = told.host.as_deref().map(Host::new) else { continue };
        if told.port != 0 {
            let who = Told { source: told.source, origin: told.origin.clone(), security: told.security };
            add(&mut rows, told.protocol, host, told.port, who);
        }
    }
    for endpoint in seen.endpoints.iter().filter(|endpoint| endpoint.reached()) {
        let place = &endpoint.endpoint;
        if place.sources.contains(&Source::Guess) {
            let security = Some(place.security);
            let who = Told { source: Source::Guess, origin: String::new(), security };
            add(&mut rows, place.protocol, place.host.clone(), place.port, who);
        }
    }
    rows.sort_by(|one, two| (&one.host, one.port).cmp(&(&two.host, two.port)));
    for row in &mut rows {
        look(row, seen, certificates);
    }
    rows
}

/// Returns the resolved names that a certificate bears and that lead to one of these addresses.
pub fn leading_here(seen: &Examination, leaf: &Certificate, addresses: &[IpAddr]) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for answer in &seen.dns {
        let leads = matches!(answer.kind, DnsType::A | DnsType::Aaaa)
            && answer
                .records()
                .iter()
                .any(|data| matches!(data, DnsData::Address(address) if addresses.contains(address)));
        if leads && !names.contains(&answer.name) && covers(leaf, &Host::Name(answer.name.clone())) {
            names.push(answer.name.clone());
        }
    }
    names
}

fn add(rows: &mut Vec<ClientName>, protocol: Protocol, host: Host, port: u16, told: Told) {
    let same = |row: &&mut ClientName| row.protocol == protocol && row.host == host && row.port == port;
    if let Some(row) = rows.iter_mut().find(same) {
        if !row.told.contains(&told) {
            row.told.push(told);
        }
        return;
    }
    rows.push(ClientName {
        protocol,
        host,
        port,
        told: vec![told],
        endpoints: Vec::new(),
        reached: false,
        speaks: None,
        certificate: None,
        cover: Cover::Unknown("nothing answers there"),
        cures: None,
    });
}

/// Looks what is served under a name.
fn look(row: &mut ClientName, seen: &Examination, certificates: &BTreeMap<Fingerprint, Certificate>) {
    let is_here = |endpoint: &&EndpointObservation| {
        let place = &endpoint.endpoint;
        place.protocol == row.protocol && place.host == row.host && place.port == row.port
    };
    let here: Vec<&EndpointObservation> = seen.endpoints.iter().filter(is_here).collect();
    row.endpoints = here.iter().map(|endpoint| endpoint.id()).collect();
    row.reached = here.iter().any(|endpoint| endpoint.reached());
    row.speaks = here.iter().find_map(|endpoint| endpoint.speaks());
    if row.reached {
        row.cover = Cover::Unknown("no certificate was served there");
    }
    let mut uncovered: Option<&Certificate> = None;
    for print in here.iter().filter_map(|endpoint| endpoint.leaf()) {
        match certificates.get(&print) {
            None => row.cover = Cover::Unknown("the certificate could not be read"),
            Some(leaf) if covers(leaf, &row.host) => {
                if row.certificate.is_none() {
                    (row.certificate, row.cover) = (Some(print), Cover::Covered);
                }
            }
            Some(leaf) if leaf.names.is_none() && !leaf.problems.is_empty() => {
                row.cover = Cover::Unknown("the names in the certificate could not be read");
            }
            Some(leaf) => uncovered = uncovered.or(Some(leaf)),
        }
    }
    let Some(leaf) = uncovered else { return };
    let addresses: Vec<IpAddr> = here.iter().filter_map(|endpoint| endpoint.endpoint.address()).collect();
    row.certificate = Some(leaf.fingerprint);
    row.cover = Cover::Uncovered;
    row.cures = Some(cures(row, seen, leaf, &addresses));
}

fn cures(row: &ClientName, seen: &Examination, leaf: &Certificate, addresses: &[IpAddr]) -> Cures {
    let mut change_at: Vec<String> = Vec::new();
    for told in row.told.iter().filter(|told| !told.origin.is_empty()) {
        if !change_at.contains(&told.origin) {
            change_at.push(told.origin.clone());
        }
    }
    let known = leaf.names.iter().flat_map(|names| &names.dns);
    // What is no name cannot be ordered again.
    let mut certificate_names: Vec<String> =
        known.filter(|name| Name::new(name).is_ok() && name.contains('.')).cloned().collect();
    certificate_names.push(row.host.to_string());
    let change_to = leading_here(seen, leaf, addresses).first().map(|name| name.as_ascii().to_owned());
    Cures { change_to, change_at, certificate_names }
}
