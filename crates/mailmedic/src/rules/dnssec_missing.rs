//! The way to the domain's mail servers is not signed.

use super::mail_dns;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsState, DnsType};
use crate::records::{Answers, dnssec};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dnssec-missing",
    title: "the way to the mail servers is not signed by DNSSEC",
    severity: Severity::Note,
    what: "The MX records of the domain, or the addresses of the hosts that they name, are not signed by DNSSEC.",
    why: "Whoever can forge an answer of DNS leads mail for the domain to a server of his own. DANE, by which a domain \
          tells senders which key its mail servers have, cannot work without it: senders take TLSA records only where \
          every answer on the way is signed.",
    affected: "Nobody's mail; senders have nothing but MTA-STS, if that is there, to know the right server by.",
    fix: "Sign the zone at your DNS provider, and have the DS record that it shows put into the parent zone by your \
          registrar. Where the unsigned zone is that of a mail host, that is for whoever runs it.",
    change: None,
    references: &["RFC 4033 §5", "RFC 7672 §2.1.1", "RFC 7672 §2.2.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let is_bogus = |answer: &&DnsAnswer| answer.kind == DnsType::Mx && answer.state == DnsState::Bogus;
    if case.seen.dns.iter().any(|answer| is_bogus(&answer)) {
        return Verdict::NotApplicable("DNSSEC speaks against the MX records, so it is there");
    }
    let (answers, look) = match mail_dns::receiving(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let domain = look.domain;
    match answers.known(domain, DnsType::Mx).map(|answer| answer.state) {
        Some(DnsState::Secure) => {}
        Some(DnsState::Insecure) => {
            return Verdict::fail(Finding::new(
                Severity::Note,
                domain.to_string(),
                "the MX records are not signed by DNSSEC",
                format!(
                    "{} is not signed by DNSSEC: who can forge answers of DNS can lead its mail elsewhere, and DANE cannot \
                     work without it.",
                    domain.to_unicode()
                ),
            ));
        }
        _ => return Verdict::Unknown("DNSSEC was not validated".to_owned()),
    }
    let hosts = look.exchangers(&answers);
    let states: Vec<(&Name, Option<DnsState>)> =
        hosts.iter().map(|host| (host, state(&answers, host))).collect();
    let unsigned: Vec<String> = states
        .iter()
        .filter(|(_, state)| *state == Some(DnsState::Insecure))
        .map(|(host, _)| host.to_string())
        .collect();
    if !unsigned.is_empty() {
        return Verdict::fail(
            Finding::new(
                Severity::Note,
                unsigned.join(" "),
                "the addresses of mail servers are not signed by DNSSEC",
                format!(
                    "The MX records of {} are signed, but the addresses of {} are not: DANE cannot work there without it.",
                    domain.to_unicode(),
                    words::list(&unsigned)
                ),
            )
            .evidence("hosts", unsigned),
        );
    }
    match states.iter().all(|(_, state)| *state == Some(DnsState::Secure)) {
        true => Verdict::Pass,
        false => Verdict::Unknown("the addresses of the mail servers were not validated".to_owned()),
    }
}

/// Returns the state of a host's addresses.
fn state(answers: &Answers<'_>, host: &Name) -> Option<DnsState> {
    dnssec::weakest([DnsType::A, DnsType::Aaaa].into_iter().filter_map(|kind| answers.known(host, kind)))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{DnsData, DnsOutcome, DnsState, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    fn with(mx: DnsState, address: DnsState) -> Verdict {
        judged_target(check, |sample| {
            dns(sample, "example.org", DnsType::Mx).state = mx;
            dns(sample, "mail.example.org", DnsType::A).state = address;
        })
    }

    #[test]
    fn passes_where_the_whole_way_is_signed() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_where_the_domain_or_a_host_is_not_signed() {
        let found = finding(with(DnsState::Insecure, DnsState::Insecure));
        assert!(found.cause.starts_with("example.org is not signed"), "{}", found.cause);
        let found = finding(with(DnsState::Secure, DnsState::Insecure));
        assert!(found.cause.contains("the addresses of mail.example.org are not"), "{}", found.cause);
    }

    #[test]
    fn unknown_where_it_was_not_validated_or_not_asked() {
        for verdict in [
            with(DnsState::Indeterminate, DnsState::Secure),
            with(DnsState::Secure, DnsState::Indeterminate),
            judged_target(check, |sample| sample.seen.dns.clear()),
            judged_target(check, |sample| {
                dns(sample, "example.org", DnsType::Mx).outcome = DnsOutcome::Failed("SERVFAIL".into());
            }),
        ] {
            assert!(matches!(verdict, Verdict::Unknown(_)), "{verdict:?}");
        }
    }

    #[test]
    fn signatures_that_do_not_hold_are_not_missing() {
        assert!(matches!(with(DnsState::Bogus, DnsState::Secure), Verdict::NotApplicable(_)));
    }

    #[test]
    fn nothing_is_said_of_a_domain_that_takes_no_mail() {
        let verdict = judged_target(check, |sample| {
            let mx = dns(sample, "example.org", DnsType::Mx);
            mx.state = DnsState::Insecure;
            let null = DnsData::Mx { preference: 0, exchange: None };
            mx.outcome = DnsOutcome::Found { aliases: Vec::new(), records: vec![null] };
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }
}
