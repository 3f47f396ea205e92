//! The connection opens and is closed or reset before a word is said.

use super::{scope, wording};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Session, TalkEnd};

pub(super) static RULE: Rule = Rule {
    id: "connection-reset",
    title: "the connection is closed or reset without a word",
    severity: Severity::Error,
    what: "The server, or something in front of it, ends the connection without a reply that says why.",
    why: "Clients cannot connect and cannot tell why. Mostly an access list (TCP wrappers, fail2ban, a \
          firewall), a load balancer without a live server behind it, or a process that dies at its start \
          is the reason.",
    affected: "Everybody whom the same rule or fault hits; it may be the address of this machine alone.",
    fix: "Look into the server's log at the time of the attempt; check access lists, bans and the health \
          of the server behind a proxy (and whether it expects the PROXY protocol).",
    change: None,
    references: &["RFC 9293 §3.10.7", "RFC 5321 §3.1"],
    since: "0.1",
    consequence_of: &["address-family-differs", "plaintext-on-tls-port", "tls-on-starttls-port"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    let Some((how, moment)) = end(look) else { return Verdict::Pass };
    Verdict::fail(
        Finding::new(
            Severity::Error,
            format!("{how} {moment}"),
            format!("the connection is {how} {moment}"),
            format!(
                "The connection was opened, then {how} {moment}, with no reply that says why: an access \
                 list or ban, a proxy without a server behind it, or a process that dies at its start."
            ),
        )
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("end", how)
        .evidence("moment", moment),
    )
}

/// Returns how and when the connection was cut off in the dialogue.
fn end(look: &Session) -> Option<(&'static str, &'static str)> {
    match look.plain.as_ref().map(|talk| &talk.end) {
        Some(TalkEnd::Closed { at_greeting: true }) => Some(("closed", "before the greeting")),
        Some(TalkEnd::Reset { at_greeting: true }) => Some(("reset", "before the greeting")),
        Some(TalkEnd::Closed { at_greeting: false }) => Some(("closed", "after the greeting")),
        Some(TalkEnd::Reset { at_greeting: false }) => Some(("reset", "after the greeting")),
        // A server that cannot shake hands closes at the hello; whether that becomes a reset is a matter of
        // microseconds, and tls-handshake-failed tells of both.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{Ask, TalkEnd, TlsEnd};
    use crate::rules::tests::{answer, ended, finding, judged, polite, unseen};

    #[test]
    fn passes_when_a_word_was_said() {
        assert_eq!(judged(check, 25, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_when_closed_before_the_greeting() {
        let found = finding(judged(check, 25, |seen| {
            polite(seen, |session| {
                (session.tls, session.inside) = (None, None);
                session.plain.as_mut().unwrap().end = TalkEnd::Closed { at_greeting: true };
            });
        }));
        assert_eq!(found.title, "the connection is closed before the greeting");
    }

    #[test]
    fn a_reset_hello_is_another_fault() {
        let reset = |port| {
            judged(check, port, |seen| {
                seen.sessions.truncate(1);
                answer(seen, Ask::Polite, ended(TlsEnd::Reset));
            })
        };
        assert!(!matches!(reset(993), Verdict::Fail(_)));
        assert!(!matches!(reset(587), Verdict::Fail(_)));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
