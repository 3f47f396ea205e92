//! A DKIM key is too weak, or larger than verifiers take.

use super::dkim;
use crate::certificate::weak::{self, Flaw};
use crate::finding::{Case, Change, ChangeKind, Check, Rule, Severity, Verdict};
use crate::records::dkim::{Key, State};

pub(super) static RULE: Rule = Rule {
    id: "dkim-key-weak",
    title: "a DKIM key is too weak",
    severity: Severity::Error,
    what: "The RSA key of a DKIM selector has fewer than 2048 bits, more than the 4096 that verifiers must take, or gives its \
           secret away: by a small factor, primes that lie close together, or the mark of Infineon's library (ROCA).",
    why: "Verifiers must not take signatures by keys below 1024 bits, and whoever works out such a key signs mail as the \
          domain. Keys of 1024 bits are the least that is allowed; 2048 are advised since 2018.",
    affected: "Below 1024 bits, all mail signed with the key; else, whoever trusts the domain's signature.",
    fix: "Make a key of 2048 bits, publish it under a new selector, let the mail server sign with it, and revoke the old one \
          (p=) after a week.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8301 §3.2", "RFC 6376 §3.3.3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    dkim::each(case, |seen, state| {
        let State::Key(record) = state else { return Verdict::NotApplicable("there is no key") };
        let Key::Rsa { bits, numbers } = &record.key else {
            return match record.key {
                Key::Revoked => Verdict::NotApplicable("the key is revoked"),
                _ => Verdict::Pass,
            };
        };
        let subject = seen.subject();
        let flaw = weak::flaw(numbers).map(|flaw| match flaw {
            Flaw::Exponent => "its exponent keeps nothing secret".to_owned(),
            Flaw::SmallFactor(factor) => format!("its modulus can be divided by {factor}"),
            Flaw::ClosePrimes => "its two primes lie close together, so that it is easily divided".to_owned(),
            Flaw::Roca => {
                "it has the mark of Infineon's library, whose keys can be divided (ROCA)".to_owned()
            }
        });
        let (severity, cause) = match (flaw, bits) {
            (_, ..FEWEST_BITS) => (
                seen.severity(Severity::Error, Severity::Warning),
                format!(
                    "{bits} bits are too few: verifiers must not take signatures by {subject}, and it can be worked out \
                     at home."
                ),
            ),
            (Some(flaw), _) => (
                seen.severity(Severity::Error, Severity::Warning),
                format!(
                    "Anybody can work out the private half of {subject}: {flaw}. Then he signs mail as the domain."
                ),
            ),
            (None, FEWEST_BITS..GOOD_BITS) => (
                seen.severity(Severity::Warning, Severity::Note),
                format!("{bits} bits are few for {subject}: 2048 are advised since 2018 (RFC 8301)."),
            ),
            (None, TOO_MANY_BITS..) => (
                seen.severity(Severity::Warning, Severity::Note),
                format!(
                    "{bits} bits are many for {subject}: verifiers need not take more than 4096, and some do not."
                ),
            ),
            (None, _) => return Verdict::Pass,
        };
        let title = format!("the DKIM key of selector {} has {bits} bits", seen.sighting.selector.word);
        let domain = &seen.sighting.selector.domain;
        let line = format!(
            "<new selector>._domainkey.{domain}. 3600 IN TXT \"v=DKIM1; k=rsa; p=<the new public key>\""
        );
        let finding = seen
            .finding(severity, &title, cause)
            .evidence("bits", *bits)
            .change(Change::Dns { lines: vec![line] });
        Verdict::fail(finding)
    })
}

/// Below this verifiers must not take a signature (RFC 8301 §3.2).
const FEWEST_BITS: u32 = 1_024;

/// What RFC 8301 §3.2 advises.
const GOOD_BITS: u32 = 2_048;

/// From here on verifiers may leave a key alone (RFC 8301 §3.2).
const TOO_MANY_BITS: u32 = 4_097;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use num_bigint::BigUint;

    use super::check;
    use crate::certificate::weak::flaw;
    use crate::certificate::weak::tests::{key, prime};
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Depth, DnsType};
    use crate::records::sample::{absent, failed, rsa_spki, txt};
    use crate::rules::tests::{finding, judged_target};

    fn with(text: &str) -> Verdict {
        judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["s1".into()];
            sample.seen.dns.push(txt("s1._domainkey.example.org", &[text]));
        })
    }

    fn record(modulus: &BigUint) -> String {
        format!("v=DKIM1; p={}", rsa_spki(&modulus.to_bytes_be()))
    }

    /// A key of so many bits without a flaw that shows.
    fn of_bits(bits: u64) -> String {
        let start = (BigUint::from(0xC3A5_1235_u32) << (bits - 32)) + 12_345_u32;
        let modulus =
            (0..2_000_u32).map(|step| &start + step * 2).find(|modulus| flaw(&key(modulus)).is_none());
        record(&modulus.unwrap())
    }

    #[test]
    fn passes_from_2048_to_4096_bits_and_with_ed25519() {
        assert_eq!(with(&of_bits(2_048)), Verdict::Pass);
        assert_eq!(with(&of_bits(4_096)), Verdict::Pass);
        assert_eq!(with(&format!("k=ed25519; p={}", STANDARD.encode([7; 32]))), Verdict::Pass);
        assert!(matches!(with("v=DKIM1; p="), Verdict::NotApplicable(_)));
        assert!(matches!(with("v=DKIM1; p=AAAA"), Verdict::NotApplicable(_)));
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_by_size() {
        for (bits, severity) in [
            (512, Severity::Error),
            (1_023, Severity::Error),
            (1_024, Severity::Warning),
            (2_047, Severity::Warning),
            (4_097, Severity::Warning),
        ] {
            let found = finding(with(&of_bits(bits)));
            assert_eq!(found.severity, severity, "{bits}");
            assert!(found.cause.starts_with(&format!("{bits} bits")), "{}", found.cause);
        }
    }

    #[test]
    fn a_key_that_can_be_worked_out_is_an_error_whatever_its_size() {
        let square = prime(1) * prime(1) * prime(2) * prime(2);
        let found = finding(with(&record(&square)));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("private half"), "{}", found.cause);
        let even = finding(with(&record(&(BigUint::from(1_u32) << 2_047))));
        assert!(even.cause.contains("divided by 2"), "{}", even.cause);
    }

    #[test]
    fn a_guess_is_milder() {
        let found = finding(judged_target(check, |sample| {
            sample.seen.depth = Depth::Full;
            let nobody = "mailmedic-asks-for-a-selector-that-nobody-has._domainkey.example.org";
            sample.seen.dns.push(absent(nobody, DnsType::Txt));
            sample.seen.dns.push(txt("default._domainkey.example.org", &[&of_bits(1_024)]));
        }));
        assert_eq!(found.severity, Severity::Note);
    }

    #[test]
    fn unknown_where_dns_failed() {
        let verdict = judged_target(check, |sample| {
            sample.seen.look.selectors = vec!["s1".into()];
            sample.seen.dns.push(failed("s1._domainkey.example.org", DnsType::Txt));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }
}
