//! Finds the ways from a leaf upward, over certificates that differ in name or key.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::fault;
use super::graph::{Graph, KeyIds, is_own_issuer, key_ids};
use super::signature::{Checks, Outcome};

/// A way from the leaf upward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The certificates, leaf first.
    pub(super) nodes: Vec<usize>,
    /// Where it ends.
    pub(super) end: End,
    /// The places of the certificates whose signature could not be checked, from the leaf upward.
    pub(super) unchecked: Vec<usize>,
}

impl Path {
    /// Tells whether it ends at a root that some list holds.
    pub(super) fn is_anchored(&self) -> bool {
        matches!(self.end, End::Anchor | End::Listed)
    }
}

/// Where a way upward ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// At a root by which a chain counts as trusted.
    Anchor,
    /// At a root that other lists hold.
    Listed,
    /// At a certificate that signed itself and that no list holds.
    OwnIssuer,
    /// At a certificate whose issuer is not at hand.
    Open,
}

/// All ways upward that were found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The ways; never empty unless the search was cut at once.
    pub(super) paths: Vec<Path>,
    /// Whether a limit ended the search.
    pub(super) cut: bool,
}

/// Finds the ways from a leaf upward; those without faults first, as far as one certificate shows.
pub(super) fn search(
    graph: &Graph<'_>,
    checks: &mut Checks,
    leaf: usize,
    served: &BTreeSet<usize>,
    now: Option<Timestamp>,
) -> Found {
    let mut found = Found::default();
    // In a maze, short ways are found before the steps are spent on long ones.
    for longest in LONGEST {
        let mut search = Search {
            graph,
            checks,
            served,
            now,
            longest,
            is_last: longest == LONGEST[LONGEST.len() - 1],
            entered: BTreeSet::new(),
            steps: 0,
            is_deep: false,
            found: Found::default(),
        };
        search.extend(&mut vec![leaf], &mut Vec::new());
        let is_deep = search.is_deep;
        let shorter = std::mem::replace(&mut found, search.found);
        if found.cut || is_deep {
            let known: BTreeSet<Vec<usize>> = found.paths.iter().map(|path| path.nodes.clone()).collect();
            found.paths.extend(shorter.paths.into_iter().filter(|path| !known.contains(&path.nodes)));
        }
        if !is_deep && !found.cut {
            break;
        }
    }
    found
}

struct Search<'s, 'a> {
    graph: &'s Graph<'a>,
    checks: &'s mut Checks,
    served: &'s BTreeSet<usize>,
    now: Option<Timestamp>,
    /// The most certificates on a way in this round.
    longest: usize,
    is_last: bool,
    entered: BTreeSet<usize>,
    steps: usize,
    /// Whether a way was left since it became too long for this round.
    is_deep: bool,
    found: Found,
}

impl Search<'_, '_> {
    fn extend(&mut self, nodes: &mut Vec<usize>, unchecked: &mut Vec<usize>) {
        let Some(&top) = nodes.last() else { return };
        self.steps += 1;
        self.entered.insert(top);
        let certificate = self.graph.certificate(top);
        let stores = self.graph.node(top).stores;
        let is_anchor = !stores.is_empty();
        if is_anchor {
            let end = if stores.convince() { End::Anchor } else { End::Listed };
            self.record(nodes, end, unchecked);
        }
        let signed_itself = is_own_issuer(certificate)
            && matches!(self.checks.check(certificate, certificate), Outcome::Verified | Outcome::Unchecked);
        if signed_itself {
            if !is_anchor {
                self.record(nodes, End::OwnIssuer, unchecked);
            }
            return;
        }
        // Whoever does not trust an anchor that another CA signed may go on from it.
        let mut extended = is_anchor;
        let mut is_left = false;
        for next in self.candidates(top, nodes) {
            let issuer = self.graph.certificate(next);
            let is_unchecked = match self.checks.check(certificate, issuer) {
                Outcome::Verified => false,
                // Where the signature cannot tell, the key identifiers must not contradict.
                Outcome::Unchecked if key_ids(certificate, issuer) != KeyIds::Differ => true,
                Outcome::OutOfBudget => {
                    self.found.cut = true;
                    continue;
                }
                Outcome::Unchecked | Outcome::Wrong => continue,
            };
            let full = self.entered.len() >= MOST_CERTIFICATES && !self.entered.contains(&next);
            if nodes.len() >= self.longest {
                is_left = true;
                continue;
            }
            if full || self.steps >= MOST_STEPS {
                self.found.cut = true;
                continue;
            }
            extended = true;
            if is_unchecked {
                unchecked.push(nodes.len() - 1);
            }
            nodes.push(next);
            self.extend(nodes, unchecked);
            nodes.pop();
            if is_unchecked {
                unchecked.pop();
            }
        }
        self.is_deep |= is_left;
        self.found.cut |= is_left && self.is_last;
        if !extended && (!is_left || self.is_last) {
            self.record(nodes, End::Open, unchecked);
        }
    }

    fn candidates(&self, top: usize, nodes: &[usize]) -> Vec<usize> {
        let certificate = self.graph.certificate(top);
        let mut candidates: Vec<usize> =
            self.graph
                .namesakes(top)
                .iter()
                .copied()
                .filter(|next| {
                    let issuer = self.graph.certificate(*next);
                    nodes.iter().map(|node| self.graph.certificate(*node)).all(|below| {
                        below.subject_der != issuer.subject_der || below.spki_der != issuer.spki_der
                    })
                })
                .collect();
        if candidates.len() > 1 {
            candidates.sort_by_cached_key(|next| {
                let issuer = self.graph.certificate(*next);
                let is_anchor = self.graph.node(*next).is_anchor();
                (
                    key_ids(certificate, issuer) == KeyIds::Differ,
                    fault::is_doubtful(issuer, self.now),
                    !is_anchor,
                    !self.served.contains(next),
                )
            });
        }
        candidates
    }

    fn record(&mut self, nodes: &[usize], end: End, unchecked: &[usize]) {
        self.found.paths.push(Path { nodes: nodes.to_vec(), end, unchecked: unchecked.to_vec() });
    }
}

/// Certificates on one way, leaf, intermediates and root, round by round. Verifiers take 6 to 8 intermediates; a
/// longer chain must still be seen as what it is.
const LONGEST: [usize; 3] = [5, 9, 18];
const MOST_CERTIFICATES: usize = 64;
const MOST_STEPS: usize = 2000;
