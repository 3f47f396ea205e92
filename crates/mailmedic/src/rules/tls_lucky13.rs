//! CBC whose MAC is checked after the padding.

use mailmedic_wire::names::{CipherSuite, ExtensionType, ProtocolVersion};

use super::{listed, scope};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Tls};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-lucky13",
    title: "CBC without encrypt-then-MAC (Lucky 13)",
    severity: Severity::Note,
    what: "The server accepts CBC suites and did not take up encrypt-then-MAC, which our hellos offer: it \
           decrypts and unpads a record before it checks who made it.",
    why: "How long that takes could tell something of the content. Every TLS library has guarded against it \
          since 2013, and from afar it cannot be measured: this says that the server relies on such a guard, \
          not that it lacks one.",
    affected: "Clients that choose CBC, if the server's TLS library is older than 2013.",
    fix: "Keep the TLS library current; offer only suites with authenticated encryption, which have no \
          padding to leak.",
    change: Some(ChangeKind::StrongSuites),
    references: &["CVE-2013-0169", "RFC 7366", "RFC 7457 §2.3"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

/// SSL 3 has no extensions, and its padding a fault of its own (POODLE).
const VERSIONS: [u16; 3] =
    [ProtocolVersion::TLSv1_2.0, ProtocolVersion::TLSv1_1.0, ProtocolVersion::TLSv1_0.0];

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let chosen: Vec<&Tls> = seen
        .sessions
        .iter()
        .filter(|session| listed::is_whole_hello(session.ask))
        .filter_map(|session| session.tls.as_ref())
        .filter(|tls| tls.version.is_some_and(|version| VERSIONS.contains(&version)))
        .filter(|tls| tls.suite.is_some_and(|suite| CipherSuite(suite).is_cbc()))
        .collect();
    if chosen.is_empty() {
        // Only a full listing asks for every suite with CBC.
        return match listed::needs_list(case) {
            Err(verdict) => verdict,
            Ok(()) if seen.has_listing() => listed::refused_in_listing(seen, &VERSIONS, CipherSuite::is_cbc),
            Ok(()) => Verdict::Unknown("the suites were not listed".to_owned()),
        };
    }
    let mut bare: Vec<CipherSuite> = chosen
        .into_iter()
        .filter(|tls| !tls.extensions.contains(&ExtensionType::ENCRYPT_THEN_MAC.0))
        .filter_map(|tls| tls.suite.map(CipherSuite))
        .collect();
    if bare.is_empty() {
        return Verdict::Pass;
    }
    bare.sort_unstable();
    bare.dedup();
    let names: Vec<String> = bare.iter().map(ToString::to_string).collect();
    Verdict::fail(
        Finding::new(
            Severity::Note,
            names.join(","),
            "CBC without encrypt-then-MAC (Lucky 13)",
            format!(
                "The server accepts {} without encrypt-then-MAC. TLS libraries have guarded against the leak \
                 of time since 2013; whether this one does cannot be told from outside.",
                words::list(&names)
            ),
        )
        .evidence("suites", names)
        .change(Change::StrongSuites { opportunistic: scope::is_opportunistic(seen) }),
    )
}
#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Depth, SuiteClass, Tls, Trick};
    use crate::rules::tests::{answer, chose, finding, judged, judged_at, list, listed, unseen};

    fn cbc(extensions: &[u16]) -> Verdict {
        judged(check, 993, |seen| {
            let tls = Tls { extensions: extensions.to_vec(), ..chose(0x0303, 0xC013) };
            answer(seen, Ask::Suites(SuiteClass::CbcSha1), tls);
        })
    }

    #[test]
    fn passes_with_encrypt_then_mac_and_without_cbc() {
        assert_eq!(cbc(&[0xFF01, 22, 23]), Verdict::Pass);
        assert_eq!(judged_at(Depth::Full, check, 993, |seen| list(seen, &[0xC02F])), Verdict::Pass);
    }

    #[test]
    fn a_note_without_encrypt_then_mac() {
        let found = finding(cbc(&[0xFF01, 23]));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"));
    }

    #[test]
    fn a_trick_offers_what_it_likes() {
        let verdict = judged(check, 993, |seen| answer(seen, Ask::Try(Trick::Grease), chose(0x0303, 0xC013)));
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn left_to_full_depth_where_no_such_suite_was_chosen() {
        assert!(matches!(judged(check, 993, |_| {}), Verdict::NotApplicable(_)));
        let verdict = judged_at(Depth::Full, check, 993, |seen| listed(seen, &[0xC02F]));
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
