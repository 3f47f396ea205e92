//! A key in the chain is too small or of a kind that clients refuse.

use super::path;
use super::presented::{self, Presented};
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::policy::Policy;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-key-weak",
    title: "a key in the chain is too weak",
    severity: Severity::Error,
    what: "The key of the server's certificate, or of an intermediate, is smaller than is safe (RSA below 2048 \
           bits, curves below 224), or of a kind that mail clients do not accept (DSA, unusual curves).",
    why: "Small keys can be broken by a computation that is within reach, and then anybody can stand in the \
          server's place. Libraries refuse them in the handshake, so that even opportunistic senders lose TLS.",
    affected: "Thunderbird, Apple Mail and Outlook refuse; OpenSSL on Debian and Ubuntu breaks off the handshake.",
    fix: "Make a new key (ECDSA P-256 or RSA 2048) and get a certificate for it.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 9325 §4.5", "CA/Browser Forum Baseline Requirements §6.1.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let links = path::links(presented);
    let weak: Vec<(&Certificate, String)> =
        links.iter().filter_map(|link| Some((*link, weakness(&link.key, presented.case.policy)?))).collect();
    if weak.is_empty() {
        return if links.iter().any(|link| link.key == PublicKey::Unreadable) {
            Verdict::Unknown("a key in the chain could not be read".to_owned())
        } else {
            Verdict::Pass
        };
    }
    let reasons: Vec<String> = weak
        .iter()
        .map(|(link, reason)| {
            format!("{} has the key {}: {reason}", path::called(presented, link), presented::key(link))
        })
        .collect();
    let cause = format!("{}.", path::capital(&words::list(&reasons)));
    let finding = presented
        .finding(
            format!("{} has a weak key: {}", path::called(presented, weak[0].0), presented::key(weak[0].0)),
            cause,
        )
        .evidence("keys", weak.iter().map(|(link, _)| presented::key(link)).collect::<Vec<_>>())
        .evidence("weak", weak.iter().map(|(link, _)| link.fingerprint.to_string()).collect::<Vec<_>>())
        .change(presented.renewal());
    presented.identity_fault(finding)
}

/// Says what is wrong with a key.
fn weakness(key: &PublicKey, policy: &Policy) -> Option<String> {
    match key {
        PublicKey::Rsa { bits } if *bits < policy.rsa_bits => {
            Some(format!("at least {} bits are asked", policy.rsa_bits))
        }
        PublicKey::Ec { bits, .. } if *bits < policy.curve_bits => {
            Some(format!("at least {} bits are asked", policy.curve_bits))
        }
        PublicKey::Ec { curve, .. } if !USUAL_CURVES.contains(&curve.as_str()) => {
            Some("mail clients know only the curves P-256, P-384 and P-521".to_owned())
        }
        PublicKey::Other(name) if name == "Ed25519" || name == "Ed448" => {
            Some(format!("Thunderbird, Apple Mail and Outlook know no {name} in certificates"))
        }
        PublicKey::Other(name) if name.to_ascii_lowercase().starts_with("dsa") => {
            Some("DSA is gone from TLS 1.3 and from all clients".to_owned())
        }
        _ => None,
    }
}

/// The curves of public certificates, by their names in IANA's registry and in SEC 2 and X9.62.
const USUAL_CURVES: [&str; 7] =
    ["secp256r1", "prime256v1", "P-256", "secp384r1", "P-384", "secp521r1", "P-521"];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::PublicKey;
    use crate::finding::Verdict;
    use crate::sample::{self, Sample};

    fn with(place: usize, key: PublicKey) -> Sample {
        let mut sample = sample::healthy();
        let fingerprint = sample.diagnosis.chains[0].served[place];
        sample.diagnosis.certificates.get_mut(&fingerprint).unwrap().key = key;
        sample
    }

    fn ec(curve: &str, bits: u32) -> PublicKey {
        PublicKey::Ec { curve: curve.into(), bits }
    }

    #[test]
    fn passes_what_clients_accept() {
        for key in [PublicKey::Rsa { bits: 2048 }, ec("secp256r1", 256), ec("secp521r1", 521)] {
            assert_eq!(with(0, key).chains(check), [Verdict::Pass]);
        }
    }

    #[test]
    fn fails_one_bit_below_and_for_odd_kinds() {
        for key in [
            PublicKey::Rsa { bits: 2047 },
            ec("secp192r1", 192),
            ec("brainpoolP256r1", 256),
            ec("explicit parameters", 256),
            PublicKey::Other("DSA".into()),
            PublicKey::Other("Ed25519".into()),
            PublicKey::Other("Ed448".into()),
        ] {
            assert!(matches!(with(0, key.clone()).chains(check)[..], [Verdict::Fail(_)]), "{key:?}");
        }
        let Verdict::Fail(findings) = with(1, PublicKey::Rsa { bits: 1024 }).chains(check).remove(0) else {
            panic!()
        };
        assert!(findings[0].cause.starts_with("The intermediate \"R99\" has the key RSA 1024"));
    }

    #[test]
    fn unknown_when_a_key_cannot_be_read() {
        assert!(matches!(with(0, PublicKey::Unreadable).chains(check)[..], [Verdict::Unknown(_)]));
    }
}
