//! How peers hold the names of a certificate against the host that they were told.

use crate::certificate::Certificate;
use crate::identity::{self, Identity};
use crate::name::{Host, Name};
use crate::peer::{Flaw, NameRules, Wildcard};

/// Says what is wrong with the names for a peer with these rules; `public` tells whether the root is a public one,
/// `domain` which mail domain the message is for.
pub(super) fn flaw(
    rules: NameRules,
    leaf: &Certificate,
    host: &Host,
    domain: Option<&Name>,
    public: bool,
) -> Option<Flaw> {
    if rules.next_hop {
        // Mail for a host in brackets goes by its own name; an address is no domain.
        return match domain.or(host.name()) {
            Some(domain) => (!covers_next_hop(rules, leaf, domain)).then_some(Flaw::NameMismatch),
            None => Some(Flaw::AddressUnnamed),
        };
    }
    if let Host::Name(name) = host
        && !rules.underscore
        && name.as_ascii().contains('_')
    {
        return Some(Flaw::NameMismatch);
    }
    match (identity::identify(leaf, host), host) {
        (Identity::CoveredBy(_), _) => None,
        (Identity::WildcardMisused(_), Host::Name(name)) => {
            let fits = |pattern: &String| matches(rules, pattern, name.as_ascii(), public);
            (!dns(leaf).iter().any(fits)).then_some(Flaw::WildcardMisused)
        }
        (Identity::NoSan { .. } | Identity::NotCovered, Host::Name(name)) if dns(leaf).is_empty() => {
            let common_name = leaf.common_name.as_deref().unwrap_or_default().to_ascii_lowercase();
            match matches(rules, &common_name, name.as_ascii(), public) {
                true if rules.common_name => None,
                true => Some(Flaw::CommonNameOnly),
                false => Some(Flaw::NameMismatch),
            }
        }
        (_, Host::Address(_)) => Some(Flaw::AddressUnnamed),
        (_, Host::Name(_)) => Some(Flaw::NameMismatch),
    }
}

/// Tells whether a name of the certificate is the domain's or below it.
fn covers_next_hop(rules: NameRules, leaf: &Certificate, domain: &Name) -> bool {
    let domain = domain.as_ascii();
    let is_below = |name: &str| name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    let fits = |name: &str| matches(rules, name, domain, true) || is_below(name);
    let names = dns(leaf);
    if names.is_empty() && rules.common_name {
        return leaf.common_name.as_deref().is_some_and(|name| fits(&name.to_ascii_lowercase()));
    }
    names.iter().any(|name| fits(name))
}

fn dns(leaf: &Certificate) -> &[String] {
    leaf.names.as_ref().map_or(&[], |names| names.dns.as_slice())
}

/// Matches label by label, as far as the rules let wildcards stand.
fn matches(rules: NameRules, pattern: &str, host: &str, public: bool) -> bool {
    let pattern_labels: Vec<&str> = pattern.split('.').take(MOST_LABELS).collect();
    let host_labels: Vec<&str> = host.split('.').take(MOST_LABELS).collect();
    if pattern_labels.len() != host_labels.len() || pattern == "*" {
        return false;
    }
    let is_top_level = pattern_labels.len() == 2 && pattern.contains('*');
    if is_top_level && (!rules.top_level || public) {
        return false;
    }
    pattern_labels.iter().zip(host_labels).enumerate().all(|(index, (pattern, host))| {
        match (pattern.split_once('*'), rules.wildcard) {
            (None, _) => *pattern == host,
            (Some(("", "")), _) if index == 0 => !host.is_empty(),
            (Some(_), Wildcard::WholeLabel) => false,
            (Some((_, end)), Wildcard::PartOfLabel) if index > 0 || end.contains('*') => false,
            (Some(_), _) => fits(pattern, host),
        }
    })
}

/// Matches one label; a star stands for any number of characters.
fn fits(pattern: &str, label: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|start| label.strip_prefix(start)) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(end) = pieces.pop() else { return false };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(end)
}

/// A name has no more (RFC 1035 §2.3.4).
const MOST_LABELS: usize = 128;
