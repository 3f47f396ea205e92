//! What our own client of TLS 1.2 can offer to a server.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use super::super::{Wishes, recipe};
use crate::job::{COMPLETABLE_GROUPS, Offer, Stop, is_completable};
use crate::observation::{EndpointObservation, sends_rsa};

/// Tells whether handshakes with a suite come to their end, as far as is known: with RSA key exchange that has to be seen first, since some
/// servers choose it and then fail.
pub(in crate::plan) fn is_finished(seen: &EndpointObservation, suite: CipherSuite) -> bool {
    !sends_rsa(suite.0) || seen.finishes_rsa().is_yes()
}

/// Returns a hello of the suites that the server was seen to take, that a handshake can be completed with, and that are
/// `wanted`; none where there are none.
pub(super) fn offer(
    seen: &EndpointObservation,
    wishes: &Wishes,
    wanted: impl Fn(CipherSuite) -> bool,
) -> Option<Offer> {
    let version = ProtocolVersion::TLSv1_2;
    let taken = seen.suites().into_iter().filter(|accepted| accepted.version == version.0);
    let mut suites: Vec<CipherSuite> = taken
        .map(|accepted| CipherSuite(accepted.suite))
        .filter(|suite| is_completable(*suite) && wanted(*suite) && is_finished(seen, *suite))
        .collect();
    suites.sort_by_key(|suite| (!suite.forward_secret(), !suite.is_aead()));
    (!suites.is_empty()).then(|| Offer {
        version,
        suites,
        groups: COMPLETABLE_GROUPS.to_vec(),
        signature_schemes: [recipe::ecdsa_schemes(), recipe::rsa_schemes()].concat(),
        server_name: wishes.server_name.clone(),
        stop: Stop::KeyExchange,
        curious: false,
    })
}

#[cfg(test)]
mod tests {
    use mailmedic_wire::names::CipherSuite;

    use super::super::super::{Wishes, next};
    use super::super::wanted;
    use super::offer;
    use crate::job::{Attempt, Hello};
    use crate::observation::{
        Ask, Depth, EndpointObservation, Reaction, ReactionEnd, SeenTicket, Tls, TlsEnd, Trick,
    };
    use crate::{bytes::Bytes, sample};

    fn wishes(depth: Depth) -> Wishes {
        Wishes { depth, server_name: Some("mail.example.org".into()) }
    }

    /// An endpoint that was seen to choose these suites of TLS 1.2, and no other.
    fn with_suites(suites: &[u16]) -> EndpointObservation {
        let mut seen = sample::endpoint(993, &[]);
        let template = seen.session(Ask::Version(0x0303)).cloned().unwrap();
        seen.sessions.retain(|session| session.ask != Ask::Version(0x0303));
        for suite in suites {
            let mut session = template.clone();
            session.tls.as_mut().unwrap().suite = Some(*suite);
            seen.sessions.push(session);
        }
        seen
    }

    /// The attempts that were not made yet.
    fn attempts(seen: &EndpointObservation) -> Vec<Attempt> {
        let all = wanted(seen, &wishes(Depth::Full)).into_iter();
        all.filter(|attempt| seen.session(Ask::Try(attempt.trick)).is_none()).collect()
    }

    fn tricks(seen: &EndpointObservation) -> Vec<Trick> {
        let ours =
            |trick: &Trick| matches!(trick, Trick::Renegotiation | Trick::Ticketbleed | Trick::Padding(_));
        attempts(seen).into_iter().map(|attempt| attempt.trick).filter(ours).collect()
    }

    fn answer(seen: &mut EndpointObservation, trick: Trick, tickets: Vec<SeenTicket>, records: Reaction) {
        let tls = Tls {
            end: TlsEnd::Completed,
            version: Some(0x0303),
            suite: Some(0xC013),
            tickets,
            ..Tls::default()
        };
        let mut session = sample::session(&seen.endpoint, Ask::Try(trick), tls);
        session.reaction = Some(records);
        seen.sessions.push(session);
    }

    fn closed() -> Reaction {
        Reaction { records: Vec::new(), end: ReactionEnd::Closed }
    }

    #[test]
    fn only_what_is_taken_and_can_be_completed_is_offered() {
        let seen = with_suites(&[0x002F, 0xC013, 0x009E, 0xC030, 0x000A]);
        let suites_of = |seen: &EndpointObservation, wanted: fn(CipherSuite) -> bool| {
            offer(seen, &wishes(Depth::Full), wanted).map(|offer| offer.suites)
        };
        let curves = [0xC030, 0xC013].map(CipherSuite);
        assert_eq!(suites_of(&seen, |_| true), Some(curves.to_vec()), "RSA key exchange may come to nothing");
        let mut seen = seen;
        let tls =
            Tls { end: TlsEnd::Completed, version: Some(0x0303), suite: Some(0x002F), ..Tls::default() };
        let session = sample::session(&seen.endpoint, Ask::RsaExchange, tls);
        seen.sessions.push(session);
        let suites = |wanted| suites_of(&seen, wanted);
        let numbers = [0xC030, 0xC013, 0x002F].map(CipherSuite);
        assert_eq!(suites(|_| true), Some(numbers.to_vec()), "forward secrecy first");
        assert_eq!(suites(|suite| suite.0 == 0x002F), Some(vec![CipherSuite(0x002F)]));
        assert_eq!(suites(|_| false), None);
    }

