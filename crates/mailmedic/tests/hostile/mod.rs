//! What must hold of any bytes whatever; fuzzing and ordinary tests share it.

use mailmedic::certificate::Certificate;

/// A certificate is read as far as it goes: nothing is lost, nothing is invented.
pub fn certificate(bytes: &[u8]) {
    let certificate = Certificate::read(bytes);
    assert_eq!(certificate.der, bytes);
    assert!(certificate.subject_der.len() + certificate.issuer_der.len() <= bytes.len());
    assert!(certificate.spki_der.len() <= bytes.len());
    assert_eq!(certificate, Certificate::read(bytes));
}
