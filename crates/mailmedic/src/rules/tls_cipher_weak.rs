//! Suites that are dated, but not broken.

use mailmedic_wire::names::CipherSuite;

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, SuiteClass, is_broken};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-cipher-weak",
    title: "weak cipher suites are accepted",
    severity: Severity::Note,
    what: "The server accepts suites that encrypt with CBC and protect with a MAC of its own.",
    why: "CBC with a separate MAC is hard to build without leaks; it is no danger by itself, and clients \
          that know better do not choose it.",
    affected: "Old clients that choose such a suite; all others use better ones.",
    fix: "Offer only suites with forward secrecy and authenticated encryption; leave CBC on if clients \
          from before 2014 still matter.",
    change: Some(ChangeKind::StrongSuites),
    references: &["RFC 9325 §4.2"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let suites = wording::suites(seen, is_dated);
    if suites.is_empty() {
        return listed::refused(seen, SuiteClass::CbcSha1, is_dated);
    }
    let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
    Verdict::fail(
        Finding::new(
            Severity::Note,
            names.join(","),
            "weak cipher suites are accepted",
            format!(
                "The server accepts {}: CBC with a separate MAC, which only clients from before 2014 still \
                 need.",
                words::list(&names)
            ),
        )
        .evidence("suites", names)
        .change(Change::StrongSuites { opportunistic: scope::is_opportunistic(seen) }),
    )
}

/// Tells whether it is CBC that is wrong with a suite, and nothing that other rules speak of: no encryption
/// worth the name, no proof of who it is, blocks of 64 bits, no forward secrecy.
fn is_dated(suite: CipherSuite) -> bool {
    suite.is_cbc()
        && suite.block_bits() != Some(64)
        && suite.forward_secret()
        && !is_broken(suite)
        && !suite.is_anonymous()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SuiteClass};
    use crate::rules::tests::{answer, chose, finding, judged, list, listed, unseen};

    #[test]
    fn passes_when_all_are_refused() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
        assert_eq!(judged(check, 993, |seen| list(seen, &[0xC02F, 0x009C])), Verdict::Pass);
    }

    #[test]
    fn cbc_is_a_note_everywhere() {
        for port in [25, 993] {
            let found = finding(judged(check, port, |seen| {
                answer(seen, Ask::Suites(SuiteClass::CbcSha1), chose(0x0303, 0xC013));
            }));
            assert_eq!(found.severity, Severity::Note);
            assert!(found.cause.contains("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"));
        }
    }

    #[test]
    fn a_full_listing_names_all_that_no_other_rule_speaks_of() {
        // AES-CBC with SHA-1 and SHA-256; then no forward secrecy, 3DES, anonymous, RC4.
        let suites = [0xC013, 0xC027, 0x0033, 0x002F, 0xC012, 0xC018, 0x0005];
        let found = finding(judged(check, 993, |seen| list(seen, &suites)));
        assert_eq!(found.evidence["suites"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn unknown_when_not_asked_or_cut_short() {
        let verdict = judged(check, 993, |seen| {
            seen.sessions.retain(|session| session.ask != Ask::Suites(SuiteClass::CbcSha1));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(judged(check, 993, |seen| listed(seen, &[0xC02F])), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
