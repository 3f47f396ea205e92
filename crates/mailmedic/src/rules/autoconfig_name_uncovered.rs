//! A document tells mail programs a name that the certificate does not bear.

use super::names::{self, Uncovered};
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::endpoint::EndpointId;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "autoconfig-name-uncovered",
    title: "a document tells clients a name that is not in the certificate",
    severity: Severity::Error,
    what: "An autoconfig, Autodiscover or PACC document tells mail programs a server by a name that the certificate there \
           does not have.",
    why: "Programs that set themselves up follow the document and must verify the certificate by just this name. Whoever \
          creates an account gets a warning at once, or no connection at all, though everything was typed right.",
    affected: "Everybody who sets up Thunderbird, Outlook, K-9 or Apple Mail by the address alone.",
    fix: "Write a name that the certificate has into every source that tells the other one, or get a certificate that has \
          the told name too.",
    change: Some(ChangeKind::ClientName),
    references: &["draft-ietf-mailmaint-autoconfig §5", "RFC 7817 §3", "RFC 9525 §6"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let counts = |seen: &EndpointObservation| {
        presented::is_by_document(seen) && names::is_lacking_in_any_form(presented, seen)
    };
    let uncovered = match names::uncovered(presented, counts) {
        Ok(uncovered) => uncovered,
        Err(verdict) => return verdict,
    };
    let mut findings: Vec<Finding> = Vec::new();
    let mut rest = uncovered.at;
    // Each name has sources of its own, and so a cure of its own.
    while let Some(first) = rest.first().copied() {
        let host = first.endpoint.host.clone();
        let (at, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|seen| seen.endpoint.host == host);
        rest = others;
        let shown = presented::shown(&host.to_string());
        let one = Uncovered { hosts: vec![shown], at };
        match super::weigh::identity_fault(presented.case, &one.at, finding(presented, &one)) {
            Verdict::Fail(more) => findings.extend(more),
            other => return other,
        }
    }
    Verdict::Fail(findings)
}

fn finding(presented: &Presented<'_>, uncovered: &Uncovered<'_>) -> Finding {
    let shown = words::list(&uncovered.hosts);
    let host = uncovered.at.first().map(|seen| seen.endpoint.host.to_string()).unwrap_or_default();
    let ids: Vec<EndpointId> = uncovered.at.iter().map(|seen| seen.id()).collect();
    let row = crate::client_config::names(presented.case.seen, &presented.case.diagnosis.certificates)
        .into_iter()
        .filter(|row| row.endpoints.iter().any(|id| ids.contains(id)));
    let mut at: Vec<String> = Vec::new();
    for place in row.flat_map(|row| row.told).map(|told| told.origin) {
        // The query is the same everywhere, and no part of a file's name.
        let place = place.split('?').next().unwrap_or_default();
        if !place.is_empty() && !at.iter().any(|known| known == place) {
            at.push(place.to_owned());
        }
    }
    let places: Vec<String> = at.iter().map(|place| presented::text(place)).collect();
    let to =
        names::leads_here(presented, uncovered).into_iter().next().map(|name| name.as_ascii().to_owned());
    let mut wanted = presented.renewal_names();
    if !wanted.contains(&host) {
        wanted.push(host.clone());
    }
    let cause = format!(
        "Mail programs are told {shown} by {}. {} {}",
        words::list(&places),
        names::explain(presented, uncovered),
        compared(&places, to.as_deref(), &wanted)
    );
    let mut finding = presented
        .finding(format!("clients are told {shown}, which is not in the certificate"), cause)
        .evidence("expected", host.clone())
        .evidence("told_at", at.clone())
        .evidence("leads_here", to.clone())
        .evidence("certificate_names", wanted.clone())
        .change(Change::ClientName { from: host.clone(), to, at, names: wanted });
    finding.key = format!("{} {host}", finding.key);
    finding
}

