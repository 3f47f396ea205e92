//! A certificate is signed over a hash that can be forged.

use super::path;
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-signature-weak",
    title: "a certificate is signed with SHA-1, MD5 or MD2",
    severity: Severity::Error,
    what: "The signature on the server's certificate, or on an intermediate, is over a hash for which two texts \
           with the same value can be made.",
    why: "Such a signature can be carried over to a forged certificate; clients stopped accepting it years ago.",
    affected: "Thunderbird, Apple Mail, Outlook and Java refuse; OpenSSL refuses at its usual level.",
    fix: "Get a new certificate; every public issuer signs with SHA-256 or better.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 9155", "RFC 6151", "CA/Browser Forum Baseline Requirements §7.1.3.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let links = path::links(presented);
    let weak: Vec<_> = links
        .iter()
        .copied()
        .filter(|link| link.signature.hash.as_deref().is_some_and(|hash| BROKEN.contains(&hash)))
        .collect();
    if weak.is_empty() {
        return match links.iter().find(|link| link.signature.name.is_empty()) {
            Some(_) => Verdict::Unknown("the algorithm of a signature could not be read".to_owned()),
            None => Verdict::Pass,
        };
    }
    let called: Vec<String> = weak
        .iter()
        .map(|link| format!("{} ({})", path::called(presented, link), presented::text(&link.signature.name)))
        .collect();
    let cause = format!(
        "{} {} signed over a hash that can be forged.",
        path::capital(&words::list(&called)),
        if weak.len() == 1 { "is" } else { "are" }
    );
    let algorithms: Vec<String> = weak.iter().map(|link| presented::text(&link.signature.name)).collect();
    let finding = presented
        .finding(format!("{} has a weak signature", path::called(presented, weak[0])), cause)
        .evidence("algorithms", algorithms)
        .evidence("weak", weak.iter().map(|link| link.fingerprint.to_string()).collect::<Vec<_>>())
        .change(presented.renewal());
    presented.identity_fault(finding)
}

/// Hashes for which collisions are made.
const BROKEN: [&str; 4] = ["md2", "md4", "md5", "sha1"];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::SignatureAlgorithm;
    use crate::finding::Verdict;
    use crate::sample::{self, Sample};

    fn signed(place: usize, name: &str, hash: Option<&str>) -> Sample {
        let mut sample = sample::healthy();
        let fingerprint = sample.diagnosis.chains[0].served[place];
        sample.diagnosis.certificates.get_mut(&fingerprint).unwrap().signature =
            SignatureAlgorithm { name: name.into(), hash: hash.map(str::to_owned) };
        sample
    }

    #[test]
    fn sha224_passes_and_sha1_fails() {
        assert_eq!(signed(0, "sha224WithRSAEncryption", Some("sha224")).chains(check), [Verdict::Pass]);
        let Verdict::Fail(findings) =
            signed(0, "sha1WithRSAEncryption", Some("sha1")).chains(check).remove(0)
        else {
            panic!()
        };
        assert!(findings[0].cause.starts_with("The certificate (sha1WithRSAEncryption) is signed"));
    }

    #[test]
    fn an_intermediate_counts_and_a_root_does_not() {
        let mut sample = signed(1, "sha1WithRSAEncryption", Some("sha1"));
        let Verdict::Fail(findings) = sample.chains(check).remove(0) else { panic!() };
        assert!(findings[0].cause.starts_with("The intermediate \"R99\""));
        sample.diagnosis.chains[0].root_included = Some(sample.diagnosis.chains[0].served[1]);
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn unknown_when_the_algorithm_cannot_be_read() {
        assert!(matches!(signed(0, "", None).chains(check)[..], [Verdict::Unknown(_)]));
    }
}
