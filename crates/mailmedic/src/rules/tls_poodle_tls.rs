//! Wrong CBC records are taken, or told apart.

use mailmedic_wire::names::{AlertDescription, CipherSuite};

use super::{handshakes, scope, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answered, Ask, EndpointObservation, PADDING_WAYS, ReactionEnd, Round, Trick};

pub(super) static RULE: Rule = Rule {
    id: "tls-poodle-tls",
    title: "padding is not checked as it should be (POODLE on TLS)",
    severity: Severity::Error,
    what: "In CBC mode the server takes records whose padding or MAC is wrong, or its answers tell one from the other.",
    why: "An attacker on the way who can make a client repeat its message reads it byte by byte, as with SSL 3: \
          POODLE on TLS, and its kin GOLDENDOODLE and Zombie POODLE.",
    affected: "Clients that speak TLS 1.2 with CBC.",
    fix: "Update the TLS library of the server, or of the load balancer in front of it. Until then offer no suites \
          with CBC.",
    change: Some(ChangeKind::Update),
    references: &["RFC 5246 §6.2.3.2", "CVE-2014-8730", "CVE-2019-1559"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    for way in 0..PADDING_WAYS {
        match handshakes::tried(case, seen, Trick::Padding(way), CipherSuite::is_cbc) {
            Ok(session) => {
                if let Err(verdict) = handshakes::completed(seen, session) {
                    return verdict;
                }
            }
            Err(verdict) => return verdict,
        }
    }
    let Some(first) = seen.padding_round(0) else {
        let reactions = (0..PADDING_WAYS).filter_map(|way| {
            seen.session(Ask::Try(Trick::Padding(way)))?.reaction.as_ref().map(|reaction| reaction.end)
        });
        let why = match reactions.into_iter().any(|end| end == ReactionEnd::NotReached) {
            true => "the server did not answer a right record with CBC either",
            false => "the server did not answer each of the wrong records",
        };
        return Verdict::Unknown(why.to_owned());
    };
    if !first.is_suspicious() {
        return Verdict::Pass;
    }
    let was_taken = !taken(&first).is_empty();
    let rounds = seen.padding_rounds();
    let [Some(first), Some(second)] = rounds.map(|round| seen.padding_round(round)) else {
        return Verdict::Unknown("the second look at wrong records was cut short".to_owned());
    };
    if second != first || (was_taken && !first.is_suspicious()) {
        return Verdict::Unknown(
            "the server answered the same wrong records differently each time".to_owned(),
        );
    }
    if !first.is_suspicious() {
        // Two suites are answered with other alerts, and either tells nothing.
        return Verdict::Pass;
    }
    let severity = if taken(&first).is_empty() {
        Severity::Warning
    } else {
        scope::by_role(seen, Severity::Warning, Severity::Error)
    };
    let suite = seen.padding_suite(PADDING_WAYS * rounds[0]).map(CipherSuite);
    let suite = suite.map_or_else(|| "CBC".to_owned(), |suite| suite.to_string());
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {first:?}", severity.name()),
            "padding is not checked as it should be (POODLE on TLS)",
            cause(&first, &suite),
        )
        .hurts(format!("{} with CBC", wording::connecting(seen.endpoint.role)))
        .evidence("suite", suite)
        .evidence("wrong_padding", words(&first.padding))
        .evidence("wrong_mac", words(&first.mac))
        .evidence("wrong_length", words(&first.length))
        .change(Change::Update),
    )
}

fn cause(round: &Round, suite: &str) -> String {
    let taken = taken(round);
    if taken.is_empty() {
        return format!(
            "With {suite}, the server answers wrong padding, a wrong MAC and too much padding differently ({}; {}; \
             {}): whoever changes records on the way learns from it what is in them.",
            words(&round.padding),
            words(&round.mac),
            words(&round.length)
        );
    }
    format!(
        "With {suite}, the server took a record with {} for a good one: whoever changes records on the way can read \
         them byte by byte.",
        taken.join(", and one with ")
    )
}

fn taken(round: &Round) -> Vec<&'static str> {
    let ways = [
        (&round.padding, "wrong padding"),
        (&round.mac, "a wrong MAC"),
        (&round.length, "more padding than bytes"),
    ];
    ways.into_iter().filter(|(answered, _)| **answered == Answered::Data).map(|(_, way)| way).collect()
}

