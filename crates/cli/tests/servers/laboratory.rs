//! The laboratory of `tests/servers`: a scenario while its servers run.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use mailmedic::observation::{Ask, EndpointObservation, Observation, TlsEnd};
use mailmedic_wire::names::{CipherSuite, ProtocolVersion};
use serde_json::Value;

/// The laboratory's command.
pub(crate) fn lab(arguments: &[&str]) -> Command {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut command = Command::new("python3");
    command.arg(root.join("tests/servers/lab")).args(arguments);
    command
}

/// A scenario while its servers run; they end with it.
pub(crate) struct Scenario {
    pub(crate) server: Child,
    pub(crate) said: BufReader<ChildStdout>,
    pub(crate) facts: Value,
    pub(crate) folder: tempfile::TempDir,
}

impl Scenario {
    /// Starts it; none if that failed, after the laboratory said why on standard error.
    pub(crate) fn start(name: &str) -> Option<Self> {
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
    pub(crate) fn hear(&mut self) -> Option<Value> {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).ok()
    }

    /// Applies the cures and starts the servers anew; tells whether that went well.
    pub(crate) fn cure(&mut self, fixes: &[Value]) -> bool {
        let line = serde_json::to_string(fixes).unwrap();
        writeln!(self.server.stdin.as_mut().unwrap(), "{line}").unwrap();
        self.hear().is_some()
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.facts[key].as_str().unwrap()
    }

    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Value> {
        self.facts["endpoints"].as_array().unwrap().iter()
    }

    /// Checks all endpoints as one host, or the one socket.
    pub(crate) fn check(&self, depth: &str) -> (Value, Observation) {
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
    pub(crate) fn compare_with_openssl(&self, seen: &Observation, wrong: &mut Vec<String>) {
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
pub(crate) fn open_to_other_users(folder: &Path) {
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
