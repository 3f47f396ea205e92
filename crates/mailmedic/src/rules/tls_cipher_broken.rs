//! Suites that protect nothing.

use mailmedic_wire::names::CipherSuite;

use super::{listed, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation, SuiteClass, VERSIONS, is_broken};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-cipher-broken",
    title: "broken cipher suites are accepted",
    severity: Severity::Error,
    what: "The server accepts a suite without encryption (NULL) or without proof of who it is (anonymous), \
           or one that can be broken: EXPORT, DES, RC4, MD5.",
    why: "Where people log in, such a connection looks protected and is not. On port 25, where senders \
          encrypt without asking who is there, an anonymous or old suite is no worse than the clear text \
          that would take its place.",
    affected: "Old or badly configured clients that choose such a suite; current ones do not offer them.",
    fix: "Offer only suites with forward secrecy and authenticated encryption.",
    change: Some(ChangeKind::StrongSuites),
    references: &["RFC 9325 §4.1", "RFC 7465", "RFC 7672 §8.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let opportunistic = scope::is_opportunistic(seen);
    // Senders that encrypt without asking who is there lose nothing by an anonymous suite (RFC 7672 §8.2).
    let classes: &[SuiteClass] =
        if opportunistic { &[SuiteClass::Broken] } else { &[SuiteClass::Broken, SuiteClass::Anonymous] };
    let is = |suite: CipherSuite| classes.iter().any(|class| class.contains(suite));
    let suites = wording::suites(seen, is);
    if suites.is_empty() && seen.has_listing() {
        return listed::refused_in_listing(seen, &VERSIONS, is);
    }
    if suites.is_empty() {
        let answers = classes.iter().map(|class| seen.suite_class(*class));
        return match answers.reduce(Answer::or) {
            Some(Answer::No) => Verdict::Pass,
            Some(Answer::Unknown(why)) => Verdict::Unknown(why),
            Some(Answer::Yes) | None => Verdict::Unknown("the suite was not seen".to_owned()),
        };
    }
    let void = suites.iter().any(|suite| suite.is_null() || suite.is_export());
    // Only clients that offer such a suite get it: current ones do not, and so lose nothing by its being there.
    let severity = match (opportunistic, void) {
        (false, true) => Severity::Error,
        (false, false) | (true, true) => Severity::Warning,
        (true, false) => Severity::Note,
    };
    let names: Vec<String> = suites.iter().map(ToString::to_string).collect();
    let mut cause = format!("The server accepts {}: {}.", words::list(&names), flaws(&suites));
    if opportunistic {
        cause.push_str(" On port 25 the alternative for such a sender would be clear text.");
    }
    let mut finding = Finding::new(
        severity,
        format!("{} {}", severity.name(), names.join(",")),
        "broken cipher suites are accepted",
        cause,
    )
    .evidence("suites", names)
    .change(Change::StrongSuites { opportunistic });
    if severity > Severity::Note {
        finding = finding.hurts(format!(
            "{}, if they choose such a suite: their connection is not protected",
            wording::connecting(seen.endpoint.role)
        ));
    }
    Verdict::fail(finding)
}

/// Says what is wrong with the suites, worst first.
fn flaws(suites: &[CipherSuite]) -> String {
    let any = |is: fn(CipherSuite) -> bool| suites.iter().any(|suite| is(*suite));
    let named: Vec<&str> = [
        ("no encryption", any(CipherSuite::is_null)),
        ("no proof of who the server is", any(CipherSuite::is_anonymous)),
        ("keys kept short by former export laws", any(CipherSuite::is_export)),
        ("a cipher or hash that can be broken", any(is_breakable)),
    ]
    .into_iter()
    .filter_map(|(words, is)| is.then_some(words))
    .collect();
    words::list(&named)
}

/// Tells whether it is the cipher or hash itself that breaks, and nothing that is said in other words.
fn is_breakable(suite: CipherSuite) -> bool {
    is_broken(suite) && !suite.is_null() && !suite.is_export()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, SuiteClass};
    use crate::rules::tests::{answer, chose, finding, judged, list, listed, unseen};

    const RC4: u16 = 0x0005;
    const NULL: u16 = 0x0002;
    const ANONYMOUS: u16 = 0xC018;

    fn accepting(port: u16, suite: u16) -> Verdict {
        judged(check, port, |seen| answer(seen, Ask::Suites(SuiteClass::Rare), chose(0x0303, suite)))
    }

    #[test]
    fn passes_when_all_are_refused() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_where_people_log_in() {
        assert_eq!(finding(accepting(993, NULL)).severity, Severity::Error);
        for suite in [RC4, ANONYMOUS] {
            assert_eq!(finding(accepting(993, suite)).severity, Severity::Warning);
        }
        assert!(finding(accepting(993, ANONYMOUS)).cause.contains("no proof of who"));
    }

    #[test]
    fn on_port_25_only_what_protects_nothing_counts() {
        assert_eq!(finding(accepting(25, NULL)).severity, Severity::Warning);
        assert_eq!(finding(accepting(25, RC4)).severity, Severity::Note);
        assert!(!matches!(accepting(25, ANONYMOUS), Verdict::Fail(_)));
    }

    #[test]
    fn a_full_listing_tells_of_every_suite() {
        assert_eq!(judged(check, 993, |seen| list(seen, &[0xC02F])), Verdict::Pass);
        assert_eq!(judged(check, 25, |seen| list(seen, &[0xC02F, ANONYMOUS])), Verdict::Pass);
        let found = finding(judged(check, 993, |seen| list(seen, &[0xC02F, RC4, ANONYMOUS])));
        assert_eq!(found.evidence["suites"].as_array().unwrap().len(), 2);
        assert!(matches!(judged(check, 993, |seen| listed(seen, &[0xC02F])), Verdict::Unknown(_)));
    }

    #[test]
    fn unknown_when_not_asked() {
        let verdict = judged(check, 993, |seen| {
            seen.sessions.retain(|session| session.ask != Ask::Suites(SuiteClass::Rare));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
