//! A mail domain on loopback: its zone, its servers, its web, and the binary that looks at them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use mailmedic::endpoint::{Endpoint, Protocol, Security};
use mailmedic::observation::Observation;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::ResolvesServerCertUsingSni;
use rustls::sign::CertifiedKey;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinSet, spawn_blocking};
use tokio_rustls::TlsAcceptor;

use crate::certificates::{Authority, Identity, Key, Term};
use crate::name_server::{self, Zone};
use crate::server::{Server, Tls};
use crate::{dialogue, tls};

/// The domain of most tests.
pub(crate) const DOMAIN: &str = "example.test";

/// A term of which no rule has anything to say.
pub(crate) const GOOD: Term = Term { from: -10, to: 80 };

/// Over since three days.
pub(crate) const OVER: Term = Term { from: -93, to: -3 };

/// Everything that a test sets up; it ends with the value.
pub(crate) struct World {
    authority: Authority,
    folder: TempDir,
    resolver: SocketAddr,
    anchor: Option<String>,
    /// Where to connect instead, the first that fits.
    pub(crate) routes: Vec<String>,
    closed: TcpSocket,
    running: JoinSet<()>,
    _dns: name_server::Authority,
}

/// What a run of any verb came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

async fn ended(mut command: Command) -> Ran {
    let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What a run came to.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    /// The report in JSON.
    pub(crate) report: Value,
    /// The report as text, made from what was saved.
    pub(crate) text: String,
    /// What was saved.
    pub(crate) seen: Observation,
}

impl World {
    /// Serves a zone, as its own resolver.
    pub(crate) async fn new(zone: Zone) -> Self {
        Self::with_anchor(zone, None).await
    }

    /// Serves a signed zone; its key is where trust begins.
    pub(crate) async fn signed(zone: Zone) -> Self {
        let anchor = zone.anchor();
        Self::with_anchor(zone, Some(anchor)).await
    }

    async fn with_anchor(zone: Zone, anchor: Option<String>) -> Self {
        let dns = zone.serve().await;
        let authority = Authority::new(Timestamp::now()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("root.der"), authority.root()).unwrap();
        if let Some(anchor) = &anchor {
            std::fs::write(folder.path().join("anchor"), anchor).unwrap();
        }
        // A port that is taken and does not listen refuses for as long as the test runs.
        let closed = TcpSocket::new_v4().unwrap();
        closed.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self {
            authority,
            folder,
            resolver: dns.address,
            anchor,
            routes: Vec::new(),
            closed,
            running: JoinSet::new(),
            _dns: dns,
        }
    }

    /// Makes a certificate that the domain's root vouches for.
    pub(crate) fn identity(&self, name: &str, term: Term) -> Identity {
        self.authority.issue(name, term, Key::Ecdsa).unwrap()
    }

    /// Makes the same with an RSA key.
    pub(crate) fn rsa_identity(&self, name: &str, term: Term) -> Identity {
        self.authority.issue(name, term, Key::Rsa).unwrap()
    }

    /// Serves the usual service of a port at 127.0.0.1, as the host of that name and with a good certificate.
    pub(crate) async fn good(&mut self, host: &'static str, port: u16) {
        let identity = self.identity(host, GOOD);
        self.serve(host, port, identity).await;
    }

    /// Serves the usual service of a port at 127.0.0.1.
    pub(crate) async fn serve(&mut self, host: &'static str, port: u16, identity: Identity) {
        self.serve_as(host, port, acceptor(identity)).await;
    }

    /// Serves the usual service of a port at 127.0.0.1, with TLS of any kind.
    pub(crate) async fn serve_as(&mut self, host: &'static str, port: u16, acceptor: TlsAcceptor) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let real = listener.local_addr().unwrap().port();
        self.running.spawn(server(host, port, acceptor).run(listener));
        self.routes.push(format!("{host}:{port}:127.0.0.1:{real}"));
    }

    /// Leads one more name to a service.
    pub(crate) fn also(&mut self, host: &str, other: &str, port: u16) {
        let from = format!("{host}:{port}:");
        let route = self.routes.iter().find_map(|route| route.strip_prefix(&from)).unwrap();
        self.routes.push(format!("{other}:{port}:{route}"));
    }

    /// Serves a service at several addresses that DNS tells; only the port is put elsewhere.
    pub(crate) async fn serve_at(
        &mut self,
        host: &'static str,
        port: u16,
        places: Vec<(IpAddr, TlsAcceptor)>,
    ) -> u16 {
        let (real, listeners) = loop {
            let first = TcpListener::bind((places[0].0, 0)).await.unwrap();
            let real = first.local_addr().unwrap().port();
            let mut listeners = vec![first];
            for place in &places[1..] {
                listeners.extend(TcpListener::bind((place.0, real)).await);
            }
            if listeners.len() == places.len() {
                break (real, listeners);
            }
        };
        for ((_, acceptor), listener) in places.into_iter().zip(listeners) {
            self.running.spawn(server(host, port, acceptor).run(listener));
        }
        self.routes.push(format!("{host}:{port}::{real}"));
        real
    }

