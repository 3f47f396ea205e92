//! The private key of a certificate is known, or can be worked out.

use super::path;
use super::presented::{self, Presented};
use crate::certificate::weak::{self, Flaw};
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-key-known",
    title: "the private key is known or can be worked out",
    severity: Severity::Error,
    what: "The RSA key of the server's certificate, or of an intermediate, gives its secret away: it has the mark of \
           Infineon's library (ROCA), a small factor, two primes that lie close together, an exponent of 1 or an even \
           one, a prime that another key of the same run has too, or it stands in a list of known keys given with \
           --weak-key-list. mailmedic brings no such list along: Debian's weak keys of 2008 (package \
           openssl-blacklist, or any list of that form) are found only with one.",
    why: "Whoever works out the private key can stand in the server's place, and read what was sent without forward \
          secrecy. No client notices.",
    affected: "everybody who connects, without a sign of it",
    fix: "Make a new key with a current OpenSSL on a machine with enough randomness, and get a certificate for it; \
          have the old one revoked.",
    change: Some(ChangeKind::RenewCertificate),
    references: &[
        "CVE-2008-0166",
        "CVE-2017-15361",
        "CVE-2022-26320",
        "CA/Browser Forum Baseline Requirements §6.1.1.3",
        "Heninger et al., Mining Your Ps and Qs, 2012",
    ],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let links = path::links(presented);
    let known: Vec<(&Certificate, String)> =
        links.iter().filter_map(|link| Some((*link, reason(presented, link)?))).collect();
    let Some((first, _)) = known.first() else {
        let is_rsa = matches!(presented.leaf.key, PublicKey::Rsa { .. });
        return if links.iter().any(|link| link.key == PublicKey::Unreadable) {
            Verdict::Unknown("a key in the chain could not be read".to_owned())
        } else if is_rsa && presented.case.known.more_moduli {
            let why = format!("only {} keys of the run were compared for common primes", weak::MOST_MODULI);
            Verdict::Unknown(why)
        } else {
            Verdict::Pass
        };
    };
    let title = format!("the private key of {} can be worked out", path::called(presented, first));
    let reasons: Vec<String> = known
        .iter()
        .map(|(link, reason)| format!("The key of {} {reason}", path::called(presented, link)))
        .collect();
    let cause = format!("{}. Whoever has it can stand in the server's place.", reasons.join(". "));
    let finding = presented
        .finding(title, cause)
        .evidence("keys", known.iter().map(|(link, _)| presented::key(link)).collect::<Vec<_>>())
        .evidence("known", known.iter().map(|(link, _)| link.fingerprint.to_string()).collect::<Vec<_>>())
        .change(presented.renewal());
    presented.identity_fault(finding)
}

/// Says how the key of a certificate is known, in words that follow "the key".
fn reason(presented: &Presented<'_>, certificate: &Certificate) -> Option<String> {
    let key = certificate.rsa_key()?;
    let known = presented.case.known;
    if known.lists.weak_keys.as_ref().is_some_and(|list| list.has(&key)) {
        return Some("stands in the given list of known keys".to_owned());
    }
    if let Some(others) = known.shared_primes.get(&key.modulus) {
        let whose = if others.is_empty() { "another one".to_owned() } else { words::list(others) };
        return Some(format!("shares a prime with that of {whose}, so that both can be divided"));
    }
    weak::flaw(&key).map(|flaw| match flaw {
        Flaw::Exponent => "has an exponent with which nothing stays secret".to_owned(),
        Flaw::SmallFactor(factor) => format!("can be divided by {factor}"),
        Flaw::ClosePrimes => {
            "has two primes that lie close together, which makes it easy to divide".to_owned()
        }
        Flaw::Roca => {
            "has the mark of Infineon's library, which made keys that can be divided (ROCA, CVE-2017-15361)"
                .to_owned()
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use num_bigint::BigUint;

    use super::check;
    use crate::certificate::weak::WeakKeys;
    use crate::certificate::weak::tests::prime;
    use crate::certificate::{Certificate, PublicKey};
    use crate::finding::{Severity, Verdict};
    use crate::sample::{self, Sample};

    /// A sample in which the certificate at this place of the chain has this modulus.
    fn with(place: usize, modulus: &BigUint) -> Sample {
        let mut sample = sample::healthy().only(993);
        let read = Certificate::read(&sample::rsa_certificate(&modulus.to_bytes_be()));
        let fingerprint = sample.diagnosis.chains[0].served[place];
        let certificate = sample.diagnosis.certificates.get_mut(&fingerprint).unwrap();
        (certificate.key, certificate.spki_der) = (read.key, read.spki_der);
        sample
    }

    fn cause(sample: &Sample) -> String {
        match sample.chains(check).remove(0) {
            Verdict::Fail(findings) => {
                assert_eq!(findings[0].severity, Severity::Error);
                findings[0].cause.clone()
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_honest_key_passes_and_a_divisible_one_fails_in_each_place() {
        let good = prime(51) * prime(52);
        assert_eq!(sample::healthy().chains(check), [Verdict::Pass]);
        assert_eq!(with(0, &good).chains(check), [Verdict::Pass]);
        let bad = &good * 7_u32;
        assert!(cause(&with(0, &bad)).starts_with("The key of the certificate can be divided by 7."));
        assert!(
            cause(&with(1, &bad)).starts_with("The key of the intermediate \"R99\" can be divided by 7.")
        );
    }

    #[test]
    fn a_list_and_the_other_keys_of_the_run_count() {
        let good = prime(51) * prime(52);
        let mut sample = with(0, &good);
        sample.known.lists.weak_keys = Some(Arc::new(WeakKeys::read("00005890bc78bcbee3ca").unwrap()));
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        let modulus = good.to_bytes_be();
        let text: String = modulus.iter().map(|byte| format!("{byte:02X}")).collect();
        let text = format!("Modulus={}\n", text.trim_start_matches('0'));
        let sha1 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        let digits: String = sha1.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        sample.known.lists.weak_keys = Some(Arc::new(WeakKeys::read(&digits[20..]).unwrap()));
        assert!(cause(&sample).contains("stands in the given list"));
        let mut sample = with(0, &good);
        sample.known.shared_primes.insert(modulus, vec!["router.example.net".into()]);
        assert!(cause(&sample).contains("shares a prime with that of router.example.net"));
    }

    #[test]
    fn unknown_when_a_key_cannot_be_read_or_was_not_compared() {
        let mut sample = with(0, &(prime(51) * prime(52)));
        sample.known.more_moduli = true;
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
        sample.leaf().key = PublicKey::Ec { curve: "secp256r1".into(), bits: 256 };
        assert_eq!(sample.chains(check), [Verdict::Pass]);
        sample.leaf().key = PublicKey::Unreadable;
        assert!(matches!(sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
