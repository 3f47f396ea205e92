//! Whom a mail program takes a server for (RFC 7817): the host that it was told, or the service of a domain.

use super::{covers, matches};
use crate::certificate::Certificate;
use crate::endpoint::{Protocol, Security};
use crate::name::{Host, Name};

/// What a mail program knows of the server that it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The host that its user wrote down, or that a signed record named.
    pub host: Option<&'a Host>,
    /// The domain of the mail address, where the program found the host by SRV records (RFC 6186); that host itself
    /// does not count, since anybody can forge the record.
    pub domain: Option<&'a Name>,
    /// The protocol.
    pub protocol: Protocol,
    /// How TLS begins.
    pub security: Security,
}

/// How a certificate names what a mail program wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By a DNS-ID or an address.
    Host(String),
    /// By an SRV-ID (RFC 4985), such as `_imaps.example.org`.
    Service(String),
}

/// Says how a certificate names what a mail program wants; none if it does not (RFC 7817 §3).
///
/// A wildcard stands for the whole left-most label of a host, and never in an SRV-ID.
pub fn identify_service(certificate: &Certificate, wanted: &Wanted<'_>) -> Option<Named> {
    if let Some(host) = wanted.host.filter(|host| covers(certificate, host)) {
        return Some(Named::Host(host.to_string()));
    }
    let domain = wanted.domain?;
    let names = certificate.names.as_ref()?;
    if let Some(name) = names.dns.iter().find(|name| matches(name, domain)) {
        return Some(Named::Host(name.clone()));
    }
    let service = format!("_{}.{domain}", service(wanted.protocol, wanted.security)?);
    names.services.contains(&service).then_some(Named::Service(service))
}

/// Returns the word of a service in SRV records and SRV-IDs (RFC 6186 §3, RFC 8314 §5.1, RFC 5804 §1.8).
pub fn service(protocol: Protocol, security: Security) -> Option<&'static str> {
    Some(match (protocol, security) {
        (Protocol::Imap, Security::Implicit) => "imaps",
        (Protocol::Imap, _) => "imap",
        (Protocol::Pop3, Security::Implicit) => "pop3s",
        (Protocol::Pop3, _) => "pop3",
        (Protocol::Submission, Security::Implicit) => "submissions",
        (Protocol::Submission, _) => "submission",
        (Protocol::Sieve, _) => "sieve",
        (Protocol::Smtp | Protocol::Lmtp, _) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Named, Wanted, identify_service};
    use crate::certificate::{AlternativeNames, Certificate};
    use crate::endpoint::{Protocol, Security};
    use crate::name::{Host, Name};
    use crate::sample;

    fn with(dns: &[&str], services: &[&str]) -> Certificate {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let names =
            AlternativeNames { dns: list(dns), services: list(services), ..AlternativeNames::default() };
        Certificate { names: Some(names), ..sample::certificate("mail.example.org", "R99", 80) }
    }

    fn found(certificate: &Certificate, host: Option<&str>, domain: &str) -> Option<Named> {
        let host = host.map(|host| Host::new(host).unwrap());
        let domain = Name::new(domain).unwrap();
        let wanted = Wanted {
            host: host.as_ref(),
            domain: Some(&domain),
            protocol: Protocol::Imap,
            security: Security::Implicit,
        };
        identify_service(certificate, &wanted)
    }

    #[test]
    fn the_host_the_domain_or_the_service_is_enough() {
        let hosted = with(&["mail.hoster.example"], &[]);
        assert_eq!(
            found(&hosted, Some("mail.hoster.example"), "example.org"),
            Some(Named::Host("mail.hoster.example".into()))
        );
        // Who came by an unsigned SRV record must find the domain in it.
        assert_eq!(found(&hosted, None, "example.org"), None);
        assert!(found(&with(&["example.org"], &[]), None, "example.org").is_some());
        let service = with(&["mail.hoster.example"], &["_imaps.example.org"]);
        assert_eq!(found(&service, None, "Example.ORG"), Some(Named::Service("_imaps.example.org".into())));
    }

    #[test]
    fn services_are_told_apart_and_take_no_wildcard() {
        for other in
            ["_imap.example.org", "_pop3s.example.org", "_imaps.example.net", "_imaps.*.org", "*.example.org"]
        {
            assert_eq!(found(&with(&[], &[other]), None, "example.org"), None, "{other}");
        }
        let mut silent = with(&[], &[]);
        silent.names = None;
        assert_eq!(found(&silent, None, "example.org"), None);
    }
}