/// Holds the two cures against each other.
fn compared(places: &[String], to: Option<&str>, wanted: &[String]) -> String {
    let changes = words::count(places.len() as u64, "place");
    let name = match to {
        Some(name) => format!("Another name, {}, takes a change", presented::text(name)),
        None => "Another name takes a change".to_owned(),
    };
    format!(
        "{name} in {changes}, and in every account that is set up already. A certificate with {} takes no change anywhere \
         else.",
        words::count(wanted.len() as u64, "name")
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::AlternativeNames;
    use crate::endpoint::{Protocol, Security, Source};
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::name::Host;
    use crate::observation::Told;
    use crate::rules::judge;
    use crate::sample::{self, Sample};

    const URL: &str = "https://autoconfig.example.org/mail/config-v1.1.xml";

    fn told(sample: &mut Sample, source: Source, origin: &str, host: &str, port: u16) {
        let (protocol, security) = crate::endpoint::Endpoint::well_known(port).unwrap();
        sample.seen.domain.get_or_insert_default().told.push(Told {
            source,
            origin: origin.to_owned(),
            protocol,
            security: Some(security),
            host: Some(host.to_owned()),
            port,
        });
        let endpoint = &mut sample.port(port).endpoint;
        assert_eq!(endpoint.protocol == Protocol::Imap, port == 993);
        assert!(matches!(endpoint.security, Security::Implicit));
        endpoint.host = Host::new(host).unwrap();
        endpoint.sources = vec![source];
    }

    fn uncovered() -> Sample {
        let mut sample = sample::healthy();
        told(&mut sample, Source::Autoconfig, URL, "imap.example.org", 993);
        sample
    }

    fn found(sample: &Sample) -> Vec<Finding> {
        match sample.chains(check).remove(0) {
            Verdict::Fail(findings) => findings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_where_the_told_name_is_covered_and_leaves_other_sources_alone() {
        let mut sample = sample::healthy();
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
        told(&mut sample, Source::Pacc, "https://ua-auto-config.example.org/", "mail.example.org", 993);
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn an_error_with_both_cures_and_every_place_that_tells_the_name() {
        let mut sample = uncovered();
        sample.seen.domain.get_or_insert_default().told.push(Told {
            source: Source::Srv,
            origin: "_imaps._tcp.example.org".into(),
            protocol: Protocol::Imap,
            security: Some(Security::Implicit),
            host: Some("imap.example.org".into()),
            port: 993,
        });
        let findings = found(&sample);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, Severity::Error);
        assert_eq!(
            findings[0].change,
            Some(Change::ClientName {
                from: "imap.example.org".into(),
                to: Some("mail.example.org".into()),
                at: vec![URL.into(), "_imaps._tcp.example.org".into()],
                names: vec!["mail.example.org".into(), "imap.example.org".into()],
            })
        );
        assert!(findings[0].cause.contains("a change in 2 places"), "{}", findings[0].cause);
        assert!(findings[0].cause.contains("A certificate with 2 names"), "{}", findings[0].cause);
    }

    #[test]
    fn each_name_is_a_finding_and_no_other_rule_tells_it_again() {
        let mut sample = uncovered();
        told(&mut sample, Source::Autodiscover, "https://example.org/autodiscover", "smtp.example.org", 465);
        sample.port(995).endpoint.sources = vec![Source::Guess];
        sample.port(995).endpoint.host = Host::new("pop.example.org").unwrap();
        assert_eq!(found(&sample).len(), 2);
        let judgement = judge(&sample.case(), |_| true);
        let mut rules: Vec<&str> = judgement.findings.iter().map(|finding| finding.rule).collect();
        rules.sort_unstable();
        assert_eq!(
            rules,
            ["autoconfig-name-uncovered", "autoconfig-name-uncovered", "client-name-uncovered"]
        );
    }

    #[test]
    fn unknown_when_the_names_cannot_be_read() {
        let mut sample = uncovered();
        sample.leaf().names = None;
        sample.leaf().problems = vec!["unreadable".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
        sample.leaf().names = Some(AlternativeNames::default());
        assert!(matches!(sample.chains(check)[..], [Verdict::Fail(_)]));
    }
}
