//! What must hold of any bytes whatever; fuzzing and ordinary tests share it.

use mailmedic::certificate::Certificate;
use mailmedic::diagnosis::Says;
use mailmedic::revocation::{is_listed, list_says, response_says};

/// A certificate is read as far as it goes: nothing is lost, nothing is invented.
pub fn certificate(bytes: &[u8]) {
    let certificate = Certificate::read(bytes);
    assert_eq!(certificate.der, bytes);
    assert!(certificate.subject_der.len() + certificate.issuer_der.len() <= bytes.len());
    assert!(certificate.spki_der.len() <= bytes.len());
    assert_eq!(certificate, Certificate::read(bytes));
}

/// A list of revoked certificates, followed by its issuer's certificate and one of its issuer's: what is cut short is
/// no list, and what is found in it does not hang on the reader.
pub fn crl(bytes: &[u8]) {
    let [list, issuer, certificate] = three(bytes);
    let (issuer, certificate) = (Certificate::read(issuer), Certificate::read(certificate));
    let says = list_says(list, &certificate, &issuer, certificate.not_before.unwrap_or_default());
    assert!(!matches!(says, Says::Unreachable(_)));
    for serial in [&b""[..], &[1], &list[..list.len().min(8)]] {
        if is_listed(list, serial).is_some() {
            assert_eq!(is_listed(&list[..list.len() - 1], serial), None);
        }
    }
}

/// An OCSP response, followed by its issuer's certificate and the one that it is about.
pub fn ocsp(bytes: &[u8]) {
    let [response, issuer, certificate] = three(bytes);
    let (issuer, certificate) = (Certificate::read(issuer), Certificate::read(certificate));
    let says = response_says(response, &certificate, &issuer, certificate.not_before.unwrap_or_default());
    assert!(!matches!(says, Says::Unreachable(_)));
    let cut = &response[..response.len().saturating_sub(1)];
    assert!(!matches!(response_says(cut, &certificate, &issuer, Default::default()), Says::Good { .. }));
}

/// Splits input into three: each part but the last has its length, of two bytes, in front.
fn three(bytes: &[u8]) -> [&[u8]; 3] {
    let part = |bytes: &'_ [u8]| -> (usize, usize) {
        let [high, low, rest @ ..] = bytes else { return (bytes.len(), bytes.len()) };
        (2, 2 + usize::from(u16::from_be_bytes([*high, *low])).min(rest.len()))
    };
    let (start, end) = part(bytes);
    let (first, rest) = (&bytes[start..end], &bytes[end..]);
    let (start, end) = part(rest);
    [first, &rest[start..end], &rest[end..]]
}
