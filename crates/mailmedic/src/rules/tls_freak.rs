//! RSA keys of 512 bits from the days of export laws.

use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, SuiteClass};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-freak",
    title: "RSA suites for export are accepted (FREAK)",
    severity: Severity::Error,
    what: "The server accepts RSA suites that former US export laws limited to keys of 512 bits.",
    why: "Such a key is broken within hours for a small sum, and an attacker on the way can push faulty \
          clients down to it without their notice.",
    affected: "Clients with the FREAK fault or so old that they choose export suites.",
    fix: "Offer only suites with forward secrecy and authenticated encryption; update the TLS library.",
    change: Some(ChangeKind::StrongSuites),
    references: &["CVE-2015-0204", "RFC 9325 §4.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let is = |suite: CipherSuite| suite.key_exchange() == Some(KeyExchange::RsaExport);
    let suites = wording::suites(seen, is);
    if suites.is_empty() {
        return listed::refused(seen, SuiteClass::Broken, is);
    }
    let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
    let severity = scope::by_role(seen, Severity::Warning, Severity::Error);
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {}", severity.name(), names.join(",")),
            "RSA suites for export are accepted (FREAK)",
            format!("The server accepts {}: keys of 512 bits are broken within hours.", words::list(&names)),
        )
        .hurts(format!("old or faulty {}", wording::connecting(seen.endpoint.role)))
        .evidence("suites", names)
        .change(Change::StrongSuites { opportunistic: scope::is_opportunistic(seen) }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{Ask, SuiteClass};
    use crate::rules::tests::{answer, chose, finding, judged, list, listed, unseen};

    fn accepting(suite: u16) -> Verdict {
        judged(check, 993, |seen| answer(seen, Ask::Suites(SuiteClass::Broken), chose(0x0301, suite)))
    }

    #[test]
    fn passes_when_broken_suites_are_refused() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_on_an_export_suite_of_rsa() {
        assert!(finding(accepting(0x0003)).cause.contains("TLS_RSA_EXPORT_WITH_RC4_40_MD5"));
    }

    #[test]
    fn a_full_listing_tells_of_every_suite() {
        assert_eq!(judged(check, 993, |seen| list(seen, &[0xC02F, 0x0005])), Verdict::Pass);
        assert!(
            finding(judged(check, 993, |seen| list(seen, &[0x0005, 0x0003, 0x0008]))).cause.contains(" and ")
        );
        assert!(matches!(judged(check, 993, |seen| listed(seen, &[0x0005])), Verdict::Unknown(_)));
    }

    #[test]
    fn unknown_when_another_broken_suite_came_first() {
        assert!(matches!(accepting(0x0005), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
