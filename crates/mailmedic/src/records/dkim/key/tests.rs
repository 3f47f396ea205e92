use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Slip, is_meant, read};
use crate::records::dkim::{Key, KeyFault, KeyRecord};
use crate::records::sample::{modulus, rsa_bare, rsa_spki};

fn key(text: &str) -> Result<KeyRecord, KeyFault> {
    read(&[text]).map(Option::unwrap)
}

/// The words for the key of a record.
fn name(text: &str) -> String {
    key(text).unwrap().key.name()
}

fn fault(text: &str) -> KeyFault {
    key(text).unwrap_err()
}

#[test]
fn keys_of_both_kinds_and_forms_are_read() {
    let spki = rsa_spki(&modulus(256));
    assert_eq!(name(&format!("v=DKIM1; k=rsa; p={spki}")), "RSA 2048");
    assert_eq!(name(&format!("p={spki}")), "RSA 2048");
    assert_eq!(name(&format!("p={}", STANDARD.encode(rsa_bare(&modulus(128))))), "RSA 1024");
    assert_eq!(name(&format!("k=rsa; p={};", rsa_spki(&modulus(64)))), "RSA 512");
    let ed25519 = STANDARD.encode([7; 32]);
    assert_eq!(name(&format!("v=DKIM1; k=ed25519; p={ed25519}")), "Ed25519");
    // Without its padding, too.
    assert_eq!(name(&format!("k=ed25519; p={}", ed25519.trim_end_matches('='))), "Ed25519");
    assert_eq!(key("v=DKIM1; p=").unwrap().key, Key::Revoked);
    assert_eq!(read(&[]), Ok(None));
}

#[test]
fn flags_and_slips_are_told() {
    let spki = rsa_spki(&modulus(256));
    let plain = key(&format!("v=DKIM1; n=a note; x=new; h=sha1:SHA256; s=email; p={spki}")).unwrap();
    assert!(!plain.testing && !plain.strict && plain.slips.is_empty());
    let flags = key(&format!("v=DKIM1; t = y : s; s=*; p={spki}")).unwrap();
    assert!(flags.testing && flags.strict);
    let (front, back) = spki.split_at(100);
    assert_eq!(key(&format!("v=DKIM1; p={front} {back}")).unwrap().slips, [Slip::Blanks]);
    assert_eq!(key(&format!("k=rsa; v=DKIM1; p={spki}")).unwrap().slips, [Slip::VersionLater]);
    assert_eq!(key(&format!("v=DKIM1; g=*; p={spki}")).unwrap().slips, [Slip::Granularity]);
}

#[test]
fn faults_of_the_record_are_told_apart() {
    let spki = rsa_spki(&modulus(256));
    assert_eq!(fault(&format!("v=DKIM2; p={spki}")), KeyFault::Version("DKIM2".into()));
    assert_eq!(fault(&format!("v=DKIM1 k=rsa; p={spki}")), KeyFault::Version("DKIM1 k=rsa".into()));
    assert_eq!(fault(&format!("v=DKIM1; rsa; p={spki}")), KeyFault::Field("rsa".into()));
    assert_eq!(fault(&format!("v=DKIM1; p={spki}; p={spki}")), KeyFault::Twice("p".into()));
    assert_eq!(fault("v=DKIM1; k=rsa"), KeyFault::Missing);
    assert_eq!(fault("v=spf1 -all"), KeyFault::Version("spf1 -all".into()));
    assert_eq!(fault(&format!("v=DKIM1; k=dsa; p={spki}")), KeyFault::Kind("dsa".into()));
    assert_eq!(fault(&format!("v=DKIM1; h=sha1; p={spki}")), KeyFault::Hashes("sha1".into()));
    assert_eq!(fault(&format!("v=DKIM1; s=tlsrpt; p={spki}")), KeyFault::Services("tlsrpt".into()));
    assert_eq!(read(&["v=DKIM1; p=", "v=DKIM1; p="]), Err(KeyFault::Several(2)));
}

#[test]
fn what_forms_of_providers_do_is_named() {
    let spki = rsa_spki(&modulus(256));
    let (front, back) = spki.split_at(200);
    assert_eq!(fault(&format!("\"v=DKIM1; k=rsa; p={spki}\"")), KeyFault::Quoted);
    assert_eq!(fault(&format!("v=DKIM1; k=rsa; p={front}\" \"{back}")), KeyFault::Quoted);
    assert_eq!(fault(&format!("v=DKIM1\\; k=rsa\\; p={spki}")), KeyFault::Backslash);
    let pem = format!("v=DKIM1; p=-----BEGIN PUBLIC KEY-----{spki}-----END PUBLIC KEY-----");
    assert_eq!(fault(&pem), KeyFault::Pem);
    let record = format!("v=DKIM1; k=rsa; p={spki}");
    assert_eq!(read(&[&record[..255], &record[255..]]), Err(KeyFault::Split));
    assert_eq!(read(&[&record, "google-site-verification=x"]), Err(KeyFault::Several(2)));
    let cut = fault(&record[..255]);
    assert!(matches!(cut, KeyFault::CutAtString { length: 255, needs: 294, has } if has < 190), "{cut:?}");
    // Wherever it is cut, it is called so, as long as its beginning is there.
    for length in 40..record.len() - 4 {
        let cut = fault(&record[..length]);
        assert!(matches!(cut, KeyFault::Cut { .. } | KeyFault::CutAtString { .. }), "{length}: {cut:?}");
    }
}

#[test]
fn a_plus_that_became_a_blank_is_found() {
    // A modulus whose base64 has many a plus.
    let spki = rsa_spki(&[0xFB; 256]);
    assert!(spki.contains('+'));
    assert_eq!(fault(&format!("v=DKIM1; p={}", spki.replace('+', " "))), KeyFault::Plus);
}

#[test]
fn keys_of_another_kind_are_named() {
    let raw = STANDARD.encode([7; 32]);
    let wrapped = [&[0x30, 42, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 33, 0][..], &[7; 32]].concat();
    let wrapped = STANDARD.encode(wrapped);
    assert_eq!(fault(&format!("k=ed25519; p={wrapped}")), KeyFault::Wrapped);
    assert_eq!(fault(&format!("p={wrapped}")), KeyFault::OtherKind { named: "rsa", is: "Ed25519" });
    assert_eq!(fault(&format!("p={raw}")), KeyFault::OtherKind { named: "rsa", is: "Ed25519" });
    let rsa = rsa_spki(&modulus(128));
    assert_eq!(fault(&format!("k=ed25519; p={rsa}")), KeyFault::OtherKind { named: "ed25519", is: "RSA" });
    assert_eq!(fault(&format!("k=ed25519; p={}", STANDARD.encode([7; 31]))), KeyFault::Ed25519Length(31));
    assert_eq!(fault("p=AAAA"), KeyFault::Unreadable);
    assert_eq!(fault("p=ab$d"), KeyFault::Base64);
    assert_eq!(fault(&format!("p={}", STANDARD.encode([0x30, 4, 2, 0, 2, 0]))), KeyFault::Unreadable);
}

#[test]
fn a_key_record_is_told_from_other_texts() {
    for text in ["v=DKIM1; p=", "k=rsa;p=AAAA", "\"v=DKIM1; k=rsa", "v=dkim1"] {
        assert!(is_meant(text), "{text}");
    }
    for text in ["v=spf1 -all", "", "something", "v=DMARC1"] {
        assert!(!is_meant(text), "{text}");
    }
}
