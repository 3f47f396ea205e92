//! An SPF record leads to a domain without one.

use super::spf_tree::{self, MOST_SHOWN, Spf};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::records::spf::{Branch, Found, Qualifier, Step, Via, is_within, lapsed, without, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-include-missing",
    title: "an SPF record leads to a domain without one",
    severity: Severity::Error,
    what: "The SPF record, or one that it leads to, has an include or a redirect of a domain that has no SPF record, or does not \
           exist.",
    why: "Evaluation that comes to it ends in a permanent error: senders that stand behind it fail, and forgers are not refused. \
          Where the domain itself has lapsed, whoever registers it may send in your name.",
    affected: "Mail from senders that stand behind it in the record.",
    fix: "Take the term out, or correct the name; the service's own documentation has the present one.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §5.2", "RFC 7208 §6.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let spf = match spf_tree::one(case) {
        Ok(spf) => spf,
        Err(verdict) => return verdict,
    };
    let mut findings = Vec::new();
    for (branch, _) in spf.tree.branches() {
        for step in branch.steps.iter().filter(|step| step.is_live) {
            findings.extend(match &step.branch {
                Some(target) => finding(&spf, branch, step, target),
                None => free(&spf, branch, step),
            });
        }
    }
    spf.verdict(findings)
}

fn finding(spf: &Spf<'_>, above: &Branch, step: &Step, target: &Branch) -> Option<Finding> {
    let name = words::escape(&target.name, MOST_SHOWN);
    let (what, meant) = match &target.found {
        Found::Nothing { no_name: true, .. } => (format!("{name} does not exist"), None),
        Found::Nothing { meant, .. } => (format!("{name} has no SPF record"), meant.first()),
        Found::NoName => (format!("{name} is no domain that can be asked for"), None),
        _ => return None,
    };
    let (term, whose) = (words::escape(&step.text, MOST_SHOWN), words::escape(&above.name, MOST_SHOWN));
    let meant = meant.map_or(String::new(), |text| {
        format!(" What it publishes is no record: {:?}.", words::escape(text, MOST_SHOWN))
    });
    let gone = lapsed_of(spf, step);
    let (title, risk) = match &gone {
        Some(gone) => (
            "an SPF record leads to a domain that nobody holds",
            format!(
                " {gone} itself does not exist: whoever registers it can let anybody send in the name of {}.",
                spf.shown()
            ),
        ),
        None => ("an SPF record leads to a domain without one", String::new()),
    };
    let todo = if spf.is_own(above) { "" } else { " Its operator must mend that." };
    let finding = Finding::new(
        Severity::Error,
        format!("{whose} {term}"),
        title,
        format!(
            "{term:?} in the SPF record of {whose} leads nowhere, since {what}. Evaluation that comes to it ends in a \
             permanent error.{meant}{risk}{todo}"
        ),
    )
    .hurts("mail from senders that stand behind it in the record")
    .evidence("term", term)
    .evidence("lapsed", gone.as_ref().map(Name::to_string));
    // Without its redirect a record would have no end.
    Some(if target.via == Via::Redirect { finding } else { with_line(spf, finding, above, step) })
}

/// Tells of an address term whose domain can be registered: it passes nobody now, and then whom the new holder likes.
fn free(spf: &Spf<'_>, above: &Branch, step: &Step) -> Option<Finding> {
    if step.qualifier() != Some(Qualifier::Pass) {
        return None;
    }
    let gone = lapsed_of(spf, step)?;
    let (term, whose) = (words::escape(&step.text, MOST_SHOWN), words::escape(&above.name, MOST_SHOWN));
    let finding = Finding::new(
        Severity::Warning,
        format!("{whose} {term}"),
        "an SPF record leads to a domain that nobody holds",
        format!(
            "{term:?} in the SPF record of {whose} passes nobody, since {gone} does not exist: whoever registers it can let \
             anybody send in the name of {}.",
            spf.shown()
        ),
    )
    .evidence("term", term)
    .evidence("lapsed", gone.to_string());
    Some(with_line(spf, finding, above, step))
}

