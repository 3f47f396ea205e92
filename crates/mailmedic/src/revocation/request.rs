//! Questions to an OCSP responder (RFC 6960 §4.1, RFC 5019 §2.1).

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::certificate::Certificate;
use crate::certificate::der::{INTEGER, OCTET_STRING, SEQUENCE, wrap};

/// Writes the question whether a certificate is revoked; none where its serial number or the issuer's key cannot be
/// read.
///
/// The issuer is named by SHA-1, which is no matter of security here and all that every responder knows (RFC 5019
/// §2.1.1). There is no nonce, so that answers can be made ahead.
pub fn request(certificate: &Certificate, issuer: &Certificate) -> Option<Vec<u8>> {
    let name = digest(&SHA1_FOR_LEGACY_USE_ONLY, &certificate.issuer_der);
    let key = digest(&SHA1_FOR_LEGACY_USE_ONLY, issuer.key_bits()?);
    let serial = crate::certificate::read::Parts::read(&certificate.der).serial?;
    if serial.len() > MOST_SERIAL_BYTES {
        return None;
    }
    let sha1 = wrap(SEQUENCE, &[SHA1, &[5, 0]].concat());
    let name = wrap(OCTET_STRING, name.as_ref());
    let key = wrap(OCTET_STRING, key.as_ref());
    let id = wrap(SEQUENCE, &[sha1, name, key, wrap(INTEGER, serial)].concat());
    Some(wrap(SEQUENCE, &wrap(SEQUENCE, &wrap(SEQUENCE, &wrap(SEQUENCE, &id)))))
}

/// Writes the URL that asks this by GET (RFC 6960 appendix A.1); none where it is longer than the 255 bytes up to
/// which RFC 5019 §5 wants GET.
pub fn get_url(responder: &str, request: &[u8]) -> Option<String> {
    let mut url = format!("{}/", responder.strip_suffix('/').unwrap_or(responder));
    for character in STANDARD.encode(request).chars() {
        match character {
            '+' => url.push_str("%2B"),
            '/' => url.push_str("%2F"),
            '=' => url.push_str("%3D"),
            other => url.push(other),
        }
    }
    (url.len() <= LONGEST_GET && !responder.contains('?')).then_some(url)
}

/// The OID of SHA-1.
const SHA1: &[u8] = &[0x06, 5, 0x2B, 0x0E, 3, 2, 0x1A];
/// RFC 5280 §4.1.2.2 allows 20; with more than this the question would not be as short as it is.
const MOST_SERIAL_BYTES: usize = 64;
const LONGEST_GET: usize = 255;

#[cfg(test)]
mod tests {
    use super::get_url;

    #[test]
    fn short_questions_go_by_get() {
        let url = get_url("http://ocsp.example/", &[0xFB, 0xFF, 0xFE, 0]).unwrap();
        assert_eq!(url, "http://ocsp.example/%2B%2F%2F%2BAA%3D%3D");
        assert_eq!(get_url("http://ocsp.example", b"").unwrap(), "http://ocsp.example/");
        assert_eq!(get_url("http://ocsp.example", &[0; 200]), None);
        assert_eq!(get_url("http://ocsp.example/?x=", b"a"), None);
    }
}
