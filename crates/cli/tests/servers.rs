//! Real mail servers on loopback, healthy and faulty: what must be found on each is found, and nothing else;
//! and what was seen is what `openssl s_client` sees.
//!
//! Needs root and the laboratory of `tests/servers`; the feature `servers` builds it. The variable
//! `MAILMEDIC_SCENARIOS` keeps only scenarios whose names contain one of its words.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may panic and tell how far it is"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use mailmedic::observation::{Answered, Ask, EndpointObservation, Observation, TlsEnd, Trick};
use mailmedic_wire::names::{CipherSuite, ProtocolVersion};
use serde_json::Value;

/// The laboratory's command.
fn lab(arguments: &[&str]) -> Command {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new("python3");
    command.arg(root.join("tests/servers/lab")).args(arguments);
    command
}

/// A scenario while its servers run; they end with it.
struct Scenario {
    server: Child,
    facts: Value,
    folder: tempfile::TempDir,
}

impl Scenario {
    fn start(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("lab");
        open_to_other_users(folder.path());
        let mut server = lab(&["serve", name, target.to_str().unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let facts = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{name}: {error}: {line:?}"));
        Self { server, facts, folder }
    }

    fn text(&self, key: &str) -> &str {
        self.facts[key].as_str().unwrap()
    }

    fn endpoints(&self) -> impl Iterator<Item = &Value> {
        self.facts["endpoints"].as_array().unwrap().iter()
    }

    /// Checks all endpoints as one host, or the one socket.
    fn check(&self, depth: &str) -> (Value, Observation) {
        let saved = self.folder.path().join("saved.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
        // Nobody answers DNS there: the laboratory's names are given with their address.
        command.args(["check", "--format", "json", "--timeout", "5s", "--resolver", "127.0.0.1:9"]);
        command.args(["--depth", depth]);
        command.args(["--ca-file", self.text("ca_file"), "--save"]).arg(&saved);
        match self.endpoints().find(|endpoint| endpoint["path"].is_string()) {
            Some(endpoint) => command.arg(endpoint["target"].as_str().unwrap()),
            None => {
                let host = self.text("host");
                command.arg("--connect-to").arg(format!("{host}::{}:", self.text("address")));
                command.args(["--host", host])
            }
        };
        let output = command.env_clear().output().unwrap();
        let report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("no report: {}", String::from_utf8_lossy(&output.stderr)));
        (report, serde_json::from_slice(&std::fs::read(saved).unwrap()).unwrap())
    }

    /// Compares the first handshake of each endpoint with that of `openssl s_client`.
    fn compare_with_openssl(&self, seen: &Observation, wrong: &mut Vec<String>) {
        for endpoint in self.endpoints() {
            let id = endpoint["id"].as_str().unwrap();
            let output = lab(&["truth", id, "--ca-file", self.text("ca_file")]).output().unwrap();
            let truth: Value = serde_json::from_slice(&output.stdout).unwrap();
            match seen.targets[0].endpoints.iter().find(|seen| is_same(seen, endpoint)) {
                Some(seen) => wrong.extend(differences(seen, &truth).map(|what| format!("{id}: {what}"))),
                None => wrong.push(format!("{id}: not examined")),
            }
        }
    }
}

impl Drop for Scenario {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

/// The servers run as users of their own and must reach their files.
fn open_to_other_users(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn is_same(seen: &EndpointObservation, endpoint: &Value) -> bool {
    endpoint["path"].is_string() || endpoint["port"] == seen.endpoint.port
}

fn differences(seen: &EndpointObservation, truth: &Value) -> impl Iterator<Item = String> {
    let tls = seen.session(Ask::Polite).and_then(|session| session.tls.as_ref());
    let ours = tls.filter(|tls| tls.end == TlsEnd::Completed).map(|tls| {
        serde_json::json!({
            "version": tls.version.map(|version| ProtocolVersion(version).to_string()),
            "suite": tls.suite.map(|suite| CipherSuite(suite).to_string()),
            "chain": tls.certificates,
        })
    });
    // A server may complete the handshake of the one and not of the other: then its faults differ, which is
    // what the findings are compared for.
    let comparable = ours.filter(|_| truth["version"].is_string());
    let keys = if comparable.is_some() { &["version", "suite", "chain"][..] } else { &[] };
    keys.iter()
        .filter_map(|key| {
            let ours = &comparable.as_ref()?[key];
            (*ours != truth[key]).then(|| format!("{key} {ours}, openssl says {}", truth[key]))
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// Findings as lines, so that a difference reads well: `error cert-expired 25 587`. What is found only on ports
/// that are no part of the scenario does not count.
fn lines(findings: &Value, names: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let line = |finding: &Value| {
        let ids = finding["endpoints"].as_array().unwrap();
        let mut places: Vec<&str> = ids.iter().filter_map(|id| names.get(id.as_str()?).copied()).collect();
        places.sort_unstable();
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        let counts = ids.is_empty() || !places.is_empty();
        counts.then(|| format!("{} {} {}", text("severity"), text("rule"), places.join(" ")))
    };
    findings.as_array().unwrap().iter().filter_map(line).collect()
}

#[test]
fn every_scenario_shows_what_it_should_and_nothing_else() {
    let wanted = std::env::var("MAILMEDIC_SCENARIOS").unwrap_or_default();
    let output = lab(&["list"]).output().expect("python3 starts");
    let text = String::from_utf8(output.stdout).unwrap();
    let all: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(all.len() > 40, "the laboratory lists its scenarios");
    let mut wrong = Vec::new();
    for name in all.into_iter().filter(|name| wanted.split(',').any(|word| name.contains(word))) {
        let scenario = Scenario::start(name);
        let names: BTreeMap<&str, &str> = scenario
            .endpoints()
            .filter_map(|endpoint| Some((endpoint["id"].as_str()?, endpoint["name"].as_str()?)))
            .collect();
        let (report, seen) = scenario.check("standard");
        let found = lines(&report["targets"][0]["findings"], &names);
        let expected = lines(&scenario.facts["expect"], &names);
        let mut differences = Vec::new();
        differences.extend(found.difference(&expected).map(|line| format!("found  {line}")));
        differences.extend(expected.difference(&found).map(|line| format!("missed {line}")));
        scenario.compare_with_openssl(&seen, &mut differences);
        println!("{name}: {}", if differences.is_empty() { "as it should be" } else { "WRONG" });
        wrong.extend(differences.into_iter().map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// Tricks whose faults are told from what comes after a handshake of our own.
const AFTER_HANDSHAKE: [&str; 4] =
    ["tls-renegotiation-by-client", "tls-ticketbleed", "tls-session-ticket-flawed", "tls-poodle-tls"];

fn after_handshake(report: &Value) -> Vec<String> {
    let findings = report["targets"][0]["findings"].as_array().unwrap().iter();
    let rules = findings.filter_map(|finding| finding["rule"].as_str());
    rules.filter(|rule| AFTER_HANDSHAKE.contains(rule)).map(str::to_owned).collect()
}

#[test]
fn every_server_bears_the_tricks_after_a_handshake() {
    for (name, due) in [
        ("postfix-debian", &[][..]),
        ("dovecot-debian", &[]),
        ("exim-debian", &[]),
        // GnuTLS leaves renegotiation to Courier, which goes along with it.
        ("courier-debian", &["tls-renegotiation-by-client"]),
    ] {
        let scenario = Scenario::start(name);
        let (report, seen) = scenario.check("full");
        assert_eq!(after_handshake(&report), due, "{name}");
        let open = report["targets"][0]["unknown"].as_array().unwrap();
        let open: Vec<&Value> =
            open.iter().filter(|open| AFTER_HANDSHAKE.iter().any(|rule| open["rule"] == *rule)).collect();
        assert_eq!(open, Vec::<&Value>::new(), "{name}");
        for seen in seen.targets[0].endpoints.iter().filter(|seen| seen.reached()) {
            for trick in [Trick::Renegotiation, Trick::Ticket, Trick::Padding(0)] {
                let tls = seen.session(Ask::Try(trick)).and_then(|session| session.tls.as_ref());
                assert_eq!(
                    tls.map(|tls| &tls.end),
                    Some(&TlsEnd::Completed),
                    "{name} {} {trick:?}",
                    seen.id()
                );
            }
            assert_eq!(seen.padding(0), Some(Answered::Data), "{name} {}", seen.id());
            let round = seen.padding_round(0).unwrap();
            assert!(!round.is_suspicious(), "{name} {}: {round:?}", seen.id());
        }
    }
}

/// `openssl s_server` for one suite of TLS 1.2, on a free port of loopback.
struct PlainServer {
    child: Child,
    port: u16,
}

impl PlainServer {
    fn start(folder: &Path, options: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem"])
            .args(options)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let accept = lines.find_map(|line| Some(line.strip_prefix("ACCEPT ")?.rsplit_once(':')?.1.parse()));
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port: accept.unwrap().unwrap() }
    }
}

impl Drop for PlainServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_handshake_of_every_kind_completes_with_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"])
        .args(["-subj", "/CN=mail.example", "-days", "30"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success());
    for (suite, groups) in [
        ("AES128-SHA", "X25519"),
        ("AES256-SHA256", "X25519"),
        ("AES256-GCM-SHA384", "X25519"),
        ("ECDHE-RSA-AES128-SHA256", "X25519"),
        ("ECDHE-RSA-AES256-SHA384", "P-384"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "P-256"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "P-521"),
    ] {
        let options = ["-tls1_2", "-cipher", suite, "-groups", groups, "-client_renegotiation"];
        let server = PlainServer::start(folder.path(), &options);
        let saved = folder.path().join("saved.json");
        let output = Command::new(env!("CARGO_BIN_EXE_mailmedic"))
            .args([
                "check",
                "--format",
                "json",
                "--timeout",
                "2s",
                "--depth",
                "full",
                "--resolver",
                "127.0.0.1:9",
            ])
            // It serves one client after the other.
            .args(["--max-connections-per-host", "1", "--save"])
            .arg(&saved)
            .arg(format!("imaps://127.0.0.1:{}", server.port))
            .env_clear()
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(after_handshake(&report), ["tls-renegotiation-by-client"], "{suite}");
        let seen: Observation = serde_json::from_slice(&std::fs::read(&saved).unwrap()).unwrap();
        let seen = &seen.targets[0].endpoints[0];
        let ticket = seen.session(Ask::Try(Trick::Ticket)).unwrap().tls.as_ref().unwrap();
        assert_eq!((&ticket.end, ticket.tickets.len()), (&TlsEnd::Completed, 1), "{suite}");
        assert_eq!(ticket.tickets[0].lifetime_s, Some(7200), "{suite}");
        let shown = seen.session(Ask::Try(Trick::Ticketbleed)).unwrap().tls.as_ref().unwrap();
        assert_eq!(shown.resumed, Some(true), "{suite}");
    }
}
