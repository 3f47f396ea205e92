//! What the answers to tricks say when they are taken together.

use std::ops::Range;

use mailmedic_wire::names::{ContentType, ExtensionType, ProtocolVersion};

use super::{Answer, Ask, EndpointObservation, ReactionEnd, Session, TlsEnd, Trick};

/// The payload in bytes that the request of [`Trick::Heartbleed`] carries, without any padding.
pub const HEARTBEAT_CARRIED: u16 = 8_400;

/// The payload in bytes that it claims to carry.
pub const HEARTBEAT_CLAIMED: u16 = HEARTBEAT_CARRIED + 16;

/// The lengths of a hello on which some servers hang, in bytes with the header (RFC 7685 §1).
pub const ODD_LENGTHS: Range<usize> = 256..512;

/// The ways to pad the block of [`Trick::Robot`]: right, wrong first bytes, the zero at a wrong place, no zero,
/// a wrong version behind the zero.
pub const ROBOT_WAYS: u8 = 5;

/// How often each way is tried where the answers differ.
const ROBOT_ROUNDS: u8 = 3;

/// What the answers to wrongly padded RSA blocks say (<https://robotattack.org>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Robot {
    /// Each way is answered alike.
    Alike,
    /// The answers differ, and were not yet tried again as often as they should.
    Differs,
    /// The answers differ otherwise each time.
    Unsteady,
    /// The answers differ in the same way each time, and so tell which blocks are padded rightly.
    Oracle {
        /// Whether they also tell in which way a block is wrong, so that an attacker needs few questions.
        strong: bool,
        /// The answer to each way.
        answers: Vec<RobotAnswer>,
    },
    /// It could not be told; the reason completes "could not tell: …".
    Unknown(String),
}

/// The answer to a ClientKeyExchange and to the ChangeCipherSpec and the garbage after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotAnswer {
    /// Whether the server ended it at the ClientKeyExchange, before anything else was sent.
    pub at_once: bool,
    /// The descriptions of the alerts, in order.
    pub alerts: Vec<u8>,
    /// How it ended; none where an alert told it.
    pub end: Option<ReactionEnd>,
}

impl EndpointObservation {
    /// Tells whether a hello of the listing with a length on which some servers hang was answered.
    pub fn bears_odd_length(&self) -> bool {
        self.sessions.iter().any(|session| ODD_LENGTHS.contains(&session.hello_length) && session.has_tls())
    }

    /// Returns whether the server takes heartbeats: yes if it ever said so, no if it was asked on the way of a listing.
    pub fn heartbeats(&self) -> Answer {
        let mut answered =
            self.sessions.iter().filter_map(|session| Some((session.ask, session.tls.as_ref()?)));
        if answered.clone().any(|(_, tls)| tls.extensions.contains(&ExtensionType::HEARTBEAT.0)) {
            return Answer::Yes;
        }
        // SSL 3 has no extensions, and TLS 1.3 no heartbeats.
        let extended = ProtocolVersion::TLSv1_0.0..ProtocolVersion::TLSv1_3.0;
        let asked = answered.any(|(ask, tls)| {
            matches!(ask, Ask::List(_)) && tls.version.is_some_and(|version| extended.contains(&version))
        });
        if asked { Answer::No } else { Answer::Unknown("it was not asked".to_owned()) }
    }

    /// Returns what the answers to [`Trick::Robot`] say.
    pub fn robot(&self) -> Robot {
        let first = match self.robot_round(0) {
            Ok(first) => first,
            Err(why) => return Robot::Unknown(why),
        };
        if let Some(alike) = alike(&first) {
            return alike;
        }
        // Where several suites were chosen, the difference may be theirs: it counts if it is there with one of them.
        let mut rounds = self.robot_rounds().map(|round| self.robot_round(round));
        let Some(Ok(first)) = rounds.next() else { return Robot::Differs };
        for round in rounds {
            match round {
                Err(_) => return Robot::Differs,
                Ok(again) if again != first => return Robot::Unsteady,
                Ok(_) => {}
            }
        }
        if let Some(alike) = alike(&first) {
            return alike;
        }
        // A server that tells only blocks that are right in all from others needs far more questions.
        let wrong = first.get(1..4).unwrap_or_default();
        let strong = wrong.windows(2).any(|pair| pair[0] != pair[1]);
        Robot::Oracle { strong, answers: first }
    }

