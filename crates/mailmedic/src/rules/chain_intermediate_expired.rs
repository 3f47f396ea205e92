//! An intermediate on the way to the root is past its end, or before its start.

use super::presented::{self, Presented};
use super::{clock, path};
use crate::certificate::Certificate;
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "chain-intermediate-expired",
    title: "an intermediate certificate has expired",
    severity: Severity::Error,
    what: "An intermediate that links the server's certificate to a root is past the end of its validity (or \
           before its start).",
    why: "A chain is as good as its weakest link. Most issuers have a newer intermediate with the same key, so \
          that only the chain file is old.",
    affected: "Thunderbird, Apple Mail, Outlook and K-9 refuse or warn, unless they know a newer intermediate.",
    fix: "Install the issuer's current chain file; if there is none, renew the certificate.",
    change: Some(ChangeKind::ServeChain),
    references: &["RFC 5280 §6.1.3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let chain = presented.chain;
    if chain.out_of_date_intermediates.is_empty() {
        if let Some(root) = path::outdated_root(presented) {
            return told_of_root(presented, root);
        }
        return match &chain.trust {
            TrustState::Unknown(why) => Verdict::Unknown(why.clone()),
            _ => Verdict::Pass,
        };
    }
    let certificates = &presented.case.diagnosis.certificates;
    let mut old = chain
        .out_of_date_intermediates
        .iter()
        .map(|old| clock::excuse(presented.case, certificates.get(old)?));
    if let Some(Some(open)) = old.next()
        && old.all(|one| one.is_some())
    {
        return open;
    }
    let now = presented.case.now;
    let mut told = Vec::new();
    for fingerprint in &chain.out_of_date_intermediates {
        let called = path::called_by(presented, fingerprint);
        let certificate = presented.case.diagnosis.certificates.get(fingerprint);
        told.push(match certificate.map(|one| (one.not_before, one.not_after)) {
            Some((_, Some(end))) if end < now => {
                format!("{called} ended on {}, {} ago", words::time(end), words::span(end, now))
            }
            Some((Some(start), _)) if start > now => {
                format!("{called} begins only on {}", words::time(start))
            }
            _ => format!("{called} is out of date"),
        });
    }
    let usable = chain
        .complete
        .as_ref()
        .is_some_and(|complete| !chain.out_of_date_intermediates.iter().any(|old| complete.contains(old)));
    let (advice, change) = if usable {
        (" A valid one is known: only the chain file is old.", presented.serve_chain())
    } else {
        ("", presented.renewal())
    };
    let cause = format!("{}.{advice}", path::capital(&words::list(&told)));
    let fingerprints: Vec<String> = chain.out_of_date_intermediates.iter().map(ToString::to_string).collect();
    let finding = presented
        .finding("an intermediate certificate has expired", cause)
        .evidence("intermediates", fingerprints)
        .change(change);
    presented.identity_fault(finding)
}

/// Tells that the root itself is out of date, which a new chain file cannot help.
fn told_of_root(presented: &Presented<'_>, root: &Certificate) -> Verdict {
    let when = match root.not_after.filter(|end| *end < presented.case.now) {
        Some(end) => format!("ended on {}, {} ago", words::time(end), words::span(end, presented.case.now)),
        None => "has not begun yet".to_owned(),
    };
    let cause = format!(
        "The root \"{}\", which the chain leads to, {when}. It is still in lists of roots, and some clients go on with it.",
        presented::title(root)
    );
    let finding = presented
        .finding("the root of the chain has expired", cause)
        .evidence("root", root.fingerprint.to_string())
        .change(presented.renewal());
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::diagnosis::{Fault, FaultKind, TrustState};
    use crate::finding::{Change, Verdict};
    use crate::sample;

    #[test]
    fn fails_with_the_date_and_prefers_a_chain_that_is_known_to_be_good() {
        let mut sample = sample::healthy();
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        let old = sample.diagnosis.chains[0].served[1];
        sample.diagnosis.certificates.get_mut(&old).unwrap().not_after =
            Some(sample::now() - Span::new().hours(72));
        sample.diagnosis.chains[0].out_of_date_intermediates = vec![old];
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert!(
            findings[0]
                .cause
                .starts_with("The intermediate \"R99\" ended on 2026-11-18 12:00 UTC, 3 days ago.")
        );
        assert!(matches!(findings[0].change, Some(Change::RenewCertificate { .. })));
        let leaf = sample.leaf().fingerprint;
        sample.diagnosis.chains[0].complete = Some(vec![leaf]);
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert!(matches!(findings[0].change, Some(Change::ServeChain { .. })));
    }

    #[test]
    fn a_root_past_its_end_is_told_as_such() {
        let mut sample = sample::healthy().only(993);
        let root = sample.diagnosis.chains[0].ways[0].certificates[2];
        sample.diagnosis.anchors.get_mut(&root).unwrap().not_after =
            Some(sample::now() - Span::new().hours(72));
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.diagnosis.chains[0].ways[0].faults = vec![Fault { at: 2, kind: FaultKind::Expired }];
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert!(
            findings[0].cause.starts_with("The root \"Sample Root\", which the chain leads to, ended on")
        );
    }

    #[test]
    fn unknown_when_no_path_could_be_checked() {
        let mut sample = sample::healthy();
        sample.diagnosis.chains[0].trust = TrustState::Unknown("an algorithm cannot be checked".into());
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
