//! Suites that are weak, but not broken.

use super::{scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation, SuiteClass};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-cipher-weak",
    title: "weak cipher suites are accepted",
    severity: Severity::Warning,
    what: "The server accepts suites with blocks of 64 bits (3DES, IDEA), or CBC with HMAC-SHA-1.",
    why: "Blocks of 64 bits leak in long sessions (SWEET32), as IMAP keeps them open for days. CBC with \
          SHA-1 is hard to build without leaks; it is no danger by itself, and clients that know better do \
          not choose it.",
    affected: "Old clients that choose such a suite; all others use better ones.",
    fix: "Offer only suites with forward secrecy and authenticated encryption; leave CBC on if clients \
          from before 2014 still matter.",
    change: Some(ChangeKind::StrongSuites),
    references: &["RFC 9325 §4.2", "CVE-2016-2183"],
    since: "0.1",
    consequence_of: &["tls-version-modern-missing", "tls-handshake-failed"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let mut findings = Vec::new();
    let mut doubt = None;
    for (class, people, flaw) in CLASSES {
        let suites = wording::suites(seen, |suite| class.contains(suite));
        if suites.is_empty() {
            match seen.suite_class(class) {
                Answer::No => {}
                Answer::Unknown(why) => doubt = Some(why),
                Answer::Yes => doubt = Some("the suite was not seen".to_owned()),
            }
            continue;
        }
        let severity = scope::by_role(seen, Severity::Note, people);
        let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
        let cause = format!("The server accepts {}: {flaw}.", words::list(&names));
        let key = format!("{} {}", severity.name(), names.join(","));
        findings.push(
            Finding::new(severity, key, "weak cipher suites are accepted", cause)
                .evidence("suites", names)
                .change(Change::StrongSuites { opportunistic: scope::is_opportunistic(seen) }),
        );
    }
    match (findings.is_empty(), doubt) {
        (false, _) => Verdict::Fail(findings),
        (true, Some(why)) => Verdict::Unknown(why),
        (true, None) => Verdict::Pass,
    }
}

/// The weak classes, how bad they are where people log in, and what is wrong with them.
const CLASSES: [(SuiteClass, Severity, &str); 2] = [
    (SuiteClass::SmallBlock, Severity::Warning, "blocks of 64 bits leak in long sessions (SWEET32)"),
    (
        SuiteClass::CbcSha1,
        Severity::Note,
        "CBC with HMAC-SHA-1, which only clients from before 2014 still need",
    ),
];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SuiteClass};
    use crate::rules::tests::{answer, chose, finding, judged, unseen};

    fn accepting(port: u16, class: SuiteClass, suite: u16) -> Verdict {
        judged(check, port, |seen| answer(seen, Ask::Suites(class), chose(0x0303, suite)))
    }

    #[test]
    fn passes_when_all_are_refused() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn small_blocks_are_a_warning_where_people_log_in_and_a_note_on_port_25() {
        assert_eq!(finding(accepting(993, SuiteClass::Rare, 0x000A)).severity, Severity::Warning);
        assert_eq!(finding(accepting(25, SuiteClass::Rare, 0x000A)).severity, Severity::Note);
    }

    #[test]
    fn cbc_is_a_note_everywhere() {
        let found = finding(accepting(993, SuiteClass::CbcSha1, 0xC013));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"));
    }

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 993, |seen| {
            seen.sessions.retain(|session| session.ask != Ask::Suites(SuiteClass::CbcSha1));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
