//! Runs the check of fuzzing over the kept certificates and whatever fuzzing found.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic and tell")]

#[allow(unreachable_pub, reason = "the crate of the fuzz targets shows them")]
mod hostile;

use std::fs;
use std::path::Path;

#[test]
fn holds_for_every_kept_certificate() {
    every("certificate", hostile::certificate);
}

#[test]
fn holds_for_every_kept_chain() {
    every("chain", hostile::chain);
}

fn every(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/fuzz").join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The name of a failing input stands in the output of the test.
        println!("{}", path.display());
        check(&fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "there is a corpus");
}

/// Cut and flipped at every byte, a healthy certificate must be as harmless.
#[test]
fn holds_for_damaged_certificates() {
    let key =
        rcgen::generate_simple_self_signed(["mx.example.org".to_owned(), "192.0.2.7".to_owned()]).unwrap();
    let healthy = key.cert.der();
    for at in 0..healthy.len() {
        hostile::certificate(&healthy[..at]);
        let mut flipped = healthy.to_vec();
        flipped[at] ^= 0x81;
        hostile::certificate(&flipped);
    }
}
