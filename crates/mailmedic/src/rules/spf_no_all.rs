//! An SPF record does not end.

use super::spf_tree::{self, MOST_SHOWN};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::records::spf::{Branch, Found, with, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-no-all",
    title: "the SPF record says nothing of strangers",
    severity: Severity::Warning,
    what: "The SPF record ends without all and without redirect.",
    why: "Senders that no term names are then neutral, as if there were no record. Most such records were meant to end in -all.",
    affected: "Those to whom forgers write in the domain's name.",
    fix: "End the record in ~all, and in -all once all senders are named.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §4.7"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let spf = match spf_tree::one(case) {
        Ok(spf) => spf,
        Err(verdict) => return verdict,
    };
    // Whoever is named by nobody comes to every part of the tree, and to the error in it.
    let is_broken = |branch: &Branch| {
        branch.record().is_some_and(|(_, record)| !record.faults.is_empty())
            || branch.steps.iter().any(|step| step.is_live && step.fault.is_some())
    };
    if spf.tree.branches().iter().any(|(branch, _)| is_broken(branch)) {
        return Verdict::NotApplicable("the record cannot be read, which is told");
    }
    let last = spf.tree.last();
    let record = match &last.found {
        Found::Record { record, .. } => record,
        Found::Unknown(why) => return Verdict::Unknown(why.clone()),
        _ => return Verdict::NotApplicable("the record goes on where no record counts"),
    };
    if record.all().is_some() {
        return Verdict::Pass;
    }
    let finding = Finding::new(
        Severity::Warning,
        last.name.clone(),
        "the SPF record says nothing of strangers",
        format!(
            "The SPF record of {} ends without all, so every sender that it does not name is neutral, as if there were no \
             record.",
            words::escape(&last.name, MOST_SHOWN)
        ),
    )
    .hurts("those to whom forgers write in this domain's name");
    Verdict::fail(match Name::of_dns(&last.name) {
        Ok(name) if spf.is_own(last) => {
            let text = with(record, &["~all".to_owned()]);
            finding.change(Change::Dns { lines: vec![zone_line(&name, &text)] })
        }
        _ => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    #[test]
    fn passes_where_the_record_ends_in_any_all() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        let zone = "example.org TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 ?all";
        assert_eq!(judged_with(check, zone), Verdict::Pass);
    }

    #[test]
    fn a_warning_where_it_does_not() {
        for record in ["v=spf1", "v=spf1 mx"] {
            let found = finding(judged_with(check, &format!("example.org TXT {record}")));
            assert_eq!(found.severity, Severity::Warning);
            let line = format!("example.org. 3600 IN TXT \"{record} ~all\"");
            assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
        }
    }

    #[test]
    fn the_end_of_a_redirect_counts() {
        let zone = "example.org TXT v=spf1 redirect=x.example\nx.example TXT v=spf1 mx";
        let found = finding(judged_with(check, zone));
        assert!(found.cause.contains("x.example"), "{}", found.cause);
        assert_eq!(found.change, None);
    }

    #[test]
    fn what_others_tell_is_not_told_again() {
        for zone in [
            "example.org TXT v=spf1 mx -all.",
            "example.org TXT v=spf1 ip4:192.0.2.300",
            "example.org TXT v=spf1 include:x.example\nx.example TXT v=spf1 nonsense -all",
            "example.org TXT v=spf1 redirect:x.example",
            "example.org TXT v=spf1 redirect=x.example\nx.example TXT -",
            "example.org TXT -",
        ] {
            assert!(matches!(judged_with(check, zone), Verdict::NotApplicable(_)), "{zone}");
        }
    }

    #[test]
    fn unknown_where_the_end_cannot_be_told() {
        let zone = "example.org TXT v=spf1 redirect=x.example\nx.example TXT ?";
        assert!(matches!(judged_with(check, zone), Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
