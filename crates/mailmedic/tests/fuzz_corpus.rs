//! Runs the check of fuzzing over the kept certificates and whatever fuzzing found.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[allow(unreachable_pub, reason = "the crate of the fuzz targets shows them")]
mod hostile;

use std::fs;
use std::path::Path;

#[test]
fn holds_for_every_kept_input() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/fuzz/certificate");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // The name of a failing input stands in the output of the test.
        println!("{}", path.display());
        hostile::certificate(&fs::read(&path).unwrap());
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
