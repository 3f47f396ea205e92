use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, date_time_ymd,
};

use super::made::{List, Party, Told, entry, extension, params, root, sequence, tlv};
use super::{hours, now};
use crate::bytes::Fingerprint;
use crate::certificate::{Certificate, CrlPoint};
use crate::diagnosis::{Flaw, Says};
use crate::revocation::Asked;
use crate::revocation::crl::{Lists, keeps_until};

const URL: &str = "http://crl.example/7.crl";
const OTHER_URL: &str = "http://crl.example/8.crl";
const SERIAL: [u8; 3] = [0, 0x91, 7];

fn leaf(root: &Party) -> Certificate {
    root.sign(params("mail.example.org", &SERIAL, Told { crl: Some(URL), ocsp: None })).read()
}

fn says(list: &[u8], certificate: &Certificate, issuer: &Party) -> Says {
    says_at(list, certificate, issuer, &certificate.crl_points())
}

fn says_at(list: &[u8], certificate: &Certificate, issuer: &Party, points: &[CrlPoint]) -> Says {
    let asked = Asked { certificate, issuer: &issuer.read(), now: now() };
    Lists::default().says(list, Fingerprint::of(list), &asked, points)
}

/// A list as rcgen writes it.
fn usual(root: &Party, revoked: &[&[u8]], url: Option<&str>, scope: Option<CrlScope>) -> Vec<u8> {
    let point = |url: &str| CrlDistributionPoint { uris: vec![url.to_owned()] };
    let revoked = revoked.iter().map(|serial| RevokedCertParams {
        serial_number: serial.to_vec().into(),
        revocation_time: date_time_ymd(2026, 11, 1),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: Some(date_time_ymd(2026, 10, 1)),
    });
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 11, 20),
        next_update: date_time_ymd(2026, 11, 27),
        crl_number: 7.into(),
        issuing_distribution_point: url
            .map(|url| CrlIssuingDistributionPoint { distribution_point: point(url), scope }),
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(&root.issuer()).unwrap().der().to_vec()
}

fn odd(change: impl FnOnce(&mut List)) -> List {
    let mut list = List {
        this_update: hours(-12),
        next_update: Some(hours(100)),
        entries: entry(&[5], hours(-400), &[]),
        extensions: Vec::new(),
    };
    change(&mut list);
    list
}

fn good() -> Says {
    Says::Good { until: Some("2026-11-27T00:00:00Z".parse().unwrap()) }
}

fn revoked() -> Says {
    Says::Revoked { at: Some("2026-11-01T00:00:00Z".parse().unwrap()), reason: Some(1) }
}

fn cannot(says: &Says) -> bool {
    matches!(says, Says::CannotTell(_))
}

#[test]
fn a_certificate_is_revoked_if_the_list_has_its_number() {
    let root = root("Root");
    let leaf = leaf(&root);
    assert_eq!(says(&usual(&root, &[], None, None), &leaf, &root), good());
    assert_eq!(says(&usual(&root, &[&[4], &[0x91, 7, 0]], None, None), &leaf, &root), good());
    assert_eq!(says(&usual(&root, &[&[4], &[0x91, 7]], None, None), &leaf, &root), revoked());
}

#[test]
fn a_part_of_a_list_tells_of_the_certificates_that_name_it() {
    let root = root("Root");
    let leaf = leaf(&root);
    for (url, scope) in [(URL, None), (URL, Some(CrlScope::UserCertsOnly))] {
        assert_eq!(says(&usual(&root, &[], Some(url), scope), &leaf, &root), good());
        assert_eq!(says(&usual(&root, &[&[0x91, 7]], Some(url), scope), &leaf, &root), revoked());
    }
    for (url, scope) in [(OTHER_URL, None), (URL, Some(CrlScope::CaCertsOnly))] {
        assert!(cannot(&says(&usual(&root, &[], Some(url), scope), &leaf, &root)));
    }
    // A list of the user's tells of a certificate without a place only if it is a whole one.
    assert!(cannot(&says_at(&usual(&root, &[], Some(URL), None), &leaf, &root, &[])));
    assert_eq!(says_at(&usual(&root, &[], None, None), &leaf, &root, &[]), good());
    let authority = root.authority("Between", &SERIAL, Told { crl: Some(URL), ocsp: None }).read();
    let list = usual(&root, &[&SERIAL[1..]], Some(URL), Some(CrlScope::UserCertsOnly));
    assert!(cannot(&says(&list, &authority, &root)));
    let list = usual(&root, &[&SERIAL[1..]], Some(URL), Some(CrlScope::CaCertsOnly));
    assert_eq!(says(&list, &authority, &root), revoked());
}

