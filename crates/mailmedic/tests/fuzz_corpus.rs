//! Runs the checks of fuzzing over the kept inputs and whatever fuzzing found.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic and tell")]

#[allow(unreachable_pub, reason = "the crate of the fuzz targets shows them")]
mod hostile;

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa, KeyIdMethod,
    KeyPair, RevokedCertParams, date_time_ymd,
};

type Check = fn(&[u8]);

const TARGETS: &[(&str, Check)] = &[
    ("certificate", hostile::certificate),
    ("chain", hostile::chain),
    ("clientconfig", hostile::client_config),
    ("crl", hostile::crl),
    ("dmarc", hostile::dmarc),
    ("explain", hostile::explanation),
    ("keyfile", hostile::keyfile),
    ("ocsp", hostile::ocsp),
    ("policy", hostile::policy),
    ("spf", hostile::spf),
    ("spf_merge", hostile::spf_merge),
    ("web_request", hostile::web_request),
];

#[test]
fn holds_for_every_kept_input() {
    for (target, check) in TARGETS.iter().copied() {
        let kept = kept(target);
        assert!(!kept.is_empty(), "{target} has a corpus");
        for (path, bytes) in kept {
            // The name of a failing input stands in the output of the test.
            println!("{}", path.display());
            check(&bytes);
        }
    }
}

/// Returns what is kept for a target.
fn kept(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/fuzz").join(target);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Cut and flipped at every byte, a healthy input must be as harmless.
fn damage(check: Check, healthy: &[u8]) {
    for at in 0..healthy.len() {
        check(&healthy[..at]);
        let mut flipped = healthy.to_vec();
        flipped[at] ^= 0x81;
        check(&flipped);
    }
}

#[test]
fn holds_for_damaged_certificates() {
    let key =
        rcgen::generate_simple_self_signed(["mx.example.org".to_owned(), "192.0.2.7".to_owned()]).unwrap();
    damage(hostile::certificate, key.cert.der());
}

#[test]
fn holds_for_damaged_key_files() {
    for (path, healthy) in kept("keyfile") {
        println!("{}", path.display());
        damage(hostile::keyfile, &healthy);
    }
}

#[test]
fn holds_for_damaged_policies() {
    for (path, healthy) in kept("dmarc") {
        println!("{}", path.display());
        damage(hostile::dmarc, &healthy);
    }
}

#[test]
fn holds_for_damaged_protections() {
    for (path, healthy) in kept("policy") {
        println!("{}", path.display());
        damage(hostile::policy, &healthy);
    }
}

#[test]
fn holds_for_damaged_messages() {
    for (path, healthy) in kept("explain") {
        println!("{}", path.display());
        for at in (0..healthy.len()).step_by(healthy.len().div_ceil(60).max(1)) {
            hostile::explanation(&healthy[..at]);
            let mut flipped = healthy.clone();
            flipped[at] ^= 0x81;
            hostile::explanation(&flipped);
        }
    }
}

#[test]
fn holds_for_damaged_documents() {
    for (path, healthy) in kept("clientconfig") {
        println!("{}", path.display());
        damage(hostile::client_config, &healthy);
    }
}

#[test]
fn holds_for_damaged_lists() {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let params = CertificateParams::new(["mx.example.org".to_owned()]).unwrap();
    let leaf = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
    let revoked = |number: u64| RevokedCertParams {
        serial_number: number.into(),
        revocation_time: date_time_ymd(2026, 11, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(1970, 1, 1),
        next_update: date_time_ymd(2050, 1, 1),
        crl_number: 1.into(),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked(1), revoked(300)],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = list.signed_by(&issuer).unwrap();
    let input = [with_length(list.der()), with_length(issuer.der()), leaf.der().to_vec()].concat();
    damage(hostile::crl, &input);
    damage(hostile::ocsp, &input);
}

#[test]
fn holds_for_damaged_records() {
    for (path, healthy) in kept("spf") {
        println!("{}", path.display());
        damage(hostile::spf, &healthy);
    }
}

#[test]
fn holds_for_damaged_requests_and_records() {
    for (target, check) in TARGETS.iter().filter(|row| matches!(row.0, "spf_merge" | "web_request")) {
        for (_, bytes) in kept(target) {
            damage(*check, &bytes);
        }
    }
}

fn with_length(part: &[u8]) -> Vec<u8> {
    [&u16::try_from(part.len()).unwrap().to_be_bytes()[..], part].concat()
}
