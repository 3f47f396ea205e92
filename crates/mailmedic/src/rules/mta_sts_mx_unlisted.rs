//! The MTA-STS policy and the MX records name different hosts.

use super::sts;
use crate::finding::{Case, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::identity::mta_sts::means;
use crate::name::Name;
use crate::observation::MtaStsMode;
use crate::records::mta_sts::Policy;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "mta-sts-mx-unlisted",
    title: "the MTA-STS policy does not list a mail server",
    severity: Severity::Error,
    what: "An MX record of the domain names a host that no mx line of the MTA-STS policy means. Or a line means no host of the \
           MX records any more.",
    why: "In mode enforce senders must not deliver to a host that the policy does not list. A line too much does no harm as \
          long as the host is yours.",
    affected: "Senders that honour MTA-STS, among them Gmail and Microsoft 365: they do not deliver to that host, and where no \
               host is listed, the mail comes back after days.",
    fix: "Add the host to the policy, give the record a new id, and wait for the old max_age before an MX record leads to a new \
          host.",
    change: Some(ChangeKind::MtaStsPolicy),
    references: &["RFC 8461 §4.1", "RFC 8461 §5", "RFC 8461 §8.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look, policy) = match sts::policy(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let hosts = look.exchangers(&answers);
    let (listed, unlisted): (Vec<&Name>, Vec<&Name>) =
        hosts.iter().partition(|host| policy.mx.iter().any(|pattern| means(pattern, host)));
    let stale: Vec<String> =
        policy.mx.iter().filter(|pattern| !hosts.iter().any(|host| means(pattern, host))).cloned().collect();
    let mut findings = Vec::new();
    if !unlisted.is_empty() {
        let mut mended = policy.clone();
        mended.mx.extend(unlisted.iter().map(|host| host.to_string()));
        let change = sts::change(case, look.domain, &mended);
        findings.push(tell_unlisted(look.domain, &policy, &unlisted, listed.is_empty()).change(change));
    }
    if !stale.is_empty() && !hosts.is_empty() && !listed.is_empty() {
        let mut mended = policy.clone();
        mended.mx.retain(|pattern| !stale.contains(pattern));
        let change = sts::change(case, look.domain, &mended);
        let which = if stale.len() == 1 { "which is no host" } else { "which are no hosts" };
        findings.push(
            Finding::new(
                Severity::Note,
                "stale",
                "the MTA-STS policy lists hosts that are no mail servers",
                format!(
                    "The MTA-STS policy of {} lists {}, {which} of the MX records.",
                    look.domain.to_unicode(),
                    words::list(&stale)
                ),
            )
            .evidence("patterns", stale)
            .change(change),
        );
    }
    if findings.is_empty() { Verdict::Pass } else { Verdict::Fail(findings) }
}

fn tell_unlisted(domain: &Name, policy: &Policy, unlisted: &[&Name], is_all: bool) -> Finding {
    let unlisted: Vec<String> = unlisted.iter().map(|host| host.to_string()).collect();
    let (severity, effect) = match (policy.mode, is_all) {
        (MtaStsMode::Enforce, true) => (
            Severity::Error,
            "The policy says mode: enforce, so senders that honour it deliver to no server of the domain at all.",
        ),
        (MtaStsMode::Enforce, false) => (
            Severity::Error,
            "The policy says mode: enforce, so senders that honour it do not deliver there, and the mail waits for the other \
             servers.",
        ),
        _ => (
            Severity::Warning,
            "In mode testing senders only report that; in mode enforce they would not deliver there.",
        ),
    };
    Finding::new(
        severity,
        "unlisted",
        format!("the MTA-STS policy does not list {}", words::list(&unlisted)),
        format!(
            "The MX records of {} lead to {}, which the MTA-STS policy does not list: it lists {}. {effect}",
            domain.to_unicode(),
            words::list(&unlisted),
            words::list(&policy.mx),
        ),
    )
    .hurts("senders that honour MTA-STS, among them Gmail and Microsoft 365")
    .evidence("unlisted", unlisted)
    .evidence("patterns", policy.mx.clone())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::rules::tests::{finding, judged_policy, judged_policy_with, set_mx};

    fn found(lines: &[&str], mx: &[&str]) -> Vec<Finding> {
        match judged_policy_with(check, lines, |sample| set_mx(sample, mx)) {
            Verdict::Pass => Vec::new(),
            Verdict::Fail(findings) => findings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_where_both_name_the_same() {
        assert_eq!(judged_policy(check, &[]), Verdict::Pass);
        let wildcard = ["mx: *.mx.example.net"];
        assert_eq!(found(&wildcard, &["mail.example.org", "a.mx.example.net", "b.mx.example.net"]), []);
    }

    #[test]
    fn a_host_that_is_not_listed_is_refused_in_mode_enforce() {
        let findings = found(&[], &["mail.example.org", "mx2.example.org"]);
        assert_eq!((findings.len(), findings[0].severity), (1, Severity::Error));
        assert!(findings[0].cause.contains("wait") && findings[0].cause.contains("mx2.example.org"));
        assert!(matches!(&findings[0].change, Some(Change::MtaStsPolicy { lines, .. })
            if lines[2..4] == ["mx: mail.example.org", "mx: mx2.example.org"]));
        let all = found(&[], &["mx2.example.org"]);
        assert!(all[0].cause.contains("no server of the domain at all"), "{}", all[0].cause);
        assert_eq!(found(&["mode: testing"], &["mx2.example.org"])[0].severity, Severity::Warning);
    }

    #[test]
    fn a_wildcard_stands_for_one_label() {
        let findings = found(&["mx: *.example.net"], &["mail.example.org", "a.b.example.net"]);
        assert_eq!(findings[0].evidence["unlisted"], serde_json::json!(["a.b.example.net"]));
    }

    #[test]
    fn lines_without_a_host_are_a_note() {
        let stale = finding(judged_policy(check, &["mx: old.example.org"]));
        assert_eq!(stale.severity, Severity::Note);
        assert!(stale.cause.contains("lists old.example.org, which is no host"), "{}", stale.cause);
        assert!(matches!(&stale.change, Some(Change::MtaStsPolicy { lines, .. }) if lines.len() == 4));
        let two = finding(judged_policy(check, &["mx: old.example.org", "mx: older.example.org"]));
        assert_eq!(two.evidence["patterns"], serde_json::json!(["old.example.org", "older.example.org"]));
    }

    #[test]
    fn nothing_is_said_of_a_policy_that_is_none() {
        assert!(matches!(judged_policy(check, &["mode: none"]), Verdict::NotApplicable(_)));
    }
}
