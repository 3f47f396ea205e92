//! What must hold of any bytes whatever; fuzzing and ordinary tests share it.

use jiff::Timestamp;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{Anchors, Strict, strict};
use mailmedic::keyfile::{self, Contents, Item, Password};
use mailmedic::name::Host;
use mailmedic::trust::{Store, Stores};

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

/// A list of certificates is judged in bounded time, twice alike; what is taken leads from the first to the root.
///
/// Each certificate stands behind its length in two bytes; the last one is the root.
pub fn chain(bytes: &[u8]) {
    let mut list = Vec::new();
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_at_checked(2) {
        let length = usize::from(u16::from_be_bytes([length[0], length[1]])).min(after.len());
        list.push(after[..length].to_vec());
        rest = &after[length..];
    }
    let Some(root) = list.pop() else { return };
    let mut anchors = Anchors::default();
    let root = Certificate::read(&root);
    let print = root.fingerprint;
    anchors.add(Stores::of(&[Store::Given]), root);
    let host = Host::new("mail.example.org").ok();
    let now = Timestamp::from_second(1_795_262_400).unwrap_or_default();
    let verdict = strict(&list, &anchors, host.as_ref(), now);
    assert_eq!(verdict, strict(&list, &anchors, host.as_ref(), now));
    if let Strict::Accept(way) = verdict {
        assert_eq!(way.first(), Some(&Certificate::read(&list[0]).fingerprint));
        assert_eq!(way.last(), Some(&print));
    }
}
