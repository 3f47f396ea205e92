//! Tricks that need a completed handshake of TLS 1.2: as far as it came.

use mailmedic_wire::names::CipherSuite;

use super::tricks;
use crate::finding::{Case, Verdict};
use crate::observation::{Answer, Ask, Depth, EndpointObservation, Session, Tls, TlsEnd, Trick};

/// TLS 1.3 and the oldest version with the record layer of TLS as they stand on the wire.
const TLS13: u16 = 0x0304;
const TLS10: u16 = 0x0301;

/// Returns the connection on which a trick was tried, or the verdict that is left without it; `suites` says which suites
/// make it possible.
pub(in crate::rules) fn tried<'a>(
    case: &Case<'_>,
    seen: &'a EndpointObservation,
    trick: Trick,
    suites: fn(CipherSuite) -> bool,
) -> Result<&'a Session, Verdict> {
    let session = tricks::tried_where_possible(case, seen, trick);
    let is_full = case.seen.depth == Depth::Full;
    let possible = seen
        .suites()
        .into_iter()
        .any(|accepted| (TLS10..TLS13).contains(&accepted.version) && suites(CipherSuite(accepted.suite)));
    match session {
        Err(Verdict::NotApplicable(_)) if is_full && possible => {
            // The others wait for it.
            let first = seen.session(Ask::Try(Trick::Renegotiation));
            if let Some(Err(verdict)) = first.map(|first| completed(seen, first)) {
                return Err(verdict);
            }
            let why =
                "only handshakes of TLS 1.2 with ECDHE or RSA, and AES or ChaCha20, can be completed for it";
            Err(Verdict::Unknown(why.to_owned()))
        }
        other => other,
    }
}

/// Returns the handshake of a trick if it was completed, or why it cannot be judged.
pub(in crate::rules) fn completed<'a>(
    seen: &EndpointObservation,
    session: &'a Session,
) -> Result<&'a Tls, Verdict> {
    match &session.tls {
        Some(tls) if tls.end == TlsEnd::Completed => Ok(tls),
        _ => Err(Verdict::Unknown(match seen.answer(session.ask) {
            Answer::Unknown(why) => why,
            Answer::Yes => "the handshake was not completed".to_owned(),
            Answer::No => "the server refused the hello".to_owned(),
        })),
    }
}

#[cfg(test)]
pub(in crate::rules) mod tests {
    use super::tried as tricks_tried;
    use crate::bytes::Bytes;
    use crate::finding::{Case, Verdict};
    use crate::observation::{
        Ask, Depth, EndpointObservation, Reaction, ReactionEnd, SeenRecord, SeenTicket, Tls, TlsEnd, Trick,
        Unasked,
    };
    use crate::rules::tests::chose;
    use crate::sample;
    use mailmedic_wire::names::CipherSuite;

    /// A reaction with these records: type and decrypted bytes.
    pub(in crate::rules) fn react(records: &[(u8, &[u8])], end: ReactionEnd) -> Reaction {
        let record = |(content, head): &(u8, &[u8])| SeenRecord {
            content: *content,
            length: 64,
            head: Bytes(head.to_vec()),
            encrypted: true,
        };
        Reaction { records: records.iter().map(record).collect(), end }
    }

    /// Adds a trick that came to this handshake.
    pub(in crate::rules) fn tried(seen: &mut EndpointObservation, trick: Trick, tls: Tls) {
        let session = sample::session(&seen.endpoint, Ask::Try(trick), tls);
        seen.sessions.push(session);
    }

    /// Adds a trick that was reacted to like this.
    pub(in crate::rules) fn reacted(seen: &mut EndpointObservation, trick: Trick, reaction: Reaction) {
        tried(seen, trick, Tls { end: TlsEnd::Completed, ..chose(0x0303, 0xC013) });
        if let Some(session) = seen.sessions.last_mut() {
            session.reaction = Some(reaction);
        }
    }

    /// Leaves a trick out because the server limits us.
    pub(in crate::rules) fn cut_short(seen: &mut EndpointObservation, trick: Trick) {
        seen.unasked.push(Unasked { ask: Ask::Try(trick), why: "the server limits connections".to_owned() });
    }

    /// A completed handshake that brought a ticket of this lifetime.
    pub(in crate::rules) fn ticket(lifetime_s: u32) -> Tls {
        let ticket = SeenTicket {
            lifetime_s: Some(lifetime_s),
            max_early_data: None,
            bytes: Some(Bytes(vec![7; 16])),
        };
        Tls { end: TlsEnd::Completed, tickets: vec![ticket], ..chose(0x0303, 0xC02F) }
    }

    /// Judges an examination at full depth of a server that speaks TLS 1.3 alone.
    pub(in crate::rules) fn not_asked(check: fn(&Case<'_>, &EndpointObservation) -> Verdict) -> Verdict {
        let mut sample = sample::healthy().only(993);
        sample.seen.depth = Depth::Full;
        sample.port(993).sessions.retain(|session| session.ask != Ask::Version(0x0303));
        sample.endpoints(check).remove(0)
    }

    #[test]
    fn what_cannot_be_completed_is_not_told() {
        let dhe = 0x009E;
        let mut sample = sample::healthy().only(993);
        sample.seen.depth = Depth::Full;
        let older = sample.port(993).sessions.iter_mut().find(|session| session.ask == Ask::Version(0x0303));
        older.unwrap().tls = Some(chose(0x0303, dhe));
        let verdict = |suites: fn(CipherSuite) -> bool| {
            tricks_tried(&sample.case(), &sample.seen.endpoints[0], Trick::Renegotiation, suites).err()
        };
        assert!(matches!(verdict(|_| true), Some(Verdict::Unknown(_))));
        assert!(matches!(verdict(|suite| suite.0 != 0x009E), Some(Verdict::NotApplicable(_))));
        tried(sample.port(993), Trick::Renegotiation, Tls { end: TlsEnd::TimedOut, ..Tls::default() });
        let waits =
            tricks_tried(&sample.case(), &sample.seen.endpoints[0], Trick::Padding(0), |_| true).err();
        assert!(matches!(waits, Some(Verdict::Unknown(why)) if why.contains("in time")));
    }
}
