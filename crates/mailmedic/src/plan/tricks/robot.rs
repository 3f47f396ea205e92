//! RSA blocks with wrong padding, for every server that lets clients encrypt to its RSA key.

use mailmedic_wire::names::cipher_suite::KeyExchange;
use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use super::{Wishes, older};
use crate::job::{Attempt, Offer};
use crate::observation::{Ask, EndpointObservation, ROBOT_WAYS, ReactionEnd, Robot, TLS12, Trick};

/// The right padding first and alone; then each other way once; and all again only where the answers differ.
pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let is_rsa = |suite: CipherSuite| suite.key_exchange() == Some(KeyExchange::Rsa);
    let Some(offer) = older::offer(seen, wishes, is_rsa) else { return Vec::new() };
    let Some(right) = seen.session(Ask::Try(Trick::Robot(0, 0))) else {
        let waits = offer.version < ProtocolVersion::TLSv1_2 && may_be_newer(seen);
        return if waits { Vec::new() } else { vec![Attempt::new(Trick::Robot(0, 0), offer)] };
    };
    let reached = right.reaction.as_ref().is_some_and(|reaction| reaction.end != ReactionEnd::NotReached);
    let chosen = right.tls.as_ref().and_then(|tls| Some((tls.version?, tls.suite?)));
    let Some((version, suite)) = chosen.filter(|_| reached) else { return Vec::new() };
    // What is to be compared has to differ in one thing only; in the first round perhaps in the suite, too, which is seen to.
    let rounds = if seen.robot() == Robot::Differs { seen.robot_rounds().end } else { 1 };
    let suspect = seen.robot_suspect().unwrap_or(suite);
    let attempt = |round, way| {
        let suite = if round == 0 { suite } else { suspect };
        let offer =
            Offer { version: ProtocolVersion(version), suites: vec![CipherSuite(suite)], ..offer.clone() };
        Attempt::new(Trick::Robot(way, round), offer)
    };
    let round = |round: u8| {
        // Backwards now and then, so that no way always comes last.
        let ways = (0..ROBOT_WAYS).map(move |way| if round % 2 == 1 { ROBOT_WAYS - 1 - way } else { way });
        ways.map(move |way| (round, way))
    };
    (0..rounds).flat_map(round).map(|(round, way)| attempt(round, way)).collect()
}

/// Tells whether the first answer at TLS 1.2 is still due: it may show such suites there, where the blocks can ride on questions of the
/// listing. It is not where other answers have told already that the version is not spoken.
fn may_be_newer(seen: &EndpointObservation) -> bool {
    let first = Ask::List(TLS12);
    let is_asked = seen.session(first).is_some() || seen.unasked.iter().any(|unasked| unasked.ask == first);
    !is_asked && !seen.listing_so_far().open_suites(TLS12).is_empty()
}

#[cfg(test)]
mod tests {
    use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

    use crate::bytes::Bytes;
    use crate::job::Job;
    use crate::observation::{
        Ask, Depth, EndpointObservation, Reaction, ReactionEnd, SeenRecord, Tls, TlsEnd, Trick,
    };
    use crate::plan::{Wishes, next};
    use crate::sample;

    fn chosen(version: u16, suite: u16) -> Tls {
        Tls { end: TlsEnd::Answered, version: Some(version), suite: Some(suite), ..Tls::default() }
    }

    fn push(seen: &mut EndpointObservation, ask: Ask, tls: Tls) {
        let session = sample::session(&seen.endpoint, ask, tls);
        seen.sessions.push(session);
    }

    /// An endpoint on which everything is listed, and which takes secrets with RSA.
    fn listed() -> EndpointObservation {
        let mut seen = sample::endpoint(993, &[]);
        for suite in [0x009C, 0x002F] {
            push(&mut seen, Ask::List(0x0303), chosen(0x0303, suite));
        }
        seen
    }

