//! What peers make of labelled fault chains, against what the real software was measured to do.
//!
//! Needs the corpus, which is no part of the repository: `MAILMEDIC_CORPUS`, or `../shared/corpus` beside the checkout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what differs is to be seen")]

#[path = "shared/served.rs"]
mod served;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mailmedic::bytes::Bytes;
use mailmedic::chain::diagnose;
use mailmedic::client::{Answer, Look, find, verdict};
use mailmedic::name::Host;
use mailmedic::observation::{Examination, Trust};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use serde::Deserialize;

/// A peer, and the column that tells what its software did.
const MEASURED: [(&str, &str); 9] = [
    ("thunderbird", "mozilla-pkix-2026-05"),
    ("openssl-level-1", "openssl-3.0-level1"),
    ("openssl-level-2", "openssl-3.0-level2"),
    // Python's ssl is OpenSSL.
    ("python", "openssl-3.0-level2"),
    ("python-cryptography", "pyca-50.0.2"),
    ("gnutls", "gnutls-3.7.9"),
    ("java", "java-17.0.15"),
    ("go", "go-1.19"),
    ("rustls", "rustls-webpki-0.103.16-ring"),
];

/// The least share of verdicts that must be equal, in percent.
const LEAST: usize = 97;

#[derive(Deserialize)]
struct Faults {
    cases: Vec<FaultCase>,
}

#[derive(Deserialize)]
struct FaultCase {
    id: String,
    host: String,
    time: Timestamp,
    roots: Vec<String>,
    leaf: String,
    chain: Vec<String>,
}

#[test]
fn verdicts_equal_what_was_measured() {
    let folder = corpus().join("faults");
    let text = fs::read_to_string(folder.join("faults-dev.json")).unwrap();
    let faults: Faults = serde_json::from_str(&text).unwrap();
    let table = fs::read_to_string(folder.join("verdicts-dev.tsv")).unwrap();
    let measured = read(&table);
    assert!(faults.cases.len() >= 40, "the corpus is whole");
    let mut short = Vec::new();
    for (peer, column) in MEASURED {
        let peer = find(peer).unwrap();
        let mut differ = Vec::new();
        for case in &faults.cases {
            let did = &measured[&(case.id.clone(), column.to_owned())];
            let seen = examination(case);
            let diagnosis = diagnose(&seen, case.time);
            let host = Host::new(&case.host).unwrap();
            let chain = &diagnosis.chains[0];
            let outcome = verdict(
                peer,
                &Look { diagnosis: &diagnosis, chain, host: Some(&host), stapled: None, domain: None },
            );
            let equal = match outcome.answer {
                Answer::Accept => did == "accept",
                Answer::Warn | Answer::Reject => did != "accept",
                Answer::Unknown => false,
            };
            if !equal {
                let because = outcome.because.join(", ");
                differ.push(format!("  {}: {} ({because}) against {did}", case.id, outcome.answer.name()));
            }
        }
        let equal = faults.cases.len() - differ.len();
        println!("{}: {equal} of {} as {column}", peer.id, faults.cases.len());
        for line in &differ {
            println!("{line}");
        }
        if equal * 100 < LEAST * faults.cases.len() {
            short.push(peer.id);
        }
    }
    assert_eq!(short, Vec::<&str>::new(), "fewer than {LEAST} % equal");
}

const EMPTY_CONSTRAINTS: &str = "it takes name constraints that are empty, against RFC 5280 §4.2.1.10";

/// Cases of x509-limbo that rustls decides otherwise than its peer here, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("pathlen::self-issued-certs-pathlen", "it counts self-issued CAs, which RFC 5280 §4.2.1.9 leaves out"),
    (
        "rfc5280::nc::permitted-self-issued",
        "it holds self-issued CAs to the constraints, against RFC 5280 §6.1.3",
    ),
    ("rfc5280::ee-critical-aia-invalid", "it knows no authorityInfoAccess where that is critical"),
    ("webpki::malformed-aia", "it does not read authorityInfoAccess where that is not critical"),
    ("webpki::nc::intermediate-permitted-excluded-subtrees-both-null", EMPTY_CONSTRAINTS),
    ("webpki::nc::intermediate-permitted-excluded-subtrees-both-empty-sequences", EMPTY_CONSTRAINTS),
];

