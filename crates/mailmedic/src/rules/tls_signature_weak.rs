//! The key exchange is signed with MD5 or SHA-1.

use mailmedic_wire::names::{ProtocolVersion, SignatureScheme};

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-signature-weak",
    title: "the key exchange is signed with MD5 or SHA-1",
    severity: Severity::Warning,
    what: "In TLS 1.2 the server signs its key exchange with a hash that is broken, although better ones \
           were offered.",
    why: "Two messages with the same SHA-1 can be made; current libraries do not accept such signatures \
          any more, so the handshake fails with them.",
    affected: "Clients on OpenSSL 3 and other current libraries.",
    fix: "Update the TLS library, or remove the setting that limits signatures to SHA-1.",
    change: Some(ChangeKind::Update),
    references: &["RFC 9155", "RFC 9325 §4.1"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    // Older versions have no choice of the hash.
    let mut schemes: Vec<SignatureScheme> = seen
        .sessions
        .iter()
        .filter_map(|session| session.tls.as_ref())
        .filter(|tls| tls.version >= Some(ProtocolVersion::TLSv1_2.0))
        .filter_map(|tls| tls.signature_scheme.map(SignatureScheme))
        .collect();
    if schemes.is_empty() {
        return Verdict::NotApplicable("no signature was seen");
    }
    schemes.sort_unstable();
    schemes.dedup();
    let weak: Vec<String> =
        schemes.iter().filter(|scheme| scheme.has_broken_hash()).map(ToString::to_string).collect();
    if weak.is_empty() {
        return Verdict::Pass;
    }
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            weak.join(","),
            "the key exchange is signed with a broken hash",
            format!(
                "The server signed its key exchange with {} although better ones were offered.",
                words::list(&weak)
            ),
        )
        .hurts(format!("{} on current libraries", wording::connecting(seen.endpoint.role)))
        .evidence("schemes", weak)
        .change(Change::Update),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{Ask, Tls};
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn signed(version: u16, scheme: u16) -> Verdict {
        judged(check, 993, |seen| {
            let tls = Tls { signature_scheme: Some(scheme), ..chose(version, 0xC02F) };
            answer(seen, Ask::Version(version), tls);
        })
    }

    #[test]
    fn passes_with_sha256_and_with_sha1_where_there_is_no_choice() {
        assert_eq!(signed(0x0303, 0x0401), Verdict::Pass);
        assert_eq!(signed(0x0302, 0x0201), Verdict::Pass);
    }

    #[test]
    fn fails_with_sha1() {
        assert!(finding(signed(0x0303, 0x0201)).cause.contains("rsa_pkcs1_sha1"));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
