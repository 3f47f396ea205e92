//! A domain has several SPF records.

use super::spf_tree::{self, MOST_SHOWN, place};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::records::spf::{Found, merged, zone_line};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "spf-multiple",
    title: "there are several SPF records",
    severity: Severity::Error,
    what: "A domain publishes more than one TXT record that begins with \"v=spf1\", itself or where its record leads.",
    why: "Receivers do not choose between them: the result is a permanent error for every sender, as if there were no record, \
          and some refuse the mail.",
    affected: "All mail of the domain.",
    fix: "Join them to one record: everything that they name, and one all at the end. Other TXT records may stay.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 7208 §3.2", "RFC 7208 §4.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let spf = match spf_tree::any(case) {
        Ok(spf) => spf,
        Err(verdict) => return verdict,
    };
    let mut findings = Vec::new();
    for (branch, path) in spf.tree.branches() {
        let Found::Several(texts) = &branch.found else { continue };
        let one = merged(texts);
        let superfluous: Vec<String> = texts
            .iter()
            .filter(|text| **text != one)
            .map(|text| format!("{:?}", words::escape(text, 500)))
            .collect();
        let todo = match superfluous.as_slice() {
            _ if !spf.is_own(branch) => " Its operator must join them; until then, leave it out.".to_owned(),
            [] => " Delete all but one of them; other TXT records may stay.".to_owned(),
            list => format!(
                " Delete {}, so that only the one below is left; other TXT records may stay.",
                words::list(list)
            ),
        };
        let mut finding = Finding::new(
            Severity::Error,
            branch.name.clone(),
            "there are several SPF records",
            format!(
                "There are {} SPF records at {}. Receivers choose none of them: the result is a permanent error.{todo}",
                texts.len(),
                place(branch, &path)
            ),
        )
        .hurts("receivers that refuse or distrust mail with such an error")
        .evidence("records", texts.iter().map(|text| words::escape(text, 10 * MOST_SHOWN)).collect::<Vec<_>>());
        if let Ok(name) = Name::of_dns(&branch.name)
            && spf.is_own(branch)
        {
            finding = finding.change(Change::Dns { lines: vec![zone_line(&name, &one)] });
        }
        findings.push(finding);
    }
    spf.verdict(findings)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::rules::spf_tree::tests::judged_with;
    use crate::rules::tests::{finding, judged_target};

    #[test]
    fn passes_on_one_record() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert!(matches!(judged_with(check, "example.org TXT -"), Verdict::NotApplicable(_)));
    }

    #[test]
    fn two_are_merged_and_those_to_delete_are_named() {
        let found = finding(judged_with(
            check,
            "example.org TXT v=spf1 mx ~all\nexample.org TXT v=spf1 include:_spf.example.net -all\nexample.org TXT other",
        ));
        assert_eq!(found.severity, Severity::Error);
        for text in ["2 SPF records", "\"v=spf1 mx ~all\"", "\"v=spf1 include:_spf.example.net -all\""] {
            assert!(found.cause.contains(text), "{}", found.cause);
        }
        let line = "example.org. 3600 IN TXT \"v=spf1 mx include:_spf.example.net -all\"".to_owned();
        assert_eq!(found.change, Some(Change::Dns { lines: vec![line] }));
    }

    #[test]
    fn what_says_all_stays() {
        let found =
            finding(judged_with(check, "example.org TXT v=spf1 mx -all\nexample.org TXT v=spf1 -all"));
        assert!(found.cause.contains("Delete \"v=spf1 -all\", so"), "{}", found.cause);
        let found =
            finding(judged_with(check, "example.org TXT v=spf1 mx -all\nexample.org TXT v=spf1 mx -all"));
        assert!(found.cause.contains("all but one"), "{}", found.cause);
    }

    #[test]
    fn those_of_others_are_told_without_a_line_to_publish() {
        let found = finding(judged_with(
            check,
            "example.org TXT v=spf1 include:_spf.example.net -all\n\
             _spf.example.net TXT v=spf1 -all\n_spf.example.net TXT v=spf1 +all",
        ));
        assert!(found.cause.contains("_spf.example.net, to which example.org leads"), "{}", found.cause);
        assert_eq!(found.change, None);
    }

    #[test]
    fn unknown_where_it_cannot_be_told() {
        assert!(matches!(judged_with(check, "example.org TXT ?"), Verdict::Unknown(_)));
        let zone = "example.org TXT v=spf1 include:x.example -all\nx.example TXT ?";
        assert!(matches!(judged_with(check, zone), Verdict::Unknown(why) if why.contains("x.example")));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
