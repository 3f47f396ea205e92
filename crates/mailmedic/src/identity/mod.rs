//! Whether a certificate covers a host, by RFC 9525: DNS names and addresses, no common name.
//!
//! Who connects for a reason of its own compares other names, too: mail programs ([`mail`], RFC 7817), senders that use
//! DANE ([`dane`], RFC 7672), and senders that obey MTA-STS ([`mta_sts`], RFC 8461).

pub mod dane;
pub mod mail;
pub mod mta_sts;

use crate::certificate::{AlternativeNames, Certificate};
use crate::name::{Host, Name};

/// What a certificate says of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// It covers the host, by this name or address.
    CoveredBy(String),
    /// It has neither DNS names nor addresses among its alternative names.
    NoSan {
        /// Whether the common name would match, which old clients still take.
        common_name_matches: bool,
    },
    /// This wildcard matches only by looser rules than RFC 9525's: a part of a label (`f*.example.org`), not the
    /// left-most label, more than one label, or a whole top-level domain (`*.org`).
    WildcardMisused(String),
    /// None of its names fits.
    NotCovered,
}

/// Returns whether a certificate covers a host (RFC 9525 §6).
pub fn covers(certificate: &Certificate, host: &Host) -> bool {
    matches!(identify(certificate, host), Identity::CoveredBy(_))
}

/// Says how a certificate covers a host, or why it does not (RFC 9525 §6).
pub fn identify(certificate: &Certificate, host: &Host) -> Identity {
    let none = AlternativeNames::default();
    let names = certificate.names.as_ref().unwrap_or(&none);
    match host {
        Host::Address(address) => {
            if names.addresses.contains(address) {
                return Identity::CoveredBy(address.to_string());
            }
        }
        Host::Name(host) => {
            if let Some(name) = names.dns.iter().find(|name| matches(name, host)) {
                return Identity::CoveredBy(name.clone());
            }
            if let Some(name) = names.dns.iter().find(|name| matches_loosely(name, host)) {
                return Identity::WildcardMisused(name.clone());
            }
        }
    }
    if names.dns.is_empty() && names.addresses.is_empty() {
        let common_name = certificate.common_name.as_deref().unwrap_or_default().to_ascii_lowercase();
        let common_name_matches = match host {
            Host::Address(address) => common_name.parse() == Ok(*address),
            Host::Name(host) => matches(&common_name, host),
        };
        return Identity::NoSan { common_name_matches };
    }
    Identity::NotCovered
}

/// Returns whether a name has an asterisk that is not its whole left-most label above two labels, where it stands for
/// nothing (RFC 9525 §6.3).
pub fn is_misplaced_wildcard(name: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => parent.contains('*') || !parent.trim_end_matches('.').contains('.'),
        None => name.contains('*'),
    }
}

/// Returns the DNS name of a certificate that was meant for a host and is malformed: with empty labels, with something
/// behind a NUL, or an address, which belongs among the addresses (RFC 5280 §4.2.1.6).
pub fn malformed_for<'c>(certificate: &'c Certificate, host: &Host) -> Option<&'c str> {
    let is_meant = |name: &&String| match host {
        Host::Address(address) => name.parse() == Ok(*address),
        Host::Name(host) => {
            let text = name.split_once("\\x00").map_or(name.as_str(), |(before, _)| before);
            let labels: Vec<&str> = text.split('.').filter(|label| !label.is_empty()).collect();
            name.as_str() != host.as_ascii() && labels.join(".") == host.as_ascii()
        }
    };
    certificate.names.as_ref()?.dns.iter().find(is_meant).map(String::as_str)
}

/// Matches a DNS name in lower case; a wildcard is the whole left-most label and stands for one label.
fn matches(pattern: &str, host: &Name) -> bool {
    let host = host.as_ascii();
    match pattern.split_once('.') {
        // Clients take no wildcard for all names below a top-level domain.
        Some(("*", rest)) if rest.contains('.') && !rest.contains('*') => {
            host.split_once('.').is_some_and(|(_, above)| above == rest)
        }
        _ => !pattern.contains('*') && pattern == host,
    }
}

/// Matches as some old or careless verifiers did: a star anywhere, for one or more characters, dots included.
fn matches_loosely(pattern: &str, host: &Name) -> bool {
    if pattern.bytes().filter(|byte| *byte == b'*').count() > MOST_STARS {
        return false;
    }
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|start| host.as_ascii().strip_prefix(start)) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(end) = pieces.pop() else { return false };
    let Some(middle) = rest.strip_suffix(end) else { return false };
    rest = middle;
    for piece in pieces {
        // The star before the piece takes at least one character.
        let Some(at) = rest.get(1..).and_then(|rest| rest.find(piece)) else { return false };
        rest = &rest[1 + at + piece.len()..];
    }
    !rest.is_empty()
}

/// More stars no name has that anybody meant.
const MOST_STARS: usize = 8;

#[cfg(test)]
mod tests {
    use super::{Identity, covers, identify, is_misplaced_wildcard, malformed_for};
    use crate::certificate::{AlternativeNames, Certificate};
    use crate::name::Host;
    use crate::sample;

