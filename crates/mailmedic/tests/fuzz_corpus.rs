//! Runs the checks of fuzzing over the kept inputs and whatever fuzzing found.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic and tell")]

#[allow(unreachable_pub, reason = "the crate of the fuzz targets shows them")]
mod hostile;

use std::fs;
use std::path::{Path, PathBuf};

type Check = fn(&[u8]);

const TARGETS: [(&str, Check); 3] =
    [("certificate", hostile::certificate), ("chain", hostile::chain), ("keyfile", hostile::keyfile)];

#[test]
fn holds_for_every_kept_input() {
    for (target, check) in TARGETS {
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
