//! Hellos that are turned away for what a server has to overlook.

use super::{scope, tricks, wording};
use crate::endpoint::Role;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Answer, Ask, EndpointObservation, Odd, Session, TlsEnd, Trick};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "tls-intolerant",
    title: "hellos with unknown values are turned away",
    severity: Severity::Error,
    what: "The server does not answer a hello that holds versions, extensions, suites or groups that it does not \
           know, or that has a certain length, although it answers the same hello without.",
    why: "Every new client holds something that an old server does not know, and Apple's programs add such values on \
          purpose (GREASE), so that faults like this are noticed. A server has to overlook them.",
    affected: "Clients whose hello looks like that; they cannot connect at all, and nothing in their message says why.",
    fix: "Update the TLS library or the firewall, load balancer or TLS proxy before the server, which often is the one \
          at fault.",
    change: Some(ChangeKind::Update),
    references: &["RFC 8701", "RFC 8446 §4.1.2", "RFC 8446 §4.2.1", "RFC 7685 §1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let all = match tricks::tried(case, seen, Trick::Grease) {
        Ok(session) => session,
        Err(verdict) => return verdict,
    };
    if all.has_tls() {
        // That hello is longer than those on which some servers hang.
        return match answer(seen, Odd::Length) {
            Answer::Yes => Verdict::Pass,
            Answer::No => Verdict::fail(told(seen, &[Odd::Length])),
            Answer::Unknown(why) => Verdict::Unknown(why),
        };
    }
    if all.tls.is_none() {
        return Verdict::Unknown(all.why_no_tls());
    }
    let answers = WAYS.map(|way| (way, answer(seen, way)));
    let refused: Vec<Odd> =
        answers.iter().filter(|(_, answer)| answer.is_no()).map(|(way, _)| *way).collect();
    // A server that refuses them all may do so for something else, such as a limit.
    let answers_some = answers.iter().any(|(_, answer)| answer.is_yes());
    if refused.is_empty() || !answers_some {
        let doubt = answers.into_iter().find_map(|(_, answer)| match answer {
            Answer::Unknown(why) => Some(why),
            Answer::Yes | Answer::No => None,
        });
        let why = match (refused.is_empty(), doubt) {
            (true, Some(why)) => why,
            (true, None) => {
                "the server refused a hello full of unknown values, but took each kind alone".to_owned()
            }
            (false, _) => "the server refused every such hello, maybe for another reason".to_owned(),
        };
        return Verdict::Unknown(why);
    }
    Verdict::fail(told(seen, &refused))
}

fn told(seen: &EndpointObservation, ways: &[Odd]) -> Finding {
    let words: Vec<&str> = ways.iter().map(|way| words_of(*way)).collect();
    let long = ways.iter().any(|way| matches!(way, Odd::Length | Odd::Long));
    // Senders put in no unknown values on purpose, but long hellos they have.
    let severity = match seen.endpoint.role {
        Role::Mx if !long => Severity::Warning,
        _ => Severity::Error,
    };
    let mut whom: Vec<&str> = ways.iter().map(|way| hurt_by(seen.endpoint.role, *way)).collect();
    whom.dedup();
    Finding::new(
        severity,
        format!("{} {}", severity.name(), words.join(",")),
        "hellos with unknown values are turned away",
        format!(
            "The server does not answer a hello with {}, although it answers the same hello without. It should \
             overlook what it does not know.",
            words::list(&words)
        ),
    )
    .hurts(format!("{}: {}", wording::connecting(seen.endpoint.role), words::list(&whom)))
    .evidence("refused", words)
    .change(Change::Update)
}

fn words_of(way: Odd) -> &'static str {
    match way {
        Odd::Version => "an unknown version",
        Odd::Extension => "an unknown extension",
        Odd::Suite => "unknown cipher suites",
        Odd::Group => "unknown groups and signature schemes",
        Odd::Length => "256 to 511 bytes",
        Odd::Long => "more than 1024 bytes",
    }
}

fn hurt_by(role: Role, way: Odd) -> &'static str {
    match (way, role) {
        (Odd::Length, _) => "those whose hello happens to have that length",
        (Odd::Long, _) => "all that offer post-quantum keys, as OpenSSL 3.5 and Go do",
        (_, Role::Mx) => "those newer than the server",
        (_, Role::Submission | Role::Access) => "Apple Mail and others that are newer than the server",
    }
}

/// Tells whether a hello that is odd in one way was answered. Some servers hang on it, which counts where they answered
/// another one at the same time or later, and never hang on a hello that is not odd.
fn answer(seen: &EndpointObservation, way: Odd) -> Answer {
    let ask = Ask::Try(Trick::Odd(way));
    if way == Odd::Length && seen.session(ask).is_none() && seen.bears_odd_length() {
        return Answer::Yes;
    }
    let hung = |session: &Session| session.tls.as_ref().is_some_and(|tls| tls.end == TlsEnd::TimedOut);
    let Some(session) = seen.session(ask).filter(|session| hung(session) && !session.has_tls()) else {
        return seen.answer(ask);
    };
    let alive = seen.sessions.iter().any(|other| other.has_tls() && other.ended_ms() >= session.begun_ms);
    let is_usual = |other: &Session| !matches!(other.ask, Ask::Try(_) | Ask::Ssl2);
    let slow = seen.sessions.iter().any(|other| is_usual(other) && hung(other));
    if alive && !slow { Answer::No } else { seen.answer(ask) }
}