    /// Serves Postfix without TLS at 127.0.0.1.
    pub(crate) async fn without_tls(&mut self, host: &'static str, port: u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let real = listener.local_addr().unwrap().port();
        self.running.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client may break off at any time.
                let _ = plain_smtp(stream, host).await;
            }
        });
        self.routes.push(format!("{host}:{port}:127.0.0.1:{real}"));
    }

    /// Returns a port of 127.0.0.1 where nothing listens.
    fn closed_port(&self) -> u16 {
        self.closed.local_addr().unwrap().port()
    }

    /// Serves documents over http, or over https where there is a certificate; returns what was asked for.
    pub(crate) async fn web(
        &mut self,
        host: &str,
        identity: Option<Identity>,
        documents: &'static [(&'static str, &'static str)],
    ) -> Arc<Mutex<Vec<String>>> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let real = listener.local_addr().unwrap().port();
        let port = if identity.is_some() { 443 } else { 80 };
        let acceptor = identity.map(acceptor);
        let here = Arc::clone(&asked);
        self.running.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client may break off at any time.
                let _ = match &acceptor {
                    None => answer(stream, documents, &here).await,
                    Some(acceptor) => match acceptor.accept(stream).await {
                        Ok(stream) => answer(stream, documents, &here).await,
                        Err(error) => Err(error),
                    },
                };
            }
        });
        self.routes.push(format!("{host}:{port}:127.0.0.1:{real}"));
        asked
    }

    /// Asks for a certificate for a target with a new key; returns the request and what was told.
    pub(crate) async fn request(&self, target: &str) -> (String, String) {
        let key = self.folder.path().join("new.key");
        let mut command = self.command(&["cert", "csr", target, "--key", key.to_str().unwrap()]);
        let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        (String::from_utf8(output.stdout).unwrap(), stderr)
    }

    /// Looks at the mail DNS alone; returns the exit code and what was printed.
    pub(crate) async fn dns(&self, words: &[&str]) -> (Option<i32>, String) {
        let mut command = self.command(&[&["dns"], words].concat());
        let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    /// Runs a verb that connects, and meets nothing but this world.
    pub(crate) async fn run(&self, words: &[&str]) -> Ran {
        ended(self.command(words)).await
    }

    /// Runs a verb that only asks DNS.
    pub(crate) async fn ask(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
        command.env_clear().args(words).args(["--timeout", "3s", "--resolver", &self.resolver.to_string()]);
        if self.anchor.is_some() {
            command.arg("--dnssec-anchor").arg(self.folder.path().join("anchor"));
        }
        ended(command).await
    }

    /// A folder that is gone when the test ends.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Prepares a run that meets nothing but this world.
    fn command(&self, words: &[&str]) -> Command {
        let root = self.folder.path().join("root.der");
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
        command.env_clear().args(words).args(["--timeout", "3s"]);
        command.args(["--resolver", &self.resolver.to_string()]).arg("--ca-file").arg(root);
        if self.anchor.is_some() {
            command.arg("--dnssec-anchor").arg(self.folder.path().join("anchor"));
        }
        for route in &self.routes {
            command.args(["--connect-to", route]);
        }
        command.args(["--connect-to", &format!(":::{}", self.closed_port())]);
        command
    }

    /// Looks at the mail DNS of a domain alone; returns the report.
    pub(crate) async fn dns_report(&self, domain: &str, more: &[&str]) -> Value {
        let mut command = self.command(&[&["dns", domain, "--format", "json"], more].concat());
        let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Checks a target; what no route is for is closed. The report must be the same when judged again.
    pub(crate) async fn check(&self, target: &str, more: &[&str]) -> Told {
        let file = self.folder.path().join("seen.json");
        let file = file.to_str().unwrap();
        let words = ["check", target, "--format", "json", "--save", file];
        let mut command = self.command(&[&words, more].concat());
        let output = spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{stderr}{stdout}");
        let replay = |format: &'static str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
            command.env_clear().args(["check", "--replay", file, "--format", format]);
            let output = command.output().unwrap();
            assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{stdout}");
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(replay("json"), stdout, "judged again");
        Told {
            code: output.status.code(),
            report: serde_json::from_str(&stdout).unwrap(),
            text: replay("text"),
            seen: serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap(),
        }
    }
}

impl Told {
    /// Returns the findings as lines: `error cert-expired mx.example.test:25@127.0.0.1`.
    pub(crate) fn findings(&self) -> BTreeSet<String> {
        let findings = self.report["targets"][0]["findings"].as_array().unwrap().iter();
        let line = |finding: &Value| {
            let places: Vec<String> = strings(&finding["endpoints"]).iter().map(|id| short(id)).collect();
            let word = |key: &str| finding[key].as_str().unwrap();
            format!("{} {} {}", word("severity"), word("rule"), places.join(" ")).trim_end().to_owned()
        };
        findings.map(line).collect()
    }

    /// Returns the endpoints with their sources: `mx.example.test:25@127.0.0.1 mx`.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        let endpoints = self.report["targets"][0]["endpoints"].as_array().unwrap().iter();
        let line = |endpoint: &Value| {
            format!("{} {}", short(endpoint["id"].as_str().unwrap()), strings(&endpoint["sources"]).join(","))
        };
        endpoints.map(line).collect()
    }

    /// Returns the connections to each endpoint.
    pub(crate) fn connections(&self) -> Vec<(String, u64)> {
        let endpoints = self.report["targets"][0]["endpoints"].as_array().unwrap().iter();
        let line = |endpoint: &Value| {
            (short(endpoint["id"].as_str().unwrap()), endpoint["connections"].as_u64().unwrap())
        };
        endpoints.map(line).collect()
    }

    /// Checks the findings as lines. What is told of every domain that lacks a protection counts only where it is expected:
    /// the zones here say no more than their test needs.
    pub(crate) fn finds(&self, expected: &[&str]) {
        let expected: BTreeSet<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        let mut found = self.findings();
        found.retain(|line| {
            expected.contains(line) || !line.split(' ').nth(1).is_some_and(|rule| UNPROTECTED.contains(&rule))
        });
        assert_eq!(found, expected, "{}", self.text);
    }

    /// Checks the endpoints with their sources, guesses where nothing listens left out.
    pub(crate) fn has(&self, expected: &[&str]) {
        let reached = |line: &&String| {
            let id = line.split(' ').next().unwrap();
            !line.ends_with(" guess") || self.connections().iter().any(|row| row.0 == id && self.reached(id))
        };
        let all = self.endpoints();
        let found: Vec<&String> = all.iter().filter(reached).collect();
        assert_eq!(found, expected, "{}", self.text);
    }

    fn reached(&self, id: &str) -> bool {
        let endpoints = self.report["targets"][0]["endpoints"].as_array().unwrap();
        endpoints.iter().any(|seen| short(seen["id"].as_str().unwrap()) == id && seen["reached"] == true)
    }
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// Leaves protocol and mode out of an identifier.
fn short(id: &str) -> String {
    let (label, rest) = id.split_once('/').unwrap();
    format!("{label}@{}", rest.split_once('@').unwrap().1)
}

/// What is told of a domain that publishes nothing for its protection.
const UNPROTECTED: [&str; 5] =
    ["dane-missing", "dnssec-missing", "mta-sts-missing", "spf-missing", "tls-rpt-missing"];

/// The addresses of this machine.
pub(crate) const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The same in IPv6.
pub(crate) const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Makes the TLS side of a healthy server.
pub(crate) fn acceptor(identity: Identity) -> TlsAcceptor {
    tls::acceptor(&Arc::new(aws_lc_rs::default_provider()), identity).unwrap()
}

/// Makes a TLS side that answers each name with its own certificate, and no name or another with none.
pub(crate) fn acceptor_by_name(identities: Vec<(&str, Identity)>) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut resolver = ResolvesServerCertUsingSni::new();
    for (name, identity) in identities {
        let key = PrivatePkcs8KeyDer::from(identity.key.serialize_der());
        let certified = CertifiedKey::from_der(identity.chain, key.into(), &provider).unwrap();
        resolver.add(name, certified).unwrap();
    }
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    TlsAcceptor::from(Arc::new(config))
}

