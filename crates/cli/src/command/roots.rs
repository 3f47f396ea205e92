//! Roots that certificates are judged by: those of `--ca-file`, and the system's own.

use std::fs;
use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::exit::Failure;

/// Reads certificates from a file, one in DER or any number in PEM.
pub(crate) fn read(file: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let bytes = fs::read(file).map_err(|why| Failure::file(file, why))?;
    if is_one_der(&bytes) {
        return Ok(vec![bytes]);
    }
    let mut roots = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        match certificate {
            Ok(der) if is_one_der(&der) => roots.push(der.to_vec()),
            _ => return Err(Failure::file(file, "a certificate in it is damaged")),
        }
    }
    if roots.is_empty() {
        return Err(Failure::file(file, "it holds no certificate, neither PEM nor DER"));
    }
    Ok(roots)
}

/// Returns the roots of the system's store as far as they can be read.
pub(crate) fn system() -> Vec<Vec<u8>> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::debug!(%error, "a root of the system cannot be read");
    }
    found.certs.into_iter().map(|der| der.to_vec()).collect()
}

/// Tells whether these bytes are one DER SEQUENCE and nothing more (X.690 §8.1.3).
pub(crate) fn is_one_der(bytes: &[u8]) -> bool {
    let [0x30, first, rest @ ..] = bytes else { return false };
    if *first < 0x80 {
        return rest.len() == usize::from(*first);
    }
    let Some((length, content)) = rest.split_at_checked(usize::from(first & 0x7f)) else { return false };
    length.len() <= 4
        && !length.is_empty()
        && content.len() == length.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::is_one_der;

    #[test]
    fn der_has_its_whole_length() {
        assert!(is_one_der(&[0x30, 1, 5]));
        assert!(is_one_der(&[0x30, 0x81, 1, 5]));
        for broken in
            [&[0x30, 2, 5][..], &[0x30], &[], &[0x30, 0x80], &[0x30, 0xff, 1], &[0x30, 0x81, 1, 5, 6]]
        {
            assert!(!is_one_der(broken), "{broken:?}");
        }
    }
}
