//! Senders forget the MTA-STS policy too soon.

use super::sts;
use crate::finding::{Case, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::mta_sts::{LEAST_ADVISED, Policy, lasting};

pub(super) static RULE: Rule = Rule {
    id: "mta-sts-max-age-short",
    title: "senders may keep the MTA-STS policy for a short time only",
    severity: Severity::Warning,
    what: "The max_age of the MTA-STS policy, for which senders may keep it, is shorter than the weeks that are advised.",
    why: "The policy protects because senders remember it: whoever keeps them from fetching it again only has to wait until it \
          is forgotten. With less than a day, a sender that writes once a day is never protected.",
    affected: "Senders that write seldom: they deliver as if there were no policy.",
    fix: "Say a max_age of weeks, such as 604800 (a week) or 2592000 (30 days), and give the record a new id.",
    change: Some(ChangeKind::MtaStsPolicy),
    references: &["RFC 8461 §3.2", "RFC 8461 §10.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (_, look, policy) = match sts::policy(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let severity = match policy.max_age {
        LEAST_ADVISED.. => return Verdict::Pass,
        DAY.. => Severity::Note,
        _ => Severity::Warning,
    };
    let domain = look.domain;
    let kept = lasting(policy.max_age);
    let longer = Policy { max_age: LEAST_ADVISED, ..policy };
    Verdict::fail(
        Finding::new(
            severity,
            domain.to_string(),
            "the MTA-STS policy is soon forgotten",
            format!(
                "Senders may keep the MTA-STS policy of {} for {kept}. Who keeps them from fetching it again for that long is \
                 not held up by it.",
                domain.to_unicode()
            ),
        )
        .evidence("max_age", kept)
        .change(sts::change(case, domain, &longer)),
    )
}

/// In seconds.
const DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::tests::{finding, judged_policy};

    #[test]
    fn weeks_are_enough() {
        assert_eq!(judged_policy(check, &["max_age: 604800"]), Verdict::Pass);
    }

    #[test]
    fn less_is_a_note_and_less_than_a_day_a_warning() {
        for (age, severity) in [
            (604_799, Severity::Note),
            (86_400, Severity::Note),
            (86_399, Severity::Warning),
            (0, Severity::Warning),
        ] {
            let found = finding(judged_policy(check, &[&format!("max_age: {age}")]));
            assert_eq!(found.severity, severity, "{age}");
            assert!(
                matches!(&found.change, Some(Change::MtaStsPolicy { lines, .. }) if lines[3] == "max_age: 604800")
            );
        }
    }

    #[test]
    fn nothing_is_said_of_a_policy_that_is_none() {
        assert!(matches!(judged_policy(check, &["mode: none", "max_age: 60"]), Verdict::NotApplicable(_)));
    }
}
