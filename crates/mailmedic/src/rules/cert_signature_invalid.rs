//! A signature in the chain is wrong.

use super::path;
use super::presented::{self, Presented};
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-signature-invalid",
    title: "a signature in the chain is wrong",
    severity: Severity::Error,
    what: "A certificate names an issuer whose certificate is known, but its signature does not fit that key.",
    why: "Either the certificate was damaged or changed, or the issuer's certificate in the chain is another one \
          of the same name: an old intermediate beside a new certificate is the usual case.",
    affected: "all clients that verify refuse",
    fix: "Install the chain file that came with the certificate, not one from an earlier renewal.",
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
    let wrong = &presented.chain.wrong_signatures;
    if wrong.is_empty() {
        return match &presented.chain.trust {
            TrustState::Unknown(why) => Verdict::Unknown(why.clone()),
            _ => Verdict::Pass,
        };
    }
    let called: Vec<String> = wrong.iter().map(|one| path::called_by(presented, one)).collect();
    let cause = format!(
        "The signature on {} does not fit the key of the issuer that is named there: the chain was put together \
         from different certificates, or one was changed.",
        words::list(&called)
    );
    let change = match presented.chain.complete {
        Some(_) => presented.serve_chain(),
        None => presented.renewal(),
    };
    let finding = presented
        .finding("a signature in the chain is wrong", cause)
        .evidence("wrong", wrong.iter().map(ToString::to_string).collect::<Vec<_>>())
        .change(change);
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::TrustState;
    use crate::finding::{Change, Severity, Verdict};
    use crate::sample;

    #[test]
    fn fails_and_proposes_the_known_chain_or_a_new_certificate() {
        let mut sample = sample::healthy().only(993);
        let leaf = sample.leaf().fingerprint;
        sample.diagnosis.chains[0].wrong_signatures = vec![leaf];
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Error);
        assert!(matches!(findings[0].change, Some(Change::ServeChain { .. })));
        sample.diagnosis.chains[0].complete = None;
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert!(matches!(findings[0].change, Some(Change::RenewCertificate { .. })));
    }

    #[test]
    fn passes_right_signatures_and_does_not_guess() {
        let mut sample = sample::healthy();
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.diagnosis.chains[0].trust = TrustState::Unknown("an algorithm cannot be checked".into());
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
