//! Looks up where the names of a wrong certificate lead: one of them may be the right name for the place.

use super::Run;
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::identity;
use crate::name::Name;
use crate::observation::{DnsType, Examination};

/// The most names that are looked up for a target; a certificate can hold thousands.
const MOST: usize = 16;

impl Run {
    /// Adds the addresses of the names in certificates that do not cover the host they were served for.
    ///
    /// Only what is found is kept: that a stranger's name has no address says nothing of this target.
    pub(super) async fn resolve_names(&self, seen: &mut Examination) {
        for name in names(seen) {
            for kind in [DnsType::A, DnsType::Aaaa] {
                if seen.dns(&name, kind).is_some() {
                    continue;
                }
                let answer = self.resolver.ask(&name, kind).await;
                if !answer.records().is_empty() {
                    seen.dns.push(answer);
                }
            }
        }
    }
}

/// Returns the names to look up, each once.
fn names(seen: &Examination) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for endpoint in &seen.endpoints {
        let leaf = endpoint.polite().and_then(|session| session.tls.as_ref()?.certificates.first());
        let Some(leaf) = leaf.and_then(|leaf: &Fingerprint| seen.certificates.get(leaf)) else { continue };
        let leaf = Certificate::read(&leaf.0);
        if identity::covers(&leaf, &endpoint.endpoint.host) {
            continue;
        }
        let told = leaf.names.iter().flat_map(|names| &names.dns).filter(|name| !name.contains('*'));
        for name in told.filter_map(|name| Name::new(name).ok()) {
            if names.len() < MOST && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}
