//! All certificates that are at hand, and who may have issued which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::anchors::Anchors;
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::trust::Stores;

/// A certificate in the graph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    /// The certificate.
    pub(super) certificate: &'a Certificate,
    /// The lists that trust it.
    pub(super) stores: Stores,
}

impl Node<'_> {
    /// Returns whether a list trusts it.
    pub(super) fn is_anchor(&self) -> bool {
        !self.stores.is_empty()
    }
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
    pub(super) fn new(certificates: &'a BTreeMap<Fingerprint, Certificate>, anchors: &'a Anchors) -> Self {
        let mut graph = Self::default();
        for (stores, root) in anchors.own() {
            graph.add(root, stores);
        }
        for certificate in certificates.values() {
            graph.add(certificate, Stores::default());
        }
        let mut names: BTreeSet<&[u8]> = BTreeSet::new();
        let mut open: Vec<&[u8]> = graph.nodes.iter().flat_map(|node| names_of(node.certificate)).collect();
        while let Some(name) = open.pop() {
            if names.insert(name) {
                for (stores, root) in anchors.public(name) {
                    open.extend(names_of(root));
                    graph.add(root, stores);
                }
            }
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

    fn add(&mut self, certificate: &'a Certificate, stores: Stores) {
        if let Some(known) = self.by_fingerprint.get(&certificate.fingerprint) {
            let node = &mut self.nodes[*known];
            node.stores = stores.iter().fold(node.stores, Stores::with);
            return;
        }
        let number = self.nodes.len();
        self.nodes.push(Node { certificate, stores });
        self.by_fingerprint.insert(certificate.fingerprint, number);
        self.by_subject.entry(certificate.subject_der.as_slice()).or_default().push(number);
    }
}

/// Returns the two names of a certificate.
fn names_of(certificate: &Certificate) -> [&[u8]; 2] {
    [&certificate.subject_der, &certificate.issuer_der]
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
