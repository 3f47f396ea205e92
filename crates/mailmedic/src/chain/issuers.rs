//! Who issued each certificate of the served chains: whoever speaks of its revocation is known by that.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::graph::Graph;
use super::signature::{Checks, Outcome};
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::diagnosis::ServedChain;

/// Finds the issuer of each certificate on the best ways, preferring the one that the way leads to, then roots.
pub(super) fn find(
    graph: &Graph<'_>,
    checks: &mut Checks,
    chains: &[ServedChain],
) -> BTreeMap<Fingerprint, Arc<Certificate>> {
    let mut found = BTreeMap::new();
    // Few issuers make many certificates.
    let mut shared: HashMap<Fingerprint, Arc<Certificate>> = HashMap::new();
    for chain in chains {
        checks.refill();
        let links = chain.links();
        for (index, fingerprint) in links.iter().enumerate() {
            let Some(number) = graph.find(fingerprint) else { continue };
            let certificate = graph.certificate(number);
            if certificate.subject_der == certificate.issuer_der || found.contains_key(fingerprint) {
                continue;
            }
            let next = links.get(index + 1).and_then(|next| graph.find(next));
            let mut candidates = graph.namesakes(number).to_vec();
            candidates.sort_by_key(|other| (Some(*other) != next, !graph.node(*other).is_anchor()));
            let issuer = candidates
                .into_iter()
                .map(|other| graph.certificate(other))
                .find(|issuer| checks.check(certificate, issuer) == Outcome::Verified);
            if let Some(issuer) = issuer {
                let issuer = shared.entry(issuer.fingerprint).or_insert_with(|| Arc::new(issuer.clone()));
                found.insert(*fingerprint, Arc::clone(issuer));
            }
        }
    }
    found
}
