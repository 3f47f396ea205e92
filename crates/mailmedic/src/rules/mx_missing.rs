//! The domain has no MX record.

use super::records::{self, Resolution};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::DnsOutcome;

pub(super) static RULE: Rule = Rule {
    id: "mx-missing",
    title: "the domain has no MX record",
    severity: Severity::Error,
    what: "DNS names no mail exchanger for the domain.",
    why: "Senders then try the address of the domain itself, which mostly is the web server's. Without \
          such an address the mail is returned at once.",
    affected: "Everybody who writes to the domain.",
    fix: "Publish an MX record; a domain that takes no mail says so with the null MX \"0 .\".",
    change: Some(ChangeKind::Dns),
    references: &["RFC 5321 §5.1", "RFC 7505"],
    since: "0.1",
    consequence_of: &["host-not-found"],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (domain, answer) = match records::mx(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    match &answer.outcome {
        DnsOutcome::NoName => return Verdict::NotApplicable("the domain does not exist"),
        DnsOutcome::NoData => {}
        _ => return Verdict::Pass,
    }
    let shown = domain.to_unicode();
    let (severity, cause, hurts) = match records::resolution(case, domain) {
        Resolution::None { .. } => (
            Severity::Error,
            format!("{shown} has neither an MX record nor an address, so mail to it is returned at once."),
            "everybody who writes to this domain",
        ),
        Resolution::Found => (
            Severity::Warning,
            format!(
                "{shown} has no MX record, so senders deliver to its own address. That works only if a \
                 mail server answers there."
            ),
            "senders that do not go on to the address, and mail that reaches a web server",
        ),
        Resolution::Unknown(_) => (
            Severity::Warning,
            format!("{shown} has no MX record; senders then try the domain's own address, if it has one."),
            "senders that do not go on to the address",
        ),
    };
    Verdict::fail(
        Finding::new(severity, domain.to_string(), "the domain has no MX record", cause)
            .hurts(hurts)
            .evidence("domain", domain.as_ascii())
            .change(Change::Dns {
                lines: vec![format!(
                    "{domain}. 3600 IN MX 10 <the name of the mail \
                                                       server>."
                )],
            }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};
    use crate::sample::Sample;

    fn mx(outcome: DnsOutcome) -> impl FnOnce(&mut Sample) {
        move |sample| dns(sample, "example.org", DnsType::Mx).outcome = outcome
    }

    #[test]
    fn passes_with_one() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_without_worse_if_there_is_no_address() {
        let found = finding(judged_target(check, mx(DnsOutcome::NoData)));
        assert_eq!(found.severity, Severity::Warning);
        let found = finding(judged_target(check, |sample| {
            mx(DnsOutcome::NoData)(sample);
            let mut address = sample.seen.dns[2].clone();
            address.name = Name::new("example.org").unwrap();
            sample.seen.dns.push(address.clone());
            address.kind = DnsType::A;
            sample.seen.dns.push(address);
        }));
        assert_eq!(found.severity, Severity::Error);
    }

    #[test]
    fn a_domain_that_does_not_exist_is_another_fault() {
        assert!(matches!(judged_target(check, mx(DnsOutcome::NoName)), Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_dns_failed_or_was_not_asked() {
        let failed = DnsOutcome::Failed("SERVFAIL".into());
        assert!(matches!(judged_target(check, mx(failed)), Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
