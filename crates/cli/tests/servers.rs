//! Real mail servers on loopback, healthy and faulty: what must be found on each is found, and nothing else;
//! and what was seen is what `openssl s_client` sees. Where a scenario lists what is left, the cures that the report
//! gives for its software are applied word for word, and then that is left and nothing else.
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
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use mailmedic::observation::{Ask, EndpointObservation, Observation, TlsEnd};
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
    said: BufReader<ChildStdout>,
    facts: Value,
    folder: tempfile::TempDir,
}

impl Scenario {
    /// Starts it; none if that failed, after the laboratory said why on standard error.
    fn start(name: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("lab");
        open_to_other_users(folder.path());
        let mut server = lab(&["serve", name, target.to_str().unwrap()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 starts");
        let said = BufReader::new(server.stdout.take().unwrap());
        let mut scenario = Self { server, said, facts: Value::Null, folder };
        scenario.facts = scenario.hear()?;
        Some(scenario)
    }

    /// Reads a line of JSON from the laboratory; none once it has ended, after it said why on standard error.
    fn hear(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).ok()
    }

    /// Applies the cures and starts the servers anew; tells whether that went well.
    fn cure(&mut self, fixes: &[Value]) -> bool {
        let line = serde_json::to_string(fixes).unwrap();
        writeln!(self.server.stdin.as_mut().unwrap(), "{line}").unwrap();
        self.hear().is_some()
    }

    fn text(&self, key: &str) -> &str {
        self.facts[key].as_str().unwrap()
    }

    fn endpoints(&self) -> impl Iterator<Item = &Value> {
        self.facts["endpoints"].as_array().unwrap().iter()
    }

    /// Checks all endpoints as one host, or the one socket.
    fn check(&self) -> (Value, Observation) {
        let saved = self.folder.path().join("saved.json");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
        // Nobody answers DNS there: the laboratory's names are given with their address.
        command.args(["check", "--format", "json", "--timeout", "5s", "--resolver", "127.0.0.1:9"]);
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
        let looks: Vec<(&Value, &str, Child)> = self
            .endpoints()
            .map(|endpoint| {
                let id = endpoint["id"].as_str().unwrap();
                let mut look = lab(&["truth", "--once", id, "--ca-file", self.text("ca_file")]);
                (endpoint, id, look.stdout(Stdio::piped()).spawn().unwrap())
            })
            .collect();
        for (endpoint, id, look) in looks {
            let output = look.wait_with_output().unwrap();
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

/// Returns for each finding on the scenario's endpoints the first cure; general words change no server, so that
/// what has no other cure must be among what is left.
fn cures(report: &Value, names: &BTreeMap<&str, &str>, scenario: &Scenario) -> Vec<Value> {
    let mut fixes: Vec<Value> = Vec::new();
    for finding in report["targets"][0]["findings"].as_array().unwrap() {
        let ids: Vec<&str> =
            finding["endpoints"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        if !ids.iter().any(|id| names.contains_key(id)) {
            continue;
        }
        let fix = &finding["fixes"][0];
        let at_hand = scenario.endpoints().any(|endpoint| endpoint["server"] == fix["for"]);
        if at_hand && !fixes.contains(fix) {
            fixes.push(fix.clone());
        }
    }
    fixes
}

/// Compares two sets of findings, one in a line.
fn compare(found: &BTreeSet<String>, expected: &BTreeSet<String>, when: &str, wrong: &mut Vec<String>) {
    wrong.extend(found.difference(expected).map(|line| format!("{when}found  {line}")));
    wrong.extend(expected.difference(found).map(|line| format!("{when}missed {line}")));
}

/// Examines a scenario, and again once its cures are applied; returns what was not as it should be.
fn examine(name: &str) -> Vec<String> {
    let Some(mut scenario) = Scenario::start(name) else { return vec!["it did not start".to_owned()] };
    let facts = scenario.facts.clone();
    let names: BTreeMap<&str, &str> = facts["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|endpoint| Some((endpoint["id"].as_str()?, endpoint["name"].as_str()?)))
        .collect();
    let mut wrong = Vec::new();
    let (mut report, mut seen) = scenario.check();
    compare(
        &lines(&report["targets"][0]["findings"], &names),
        &lines(&facts["expect"], &names),
        "",
        &mut wrong,
    );
    scenario.compare_with_openssl(&seen, &mut wrong);
    if facts["left"].is_null() {
        return wrong;
    }
    for _ in 0..facts["rounds"].as_u64().unwrap() {
        let fixes = cures(&report, &names, &scenario);
        if !scenario.cure(&fixes) {
            wrong.push("the cures could not be applied".to_owned());
            return wrong;
        }
        (report, seen) = scenario.check();
    }
    let found = lines(&report["targets"][0]["findings"], &names);
    compare(&found, &lines(&facts["left"], &names), "cured: ", &mut wrong);
    scenario.compare_with_openssl(&seen, &mut wrong);
    wrong
}

#[test]
fn every_scenario_shows_what_it_should_and_nothing_else() {
    let wanted = std::env::var("MAILMEDIC_SCENARIOS").unwrap_or_default();
    let output = lab(&["list"]).output().expect("python3 starts");
    let text = String::from_utf8(output.stdout).unwrap();
    let all: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(all.len() > 40, "the laboratory lists its scenarios");
    let wanted: Vec<&str> =
        all.into_iter().filter(|name| wanted.split(',').any(|word| name.contains(word))).collect();
    // Every scenario has an address of its own, and most of its time it waits.
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differences = examine(name);
                    println!("{name}: {}", if differences.is_empty() { "as it should be" } else { "WRONG" });
                    wrong
                        .lock()
                        .unwrap()
                        .extend(differences.into_iter().map(|what| format!("{name}: {what}")));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// How many scenarios run at the same time.
const AT_ONCE: usize = 3;
