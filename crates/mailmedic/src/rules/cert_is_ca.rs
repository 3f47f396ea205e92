//! The server presents the certificate of a CA as its own.

use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-is-ca",
    title: "the server's certificate is that of a CA",
    severity: Severity::Error,
    what: "The certificate that the server presents as its own may issue others (basicConstraints says CA).",
    why: "Who steals a mail server's key could then issue certificates for any name that clients accept through \
          it; strict clients refuse to take such a certificate for a server.",
    affected: "Thunderbird and programs in Rust refuse; OpenSSL, GnuTLS and Java accept.",
    fix: "Issue a certificate for the server alone (basicConstraints CA:FALSE), and keep the CA's key elsewhere.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.2.1.9", "CA/Browser Forum Baseline Requirements §7.1.2.7"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let leaf = presented.leaf;
    match leaf.is_ca {
        // Tools make self-signed certificates so; what is wrong is that it is self-signed.
        Some(true) if presented.is_self_made() => {
            return Verdict::NotApplicable("it is self-signed: cert-self-signed judges it");
        }
        Some(true) => {}
        None if !leaf.problems.is_empty() => {
            return Verdict::Unknown("the extensions of the certificate could not all be read".to_owned());
        }
        _ => return Verdict::Pass,
    }
    let cause = format!(
        "The certificate \"{}\", which {}, may issue others (CA:TRUE).",
        presented::title(leaf),
        presented.by_source("the server presents as its own", "stands as the server's own in the file")
    );
    let finding =
        presented.finding("the server's certificate is that of a CA", cause).change(presented.renewal());
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::diagnosis::TrustState;
    use crate::finding::Verdict;
    use crate::sample;

    #[test]
    fn only_a_ca_fails() {
        for (is_ca, fails) in [(None, false), (Some(false), false), (Some(true), true)] {
            let mut sample = sample::healthy();
            sample.leaf().is_ca = is_ca;
            assert_eq!(matches!(sample.chains(check)[..], [Verdict::Fail(_)]), fails);
        }
    }

    #[test]
    fn self_signed_ones_are_for_another_rule() {
        let mut sample = sample::healthy();
        sample.leaf().is_ca = Some(true);
        sample.diagnosis.chains[0].trust = TrustState::SelfSigned;
        assert!(matches!(sample.chains(check)[..], [Verdict::NotApplicable(_)]));
    }

    #[test]
    fn unknown_when_the_extensions_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().is_ca = None;
        sample.leaf().problems = vec!["an extension cannot be read".into()];
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
