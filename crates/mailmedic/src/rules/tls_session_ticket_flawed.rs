//! Session tickets are good for too long.

use super::{handshakes, wording};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Trick};

pub(super) static RULE: Rule = Rule {
    id: "tls-session-ticket-flawed",
    title: "session tickets live too long",
    severity: Severity::Warning,
    what: "The server promises to take its session tickets of TLS 1.2 for more than seven days.",
    why: "A ticket holds the keys of the connection, sealed with one key of the server. As long as that key lives, \
          whoever steals it reads all recorded connections: forward secrecy is only as good as the ticket key is \
          short-lived.",
    affected: "All clients that resume sessions.",
    fix: "Let tickets live for hours, and change their key at least once a week; or switch them off.",
    change: Some(ChangeKind::SessionTickets),
    references: &["RFC 9325 §3.4", "RFC 8446 §4.6.1", "RFC 5077 §5.6"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

/// Seven days, the most that TLS 1.3 allows (RFC 8446 §4.6.1) and the life of a ticket key that RFC 9325 §3.4 names.
const MOST_SECONDS: u32 = 7 * 24 * 60 * 60;

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let session = match handshakes::tried(case, seen, Trick::Renegotiation, |_| true) {
        Ok(session) => session,
        Err(verdict) => return verdict,
    };
    let tls = match handshakes::completed(seen, session) {
        Ok(tls) => tls,
        Err(verdict) => return verdict,
    };
    let Some(lifetime) = tls.tickets.iter().filter_map(|ticket| ticket.lifetime_s).max() else {
        return Verdict::Pass;
    };
    if lifetime <= MOST_SECONDS {
        return Verdict::Pass;
    }
    let days = lifetime / (24 * 60 * 60);
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            format!("{lifetime}"),
            "session tickets live too long",
            format!(
                "The server promises to take its session tickets for {lifetime} seconds, which is {days} days: so \
                 long at least it keeps the key that opens them, and with them recorded connections."
            ),
        )
        .hurts(format!("{} that resume sessions", wording::connecting(seen.endpoint.role)))
        .evidence("lifetime_s", lifetime)
        .change(Change::SessionTickets),
    )
}

#[cfg(test)]
mod tests {
    use super::{MOST_SECONDS, check};
    use crate::finding::Verdict;
    use crate::observation::{Tls, TlsEnd, Trick};
    use crate::rules::handshakes::tests::{cut_short, not_asked, ticket, tried};
    use crate::rules::tests::{finding, judged, unseen};

    fn lives(seconds: u32) -> Verdict {
        judged(check, 993, |seen| tried(seen, Trick::Renegotiation, ticket(seconds)))
    }

    #[test]
    fn passes_up_to_a_week() {
        assert_eq!(lives(MOST_SECONDS), Verdict::Pass);
        assert_eq!(lives(0), Verdict::Pass);
        let none = |seen: &mut _| tried(seen, Trick::Renegotiation, Tls { tickets: Vec::new(), ..ticket(0) });
        assert_eq!(judged(check, 993, none), Verdict::Pass);
    }

    #[test]
    fn fails_beyond() {
        assert!(finding(lives(MOST_SECONDS + 1)).cause.contains("7 days"));
    }

    #[test]
    fn unknown_when_it_came_to_nothing() {
        let failed =
            |seen: &mut _| tried(seen, Trick::Renegotiation, Tls { end: TlsEnd::Reset, ..Tls::default() });
        assert!(matches!(judged(check, 993, failed), Verdict::Unknown(_)));
        assert!(matches!(
            judged(check, 993, |seen| cut_short(seen, Trick::Renegotiation)),
            Verdict::Unknown(_)
        ));
    }

    #[test]
    fn says_nothing_when_it_was_not_asked() {
        assert!(matches!(unseen(check, 993), Verdict::NotApplicable(_)));
        assert!(matches!(not_asked(check), Verdict::NotApplicable(_)));
    }
}
