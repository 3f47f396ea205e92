//! Ciphers with blocks of 64 bits.

use mailmedic_wire::names::CipherSuite;

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, SuiteClass};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-sweet32",
    title: "ciphers with blocks of 64 bits are accepted (SWEET32)",
    severity: Severity::Warning,
    what: "The server accepts suites with 3DES, IDEA or another cipher that works on blocks of 64 bits.",
    why: "After some gigabytes under one key two blocks come out alike, which tells what was in them. IMAP \
          keeps a connection open for days, so that so much can pass.",
    affected: "Old clients that choose such a suite; all others use better ones.",
    fix: "Offer only suites with forward secrecy and authenticated encryption; 3DES is needed by Windows XP \
          and its contemporaries only.",
    change: Some(ChangeKind::StrongSuites),
    references: &["CVE-2016-2183", "RFC 9325 §4.1"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let is = |suite: CipherSuite| SuiteClass::SmallBlock.contains(suite);
    let suites = wording::suites(seen, is);
    if suites.is_empty() {
        return listed::refused(seen, SuiteClass::SmallBlock, is);
    }
    let severity = scope::by_role(seen, Severity::Note, Severity::Warning);
    let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
    let mut finding = Finding::new(
        severity,
        format!("{} {}", severity.name(), names.join(",")),
        "ciphers with blocks of 64 bits are accepted (SWEET32)",
        format!(
            "The server accepts {}: blocks of 64 bits leak once some gigabytes have passed under one key.",
            words::list(&names)
        ),
    )
    .evidence("suites", names)
    .change(Change::StrongSuites { opportunistic: scope::is_opportunistic(seen) });
    if severity > Severity::Note {
        finding = finding
            .hurts(format!("old {} that choose such a suite", wording::connecting(seen.endpoint.role)));
    }
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SuiteClass};
    use crate::rules::tests::{answer, chose, finding, judged, list, listed, unseen};

    const TRIPLE_DES: u16 = 0x000A;

    fn accepting(port: u16) -> Verdict {
        judged(check, port, |seen| answer(seen, Ask::Suites(SuiteClass::Rare), chose(0x0303, TRIPLE_DES)))
    }

    #[test]
    fn passes_when_all_are_refused() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
        assert_eq!(judged(check, 993, |seen| list(seen, &[0xC02F])), Verdict::Pass);
    }

    #[test]
    fn a_warning_where_people_log_in_and_a_note_on_port_25() {
        assert_eq!(finding(accepting(993)).severity, Severity::Warning);
        assert_eq!(finding(accepting(25)).severity, Severity::Note);
    }

    #[test]
    fn a_full_listing_names_all_of_them() {
        let found = finding(judged(check, 993, |seen| list(seen, &[0xC02F, 0xC012, TRIPLE_DES])));
        assert!(
            found.cause.contains("TLS_RSA_WITH_3DES_EDE_CBC_SHA and TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA")
        );
    }

    #[test]
    fn unknown_when_not_asked_or_cut_short() {
        let verdict = judged(check, 993, |seen| {
            seen.sessions.retain(|session| session.ask != Ask::Suites(SuiteClass::Rare));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(judged(check, 993, |seen| listed(seen, &[0xC02F])), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
