//! The name has no address.

use super::records;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::{Host, Name};
use crate::observation::{DnsOutcome, DnsType, TargetKind};

pub(super) static RULE: Rule = Rule {
    id: "host-not-found",
    title: "the name does not exist in DNS, or has no address",
    severity: Severity::Error,
    what: "DNS knows no address (A or AAAA record) for the host, or does not know the mail domain at all.",
    why: "Nobody can connect to a host without an address, and mail to a domain that does not exist is \
          returned to its sender at once.",
    affected: "Everybody: mail programs report an unknown host, senders return the mail.",
    fix: "Check the spelling; then publish the A or AAAA record at the name servers of the zone.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 1035 §3.4.1", "RFC 5321 §5.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let Some(Host::Name(name)) = &case.seen.host else {
        return Verdict::NotApplicable("no name was looked up");
    };
    if case.seen.kind == TargetKind::Domain { domain(case, name) } else { host(case, name) }
}

fn domain(case: &Case<'_>, name: &Name) -> Verdict {
    let Some(answer) = case.seen.dns(name, DnsType::Mx) else {
        return Verdict::Unknown("the domain's MX record was not asked for".to_owned());
    };
    if let Some(why) = records::failure(answer) {
        return Verdict::Unknown(why.to_owned());
    }
    match &answer.outcome {
        DnsOutcome::NoName => Verdict::fail(
            Finding::new(
                Severity::Error,
                name.to_string(),
                "the domain does not exist",
                format!(
                    "DNS does not know {} (NXDOMAIN): the name is misspelt, its registration has lapsed, \
                     or its zone is not delegated. Mail to it is returned at once.",
                    name.to_unicode()
                ),
            )
            .hurts("everybody who writes to this domain")
            .evidence("name", name.as_ascii()),
        ),
        _ => Verdict::Pass,
    }
}

fn host(case: &Case<'_>, name: &Name) -> Verdict {
    if case.seen.dns(name, DnsType::A).is_none() && !case.seen.endpoints.is_empty() {
        return Verdict::NotApplicable("the address was given, not looked up");
    }
    let answers: Vec<_> =
        [DnsType::A, DnsType::Aaaa].into_iter().filter_map(|kind| case.seen.dns(name, kind)).collect();
    if answers.iter().any(|answer| !answer.records().is_empty()) {
        return Verdict::Pass;
    }
    if answers.is_empty() {
        return Verdict::Unknown("the host's address was not asked for".to_owned());
    }
    if let Some(why) = answers.iter().find_map(|answer| records::failure(answer)) {
        return Verdict::Unknown(why.to_owned());
    }
    let shown = name.to_unicode();
    let (title, cause) = if answers.iter().any(|answer| answer.outcome == DnsOutcome::NoName) {
        ("the host name does not exist", format!("DNS does not know the name {shown} (NXDOMAIN)."))
    } else if let [only] = answers[..] {
        let (kind, family) = if only.kind == DnsType::A { ("A", "IPv4") } else { ("AAAA", "IPv6") };
        (
            "the host has no address of the wanted family",
            format!("{shown} exists in DNS and has no {kind} record, so it cannot be reached over {family}."),
        )
    } else {
        (
            "the host name has no address",
            format!("{shown} exists in DNS, but has neither an A nor an AAAA record."),
        )
    };
    Verdict::fail(
        Finding::new(Severity::Error, name.to_string(), title, cause)
            .hurts("everybody who connects to this name")
            .evidence("name", name.as_ascii())
            .change(Change::Dns { lines: vec![format!("{name}. 3600 IN A <the server's IPv4 address>")] }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::name::Host;
    use crate::observation::{DnsOutcome, DnsType, TargetKind};
    use crate::rules::tests::{dns, finding, judged_target};
    use crate::sample::Sample;

    fn as_host(sample: &mut Sample) {
        sample.seen.kind = TargetKind::Host;
        sample.seen.host = Some(Host::new("mail.example.org").unwrap());
    }

    #[test]
    fn passes_with_one_family_only() {
        assert_eq!(judged_target(check, as_host), Verdict::Pass);
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_without_any_address() {
        let found = finding(judged_target(check, |sample| {
            as_host(sample);
            dns(sample, "mail.example.org", DnsType::A).outcome = DnsOutcome::NoData;
        }));
        assert!(found.cause.contains("neither"), "{}", found.cause);
    }

    #[test]
    fn fails_for_a_domain_that_does_not_exist_and_not_for_one_without_mx() {
        let with = |outcome: DnsOutcome| {
            judged_target(check, |sample| dns(sample, "example.org", DnsType::Mx).outcome = outcome)
        };
        assert!(finding(with(DnsOutcome::NoName)).cause.contains("NXDOMAIN"));
        assert_eq!(with(DnsOutcome::NoData), Verdict::Pass);
    }

    #[test]
    fn unknown_when_a_question_failed() {
        let verdict = judged_target(check, |sample| {
            as_host(sample);
            dns(sample, "mail.example.org", DnsType::A).outcome = DnsOutcome::Failed("SERVFAIL".into());
        });
        assert_eq!(verdict, Verdict::Unknown("SERVFAIL".into()));
    }
}
