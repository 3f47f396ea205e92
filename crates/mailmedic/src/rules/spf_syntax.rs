//! An SPF record cannot be read, or does not say what was meant.

use super::spf_tree::{self, MOST_SHOWN, Spf, place};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::records::spf::{Branch, Kind, Mechanism, Step, meant_as_mechanism, mend, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-syntax",
    title: "an SPF record has faults",
    severity: Severity::Error,
    what: "The SPF record of the domain, or one that it leads to, breaks the grammar, or has terms that do nothing.",
    why: "One fault anywhere makes a permanent error of the whole record, whatever else it says: no sender of the domain passes. \
          Terms behind all, private addresses, and mechanisms written with = are read and count for nothing.",
    affected: "All mail of the domain where the grammar is broken; else the senders that such a term was meant for.",
    fix: "Write each term as RFC 7208 has it: ip4: and ip6: for addresses, a: and mx: for names, redirect= and exp=, only plain \
          characters, and all as the last term.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §4.6", "RFC 7208 §5", "RFC 7208 §12"],
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
    for (branch, path) in spf.tree.branches() {
        findings.extend(broken(&spf, branch, &path));
        if spf.is_own(branch) {
            findings.extend(misread(branch));
            findings.extend(idle(branch));
        }
    }
    spf.verdict(findings)
}

/// Tells what makes a permanent error of a record.
fn broken(spf: &Spf<'_>, branch: &Branch, path: &[&str]) -> Option<Finding> {
    let (text, record) = branch.record()?;
    let mut faults: Vec<String> = record.faults.iter().map(ToString::to_string).collect();
    let too_many = branch.steps.iter().filter(|step| step.is_live);
    faults.extend(too_many.filter_map(|step| {
        let fault = step.fault.as_ref()?;
        Some(format!("{:?}: {}", words::escape(&step.text, MOST_SHOWN), words::escape(fault, 2 * MOST_SHOWN)))
    }));
    if faults.is_empty() {
        return None;
    }
    let is_own = spf.is_own(branch);
    let whose = if is_own { "" } else { " Its operator must mend it; until then, leave it out." };
    let finding = Finding::new(
        Severity::Error,
        format!("broken {}", branch.name),
        "the SPF record has a fault",
        format!(
            "The SPF record of {} cannot be used, which is a permanent error: {}.{whose}",
            place(branch, path),
            faults.iter().take(MOST_FAULTS).cloned().collect::<Vec<_>>().join("; ")
        ),
    )
    .hurts("receivers of all mail that needs this record")
    .evidence("record", words::escape(text, 10 * MOST_SHOWN))
    .evidence("faults", faults);
    Some(with_line(finding, branch, is_own.then(|| mend(text)).flatten()))
}

/// Tells of modifiers that were meant as mechanisms: `ip4=192.0.2.1`.
fn misread(branch: &Branch) -> Option<Finding> {
    let (text, record) = branch.record()?;
    let terms: Vec<String> = record
        .terms
        .iter()
        .filter(|term| meant_as_mechanism(term).is_some())
        .map(|term| format!("{:?}", words::escape(&term.text, MOST_SHOWN)))
        .collect();
    if terms.is_empty() {
        return None;
    }
    let finding = Finding::new(
        Severity::Warning,
        format!("misread {}", branch.name),
        "a mechanism is written with =, and counts for nothing",
        format!(
            "In the SPF record of {} receivers take {} for a setting that they do not know, and ignore it. Mechanisms take a \
             colon.",
            words::escape(&branch.name, MOST_SHOWN),
            words::list(&terms)
        ),
    )
    .hurts("mail from the senders that this was meant for");
    Some(with_line(finding, branch, mend(text)))
}

