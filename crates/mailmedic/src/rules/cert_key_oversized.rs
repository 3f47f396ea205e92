//! The key is larger than it is good for.

use super::presented::{self, Presented};
use crate::certificate::PublicKey;
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "cert-key-oversized",
    title: "the key is larger than it is good for",
    severity: Severity::Warning,
    what: "The RSA key of the certificate has more than 4096 bits, or its elliptic curve is P-521.",
    why: "Each doubling makes a handshake about six times as costly for the server and adds nothing that the \
          issuers above, with their smaller keys, would not undo. Some clients refuse more than 8192 bits.",
    affected: "busy servers; beyond 8192 bits, and with P-521, also clients that refuse",
    fix: "Make a new key (ECDSA P-256 or RSA 2048) and get a certificate for it.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 9325 §4.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let bits = match &presented.leaf.key {
        PublicKey::Rsa { bits } => *bits,
        PublicKey::Ec { curve, .. } if curve == "secp521r1" => return large_curve(presented),
        PublicKey::Unreadable => return Verdict::Unknown("the key could not be read".to_owned()),
        PublicKey::Ec { .. } | PublicKey::Other(_) => return Verdict::NotApplicable("it is no RSA key"),
    };
    if bits <= presented.case.policy.rsa_bits_oversized {
        return Verdict::Pass;
    }
    let refused = bits > MOST_ACCEPTED;
    let cause = format!(
        "The certificate has an RSA key of {bits} bits{}: each handshake costs many times what one with 2048 bits \
         costs, for no gain.",
        if refused { ", more than some clients accept" } else { "" }
    );
    let mut finding = presented
        .finding(format!("the RSA key has {bits} bits"), cause)
        .evidence("bits", bits)
        .change(presented.renewal());
    finding.severity = if refused { Severity::Warning } else { Severity::Note };
    presented.fault(finding)
}

/// Programs on aws-lc or ring refuse larger keys.
/// Chrome's and Android's library offers no signatures of P-521 in a handshake, and Mozilla's root policy (§5.1)
/// forbids it below public roots.
fn large_curve(presented: &Presented<'_>) -> Verdict {
    let cause = "The certificate has a key on the curve P-521: some clients, those with BoringSSL among them, take only \
                 P-256 and P-384, which are strong enough.";
    let mut finding = presented
        .finding("the key is on the curve P-521", cause)
        .evidence("curve", "secp521r1")
        .change(presented.renewal());
    finding.severity = Severity::Note;
    presented.fault(finding)
}

const MOST_ACCEPTED: u32 = 8192;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::PublicKey;
    use crate::finding::{Severity, Verdict};
    use crate::sample;

    fn verdict(key: PublicKey) -> Verdict {
        let mut sample = sample::healthy();
        sample.leaf().key = key;
        sample.chains(check).remove(0)
    }

    fn severity(bits: u32) -> Option<Severity> {
        match verdict(PublicKey::Rsa { bits }) {
            Verdict::Fail(findings) => Some(findings[0].severity),
            _ => None,
        }
    }

    #[test]
    fn weighs_by_size() {
        assert_eq!(severity(4096), None);
        assert_eq!(severity(4097), Some(Severity::Note));
        assert_eq!(severity(8192), Some(Severity::Note));
        assert_eq!(severity(8193), Some(Severity::Warning));
    }

    #[test]
    fn other_keys_do_not_count_and_unread_ones_are_unknown() {
        let curve = PublicKey::Ec { curve: "secp256r1".into(), bits: 256 };
        assert!(matches!(verdict(curve), Verdict::NotApplicable(_)));
        assert!(matches!(verdict(PublicKey::Unreadable), Verdict::Unknown(_)));
        let curve = PublicKey::Ec { curve: "secp521r1".into(), bits: 521 };
        let Verdict::Fail(findings) = verdict(curve) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Note);
    }
}