    #[test]
    fn tricks_are_tried_at_full_depth_only() {
        let seen = with_suites(&[0xC030, 0xC013]);
        let jobs = next(&seen, &[], &wishes(Depth::Standard)).jobs;
        assert!(!jobs.iter().any(|job| matches!(job.hello, Hello::Try(_))));
        assert_eq!(tricks(&seen), [Trick::Renegotiation]);
        let mut seen = seen;
        answer(&mut seen, Trick::Renegotiation, Vec::new(), closed());
        let all = tricks(&seen);
        assert_eq!(all, [0, 1, 2].map(Trick::Padding));
    }

    #[test]
    fn without_a_suite_for_it_a_trick_is_not_tried() {
        let padding = |trick: &Trick| matches!(trick, Trick::Padding(_));
        let after_ticket = |suite, end: TlsEnd| {
            let mut seen = with_suites(&[suite]);
            answer(&mut seen, Trick::Renegotiation, Vec::new(), closed());
            let tls = seen.sessions.last_mut().unwrap().tls.as_mut().unwrap();
            (tls.end, tls.suite) = (end, Some(suite));
            tricks(&seen).iter().any(padding)
        };
        assert!(after_ticket(0xC013, TlsEnd::Completed));
        assert!(!after_ticket(0xC013, TlsEnd::TimedOut), "no handshake can be completed");
        assert!(!after_ticket(0xC030, TlsEnd::Completed));
        let dhe_only = tricks(&with_suites(&[0x009E]));
        assert!(!dhe_only.contains(&Trick::Renegotiation), "{dhe_only:?}");
    }

    #[test]
    fn a_ticket_is_shown_only_where_one_was_given() {
        let ticket = |bytes: Option<Bytes>| {
            let mut seen = with_suites(&[0xC030]);
            let tickets = vec![SeenTicket { lifetime_s: Some(60), max_early_data: None, bytes }];
            answer(&mut seen, Trick::Renegotiation, tickets, closed());
            seen
        };
        let shown = attempts(&ticket(Some(Bytes(vec![5; 9]))))
            .into_iter()
            .find(|attempt| attempt.trick == Trick::Ticketbleed)
            .and_then(|attempt| attempt.ticket);
        assert_eq!(shown, Some(Bytes(vec![5; 9])));
        assert!(!tricks(&ticket(None)).contains(&Trick::Ticketbleed));
    }

    #[test]
    fn what_looks_like_a_fault_is_tried_again() {
        let rounds = |last: Reaction| {
            let mut seen = with_suites(&[0xC013]);
            answer(&mut seen, Trick::Renegotiation, Vec::new(), closed());
            for (way, reaction) in (0..).zip([closed(), closed(), last]) {
                answer(&mut seen, Trick::Padding(way), Vec::new(), reaction);
            }
            let again = |trick: &Trick| matches!(trick, Trick::Padding(3..));
            tricks(&seen).into_iter().filter(again).collect::<Vec<_>>()
        };
        assert_eq!(rounds(closed()), []);
        let record = crate::observation::SeenRecord {
            content: 21,
            length: 48,
            head: Bytes(vec![2, 21]),
            encrypted: true,
        };
        let alert = Reaction { records: vec![record], end: ReactionEnd::Closed };
        assert_eq!(rounds(alert.clone()), [3, 4, 5].map(Trick::Padding));
        // Where several suites were chosen, twice more, with that of the answer that stands alone.
        let mut seen = with_suites(&[0xC013, 0xC014]);
        answer(&mut seen, Trick::Renegotiation, Vec::new(), closed());
        for (way, reaction) in (0..).zip([closed(), closed(), alert]) {
            answer(&mut seen, Trick::Padding(way), Vec::new(), reaction);
        }
        seen.sessions.last_mut().unwrap().tls.as_mut().unwrap().suite = Some(0xC014);
        let again = attempts(&seen).into_iter().filter(|attempt| matches!(attempt.trick, Trick::Padding(_)));
        let again: Vec<_> = again.map(|attempt| (attempt.trick, attempt.offer.suites)).collect();
        let suspect = vec![CipherSuite(0xC014)];
        assert_eq!(again, [3, 4, 5, 6, 7, 8].map(|way| (Trick::Padding(way), suspect.clone())));
    }
}
