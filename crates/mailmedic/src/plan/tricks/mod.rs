//! Which tricks tell something of a server, given what it is known to accept.
//!
//! One file is one kind of trick. A trick is tried only where the fault that it shows is possible.

mod early_ccs;
mod heartbleed;
mod hellos;
mod injection;
mod older;
mod padding;
mod renegotiation;
mod robot;
mod ticket;
mod tls12;

use super::{Wishes, recipe};
use crate::job::Attempt;
use crate::observation::EndpointObservation;

/// Says which tricks of one kind are worth a connection now.
type Kind = fn(&EndpointObservation, &Wishes) -> Vec<Attempt>;

/// Every kind of trick; those whose answer raises further tricks come first, so that the last ones need not wait.
const KINDS: &[Kind] = &[
    ticket::wanted,
    robot::wanted,
    heartbleed::wanted,
    early_ccs::wanted,
    padding::wanted,
    hellos::attempts,
    renegotiation::wanted,
    injection::wanted,
];

/// Returns the tricks that tell something of this server, in order.
pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    KINDS.iter().flat_map(|kind| kind(seen, wishes)).collect()
}
