//! A heartbeat is answered with memory that nobody sent.

use mailmedic_wire::heartbeat::{self, Heartbeat};
use mailmedic_wire::names::{ContentType, ExtensionType, HeartbeatMessageType, ProtocolVersion};

use super::{scope, tricks};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{
    EndpointObservation, HEARTBEAT_CARRIED, HEARTBEAT_CLAIMED, Reaction, ReactionEnd, Trick,
};

pub(super) static RULE: Rule = Rule {
    id: "tls-heartbleed",
    title: "the server's memory can be read (Heartbleed)",
    severity: Severity::Error,
    what: "The server believes the length that a heartbeat claims, and answers with whatever lies in its memory \
           behind what was sent.",
    why: "Anybody can read the memory of the mail server bit by bit, without a login and without a trace in the \
          log: passwords, mails, and the private key of the certificate.",
    affected: "Everybody who has a password or mail on this server.",
    fix: "Update OpenSSL to 1.0.1g or newer and restart the server. Then replace the private key, revoke the old \
          certificate, and have the passwords changed.",
    change: Some(ChangeKind::Update),
    references: &["CVE-2014-0160", "RFC 6520 §4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::has_tls(seen) {
        return verdict;
    }
    let session = match tricks::tried(case, seen, Trick::Heartbleed) {
        Ok(session) => session,
        Err(Verdict::Unknown(_)) if seen.heartbeats().is_no() => return Verdict::Pass,
        Err(Verdict::Unknown(_)) if scope::refuses_all_from(seen, ProtocolVersion::TLSv1_0) => {
            return Verdict::NotApplicable("the server speaks no version of TLS that has heartbeats");
        }
        Err(verdict) => return verdict,
    };
    let Some(tls) = &session.tls else { return Verdict::Unknown(session.why_no_tls()) };
    if tls.version.is_none() {
        return Verdict::Unknown("the hello with heartbeats was not answered".to_owned());
    }
    let Some(reaction) = &session.reaction else {
        return match tls.extensions.contains(&ExtensionType::HEARTBEAT.0) {
            false => Verdict::Pass,
            true => Verdict::Unknown("no heartbeat was sent".to_owned()),
        };
    };
    if leaks(reaction) {
        return Verdict::fail(
            Finding::new(
                Severity::Error,
                "heartbleed",
                "the server's memory can be read (Heartbleed)",
                format!(
                    "A heartbeat with {HEARTBEAT_CARRIED} bytes that claimed to have {HEARTBEAT_CLAIMED} was \
                     answered with {HEARTBEAT_CLAIMED}: the server adds what lies in its memory. Anybody can read \
                     passwords, mails and the private key that way, and nothing in the log tells. The software \
                     was last updated before April 2014."
                ),
            )
            .hurts("everybody who has a password or mail on this server")
            .evidence("carried", HEARTBEAT_CARRIED)
            .evidence("claimed", HEARTBEAT_CLAIMED)
            .change(Change::Update),
        );
    }
    let is_alert = |content: u8| content == ContentType::ALERT.0;
    match reaction.end {
        _ if reaction.records.iter().any(|record| is_alert(record.content)) => Verdict::Pass,
        ReactionEnd::Closed | ReactionEnd::Reset => Verdict::Pass,
        ReactionEnd::Left | ReactionEnd::TimedOut => {
            Verdict::Unknown("the server did not answer a message out of order in time".to_owned())
        }
        ReactionEnd::NotReached => {
            Verdict::Unknown("the handshake did not come as far as the heartbeat".to_owned())
        }
    }
}

