//! Runs the checks of fuzzing over the kept corpus: seeds that our own code makes, and whatever fuzzing found.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

#[allow(unreachable_pub, reason = "the crate of the fuzz targets shows them")]
mod hostile;

use std::fs;
use std::path::{Path, PathBuf};

use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{CipherKind, CipherSuite, ProtocolVersion};
use mailmedic_wire::ssl2;

#[test]
fn holds_for_every_kept_input() {
    for (target, check) in hostile::TARGETS {
        let files = files(&folder(target));
        assert!(!files.is_empty(), "{target} has a corpus");
        for file in files {
            // The name of a failing input stands in the output of the test.
            println!("{}", file.display());
            check(&fs::read(&file).unwrap());
        }
    }
}

/// Targets of the library, which has tests of its own.
const OTHERS: &[&str] = &[
    "certificate",
    "chain",
    "clientconfig",
    "crl",
    "dmarc",
    "explain",
    "keyfile",
    "ocsp",
    "policy",
    "spf",
    "spf_merge",
    "web_request",
];

#[test]
fn every_folder_has_a_target() {
    let known: Vec<&str> =
        hostile::TARGETS.iter().map(|(name, _)| *name).chain(OTHERS.iter().copied()).collect();
    for folder in files(&folder("")) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(known.contains(&name), "{name} is the corpus of no target");
    }
}

#[test]
fn seeds_are_as_our_code_makes_them() {
    let bless = std::env::var_os("MAILMEDIC_BLESS").is_some_and(|value| value == "1");
    for (target, name, bytes) in seeds() {
        let path = folder(target).join(name);
        if bless {
            fs::create_dir_all(folder(target)).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(fs::read(&path).ok(), Some(bytes), "{target}/{name}: run again with MAILMEDIC_BLESS=1");
    }
}

/// Cut, doubled and flipped at every place, a healthy input must be as harmless.
#[test]
fn holds_for_damaged_seeds() {
    for (target, _, bytes) in seeds() {
        let (_, check) = hostile::TARGETS.iter().find(|(name, _)| *name == target).unwrap();
        let step = bytes.len().div_ceil(40);
        for at in (0..bytes.len()).step_by(step) {
            check(&bytes[..at]);
            check(&[&bytes[..at], &bytes[at..], &bytes[at..]].concat());
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x80;
            check(&flipped);
        }
    }
}

/// Fuzzing stays with short inputs; here each healthy input ends in more than any limit lets through.
#[test]
fn holds_for_endless_seeds() {
    for (target, _, bytes) in seeds() {
        let (_, check) = hostile::TARGETS.iter().find(|(name, _)| *name == target).unwrap();
        let last_line = bytes.split_inclusive(|byte| *byte == b'\n').next_back().unwrap();
        for endless in [&b"x"[..], b"\r\n", b"250-x\r\n", b"* OK {1}\r\n", last_line] {
            let more = endless.repeat(MORE_THAN_A_REPLY / endless.len());
            check(&[&bytes, &more[..]].concat());
            check(&more);
        }
    }
}

/// Target, file name and bytes of each seed.
fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut seeds = Vec::new();
    let version = |version: ProtocolVersion| {
        let suites =
            [CipherSuite::TLS_AES_128_GCM_SHA256, CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
        ClientHello::new(version, [7; 32], &suites).with_server_name("mx.example.org").encode()
    };
    for (name, hello) in [
        ("ssl3", version(ProtocolVersion::SSLv3)),
        ("tls10", version(ProtocolVersion::TLSv1_0)),
        ("tls12", version(ProtocolVersion::TLSv1_2)),
        ("tls13", version(ProtocolVersion::TLSv1_3)),
        (
            "ssl2",
            ssl2::ClientHello::new([7; 16], &[CipherKind::SSL_CK_DES_192_EDE3_CBC_WITH_MD5]).encode_record(),
        ),
    ] {
        seeds.push(("client_hello", name, hello));
    }
    for (name, hex) in FLIGHTS {
        seeds.push(("flight", name, bytes(hex)));
    }
    seeds.push(("flight", "smtp_greeting", b"220 mx.example.org ESMTP\r\n".to_vec()));
    for (target, name, server) in DIALOGUES {
        seeds.push((target, name, server.to_vec()));
    }
    seeds
}

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/fuzz").join(target)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

/// In bytes; a reply may have 64 KiB.
const MORE_THAN_A_REPLY: usize = 70_000;

const FLIGHTS: &[(&str, &str)] = &[
    ("tls12_certificate_request", include_str!("data/tls12_certificate_request.hex")),
    ("tls12_dh_anon", include_str!("data/tls12_dh_anon.hex")),
    ("tls12_ecdhe_rsa", include_str!("data/tls12_ecdhe_rsa.hex")),
    ("tls12_unrecognized_name", include_str!("data/tls12_unrecognized_name.hex")),
    ("tls13_hello_retry", include_str!("data/tls13_hello_retry.hex")),
];

const DIALOGUES: &[(&str, &str, &[u8])] = &[
    (
        "dialogue_smtp",
        "healthy",
        b"220-mx.example.org\r\n220 ESMTP\r\n250-mx.example.org\r\n250-SIZE 10240000\r\n250 STARTTLS\r\n220 go\r\n",
    ),
    ("dialogue_smtp", "hello_old", b"220 mx\r\n502 what\r\n250 mx\r\n454 not now\r\n221 bye\r\n"),
    ("dialogue_smtp", "injected", b"220 mx\r\n250-mx\r\n250 STARTTLS\r\n220 go\r\n250 injected\r\n"),
    ("dialogue_lmtp", "healthy", b"220 mx LMTP\r\n250-mx\r\n250-PIPELINING\r\n250 STARTTLS\r\n220 go\r\n"),
    (
        "dialogue_imap",
        "healthy",
        b"* OK hi\r\n* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nm1 OK done\r\nm2 OK go\r\n",
    ),
    ("dialogue_imap", "greeted", b"* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\nm1 OK go\r\n"),
    ("dialogue_imap", "literal", b"* OK {3}\r\n]\r\n hi\r\n* X {2+}\r\nab\r\nm1 BAD no\r\n* BYE\r\nm2 OK bye\r\n"),
    ("dialogue_pop3", "healthy", b"+OK hi\r\n+OK\r\nUSER\r\nSTLS\r\n..\r\n.\r\n+OK go\r\n"),
    ("dialogue_pop3", "no_capabilities", b"+OK hi\r\n-ERR what\r\n-ERR no\r\n+OK bye\r\n"),
    (
        "dialogue_sieve",
        "healthy",
        b"\"IMPLEMENTATION\" \"Pigeonhole\"\r\n\"SASL\" {5+}\r\nPLAIN\r\n\"STARTTLS\"\r\nOK {2}\r\nhi\r\nOK go\r\n",
    ),
    ("dialogue_sieve", "bye", b"BYE (REFERRAL \"sieve://mx.example.org\") \"go there\"\r\n"),
];
