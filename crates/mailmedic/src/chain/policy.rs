//! Whether a way must have a policy and has none (RFC 5280 §6.1).
//!
//! The tree of RFC 5280 grows without bound; whether any of it is left can be told from the set of policies that are
//! still valid. No policy is asked for by the one who verifies, so only a certificate can demand one.

use std::collections::BTreeSet;

use super::graph::is_own_issuer;
use crate::certificate::{ANY_POLICY, Certificate};

/// Returns whether a certificate of a way (leaf first, without the trusted root) demands a policy that is valid for
/// all of it, and there is none.
pub(super) fn is_missing(certificates: &[&Certificate]) -> bool {
    let demands = |certificate: &&Certificate| certificate.policies.require_explicit.is_some();
    if !certificates.iter().any(demands) {
        return false;
    }
    let never = u32::try_from(certificates.len()).unwrap_or(u32::MAX).saturating_add(1);
    let (mut explicit, mut mapping, mut any) = (never, never, never);
    let mut valid = Valid { any: true, named: BTreeSet::new() };
    for (at, certificate) in certificates.iter().enumerate().rev() {
        let is_leaf = at == 0;
        let policies = &certificate.policies;
        let counts = !is_own_issuer(certificate);
        let takes_any = any > 0 || (!is_leaf && !counts);
        valid = match &policies.own {
            Some(own) => valid.narrowed(own, takes_any),
            None => Valid::default(),
        };
        if explicit == 0 && valid.is_empty() {
            return true;
        }
        if is_leaf {
            return (explicit <= 1 || policies.require_explicit == Some(0)) && valid.is_empty();
        }
        valid = valid.mapped(&policies.mappings, mapping > 0);
        if counts {
            explicit = explicit.saturating_sub(1);
            mapping = mapping.saturating_sub(1);
            any = any.saturating_sub(1);
        }
        explicit = explicit.min(policies.require_explicit.unwrap_or(explicit));
        mapping = mapping.min(policies.inhibit_mapping.unwrap_or(mapping));
        any = any.min(policies.inhibit_any.unwrap_or(any));
    }
    false
}

/// The policies that are valid so far.
#[derive(Debug, Default)]
struct Valid {
    any: bool,
    named: BTreeSet<String>,
}

impl Valid {
    fn is_empty(&self) -> bool {
        !self.any && self.named.is_empty()
    }

    fn narrowed(self, own: &[String], takes_any: bool) -> Self {
        let has_any = takes_any && own.iter().any(|oid| oid == ANY_POLICY);
        let mut named: BTreeSet<String> = own
            .iter()
            .filter(|oid| *oid != ANY_POLICY && (self.any || self.named.contains(*oid)))
            .cloned()
            .collect();
        if has_any {
            named.extend(self.named);
        }
        Self { any: self.any && has_any, named }
    }

    fn mapped(mut self, mappings: &[(String, String)], is_allowed: bool) -> Self {
        let mut new = BTreeSet::new();
        for (issuers, subjects) in mappings {
            if is_allowed && (self.any || self.named.contains(issuers)) {
                new.insert(subjects.clone());
            }
        }
        for (issuers, _) in mappings {
            self.named.remove(issuers);
        }
        self.named.extend(new);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::is_missing;
    use crate::certificate::{ANY_POLICY, Certificate, Policies};
    use crate::sample;

    fn with(name: &str, policies: Policies) -> Certificate {
        Certificate { policies, ..sample::authority(name, &format!("issuer of {name}")) }
    }

    fn own(oids: &[&str]) -> Policies {
        let own = Some(oids.iter().map(|oid| (*oid).to_owned()).collect());
        Policies { own, ..Policies::default() }
    }

    fn demand(after: u32, oids: &[&str]) -> Policies {
        Policies { require_explicit: Some(after), ..own(oids) }
    }

    fn missing(from_the_root: &[Policies]) -> bool {
        let all: Vec<Certificate> = from_the_root
            .iter()
            .rev()
            .enumerate()
            .map(|(index, policies)| with(&index.to_string(), policies.clone()))
            .collect();
        is_missing(&all.iter().collect::<Vec<_>>())
    }

    #[test]
    fn without_a_demand_nothing_is_missing() {
        assert!(!missing(&[Policies::default(), Policies::default()]));
        assert!(!missing(&[own(&["1.1"]), own(&["1.2"])]));
    }

    #[test]
    fn a_demand_wants_one_policy_from_the_root_to_the_leaf() {
        assert!(!missing(&[demand(0, &["1.1"]), own(&["1.1", "1.2"])]));
        assert!(missing(&[demand(0, &["1.1"]), own(&["1.2"])]));
        assert!(missing(&[demand(0, &["1.1"]), Policies::default()]));
        assert!(!missing(&[demand(0, &[ANY_POLICY]), own(&["1.2"])]));
        assert!(!missing(&[demand(0, &["1.1"]), own(&[ANY_POLICY])]));
        // It is asked only so many certificates further on.
        assert!(!missing(&[demand(5, &["1.1"]), own(&["1.2"])]));
        assert!(missing(&[own(&["1.1"]), demand(0, &["1.2"])]));
    }

    #[test]
    fn policies_are_mapped_unless_that_is_inhibited() {
        let pair = vec![("1.1".to_owned(), "1.9".to_owned())];
        let maps = Policies { mappings: pair.clone(), ..demand(0, &["1.1"]) };
        assert!(!missing(&[maps.clone(), own(&["1.9"])]));
        assert!(missing(&[maps, own(&["1.1"])]));
        let inhibits = Policies { inhibit_mapping: Some(0), ..demand(0, &["1.1"]) };
        let maps = Policies { mappings: pair, ..own(&["1.1"]) };
        assert!(missing(&[inhibits, maps, own(&["1.9"])]));
    }

    #[test]
    fn any_policy_counts_unless_that_is_inhibited() {
        let inhibits = Policies { inhibit_any: Some(0), ..demand(0, &["1.1"]) };
        assert!(missing(&[inhibits.clone(), own(&[ANY_POLICY])]));
        assert!(!missing(&[inhibits, own(&["1.1"])]));
    }
}
