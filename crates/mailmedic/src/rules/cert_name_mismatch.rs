//! The certificate does not bear the name that clients are told.

use super::names::{self, Uncovered};
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

pub(super) static RULE: Rule = Rule {
    id: "cert-name-mismatch",
    title: "the certificate is for another name",
    severity: Severity::Error,
    what: "The name that clients are told for this server (by the user, MX or SRV) is not among the names in the \
           certificate.",
    why: "The name is what ties a certificate to a server: without it anybody with any certificate could stand \
          in its place, so clients refuse or warn.",
    affected: "Thunderbird, Apple Mail, Outlook and K-9 refuse or warn; Gmail's POP fetch and send-as refuse; \
               senders under MTA-STS enforce keep the mail in their queue.",
    fix: "Get a certificate that has the name too, or tell clients a name that the certificate has and that \
          leads to the same server.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 9525 §6", "RFC 7817 §3", "RFC 8461 §4.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    // What a document tells is autoconfig-name-uncovered.
    let counts = |seen: &EndpointObservation| {
        !presented::is_guess(seen)
            && !presented::is_by_document(seen)
            && names::is_lacking_in_any_form(presented, seen)
    };
    let uncovered = match names::uncovered(presented, counts) {
        Ok(uncovered) => uncovered,
        Err(verdict) => return verdict,
    };
    let Uncovered { hosts, at } = &uncovered;
    let title = format!("the certificate is not for {}", crate::words::list(hosts));
    let cause =
        format!("Clients are told {}. {}", crate::words::list(hosts), names::explain(presented, &uncovered));
    let finding = names::finding(presented, &uncovered, title, cause);
    super::weigh::identity_fault(presented.case, at, finding)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::check;
    use crate::certificate::AlternativeNames;
    use crate::endpoint::Source;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::name::{Host, Name};
    use crate::observation::{Ask, DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};
    use crate::sample::{self, Sample};

    fn with_names(names: &[&str]) -> Sample {
        let mut sample = sample::healthy();
        let dns = names.iter().map(|name| (*name).to_owned()).collect();
        sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        sample
    }

    fn found(sample: &Sample) -> Vec<Finding> {
        match sample.chains(check).remove(0) {
            Verdict::Fail(findings) => findings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_by_name_and_by_wildcard() {
        assert_eq!(with_names(&["mail.example.org"]).chains(check), [Verdict::Pass]);
        assert_eq!(with_names(&["other.example", "*.example.org"]).chains(check), [Verdict::Pass]);
    }

    #[test]
    fn a_name_that_does_not_count_for_its_form_is_told_by_its_own_rule() {
        for name in ["m*.example.org", "mail..example.org", "mail.example.org."] {
            let verdict = with_names(&[name]).chains(check).remove(0);
            assert!(matches!(verdict, Verdict::NotApplicable(_)), "{name}: {verdict:?}");
        }
    }

    #[test]
    fn a_service_that_is_named_is_told() {
        let mut sample = with_names(&["other.example"]).only(993);
        assert!(!found(&sample)[0].cause.contains("service"));
        sample.leaf().names.as_mut().unwrap().services = vec!["_imaps.example.org".into()];
        assert!(found(&sample)[0].cause.contains("It names the service _imaps.example.org"));
    }

    #[test]
    fn a_wildcard_does_not_reach_two_labels_down() {
        let mut sample = with_names(&["*.example.org"]).only(993);
        sample.seen.endpoints[0].endpoint.host = Host::new("a.mail.example.org").unwrap();
        let findings = found(&sample);
        assert_eq!(findings[0].severity, Severity::Error);
        assert!(findings[0].cause.contains("stands for one label"), "{}", findings[0].cause);
    }

    #[test]
    fn names_the_name_that_leads_here_only_if_it_was_resolved() {
        let mut sample = with_names(&["mx.hoster.example", "*.hoster.example"]).only(993);
        assert!(!found(&sample)[0].cause.contains("leads to"));
        sample.seen.dns.push(DnsAnswer {
            name: Name::new("mx.hoster.example").unwrap(),
            kind: DnsType::A,
            outcome: DnsOutcome::Found {
                aliases: Vec::new(),
                records: vec![DnsData::Address(IpAddr::from([192, 0, 2, 1]))],
            },
            state: DnsState::Insecure,
            evidence: Default::default(),
        });
        let finding = found(&sample).remove(0);
        assert!(
            finding.cause.contains("mx.hoster.example, which the certificate has, leads to"),
            "{}",
            finding.cause
        );
        assert_eq!(finding.evidence["leads_here"], serde_json::json!(["mx.hoster.example"]));
        // Nothing of the certificate belongs to this domain: it is the hoster's, and so is the right name.
        assert_eq!(
            finding.change,
            Some(Change::ClientName {
                from: "mail.example.org".into(),
                to: Some("mx.hoster.example".into()),
                at: Vec::new(),
                names: Vec::new(),
            })
        );
    }

    #[test]
    fn a_new_certificate_keeps_the_names_and_adds_the_missing_one() {
        let finding = found(&with_names(&["www.example.org"])).remove(0);
        let names = vec!["www.example.org".into(), "mail.example.org".into()];
        assert_eq!(finding.change, Some(Change::RenewCertificate { names }));
        assert_eq!(finding.evidence["expected"], serde_json::json!(["mail.example.org"]));
    }

    #[test]
    fn internationalised_names_are_shown_in_both_forms() {
        let mut sample = sample::healthy().only(993);
        sample.seen.endpoints[0].endpoint.host = Host::new("bücher.example").unwrap();
        assert!(found(&sample)[0].cause.contains("bücher.example (xn--bcher-kva.example)"));
    }

    #[test]
    fn guessed_names_addresses_and_unnamed_clients_are_for_other_rules() {
        let mut guess = with_names(&["www.example.org"]).only(993);
        guess.seen.endpoints[0].endpoint.sources = vec![Source::Guess];
        assert!(matches!(guess.chains(check)[..], [Verdict::NotApplicable(_)]));
        let mut address = with_names(&["www.example.org"]).only(993);
        address.seen.endpoints[0].endpoint.host = Host::new("192.0.2.1").unwrap();
        assert!(matches!(address.chains(check)[..], [Verdict::NotApplicable(_)]));
        let mut unnamed = with_names(&["www.example.org"]);
        unnamed.diagnosis.chains[0].sightings.retain(|sighting| sighting.ask == Ask::WithoutServerName);
        assert!(matches!(unnamed.chains(check)[..], [Verdict::NotApplicable(_)]));
    }

    #[test]
    fn the_common_name_alone_is_for_the_rule_about_missing_names() {
        let mut sample = sample::healthy();
        sample.leaf().names = None;
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
        sample.leaf().common_name = Some("www.example.org".into());
        assert_eq!(found(&sample).len(), 7);
        sample.leaf().problems = vec!["the subject alternative names cannot be read".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
