//! The answer to a ticket holds memory of the server.

use super::{handshakes, tricks, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, LONE_SESSION_ID, Session, Trick};

pub(super) static RULE: Rule = Rule {
    id: "tls-ticketbleed",
    title: "tickets make the server bleed (Ticketbleed)",
    severity: Severity::Error,
    what: "Shown a session ticket together with a session id of one byte, the server repeats more bytes than it \
           got. The rest is out of its memory.",
    why: "Anyone can read up to 31 bytes at a time, which may be session ids and other secrets of other clients.",
    affected: "Everyone whose connection goes through it: an F5 BIG-IP in front of the mail server.",
    fix: "Update the load balancer (F5 K05121675), or switch session tickets off in its client SSL profile.",
    change: Some(ChangeKind::Update),
    references: &["CVE-2016-9244", "RFC 5077 §3.4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let ticket = match handshakes::tried(case, seen, Trick::Renegotiation, |_| true) {
        Ok(session) => session,
        Err(verdict) => return verdict,
    };
    if let Err(verdict) = handshakes::completed(seen, ticket) {
        return verdict;
    }
    let session = match tricks::tried_where_possible(case, seen, Trick::Ticketbleed) {
        Ok(session) => session,
        Err(verdict) => return verdict,
    };
    match session.tls.as_ref().and_then(|tls| tls.resumed) {
        Some(true) => {}
        Some(false) => return Verdict::Pass,
        None => return Verdict::Unknown("the server did not answer the hello with the ticket".to_owned()),
    }
    let Some((length, first)) = session_id(session) else {
        return Verdict::Unknown("the server's hello was not read".to_owned());
    };
    if length <= 1 || first != LONE_SESSION_ID {
        return Verdict::Pass;
    }
    Verdict::fail(
        Finding::new(
            Severity::Error,
            "ticketbleed",
            "tickets make the server bleed (Ticketbleed)",
            format!(
                "Shown a ticket with a session id of one byte, the server took the session up and answered with a \
                 session id of {length} bytes that begins with ours: the rest is out of its memory."
            ),
        )
        .hurts(format!("{} whose secrets are read that way", wording::connecting(seen.endpoint.role)))
        .evidence("sent_bytes", 1)
        .evidence("returned_bytes", length)
        .change(Change::Update),
    )
}

/// Returns the length of the session id in the ServerHello that was kept, and its first byte (RFC 5246 §7.4.1.3).
fn session_id(session: &Session) -> Option<(u8, u8)> {
    let head = &session.reaction.as_ref()?.records.first()?.head.0;
    let length = *head.get(BEFORE_SESSION_ID)?;
    Some((length, head.get(BEFORE_SESSION_ID + 1).copied().unwrap_or_default()))
}

/// The message's header, the version, the random.
const BEFORE_SESSION_ID: usize = 4 + 2 + 32;

#[cfg(test)]
mod tests {
    use super::{BEFORE_SESSION_ID, check};
    use crate::finding::Verdict;
    use crate::observation::{LONE_SESSION_ID, ReactionEnd, Tls, TlsEnd, Trick};
    use crate::rules::handshakes::tests::{cut_short, not_asked, react, reacted, ticket, tried};
    use crate::rules::tests::{chose, finding, judged, unseen};

    /// Judges the answer to a ticket whose session id has this length and first byte.
    fn answered(resumed: Option<bool>, length: u8, first: u8) -> Verdict {
        judged(check, 993, |seen| {
            tried(seen, Trick::Renegotiation, ticket(7200));
            let mut hello = vec![0; BEFORE_SESSION_ID];
            hello[0] = 2;
            hello.extend([length, first]);
            reacted(seen, Trick::Ticketbleed, react(&[(22, &hello)], ReactionEnd::Left));
            let session = seen.sessions.last_mut().unwrap();
            session.tls = Some(Tls { resumed, ..chose(0x0303, 0xC02F) });
        })
    }

    #[test]
    fn passes_where_nothing_is_added() {
        assert_eq!(answered(Some(true), 1, LONE_SESSION_ID), Verdict::Pass);
        assert_eq!(answered(Some(true), 0, 0), Verdict::Pass);
        assert_eq!(answered(Some(true), 32, !LONE_SESSION_ID), Verdict::Pass);
    }

    #[test]
    fn passes_where_the_ticket_is_not_taken() {
        assert_eq!(answered(Some(false), 32, LONE_SESSION_ID), Verdict::Pass);
    }

    #[test]
    fn fails_where_bytes_are_added() {
        let finding = finding(answered(Some(true), 32, LONE_SESSION_ID));
        assert!(finding.cause.contains("32 bytes"), "{}", finding.cause);
    }

    #[test]
    fn unknown_when_it_came_to_nothing() {
        assert!(matches!(answered(None, 32, LONE_SESSION_ID), Verdict::Unknown(_)));
        let failed =
            |seen: &mut _| tried(seen, Trick::Renegotiation, Tls { end: TlsEnd::TimedOut, ..Tls::default() });
        assert!(matches!(judged(check, 993, failed), Verdict::Unknown(_)));
        let limited = |seen: &mut _| {
            tried(seen, Trick::Renegotiation, ticket(7200));
            cut_short(seen, Trick::Ticketbleed);
        };
        assert!(matches!(judged(check, 993, limited), Verdict::Unknown(_)));
    }

    #[test]
    fn says_nothing_when_it_was_not_asked_or_there_is_no_ticket() {
        assert!(matches!(unseen(check, 993), Verdict::NotApplicable(_)));
        assert!(matches!(not_asked(check), Verdict::NotApplicable(_)));
    }
}
