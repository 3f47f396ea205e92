use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};

use super::{Check, SignedTimestamp, check_beside, check_embedded, extension, list, single, stapled};
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;

/// A log with a key of its own.
pub(crate) struct Log {
    key: KeyPair,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { key: KeyPair::generate().unwrap() }
    }

    /// Its SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> Vec<u8> {
        rcgen::PublicKeyData::subject_public_key_info(&self.key)
    }

    /// Signs an entry: its type and what follows it.
    fn sign(&self, entry: &[u8]) -> Vec<u8> {
        let at = 1_790_000_000_000_u64.to_be_bytes();
        let signed = [&[0, 0][..], &at, entry, &[0, 0]].concat();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.key.serialize_der()).unwrap();
        let signature = pair.sign(&SystemRandom::new(), &signed).unwrap();
        let id = Fingerprint::of(&self.spki());
        [&[0][..], &id.0, &at, &[0, 0, 4, 3], &vector(signature.as_ref())].concat()
    }

    /// A serialized timestamp over a whole certificate.
    pub(crate) fn beside(&self, der: &[u8]) -> Vec<u8> {
        self.sign(&[&[0, 0][..], &length(der), der].concat())
    }

    /// A serialized timestamp over what is signed of a certificate that has none yet.
    fn before(&self, der: &[u8], issuer: &[u8]) -> Vec<u8> {
        let whole = crate::certificate::der::first(der).unwrap().0;
        let signed = whole.elements().next().unwrap().raw;
        self.sign(&[&[0, 1][..], &Fingerprint::of(issuer).0, &length(signed), signed].concat())
    }
}

fn length(bytes: &[u8]) -> [u8; 3] {
    u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..].try_into().unwrap()
}

fn vector(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

fn octets(bytes: &[u8]) -> Vec<u8> {
    [&[4, 0x82][..], &vector(bytes)].concat()
}

/// A leaf with timestamps of these logs, and its issuer.
pub(crate) fn logged(logs: &[&Log], days: i64) -> (Certificate, Certificate) {
    let key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_der = root.self_signed(&key).unwrap().der().to_vec();
    let issuer = Issuer::from_params(&root, &key);
    let mut params = CertificateParams::new(["mail.example.org".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date_time_ymd(2026, 11, 1);
    params.not_after = params.not_before + std::time::Duration::from_secs(days.unsigned_abs() * 86_400 - 1);
    let subject = KeyPair::generate().unwrap();
    // Before the log saw it, it had all but the timestamps.
    let before = params.signed_by(&subject, &issuer).unwrap();
    let root = Certificate::read(&root_der);
    let timestamps: Vec<Vec<u8>> =
        logs.iter().map(|log| vector(&log.before(before.der(), &root.spki_der))).collect();
    let content = octets(&vector(&timestamps.concat()));
    params.custom_extensions =
        vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 11129, 2, 4, 2], content)];
    // rcgen makes the serial number from the key, so it is the same again.
    let leaf = params.signed_by(&subject, &issuer).unwrap();
    (Certificate::read(leaf.der()), root)
}

#[test]
fn a_log_that_saw_the_certificate_is_believed_and_no_other() {
    let (one, two) = (Log::new(), Log::new());
    let (leaf, issuer) = logged(&[&one, &two], 90);
    assert_eq!(leaf.problems, [""; 0]);
    let timestamps = leaf.timestamps.clone().unwrap();
    assert_eq!(timestamps.len(), 2);
    assert_eq!(timestamps[1].log, Fingerprint::of(&two.spki()));
    let check = |timestamp: &SignedTimestamp, log: &Log, issuer: &[u8]| {
        check_embedded(&leaf, issuer, timestamp, &log.spki())
    };
    assert_eq!(check(&timestamps[0], &one, &issuer.spki_der), Check::Verified);
    assert_eq!(check(&timestamps[1], &two, &issuer.spki_der), Check::Verified);
    assert_eq!(check(&timestamps[0], &two, &issuer.spki_der), Check::Wrong);
    assert_eq!(check(&timestamps[0], &one, &leaf.spki_der), Check::Wrong);
    let later = SignedTimestamp { at_ms: timestamps[0].at_ms + 1, ..timestamps[0].clone() };
    assert_eq!(check(&later, &one, &issuer.spki_der), Check::Wrong);
    let odd = SignedTimestamp { scheme: [6, 3], ..timestamps[0].clone() };
    assert_eq!(check(&odd, &one, &issuer.spki_der), Check::Unchecked);
}

#[test]
fn a_timestamp_beside_is_over_the_whole_certificate() {
    let log = Log::new();
    let (leaf, _) = logged(&[], 90);
    let timestamp = single(&log.beside(&leaf.der)).unwrap();
    assert_eq!(check_beside(&leaf, &timestamp, &log.spki()), Check::Verified);
    let (other, _) = logged(&[], 90);
    assert_eq!(check_beside(&other, &timestamp, &log.spki()), Check::Wrong);
}

#[test]
fn lists_end_where_they_say() {
    let log = Log::new();
    let one = log.beside(b"x");
    let whole = vector(&vector(&one));
    assert_eq!(list(&whole).unwrap().len(), 1);
    assert_eq!(extension(&octets(&whole)).unwrap().len(), 1);
    assert_eq!(list(&vector(b"")), Some(Vec::new()));
    for cut in 0..whole.len() {
        assert_eq!(list(&whole[..cut]), None, "{cut}");
    }
    assert_eq!(list(&[&whole[..], &[0]].concat()), None);
    assert_eq!(extension(&whole), None);
    // A version to come is passed over.
    let newer = [&[1][..], &one[1..]].concat();
    assert_eq!(list(&vector(&[vector(&newer), vector(&one)].concat())).unwrap().len(), 1);
}

#[test]
fn a_stapled_response_brings_its_timestamps() {
    let element = |tag: u8, content: &[u8]| {
        let mut element = vec![tag, 0x82];
        element.extend(vector(content));
        element
    };
    let log = Log::new();
    let timestamps = octets(&vector(&vector(&log.beside(b"x"))));
    let oid = [6, 10, 0x2B, 6, 1, 4, 1, 0xD6, 0x79, 2, 4, 5];
    let extension = element(0x30, &[&oid[..], &octets(&timestamps)].concat());
    let single = [
        element(0x30, b""),
        vec![0x80, 0],
        element(0x18, b"20261121120000Z"),
        element(0xA1, &element(0x30, &extension)),
    ];
    let data = [
        element(0xA2, &octets(b"k")),
        element(0x18, b"20261121120000Z"),
        element(0x30, &element(0x30, &single.concat())),
    ];
    let basic = element(0x30, &element(0x30, &data.concat()));
    let kind = [6, 9, 0x2B, 6, 1, 5, 5, 7, 0x30, 1, 1];
    let bytes = element(0x30, &[&kind[..], &octets(&basic)].concat());
    let response = element(0x30, &[&[10, 1, 0][..], &element(0xA0, &bytes)].concat());
    assert_eq!(stapled(&response).len(), 1);
    assert_eq!(stapled(&response)[0].log, Fingerprint::of(&log.spki()));
    for cut in 0..response.len() {
        assert_eq!(stapled(&response[..cut]), []);
    }
    assert_eq!(stapled(b""), []);
}
