use jiff::Timestamp;
use proptest::prelude::{any, proptest};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PKCS_RSA_SHA512,
    SerialNumber, date_time_ymd,
};

use crate::certificate::{Certificate, KeyUsage, PublicKey};

fn params() -> CertificateParams {
    let mut params =
        CertificateParams::new(["mail.example.org", "192.0.2.1", "2001:db8::1"].map(String::from)).unwrap();
    params.distinguished_name.push(DnType::CommonName, "mail.example.org");
    params.distinguished_name.push(DnType::OrganizationName, "Example, Inc.");
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.serial_number = Some(SerialNumber::from_slice(&[0x84, 5]));
    params
}

fn der(params: &CertificateParams) -> Vec<u8> {
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
}

fn extended(oid: &[u64], critical: bool, content: &[u8]) -> Certificate {
    let mut params = params();
    let mut extension = CustomExtension::from_oid_content(oid, content.to_vec());
    extension.set_criticality(critical);
    params.custom_extensions = vec![extension];
    Certificate::read(&der(&params))
}

#[test]
fn every_field_is_read() {
    let mut params = params();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(3));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::Any];
    params.use_authority_key_identifier_extension = true;
    let certificate = Certificate::read(&der(&params));
    assert_eq!(certificate.problems, [""; 0]);
    assert_eq!(certificate.subject, "O=\"Example, Inc.\", CN=mail.example.org");
    assert_eq!(certificate.subject_der, certificate.issuer_der);
    assert_eq!(certificate.common_name.as_deref(), Some("mail.example.org"));
    assert_eq!(certificate.issuer_name, certificate.common_name);
    assert_eq!((certificate.serial.as_str(), certificate.version), ("8405", 3));
    assert_eq!(certificate.not_before.unwrap().to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(certificate.not_after.unwrap().to_string(), "2027-01-01T00:00:00Z");
    let names = certificate.names.unwrap();
    assert_eq!(names.dns, ["mail.example.org"]);
    assert_eq!(
        names.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["192.0.2.1", "2001:db8::1"]
    );
    assert_eq!(certificate.key, PublicKey::Ec { curve: "secp256r1".into(), bits: 256 });
    assert_eq!(certificate.signature.name, "ecdsa-with-SHA256");
    assert_eq!(certificate.signature.hash.as_deref(), Some("sha256"));
    assert_eq!((certificate.is_ca, certificate.path_length), (Some(true), Some(3)));
    let usage = KeyUsage { digital_signature: true, certificate_sign: true, ..KeyUsage::default() };
    assert_eq!(certificate.key_usage, Some(usage));
    assert_eq!(certificate.extended_key_usage.unwrap(), ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"]);
    assert!(certificate.subject_key_id.is_some());
    assert_eq!(certificate.subject_key_id, certificate.authority_key_id);
    assert!(!certificate.must_staple && certificate.unknown_critical.is_empty());
}

#[test]
fn keys_and_signatures_have_their_names() {
    let read = |key: KeyPair| Certificate::read(params().self_signed(&key).unwrap().der());
    let p384 = read(KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap());
    assert_eq!(p384.key, PublicKey::Ec { curve: "secp384r1".into(), bits: 384 });
    assert_eq!(p384.signature.hash.as_deref(), Some("sha384"));
    let p521 = read(KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap());
    assert_eq!(p521.key, PublicKey::Ec { curve: "secp521r1".into(), bits: 521 });
    assert_eq!(p521.signature.name, "ecdsa-with-SHA512");
    let ed25519 = read(KeyPair::generate_for(&PKCS_ED25519).unwrap());
    assert_eq!(ed25519.key, PublicKey::Other("Ed25519".into()));
    assert_eq!((ed25519.signature.name.as_str(), &ed25519.signature.hash), ("Ed25519", &None));
    let rsa = read(KeyPair::generate_for(&PKCS_RSA_SHA512).unwrap());
    assert_eq!(rsa.key, PublicKey::Rsa { bits: 2048 });
    assert_eq!(rsa.signature.name, "sha512WithRSAEncryption");
}

#[test]
fn extensions_are_known_or_listed() {
    assert!(extended(&[1, 3, 6, 1, 5, 5, 7, 1, 24], false, &[0x30, 3, 2, 1, 5]).must_staple);
    assert!(!extended(&[1, 3, 6, 1, 5, 5, 7, 1, 24], false, &[0x30, 3, 2, 1, 17]).must_staple);
    assert_eq!(extended(&[1, 2, 3], true, &[5, 0]).unknown_critical, ["1.2.3"]);
    assert!(extended(&[1, 2, 3], false, &[5, 0]).unknown_critical.is_empty());
    // Name constraints are known.
    assert!(extended(&[2, 5, 29, 30], true, &[0x30, 0]).unknown_critical.is_empty());
    let twice = extended(&[2, 5, 29, 17], false, &[0x30, 0]);
    assert_eq!(twice.problems, ["the extension subjectAltName occurs twice"]);
    assert_eq!(twice.names.unwrap().dns, ["mail.example.org"]);
    let bad = extended(&[2, 5, 29, 37], false, &[5, 0]);
    assert_eq!(bad.problems, ["the extension extKeyUsage cannot be read"]);
    assert_eq!(bad.extended_key_usage, None);
    assert_eq!(bad.key, PublicKey::Ec { curve: "secp256r1".into(), bits: 256 });
}

#[test]
fn odd_alternative_names_are_kept_and_told() {
    let read = |content: &[u8]| {
        let mut params = CertificateParams::default();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 17], content.to_vec())];
        let certificate = Certificate::read(&der(&params));
        (certificate.names.unwrap(), certificate.problems)
    };
    let (names, problems) = read(b"\x30\x10\x82\x06A..ORG\x82\x02\xc3\xbc\x81\x02a@");
    assert_eq!(names.dns, ["a..org", "\\xc3\\xbc"]);
    assert_eq!(names.others, 1);
    assert_eq!(problems.len(), 2);
    // An address of three bytes, then a name that is cut short.
    let (names, problems) = read(b"\x30\x0b\x87\x03\x7f\x00\x01\x82\x01a\x82\x09b");
    assert_eq!((names.dns.len(), names.others, problems.len()), (1, 1, 2));

    let many = b"\x82\x01?".repeat(10_001);
    let mut content = vec![0x30, 0x82];
    content.extend(u16::try_from(many.len()).unwrap().to_be_bytes());
    content.extend(many);
    let (names, problems) = read(&content);
    assert_eq!((names.dns.len(), problems.len()), (10_000, 21));
}