/// Every way to be odd, worst first.
const WAYS: [Odd; 6] = [Odd::Long, Odd::Length, Odd::Extension, Odd::Suite, Odd::Group, Odd::Version];

#[cfg(test)]
mod tests {
    use super::{WAYS, check};
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, Depth, Odd, TlsEnd, Trick};
    use crate::rules::tests::{answer, chose, ended, finding, judged, judged_at, unseen};

    /// A server that refuses the hello full of unknown values, and these of the others.
    fn refusing(port: u16, end: TlsEnd, ways: &[Odd]) -> Verdict {
        judged_at(Depth::Full, check, port, |seen| {
            answer(seen, Ask::Try(Trick::Grease), ended(end.clone()));
            for way in WAYS {
                let tls = if ways.contains(&way) { ended(end.clone()) } else { chose(0x0303, 0xC02F) };
                answer(seen, Ask::Try(Trick::Odd(way)), tls);
            }
        })
    }

    #[test]
    fn passes_when_all_is_overlooked() {
        let verdict = judged_at(Depth::Full, check, 993, |seen| {
            answer(seen, Ask::Try(Trick::Grease), chose(0x0304, 0x1301));
            answer(seen, Ask::Try(Trick::Odd(Odd::Length)), chose(0x0303, 0xC02F));
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn a_length_on_which_it_hangs_is_told_though_all_else_is_overlooked() {
        let with = |end: Option<TlsEnd>| {
            judged_at(Depth::Full, check, 25, |seen| {
                answer(seen, Ask::Try(Trick::Grease), chose(0x0304, 0x1301));
                if let Some(end) = end {
                    answer(seen, Ask::Try(Trick::Odd(Odd::Length)), ended(end));
                }
            })
        };
        assert_eq!(finding(with(Some(TlsEnd::TimedOut))).severity, Severity::Error);
        assert!(matches!(with(None), Verdict::Unknown(_)));
    }

    #[test]
    fn an_answer_to_a_hello_of_the_listing_with_that_length_tells_enough() {
        for (length, end, passes) in
            [(300, TlsEnd::Answered, true), (512, TlsEnd::Answered, false), (300, TlsEnd::Alert, false)]
        {
            let verdict = judged_at(Depth::Full, check, 25, |seen| {
                answer(seen, Ask::Try(Trick::Grease), chose(0x0304, 0x1301));
                let tls = if end == TlsEnd::Answered { chose(0x0303, 0xC02F) } else { ended(end) };
                answer(seen, Ask::List(0x0303), tls);
                if let Some(session) = seen.sessions.last_mut() {
                    session.hello_length = length;
                }
            });
            assert_eq!(verdict == Verdict::Pass, passes, "{length}: {verdict:?}");
        }
    }

    #[test]
    fn a_server_that_is_slow_in_everything_is_not_accused() {
        let verdict = judged_at(Depth::Full, check, 993, |seen| {
            answer(seen, Ask::List(0x0303), ended(TlsEnd::TimedOut));
            answer(seen, Ask::Try(Trick::Grease), chose(0x0304, 0x1301));
            answer(seen, Ask::Try(Trick::Odd(Odd::Length)), ended(TlsEnd::TimedOut));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }

    #[test]
    fn names_every_way_that_is_refused() {
        let found = finding(refusing(993, TlsEnd::Alert, &[Odd::Extension, Odd::Version]));
        assert_eq!(found.severity, Severity::Error);
        assert!(
            found.cause.contains("with an unknown extension and an unknown version, although"),
            "{}",
            found.cause
        );
        assert!(found.hurts.unwrap().ends_with("Apple Mail and others that are newer than the server"));
        assert_eq!(finding(refusing(25, TlsEnd::Alert, &[Odd::Suite])).severity, Severity::Warning);
        assert_eq!(finding(refusing(25, TlsEnd::Closed, &[Odd::Long])).severity, Severity::Error);
    }

    #[test]
    fn a_server_that_hangs_refuses() {
        assert!(finding(refusing(993, TlsEnd::TimedOut, &[Odd::Length])).cause.contains("256 to 511 bytes"));
    }

    #[test]
    fn unknown_where_nothing_or_everything_is_refused_alone() {
        assert!(matches!(refusing(993, TlsEnd::Alert, &[]), Verdict::Unknown(_)));
        assert!(matches!(refusing(993, TlsEnd::Alert, &WAYS), Verdict::Unknown(_)));
    }

    #[test]
    fn unknown_where_it_was_cut_short() {
        let cut = judged_at(Depth::Full, check, 993, |seen| {
            answer(seen, Ask::Try(Trick::Grease), ended(TlsEnd::TimedOut));
        });
        assert!(matches!(cut, Verdict::Unknown(_)));
        let limited = judged_at(Depth::Full, check, 993, |seen| {
            answer(seen, Ask::Try(Trick::Grease), ended(TlsEnd::TimedOut));
            seen.sessions.last_mut().unwrap().tls = None;
        });
        assert!(matches!(limited, Verdict::Unknown(_)));
    }

    #[test]
    fn asked_at_full_depth_only() {
        assert!(matches!(judged(check, 993, |_| {}), Verdict::NotApplicable(_)));
        assert!(matches!(judged_at(Depth::Full, check, 993, |_| {}), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