#[test]
fn a_list_that_must_not_be_believed_is_not() {
    let (root, stranger) = (root("Root"), root("Stranger"));
    let leaf = leaf(&root);
    let flawed = |list: &[u8]| match says(list, &leaf, &root) {
        Says::Flawed(flaw) => flaw,
        other => panic!("{other:?}"),
    };
    assert_eq!(flawed(&usual(&stranger, &[], None, None)), Flaw::OtherIssuer);
    // Signed by another key in the issuer's name, and nothing tells of another key.
    let name = root.read().subject_der;
    assert_eq!(flawed(&odd(|_| {}).sign_as(&name, &stranger)), Flaw::SignatureWrong);
    let mut list = usual(&root, &[], None, None);
    let last = list.len() - 1;
    list[last] ^= 1;
    assert_eq!(flawed(&list), Flaw::SignatureWrong);
    let early = odd(|list| list.this_update = hours(1));
    assert_eq!(flawed(&early.sign(&root)), Flaw::NotYetValid(hours(1)));
    let late = odd(|list| list.next_update = Some(hours(-1)));
    assert_eq!(flawed(&late.sign(&root)), Flaw::Expired(hours(-1)));
    assert_eq!(
        says(&odd(|list| list.next_update = None).sign(&root), &leaf, &root),
        Says::Good { until: None }
    );
}

#[test]
fn an_issuer_may_have_another_key_for_lists_or_none() {
    let mut root = root("Root");
    let leaf = leaf(&root);
    let other = Party { key: KeyPair::generate().unwrap(), params: root.params.clone(), der: Vec::new() };
    assert!(cannot(&says(&usual(&other, &[], None, None), &leaf, &root)));
    root.params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    root.der = root.params.self_signed(&root.key).unwrap().der().to_vec();
    let list = odd(|_| {}).sign(&root);
    assert!(matches!(says(&list, &leaf, &root), Says::Flawed(Flaw::Unauthorised(_))));
}

#[test]
fn kinds_of_lists_that_are_not_read_leave_it_open() {
    let root = root("Root");
    let leaf = leaf(&root);
    let with =
        |extensions: Vec<Vec<u8>>| says(&odd(|list| list.extensions = extensions).sign(&root), &leaf, &root);
    let scope = |part: Vec<u8>| extension(&[0x55, 0x1D, 0x1C], true, sequence(&[part]));
    assert!(cannot(&with(vec![extension(&[0x55, 0x1D, 0x1B], true, vec![2, 1, 3])])), "delta");
    assert!(cannot(&with(vec![scope(vec![0x84, 1, 0xFF])])), "indirect");
    assert!(cannot(&with(vec![scope(vec![0x85, 1, 0xFF])])), "attribute certificates");
    assert!(cannot(&with(vec![scope(vec![0x83, 2, 1, 6])])), "some reasons");
    assert!(cannot(&with(vec![scope(tlv(0xA0, &[0xA1, 0]))])), "relative name");
    assert!(cannot(&with(vec![extension(&[0x2A, 3], true, vec![5, 0])])), "unknown and critical");
    let good = Says::Good { until: Some(hours(100)) };
    assert_eq!(with(vec![extension(&[0x2A, 3], false, vec![5, 0])]), good);
    assert_eq!(with(vec![scope(vec![0x81, 1, 0xFF])]), good);
    // What is listed for some reasons is revoked all the same.
    let some = odd(|list| {
        list.extensions = vec![scope(vec![0x83, 2, 1, 6])];
        list.entries = entry(&SERIAL, hours(-3), &[extension(&[0x55, 0x1D, 0x15], false, vec![10, 1, 4])]);
    });
    assert_eq!(says(&some.sign(&root), &leaf, &root), Says::Revoked { at: Some(hours(-3)), reason: Some(4) });
    let other =
        odd(|list| list.entries = entry(&SERIAL, hours(-3), &[extension(&[0x2A, 3], true, vec![5, 0])]));
    assert!(cannot(&says(&other.sign(&root), &leaf, &root)), "an entry with an unknown critical extension");
    // Another's name, but indirect: it may be about this certificate.
    let stranger = self::root("Stranger");
    let indirect = odd(|list| list.extensions = vec![scope(vec![0x84, 1, 0xFF])]);
    assert!(cannot(&says(&indirect.sign(&stranger), &leaf, &root)));
}