/// Returns the domain that would have to be registered for a term to lead somewhere, if it can be.
fn lapsed_of(spf: &Spf<'_>, step: &Step) -> Option<Name> {
    let void = step.voids.iter().find(|void| void.no_name && !is_within(&void.name, spf.look.domain))?;
    lapsed(&spf.answers, &void.name)
}

/// Adds the record without the term, where it is the domain's own.
fn with_line(spf: &Spf<'_>, finding: Finding, above: &Branch, step: &Step) -> Finding {
    match (above.record(), Name::of_dns(&above.name)) {
        (Some((_, record)), Ok(place)) if spf.is_own(above) && record.faults.is_empty() => {
            let rest = without(record, |term| term.text == step.text);
            finding.change(Change::Dns { lines: vec![zone_line(&place, &rest)] })
        }
        _ => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    #[test]
    fn passes_where_every_include_leads_on() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        let zone =
            "example.org TXT v=spf1 include:x.example include:%{i}.x.example -all\nx.example TXT v=spf1";
        assert_eq!(judged_with(check, zone), Verdict::Pass);
    }

    #[test]
    fn an_include_without_a_record_is_an_error_of_who_includes() {
        let zone = "example.org TXT v=spf1 mx include:x.example -all\nx.example TXT v=spf10";
        let found = finding(judged_with(check, zone));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("x.example has no SPF record"), "{}", found.cause);
        assert!(found.cause.contains("no record: \"v=spf10\""), "{}", found.cause);
        let line = "example.org. 3600 IN TXT \"v=spf1 mx -all\"".to_owned();
        assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
    }

    #[test]
    fn a_domain_that_nobody_holds_can_be_taken() {
        let zone = "example.org TXT v=spf1 include:_spf.gone.example -all\n_spf.gone.example TXT !\n";
        let found = finding(judged_with(check, &format!("{zone}gone.example TXT !")));
        assert!(found.title.contains("nobody holds"), "{}", found.title);
        assert!(found.cause.contains("whoever registers it"), "{}", found.cause);
        for other in ["gone.example TXT -", "gone.example TXT ?", ""] {
            let found = finding(judged_with(check, &format!("{zone}{other}")));
            assert!(!found.cause.contains("registers"), "{}", found.cause);
            assert!(found.cause.contains("_spf.gone.example does not exist"), "{}", found.cause);
        }
        // Below one's own domain there is nothing to register.
        let own =
            "example.org TXT v=spf1 include:_spf.example.org -all\n_spf.example.org TXT !\nexample.org MX -";
        assert!(!finding(judged_with(check, own)).cause.contains("registers"));
    }

    #[test]
    fn so_can_one_whose_addresses_are_named() {
        let zone = "example.org TXT v=spf1 a:mail.gone.example mx -all\nmail.gone.example A !\nmail.gone.example AAAA !\n";
        let found = finding(judged_with(check, &format!("{zone}gone.example TXT !")));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("since gone.example does not exist"), "{}", found.cause);
        let line = "example.org. 3600 IN TXT \"v=spf1 mx -all\"".to_owned();
        assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
        assert_eq!(judged_with(check, &format!("{zone}gone.example TXT -")), Verdict::Pass);
    }

    #[test]
    fn redirects_and_the_records_of_others_are_told_without_a_line() {
        let found = finding(judged_with(check, "example.org TXT v=spf1 redirect=x.example\nx.example TXT -"));
        assert_eq!(found.change, None);
        let zone = "example.org TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 include:y.example -all\ny.example TXT -";
        let found = finding(judged_with(check, zone));
        assert!(found.cause.contains("in the SPF record of x.example"), "{}", found.cause);
        assert_eq!(found.change, None);
        assert!(
            finding(judged_with(check, "example.org TXT v=spf1 include:a..org -all"))
                .cause
                .contains("a..org")
        );
    }

    #[test]
    fn unknown_where_a_record_cannot_be_told() {
        let zone = "example.org TXT v=spf1 include:x.example -all\nx.example TXT ?";
        assert!(matches!(judged_with(check, zone), Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
