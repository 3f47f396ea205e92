//! Reads every certificate of an examination and says how each served chain leads to a root.
//!
//! All certificates that are at hand, served, fetched or trusted, form one graph; what counts is the best
//! way that any client could find in it.

mod anchors;
mod fault;
mod fetched;
mod graph;
mod issuers;
mod judge;
mod memory;
mod policy;
mod rsa;
mod search;
mod signature;
mod strict;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use anchors::{Anchors, system_roots_wanted};
pub use fetched::{fetched_certificates, pem};
pub use memory::Memory;
pub use strict::{Strict, strict};

use crate::bytes::{Bytes, Fingerprint};
use crate::certificate::Certificate;
use crate::certificate::algorithm::Identifier;
use crate::diagnosis::{Diagnosis, ServedChain, Sighting};
use crate::observation::Examination;
use graph::Graph;
use search::End;
use signature::{Checks, Outcome};

/// Reads every certificate and judges every list of certificates that was served, each once.
pub fn diagnose(seen: &Examination, now: Timestamp) -> Diagnosis {
    diagnose_with(seen, &Anchors::of(&seen.trust), now)
}

/// Does the same, and remembers for the next target what the two may have in common.
pub fn diagnose_remembering(seen: &Examination, now: Timestamp, memory: &mut Memory) -> Diagnosis {
    let certificates = memory.authorities.read(seen);
    let anchors = memory.anchors.of(&seen.trust);
    look(seen, certificates, &anchors, now, &mut memory.checks)
}

/// Does the same with these roots.
pub fn diagnose_with(seen: &Examination, anchors: &Anchors, now: Timestamp) -> Diagnosis {
    look(seen, read(seen), anchors, now, &mut Checks::default())
}

fn look(
    seen: &Examination,
    certificates: BTreeMap<Fingerprint, Certificate>,
    anchors: &Anchors,
    now: Timestamp,
    checks: &mut Checks,
) -> Diagnosis {
    let graph = Graph::new(&certificates, anchors);
    let chains: Vec<ServedChain> = served(seen)
        .into_iter()
        .map(|(served, sightings)| judge::judge(&graph, checks, served, sightings, Some(now)))
        .collect();
    let web: BTreeMap<String, ServedChain> = shown_by_web(seen)
        .map(|(url, shown)| (url, judge::judge(&graph, checks, &shown, Vec::new(), Some(now))))
        .collect();
    let reached = chains
        .iter()
        .chain(web.values())
        .flat_map(|chain| &chain.ways)
        .filter_map(|way| way.certificates.last());
    let reached: BTreeSet<Fingerprint> =
        reached.filter(|last| !certificates.contains_key(last)).copied().collect();
    let anchors = reached
        .into_iter()
        .filter_map(|fingerprint| Some((fingerprint, graph.certificate(graph.find(&fingerprint)?).clone())));
    let anchors = anchors.collect();
    let issuers = issuers::find(&graph, checks, &chains);
    Diagnosis { certificates, anchors, chains, web, issuers, now: Some(now), ..Diagnosis::default() }
}

/// Returns whether a certificate's key made a signature over `signed`; none where that cannot be told.
pub(crate) fn has_signed(
    signer: &Certificate,
    signed: &[u8],
    algorithm: &Identifier<'_>,
    signature: &[u8],
) -> Option<bool> {
    told(signature::check_signed(signed, algorithm, signature, signer))
}

/// Returns whether a certificate's key made the signature of another one; none where that cannot be told.
pub(crate) fn has_issued(issuer: &Certificate, certificate: &Certificate) -> Option<bool> {
    told(signature::check(certificate, issuer))
}

fn told(outcome: Outcome) -> Option<bool> {
    match outcome {
        Outcome::Verified => Some(true),
        Outcome::Wrong => Some(false),
        Outcome::Unchecked | Outcome::OutOfBudget => None,
    }
}