fn server(host: &'static str, port: u16, acceptor: TlsAcceptor) -> Server {
    let (protocol, security) = Endpoint::well_known(port).unwrap();
    let dialogue = match protocol {
        Protocol::Imap => &dialogue::IMAP,
        Protocol::Pop3 => &dialogue::POP3,
        Protocol::Submission => &dialogue::SUBMISSION,
        _ => &dialogue::SMTP,
    };
    let security = if security == Security::Implicit { Security::Implicit } else { Security::Starttls };
    Server { host, security, dialogue, tls: Tls::Modern(acceptor) }
}

async fn plain_smtp(stream: TcpStream, host: &str) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(format!("220 {host} ESMTP Postfix\r\n").as_bytes()).await?;
    loop {
        let mut line = String::new();
        let reply = match stream.read_line(&mut line).await? {
            0 => return Ok(()),
            _ if line.starts_with("EHLO") => format!("250-{host}\r\n250 8BITMIME\r\n"),
            _ if line.starts_with("QUIT") => "221 2.0.0 Bye\r\n".to_owned(),
            _ => "502 5.5.2 Error: command not recognized\r\n".to_owned(),
        };
        stream.write_all(reply.as_bytes()).await?;
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    documents: &[(&str, &str)],
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut first = String::new();
    stream.read_line(&mut first).await?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 || line == "\r\n" {
            break;
        }
        let header = line.split_once(':').filter(|header| header.0.eq_ignore_ascii_case("content-length"));
        length = header.map_or(length, |header| header.1.trim().parse().unwrap());
    }
    let mut question = vec![0; length];
    stream.read_exact(&mut question).await?;
    asked.lock().unwrap().push(path.clone());
    let found = documents.iter().find(|document| path.split('?').next() == Some(document.0));
    let (status, body) = found.map_or(("404 Not Found", ""), |document| ("200 OK", document.1));
    let text =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).await?;
    stream.flush().await?;
    stream.shutdown().await
}
