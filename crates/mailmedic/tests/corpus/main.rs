//! Holds the verifier against collections of chains whose verdict, or whose every fault, is known.
//!
//! They are no part of the repository: `MAILMEDIC_CORPUS` names the folder, which holds `limbo/limbo.json.zst`
//! (x509-limbo with BetterTLS) and `faults/faults-dev.json`; without it, it is looked for beside the repository.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic and tell")]

mod faults;
mod limbo;
#[path = "../shared/served.rs"]
mod served;

use std::path::{Path, PathBuf};

/// Returns where the collections are.
fn folder() -> PathBuf {
    let given = std::env::var_os("MAILMEDIC_CORPUS").map(PathBuf::from);
    given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"))
}

/// Reads the one certificate of a PEM text.
fn der(pem: &serde_json::Value) -> Vec<u8> {
    mailmedic::chain::fetched_certificates(pem.as_str().unwrap().as_bytes()).remove(0)
}

/// Reads a list of PEM texts.
fn ders(list: &serde_json::Value) -> Vec<Vec<u8>> {
    list.as_array().unwrap().iter().map(der).collect()
}
