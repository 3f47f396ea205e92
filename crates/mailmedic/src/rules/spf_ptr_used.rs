//! An SPF record asks for the names of clients.

use super::spf_tree::{self, MOST_SHOWN, place};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::records::spf::{Kind, MacroString, Mechanism, Modifier, Term, without, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-ptr-used",
    title: "the SPF record uses ptr",
    severity: Severity::Warning,
    what: "The SPF record has the mechanism ptr or the macro %{p}, which look up the names of the client's address.",
    why: "RFC 7208 says not to publish it: it is slow, burdens servers of the reverse tree, and fails where the client's DNS fails. \
          Some receivers do not evaluate it.",
    affected: "Mail from senders that only ptr names.",
    fix: "Name the senders by ip4, ip6, a or mx instead.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §5.5", "RFC 7208 §7.3"],
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
        let Some((_, record)) = branch.record() else { continue };
        let live = record.live();
        let terms: Vec<&Term> = record.terms.iter().take(live).filter(|term| asks_for_names(term)).collect();
        if terms.is_empty() {
            continue;
        }
        let texts: Vec<String> =
            terms.iter().map(|term| format!("{:?}", words::escape(&term.text, MOST_SHOWN))).collect();
        let is_own = spf.is_own(branch);
        let finding = Finding::new(
            if is_own { Severity::Warning } else { Severity::Note },
            branch.name.clone(),
            "the SPF record uses ptr",
            format!(
                "The SPF record of {} has {}, which looks up the names of the client. Receivers may skip it, and it fails \
                 where the client's reverse DNS does.",
                place(branch, &path),
                words::list(&texts)
            ),
        )
        .hurts("mail from senders that nothing else in the record names");
        let others_stay = terms.iter().all(|term| is_ptr(term));
        findings.push(match Name::of_dns(&branch.name) {
            Ok(name) if is_own && others_stay && record.faults.is_empty() => {
                finding.change(Change::Dns { lines: vec![zone_line(&name, &without(record, is_ptr))] })
            }
            _ => finding,
        });
    }
    spf.verdict(findings)
}

fn is_ptr(term: &Term) -> bool {
    matches!(&term.kind, Kind::Directive(found) if matches!(found.mechanism, Mechanism::Ptr(_)))
}

fn asks_for_names(term: &Term) -> bool {
    let domain: Option<&MacroString> = match &term.kind {
        Kind::Directive(found) => match &found.mechanism {
            Mechanism::Ptr(_) => return true,
            Mechanism::Include(domain) | Mechanism::Exists(domain) => Some(domain),
            Mechanism::A(domain, _) | Mechanism::Mx(domain, _) => domain.as_ref(),
            Mechanism::All | Mechanism::Ip(_) => None,
        },
        Kind::Modifier(Modifier::Redirect(domain)) => Some(domain),
        Kind::Modifier(_) => None,
    };
    domain.is_some_and(MacroString::needs_validated)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    #[test]
    fn passes_without_it() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(judged_with(check, "example.org TXT v=spf1 mx -all ptr"), Verdict::Pass);
    }

    #[test]
    fn a_warning_in_ones_own_record() {
        for record in ["v=spf1 mx ptr -all", "v=spf1 mx ?PTR:example.org -all"] {
            let found = finding(judged_with(check, &format!("example.org TXT {record}")));
            assert_eq!(found.severity, Severity::Warning);
            let line = "example.org. 3600 IN TXT \"v=spf1 mx -all\"".to_owned();
            assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
        }
        let found = finding(judged_with(check, "example.org TXT v=spf1 exists:%{p}.x.example -all"));
        assert_eq!(found.change, None);
    }

    #[test]
    fn a_note_in_that_of_others() {
        let zone = "example.org TXT v=spf1 include:x.example -all\nx.example TXT v=spf1 ptr -all";
        let found = finding(judged_with(check, zone));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("x.example, to which example.org leads"), "{}", found.cause);
    }

    #[test]
    fn unknown_where_a_record_cannot_be_told() {
        let zone = "example.org TXT v=spf1 include:x.example -all\nx.example TXT ?";
        assert!(matches!(judged_with(check, zone), Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