fn words(answered: &Answered) -> String {
    match answered {
        Answered::Data => "taken".to_owned(),
        Answered::Refusal(alerts) if alerts.is_empty() => "closed without an alert".to_owned(),
        Answered::Refusal(alerts) => {
            let names: Vec<String> =
                alerts.iter().map(|alert| AlertDescription(*alert).to_string()).collect();
            format!("alert {}", names.join(", "))
        }
    }
}
#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, EndpointObservation, ReactionEnd, Trick};
    use crate::rules::handshakes::tests::{cut_short, not_asked, react, reacted};
    use crate::rules::tests::{finding, judged, unseen};

    const TAKEN: &[(u8, &[u8])] = &[(23, b"250 OK\r\n"), (23, b"250 OK\r\n")];
    const BAD_MAC: &[(u8, &[u8])] = &[(21, &[2, 20])];
    const SILENT: Records = &[];
    const DECRYPTION: &[(u8, &[u8])] = &[(21, &[2, 21])];

    type Records = &'static [(u8, &'static [u8])];

    fn round(seen: &mut EndpointObservation, from: u8, ways: [Records; 3]) {
        for (way, records) in (from..).zip(ways) {
            reacted(seen, Trick::Padding(way), react(records, ReactionEnd::Closed));
        }
    }

    fn answered(port: u16, first: [Records; 3], second: [Records; 3]) -> Verdict {
        judged(check, port, |seen| {
            round(seen, 0, first);
            round(seen, 3, second);
        })
    }

    #[test]
    fn passes_where_all_are_refused_alike() {
        for alike in [[BAD_MAC; 3], [SILENT; 3]] {
            assert_eq!(answered(993, alike, alike), Verdict::Pass);
        }
        // What a server says unasked is no answer.
        let greeting: Records = &[(23, b"* OK\r\n"), (21, &[2, 20])];
        assert_eq!(answered(993, [greeting, BAD_MAC, greeting], [BAD_MAC; 3]), Verdict::Pass);
    }

    #[test]
    fn fails_where_wrong_padding_is_taken() {
        let ways = [TAKEN, BAD_MAC, BAD_MAC];
        let found = finding(answered(993, ways, ways));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("a record with wrong padding for"), "{}", found.cause);
        assert_eq!(finding(answered(25, ways, ways)).severity, Severity::Warning);
    }

    #[test]
    fn fails_where_they_are_told_apart() {
        let ways = [BAD_MAC, BAD_MAC, DECRYPTION];
        let found = finding(answered(993, ways, ways));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("alert decryption_failed"), "{}", found.cause);
    }

    #[test]
    fn unknown_where_it_was_so_only_once() {
        let ways = [TAKEN, BAD_MAC, BAD_MAC];
        assert!(matches!(answered(993, ways, [BAD_MAC; 3]), Verdict::Unknown(_)));
        let once = |seen: &mut EndpointObservation| {
            round(seen, 0, ways);
        };
        assert!(matches!(judged(check, 993, once), Verdict::Unknown(_)));
    }

    /// Another suite for each way of the first round.
    fn mixed(rounds: &[[Records; 3]]) -> Verdict {
        judged(check, 993, |seen| {
            for (records, number) in rounds.iter().zip(0..) {
                round(seen, 3 * number, *records);
            }
            for session in &mut seen.sessions {
                if let Ask::Try(Trick::Padding(way @ 0..3)) = session.ask {
                    session.tls.as_mut().unwrap().suite = Some(0x0031 + u16::from(way));
                }
            }
        })
    }

    #[test]
    fn what_may_be_the_suites_doing_counts_only_with_one_suite() {
        let (ways, alike) = ([BAD_MAC, BAD_MAC, DECRYPTION], [BAD_MAC; 3]);
        assert_eq!(mixed(&[alike]), Verdict::Pass);
        assert_eq!(mixed(&[ways, alike, alike]), Verdict::Pass);
        assert!(matches!(mixed(&[ways, alike]), Verdict::Unknown(_)));
        assert!(matches!(mixed(&[ways, alike, ways]), Verdict::Unknown(_)));
        let one_suite = [TAKEN, BAD_MAC, BAD_MAC];
        assert!(matches!(mixed(&[one_suite, alike, alike]), Verdict::Unknown(_)), "it took one once");
        let found = finding(mixed(&[one_suite, [TAKEN; 3], [TAKEN; 3]]));
        assert!(found.cause.contains("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"), "{}", found.cause);
    }

    #[test]
    fn unknown_when_it_came_to_nothing() {
        let silent = |seen: &mut EndpointObservation| {
            for way in 0..3 {
                reacted(seen, Trick::Padding(way), react(&[], ReactionEnd::TimedOut));
            }
        };
        assert!(matches!(judged(check, 993, silent), Verdict::Unknown(_)));
        let limited = |seen: &mut EndpointObservation| {
            reacted(seen, Trick::Padding(0), react(BAD_MAC, ReactionEnd::Left));
            cut_short(seen, Trick::Padding(1));
        };
        assert!(matches!(judged(check, 993, limited), Verdict::Unknown(_)));
    }

    #[test]
    fn says_nothing_when_it_was_not_asked() {
        assert!(matches!(unseen(check, 993), Verdict::NotApplicable(_)));
        assert!(matches!(not_asked(check), Verdict::NotApplicable(_)));
    }
}
