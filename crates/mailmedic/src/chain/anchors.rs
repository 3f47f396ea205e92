//! The roots that a chain may end at, and who trusts each.

use crate::certificate::Certificate;
use crate::observation::{Examination, Trust};
use crate::trust::{self, Store, Stores};

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
        let known = self.public.then(|| trust::by_subject(subject)).into_iter().flatten();
        known.filter(|root| !root.holds.is_empty()).map(|root| (root.holds, root.certificate()))
    }
}

/// Returns those of the system's roots (DER) that Mozilla's list lacks and that a certificate of the
/// examination names as its issuer, to be kept in [`crate::observation::Trust::system`].
pub fn system_roots_wanted(seen: &Examination, system: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if seen.certificates.is_empty() {
        return Vec::new();
    }
    let issuers: Vec<Vec<u8>> =
        seen.certificates.values().map(|der| Certificate::read(&der.0).issuer_der).collect();
    system
        .iter()
        .filter(|der| {
            let root = Certificate::read(der);
            // The same name and key convince as well, whatever certificate they come in.
            let is_known = trust::by_subject(&root.subject_der)
                .any(|known| known.holds.has(Store::Mozilla) && known.spki_der == root.spki_der);
            issuers.contains(&root.subject_der) && !is_known
        })
        .cloned()
        .collect()
}