#[test]
fn the_end_of_time_is_read() {
    let mut params = params();
    params.not_after = date_time_ymd(9999, 12, 31);
    let certificate = Certificate::read(&der(&params));
    assert_eq!(certificate.problems, [""; 0]);
    assert_eq!(certificate.not_after, Timestamp::from_second(Timestamp::MAX.as_second()).ok());
}

#[test]
fn one_bad_field_hides_no_other() {
    let good = der(&params());
    // The first date becomes letters.
    let mut bad = good.clone();
    let at = bad.windows(6).position(|window| window == b"260101").unwrap();
    bad[at..at + 6].copy_from_slice(b"letter");
    let certificate = Certificate::read(&bad);
    assert_eq!(certificate.problems, ["the start of the validity cannot be read"]);
    assert!(certificate.not_before.is_none() && certificate.not_after.is_some());
    assert_eq!(certificate.names, Certificate::read(&good).names);

    let certificate = Certificate::read(&[&good[..], b"more"].concat());
    assert_eq!(certificate.problems, ["there are bytes after the certificate"]);
    assert_eq!(certificate.common_name.as_deref(), Some("mail.example.org"));
}

#[test]
fn what_is_no_certificate_is_told() {
    for blob in [&b""[..], b"\x30\x00", b"\x30\x03\x02\x01\x01", b"-----BEGIN CERTIFICATE-----"] {
        let certificate = Certificate::read(blob);
        assert_eq!(certificate.problems, ["it is no certificate"]);
        assert_eq!((certificate.subject.as_str(), certificate.key), ("", PublicKey::Unreadable));
    }
    let huge = Certificate::read(&vec![0x30; 256 * 1024 + 1]);
    assert_eq!(huge.problems, ["the certificate has 262145 bytes; it is not read"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let certificate = Certificate::read(&bytes);
        // Random bytes are no certificate, and somebody must be told.
        assert!(!certificate.problems.is_empty());
    }

    #[test]
    fn damaged_certificates_are_read(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<proptest::sample::Index>(),
    ) {
        thread_local! {
            static GOOD: Vec<u8> = der(&params());
        }
        let mut bytes = GOOD.with(Clone::clone);
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        let whole = Certificate::read(&bytes);
        assert!(whole.names.is_none_or(|names| names.dns.len() <= 3));
        bytes.truncate(cut.index(bytes.len()));
        assert!(!Certificate::read(&bytes).problems.is_empty());
    }
}
