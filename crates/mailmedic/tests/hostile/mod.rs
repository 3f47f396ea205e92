//! What must hold of any bytes whatever; fuzzing and ordinary tests share it.

use mailmedic::certificate::Certificate;
use mailmedic::keyfile::{self, Contents, Item, Password};

/// A certificate is read as far as it goes: nothing is lost, nothing is invented.
pub fn certificate(bytes: &[u8]) {
    let certificate = Certificate::read(bytes);
    assert_eq!(certificate.der, bytes);
    assert!(certificate.subject_der.len() + certificate.issuer_der.len() <= bytes.len());
    assert!(certificate.spki_der.len() <= bytes.len());
    assert_eq!(certificate, Certificate::read(bytes));
}

/// A file of certificates and keys: what it holds is part of it, what is locked costs no more than allowed, and no key is
/// shown.
pub fn keyfile(bytes: &[u8]) {
    let Ok(contents) = keyfile::read(bytes) else { return };
    check_contents(&contents);
    for item in &contents.items {
        let Item::Locked(locked) = item else { continue };
        for password in ["", "secret"] {
            // Enough for every seed, and done before fuzzing calls it slow.
            if let Ok(opened) = locked.open_within(&Password::new(password.to_owned()), 20_000) {
                check_contents(&opened);
            }
        }
    }
}

fn check_contents(contents: &Contents) {
    assert!(contents.items.len() + contents.left_out.len() <= 2000);
    for item in &contents.items {
        match item {
            Item::Certificate(der) => certificate(der),
            Item::Key(key) => {
                assert!(format!("{key:?}").len() < 200);
                assert_eq!(key.belongs_to(&Certificate::read(b"")), None);
            }
            Item::Locked(locked) => assert!(format!("{locked:?}").len() < 50),
        }
    }
}
