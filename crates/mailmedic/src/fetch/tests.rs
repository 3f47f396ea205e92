use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{Bounds, Fetcher, FetcherOptions, Place, Schemes};
use crate::bytes::Bytes;
use crate::name::Name;
use crate::observation::{FetchOutcome, FetchPurpose, Web as Seen};
use crate::reach::{Addresses, ConnectTo, Fetches, Reached};
use crate::trust::{self, Store};

/// Every name has this address.
struct Everything(IpAddr);

impl Addresses for Everything {
    fn addresses<'a>(&'a self, _: &'a Name) -> Reached<'a, Result<Vec<IpAddr>, String>> {
        Box::pin(async { Ok(vec![self.0]) })
    }
}

/// A web server that answers by path.
struct Web {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Web {
    async fn start(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // The peer may leave at any moment; that is part of the tests.
            while let Ok((stream, _)) = listener.accept().await {
                match &tls {
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            answer(stream, &seen).await;
                        }
                    }
                    None => answer(stream, &seen).await,
                }
            }
        });
        Self { port, heads, _tasks: tasks }
    }

    fn url(&self, path: &str) -> String {
        format!("http://web.example:{}{path}", self.port)
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, heads: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    heads.lock().unwrap().push(head);
    let to = |place: &str| format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
    let reply = match path.as_str() {
        "/good" => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".to_owned(),
        "/dated" => "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n\r\nhello".to_owned(),
        "/stored" => {
            "HTTP/1.1 404 None\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nAge: 3600\r\n\r\n".to_owned()
        }
        "/odd-age" => {
            "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nAge: old\r\n\r\nhello".to_owned()
        }
        "/odd-date" => "HTTP/1.1 200 OK\r\nDate: yesterday\r\n\r\nhello".to_owned(),
        "/chunked" => {
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".to_owned()
        }
        "/until-the-end" => "HTTP/1.1 200 OK\r\n\r\nhello".to_owned(),
        "/cut" => "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello".to_owned(),
        "/long" => format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(300_000)),
        "/endless-head" => format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(100_000)),
        "/redirect" => to("/good"),
        "/loop" => to("/loop"),
        "/inward" => to("http://169.254.169.254/secret"),
        "/file" => to("file:///etc/passwd"),
        "/page" => {
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
                .to_owned()
        }
        "/garbage" => "220 mail.example ESMTP\r\n".to_owned(),
        "/silent" => std::future::pending().await,
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned(),
    };
    // Too long an answer is not read to its end.
    let _ = stream.write_all(reply.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn options() -> FetcherOptions {
    FetcherOptions {
        public_roots: false,
        roots: Vec::new(),
        connect_to: Vec::new(),
        inside: true,
        timeout: Duration::from_secs(20),
    }
}

fn fetcher(options: FetcherOptions) -> Fetcher {
    Fetcher::new(Arc::new(Everything(Ipv4Addr::LOCALHOST.into())), options)
}

fn found(text: &str) -> FetchOutcome {
    FetchOutcome::Found(Bytes(text.as_bytes().to_vec()))
}

fn reason(outcome: FetchOutcome) -> String {
    match outcome {
        FetchOutcome::Failed(why) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn documents_of_every_framing_are_read() {
    let web = Web::start(None).await;
    let fetcher = fetcher(options());
    let bounds = Bounds::of(FetchPurpose::Issuer);
    for path in ["/good", "/chunked", "/until-the-end", "/redirect"] {
        assert_eq!(fetcher.get(&web.url(path), bounds).await, found("hello"), "{path}");
    }
    assert_eq!(fetcher.get(&web.url("/none"), bounds).await, FetchOutcome::Status(404));
    let head = web.heads.lock().unwrap()[0].clone();
    assert!(head.contains(&format!("host: web.example:{}\r\n", web.port)), "{head}");
    assert!(head.contains(&format!("user-agent: mailmedic/{}\r\n", crate::VERSION)), "{head}");
}

#[tokio::test]
async fn hostile_servers_cost_little() {
    let web = Web::start(None).await;
    let fetcher = fetcher(options());
    let bounds = Bounds::of(FetchPurpose::Issuer);
    let why = async |path: &str| reason(fetcher.get(&web.url(path), bounds).await);
    assert_eq!(why("/long").await, "it is longer than 262144 bytes");
    assert!(why("/cut").await.starts_with("HTTP: "));
    assert!(why("/endless-head").await.starts_with("HTTP: "));
    assert!(why("/garbage").await.starts_with("HTTP: "));
    assert!(why("/file").await.starts_with("it redirects: "));
    assert_eq!(fetcher.get(&web.url("/loop"), bounds).await, FetchOutcome::Status(302));
    assert_eq!(web.heads.lock().unwrap().iter().filter(|head| head.contains("/loop")).count(), 4);
    let hasty = self::fetcher(FetcherOptions { timeout: Duration::from_millis(100), ..options() });
    assert_eq!(reason(hasty.get(&web.url("/silent"), bounds).await), "no answer within 100ms");
}

#[tokio::test]
async fn a_peer_cannot_send_us_into_our_own_network() {
    let web = Web::start(None).await;
    let outside = fetcher(FetcherOptions { inside: false, ..options() });
    let refused = "web.example leads to an address that is not on the public internet";
    let issuer = Bounds::of(FetchPurpose::Issuer);
    assert_eq!(reason(outside.get(&web.url("/good"), issuer).await), refused);
    assert!(web.heads.lock().unwrap().is_empty());
    assert_eq!(outside.clone().inside(true).get(&web.url("/good"), issuer).await, found("hello"));
    // The user chose the domain, and may choose one of the own network; whom it redirects to, may not.
    let autoconfig = Bounds::of(FetchPurpose::Autoconfig);
    assert_eq!(outside.get(&web.url("/good"), autoconfig).await, found("hello"));
    let inward = reason(outside.get(&web.url("/inward"), autoconfig).await);
    assert_eq!(inward, "169.254.169.254 leads to an address that is not on the public internet");
    // The user said where to connect.
    let rule = format!("web.example:80:127.0.0.1:{}", web.port);
    let told: Vec<ConnectTo> = vec![rule.parse().unwrap()];
    let outside = fetcher(FetcherOptions { inside: false, connect_to: told, ..options() });
    assert_eq!(outside.get("http://web.example/good", issuer).await, found("hello"));
}

#[tokio::test]
async fn https_is_verified() {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["web.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let web = Web::start(Some(TlsAcceptor::from(Arc::new(config)))).await;
    let url = |host: &str, path: &str| format!("https://{host}:{}{path}", web.port);
    let trusting = fetcher(FetcherOptions { roots: vec![certificate.der().to_vec()], ..options() });
    let bounds = Bounds::of(FetchPurpose::MtaStsPolicy);
    assert_eq!(trusting.get(&url("web.example", "/good"), bounds).await, found("hello"));
    assert_eq!(trusting.get(&url("web.example", "/redirect"), bounds).await, FetchOutcome::Status(302));
    assert!(reason(trusting.get(&url("other.example", "/good"), bounds).await).starts_with("TLS: "));
    let public = fetcher(FetcherOptions { public_roots: true, ..options() });
    let fetch = public.fetch(url("web.example", "/good"), FetchPurpose::MtaStsPolicy).await;
    assert!(reason(fetch.outcome).starts_with("TLS: "));
    // What the server showed is kept all the same, and only where senders would look at it.
    let shown = [Bytes(certificate.der().to_vec())];
    assert_eq!(fetch.web, Seen { certificates: shown.to_vec(), ..Seen::default() });
    let fetch = public.fetch(url("web.example", "/good"), FetchPurpose::Autoconfig).await;
    assert_eq!(fetch.web, Seen::default());
    for (path, status) in [("/page", 200), ("/redirect", 302), ("/long", 200)] {
        let fetch = trusting.fetch(url("web.example", path), FetchPurpose::MtaStsPolicy).await;
        assert_eq!(
            (fetch.web.status, fetch.web.certificates.as_slice()),
            (Some(status), &shown[..]),
            "{path}"
        );
        assert_eq!(fetch.web.location.as_deref(), (path == "/redirect").then_some("/good"));
        assert_eq!(
            fetch.web.content_type.as_deref(),
            (path == "/page").then_some("text/html; charset=utf-8")
        );
        assert_eq!(fetch.web.is_too_long, path == "/long");
    }
}

#[tokio::test]
async fn the_servers_clock_is_kept() {
    let web = Web::start(None).await;
    let fetcher = fetcher(options());
    let date = async |path: &str| {
        let fetch = fetcher.fetch(web.url(path), FetchPurpose::Issuer).await;
        fetch.date.map(|date| date.to_string())
    };
    assert_eq!(date("/dated").await.as_deref(), Some("2026-11-21T12:00:00Z"));
    // What a store kept for an hour.
    assert_eq!(date("/stored").await.as_deref(), Some("2026-11-21T13:00:00Z"));
    for path in ["/good", "/odd-age", "/odd-date"] {
        assert_eq!(date(path).await, None, "{path}");
    }
}

#[test]
fn urls_are_read_within_their_schemes() {
    let read = |url: &str, schemes| Place::read(url, schemes).map(|place| (place.authority(), place.target));
    let ok = |authority: &str, target: &str| Ok((authority.to_owned(), target.to_owned()));
    assert_eq!(read("http://a.example", Schemes::Http), ok("a.example", "/"));
    assert_eq!(read("https://[2001:db8::1]:8443/x?y", Schemes::Both), ok("[2001:db8::1]:8443", "/x?y"));
    for (url, schemes) in [
        ("https://a.example/", Schemes::Http),
        ("http://a.example/", Schemes::Https),
        ("ldap://a.example/", Schemes::Both),
        ("/a", Schemes::Both),
        ("http://user@a.example/", Schemes::Http),
        ("http://a b/", Schemes::Http),
        ("http:///x", Schemes::Http),
    ] {
        assert!(read(url, schemes).is_err(), "{url}");
    }
}

/// rustls' own reading of a certificate makes the same of each of Mozilla's roots.
#[test]
fn roots_are_given_to_rustls_as_it_takes_them() {
    let mozilla = trust::anchors().iter().filter(|root| root.holds.has(Store::Mozilla));
    for root in mozilla {
        let mut store = RootCertStore::empty();
        store.add(root.skeleton().into()).unwrap();
        assert_eq!(store.roots, [super::tls::anchor(root).unwrap()], "{}", root.certificate().subject);
    }
}
