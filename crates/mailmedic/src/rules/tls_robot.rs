//! The answers to wrongly padded RSA blocks differ.

use mailmedic_wire::names::AlertDescription;
use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::{scope, tricks, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, EndpointObservation, ReactionEnd, Robot, RobotAnswer, SuiteClass, Trick};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-robot",
    title: "the server's RSA key can be used by others (ROBOT)",
    severity: Severity::Error,
    what: "The server takes secrets that are encrypted to its RSA key, and its answer tells whether what came out was \
           padded rightly.",
    why: "Who asks often enough can open a recorded session that used RSA key transport, or sign in the server's name, \
          without ever having its key (Bleichenbacher's attack of 1998). On port 25 this is a warning: mail servers \
          choose suites with forward secrecy, which it does not open, wherever they can, and an attacker on the way \
          has an easier way there, which is to take STARTTLS out.",
    affected: "Sessions with RSA key transport, also those of other servers and ports with the same key.",
    fix: "Switch RSA key transport off: allow only suites with forward secrecy (ECDHE). Update the TLS library, or the \
          load balancer in front of the server.",
    change: Some(ChangeKind::StrongSuites),
    references: &["RFC 5246 §7.4.7.1", "RFC 9325 §4.1", "CVE-2017-13099", "CVE-2017-6168", "CVE-2017-17382"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    match tricks::tried(case, seen, Trick::Robot(0, 0)) {
        Ok(_) => {}
        Err(Verdict::Unknown(_)) if refuses_rsa(seen) => {
            return Verdict::NotApplicable("the server takes no secrets that are encrypted to its RSA key");
        }
        Err(verdict) => return verdict,
    }
    match seen.robot() {
        Robot::Alike => Verdict::Pass,
        Robot::Differs => Verdict::Unknown(
            "the answers to wrongly padded secrets differ, and could not be compared again".to_owned(),
        ),
        Robot::Unsteady => {
            Verdict::Unknown("the answers to wrongly padded secrets differ from time to time".to_owned())
        }
        Robot::Unknown(why) => Verdict::Unknown(why),
        Robot::Oracle { strong, answers } => fail(seen, strong, &answers),
    }
}

/// Tells whether the server was seen to refuse every class that has suites with RSA key transport.
fn refuses_rsa(seen: &EndpointObservation) -> bool {
    let classes = [SuiteClass::RsaKeyExchange, SuiteClass::SmallBlock, SuiteClass::Broken];
    let taken = wording::suites(seen, |suite| suite.key_exchange() == Some(KeyExchange::Rsa));
    // A class may be taken for a suite of it with another key exchange.
    taken.is_empty() && classes.into_iter().all(|class| !is_unknown(seen, class))
}

fn is_unknown(seen: &EndpointObservation, class: SuiteClass) -> bool {
    matches!(seen.suite_class(class), Answer::Unknown(_))
}

fn fail(seen: &EndpointObservation, strong: bool, answers: &[RobotAnswer]) -> Verdict {
    let severity =
        if strong { scope::by_role(seen, Severity::Warning, Severity::Error) } else { Severity::Warning };
    let told: Vec<String> =
        answers.iter().zip(WAYS).map(|(answer, way)| format!("{way}: {}", told(answer))).collect();
    let effort = if strong {
        "It even tells what is wrong with a block, so that some ten thousand questions are enough"
    } else {
        "It tells only blocks that are right in all from others, so that millions of questions are needed"
    };
    // What port 25 keeps for old peers is what endangers the key here.
    let change = if scope::is_opportunistic(seen) {
        Change::Update
    } else {
        Change::StrongSuites { opportunistic: false }
    };
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {strong} {}", severity.name(), told.join("; ")),
            "the server's RSA key can be used by others (ROBOT)",
            format!(
                "The server takes secrets that are encrypted to its RSA key, and its answer tells, three times in the \
                 same way, whether they were padded rightly ({}). {effort} to open a recorded session that used RSA \
                 key transport, or to sign in the server's name.",
                told.join("; ")
            ),
        )
        .hurts("sessions with RSA key transport, also those of other servers and ports with the same key")
        .evidence("oracle", if strong { "strong" } else { "weak" })
        .evidence("answers", told)
        .change(change),
    )
}

/// The ways to pad in the order of [`Trick::Robot`].
const WAYS: [&str; 5] = ["right", "wrong first bytes", "zero at a wrong place", "no zero", "wrong version"];