    /// Answers with an alert, to a handshake in which the server chose the second suite.
    fn react(seen: &mut EndpointObservation, way: u8, round: u8, alert: u8) {
        push(seen, Ask::Try(Trick::Robot(way, round)), chosen(0x0303, 0x002F));
        let record = SeenRecord { content: 21, length: 2, head: Bytes(vec![2, alert]), encrypted: false };
        let reaction = Reaction { records: vec![record], end: ReactionEnd::Left };
        seen.sessions.last_mut().unwrap().reaction = Some(reaction);
    }

    fn robots(seen: &EndpointObservation) -> Vec<(u8, u8)> {
        ways(&next(seen, &[], &wishes()).jobs)
    }

    fn wishes() -> Wishes {
        Wishes { depth: Depth::Full, server_name: None }
    }

    fn ways(jobs: &[Job]) -> Vec<(u8, u8)> {
        let way = |job: &Job| match job.ask {
            Ask::Try(Trick::Robot(way, round)) => Some((way, round)),
            _ => None,
        };
        jobs.iter().filter_map(way).collect()
    }

    #[test]
    fn a_sound_server_costs_five_connections() {
        let mut seen = listed();
        assert_eq!(super::wanted(&seen, &wishes()).len(), 1);
        react(&mut seen, 0, 0, 20);
        let attempts = super::wanted(&seen, &wishes());
        assert!(attempts.iter().all(|attempt| attempt.offer.suites == [CipherSuite(0x002F)]));
        assert!(attempts.iter().all(|attempt| attempt.offer.version == ProtocolVersion::TLSv1_2));
        assert_eq!(attempts.len(), 5);
        (1..5).for_each(|way| react(&mut seen, way, 0, 20));
        assert_eq!(robots(&seen), []);
    }

    #[test]
    fn all_is_asked_twice_more_where_the_answers_differ() {
        let mut seen = listed();
        (0..5).for_each(|way| react(&mut seen, way, 0, 20 + way));
        let again: Vec<(u8, u8)> = super::wanted(&seen, &wishes())
            .iter()
            .skip(5)
            .map(|attempt| match attempt.trick {
                Trick::Robot(way, round) => (way, round),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(again[..5], [(4, 1), (3, 1), (2, 1), (1, 1), (0, 1)]);
        assert_eq!(again[5..], [(0, 2), (1, 2), (2, 2), (3, 2), (4, 2)]);
        for round in 1..3 {
            (0..5).for_each(|way| react(&mut seen, way, round, 20 + way));
        }
        assert_eq!(robots(&seen), []);
    }

    #[test]
    fn not_where_it_cannot_be() {
        assert_eq!(super::wanted(&sample::endpoint(993, &[]), &wishes()), []);
        let mut seen = listed();
        push(&mut seen, Ask::Try(Trick::Robot(0, 0)), Tls::default());
        assert_eq!(super::wanted(&seen, &wishes()), []);
    }

    #[test]
    fn an_older_version_waits_for_the_first_answer_of_a_newer_one() {
        let mut seen = sample::endpoint(993, &[]);
        seen.sessions.retain(|session| matches!(session.ask, Ask::Polite));
        push(&mut seen, Ask::List(0x0302), chosen(0x0302, 0x002F));
        assert_eq!(super::wanted(&seen, &wishes()), []);
        let version = |seen: &EndpointObservation| super::wanted(seen, &wishes())[0].offer.version;
        let mut refused = seen.clone();
        push(&mut refused, Ask::List(0x0303), Tls { end: TlsEnd::Alert, ..Tls::default() });
        assert_eq!(version(&refused), ProtocolVersion::TLSv1_1);
        let mut passed_over = seen.clone();
        push(&mut passed_over, Ask::List(0x0304), chosen(0x0302, 0x002F));
        assert_eq!(version(&passed_over), ProtocolVersion::TLSv1_1, "TLS 1.2 is not spoken");
        push(&mut seen, Ask::List(0x0303), chosen(0x0303, 0x009C));
        assert_eq!(version(&seen), ProtocolVersion::TLSv1_2);
    }
}