    fn with(names: &[&str]) -> Certificate {
        let mut certificate = sample::certificate("common.example.org", "R99", 80);
        certificate.names = Some(AlternativeNames {
            dns: names.iter().map(|name| (*name).to_owned()).collect(),
            ..AlternativeNames::default()
        });
        certificate
    }

    fn of(name: &str, host: &str) -> Identity {
        identify(&with(&[name]), &Host::new(host).unwrap())
    }

    #[test]
    fn a_name_covers_itself_in_any_case() {
        assert!(covers(&with(&["a.example", "mx1.example.org"]), &Host::new("MX1.Example.ORG.").unwrap()));
        assert!(covers(&with(&["xn--bcher-kva.example"]), &Host::new("bücher.example").unwrap()));
        assert!(covers(&with(&["mx_1.example.org"]), &Host::new("mx_1.example.org").unwrap()));
        assert_eq!(of("mx1.example.org", "mx2.example.org"), Identity::NotCovered);
        assert_eq!(of("mx1.example.org", "example.org"), Identity::NotCovered);
        assert_eq!(of("mx1.example.org.", "mx1.example.org"), Identity::NotCovered);
    }

    #[test]
    fn a_wildcard_stands_for_one_whole_label() {
        assert_eq!(of("*.example.org", "mx1.example.org"), Identity::CoveredBy("*.example.org".into()));
        assert!(covers(&with(&["*.example.org"]), &Host::new("bücher.example.org").unwrap()));
        assert_eq!(of("*.example.org", "example.org"), Identity::NotCovered);
        assert_eq!(of("*.example.org", "mx1.example.net"), Identity::NotCovered);
    }

    #[test]
    fn looser_wildcards_are_misuse() {
        for (pattern, host) in [
            ("m*.example.org", "mx1.example.org"),
            ("*1.example.org", "mx1.example.org"),
            ("m*1.example.org", "mx1.example.org"),
            ("mx1.*.org", "mx1.example.org"),
            ("*.*.org", "mx1.example.org"),
            ("*.*", "example.org"),
            ("*.example.org", "a.mx1.example.org"),
            ("*.org", "example.org"),
            ("*", "localhost"),
        ] {
            assert_eq!(of(pattern, host), Identity::WildcardMisused(pattern.into()), "{pattern} {host}");
        }
        assert_eq!(of("m*.example.org", "imap.example.org"), Identity::NotCovered);
        assert_eq!(of("**********", "example.org"), Identity::NotCovered);
        // A right name beside a misused one is enough.
        let both = with(&["m*.example.org", "mx1.example.org"]);
        assert!(covers(&both, &Host::new("mx1.example.org").unwrap()));
    }

    #[test]
    fn the_common_name_never_covers() {
        let mut certificate = with(&[]);
        let host = Host::new("common.example.org").unwrap();
        assert_eq!(identify(&certificate, &host), Identity::NoSan { common_name_matches: true });
        certificate.names = None;
        assert_eq!(identify(&certificate, &host), Identity::NoSan { common_name_matches: true });
        let other = Host::new("other.example.org").unwrap();
        assert_eq!(identify(&certificate, &other), Identity::NoSan { common_name_matches: false });
        assert_eq!(of("mx1.example.org", "common.example.org"), Identity::NotCovered);
    }

    #[test]
    fn a_name_that_is_spoilt_by_its_form_is_still_meant_for_its_host() {
        let host = Host::new("mx1.example.org").unwrap();
        for spoilt in
            ["mx1..example.org", "mx1.example.org.", ".mx1.example.org", "mx1.example.org\\x00.evil.example"]
        {
            assert_eq!(malformed_for(&with(&["a.example", spoilt]), &host), Some(spoilt));
        }
        assert_eq!(
            malformed_for(&with(&["mx1.example.org", "mx2..example.org", "*.example.org"]), &host),
            None
        );
        let address = Host::new("192.0.2.1").unwrap();
        assert_eq!(malformed_for(&with(&["a.example", "192.0.2.1"]), &address), Some("192.0.2.1"));
        assert_eq!(malformed_for(&with(&["192.0.2.11"]), &address), None);
    }

    #[test]
    fn the_whole_leftmost_label_is_the_only_place_for_an_asterisk() {
        for good in ["*.example.org", "*.mail.example.org", "mail.example.org"] {
            assert!(!is_misplaced_wildcard(good), "{good}");
        }
        for odd in
            ["*", "*.org", "*.org.", "ma*.example.org", "*il.example.org", "mail.*.org", "*.*.example.org"]
        {
            assert!(is_misplaced_wildcard(odd), "{odd}");
        }
    }

    #[test]
    fn addresses_are_covered_by_addresses_only() {
        let mut certificate = with(&["192.0.2.1"]);
        let host = Host::new("192.0.2.1").unwrap();
        assert_eq!(identify(&certificate, &host), Identity::NotCovered);
        certificate.names.as_mut().unwrap().addresses = vec!["192.0.2.1".parse().unwrap()];
        assert!(covers(&certificate, &host));
        assert!(!covers(&certificate, &Host::new("192.0.2.2").unwrap()));
        certificate.names = None;
        certificate.common_name = Some("192.0.2.1".into());
        assert_eq!(identify(&certificate, &host), Identity::NoSan { common_name_matches: true });
    }
}
