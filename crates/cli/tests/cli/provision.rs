//! `mailmedic provision`: files, and the server that serves them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Run, mailmedic, run};

const SERVICES: &str = r#"{"services": [
    {"domains": ["example.org", "example.net"], "name": "Example Mail", "help": "https://example.org/help",
     "imap": ["mail.example.org"], "submission": ["mail.example.org"],
     "mta_sts": {"mode": "testing", "mx": ["mx.example.org"]}}
]}"#;

fn offline(folder: &Path, more: &[&str]) -> Run {
    let file = folder.join("services.json");
    fs::write(&file, SERVICES).unwrap();
    let words = ["provision", "example.org", "--file", file.to_str().unwrap(), "--offline"];
    run(&[&words[..], more].concat())
}

#[test]
fn documents_become_files_and_nothing_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let options = ["--output-dir", out.to_str().unwrap()];
    let told = offline(folder.path(), &options);
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let own = out.join("example.org");
    let mut files: Vec<String> =
        fs::read_dir(&own).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let all = [
        "autodiscover.xml",
        "config-v1.1.xml",
        "example.org.mobileconfig",
        "records.zone",
        "user-agent-configuration.json",
    ];
    assert_eq!(files, all);
    assert!(all.iter().all(|file| told.stdout.contains(file)), "{}", told.stdout);
    assert_eq!(offline(folder.path(), &options).code, Some(0), "the same files are no conflict");

    let file = own.join("config-v1.1.xml");
    fs::write(&file, "precious").unwrap();
    let told = offline(folder.path(), &options);
    assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""));
    assert!(told.stderr.contains("it is there already and differs"), "{}", told.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    assert_eq!(offline(folder.path(), &[&options[..], &["--force"]].concat()).code, Some(0));
    assert_ne!(fs::read_to_string(&file).unwrap(), "precious");
}

#[test]
fn the_record_vouches_for_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    assert_eq!(offline(folder.path(), &["--output-dir", out.to_str().unwrap()]).code, Some(0));
    let document = fs::read(out.join("example.org/user-agent-configuration.json")).unwrap();
    assert_eq!(offline(folder.path(), &["--only", "pacc"]).stdout.as_bytes(), document);
    let zone = fs::read_to_string(out.join("example.org/records.zone")).unwrap();
    let digest = zone.split("; d=").nth(1).unwrap().split('"').next().unwrap();
    let digest = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, digest).unwrap();
    assert_eq!(mailmedic::bytes::Fingerprint::of(&document).0.as_slice(), digest);
}

#[test]
fn what_cannot_be_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let says = |told: Run, part: &str| {
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""), "{part}");
        assert!(told.stderr.contains(part), "{part}: {}", told.stderr);
    };
    says(
        run(&["provision", "example.org", "--only", "pacc", "--offline"]),
        "no IMAP or POP3 server is given",
    );
    says(offline(folder.path(), &[]), "--output-dir");
    says(
        offline(folder.path(), &["--only", "pacc", "--email", "ann@else.example"]),
        "is of none of the domains",
    );
    says(offline(folder.path(), &["--only", "pacc", "--email", "ann"]), "it has no @");
    says(offline(folder.path(), &["--only", "pacc", "--imap", "x.example"]), "cannot be used with");
    let file = folder.path().join("services.json");
    let words =
        ["provision", "else.example", "--file", file.to_str().unwrap(), "--only", "pacc", "--offline"];
    says(run(&words), "it does not describe else.example");
}

/// A running server; it is ended with the value.
struct Served {
    child: Child,
    place: String,
}

