//! The DMARC policy is only being tried.

use super::{dmarc, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::dmarc::{Record, Request, whom};

pub(super) static RULE: Rule = Rule {
    id: "dmarc-test-mode",
    title: "the DMARC policy is only being tried",
    severity: Severity::Warning,
    what: "The DMARC record says t=y: the policy is a test, and receivers apply the next milder one, quarantine for reject \
           and none for quarantine.",
    why: "The record looks stricter than it is. A test serves to read reports; a test that nobody reads reports of, or that \
          was forgotten, is only a gap.",
    affected: "Whoever gets forged mail in the domain's name.",
    fix: "Take t=y out of the record once the reports show that the domain's own mail passes.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 9989 §4.7", "RFC 9989 appendix A.6"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look, walk) = match dmarc::walk(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let policy = match dmarc::policy(&walk) {
        Ok(policy) => policy,
        Err(verdict) => return verdict,
    };
    let record = policy.record;
    if record.is_broken {
        return Verdict::NotApplicable("the record is written wrong");
    }
    let written = record.written(whom(&answers, &look, &policy));
    let Some(written) = written.filter(|_| record.test) else { return Verdict::Pass };
    if written == Request::None {
        // Nothing is milder than nothing.
        return Verdict::Pass;
    }
    let name = dmarc::bearer(policy.domain);
    let severity = if record.rua.is_empty() { Severity::Warning } else { Severity::Note };
    let watched = if record.rua.is_empty() {
        " No reports are asked for, so the test shows nothing to anybody."
    } else {
        ""
    };
    let real = Record { test: false, ..record.clone() };
    Verdict::fail(
        Finding::new(
            severity,
            name.to_string(),
            "the DMARC policy is only being tried",
            format!(
                "The DMARC record at {name} says {} and t=y, so that receivers apply {}.{watched}",
                written.name(),
                written.milder().name()
            ),
        )
        .hurts("whoever gets forged mail in the domain's name")
        .change(Change::Dns { lines: vec![txt::line(&name, &real.to_string())] }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    fn with(text: &str) -> Verdict {
        judged_target(check, |sample| {
            let records = vec![DnsData::Txt(text.to_owned())];
            dns(sample, "_dmarc.example.org", DnsType::Txt).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
        })
    }

    #[test]
    fn passes_without_a_test_and_where_it_changes_nothing() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(with("v=DMARC1; p=none; t=y"), Verdict::Pass);
        assert_eq!(with("v=DMARC1; p=reject; t=n"), Verdict::Pass);
        assert!(matches!(with("unrelated"), Verdict::NotApplicable(_)));
        assert!(matches!(with("v=DMARC1; t=y"), Verdict::NotApplicable(_)));
    }

    #[test]
    fn a_test_with_reports_is_a_note_and_one_without_a_warning() {
        let found = finding(with("v=DMARC1; p=reject; t=y; rua=mailto:a@example.org"));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("says reject and t=y, so that receivers apply quarantine"));
        let found = finding(with("v=DMARC1; p=quarantine; t=y"));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("apply none"), "{}", found.cause);
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