    /// Returns the rounds that have to be alike where the answers differ: the first one is none where several suites were chosen in it.
    pub fn robot_rounds(&self) -> Range<u8> {
        let mut suites = (0..ROBOT_WAYS).map(|way| self.robot_suite(way));
        let first = suites.next();
        let start = u8::from(!suites.all(|suite| Some(suite) == first));
        start..start + ROBOT_ROUNDS
    }

    /// Returns the suite with which to compare all ways again: the one of the first answer that differs.
    pub fn robot_suspect(&self) -> Option<u16> {
        let round = self.robot_round(0).ok()?;
        let differs = round.iter().zip(0..).find(|(answer, _)| Some(*answer) != round.first());
        self.robot_suite(differs.map_or(0, |(_, way)| way))
    }

    fn robot_suite(&self, way: u8) -> Option<u16> {
        self.session(Ask::Try(Trick::Robot(way, 0)))?.tls.as_ref()?.suite
    }

    fn robot_round(&self, round: u8) -> Result<Vec<RobotAnswer>, String> {
        let asks = (0..ROBOT_WAYS).map(|way| Ask::Try(Trick::Robot(way, round)));
        asks.map(|ask| match self.session(ask) {
            Some(session) => robot_answer(session),
            None => Err(self.why_unasked(ask)),
        })
        .collect()
    }
}

/// Returns what a round says in which each way is answered as the right one is, which is answered before all others.
fn alike(round: &[RobotAnswer]) -> Option<Robot> {
    let Some(right) = round.first() else { return Some(Robot::Unknown("it was not asked".to_owned())) };
    round.iter().all(|answer| answer == right).then(|| {
        if right.at_once {
            Robot::Unknown("the server breaks off at every key exchange, also at the right one".to_owned())
        } else if right.end == Some(ReactionEnd::TimedOut) {
            Robot::Unknown("the server does not answer a wrong Finished in time".to_owned())
        } else {
            Robot::Alike
        }
    })
}

fn robot_answer(session: &Session) -> Result<RobotAnswer, String> {
    let Some(tls) = &session.tls else { return Err(session.why_no_tls()) };
    let short = || Err("a handshake did not come as far as the key exchange".to_owned());
    let Some(reaction) = &session.reaction else { return short() };
    if reaction.end == ReactionEnd::NotReached {
        return short();
    }
    let alerts = reaction.records.iter().filter(|record| record.content == ContentType::ALERT.0);
    let alerts: Vec<u8> = alerts.filter_map(|alert| alert.head.0.get(1).copied()).collect();
    Ok(RobotAnswer {
        at_once: tls.end != TlsEnd::Answered,
        end: alerts.is_empty().then_some(reaction.end),
        alerts,
    })
}

#[cfg(test)]
mod tests {
    use super::{ROBOT_WAYS, Robot};
    use crate::bytes::Bytes;
    use crate::observation::{
        Ask, EndpointObservation, Reaction, ReactionEnd, SeenRecord, Tls, TlsEnd, Trick,
    };
    use crate::sample;

    /// An alert with this description, or silence where it is 0.
    fn push(seen: &mut EndpointObservation, way: u8, round: u8, alert: u8) {
        let head = Bytes(vec![2, alert]);
        let record = SeenRecord { content: 21, length: 2, head, encrypted: false };
        let reaction = match alert {
            0 => Reaction { records: Vec::new(), end: ReactionEnd::TimedOut },
            _ => Reaction { records: vec![record], end: ReactionEnd::Closed },
        };
        let tls = Tls { end: TlsEnd::Answered, version: Some(0x0303), suite: Some(0x002F), ..Tls::default() };
        let mut session = sample::session(&seen.endpoint, Ask::Try(Trick::Robot(way, round)), tls);
        session.reaction = Some(reaction);
        seen.sessions.push(session);
    }