impl Served {
    fn new(folder: &Path, more: &[&str]) -> Self {
        let file = folder.join("services.json");
        fs::write(&file, SERVICES).unwrap();
        let mut child = mailmedic(&["provision", "serve", "--file", file.to_str().unwrap()])
            .args(["--listen", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let place = line.trim().rsplit("://").next().unwrap().to_owned();
        assert!(line.starts_with("serving 2 domains at http"), "{line:?}");
        Self { child, place }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.place).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Sends a request as it stands, and reads until the connection ends.
    fn raw(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        // It may hang up before it has read all.
        let _ = stream.write_all(request);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn ask(&self, line: &str, host: &str, body: &str) -> String {
        let length = body.len();
        self.raw(
            format!(
                "{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            )
            .as_bytes(),
        )
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn documents_are_served_for_the_domain_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::new(folder.path(), &[]);
    let answer = served.ask("GET /mail/config-v1.1.xml", "autoconfig.example.net", "");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("content-type: text/xml; charset=utf-8\r\n"), "{answer}");
    assert!(answer.contains("<emailProvider id=\"example.net\">"), "{answer}");

    let head = served.ask("HEAD /mail/config-v1.1.xml", "autoconfig.example.net", "");
    let length = |answer: &str| {
        answer.split("content-length: ").nth(1).unwrap().split('\r').next().unwrap().to_owned()
    };
    assert_eq!(length(&head), length(&answer));
    assert!(head.ends_with("\r\n\r\n"), "{head}");

    let request =
        "<Autodiscover><Request><EMailAddress>ann@example.org</EMailAddress></Request></Autodiscover>";
    let answer = served.ask("POST /autodiscover/autodiscover.xml", "example.org", request);
    assert!(answer.contains("<LoginName>ann@example.org</LoginName>"), "{answer}");
    assert!(answer.contains("cache-control: no-store\r\n"), "{answer}");

    let answer = served.ask("GET /mobileconfig?emailaddress=ann%40example.org", "example.org", "");
    assert!(answer.contains("content-type: application/x-apple-aspen-config\r\n"), "{answer}");
    let answer = served.ask("GET /.well-known/mta-sts.txt", "mta-sts.example.org", "");
    assert!(
        answer.contains("content-type: text/plain\r\n") && answer.ends_with("max_age: 86400\n"),
        "{answer}"
    );
    let answer =
        served.ask("GET /.well-known/user-agent-configuration.json", "ua-auto-config.example.org", "");
    assert!(answer.contains("content-type: application/json\r\n"), "{answer}");

    assert!(served.ask("GET /mail/config-v1.1.xml", "else.example", "").starts_with("HTTP/1.1 404 "));
    let answer = served.ask("GET /autodiscover/autodiscover.xml", "example.org", "");
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: POST\r\n"), "{answer}");
}

#[test]
fn what_is_sent_is_bounded_and_the_next_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::new(folder.path(), &[]);
    let path = "POST /autodiscover/autodiscover.xml";
    let answer = served.ask(path, "example.org", &"x".repeat(20_000));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let head = format!("GET / HTTP/1.1\r\nHost: example.org\r\nX: {}\r\n\r\n", "x".repeat(40_000));
    let answer = served.raw(head.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(500));
    assert!(served.raw(many.as_bytes()).starts_with("HTTP/1.1 431 "));
    for garbage in [&b"\x16\x03\x01\x02\x00\x01"[..], b"GET\r\n\r\n", b"\r\n\r\n\0\0\0\0 HTTP/9.9\r\n\r\n"] {
        let answer = served.raw(garbage);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    // Without a host nobody's document is meant.
    assert!(served.raw(b"GET /mail/config-v1.1.xml HTTP/1.0\r\n\r\n").contains(" 404 "));
    assert!(served.ask("GET /mail/config-v1.1.xml", "example.org", "").contains(" 200 "));
}

#[test]
fn it_ends_when_told_to_and_lets_the_last_be_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::new(folder.path(), &[]);
    let mut stream = served.connect();
    stream.write_all(b"GET /mail/config-v1.1.xml HTTP/1.1\r\nHost: example.org\r\n\r\n").unwrap();
    let mut first = [0; 15];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let id = served.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(String::from_utf8(rest).unwrap().trim_end().ends_with("</clientConfig>"));
    assert!(TcpStream::connect(&served.place).is_err());
}
