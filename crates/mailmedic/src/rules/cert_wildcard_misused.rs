//! A wildcard stands where clients do not accept one.

use super::presented::{self, Presented};
use super::weigh;
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::identity::{self, Identity, is_misplaced_wildcard as is_misused};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-wildcard-misused",
    title: "a wildcard in the certificate does not count",
    severity: Severity::Error,
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
    let needed = needed(presented);
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
    if needed.is_empty() {
        return presented.fault(finding);
    }
    weigh::identity_fault(presented.case, &needed, finding)
}

/// Returns the endpoints whose name only such a wildcard was meant to cover.
fn needed<'a>(presented: &Presented<'a>) -> Vec<&'a EndpointObservation> {
    let told = presented.at.iter().copied().filter(|seen| !presented::is_guess(seen));
    let is_meant = |seen: &&EndpointObservation| match identity::identify(presented.leaf, &seen.endpoint.host)
    {
        Identity::WildcardMisused(name) => is_misused(&name),
        _ => false,
    };
    told.filter(is_meant).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::AlternativeNames;
    use crate::finding::{Change, Severity, Verdict};
    use crate::sample;

    #[test]
    fn one_that_nobody_needs_is_a_warning() {
        let mut sample = sample::healthy();
        let dns = vec!["m*.example.org".into(), "mail.example.org".into()];
        sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!((findings.len(), findings[0].severity), (1, Severity::Warning));
    }

    #[test]
    fn fails_once_for_all_and_proposes_the_names_in_full() {
        let mut sample = sample::healthy();
        let dns = vec!["m*.example.org".into(), "*.org".into(), "www.example.org".into()];
        sample.leaf().names = Some(AlternativeNames { dns, ..AlternativeNames::default() });
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        // One for each endpoint, and one cause.
        assert_eq!(findings.len(), 7);
        assert!(findings.iter().all(|one| one.key == findings[0].key && one.cause == findings[0].cause));
        assert_eq!(findings[0].severity, Severity::Warning);
        assert_eq!(findings[6].severity, Severity::Error);
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
