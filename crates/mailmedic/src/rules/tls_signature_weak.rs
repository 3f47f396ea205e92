//! The key exchange is signed with MD5 or SHA-1.

use std::collections::BTreeSet;

use mailmedic_wire::names::{ProtocolVersion, SignatureScheme};

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, Listed, SignerKind, VERSIONS};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-signature-weak",
    title: "the key exchange is signed with MD5 or SHA-1",
    severity: Severity::Warning,
    what: "In TLS 1.2 the server signs its key exchange with a hash that is broken, although better ones \
           were offered, or for clients that offer nothing better.",
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
    let schemes: BTreeSet<SignatureScheme> = signed(seen, |_| true).collect();
    if schemes.is_empty() {
        return Verdict::NotApplicable("no signature was seen");
    }
    let weak: Vec<SignatureScheme> =
        schemes.iter().copied().filter(|scheme| scheme.has_broken_hash()).collect();
    if weak.is_empty() {
        return without(seen);
    }
    // A listing asks for what is weak alone; who signs better, too, signs so for want of an offer only.
    let better = |weak: &SignatureScheme| {
        let same_key = |other: &SignatureScheme| SignerKind::of(other.0) == SignerKind::of(weak.0);
        schemes.iter().any(|other| !other.has_broken_hash() && same_key(other))
    };
    let chosen = signed(seen, |ask| !matches!(ask, Ask::List(_))).any(|scheme| scheme.has_broken_hash());
    let only_weak = chosen || !weak.iter().all(better);
    let names: Vec<String> = weak.iter().map(ToString::to_string).collect();
    let (severity, cause) = if only_weak {
        (
            Severity::Warning,
            format!(
                "The server signed its key exchange with {} although better ones were offered.",
                words::list(&names)
            ),
        )
    } else {
        (
            Severity::Note,
            format!(
                "The server signs its key exchange with {} for clients that offer nothing better, which no \
                 client of today does.",
                words::list(&names)
            ),
        )
    };
    let mut finding = Finding::new(
        severity,
        format!("{} {}", severity.name(), names.join(",")),
        "the key exchange is signed with a broken hash",
        cause,
    )
    .evidence("schemes", names)
    .change(Change::Update);
    if only_weak {
        finding = finding.hurts(format!("{} on current libraries", wording::connecting(seen.endpoint.role)));
    }
    Verdict::fail(finding)
}

/// Returns the schemes that the server was seen to sign with in answer to some questions. Versions before TLS 1.2 have
/// no choice of the hash.
fn signed(seen: &EndpointObservation, wanted: impl Fn(Ask) -> bool) -> impl Iterator<Item = SignatureScheme> {
    let answers = seen.sessions.iter().filter(move |session| wanted(session.ask));
    answers
        .filter_map(|session| session.tls.as_ref())
        .filter(|tls| tls.version >= Some(ProtocolVersion::TLSv1_2.0))
        .filter_map(|tls| tls.signature_scheme.map(SignatureScheme))
}

/// Judges a server of which no weak signature was seen: without a listing it is told by what the server chose.
fn without(seen: &EndpointObservation) -> Verdict {
    if !seen.has_listing() {
        return Verdict::Pass;
    }
    let listing = seen.listing();
    let open = |version: &u16| {
        listing.speaks(*version)
            && listing
                .open_schemes(*version)
                .into_iter()
                .any(|scheme| SignatureScheme(scheme).has_broken_hash())
    };
    match seen.listed(Listed::Schemes) {
        Answer::Unknown(why) if VERSIONS.iter().any(open) => Verdict::Unknown(why),
        _ => Verdict::Pass,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Fingerprint;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Numbers, Offered, Tls};
    use crate::rules::tests::{answer, chose, finding, judged, list, unseen};
    use crate::sample;

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
    fn what_only_a_listing_brings_out_is_a_note() {
        let listed_with = |schemes: &[u16]| {
            judged(check, 993, |seen| {
                seen.sessions.retain(|session| session.ask == Ask::Ssl2);
                for scheme in schemes {
                    let tls = Tls { signature_scheme: Some(*scheme), ..chose(0x0303, 0xC02F) };
                    let mut session = sample::session(&seen.endpoint, Ask::List(0x0303), tls);
                    session.tls.as_mut().unwrap().exchange_key = Some(Fingerprint::of(b""));
                    session.offered = Some(Offered {
                        suites: Numbers(vec![0xC02F]),
                        groups: Numbers(vec![29]),
                        schemes: Numbers(vec![*scheme]),
                    });
                    seen.sessions.push(session);
                }
            })
        };
        assert_eq!(finding(listed_with(&[0x0401, 0x0201])).severity, Severity::Note);
        assert_eq!(finding(listed_with(&[0x0403, 0x0201])).severity, Severity::Warning);
        assert!(matches!(listed_with(&[0x0401]), Verdict::Unknown(_)));
        assert_eq!(judged(check, 993, |seen| list(seen, &[0x009C])), Verdict::Pass);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
