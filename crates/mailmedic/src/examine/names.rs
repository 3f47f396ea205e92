//! Looks up where names lead that servers told: those of a wrong certificate, since one of them may be the right name for
//! the place, and the name that a mail server gives itself.

use super::Run;
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::endpoint::Protocol;
use crate::identity;
use crate::name::Name;
use crate::observation::{DnsType, Examination};
use crate::records::reverse;

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

impl Run {
    /// Adds the addresses of the names that mail servers give themselves, or that they have none.
    pub(super) async fn resolve_greetings(&self, seen: &mut Examination) {
        for name in own_names(seen) {
            for kind in [DnsType::A, DnsType::Aaaa] {
                if seen.dns(&name, kind).is_none() {
                    let answer = self.resolver.ask(&name, kind).await;
                    seen.dns.push(answer);
                }
            }
        }
    }
}

/// Returns what the servers that take mail call themselves. In a private network nobody holds them to it.
fn own_names(seen: &Examination) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    for endpoint in seen.endpoints.iter().filter(|endpoint| endpoint.endpoint.protocol == Protocol::Smtp) {
        if !endpoint.endpoint.address().is_some_and(reverse::is_public) {
            continue;
        }
        let name = endpoint.helo().and_then(|helo| helo.host());
        names.extend(name.filter(|name| names.len() < MOST && !names.contains(name)));
    }
    names
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
