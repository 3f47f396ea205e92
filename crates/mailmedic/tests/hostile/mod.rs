//! What must hold of any bytes whatever; fuzzing and ordinary tests share it.

use jiff::Timestamp;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{Anchors, Strict, strict};
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
