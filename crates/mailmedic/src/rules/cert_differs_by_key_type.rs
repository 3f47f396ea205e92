//! The RSA and the ECDSA certificate of one server are not equally good.

use super::faces::{self, Face};
use super::presented;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, KeyType};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-differs-by-key-type",
    title: "the RSA and the ECDSA certificate are not equally good",
    severity: Severity::Warning,
    what: "The server has one certificate with an RSA key and one with an ECDSA key, as it may; but one of them \
           has a fault or lacks names that the other has.",
    why: "Which one a client gets depends on what it offers, so the fault shows to some and not to others, and a \
          look with one program misses it.",
    affected: "those clients that get the worse one: most of today prefer ECDSA, old ones take RSA",
    fix: "Renew both certificates together, with the same names, and reload.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 8446 §4.4.2.2"],
    since: "0.1",
    consequence_of: &[
        "cert-inactive",
        "cert-expired",
        "cert-not-yet-valid",
        "cert-name-mismatch",
        "cert-self-signed",
        "cert-untrusted",
        "chain-incomplete",
    ],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let faces = faces::index_of(case, seen).map(|index| faces::faces(case, index)).unwrap_or_default();
    let of = |kind| faces.iter().copied().find(|face| faces::kind(face.leaf) == Some(kind));
    let (rsa, ecdsa) = match (of(KeyType::Rsa), of(KeyType::Ecdsa)) {
        (Some(rsa), Some(ecdsa)) => (rsa, ecdsa),
        (None, None) => {
            return Verdict::Unknown("no certificate with a known kind of key was seen".to_owned());
        }
        (rsa, _) => {
            let other = if rsa.is_some() { KeyType::Ecdsa } else { KeyType::Rsa };
            return match seen.answer(Ask::Certificate(other)) {
                Answer::Unknown(why) => Verdict::Unknown(why),
                // An answer to this question without a certificate of this kind is a no as well.
                Answer::Yes | Answer::No => {
                    Verdict::NotApplicable("it has certificates of one kind of key only")
                }
            };
        }
    };
    let host = &seen.endpoint.host;
    let (rsa_faults, ecdsa_faults) = (faces::faults(case, rsa, host), faces::faults(case, ecdsa, host));
    let lacks = |one: Face<'_>, other: Face<'_>| -> Vec<String> {
        let own = presented::dns_names(one.leaf);
        presented::dns_names(other.leaf)
            .iter()
            .filter(|name| !own.contains(name))
            .map(|name| presented::shown(name))
            .collect()
    };
    let differ = rsa_faults.is_empty() != ecdsa_faults.is_empty();
    let (bad, kind, told) = if differ && rsa_faults.is_empty() {
        (ecdsa, "ECDSA", words::list(&ecdsa_faults))
    } else if differ {
        (rsa, "RSA", words::list(&rsa_faults))
    } else if !lacks(rsa, ecdsa).is_empty() {
        (rsa, "RSA", format!("lacks {}", words::list(&lacks(rsa, ecdsa))))
    } else if !lacks(ecdsa, rsa).is_empty() {
        (ecdsa, "ECDSA", format!("lacks {}", words::list(&lacks(ecdsa, rsa))))
    } else {
        return Verdict::Pass;
    };
    let who = if kind == "RSA" { "Older clients" } else { "Most clients of today" };
    let cause = format!(
        "The server has a certificate for each kind of key. The one with the {kind} key, {}, {told}; the other is \
         better. {who} get the worse one.",
        faces::sketch(bad.leaf)
    );
    let mut names = presented::dns_names(rsa.leaf).to_vec();
    names.extend(
        presented::dns_names(ecdsa.leaf)
            .iter()
            .filter(|name| !names.contains(name))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let finding = Finding::new(
        if differ { Severity::Warning } else { Severity::Note },
        format!("{} {}", rsa.leaf.fingerprint, ecdsa.leaf.fingerprint),
        format!("the {kind} certificate is worse than the other"),
        cause,
    )
    .hurts(if kind == "RSA" {
        "clients without ECDSA, and those that prefer RSA"
    } else {
        "clients that prefer ECDSA"
    })
    .evidence("key_type", kind)
    .evidence("rsa_sha256", rsa.leaf.fingerprint.to_string())
    .evidence("ecdsa_sha256", ecdsa.leaf.fingerprint.to_string())
    .change(Change::RenewCertificate { names })
    .at(seen.id());
    Verdict::fail(presented::describe(finding, bad.leaf))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::certificate::{Certificate, PublicKey};
    use crate::diagnosis::Sighting;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, KeyType};
    use crate::sample::{self, Sample};

    fn with_ecdsa(mut leaf: Certificate) -> Sample {
        let mut sample = sample::healthy().only(993);
        leaf.key = PublicKey::Ec { curve: "secp256r1".into(), bits: 256 };
        let mut chain = sample.diagnosis.chains[0].clone();
        chain.served[0] = leaf.fingerprint;
        chain.sightings = vec![Sighting {
            endpoint: 0,
            ask: Ask::Certificate(KeyType::Ecdsa),
            server_name: Some("mail.example.org".into()),
        }];
        sample.diagnosis.certificates.insert(leaf.fingerprint, leaf);
        sample.diagnosis.chains.push(chain);
        sample
    }

    #[test]
    fn two_good_ones_are_healthy() {
        let sample = with_ecdsa(sample::certificate("mail.example.org", "YE1", 60));
        assert_eq!(sample.endpoints(check), [Verdict::Pass]);
    }

    #[test]
    fn one_with_a_fault_is_named() {
        let sample = with_ecdsa(sample::certificate("mail.example.org", "YE1", -1));
        let Verdict::Fail(findings) = sample.endpoints(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Warning);
        assert_eq!(findings[0].evidence["key_type"], "ECDSA");
        assert!(findings[0].cause.contains("ended on 2026-11-20"));
    }

    #[test]
    fn missing_names_are_noted() {
        let mut leaf = sample::certificate("mail.example.org", "YE1", 60);
        leaf.names.as_mut().unwrap().dns.push("imap.example.org".into());
        let Verdict::Fail(findings) = with_ecdsa(leaf).endpoints(check).remove(0) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Note);
        assert!(findings[0].cause.contains("RSA key"));
        assert!(findings[0].cause.contains("lacks imap.example.org"));
    }

    #[test]
    fn one_kind_is_enough_and_what_was_not_asked_is_unknown() {
        let mut sample = sample::healthy().only(993);
        assert!(matches!(sample.endpoints(check)[..], [Verdict::NotApplicable(_)]));
        sample.seen.endpoints[0].sessions.retain(|session| !matches!(session.ask, Ask::Certificate(_)));
        assert!(matches!(sample.endpoints(check)[..], [Verdict::Unknown(_)]));
    }
}
