//! Which exchangers an MTA-STS policy means, and what their certificates must name (RFC 8461 §4.1).

use super::matches;
use crate::certificate::Certificate;
use crate::name::Name;

/// Returns whether a pattern of a policy (`mx:`) means an exchanger: the same name, or a wildcard for its left-most
/// label.
pub fn means(pattern: &str, exchanger: &Name) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let pattern = pattern.strip_suffix('.').unwrap_or(&pattern);
    match pattern.strip_prefix("*.") {
        Some(above) => exchanger.as_ascii().split_once('.').is_some_and(|(_, rest)| rest == above),
        None => pattern == exchanger.as_ascii(),
    }
}

/// Returns the DNS-ID by which a certificate names an exchanger; the common name does not count.
pub fn identify<'c>(certificate: &'c Certificate, exchanger: &Name) -> Option<&'c str> {
    let names = certificate.names.as_ref()?;
    names.dns.iter().find(|name| matches(name, exchanger)).map(String::as_str)
}

/// Returns the host that a domain's policy is fetched from, which its certificate must name (§3.3).
pub fn policy_host(domain: &Name) -> Option<Name> {
    domain.under("mta-sts").ok()
}

#[cfg(test)]
mod tests {
    use super::{identify, means, policy_host};
    use crate::name::Name;
    use crate::sample;

    #[test]
    fn a_wildcard_stands_for_one_label_of_the_exchanger() {
        let mx = Name::new("mx1.mail.example.org").unwrap();
        for (pattern, is_meant) in [
            ("mx1.mail.example.org", true),
            ("MX1.mail.example.org.", true),
            ("*.mail.example.org", true),
            ("*.example.org", false),
            (".mail.example.org", false),
            ("mx*.mail.example.org", false),
            ("mail.example.org", false),
        ] {
            assert_eq!(means(pattern, &mx), is_meant, "{pattern}");
        }
    }

    #[test]
    fn the_certificate_must_name_the_exchanger() {
        let mx = Name::new("mx1.example.org").unwrap();
        let mut certificate = sample::certificate("*.example.org", "R99", 80);
        assert_eq!(identify(&certificate, &mx), Some("*.example.org"));
        certificate.names = None;
        certificate.common_name = Some("mx1.example.org".into());
        assert_eq!(identify(&certificate, &mx), None);
        let host = policy_host(&Name::new("example.org").unwrap()).unwrap();
        assert_eq!(host.as_ascii(), "mta-sts.example.org");
    }
}
