//! RSA blocks with wrong padding, for every server that lets clients encrypt to its RSA key.

use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::{Wishes, older};
use crate::job::Attempt;
use crate::observation::{EndpointObservation, ROBOT_ROUNDS, ROBOT_WAYS, Robot, Trick};

/// Tries each way once, and again only where the answers differ.
pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    let Some(offer) = older::offer(seen, wishes, |suite| suite.key_exchange() == Some(KeyExchange::Rsa))
    else {
        return Vec::new();
    };
    let rounds = if seen.robot() == Robot::Differs { ROBOT_ROUNDS } else { 1 };
    let attempt = |round, way| Attempt { trick: Trick::Robot(way, round), offer: offer.clone() };
    let round = |round: u8| {
        let ways = 0..ROBOT_WAYS;
        // Backwards now and then, so that no way always comes last.
        let ways: Vec<u8> = if round % 2 == 1 { ways.rev().collect() } else { ways.collect() };
        ways.into_iter().map(move |way| attempt(round, way))
    };
    (0..rounds).flat_map(round).collect()
}
