//! Lists of revoked certificates that `--crl-file` gives.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject as _;

use super::roots::is_one_der;
use crate::exit::Failure;

/// Reads lists from a file, one in DER or any number in PEM.
pub(crate) fn read(file: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|why| Failure::file(file, why))?;
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|why| Failure::file(file, why))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::file(file, format!("it has more than {} MiB", MOST_BYTES >> 20)));
    }
    if is_one_der(&bytes) {
        return Ok(vec![bytes]);
    }
    let mut lists = Vec::new();
    for list in CertificateRevocationListDer::pem_slice_iter(&bytes) {
        match list {
            Ok(der) if is_one_der(&der) => lists.push(der.to_vec()),
            _ => return Err(Failure::file(file, "a list in it is damaged")),
        }
    }
    if lists.is_empty() {
        return Err(Failure::file(file, "it holds no revocation list, neither PEM nor DER"));
    }
    Ok(lists)
}

/// As base64 in PEM, a list of 16 MiB has 22.
const MOST_BYTES: u64 = 24 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::read;

    #[test]
    fn lists_come_as_der_or_pem() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list.crl");
        let read = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            read(&file).map_err(|failure| failure.0.rsplit(": ").next().unwrap_or_default().to_owned())
        };
        let list = [0x30, 2, 5, 0];
        assert_eq!(read(&list), Ok(vec![list.to_vec()]));
        let pem = |body: &[u8]| {
            format!("-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n", STANDARD.encode(body))
        };
        assert_eq!(read(pem(&list).repeat(2).as_bytes()), Ok(vec![list.to_vec(); 2]));
        assert_eq!(read(pem(&list[..3]).as_bytes()), Err("a list in it is damaged".to_owned()));
        assert_eq!(read(b"<html>"), Err("it holds no revocation list, neither PEM nor DER".to_owned()));
        assert_eq!(read(&vec![0; 25 << 20]), Err("it has more than 24 MiB".to_owned()));
    }
}
