//! Which of the ways to a root a peer finds.

use crate::certificate::extension;
use crate::diagnosis::{FaultKind, Origin, ServedChain, Way, WayEnd};
use crate::peer::{Peer, Search};
use crate::trust::{Store, Stores};

/// Returns the ways that a peer looks at: all, or the one that it is led to.
pub(super) fn found<'a>(peer: &Peer, chain: &'a ServedChain) -> Vec<&'a Way> {
    match peer.path.search {
        Search::All => chain.ways.iter().collect(),
        Search::FirstFit { prefers_valid } => {
            chain.ways.iter().min_by_key(|way| steps(peer, way, prefers_valid)).into_iter().collect()
        }
    }
}

/// Ranks each step of a way as a peer does that takes the first issuer which fits: a trusted root, then one in
/// force where that counts, then by the place in the served list.
fn steps(peer: &Peer, way: &Way, prefers_valid: bool) -> Vec<(bool, bool, usize)> {
    let last = way.certificates.len().saturating_sub(1);
    (0..way.certificates.len())
        .map(|at| {
            let is_root = at == last && trusts(peer, &way.end) == Some(true);
            let out_of_date = way.faults.iter().any(|fault| {
                fault.at == at && matches!(fault.kind, FaultKind::Expired | FaultKind::NotYetValid)
            });
            let place = match way.origins.get(at) {
                Some(Origin::Served(place)) => *place,
                _ => usize::MAX,
            };
            (!is_root, prefers_valid && out_of_date, place)
        })
        .collect()
}

/// Tells whether a peer trusts where a way ends; none if mailmedic does not hold its list.
pub(super) fn trusts(peer: &Peer, end: &WayEnd) -> Option<bool> {
    let WayEnd::Anchor(stores) = end else { return Some(false) };
    if stores.has(Store::Given) || peer.roots.iter().any(|store| stores.has(*store)) {
        return Some(true);
    }
    let at_hand = super::lists_at_hand();
    if is_public(*stores) && !peer.roots.iter().all(|store| at_hand.has(*store)) {
        return None;
    }
    Some(false)
}

/// Tells whether a public list holds a root.
pub(super) fn is_public(stores: Stores) -> bool {
    stores.iter().any(|store| !matches!(store, Store::Given | Store::System))
}

/// Returns where a way leaves what was served, for a peer that does not come any further.
pub(super) fn gap(peer: &Peer, way: &Way) -> Option<usize> {
    let at = way.origins.iter().position(|origin| *origin == Origin::Elsewhere)?;
    let public = matches!(&way.end, WayEnd::Anchor(stores) if is_public(*stores));
    (!(public && (peer.path.fetches || peer.path.remembers))).then_some(at)
}

/// Tells whether a peer may have a missing issuer that was not at hand here.
pub(super) fn may_have_more(peer: &Peer, leaf: &crate::certificate::Certificate) -> bool {
    let public = || extension::is_publicly_issued(leaf);
    (peer.path.fetches && !leaf.issuer_urls.is_empty() && public()) || (peer.path.remembers && public())
}
