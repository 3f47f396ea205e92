//! Which of the ways to a root a peer finds.

use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::diagnosis::{FaultKind, Origin, ServedChain, Way, WayEnd};
use crate::peer::{Peer, Search};
use crate::trust::{self, Standing, Store, Stores};

/// Returns the ways that a peer looks at: all, or the one that it is led to.
pub(super) fn found<'a>(peer: &Peer, chain: &'a ServedChain, issued: Option<Timestamp>) -> Vec<&'a Way> {
    match peer.path.search {
        Search::All => chain.ways.iter().collect(),
        Search::FirstFit { prefers_valid } => {
            chain.ways.iter().min_by_key(|way| steps(peer, way, issued, prefers_valid)).into_iter().collect()
        }
    }
}

/// Ranks each step of a way as a peer does that takes the first issuer which fits: a trusted root, then one in
/// force where that counts, then by the place in the served list.
fn steps(peer: &Peer, way: &Way, issued: Option<Timestamp>, prefers_valid: bool) -> Vec<(bool, bool, usize)> {
    let last = way.certificates.len().saturating_sub(1);
    let is_trusted = trusts(peer, way, issued) == Trusts::Yes;
    (0..way.certificates.len())
        .map(|at| {
            let is_root = at == last && is_trusted;
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

/// How a peer stands to the root at the end of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trusts {
    /// It trusts it.
    Yes,
    /// It has the root, and takes no certificates that were issued when this one was.
    NoMore,
    /// It does not have it.
    No,
    /// That hangs on when the leaf was issued, which cannot be read.
    Unknown,
}

/// Tells whether a peer trusts where a way ends, for a leaf that begins then.
pub(super) fn trusts(peer: &Peer, way: &Way, issued: Option<Timestamp>) -> Trusts {
    let WayEnd::Anchor(stores) = &way.end else { return Trusts::No };
    if stores.has(Store::Given) {
        return Trusts::Yes;
    }
    let root = way.certificates.last().and_then(trust::find);
    let by = |store: &Store| match (root, issued) {
        _ if !stores.has(*store) => Trusts::No,
        // A root of the system alone has no days.
        (None, _) => Trusts::Yes,
        (Some(root), Some(issued)) if root.is_trusted_by(*store, issued) => Trusts::Yes,
        (Some(_), Some(_)) => Trusts::NoMore,
        (Some(root), None) if root.standing(*store) == Standing::Trusted => Trusts::Yes,
        (Some(_), None) => Trusts::Unknown,
    };
    let all: Vec<Trusts> = peer.roots.iter().map(by).collect();
    let rank = [Trusts::Yes, Trusts::Unknown, Trusts::NoMore];
    rank.into_iter().find(|best| all.contains(best)).unwrap_or(Trusts::No)
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
pub(super) fn may_have_more(peer: &Peer, leaf: &Certificate) -> bool {
    leaf.publicly_issued && (peer.path.remembers || (peer.path.fetches && !leaf.issuer_urls.is_empty()))
}
