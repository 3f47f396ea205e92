//! The connection opens, then the server is silent.

use super::{scope, wording};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Session, TalkEnd, TlsEnd};

pub(super) static RULE: Rule = Rule {
    id: "reply-timeout",
    title: "the server accepts the connection and then is silent",
    severity: Severity::Error,
    what: "The connection was opened, but the server did not say what is due within the time limit.",
    why: "Clients hang until they give up. Silence mostly means an overloaded or blocked process, a lookup \
          (DNS, directory) that hangs, or a firewall or load balancer that accepts connections for a dead \
          server.",
    affected: "Everybody who connects; senders wait up to five minutes for a greeting, mail programs far \
               less.",
    fix: "See whether the service is overloaded or waits for DNS or a directory, and whether a proxy in \
          front of it still has a server behind it; the server's log tells when it accepted the \
          connection.",
    change: None,
    references: &["RFC 5321 §4.5.3.2"],
    since: "0.1",
    consequence_of: &["address-family-differs", "plaintext-on-tls-port", "tls-on-starttls-port"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    let Some(moment) = silence(look) else { return Verdict::Pass };
    let protocol = wording::protocol(seen.endpoint.protocol);
    Verdict::fail(
        Finding::new(
            Severity::Error,
            moment,
            "the server is silent",
            format!(
                "The connection was opened; {moment}, nothing more came from the {protocol} server \
                     within the time limit."
            ),
        )
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("moment", moment),
    )
}

/// Returns when the silence began, if there is one.
pub(super) fn silence(look: &Session) -> Option<&'static str> {
    let talk = look.plain.as_ref().map(|talk| &talk.end);
    let inside = look.inside.as_ref().map(|talk| &talk.end);
    match (talk, look.tls.as_ref().map(|tls| &tls.end), inside) {
        (Some(TalkEnd::Silent { at_greeting: true }), ..) => Some("before the greeting"),
        (Some(TalkEnd::Silent { at_greeting: false }), ..) => Some("after the greeting"),
        (_, Some(TlsEnd::TimedOut), _) => Some("during the TLS handshake"),
        (.., Some(TalkEnd::Silent { .. })) => Some("after the TLS handshake"),
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
    fn passes_when_everything_was_said() {
        assert_eq!(judged(check, 587, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_without_a_greeting() {
        let found = finding(judged(check, 25, |seen| {
            seen.sessions.truncate(1);
            polite(seen, |session| {
                (session.tls, session.inside) = (None, None);
                session.plain.as_mut().unwrap().end = TalkEnd::Silent { at_greeting: true };
            });
        }));
        assert!(found.cause.contains("before the greeting"));
    }

    #[test]
    fn fails_when_the_hello_is_not_answered() {
        let found = finding(judged(check, 993, |seen| answer(seen, Ask::Polite, ended(TlsEnd::TimedOut))));
        assert!(found.cause.contains("during the TLS handshake"));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
