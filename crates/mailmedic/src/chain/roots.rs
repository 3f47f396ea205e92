//! The system's roots that are worth keeping with an examination.

use crate::certificate::Certificate;
use crate::observation::Examination;
use crate::trust::{self, Store};

/// Returns those of the system's roots (DER) that Mozilla's list lacks and that a certificate of the
/// examination names as its issuer, to be kept in [`crate::observation::Trust::system`].
pub fn system_roots_wanted(seen: &Examination, system: &[Vec<u8>]) -> Vec<Vec<u8>> {
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
