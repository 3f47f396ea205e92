//! All certificates that are at hand, and the ways from a leaf upward.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::signature::{Checks, Outcome};
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::observation::Trust;
use crate::trust::{self, Anchor, Store, Stores};

/// The roots that are not compiled in.
#[derive(Debug)]
pub(super) struct Extra(Vec<(Store, Certificate)>);

impl Extra {
    /// Reads the roots of `--ca-file` and the system's.
    pub(super) fn read(trust: &Trust) -> Self {
        let system = if trust.public { trust.system.as_slice() } else { &[] };
        let given = trust.given.iter().map(|der| (Store::Given, Certificate::read(&der.0)));
        let system = system.iter().map(|der| (Store::System, Certificate::read(&der.0)));
        Self(given.chain(system).collect())
    }
}

/// A certificate in the graph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    /// The certificate.
    pub(super) certificate: &'a Certificate,
    /// The list by which a chain to it counts as trusted: that of `--ca-file`, Mozilla's or the system's, if it is there.
    pub(super) anchor: Option<Store>,
    /// All lists that hold it.
    pub(super) stores: Stores,
}

/// All certificates that are at hand: served, fetched, and roots.
#[derive(Debug, Default)]
pub(super) struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    by_subject: HashMap<&'a [u8], Vec<usize>>,
    by_fingerprint: HashMap<Fingerprint, usize>,
}

impl<'a> Graph<'a> {
    /// Joins certificates and roots; a certificate that is both is one node.
    pub(super) fn new(
        certificates: &'a BTreeMap<Fingerprint, Certificate>,
        extra: &'a Extra,
        public: bool,
    ) -> Self {
        let mut graph = Self::default();
        let rank = |store: Store| extra.0.iter().filter(move |(of, _)| *of == store);
        let add = |graph: &mut Self, store: Store| {
            rank(store).for_each(|(_, root)| {
                graph.add(root.fingerprint, root, Some(store), Stores::of(&[store]));
            });
        };
        add(&mut graph, Store::Given);
        if public {
            for root in anchors(certificates) {
                // A root that was served is better known than the list knows it.
                let certificate = certificates.get(&root.fingerprint).unwrap_or_else(|| root.certificate());
                let anchor = root.holds.has(Store::Mozilla).then_some(Store::Mozilla);
                graph.add(root.fingerprint, certificate, anchor, root.holds);
            }
        }
        add(&mut graph, Store::System);
        for (fingerprint, certificate) in certificates {
            graph.add(*fingerprint, certificate, None, Stores::default());
        }
        graph
    }

    /// Returns the number of a certificate.
    pub(super) fn find(&self, fingerprint: &Fingerprint) -> Option<usize> {
        self.by_fingerprint.get(fingerprint).copied()
    }

    /// Returns a node by its number.
    pub(super) fn node(&self, number: usize) -> Node<'a> {
        self.nodes[number]
    }

    /// Returns a certificate by its number.
    pub(super) fn certificate(&self, number: usize) -> &'a Certificate {
        self.nodes[number].certificate
    }

    /// Returns the certificates that bear the name of this one's issuer.
    pub(super) fn namesakes(&self, number: usize) -> &[usize] {
        let issuer = self.certificate(number).issuer_der.as_slice();
        if issuer.is_empty() { &[] } else { self.by_subject.get(issuer).map_or(&[], Vec::as_slice) }
    }

    fn add(
        &mut self,
        fingerprint: Fingerprint,
        certificate: &'a Certificate,
        anchor: Option<Store>,
        stores: Stores,
    ) {
        if let Some(number) = self.find(&fingerprint) {
            let node = &mut self.nodes[number];
            node.anchor = node.anchor.or(anchor);
            node.stores = node.stores.and(stores);
            return;
        }
        let number = self.nodes.len();
        self.nodes.push(Node { certificate, anchor, stores });
        self.by_fingerprint.insert(fingerprint, number);
        self.by_subject.entry(certificate.subject_der.as_slice()).or_default().push(number);
    }
}

/// Returns the roots of the compiled-in lists that are at hand as certificates, or that one of them names as its issuer;
/// no way leads to others.
fn anchors(certificates: &BTreeMap<Fingerprint, Certificate>) -> Vec<&'static Anchor> {
    let named = certificates.values().flat_map(|certificate| trust::by_subject(&certificate.issuer_der));
    let known = certificates.keys().filter_map(trust::find);
    named.chain(known).filter(|root| !root.holds.is_empty()).collect()
}

/// A way from the leaf upward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The certificates, leaf first.
    pub(super) nodes: Vec<usize>,
    /// Where it ends.
    pub(super) end: End,
    /// The first certificate on it whose signature could not be checked.
    pub(super) unchecked: Option<usize>,
}

