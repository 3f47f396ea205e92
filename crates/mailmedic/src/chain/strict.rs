//! The verdict of the strictest verifier: RFC 5280, the Baseline Requirements and RFC 9525 to the letter.
//!
//! No client is as strict. It is what the other verdicts are measured against: what passes here passes everywhere.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::anchors::Anchors;
use super::graph::Graph;
use super::judge::{Candidate, Case};
use super::search::End;
use super::signature::Checks;
use crate::bytes::Fingerprint;
use crate::certificate::{Breach, Certificate};
use crate::diagnosis::{Fault, FaultKind};
use crate::identity::{self, Identity};
use crate::name::Host;

/// What the strictest verifier says of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Strict {
    /// It takes it; these are the certificates of the way, leaf first.
    Accept(Vec<Fingerprint>),
    /// It refuses it.
    Reject {
        /// What is wrong on the best way; empty where no way leads to a root.
        faults: Vec<Fault>,
        /// What is wrong with the name, if it is.
        identity: Option<Identity>,
        /// Whether a way leads to a root.
        is_rooted: bool,
    },
}

impl Strict {
    /// Returns whether it takes the chain.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accept(_))
    }
}

/// Judges a list of certificates (DER, leaf first, the others in any order) for a host under these roots, going back
/// from ways that fail to those that do not; without a host, names are not compared.
pub fn strict(served: &[Vec<u8>], anchors: &Anchors, host: Option<&Host>, now: Timestamp) -> Strict {
    let mut certificates: BTreeMap<Fingerprint, Certificate> = BTreeMap::new();
    let mut prints = Vec::new();
    for der in served {
        let certificate = Certificate::read(der);
        prints.push(certificate.fingerprint);
        certificates.insert(certificate.fingerprint, certificate);
    }
    let graph = Graph::new(&certificates, anchors);
    let numbers: Vec<usize> = prints.iter().filter_map(|fingerprint| graph.find(fingerprint)).collect();
    let nothing = Strict::Reject { faults: Vec::new(), identity: None, is_rooted: false };
    let Some(leaf) = numbers.first().copied() else { return nothing };
    let sent: BTreeSet<usize> = numbers.iter().copied().collect();
    let mut checks = Checks::default();
    checks.refill();
    let case = Case { graph: &graph, numbers: &numbers, sent: &sent };
    let (candidates, _) = case.candidates(&mut checks, leaf, Some(now));

    let certificate = graph.certificate(leaf);
    let identity = host.map(|host| identity::identify(certificate, host));
    let identity = identity.filter(|identity| !matches!(identity, Identity::CoveredBy(_)));
    let rooted = || candidates.iter().filter(|candidate| candidate.path.end == End::Anchor);
    let is_clean = |candidate: &&Candidate| candidate.faults.iter().all(|fault| !refuses(&fault.kind));
    match rooted().find(is_clean) {
        Some(way) if identity.is_none() => Strict::Accept(
            way.path.nodes.iter().map(|number| graph.certificate(*number).fingerprint).collect(),
        ),
        best => {
            let best = best.or_else(|| rooted().next());
            let mut faults: Vec<Fault> = best.map(|best| best.faults.clone()).unwrap_or_default();
            faults.retain(|fault| refuses(&fault.kind));
            Strict::Reject { faults, identity, is_rooted: best.is_some() }
        }
    }
}

/// Returns whether a fault is one that it refuses for: RFC 5280 leaves it open whether a leaf names its purposes, and
/// names of no public domain are wrong under public roots alone, which these need not be.
fn refuses(fault: &FaultKind) -> bool {
    !matches!(fault, FaultKind::UsageMissing | FaultKind::Nonconforming(Breach::NameIsInternal))
}