fn told(answer: &RobotAnswer) -> String {
    let alerts: Vec<String> =
        answer.alerts.iter().map(|alert| AlertDescription(*alert).to_string()).collect();
    let what = match answer.end {
        None => words::list(&alerts),
        Some(ReactionEnd::Closed) => "a close".to_owned(),
        Some(ReactionEnd::Reset) => "a reset".to_owned(),
        Some(ReactionEnd::TimedOut) => "silence".to_owned(),
        Some(ReactionEnd::Left | ReactionEnd::NotReached) => "something unusual".to_owned(),
    };
    if answer.at_once { format!("{what} at once") } else { what }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Change, Severity, Verdict};
    use crate::observation::{
        Ask, Depth, EndpointObservation, Reaction, ReactionEnd, SeenRecord, SuiteClass, Tls, TlsEnd, Trick,
    };
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};
    use crate::sample;

    /// Lets each way be answered with an alert, or with silence where it is 0.
    fn round(seen: &mut EndpointObservation, round: u8, alerts: [u8; 5]) {
        for (alert, way) in alerts.into_iter().zip(0..) {
            answer(seen, Ask::Try(Trick::Robot(way, round)), chose(0x0303, 0x009C));
            let record = SeenRecord { content: 21, length: 2, head: Bytes(vec![2, alert]), encrypted: false };
            let reaction = match alert {
                0 => Reaction { records: Vec::new(), end: ReactionEnd::TimedOut },
                _ => Reaction { records: vec![record], end: ReactionEnd::Closed },
            };
            seen.sessions.last_mut().unwrap().reaction = Some(reaction);
        }
    }

    fn rounds(port: u16, all: &[[u8; 5]]) -> Verdict {
        judged(check, port, |seen| {
            for (alerts, number) in all.iter().zip(0..) {
                round(seen, number, *alerts);
            }
        })
    }

    #[test]
    fn passes_when_all_is_answered_alike() {
        assert_eq!(rounds(993, &[[20; 5]]), Verdict::Pass);
        assert_eq!(rounds(25, &[[51; 5]]), Verdict::Pass);
    }

    #[test]
    fn fails_when_the_answers_differ_each_time() {
        let found = finding(rounds(993, &[[20, 47, 20, 47, 20]; 3]));
        assert_eq!(found.severity, Severity::Error);
        assert_eq!(found.change, Some(Change::StrongSuites { opportunistic: false }));
        assert!(found.cause.contains("wrong first bytes: illegal_parameter"), "{}", found.cause);
        let found = finding(rounds(25, &[[20, 47, 20, 47, 20]; 3]));
        assert_eq!((found.severity, found.change), (Severity::Warning, Some(Change::Update)));
        let weak = finding(rounds(993, &[[20, 0, 0, 0, 0]; 3]));
        assert_eq!(weak.severity, Severity::Warning);
        assert!(weak.cause.contains("no zero: silence"), "{}", weak.cause);
    }

    #[test]
    fn unknown_when_the_difference_does_not_last_or_was_not_seen_again() {
        let differs = [20, 47, 20, 47, 20];
        for all in [&[differs][..], &[differs, [20; 5], differs], &[[0; 5]]] {
            assert!(matches!(rounds(993, all), Verdict::Unknown(_)), "{all:?}");
        }
        let not_reached = judged(check, 993, |seen| {
            round(seen, 0, [20; 5]);
            let session = seen.sessions.last_mut().unwrap();
            session.reaction = Some(Reaction { records: Vec::new(), end: ReactionEnd::NotReached });
        });
        assert!(matches!(not_reached, Verdict::Unknown(_)));
        let refused = judged(check, 993, |seen| {
            for way in 0..5 {
                answer(seen, Ask::Try(Trick::Robot(way, 0)), ended(TlsEnd::TimedOut));
            }
        });
        assert!(matches!(refused, Verdict::Unknown(_)));
    }

    #[test]
    fn nothing_to_say_without_rsa_key_transport_and_below_full_depth() {
        assert!(matches!(judged(check, 993, |_| {}), Verdict::NotApplicable(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
        let mut sample = sample::healthy().only(993);
        sample.seen.depth = Depth::Full;
        assert!(matches!(sample.endpoints(check)[..], [Verdict::NotApplicable(_)]));
        let rsa = Ask::Suites(SuiteClass::RsaKeyExchange);
        answer(sample.port(993), rsa, chose(0x0303, 0x009C));
        assert!(matches!(sample.endpoints(check)[..], [Verdict::Unknown(_)]));
        answer(sample.port(993), rsa, Tls::default());
        assert!(matches!(sample.endpoints(check)[..], [Verdict::Unknown(_)]));
    }
}
