//! Clients may begin the handshake again inside a connection.

use super::handshakes;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, Reaction, ReactionEnd, Trick};

pub(super) static RULE: Rule = Rule {
    id: "tls-renegotiation-by-client",
    title: "clients may renegotiate",
    severity: Severity::Warning,
    what: "In TLS 1.2 the server lets a client begin the handshake again inside a connection that stands.",
    why: "No mail client needs it. A handshake costs the server far more than the client, and one connection is \
          enough to demand many of them: limits on the number of connections do not help.",
    affected: "The server itself, when someone wears it out.",
    fix: "Switch renegotiation off where the software can: OpenSSL does so by itself since version 3.0, and has \
          the option NoRenegotiation since 1.1.1. GnuTLS leaves it to the mail server; where that has no setting, \
          TLS 1.3 alone is without it.",
    change: Some(ChangeKind::NoRenegotiation),
    references: &["RFC 5246 §7.4.1.2", "RFC 8446 §4.1.2", "CVE-2011-1473"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let session = match handshakes::tried(case, seen, Trick::Renegotiation, |_| true) {
        Ok(session) => session,
        Err(verdict) => return verdict,
    };
    if let Err(verdict) = handshakes::completed(seen, session) {
        return verdict;
    }
    let Some(reaction) = &session.reaction else {
        return Verdict::Unknown("nothing was seen after the handshake".to_owned());
    };
    let times = accepted(reaction);
    match (times, reaction.end) {
        (0, ReactionEnd::NotReached) => {
            return Verdict::Unknown("the first handshake was not completed".to_owned());
        }
        (0, ReactionEnd::TimedOut) => {
            return Verdict::Unknown("the server did not answer the second hello in time".to_owned());
        }
        (0, _) => return Verdict::Pass,
        _ => {}
    }
    let (severity, how_often) = match (times, reaction.end) {
        (MANY.., ReactionEnd::Left) => {
            (Severity::Warning, format!("{times} times in one connection, with no limit in sight"))
        }
        (1, _) => (Severity::Note, "once".to_owned()),
        _ => (Severity::Note, format!("{times} times in one connection, and not again")),
    };
    Verdict::fail(
        Finding::new(
            severity,
            severity.name(),
            "clients may renegotiate",
            format!(
                "The server let a client begin the handshake of TLS 1.2 again: {how_often}. Each handshake costs \
                 the server far more than the client."
            ),
        )
        .evidence("accepted", times)
        .change(Change::NoRenegotiation),
    )
}

/// What counts as no limit; the prober stops there.
const MANY: usize = 10;

/// Counts the hellos that were answered with a ServerHello.
fn accepted(reaction: &Reaction) -> usize {
    let is_hello = |content: u8, head: &[u8]| content == HANDSHAKE && head.first() == Some(&SERVER_HELLO);
    reaction.records.iter().filter(|record| is_hello(record.content, &record.head.0)).count()
}

const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{ReactionEnd, Trick};
    use crate::rules::handshakes::tests::{cut_short, not_asked, react, reacted};
    use crate::rules::tests::{finding, judged, unseen};

    fn renegotiated(records: &[(u8, &[u8])], end: ReactionEnd) -> Verdict {
        judged(check, 993, |seen| reacted(seen, Trick::Renegotiation, react(records, end)))
    }

    #[test]
    fn passes_where_it_is_refused() {
        let refusals: [&[(u8, &[u8])]; 2] = [&[(21, &[1, 100])], &[]];
        assert_eq!(renegotiated(refusals[0], ReactionEnd::Left), Verdict::Pass);
        assert_eq!(renegotiated(refusals[1], ReactionEnd::Closed), Verdict::Pass);
        assert_eq!(renegotiated(refusals[1], ReactionEnd::Reset), Verdict::Pass);
    }

    #[test]
    fn fails_where_it_is_accepted() {
        let hellos = vec![(22, &[2, 0, 0, 77][..]); 10];
        assert_eq!(finding(renegotiated(&hellos, ReactionEnd::Left)).severity, Severity::Warning);
        let limited = finding(renegotiated(&hellos[..3], ReactionEnd::Closed));
        assert_eq!(limited.severity, Severity::Note);
        assert!(limited.cause.contains("3 times"), "{}", limited.cause);
    }

    #[test]
    fn unknown_when_it_came_to_nothing() {
        assert!(matches!(renegotiated(&[], ReactionEnd::NotReached), Verdict::Unknown(_)));
        assert!(matches!(renegotiated(&[], ReactionEnd::TimedOut), Verdict::Unknown(_)));
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
