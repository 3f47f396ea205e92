//! A certificate has a critical extension that clients do not know.

use super::path;
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-critical-extension-unknown",
    title: "a certificate has a critical extension that clients do not know",
    severity: Severity::Error,
    what: "The server's certificate or an intermediate has an extension marked critical that is none of the usual.",
    why: "A client must refuse a certificate with a critical extension that it does not understand.",
    affected: "all clients that verify refuse",
    fix: "Get a certificate without it, or have the issuer mark it as not critical.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let links = path::links(presented);
    let odd: Vec<_> = links.iter().filter(|link| !link.unknown_critical.is_empty()).collect();
    if odd.is_empty() {
        return if links.iter().any(|link| !link.problems.is_empty()) {
            Verdict::Unknown("the extensions of a certificate could not all be read".to_owned())
        } else {
            Verdict::Pass
        };
    }
    let oids: Vec<String> = odd
        .iter()
        .flat_map(|link| &link.unknown_critical)
        .take(MOST)
        .map(|oid| presented::text(oid))
        .collect();
    let called: Vec<String> = odd.iter().map(|link| path::called(presented, link)).collect();
    let cause = format!(
        "{} {} a critical extension that clients do not know ({}); they must refuse it.",
        path::capital(&words::list(&called)),
        if called.len() == 1 { "has" } else { "have" },
        words::list(&oids)
    );
    let finding = presented
        .finding("a certificate has a critical extension that clients do not know", cause)
        .evidence("extensions", oids)
        .change(presented.renewal());
    presented.identity_fault(finding)
}

/// So many extensions are told.
const MOST: usize = 20;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::sample;

    #[test]
    fn fails_in_the_leaf_and_in_an_intermediate() {
        for (place, start) in [(0, "The certificate has"), (1, "The intermediate \"R99\" has")] {
            let mut sample = sample::healthy();
            assert_eq!(sample.chains(check), [Verdict::Pass]);
            let fingerprint = sample.diagnosis.chains[0].served[place];
            sample.diagnosis.certificates.get_mut(&fingerprint).unwrap().unknown_critical =
                vec!["1.2.3.4".into()];
            let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
            assert!(findings[0].cause.starts_with(start));
        }
    }

    #[test]
    fn unknown_when_the_extensions_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().problems = vec!["an extension cannot be read".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
