//! Certificates in the bodies that issuers' URLs bring, and certificates as PEM (RFC 5280 §4.2.2.1, RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::certificate::der::{self, Element, OBJECT_IDENTIFIER, SEQUENCE};
use crate::keyfile::certificates_of_signed_data;

/// Returns the certificates (DER) of a fetched body: one certificate, certificates only PKCS #7 (RFC 8551
/// §3.8), or either as PEM. At most 64 are read, of at most 1 MiB.
pub fn fetched_certificates(body: &[u8]) -> Vec<Vec<u8>> {
    if body.len() > MOST_BYTES {
        return Vec::new();
    }
    let mut found = from_der(body);
    if found.is_empty() {
        found = from_pem(body);
    }
    found.truncate(MOST_CERTIFICATES);
    found
}

/// Writes certificates (DER) as PEM, one after the other.
pub fn pem<'a>(ders: impl Iterator<Item = &'a [u8]>) -> String {
    let mut text = String::new();
    for der in ders {
        text.push_str("-----BEGIN CERTIFICATE-----\n");
        let encoded = STANDARD.encode(der);
        let mut rest = encoded.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(64));
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        text.push_str("-----END CERTIFICATE-----\n");
    }
    text
}

fn from_der(body: &[u8]) -> Vec<Vec<u8>> {
    let Some((whole, _)) = der::first(body).filter(|(whole, _)| whole.tag == SEQUENCE) else {
        return Vec::new();
    };
    match whole.elements().next() {
        Some(Element { tag: SEQUENCE, .. }) => vec![whole.raw.to_vec()],
        Some(Element { tag: OBJECT_IDENTIFIER, content: SIGNED_DATA, .. }) => {
            certificates_of_signed_data(&whole, MOST_CERTIFICATES)
        }
        _ => Vec::new(),
    }
}

fn from_pem(body: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(body);
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with("-----BEGIN ") {
            block = Some(String::new());
        } else if line.starts_with("-----END ") {
            let der = block.take().and_then(|block| STANDARD.decode(block).ok());
            found.extend(from_der(&der.unwrap_or_default()));
        } else if let Some(block) = &mut block {
            block.push_str(line);
        }
        if found.len() >= MOST_CERTIFICATES {
            break;
        }
    }
    found
}

const MOST_BYTES: usize = 1024 * 1024;
const MOST_CERTIFICATES: usize = 64;
/// pkcs7-signedData, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];

#[cfg(test)]
mod tests {
    use super::{fetched_certificates, pem};

    const CERTIFICATE: &[u8] = &[0x30, 4, 0x30, 2, 5, 0];

    #[test]
    fn one_certificate_comes_as_der_or_pem() {
        assert_eq!(fetched_certificates(CERTIFICATE), [CERTIFICATE]);
        let long = [&[0x30, 102, 0x30, 100][..], &[0; 100]].concat();
        let text = pem([CERTIFICATE, &long].into_iter());
        assert!(text.lines().all(|line| line.len() <= 64));
        let text = format!("subject=/CN=foo\r\n{}", text.replace('\n', "\r\n"));
        assert_eq!(fetched_certificates(text.as_bytes()), [CERTIFICATE, &long]);
    }

    #[test]
    fn a_pkcs7_bag_is_opened() {
        let wrap = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let certificates = wrap(0xA0, &[CERTIFICATE, CERTIFICATE].concat());
        let signed = [&[2, 1, 1, 0x31, 0, 0x30, 2, 5, 0][..], &certificates, &[0x31, 0]].concat();
        let oid = [6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
        let bag = wrap(0x30, &[&oid[..], &wrap(0xA0, &wrap(0x30, &signed))].concat());
        assert_eq!(fetched_certificates(&bag), [CERTIFICATE, CERTIFICATE]);
        assert!(fetched_certificates(&bag[..bag.len() - 1]).is_empty());
    }

    #[test]
    fn other_bodies_bring_nothing() {
        assert!(fetched_certificates(b"").is_empty());
        assert!(fetched_certificates(b"<html>not found</html>").is_empty());
        assert!(
            fetched_certificates(b"-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----").is_empty()
        );
        assert!(fetched_certificates(&vec![0x30; 2 * 1024 * 1024]).is_empty());
        let many = pem(std::iter::repeat_n(CERTIFICATE, 100));
        assert_eq!(fetched_certificates(many.as_bytes()).len(), 64);
    }
}
