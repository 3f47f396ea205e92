//! What was said before TLS still counts inside it.

use super::{scope, wording};
use crate::endpoint::{Protocol, Security};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Ask, EndpointObservation, Injected, Talk, TalkEnd, TlsEnd, Trick};

pub(super) static RULE: Rule = Rule {
    id: "starttls-state-survives",
    title: "what was said before TLS still counts inside it",
    severity: Severity::Warning,
    what: "When TLS starts, both sides have to begin anew. Here the server does not: it still announces STARTTLS \
           although TLS stands, or a ManageSieve server does not list its capabilities anew, so that clients \
           are left with the list that came in clear text.",
    why: "What came in clear text, somebody on the way may have written. A client that waits for the new list \
          waits in vain, and one that goes by the old list believes what nobody vouches for. A second STARTTLS \
          inside TLS can only fail.",
    affected: "ManageSieve clients that wait for the capabilities hang. A second offer of STARTTLS mostly stays \
               without effect.",
    fix: "Update the server. If a proxy in front of it takes TLS off, tell the server behind it that the \
          connection is encrypted already, so that it does not announce STARTTLS.",
    change: None,
    references: &["RFC 3207 §4.2", "RFC 5804 §2.2", "RFC 9051 §6.2.1", "RFC 2595 §4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("this port speaks TLS from the first byte");
    }
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let Some(look) = seen.polite().filter(|look| look.security == Security::Starttls) else {
        return Verdict::NotApplicable("TLS does not follow a dialogue in clear text here");
    };
    let completed = look.tls.as_ref().is_some_and(|tls| tls.end == TlsEnd::Completed);
    let Some(inside) = look.inside.as_ref().filter(|_| completed) else {
        return Verdict::Unknown("no dialogue was held inside TLS".to_owned());
    };
    let word = wording::upgrade(seen);
    match &inside.capabilities {
        Some(words) if announces(words, word) => still_announced(seen, word),
        Some(_) => Verdict::Pass,
        None if lists_nothing_anew(seen) => not_listed_anew(),
        None => match (&look.plain, &inside.end) {
            (Some(Talk { capabilities: None, .. }), TalkEnd::Done) => {
                Verdict::NotApplicable("the server lists no capabilities at all")
            }
            _ => Verdict::Unknown("the server did not list its capabilities inside TLS".to_owned()),
        },
    }
}

fn announces(words: &[String], upgrade: &str) -> bool {
    let first = |line: &String| line.replace('"', "").split_whitespace().next().map(str::to_owned);
    words.iter().filter_map(first).any(|word| word.eq_ignore_ascii_case(upgrade))
}

/// Tells whether a ManageSieve server answered the farewell inside TLS without a list before it: not time but
/// the order of its words shows that none was to come.
fn lists_nothing_anew(seen: &EndpointObservation) -> bool {
    let slipped = seen.session(Ask::Try(Trick::Injection));
    seen.endpoint.protocol == Protocol::Sieve
        && slipped.is_some_and(|session| {
            let talk = session.inside.as_ref();
            let answered = matches!(session.injected(), Injected::Spurned | Injected::CarriedOut(_));
            answered && talk.is_some_and(|talk| talk.capabilities.is_none() && !talk.lines.is_empty())
        })
}

fn still_announced(seen: &EndpointObservation, word: &'static str) -> Verdict {
    let rule = match seen.endpoint.protocol {
        Protocol::Smtp | Protocol::Submission | Protocol::Lmtp => {
            " RFC 3207 §4.2 forbids that: whatever the two sides knew of each other is to be forgotten."
        }
        Protocol::Imap | Protocol::Pop3 | Protocol::Sieve => "",
    };
    Verdict::fail(
        Finding::new(
            Severity::Note,
            "announced",
            format!("{word} is announced although TLS stands"),
            format!("After {word}, inside TLS, the server announces {word} again.{rule}"),
        )
        .evidence("announced", word),
    )
}

