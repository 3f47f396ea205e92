//! Clients connect by an address that the certificate does not bear.

use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::endpoint::Place;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::identity::{covers, malformed_for};
use crate::name::Host;
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-ip-address-unnamed",
    title: "the certificate does not have the address that clients are told",
    severity: Severity::Error,
    what: "The server is named by its IP address, and the address is not among the IP addresses in the \
           certificate.",
    why: "A client that is told an address looks for that address in the certificate; the names in it, even \
          an address written as a DNS name, do not count.",
    affected: "mail clients that are set up with the address: they refuse or warn",
    fix: "Tell clients the server's name in place of its address.",
    change: Some(ChangeKind::ClientName),
    references: &["RFC 9525 §6.4", "RFC 5280 §4.2.1.6"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let leaf = presented.leaf;
    let by_address: Vec<&EndpointObservation> = presented
        .at
        .iter()
        .copied()
        .filter(|seen| {
            matches!(
                (&seen.endpoint.host, &seen.endpoint.place),
                (Host::Address(_), Place::Tcp(_) | Place::Files(_))
            )
        })
        .collect();
    if by_address.is_empty() {
        return Verdict::NotApplicable("it is served under a name");
    }
    let at: Vec<&EndpointObservation> =
        by_address.into_iter().filter(|seen| !covers(leaf, &seen.endpoint.host)).collect();
    if at.is_empty() {
        return Verdict::Pass;
    }
    // An address that is there and does not count for its form is the cause.
    let at: Vec<&EndpointObservation> =
        at.into_iter().filter(|seen| malformed_for(leaf, &seen.endpoint.host).is_none()).collect();
    let Some(first) = at.first() else {
        return Verdict::NotApplicable("it has the address as a DNS name: cert-malformed judges it");
    };
    if leaf.names.is_none() && !leaf.problems.is_empty() {
        return Verdict::Unknown("the names in the certificate could not be read".to_owned());
    }
    let mut hosts: Vec<String> = at.iter().map(|seen| seen.endpoint.host.to_string()).collect();
    hosts.dedup();
    let cause = format!(
        "The certificate does not have {} among its IP addresses; it is for {}.",
        words::list(&hosts),
        presented::names(leaf)
    );
    // A wildcard is no name to be told.
    let told = presented::dns_names(leaf)
        .iter()
        .find(|name| !name.contains('*') && name.parse::<std::net::IpAddr>().is_err());
    let finding = presented
        .finding(format!("the certificate does not have the address {}", words::list(&hosts)), cause)
        .evidence("expected", hosts.clone())
        .change(crate::finding::Change::ClientName {
            from: first.endpoint.host.to_string(),
            to: told.map(|name| presented::text(name)),
            at: Vec::new(),
            names: Vec::new(),
        });
    presented.address_fault(&at, finding)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::check;
    use crate::certificate::AlternativeNames;
    use crate::endpoint::Source;
    use crate::finding::{Change, Severity, Verdict};
    use crate::name::Host;
    use crate::sample::{self, Sample};

    fn by_address(port: u16, source: Source) -> Sample {
        let mut sample = sample::healthy().only(port);
        sample.seen.endpoints[0].endpoint.host = Host::new("192.0.2.1").unwrap();
        sample.seen.endpoints[0].endpoint.sources = vec![source];
        sample
    }

    fn severity(sample: &Sample) -> Severity {
        match &sample.chains(check)[0] {
            Verdict::Fail(findings) => findings[0].severity,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn weighs_by_whether_clients_are_told_the_address() {
        assert_eq!(severity(&by_address(25, Source::Named)), Severity::Note);
        assert_eq!(severity(&by_address(993, Source::Named)), Severity::Warning);
        assert_eq!(severity(&by_address(993, Source::Autoconfig)), Severity::Error);
    }

    #[test]
    fn an_address_as_a_dns_name_is_told_as_such() {
        let mut sample = by_address(993, Source::Named);
        let with = |sample: &mut Sample, dns: &[&str]| {
            let dns = dns.iter().map(|name| (*name).to_owned()).collect();
            sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        };
        with(&mut sample, &["192.0.2.1", "mail.example.org"]);
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
        with(&mut sample, &["192.0.2.2", "mail.example.org"]);
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(
            findings[0].change,
            Some(Change::ClientName {
                from: "192.0.2.1".into(),
                to: Some("mail.example.org".into()),
                at: Vec::new(),
                names: Vec::new(),
            })
        );
    }

    #[test]
    fn passes_with_the_address_and_keeps_away_from_names() {
        let mut sample = by_address(993, Source::Named);
        let addresses = vec![IpAddr::from([192, 0, 2, 1])];
        sample.leaf().names = Some(AlternativeNames { addresses, ..AlternativeNames::default() });
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        assert!(matches!(sample::healthy().chains(check)[..], [Verdict::NotApplicable(_)]));
    }

    #[test]
    fn unknown_when_the_names_cannot_be_read() {
        let mut sample = by_address(993, Source::Named);
        sample.leaf().names = None;
        sample.leaf().problems = vec!["unreadable".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