/// For the peer `rustls` every verdict on x509-limbo and BetterTLS is that of rustls itself.
#[test]
fn rustls_decides_as_its_peer() {
    let file = corpus().join("limbo/limbo.json.zst");
    let unpacked = Command::new("zstd").arg("-dc").arg(&file).output().unwrap();
    assert!(unpacked.status.success(), "zstd unpacks {}", file.display());
    let limbo: Limbo = serde_json::from_slice(&unpacked.stdout).unwrap();
    let peer = find("rustls").unwrap();
    let now = Timestamp::now();
    let (mut equal, mut excepted, mut differ) = (0, Vec::new(), Vec::new());
    for case in limbo.testcases.iter().filter(|case| case.validation_kind == "SERVER") {
        let Some(name) = case.expected_peer_name.as_ref().map(|name| name.value.as_str()) else { continue };
        // What is no name for our part cannot be asked for.
        let (Ok(host), Ok(server)) = (Host::new(name), ServerName::try_from(name.to_owned())) else {
            continue;
        };
        let case = FaultCase {
            id: case.id.clone(),
            host: name.to_owned(),
            time: case.validation_time.unwrap_or(now),
            roots: case.trusted_certs.clone(),
            leaf: case.peer_certificate.clone(),
            chain: case.untrusted_intermediates.clone(),
        };
        let did = rustls_accepts(&case, &server);
        let seen = examination(&case);
        let diagnosis = diagnose(&seen, case.time);
        let chain = &diagnosis.chains[0];
        let look = Look { diagnosis: &diagnosis, chain, host: Some(&host), stapled: None, domain: None };
        let outcome = verdict(peer, &look);
        if (outcome.answer == Answer::Accept) == did && outcome.answer != Answer::Unknown {
            equal += 1;
        } else if EXCEPTIONS.iter().any(|(known, _)| *known == case.id) {
            excepted.push(case.id);
        } else {
            let because = outcome.because.join(", ");
            differ.push(format!("{}: {} ({because}), rustls accepts: {did}", case.id, outcome.answer.name()));
        }
    }
    println!("{equal} equal, {} excepted, {} differ", excepted.len(), differ.len());
    for line in differ.iter().take(80) {
        println!("  {line}");
    }
    assert!(equal > 9_600 && differ.is_empty());
    assert_eq!(excepted.len(), EXCEPTIONS.len(), "who is excepted, differs");
}

#[derive(Deserialize)]
struct Limbo {
    testcases: Vec<LimboCase>,
}

#[derive(Deserialize)]
struct LimboCase {
    id: String,
    validation_kind: String,
    validation_time: Option<Timestamp>,
    trusted_certs: Vec<String>,
    untrusted_intermediates: Vec<String>,
    peer_certificate: String,
    expected_peer_name: Option<PeerName>,
}

#[derive(Deserialize)]
struct PeerName {
    value: String,
}

/// Asks rustls itself.
fn rustls_accepts(case: &FaultCase, server: &ServerName<'static>) -> bool {
    let certificate = |pem: &String| CertificateDer::from(der(pem).0);
    let mut roots = RootCertStore::empty();
    for root in &case.roots {
        // One that it cannot read is none that it trusts.
        let _ = roots.add(certificate(root));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build() else {
        return false;
    };
    let chain: Vec<CertificateDer<'_>> = case.chain.iter().map(certificate).collect();
    let seconds = u64::try_from(case.time.as_second()).unwrap();
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    verifier.verify_server_cert(&certificate(&case.leaf), &chain, server, &[], time).is_ok()
}

/// Finds the corpus; without it nothing can be said, and the test fails.
fn corpus() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = env::var_os("MAILMEDIC_CORPUS").map_or(beside, PathBuf::from);
    assert!(folder.join("faults").is_dir(), "no corpus in {}: set MAILMEDIC_CORPUS", folder.display());
    folder
}

/// Reads a table with a heading: the cell of each row and column.
fn read(table: &str) -> BTreeMap<(String, String), String> {
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let heading = lines.next().unwrap();
    let mut cells = BTreeMap::new();
    for row in lines {
        for (column, cell) in heading.iter().zip(&row) {
            cells.insert((row[0].to_owned(), (*column).to_owned()), (*cell).to_owned());
        }
    }
    cells
}

/// One endpoint that served the chain.
fn examination(case: &FaultCase) -> Examination {
    let served = std::iter::once(&case.leaf).chain(&case.chain).map(|pem| der(pem).0).collect();
    let given = case.roots.iter().map(|pem| der(pem)).collect();
    let trust = Trust { public: false, given, system: Vec::new() };
    served::examination(&Host::new(&case.host).unwrap(), served, trust)
}

fn der(pem: &str) -> Bytes {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    Bytes(STANDARD.decode(body).unwrap())
}
