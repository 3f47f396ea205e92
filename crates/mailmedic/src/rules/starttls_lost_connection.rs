//! The go-ahead for TLS comes, then the connection is gone.

use super::{scope, wording};
use crate::endpoint::Security;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Session, TalkEnd, Tls, TlsEnd};

pub(super) static RULE: Rule = Rule {
    id: "starttls-lost-connection",
    title: "the connection is lost at the start of TLS",
    severity: Severity::Error,
    what: "The server gives the go-ahead for TLS and then closes or resets the connection at every hello, \
           without an alert that says why.",
    why: "Either the server's TLS dies at its start (no certificate, an unreadable key, a process without \
          memory), or a firewall or antivirus on the way does not let TLS pass. Mail waits in the senders' \
          queues and mail programs cannot log in.",
    affected: "Everybody; senders report \"lost connection after STARTTLS\".",
    fix: "See what the server's log says at that moment. If it says nothing of TLS, something in between \
          cuts the connection: look from the server itself, then from another network.",
    change: Some(ChangeKind::MendTls),
    references: &["RFC 3207 §4.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("this port speaks TLS from the first byte");
    }
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    if hello(look).is_none() {
        return Verdict::NotApplicable("there was no go-ahead for TLS");
    }
    let hellos: Vec<&Tls> = seen.sessions.iter().filter_map(hello).collect();
    if !hellos.iter().all(|tls| is_lost(tls)) || seen.sessions.iter().any(says_why) {
        return Verdict::Pass;
    }
    let reset = hellos.iter().any(|tls| tls.end == TlsEnd::Reset);
    let how = if reset { "reset" } else { "closed" };
    Verdict::fail(
        Finding::new(
            Severity::Error,
            how,
            "the connection is lost at the start of TLS",
            format!(
                "The server gives the go-ahead for {}, then the connection is {how} at every hello, \
                 whatever it offers, and no alert says why: the server's TLS dies at its start, or \
                 something on the way does not let TLS pass.",
                wording::upgrade(seen)
            ),
        )
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("hellos", hellos.len())
        .change(Change::MendTls),
    )
}

/// Returns the handshake that followed a go-ahead.
fn hello(session: &Session) -> Option<&Tls> {
    let go_ahead = session.plain.as_ref().is_some_and(|talk| talk.end == TalkEnd::Done);
    if go_ahead { session.tls.as_ref() } else { None }
}

/// Tells whether the server said in clear text behind its go-ahead why there is no TLS: whether that is read before or after
/// our hello is chance.
fn says_why(session: &Session) -> bool {
    session.plain.as_ref().is_some_and(|talk| talk.end == TalkEnd::Done && !talk.leftover.0.is_empty())
}

fn is_lost(tls: &Tls) -> bool {
    tls.version.is_none() && tls.alerts.is_empty() && matches!(tls.end, TlsEnd::Closed | TlsEnd::Reset)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::Verdict;
    use crate::observation::{Ask, TlsEnd};
    use crate::rules::tests::{answer, ended, finding, judged, unseen};

    #[test]
    fn passes_when_only_the_refused_hellos_are_closed() {
        let verdict = judged(check, 587, |seen| {
            answer(seen, Ask::Version(0x0302), ended(TlsEnd::Closed));
            answer(seen, Ask::Ssl2, ended(TlsEnd::Reset));
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn fails_when_every_hello_is() {
        let found = finding(judged(check, 587, |seen| {
            for session in &mut seen.sessions {
                session.tls = Some(ended(TlsEnd::Closed));
                session.inside = None;
            }
        }));
        assert!(found.cause.contains("closed at every hello"));
    }

    #[test]
    fn a_server_that_says_why_is_not_lost() {
        let verdict = judged(check, 143, |seen| {
            for session in &mut seen.sessions {
                session.tls = Some(ended(TlsEnd::Closed));
                session.inside = None;
            }
            let said = b"* BYE [UNAVAILABLE] TLS initialization failed.\r\n".to_vec();
            seen.sessions[1].plain.as_mut().unwrap().leftover = Bytes(said);
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn an_alert_is_no_loss() {
        let verdict = judged(check, 587, |seen| {
            for session in &mut seen.sessions {
                session.tls = Some(ended(TlsEnd::Closed));
            }
            answer(seen, Ask::Version(0x0303), ended(TlsEnd::Alert));
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 587), Verdict::Unknown(_)));
    }
}
