//! Mozilla's roots, read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::certificate::Certificate;
use crate::observation::Examination;

/// Which list a root comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Store {
    /// `--ca-file`.
    Given,
    /// Mozilla's list.
    Mozilla,
    /// The system's own list.
    System,
}

impl Store {
    /// Returns the word of the diagnosis.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Given => "--ca-file",
            Self::Mozilla => "Mozilla",
            Self::System => "system",
        }
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
