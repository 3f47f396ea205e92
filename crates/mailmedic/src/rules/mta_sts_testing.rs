//! The MTA-STS policy only asks for reports.

use super::sts;
use crate::finding::{Case, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::MtaStsMode;
use crate::records::mta_sts::Policy;

pub(super) static RULE: Rule = Rule {
    id: "mta-sts-testing",
    title: "the MTA-STS policy is in mode testing",
    severity: Severity::Note,
    what: "The MTA-STS policy says mode: testing, in which senders report failures and deliver all the same.",
    why: "The mode is meant for the first weeks. As long as it stays, whoever sits on the way can read the mail as if there \
          were no policy.",
    affected: "Nobody's mail; it is not protected yet.",
    fix: "When the reports by TLS-RPT show no failures of your own servers, say mode: enforce and give the record a new id.",
    change: Some(ChangeKind::MtaStsPolicy),
    references: &["RFC 8461 §5", "RFC 8461 §8.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (_, look, policy) = match sts::policy(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    if policy.mode != MtaStsMode::Testing {
        return Verdict::Pass;
    }
    let domain = look.domain;
    let enforced = Policy { mode: MtaStsMode::Enforce, ..policy };
    Verdict::fail(
        Finding::new(
            Severity::Note,
            domain.to_string(),
            "the MTA-STS policy is in mode testing",
            format!(
                "The MTA-STS policy of {} says mode: testing: senders report what fails, and deliver all the same.",
                domain.to_unicode()
            ),
        )
        .change(sts::change(case, domain, &enforced)),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Verdict};
    use crate::rules::tests::{finding, judged_policy};

    #[test]
    fn passes_in_mode_enforce() {
        assert_eq!(judged_policy(check, &["mode: enforce"]), Verdict::Pass);
    }

    #[test]
    fn fails_in_mode_testing_and_shows_the_next_step() {
        let found = finding(judged_policy(check, &["mode: testing"]));
        assert!(
            matches!(&found.change, Some(Change::MtaStsPolicy { lines, .. }) if lines[1] == "mode: enforce"),
            "{found:?}"
        );
    }

    #[test]
    fn nothing_is_said_of_a_policy_that_is_none() {
        for lines in [&["mode: none"][..], &["mode: other"]] {
            assert!(matches!(judged_policy(check, lines), Verdict::NotApplicable(_)), "{lines:?}");
        }
    }
}