/// Where a way upward ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// At a trusted root.
    Anchor,
    /// At a certificate that signed itself and by which no chain counts as trusted, though some list may hold it.
    OwnIssuer,
    /// At a certificate whose issuer is not at hand.
    Open,
}

/// All ways upward that were found.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// The ways; never empty unless the search was cut at once.
    pub(super) paths: Vec<Path>,
    /// Whether a limit ended the search.
    pub(super) cut: bool,
}

/// Finds the ways from a leaf upward, over certificates that differ in name or key.
pub(super) fn search(graph: &Graph<'_>, checks: &mut Checks, leaf: usize, served: &BTreeSet<usize>) -> Ways {
    let mut search =
        Search { graph, checks, served, entered: BTreeSet::new(), steps: 0, ways: Ways::default() };
    search.extend(&mut vec![leaf], None);
    search.ways
}

struct Search<'s, 'a> {
    graph: &'s Graph<'a>,
    checks: &'s mut Checks,
    served: &'s BTreeSet<usize>,
    entered: BTreeSet<usize>,
    steps: usize,
    ways: Ways,
}

impl Search<'_, '_> {
    fn extend(&mut self, nodes: &mut Vec<usize>, unchecked: Option<usize>) {
        let Some(&top) = nodes.last() else { return };
        self.steps += 1;
        self.entered.insert(top);
        if self.graph.node(top).anchor.is_some() {
            self.record(nodes, End::Anchor, unchecked);
            return;
        }
        let certificate = self.graph.certificate(top);
        // What a list holds needs no signature, and a list has none to show.
        let is_listed = !self.graph.node(top).stores.is_empty();
        let own = is_own_issuer(certificate)
            && (is_listed
                || matches!(
                    self.checks.check(certificate, certificate),
                    Outcome::Verified | Outcome::Unchecked
                ));
        if own {
            self.record(nodes, End::OwnIssuer, unchecked);
            return;
        }
        let mut extended = false;
        for next in self.candidates(top, nodes) {
            let issuer = self.graph.certificate(next);
            let unchecked = match self.checks.check(certificate, issuer) {
                Outcome::Verified => unchecked,
                // Where the signature cannot tell, the key identifiers must not contradict.
                Outcome::Unchecked if key_ids(certificate, issuer) != KeyIds::Differ => {
                    unchecked.or(Some(top))
                }
                Outcome::OutOfBudget => {
                    self.ways.cut = true;
                    continue;
                }
                Outcome::Unchecked | Outcome::Wrong => continue,
            };
            let full = self.entered.len() >= MOST_CERTIFICATES && !self.entered.contains(&next);
            if full || nodes.len() >= LONGEST || self.steps >= MOST_STEPS {
                self.ways.cut = true;
                continue;
            }
            extended = true;
            nodes.push(next);
            self.extend(nodes, unchecked);
            nodes.pop();
        }
        if !extended {
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
        candidates.sort_by_key(|next| {
            (
                key_ids(certificate, self.graph.certificate(*next)) == KeyIds::Differ,
                self.graph.node(*next).anchor.is_none(),
                !self.served.contains(next),
            )
        });
        candidates
    }

    fn record(&mut self, nodes: &[usize], end: End, unchecked: Option<usize>) {
        self.ways.paths.push(Path { nodes: nodes.to_vec(), end, unchecked });
    }
}

/// What the key identifiers of a certificate and a possible issuer say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyIds {
    /// They are the same.
    Same,
    /// They differ.
    Differ,
    /// One of them is absent.
    Absent,
}

/// Compares the authority key identifier with the subject key identifier (RFC 5280 §4.2.1.1).
pub(super) fn key_ids(certificate: &Certificate, issuer: &Certificate) -> KeyIds {
    match (&certificate.authority_key_id, &issuer.subject_key_id) {
        (Some(authority), Some(subject)) if authority == subject => KeyIds::Same,
        (Some(_), Some(_)) => KeyIds::Differ,
        _ => KeyIds::Absent,
    }
}

/// Returns whether a certificate names itself as its issuer.
pub(super) fn is_own_issuer(certificate: &Certificate) -> bool {
    !certificate.subject_der.is_empty() && certificate.subject_der == certificate.issuer_der
}

/// Certificates on one way: leaf, intermediates and root. Verifiers take 6 to 8 intermediates; a longer
/// chain must still be seen as what it is.
const LONGEST: usize = 18;
const MOST_CERTIFICATES: usize = 64;
const MOST_STEPS: usize = 2000;
