//! What is known of each served chain after looking at all of its certificates together.

mod revocation;
mod way;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::observation::Ask;
pub use revocation::{Flaw, Revocation, Says, Source, Standing, StatusAnswer};
pub use way::{Fault, FaultKind, Origin, Way, WayEnd};

/// All chains of one target with all certificates, read once.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// Every certificate that was served or fetched.
    pub certificates: BTreeMap<Fingerprint, Certificate>,
    /// The trusted roots at the ends of ways that were neither served nor fetched.
    pub anchors: BTreeMap<Fingerprint, Certificate>,
    /// Each distinct list of certificates that was served, once.
    pub chains: Vec<ServedChain>,
    /// What web servers showed while documents were fetched, by URL; no endpoint has sight of these.
    pub web: BTreeMap<String, ServedChain>,
    /// The issuer of each certificate of these chains, where it is at hand and its key made the signature.
    pub issuers: BTreeMap<Fingerprint, Arc<Certificate>>,
    /// Whether each certificate of these chains is revoked, as far as it was told.
    pub revocation: BTreeMap<Fingerprint, Revocation>,
    /// What each stapled OCSP response says, by the leaf that it came with and the digest of its bytes.
    pub staples: BTreeMap<(Fingerprint, Fingerprint), Says>,
    /// The time of the verdict.
    pub now: Option<Timestamp>,
}

/// One list of certificates as served, and where.
#[derive(Clone, Debug)]
pub struct ServedChain {
    /// The certificates in the order served; never empty; the first is the leaf.
    pub served: Vec<Fingerprint>,
    /// Where it was seen.
    pub sightings: Vec<Sighting>,
    /// The ways from the leaf upward, the best first; at most 64. Empty if the leaf could not be read.
    pub ways: Vec<Way>,
    /// Whether there are more ways than were tried.
    pub is_cut: bool,
    /// Whether and how it leads to a trusted root: what the best way tells.
    pub trust: TrustState,
    /// The full chain that should be served: leaf, then intermediates, without the root. None while an
    /// intermediate is unknown.
    pub complete: Option<Vec<Fingerprint>>,
    /// Whether what the way to the root needs was sent from the leaf upward, as TLS demands (RFC 5246 §7.4.2).
    /// Superfluous certificates between do not count: they are a fault of their own.
    pub ordered: bool,
    /// Served certificates that no path to a root needs; a root that is sent is counted apart.
    pub superfluous: Vec<Fingerprint>,
    /// A served certificate that is its own issuer and no leaf: a root that clients have anyway.
    pub root_included: Option<Fingerprint>,
    /// Intermediates on the way to the root that are past their end or before their start.
    pub out_of_date_intermediates: Vec<Fingerprint>,
    /// Intermediates that may not issue: no CA, no keyCertSign, wrong usage; with the reason.
    pub invalid_intermediates: Vec<(Fingerprint, String)>,
    /// Certificates whose signature is wrong under the key of the issuer that they name.
    pub wrong_signatures: Vec<Fingerprint>,
}

/// One place where a chain was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The index of the endpoint in the examination.
    pub endpoint: usize,
    /// The question that brought it.
    pub ask: Ask,
    /// The server name that was sent.
    pub server_name: Option<String>,
}

/// Whether a chain leads to a trusted root. Dates and names do not count here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustState {
    /// It does, with the certificates as served (in any order).
    Trusted {
        /// The root's subject.
        root: String,
        /// Which list holds it: `Mozilla`, `system`, `--ca-file`.
        store: String,
    },
    /// It would, if the server sent these too. With nothing `known` and no `root`, it is certain only that the
    /// issuer is an intermediate (a public CA issued the leaf, or the issuer's name says so).
    Incomplete {
        /// The subjects of what is missing, from the leaf upward.
        missing: Vec<String>,
        /// The missing certificates, where they were fetched or served elsewhere.
        known: Vec<Fingerprint>,
        /// The root that the full chain leads to, if it is known.
        root: Option<String>,
    },
    /// The leaf signed itself and is no trusted root.
    SelfSigned,
    /// It leads to a root that is neither on Mozilla's list nor on the system's nor in `--ca-file`; others may trust it.
    UntrustedRoot {
        /// The root's subject.
        root: String,
        /// Whether the server sent that root.
        served: bool,
    },
    /// The issuer of the last certificate is known by name only, and by nobody.
    UnknownIssuer {
        /// The issuer's name.
        issuer: String,
    },
    /// It cannot be told, for instance since an algorithm cannot be checked.
    Unknown(String),
}

impl ServedChain {
    /// Returns the fingerprint of the leaf.
    pub fn leaf(&self) -> Fingerprint {
        self.served[0]
    }

    /// Returns the roots of any list that its ways lead to, that of the best way first; where the best way has all that it
    /// needs, only those of ways that have, too. Nothing where there are more ways than were tried.
    pub fn roots(&self) -> Vec<Fingerprint> {
        let mut roots = Vec::new();
        let Some(best) = self.best().filter(|_| !self.is_cut) else { return roots };
        for way in &self.ways {
            let is_checked = way.faults.iter().all(|fault| fault.kind != FaultKind::SignatureUnchecked);
            let counts = way.is_trusted() && is_checked && (!best.is_served() || way.is_served());
            if let Some(root) = way.certificates.last().filter(|root| counts && !roots.contains(*root)) {
                roots.push(*root);
            }
        }
        roots
    }

    /// Returns the best way, which the other fields are about.
    pub fn best(&self) -> Option<&Way> {
        self.ways.first()
    }
}

impl Diagnosis {
    /// Returns the leaf of a chain.
    pub fn leaf(&self, chain: &ServedChain) -> Option<&Certificate> {
        self.certificates.get(&chain.leaf())
    }

    /// Returns a certificate of a way.
    pub fn certificate(&self, fingerprint: &Fingerprint) -> Option<&Certificate> {
        self.certificates.get(fingerprint).or_else(|| self.anchors.get(fingerprint))
    }
}