/// Returns the URLs of issuers (RFC 5280 §4.2.2.1) that could complete chains which reach no root with what
/// is at hand, without those that were fetched before; at most 8, over plain HTTP.
///
/// After the certificates that they bring are added, more may be wanted: ask again.
pub fn wanted_issuers(seen: &Examination) -> Vec<String> {
    let certificates = read(seen);
    let anchors = Anchors::of(&seen.trust);
    let graph = Graph::new(&certificates, &anchors);
    let mut checks = Checks::default();
    let mut urls: Vec<String> = Vec::new();
    for (served, _) in served(seen) {
        let Some(leaf) = graph.find(&served[0]) else { continue };
        let sent: BTreeSet<usize> = served.iter().filter_map(|fingerprint| graph.find(fingerprint)).collect();
        checks.refill();
        let ways = search::search(&graph, &mut checks, leaf, &sent, None);
        let is_settled = |path: &search::Path| {
            path.end == End::Anchor || (path.end, path.nodes.len()) == (End::OwnIssuer, 1)
        };
        if ways.paths.iter().any(is_settled) {
            continue;
        }
        // What lacks an issuer comes first; another issuer of the rest may be trusted, too.
        let open =
            ways.paths.iter().filter(|path| path.end == End::Open).filter_map(|path| path.nodes.last());
        for number in open.chain(ways.paths.iter().flat_map(|path| &path.nodes)) {
            for url in &graph.certificate(*number).issuer_urls {
                let known = urls.contains(url) || seen.fetches.iter().any(|fetch| fetch.url == *url);
                if !known && is_fetchable(url) && urls.len() < MOST_URLS {
                    urls.push(url.clone());
                }
            }
        }
    }
    urls
}

fn read(seen: &Examination) -> BTreeMap<Fingerprint, Certificate> {
    at_hand(seen).map(|(fingerprint, der)| (fingerprint, Certificate::read(&der.0))).collect()
}

/// Returns every certificate of an examination: those of the servers, and those that web servers showed.
fn at_hand(seen: &Examination) -> impl Iterator<Item = (Fingerprint, &Bytes)> {
    let of_servers = seen.certificates.iter().map(|(fingerprint, der)| (*fingerprint, der));
    let of_web = seen.fetches.iter().flat_map(|fetch| &fetch.web.certificates);
    // What is filed under its fingerprint is not to be replaced by what has the same.
    of_web.map(|der| (Fingerprint::of(&der.0), der)).chain(of_servers)
}

/// Returns the lists of certificates that web servers showed, by the URL that was fetched.
fn shown_by_web(seen: &Examination) -> impl Iterator<Item = (String, Vec<Fingerprint>)> {
    let shown = seen.fetches.iter().filter(|fetch| !fetch.web.certificates.is_empty());
    shown.map(|fetch| {
        let certificates = fetch.web.certificates.iter().map(|der| Fingerprint::of(&der.0));
        (fetch.url.clone(), certificates.collect())
    })
}

/// Returns each list of certificates that was served, in the order first seen, with its sightings.
fn served(seen: &Examination) -> Vec<(&[Fingerprint], Vec<Sighting>)> {
    let mut chains: Vec<(&[Fingerprint], Vec<Sighting>)> = Vec::new();
    for (endpoint, observation) in seen.endpoints.iter().enumerate() {
        for served in observation.served() {
            let sighting =
                Sighting { endpoint, ask: served.ask, server_name: served.tls.server_name.clone() };
            match chains.iter_mut().find(|(known, _)| *known == served.certificates) {
                Some((_, sightings)) => sightings.push(sighting),
                None => chains.push((served.certificates, vec![sighting])),
            }
        }
    }
    chains
}

fn is_fetchable(url: &str) -> bool {
    let is_http = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    is_http && url.len() <= MOST_URL_BYTES && url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

const MOST_URLS: usize = 8;
const MOST_URL_BYTES: usize = 2048;

#[cfg(test)]
mod tests;
