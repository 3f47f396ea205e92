//! A wildcard stands where clients do not accept one.

use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-wildcard-misused",
    title: "a wildcard in the certificate does not count",
    severity: Severity::Warning,
    what: "A name in the certificate has its asterisk in a place where clients give it no meaning: inside a \
           label, not in the leftmost one, more than once, or right below a top-level domain.",
    why: "A wildcard is the whole leftmost label and stands for exactly one label; anything else matches nothing.",
    affected: "whoever relies on that name: to mail clients it is not there",
    fix: "Put the names in full into the certificate, or a wildcard as its whole leftmost label.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 9525 §6.3", "RFC 8461 §4.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let leaf = presented.leaf;
    if leaf.names.is_none() && !leaf.problems.is_empty() {
        return Verdict::Unknown("the names in the certificate could not be read".to_owned());
    }
    let odd: Vec<&String> = presented::dns_names(leaf).iter().filter(|name| is_misused(name)).collect();
    if odd.is_empty() {
        return Verdict::Pass;
    }
    let shown: Vec<String> = odd.iter().map(|name| presented::text(name)).collect();
    let verb = if odd.len() == 1 { "matches" } else { "match" };
    let cause = format!(
        "{} in the certificate {verb} no name: a wildcard counts only as the whole leftmost label, above a domain.",
        words::list(&shown)
    );
    let hosts: Vec<String> = presented
        .renewal_names()
        .into_iter()
        .filter(|name| !is_misused(name))
        .chain(presented.at.iter().filter_map(|seen| seen.endpoint.host.name()).map(ToString::to_string))
        .collect();
    let mut names: Vec<String> = Vec::new();
    for host in hosts {
        if !names.contains(&host) {
            names.push(host);
        }
    }
    let finding = presented
        .finding("a wildcard in the certificate does not count", cause)
        .hurts("clients that connect by a name which only this wildcard was meant to cover")
        .evidence("misused", shown)
        .change(crate::finding::Change::RenewCertificate { names });
    presented.fault(finding)
}

/// Returns whether a name has an asterisk that is not its whole leftmost label above two labels.
fn is_misused(name: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => parent.contains('*') || !parent.trim_end_matches('.').contains('.'),
        None => name.contains('*'),
    }
}

#[cfg(test)]
mod tests {
    use super::{check, is_misused};
    use crate::certificate::AlternativeNames;
    use crate::finding::{Change, Verdict};
    use crate::sample;

    #[test]
    fn the_whole_leftmost_label_is_the_only_place() {
        for good in ["*.example.org", "*.mail.example.org", "mail.example.org"] {
            assert!(!is_misused(good), "{good}");
        }
        for odd in
            ["*", "*.org", "*.org.", "ma*.example.org", "*il.example.org", "mail.*.org", "*.*.example.org"]
        {
            assert!(is_misused(odd), "{odd}");
        }
    }

    #[test]
    fn fails_once_for_all_and_proposes_the_names_in_full() {
        let mut sample = sample::healthy();
        let dns = vec!["m*.example.org".into(), "*.org".into(), "www.example.org".into()];
        sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings.len(), 1);
        assert!(findings[0].cause.starts_with("m*.example.org and *.org in the certificate match no name"));
        let names = vec!["www.example.org".into(), "mail.example.org".into()];
        assert_eq!(findings[0].change, Some(Change::RenewCertificate { names }));
    }

    #[test]
    fn passes_without_wildcards_and_does_not_guess_unread_names() {
        let mut sample = sample::healthy();
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.leaf().names = None;
        sample.leaf().problems = vec!["unreadable".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
