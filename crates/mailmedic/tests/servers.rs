//! TLS that other people wrote, so that what we read is not judged by what we write: tlslite-ng, SSL 3 to TLS 1.3, and
//! OpenSSL.
//!
//! Needs the command `openssl`, and the package `tlslite-ng` in the Python that the variable `MAILMEDIC_PYTHON` names; the feature `servers` builds it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "servers/documents.rs"]
mod documents;
#[path = "servers/revocation.rs"]
mod revocation;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mailmedic::examine::{Options, Silence, examine};
use mailmedic::judge::{Judging, judge};
use mailmedic::known::Lists;
use mailmedic::observation::{Ask, Depth, EndpointObservation, Observation, SuiteClass, TlsEnd};
use mailmedic::policy::MAIL;
use mailmedic::target::Target;
use mailmedic_peers::{Dialogue, Identity, Personality, Server};
use mailmedic_wire::names::{CipherSuite, ProtocolVersion};
use serde_json::{Value, json};

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| Identity::rsa("127.0.0.1").unwrap());

/// Returns the chain as PEM.
fn chain() -> String {
    let pem = |der: &Vec<u8>| {
        let text = BASE64_STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    IDENTITY.certificate().chain.iter().map(pem).collect()
}

/// A server that runs; it ends with its standard input.
struct Tlslite {
    child: Child,
    port: u64,
    suites: BTreeMap<ProtocolVersion, BTreeSet<CipherSuite>>,
}

impl Tlslite {
    fn start(mut wish: Value) -> Self {
        wish["chain"] = chain().into();
        wish["key"] = IDENTITY.key().into();
        let python = std::env::var_os("MAILMEDIC_PYTHON").unwrap_or("python3".into());
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tlslite/server.py"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python starts");
        writeln!(child.stdin.as_mut().unwrap(), "{wish}").unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("tlslite-ng is there and takes the wish");
        let number = |suite: &Value| CipherSuite(suite.as_u64().unwrap().try_into().unwrap());
        let suites = told["suites"].as_object().unwrap().iter().map(|(version, suites)| {
            let suites = suites.as_array().unwrap().iter().map(number).collect();
            (ProtocolVersion::from_name(version).unwrap(), suites)
        });
        Self { child, port: told["port"].as_u64().unwrap(), suites: suites.collect() }
    }

    /// Compares what was seen with what the server says of itself.
    fn compare(&self, seen: &EndpointObservation) {
        for session in &seen.sessions {
            let Some(tls) = &session.tls else { continue };
            assert!(
                !matches!(tls.end, TlsEnd::Malformed(_) | TlsEnd::NotTls),
                "{:?}: {:?}",
                session.ask,
                tls.end
            );
            let (Some(version), Some(suite)) = (tls.version, tls.suite) else { continue };
            let (version, suite) = (ProtocolVersion(version), CipherSuite(suite));
            let suites = self.suites.get(&version);
            assert!(
                suites.is_some_and(|suites| suites.contains(&suite)),
                "{:?}: {version} {suite}",
                session.ask
            );
        }
        for version in [ProtocolVersion::SSLv3, ProtocolVersion::TLSv1_0, ProtocolVersion::TLSv1_1] {
            assert_eq!(seen.version(version.0).is_yes(), self.suites.contains_key(&version), "{version}");
        }
    }
}

impl Drop for Tlslite {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Returns the ids of the rules that found something.
fn found(seen: &Observation) -> BTreeSet<String> {
    let judging = Judging {
        policy: &MAIL,
        now: seen.taken,
        select: Vec::new(),
        ignore: Vec::new(),
        lists: Lists::default(),
    };
    let report = judge(seen, &judging);
    report.targets.iter().flat_map(|target| &target.findings).map(|finding| finding.rule.clone()).collect()
}

async fn examine_port(port: u64) -> Observation {
    let options = Options {
        depth: Depth::Standard,
        offline: true,
        resolvers: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 9))],
        roots: vec![IDENTITY.root().to_vec()],
        only_given_roots: true,
        // The arithmetic of tlslite-ng is Python's, and `openssl s_server` serves one after the other.
        timeout: Duration::from_secs(30),
        ..Options::default()
    };
    let text = format!("smtp://127.0.0.1:{port}");
    let target = Target::parse(&text, false, None).unwrap();
    examine(vec![(text, target)], &options, Arc::new(Silence), std::future::pending()).await
}

/// Examines a server and compares; returns what was seen and found.
async fn look(wish: Value) -> (EndpointObservation, BTreeSet<String>) {
    let server = Tlslite::start(wish);
    let mut seen = examine_port(server.port).await;
    let found = found(&seen);
    let endpoint = seen.targets.remove(0).endpoints.remove(0);
    server.compare(&endpoint);
    (endpoint, found)
}

fn completes(seen: &EndpointObservation) -> bool {
    let polite = seen.session(Ask::Polite).and_then(|session| session.tls.as_ref());
    polite.is_some_and(|tls| tls.end == TlsEnd::Completed)
}

