//! Sessions of TLS 1.2 that are not tied to their handshake.

use mailmedic_wire::names::{ExtensionType, ProtocolVersion};

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation, Tls, TlsEnd};

pub(super) static RULE: Rule = Rule {
    id: "tls-extended-master-secret-missing",
    title: "the extended master secret is missing",
    severity: Severity::Note,
    what: "In TLS 1.2 or older the server did not take up the extended master secret, which our hellos offer.",
    why: "Without it two sessions with different peers can be made to share their secret (triple handshake), \
          which voids what is bound to a session, such as logins with SCRAM-PLUS. Clients in FIPS mode \
          refuse TLS 1.2 without it.",
    affected: "Clients in FIPS mode, such as those of Red Hat Enterprise Linux 9, where TLS 1.3 is not chosen.",
    fix: "Update the TLS library: OpenSSL has it since 1.1.0, GnuTLS since 3.4, Windows since 2015.",
    change: Some(ChangeKind::Update),
    references: &["RFC 7627", "RFC 9325 §3.3.1"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let told: Vec<&Tls> = seen
        .sessions
        .iter()
        .filter(|session| listed::is_whole_hello(session.ask))
        .filter_map(|session| session.tls.as_ref())
        .filter(|tls| tells(tls))
        .collect();
    if told.is_empty() {
        return unseen(seen);
    }
    if told.iter().any(|tls| tls.extensions.contains(&ExtensionType::EXTENDED_MASTER_SECRET.0)) {
        return Verdict::Pass;
    }
    let newest =
        told.iter().filter_map(|tls| tls.version).max().map_or(ProtocolVersion::TLSv1_2, ProtocolVersion);
    Verdict::fail(
        Finding::new(
            Severity::Note,
            "missing",
            "the extended master secret is missing",
            format!(
                "In {newest} the server does not take up the extended master secret, which ties a session to its \
                 handshake."
            ),
        )
        .hurts(format!("{} in FIPS mode that do not come to TLS 1.3", wording::connecting(seen.endpoint.role)))
        .change(Change::Update),
    )
}

/// Tells whether a handshake shows the extensions of a ServerHello of TLS 1.0 to 1.2.
///
/// Where a library did the handshake they are not recorded; secure renegotiation then bears witness to an extension
/// that is not in the list.
fn tells(tls: &Tls) -> bool {
    let versions = ProtocolVersion::TLSv1_0.0..=ProtocolVersion::TLSv1_2.0;
    tls.end == TlsEnd::Answered
        && tls.version.is_some_and(|version| versions.contains(&version))
        && (!tls.extensions.is_empty() || tls.secure_renegotiation == Some(false))
}

/// Judges a server that showed no extensions of these versions.
fn unseen(seen: &EndpointObservation) -> Verdict {
    let mut doubt = None;
    for version in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_1, ProtocolVersion::TLSv1_0] {
        match seen.version(version.0) {
            Answer::No => {}
            Answer::Yes => doubt = Some("the extensions of the ServerHello were not seen".to_owned()),
            Answer::Unknown(why) => doubt = doubt.or(Some(why)),
        }
    }
    match doubt {
        Some(why) => Verdict::Unknown(why),
        None => Verdict::NotApplicable("TLS 1.3 has it always, and SSL never"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Tls, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};

    fn with(version: u16, extensions: &[u16]) -> Verdict {
        judged(check, 993, |seen| {
            let renegotiation = extensions.contains(&0xFF01);
            let tls = Tls {
                extensions: extensions.to_vec(),
                secure_renegotiation: Some(renegotiation),
                ..chose(version, 0xC02F)
            };
            answer(seen, Ask::Version(0x0303), tls);
        })
    }

    #[test]
    fn passes_where_it_is_taken_up() {
        assert_eq!(with(0x0303, &[0xFF01, 23]), Verdict::Pass);
        assert_eq!(judged(check, 25, |_| {}), Verdict::Pass);
    }

    #[test]
    fn a_note_where_it_is_not() {
        for extensions in [&[][..], &[0xFF01, 11]] {
            assert_eq!(finding(with(0x0303, extensions)).severity, Severity::Note);
        }
        assert!(finding(with(0x0301, &[0xFF01])).cause.starts_with("In TLSv1.0"));
    }

    #[test]
    fn tls_1_3_alone_is_not_judged() {
        let verdict = judged(check, 993, |seen| answer(seen, Ask::Version(0x0303), ended(TlsEnd::Alert)));
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_the_extensions_were_not_kept_or_the_hello_was_cut_short() {
        let kept = judged(check, 993, |seen| {
            let tls = Tls { secure_renegotiation: Some(true), ..chose(0x0303, 0xC02F) };
            answer(seen, Ask::Version(0x0303), tls);
        });
        assert!(matches!(kept, Verdict::Unknown(_)));
        let late = judged(check, 993, |seen| answer(seen, Ask::Version(0x0303), ended(TlsEnd::TimedOut)));
        assert!(matches!(late, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
