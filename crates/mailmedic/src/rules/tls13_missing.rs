//! TLS 1.3 is not spoken.

use mailmedic_wire::names::ProtocolVersion;

use super::scope;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation};

pub(super) static RULE: Rule = Rule {
    id: "tls13-missing",
    title: "TLS 1.3 is not spoken",
    severity: Severity::Note,
    what: "The newest version that the server speaks is TLS 1.2.",
    why: "TLS 1.2 is still good. TLS 1.3 is faster, leaves nothing weak to choose, hides the certificate \
          from onlookers and is needed for post-quantum key exchange.",
    affected: "Nobody is turned away.",
    fix: "Switch TLS 1.3 on; it needs OpenSSL 1.1.1, GnuTLS 3.6.5 or newer.",
    change: Some(ChangeKind::ModernTls),
    references: &["RFC 8446", "RFC 9325 §3.1.1"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    match seen.version(ProtocolVersion::TLSv1_3.0) {
        Answer::Yes => return Verdict::Pass,
        Answer::Unknown(why) => return Verdict::Unknown(why),
        Answer::No => {}
    }
    Verdict::fail(
        Finding::new(
            Severity::Note,
            "missing",
            "TLS 1.3 is not spoken",
            "The server chooses an older version although TLS 1.3 was offered.",
        )
        .change(Change::ModernTls),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{Ask, TlsEnd};
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};

    #[test]
    fn passes_when_it_is_chosen() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_when_the_server_chooses_tls_1_2() {
        finding(judged(check, 993, |seen| {
            seen.sessions.clear();
            answer(seen, Ask::Polite, chose(0x0303, 0xC02F));
        }));
    }

    #[test]
    fn unknown_when_the_hello_was_not_answered_or_not_sent() {
        let verdict = judged(check, 993, |seen| {
            seen.sessions.clear();
            answer(seen, Ask::Polite, ended(TlsEnd::TimedOut));
            answer(seen, Ask::Version(0x0303), chose(0x0303, 0xC02F));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
