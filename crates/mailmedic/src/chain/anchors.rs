//! The roots that a chain may end at, and who trusts each.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::certificate::Certificate;
use crate::observation::{Examination, Trust};
use crate::trust::{Store, Stores};

/// Trusted roots with the lists that hold them.
#[derive(Debug, Default)]
pub struct Anchors {
    own: Vec<(Stores, Certificate)>,
    public: bool,
}

impl Anchors {
    /// Reads the roots of `--ca-file` and the system's; the public ones count unless the user said otherwise.
    pub fn of(trust: &Trust) -> Self {
        let mut anchors = Self { own: Vec::new(), public: trust.public };
        for der in &trust.given {
            anchors.add(Stores::of(&[Store::Given]), Certificate::read(&der.0));
        }
        let system = if trust.public { trust.system.as_slice() } else { &[] };
        for der in system {
            anchors.add(Stores::of(&[Store::System]), Certificate::read(&der.0));
        }
        anchors
    }

    /// Adds a root that these lists hold.
    pub fn add(&mut self, stores: Stores, root: Certificate) {
        self.own.push((stores, root));
    }

    /// Returns those that were given; one that is in several places comes several times.
    pub(super) fn own(&self) -> impl Iterator<Item = (Stores, &Certificate)> {
        self.own.iter().map(|(stores, root)| (*stores, root))
    }

    /// Returns the public ones that bear a name: most of the lists is of no use for one target.
    pub(super) fn public(&self, subject: &[u8]) -> impl Iterator<Item = (Stores, &'static Certificate)> {
        let known = if self.public { mozilla().get(subject) } else { None };
        known.into_iter().flatten().map(|root| (Stores::of(&[Store::Mozilla]), root))
    }
}

/// Returns Mozilla's roots by their subject in DER.
pub(super) fn mozilla() -> &'static BTreeMap<Vec<u8>, Vec<Certificate>> {
    static ROOTS: OnceLock<BTreeMap<Vec<u8>, Vec<Certificate>>> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots: BTreeMap<Vec<u8>, Vec<Certificate>> = BTreeMap::new();
        for der in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
            let root = Certificate::read(der);
            roots.entry(root.subject_der.clone()).or_default().push(root);
        }
        roots
    })
}

/// Returns those of the system's roots (DER) that Mozilla's list lacks and that a certificate of the
/// examination names as its issuer, to be kept in [`crate::observation::Trust::system`].
pub fn system_roots_wanted(seen: &Examination, system: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let issuers: Vec<Vec<u8>> =
        seen.certificates.values().map(|der| Certificate::read(&der.0).issuer_der).collect();
    system
        .iter()
        .filter(|der| {
            let root = Certificate::read(der);
            let known = mozilla().get(&root.subject_der);
            issuers.contains(&root.subject_der)
                && !known.is_some_and(|known| known.iter().any(|known| known.fingerprint == root.fingerprint))
        })
        .cloned()
        .collect()
}
