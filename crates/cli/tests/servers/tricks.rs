//! Tricks after a handshake of our own, on real servers.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mailmedic::observation::{Answered, Ask, Observation, TlsEnd, Trick};
use serde_json::Value;

use crate::laboratory::Scenario;

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
        let scenario = Scenario::start(name).unwrap();
        let (report, seen) = scenario.check("full");
        assert_eq!(after_handshake(&report), due, "{name}");
        let open = report["targets"][0]["unknown"].as_array().unwrap();
        let open: Vec<&Value> =
            open.iter().filter(|open| AFTER_HANDSHAKE.iter().any(|rule| open["rule"] == *rule)).collect();
        assert_eq!(open, Vec::<&Value>::new(), "{name}");
        for seen in seen.targets[0].endpoints.iter().filter(|seen| seen.reached()) {
            for trick in [Trick::Renegotiation, Trick::Padding(0)] {
                let tls = seen.session(Ask::Try(trick)).and_then(|session| session.tls.as_ref());
                assert_eq!(
                    tls.map(|tls| &tls.end),
                    Some(&TlsEnd::Completed),
                    "{name} {} {trick:?}",
                    seen.id()
                );
            }
            assert!(matches!(seen.padding(0), Some(Answered::Refusal(_))), "{name} {}", seen.id());
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
        let ticket = seen.session(Ask::Try(Trick::Renegotiation)).unwrap().tls.as_ref().unwrap();
        assert_eq!((&ticket.end, ticket.tickets.len()), (&TlsEnd::Completed, 1), "{suite}");
        assert_eq!(ticket.tickets[0].lifetime_s, Some(7200), "{suite}");
        let shown = seen.session(Ask::Try(Trick::Ticketbleed)).unwrap().tls.as_ref().unwrap();
        assert_eq!(shown.resumed, Some(true), "{suite}");
    }
}
