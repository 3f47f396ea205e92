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
pub(super) mod tls12;

use super::{Wishes, recipe};
use crate::job::Attempt;
use crate::observation::{EndpointObservation, Trick};

/// Says which tricks of one kind are worth a connection now.
type Kind = fn(&EndpointObservation, &Wishes) -> Vec<Attempt>;

/// Every kind of trick.
const KINDS: &[Kind] = &[
    renegotiation::wanted,
    ticket::wanted,
    robot::wanted,
    heartbleed::wanted,
    early_ccs::wanted,
    padding::wanted,
    hellos::attempts,
    injection::wanted,
];

/// Returns the tricks that tell something of this server, in order.
pub(super) fn wanted(seen: &EndpointObservation, wishes: &Wishes) -> Vec<Attempt> {
    KINDS.iter().flat_map(|kind| kind(seen, wishes)).collect()
}

/// Tells whether the answer to a trick raises further tricks: it comes before the listing, so that the end need not wait for one
/// after the other.
pub(super) fn comes_early(trick: Trick) -> bool {
    matches!(trick, Trick::Renegotiation | Trick::Robot(0, 0))
}

/// Tells whether a trick is over with its hello, so that it can come last of all.
pub(super) fn is_short(trick: Trick) -> bool {
    matches!(trick, Trick::FallbackScsv | Trick::Grease | Trick::Odd(_))
}