    fn answered(rounds: &[[u8; ROBOT_WAYS as usize]]) -> EndpointObservation {
        let mut seen = sample::endpoint(993, &[]);
        for (alerts, round) in rounds.iter().zip(0..) {
            for (alert, way) in alerts.iter().zip(0..) {
                push(&mut seen, way, round, *alert);
            }
        }
        seen
    }

    #[test]
    fn one_round_is_enough_where_all_is_answered_alike() {
        assert_eq!(answered(&[[20; 5]]).robot(), Robot::Alike);
        assert!(matches!(answered(&[[0; 5]]).robot(), Robot::Unknown(_)));
        assert!(matches!(answered(&[]).robot(), Robot::Unknown(_)));
    }

    #[test]
    fn an_oracle_answers_in_the_same_way_three_times() {
        let differs = [20, 47, 47, 47, 20];
        assert_eq!(answered(&[differs]).robot(), Robot::Differs);
        assert_eq!(answered(&[differs; 2]).robot(), Robot::Differs);
        assert!(matches!(answered(&[differs; 3]).robot(), Robot::Oracle { strong: false, .. }));
        assert!(matches!(answered(&[[20, 47, 20, 20, 20]; 3]).robot(), Robot::Oracle { strong: true, .. }));
        assert_eq!(answered(&[differs, [20; 5], differs]).robot(), Robot::Unsteady);
        assert!(matches!(answered(&[[20, 20, 20, 20, 0]; 3]).robot(), Robot::Oracle { strong: false, .. }));
    }

    /// The same, where another suite was chosen for each way of the first round.
    fn mixed(rounds: &[[u8; ROBOT_WAYS as usize]]) -> EndpointObservation {
        let mut seen = answered(rounds);
        for session in &mut seen.sessions {
            if let Ask::Try(Trick::Robot(way, 0)) = session.ask {
                session.tls.as_mut().unwrap().suite = Some(0x0030 + u16::from(way));
            }
        }
        seen
    }

    #[test]
    fn what_may_be_the_suites_doing_counts_only_with_one_suite() {
        let differs = [20, 20, 47, 20, 20];
        assert_eq!(mixed(&[[20; 5]]).robot(), Robot::Alike);
        let seen = mixed(&[differs]);
        assert_eq!(
            (seen.robot(), seen.robot_rounds(), seen.robot_suspect()),
            (Robot::Differs, 1..4, Some(0x32))
        );
        assert_eq!(
            mixed(&[differs, [20; 5]]).robot(),
            Robot::Differs,
            "once is not enough to clear it, either"
        );
        assert_eq!(mixed(&[differs, [20; 5], [20; 5], [20; 5]]).robot(), Robot::Alike);
        assert_eq!(mixed(&[differs; 3]).robot(), Robot::Differs, "twice with one suite is not enough");
        assert!(matches!(mixed(&[differs; 4]).robot(), Robot::Oracle { strong: true, .. }));
        assert_eq!(mixed(&[differs, differs, [20; 5], differs]).robot(), Robot::Unsteady);
        let seen = answered(&[differs]);
        assert_eq!((seen.robot_rounds(), seen.robot_suspect()), (0..3, Some(0x002F)));
    }

    #[test]
    fn a_server_that_never_takes_a_key_exchange_tells_nothing() {
        let mut seen = answered(&[[40; 5]]);
        for session in seen.sessions.iter_mut().filter(|session| session.reaction.is_some()) {
            session.tls.as_mut().unwrap().end = TlsEnd::Alert;
        }
        assert!(matches!(seen.robot(), Robot::Unknown(_)));
        seen.sessions.last_mut().unwrap().reaction = None;
        assert!(matches!(seen.robot(), Robot::Unknown(_)));
    }
}