fn has(found: &BTreeSet<String>, ids: &[&str]) {
    let missed: Vec<_> = ids.iter().filter(|id| !found.contains(**id)).collect();
    assert!(missed.is_empty(), "{missed:?} are not in {found:?}");
}

fn lacks(found: &BTreeSet<String>, ids: &[&str]) {
    let wrong: Vec<_> = ids.iter().filter(|id| found.contains(**id)).collect();
    assert!(wrong.is_empty(), "{wrong:?} are in {found:?}");
}

const BROKEN: &[&str] = &[
    "tls-cipher-broken",
    "tls-compression",
    "tls-dh-weak",
    "tls-drown",
    "tls-freak",
    "tls-logjam",
    "tls-poodle",
    "tls-renegotiation-insecure",
    "tls-handshake-failed",
];

#[tokio::test]
async fn what_tlslite_speaks_by_default_is_read_right() {
    let all = json!({ "versions": ["TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"] });
    let (seen, found) = look(all).await;
    assert!(completes(&seen));
    has(&found, &["tls-version-obsolete"]);
    lacks(&found, BROKEN);
    let (seen, found) = look(json!({ "versions": ["TLSv1.2", "TLSv1.3"], "exchanges": ["ecdhe_rsa"] })).await;
    assert!(completes(&seen));
    lacks(&found, BROKEN);
    lacks(&found, &["tls-version-obsolete", "tls-forward-secrecy-missing", "tls13-missing"]);
}

#[tokio::test]
async fn ssl3_and_rc4_are_seen() {
    let wish = json!({
        "versions": ["SSLv3"], "ciphers": ["rc4", "3des"], "macs": ["sha", "md5"], "exchanges": ["rsa"],
    });
    let (_, found) = look(wish).await;
    has(&found, &["tls-version-modern-missing", "tls-poodle"]);
    let wish =
        json!({ "versions": ["TLSv1.0", "TLSv1.1", "TLSv1.2"], "ciphers": ["rc4"], "macs": ["sha", "md5"] });
    let (seen, found) = look(wish).await;
    assert!(!completes(&seen));
    has(&found, &["tls-cipher-broken", "tls-handshake-failed"]);
}

#[tokio::test]
async fn suites_without_encryption_or_certificate_are_seen() {
    let null = json!({ "versions": ["TLSv1.2"], "ciphers": ["null", "aes128gcm"], "exchanges": ["rsa", "ecdhe_rsa"] });
    let (seen, found) = look(null).await;
    assert!(completes(&seen));
    has(&found, &["tls-cipher-broken"]);
    let (seen, found) = look(json!({ "versions": ["TLSv1.2"], "anonymous": true })).await;
    assert!(seen.suite_class(SuiteClass::Anonymous).is_yes());
    has(&found, &["tls-handshake-failed"]);
}

#[tokio::test]
async fn a_small_group_is_measured() {
    let wish = json!({
        "versions": ["TLSv1.2"], "exchanges": ["dhe_rsa", "ecdhe_rsa"], "oakley_1024": true,
    });
    let (seen, found) = look(wish).await;
    assert!(completes(&seen));
    // Many servers share this prime.
    has(&found, &["tls-logjam"]);
}

#[tokio::test]
async fn openssl_behind_a_dialogue_of_ours_is_read_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("identity.pem");
    std::fs::write(&file, chain() + IDENTITY.key()).unwrap();
    for (versions, version, expected) in [
        (&[][..], ProtocolVersion::TLSv1_3, &[][..]),
        (&["-tls1_2"], ProtocolVersion::TLSv1_2, &["tls13-missing"]),
    ] {
        let mut command = Command::new("openssl");
        // Lines are said backwards, which ends the dialogue inside at once.
        command.args(["s_server", "-accept", "127.0.0.1:0", "-rev", "-cert"]).arg(&file).args(versions);
        let mut server = Openssl(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
        let mut heard = BufReader::new(server.0.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("ACCEPT ") {
            line.clear();
            assert!(heard.read_line(&mut line).unwrap() > 0, "the command openssl listens");
        }
        let to = line.trim_start_matches("ACCEPT ").trim().parse().unwrap();
        let peer = Server::new(Dialogue::Smtp, Personality::modern()).relay(to).start().unwrap();
        let seen = examine_port(peer.address().port().into()).await;
        let endpoint = &seen.targets[0].endpoints[0];
        assert!(completes(endpoint));
        let polite = endpoint.session(Ask::Polite).unwrap().tls.as_ref().unwrap();
        assert_eq!(polite.version.map(ProtocolVersion), Some(version));
        let found = found(&seen);
        has(&found, expected);
        lacks(&found, BROKEN);
        lacks(&found, &["tls-version-obsolete"]);
    }
}

/// `openssl s_server`, which ends with the test.
struct Openssl(Child);

impl Drop for Openssl {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