#[test]
fn what_has_expired_is_no_longer_listed() {
    let root = root("Root");
    let mut old = params("mail.example.org", &SERIAL, Told::default());
    (old.not_before, old.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2026, 6, 1));
    let old = root.sign(old).read();
    assert!(cannot(&says(&usual(&root, &[], None, None), &old, &root)));
    assert_eq!(says(&usual(&root, &[&SERIAL], None, None), &old, &root), revoked());
}

#[test]
fn half_a_million_entries_are_searched_where_they_lie() {
    let root = root("Root");
    let leaf = leaf(&root);
    let one = entry(&[0x12, 0x34, 0x56, 0x78, 0x9A], hours(-400), &[]);
    let count = 16 * 1024 * 1024 / one.len();
    assert!(count > 500_000);
    let mut entries = one.repeat(count);
    let list = odd(|list| list.entries = entries.clone()).sign(&root);
    assert_eq!(says(&list, &leaf, &root), Says::Good { until: Some(hours(100)) });
    entries.extend(entry(&SERIAL, hours(-9), &[]));
    let list = odd(|list| list.entries = entries).sign(&root);
    assert_eq!(says(&list, &leaf, &root), Says::Revoked { at: Some(hours(-9)), reason: None });
}

#[test]
fn damage_is_told_and_costs_nothing() {
    let root = root("Root");
    let leaf = leaf(&root);
    let list = usual(&root, &[&[4], &[0x91, 7]], Some(URL), None);
    for end in 0..list.len() {
        assert_eq!(says(&list[..end], &leaf, &root), Says::Flawed(Flaw::Malformed), "{end}");
    }
    let mut long = list.clone();
    long.push(0);
    assert_eq!(says(&long, &leaf, &root), Says::Flawed(Flaw::Malformed));
    for at in 0..list.len() {
        let mut flipped = list.clone();
        flipped[at] ^= 0x41;
        let says = says(&flipped, &leaf, &root);
        assert!(!matches!(says, Says::Good { .. } | Says::Revoked { .. }), "{at}: {says:?}");
    }
    // An indefinite length (X.690 §8.1.3.6) is none of DER.
    let mut indefinite = vec![0x30, 0x80];
    indefinite.extend(&list[4..]);
    indefinite.extend([0, 0]);
    assert_eq!(says(&indefinite, &leaf, &root), Says::Flawed(Flaw::Malformed));
    // Entries that cannot be read to their end tell nothing, though the signature is right.
    for bad in [&[0x30, 0x80][..], &[0x30, 2, 5, 0], &[0x30]] {
        let entries = [entry(&[5], hours(-400), &[]), bad.to_vec()].concat();
        let list = odd(|list| list.entries = entries).sign(&root);
        assert_eq!(says(&list, &leaf, &root), Says::Flawed(Flaw::Malformed), "{bad:?}");
    }
}

#[test]
fn only_what_may_be_believed_is_kept_and_only_until_the_next() {
    let (root, stranger) = (root("Root"), root("Stranger"));
    let issuer = root.read();
    let list = usual(&root, &[], None, None);
    let end = "2026-11-27T00:00:00Z".parse().unwrap();
    assert_eq!(keeps_until(&list, &issuer, now()), Some(end));
    assert_eq!(keeps_until(&list, &issuer, end), None);
    assert_eq!(keeps_until(&list, &stranger.read(), now()), None);
    assert_eq!(keeps_until(&odd(|list| list.next_update = None).sign(&root), &issuer, now()), None);
    assert_eq!(keeps_until(&odd(|_| {}).sign_as(&issuer.subject_der, &stranger), &issuer, now()), None);
}