/// Tells whether an answer has all that was claimed, which is more than was sent.
fn leaks(reaction: &Reaction) -> bool {
    let of_heartbeats = reaction.records.iter().filter(|record| record.content == ContentType::HEARTBEAT.0);
    let length: usize = of_heartbeats.clone().map(|record| usize::from(record.length)).sum();
    let Some(Ok(answer)) = of_heartbeats.clone().next().map(|record| Heartbeat::read(&record.head.0)) else {
        return false;
    };
    answer.kind == HeartbeatMessageType::HEARTBEAT_RESPONSE
        && answer.payload_length > HEARTBEAT_CARRIED
        && length >= heartbeat::HEADER + usize::from(answer.payload_length)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{
        Ask, Depth, HEARTBEAT_CARRIED, HEARTBEAT_CLAIMED, Reaction, ReactionEnd, SeenRecord, Tls, TlsEnd,
        Trick, Unasked,
    };
    use crate::rules::tests::{answer, chose, ended, finding, judged, unseen};
    use crate::sample;

    const ASK: Ask = Ask::Try(Trick::Heartbleed);

    /// Judges a server that takes heartbeats and reacts like this to the one that lies.
    fn reacting(records: Vec<SeenRecord>, end: ReactionEnd) -> Verdict {
        judged(check, 25, |seen| {
            answer(seen, ASK, Tls { extensions: vec![0xFF01, 15], ..chose(0x0303, 0xC02F) });
            seen.sessions.last_mut().unwrap().reaction = Some(Reaction { records, end });
        })
    }

    fn heartbeat(payload: u16, length: u16) -> SeenRecord {
        let head = Bytes([&[2][..], &payload.to_be_bytes()].concat());
        SeenRecord { content: 24, length, head, encrypted: false }
    }

    fn alert() -> SeenRecord {
        SeenRecord { content: 21, length: 2, head: Bytes(vec![2, 10]), encrypted: false }
    }

    #[test]
    fn passes_without_heartbeats_and_where_the_lie_is_not_answered() {
        let without = judged(check, 25, |seen| answer(seen, ASK, chose(0x0303, 0xC02F)));
        assert_eq!(without, Verdict::Pass);
        assert_eq!(reacting(vec![alert()], ReactionEnd::Left), Verdict::Pass);
        assert_eq!(reacting(Vec::new(), ReactionEnd::Closed), Verdict::Pass);
        assert_eq!(reacting(Vec::new(), ReactionEnd::Reset), Verdict::Pass);
    }

    #[test]
    fn fails_on_an_answer_with_more_than_was_sent() {
        let answer = heartbeat(HEARTBEAT_CLAIMED, 3 + HEARTBEAT_CLAIMED + 16);
        let found = finding(reacting(vec![answer, alert()], ReactionEnd::Left));
        assert_eq!(found.severity, Severity::Error);
        let halves = vec![heartbeat(HEARTBEAT_CLAIMED, 4_096), heartbeat(0, 4_400)];
        finding(reacting(halves, ReactionEnd::TimedOut));
    }

    #[test]
    fn an_answer_with_what_was_sent_is_no_leak() {
        let answer = heartbeat(HEARTBEAT_CARRIED, 3 + HEARTBEAT_CARRIED + 16);
        assert_eq!(reacting(vec![answer, alert()], ReactionEnd::Left), Verdict::Pass);
        let empty = heartbeat(HEARTBEAT_CLAIMED, 3);
        assert_eq!(reacting(vec![empty, alert()], ReactionEnd::Left), Verdict::Pass);
    }

    #[test]
    fn unknown_when_cut_short_or_limited() {
        for end in [ReactionEnd::TimedOut, ReactionEnd::NotReached] {
            assert!(matches!(reacting(Vec::new(), end), Verdict::Unknown(_)), "{end:?}");
        }
        let unanswered = judged(check, 25, |seen| answer(seen, ASK, Tls::default()));
        assert!(matches!(unanswered, Verdict::Unknown(_)));
        let mut sample = sample::healthy().only(25);
        sample.seen.depth = Depth::Full;
        assert!(matches!(sample.endpoints(check)[..], [Verdict::Unknown(_)]));
        let why = "the server limits connections: 421".to_owned();
        sample.port(25).unasked.push(Unasked { ask: ASK, why: why.clone() });
        assert_eq!(sample.endpoints(check), [Verdict::Unknown(why)]);
    }

    #[test]
    fn nothing_to_try_below_full_depth_without_heartbeats_and_in_tls13() {
        assert!(matches!(judged(check, 25, |_| {}), Verdict::NotApplicable(_)));
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
        let mut sample = sample::healthy().only(25);
        sample.seen.depth = Depth::Full;
        answer(sample.port(25), Ask::List(0x0303), chose(0x0303, 0xC02F));
        assert_eq!(sample.endpoints(check), [Verdict::Pass]);
        sample.port(25).sessions.retain(|session| session.ask != Ask::List(0x0303));
        answer(sample.port(25), Ask::Version(0x0303), ended(TlsEnd::Alert));
        assert!(matches!(sample.endpoints(check)[..], [Verdict::NotApplicable(_)]));
    }
}