fn not_listed_anew() -> Verdict {
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            "capabilities",
            "the capabilities are not listed anew inside TLS",
            "After STARTTLS the server is to send its capabilities anew, by itself (RFC 5804 §2.2). This one \
             answers the first command inside TLS without having sent them.",
        )
        .hurts("ManageSieve clients that wait for the list hang"),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Ask, EndpointObservation, Line, TalkEnd, Tls, TlsEnd, Trick};
    use crate::rules::tests::{finding, judged_alone, polite, unseen};
    use crate::sample;

    fn inside(port: u16, words: &[&str]) -> Verdict {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        judged_alone(check, port, |seen| {
            polite(seen, |session| session.inside.as_mut().unwrap().capabilities = Some(words));
        })
    }

    /// A server that is silent inside TLS until it is told farewell.
    fn silent(seen: &mut EndpointObservation) {
        polite(seen, |session| {
            let talk = session.inside.as_mut().unwrap();
            (talk.capabilities, talk.end) = (None, TalkEnd::Silent { at_greeting: false });
        });
    }

    fn farewell(seen: &mut EndpointObservation, capabilities: Option<Vec<String>>, end: TalkEnd) {
        let tls = Tls { end: TlsEnd::Completed, version: Some(0x0304), ..Tls::default() };
        let mut session = sample::session(&seen.endpoint, Ask::Try(Trick::Injection), tls);
        let sent = Some("STARTTLS\nNOOP \"mailmedic\"".to_owned());
        session.plain.as_mut().unwrap().lines.push(Line { sent, reply: Some("OK".into()) });
        let mut talk = sample::talk(seen.endpoint.protocol, true);
        talk.lines.push(Line { sent: Some("LOGOUT".into()), reply: Some("OK".into()) });
        (talk.capabilities, talk.end) = (capabilities, end);
        session.inside = Some(talk);
        seen.sessions.push(session);
    }

    #[test]
    fn passes_when_the_offer_is_gone_inside() {
        for port in [25, 587, 24, 143, 110, 4190] {
            assert_eq!(judged_alone(check, port, |_| {}), Verdict::Pass, "{port}");
        }
        assert_eq!(inside(25, &["XSTARTTLS", "SIZE STARTTLS"]), Verdict::Pass);
    }

    #[test]
    fn fails_when_the_offer_is_still_there() {
        let offers =
            [(25, "STARTTLS"), (587, "starttls"), (143, "STARTTLS"), (110, "STLS"), (4190, "\"STARTTLS\"")];
        for (port, offer) in offers {
            assert_eq!(finding(inside(port, &["SIZE", offer])).severity, Severity::Note, "{port}");
        }
        assert!(finding(inside(25, &["STARTTLS"])).cause.contains("RFC 3207"));
        assert!(!finding(inside(143, &["STARTTLS"])).cause.contains("RFC 3207"));
    }

    #[test]
    fn fails_when_a_sieve_server_answers_without_a_list() {
        let verdict = judged_alone(check, 4190, |seen| {
            silent(seen);
            farewell(seen, None, TalkEnd::Done);
        });
        assert_eq!(finding(verdict).severity, Severity::Warning);
    }

    #[test]
    fn unknown_when_the_list_may_still_come() {
        assert!(matches!(judged_alone(check, 4190, silent), Verdict::Unknown(_)));
        for (list, end) in [
            (Some(vec!["SASL PLAIN".to_owned()]), TalkEnd::Done),
            (None, TalkEnd::Silent { at_greeting: false }),
            (None, TalkEnd::Closed { at_greeting: false }),
        ] {
            let verdict = judged_alone(check, 4190, |seen| {
                silent(seen);
                farewell(seen, list, end);
            });
            assert!(matches!(verdict, Verdict::Unknown(_)), "{verdict:?}");
        }
    }

    #[test]
    fn nothing_to_say_where_nothing_is_listed() {
        let verdict = judged_alone(check, 110, |seen| {
            polite(seen, |session| {
                session.plain.as_mut().unwrap().capabilities = None;
                session.inside.as_mut().unwrap().capabilities = None;
            });
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
        assert!(matches!(
            judged_alone(check, 25, |seen| polite(seen, |look| look.inside = None)),
            Verdict::Unknown(_)
        ));
    }
}
