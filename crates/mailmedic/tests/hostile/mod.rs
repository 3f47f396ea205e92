//! What must hold of any bytes whatever; fuzzing and ordinary tests share it.

use std::io::{BufReader, Read as _};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{Anchors, Strict, strict};
use mailmedic::diagnosis::Says;
use mailmedic::explain::explain;
use mailmedic::explain::log::{Clock, Lines, Log, unpack};
use mailmedic::keyfile::{self, Contents, Item, Password};
use mailmedic::name::Host;
use mailmedic::revocation::{is_listed, list_says, response_says};
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

/// A message and a log, packed or not: what is said is bounded and safe to show, and a log means the same in whatever pieces
/// it comes.
pub fn explanation(bytes: &[u8]) {
    let seen = explain(bytes);
    assert!(seen.causes.len() <= 6 && seen.consequences.len() <= 5);
    let quoted = seen.causes.iter().map(|cause| &cause.decided_by).chain(&seen.consequences);
    // A character that is not shown as it is takes up to ten.
    assert!(quoted.clone().all(|line| line.chars().count() <= 4_001 && !line.chars().any(char::is_control)));

    let log = || Log::new(Clock { zone: TimeZone::UTC, latest: Timestamp::UNIX_EPOCH });
    let mut whole = log();
    let mut input = bytes;
    whole.read(&mut input).unwrap_or_default();
    let mut pieces = log();
    let mut lines = Lines::default();
    for mut piece in bytes.chunks(7) {
        while lines.read(&mut piece, &mut pieces).unwrap_or_default() > 0 {}
    }
    lines.end(&mut pieces);
    let (whole, pieces) = (whole.finish(), pieces.finish());
    assert_eq!(whole, pieces);
    assert!(
        whole.told <= whole.lines && whole.groups.iter().map(|group| group.count).sum::<u64>() <= whole.told
    );

    // What unpacks to very much takes its time, so not all of it is read.
    let Ok(unpacked) = unpack::unpack(bytes) else { return };
    let mut any = log();
    let mut some = BufReader::new(unpacked.take(1 << 20));
    any.read_any(&mut some).unwrap_or_default();
    any.finish();
}
