//! An intermediate on the way to the root may not issue certificates.

use super::path;
use super::presented::{self, Presented};
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "chain-intermediate-invalid",
    title: "an intermediate certificate may not issue certificates",
    severity: Severity::Error,
    what: "A certificate that signed another one in the chain is no CA, or its usages do not allow it to sign \
           certificates for TLS servers.",
    why: "If clients accepted that, whoever has any certificate could issue others.",
    affected: "all clients that verify refuse",
    fix: "Issue the intermediate again with basicConstraints CA:TRUE and keyUsage keyCertSign, then the server's \
          certificate; or get one from a public issuer.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.2.1.9", "RFC 5280 §4.2.1.3", "RFC 5280 §6.1.4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let chain = presented.chain;
    if chain.invalid_intermediates.is_empty() {
        return match &chain.trust {
            TrustState::Unknown(why) => Verdict::Unknown(why.clone()),
            _ => Verdict::Pass,
        };
    }
    let told: Vec<String> = chain
        .invalid_intermediates
        .iter()
        .map(|(one, why)| {
            format!(
                "{} may not issue certificates: {}",
                path::called_by(presented, one),
                presented::text(why)
            )
        })
        .collect();
    let fingerprints: Vec<String> =
        chain.invalid_intermediates.iter().map(|(one, _)| one.to_string()).collect();
    let finding = presented
        .finding(
            "an intermediate certificate may not issue certificates",
            format!("{}.", path::capital(&words::list(&told))),
        )
        .evidence("intermediates", fingerprints)
        .change(presented.renewal());
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::TrustState;
    use crate::finding::{Severity, Verdict};
    use crate::sample;

    #[test]
    fn fails_with_the_reason() {
        let mut sample = sample::healthy().only(993);
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        let bad = sample.diagnosis.chains[0].served[1];
        sample.diagnosis.chains[0].invalid_intermediates = vec![(bad, "it is no CA".into())];
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Error);
        assert_eq!(findings[0].cause, "The intermediate \"R99\" may not issue certificates: it is no CA.");
    }

    #[test]
    fn unknown_when_no_path_could_be_checked() {
        let mut sample = sample::healthy();
        sample.diagnosis.chains[0].trust = TrustState::Unknown("an algorithm cannot be checked".into());
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