/// Tells of terms that nothing comes to, or that no client of the internet matches.
fn idle(branch: &Branch) -> Option<Finding> {
    let (_, record) = branch.record()?;
    let dead: Vec<&Step> = branch.steps.iter().filter(|step| !step.is_live).collect();
    let unroutable = |step: &Step| match &step.kind {
        Kind::Directive(found) => match &found.mechanism {
            Mechanism::Ip(network) => network.unroutable(),
            _ => None,
        },
        Kind::Modifier(_) => None,
    };
    let mut reasons: Vec<String> = dead
        .iter()
        .map(|step| {
            format!("{:?} stands beside all, which decides first", words::escape(&step.text, MOST_SHOWN))
        })
        .collect();
    for step in branch.steps.iter().filter(|step| step.is_live) {
        if let Some(why) = unroutable(step) {
            reasons.push(format!(
                "{:?} is a {why} network, from which no mail comes in",
                words::escape(&step.text, MOST_SHOWN)
            ));
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let finding = Finding::new(
        Severity::Note,
        format!("idle {}", branch.name),
        "the SPF record has terms that do nothing",
        format!(
            "In the SPF record of {}: {}.",
            words::escape(&branch.name, MOST_SHOWN),
            reasons.iter().take(MOST_FAULTS).cloned().collect::<Vec<_>>().join("; ")
        ),
    );
    let is_whole = record.faults.is_empty() && record.terms.len() == branch.steps.len();
    let kept = branch.steps.iter().filter(|step| step.is_live && unroutable(step).is_none());
    let rest: Vec<&str> = ["v=spf1"].into_iter().chain(kept.map(|step| step.text.as_str())).collect();
    Some(with_line(finding, branch, is_whole.then(|| rest.join(" "))))
}

fn with_line(finding: Finding, branch: &Branch, text: Option<String>) -> Finding {
    match (Name::of_dns(&branch.name), text) {
        (Ok(name), Some(text)) => finding.change(Change::Dns { lines: vec![zone_line(&name, &text)] }),
        _ => finding,
    }
}

/// Faults of one record that are told.
const MOST_FAULTS: usize = 8;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    fn of(record: &str) -> Finding {
        finding(judged_with(check, &format!("example.org TXT {record}")))
    }

    fn line(found: &Finding) -> &str {
        match &found.change {
            Some(Change::Dns { lines }) => &lines[0],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_on_a_good_record_with_modifiers_that_nobody_knows() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        let zone = "example.org TXT v=spf1 mx ra=postmaster rp=100 rr=all -all";
        assert_eq!(judged_with(check, zone), Verdict::Pass);
    }

    #[test]
    fn a_fault_is_an_error_and_a_plain_slip_is_mended() {
        let found = of("v=spf1 mx ip4:2001:db8::/32 -all");
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("for which there is ip6:"), "{}", found.cause);
        assert_eq!(line(&found), "example.org. 3600 IN TXT \"v=spf1 mx ip6:2001:db8::/32 -all\"");
        let found = of("v=spf1 mx nonsense -all");
        assert!(found.cause.contains("no mechanism \"nonsense\""), "{}", found.cause);
        assert_eq!(found.change, None);
    }

    #[test]
    fn more_than_ten_exchangers_of_one_term_are_an_error() {
        let many: String =
            (0..11).map(|number| format!("x.example MX mx{number}.example.org\nmx{number}.example.org A 192.0.2.3\nmx{number}.example.org AAAA 2001:db8::3\n")).collect();
        let found = finding(judged_with(check, &format!("example.org TXT v=spf1 mx:x.example -all\n{many}")));
        assert!(found.cause.contains("11 mail exchangers"), "{}", found.cause);
    }

    #[test]
    fn a_fault_of_others_is_told_with_its_place() {
        let found = finding(judged_with(
            check,
            "example.org TXT v=spf1 include:a.example -all\na.example TXT v=spf1 include:b.example -all\n\
             b.example TXT v=spf1 foo -all",
        ));
        assert!(
            found.cause.contains("b.example, to which example.org leads by way of a.example"),
            "{}",
            found.cause
        );
        assert!(found.cause.contains("Its operator"));
        assert_eq!(found.change, None);
    }

    #[test]
    fn a_mechanism_with_an_equals_sign_is_a_warning() {
        let found = of("v=spf1 ip4=192.0.2.7 mx -all");
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(line(&found), "example.org. 3600 IN TXT \"v=spf1 ip4:192.0.2.7 mx -all\"");
    }

    #[test]
    fn what_does_nothing_is_a_note() {
        let found = of("v=spf1 ip4:10.0.0.0/8 mx -all a ~all redirect=x.example");
        assert_eq!(found.severity, Severity::Note);
        for text in ["private network", "\"a\" stands beside all", "redirect=x.example"] {
            assert!(found.cause.contains(text), "{}", found.cause);
        }
        assert_eq!(line(&found), "example.org. 3600 IN TXT \"v=spf1 mx -all\"");
    }

    #[test]
    fn unknown_where_a_record_cannot_be_told() {
        let zone = "example.org TXT v=spf1 include:x.example -all\nx.example TXT ?";
        assert!(matches!(judged_with(check, zone), Verdict::Unknown(_)));
        assert!(matches!(judged_with(check, "example.org TXT -"), Verdict::NotApplicable(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
