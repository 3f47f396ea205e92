//! The prober against scripted peers on loopback.

mod injection;
mod lost;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{CipherSuite, CompressionMethod, NamedGroup, ProtocolVersion, SignatureScheme};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Asking, Manners, Prober, Seen, limit_shown};
use crate::bytes::Bytes;
use crate::endpoint::{Endpoint, Place, Protocol, Security, Source};
use crate::job::{Hello, Job, Offer, Stop};
use crate::name::Host;
use crate::observation::{Ask, Connect, TalkEnd, Tls, TlsEnd};
use crate::sample;

/// Long enough for loopback, and only ever waited for by the tests of silence.
const LIMIT: Duration = Duration::from_millis(300);

/// Nothing is that slow on loopback.
const PATIENT: Duration = Duration::from_secs(60);

fn prober(limit: Duration) -> Prober {
    Prober::new(Manners { ehlo: "client.example".into(), timeout: limit, connections_per_host: 5 })
}

fn endpoint(address: SocketAddr, protocol: Protocol, security: Security) -> Endpoint {
    Endpoint {
        host: Host::new("mail.example").unwrap(),
        port: address.port(),
        place: Place::Tcp(address),
        protocol,
        security,
        role: Endpoint::role_of(protocol),
        sources: vec![Source::Named],
    }
}

fn polite(security: Security) -> Job {
    let hello = Hello::Complete {
        server_name: Some("mail.example".into()),
        signature_schemes: Vec::new(),
        only: None,
    };
    Job { ask: Ask::Polite, security, hello }
}

fn hello(version: ProtocolVersion) -> Job {
    let offer = Offer {
        version,
        suites: vec![CipherSuite(0xC02F), CipherSuite(0x002F)],
        groups: vec![NamedGroup::X25519],
        signature_schemes: vec![SignatureScheme::RSA_PKCS1_SHA256],
        server_name: None,
        stop: Stop::KeyExchange,
        curious: false,
    };
    Job { ask: Ask::Version(version.0), security: Security::Implicit, hello: Hello::Flight(offer) }
}

/// Serves one connection by a script and probes it.
async fn probe<F, Fut>(protocol: Protocol, job: Job, script: F) -> Seen
where
    F: FnOnce(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { script(listener.accept().await.unwrap().0).await });
    let seen = prober(LIMIT).run(&endpoint(address, protocol, job.security), &job, Asking::default()).await;
    server.abort();
    seen
}

/// Says `text` and then waits until the client is gone.
async fn say(mut stream: TcpStream, text: &[u8]) {
    // The client may leave before it has read all.
    let _ = stream.write_all(text).await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

/// Speaks SMTP up to the go-ahead, which is `answer`.
async fn smtp(stream: TcpStream, answer: &[u8]) -> TcpStream {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220-mail.example\r\n220 ESMTP\r\n").await.unwrap();
    for reply in [&b"250-mail.example\r\n250-STARTTLS\r\n250 8BITMIME\r\n"[..], answer] {
        stream.read_line(&mut String::new()).await.unwrap();
        stream.write_all(reply).await.unwrap();
    }
    stream.into_inner()
}

fn acceptor() -> TlsAcceptor {
    acceptor_with(|_| {})
}

fn acceptor_with(change: impl FnOnce(&mut ServerConfig)) -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["mail.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(made.cert)], key)
        .unwrap();
    change(&mut config);
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn a_polite_session_sees_all_and_says_quit() {
    let (heard, said) = tokio::sync::oneshot::channel();
    let seen = probe(Protocol::Smtp, polite(Security::Starttls), async move |stream| {
        let stream = smtp(stream, b"220 go ahead\r\n").await;
        let mut stream = BufReader::new(acceptor().accept(stream).await.unwrap());
        let mut lines = Vec::new();
        for reply in [&b"250-mail.example\r\n250 AUTH PLAIN\r\n"[..], b"221 bye\r\n"] {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            lines.push(line);
            stream.write_all(reply).await.unwrap();
        }
        heard.send(lines).unwrap();
    })
    .await;
    assert_eq!(said.await.unwrap(), ["EHLO client.example\r\n", "QUIT\r\n"]);
    let tls = seen.session.tls.unwrap();
    assert_eq!(tls.end, TlsEnd::Completed);
    assert_eq!(tls.version, Some(0x0304));
    assert_eq!(tls.server_name.as_deref(), Some("mail.example"));
    assert!(tls.signature_scheme.is_some());
    assert_eq!(seen.certificates.len(), 1);
    let plain = seen.session.plain.unwrap();
    assert_eq!(plain.end, TalkEnd::Done);
    assert_eq!(plain.capabilities.unwrap(), ["STARTTLS", "8BITMIME"]);
    assert_eq!(plain.lines[0].reply.as_deref(), Some("220-mail.example\n220 ESMTP"));
    assert_eq!(seen.session.inside.unwrap().capabilities.unwrap(), ["AUTH PLAIN"]);
}

#[tokio::test]
async fn tickets_of_a_polite_session_tell_of_early_data() {
    for (bytes, due) in [(0, None), (16_384, Some(16_384))] {
        let seen = probe(Protocol::Imap, polite(Security::Implicit), async move |stream| {
            let acceptor = acceptor_with(|config| config.max_early_data_size = bytes);
            let mut stream = acceptor.accept(stream).await.unwrap();
            stream.write_all(b"* OK [CAPABILITY IMAP4rev1] hello\r\n").await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let tickets = seen.session.tls.unwrap().tickets;
        assert!(!tickets.is_empty() && tickets.len() <= 8, "{tickets:?}");
        assert!(tickets.iter().all(|ticket| ticket.max_early_data == due), "{tickets:?}");
        assert!(tickets.iter().all(|ticket| ticket.bytes.is_none()));
    }
}

#[tokio::test]
async fn one_character_at_a_time_is_understood() {
    let seen = probe(Protocol::Imap, polite(Security::Starttls), async |mut stream| {
        stream.set_nodelay(true).unwrap();
        for byte in b"* OK [CAPABILITY IMAP4rev1] hello\r\n" {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap() > 0 {
            let tag = line.split(' ').next().unwrap().to_owned();
            let reply = format!("* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n");
            stream.write_all(reply.as_bytes()).await.unwrap();
            line.clear();
        }
    })
    .await;
    assert_eq!(seen.session.plain.unwrap().end, TalkEnd::NotOffered);
    assert!(seen.session.tls.is_none());
}

#[tokio::test]
async fn plain_text_on_a_tls_port_is_kept() {
    let job = polite(Security::Implicit);
    let seen = probe(Protocol::Submission, job, |stream| say(stream, b"220 mail.example ESMTP\r\n")).await;
    let tls = seen.session.tls.unwrap();
    assert_eq!(tls.end, TlsEnd::NotTls);
    assert!(tls.not_tls.unwrap().0.starts_with(b"220 mail.example"));
}

#[tokio::test]
async fn bytes_behind_the_go_ahead_are_evidence() {
    let seen = probe(Protocol::Smtp, polite(Security::Starttls), async |stream| {
        drop(smtp(stream, b"220 go ahead\r\n250 injected\r\n").await);
    })
    .await;
    assert_eq!(seen.session.plain.unwrap().leftover.0, b"250 injected\r\n");
    assert_eq!(seen.session.tls.unwrap().version, None);
}

#[tokio::test]
async fn a_close_after_the_go_ahead_is_no_alert() {
    let seen = probe(Protocol::Smtp, polite(Security::Starttls), async |stream| {
        let mut stream = smtp(stream, b"220 go ahead\r\n").await;
        // Reads the hello, so that the close is a FIN and no reset.
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
    })
    .await;
    assert_eq!(seen.session.tls.unwrap().end, TlsEnd::Closed);
}

#[tokio::test]
async fn alerts_keep_their_names() {
    let alert = [21, 3, 3, 0, 2, 2, 70];
    for job in [hello(ProtocolVersion::TLSv1_1), polite(Security::Implicit)] {
        let seen = probe(Protocol::Imap, job, move |stream| async move { say(stream, &alert).await }).await;
        let tls = seen.session.tls.unwrap();
        assert_eq!(tls.end, TlsEnd::Alert);
        assert_eq!((tls.alerts[0].level, tls.alerts[0].description), (2, 70));
    }
}

#[tokio::test]
async fn an_old_server_still_tells_its_version() {
    // A ServerHello of TLS 1.0 with RSA key transport, and nothing after it.
    let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2F, 0]);
    let seen = probe(Protocol::Imap, polite(Security::Implicit), move |stream| async move {
        say(stream, &hello).await;
    })
    .await;
    let tls = seen.session.tls.unwrap();
    assert_eq!((tls.version, tls.suite), (Some(0x0301), Some(0x002F)));
    assert_eq!(tls.end, TlsEnd::Answered);
}

#[tokio::test]
async fn a_choice_that_nothing_comes_of_is_no_handshake() {
    // A ServerHello of TLS 1.2 with forward secrecy, and then its end without a certificate.
    let mut hello = vec![22, 3, 3, 0, 46, 2, 0, 0, 38, 3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0xC0, 0x2F, 0, 14, 0, 0, 0]);
    let seen = probe(Protocol::Imap, polite(Security::Implicit), move |stream| async move {
        say(stream, &hello).await;
    })
    .await;
    let tls = seen.session.tls.unwrap();
    assert_eq!((tls.version, tls.suite), (Some(0x0303), Some(0xC02F)));
    assert!(matches!(tls.end, TlsEnd::Malformed(_)), "{:?}", tls.end);
}

#[tokio::test]
async fn our_side_can_end_behind_the_hello_and_the_answer_still_counts() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await.unwrap();
        stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await.unwrap();
        said
    });
    let job = Job { ask: Ask::List(0x0303), ..hello(ProtocolVersion::TLSv1_2) };
    let endpoint = endpoint(address, Protocol::Imap, Security::Implicit);
    let parting = Asking { parts: true, news: None };
    let seen = prober(PATIENT).run(&endpoint, &job, parting).await;
    let tls = seen.session.tls.unwrap();
    assert_eq!((tls.end, tls.alerts[0].description), (TlsEnd::Alert, 40));
    // Not even an alert follows, nor another record.
    let said = server.await.unwrap();
    assert_eq!(usize::from(u16::from_be_bytes([said[3], said[4]])) + 5, said.len());
}

#[tokio::test]
async fn compression_is_offered_so_that_a_server_can_show_it() {
    let (heard, said) = tokio::sync::oneshot::channel();
    let seen = probe(Protocol::Imap, hello(ProtocolVersion::TLSv1_0), async move |mut stream| {
        let mut bytes = vec![0; 4096];
        let length = stream.read(&mut bytes).await.unwrap();
        // A record header of five bytes and a message header of four stand before the hello.
        heard.send(ClientHello::read(&bytes[9..length]).unwrap()).unwrap();
        let mut answer = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
        answer.extend([7; 32]);
        answer.extend([0, 0, 0x2F, 1]);
        say(stream, &answer).await;
    })
    .await;
    let offered = said.await.unwrap().compression_methods;
    assert_eq!(offered, [CompressionMethod::DEFLATE, CompressionMethod::NULL]);
    assert_eq!(seen.session.tls.unwrap().compression, Some(1));
}

#[tokio::test]
async fn silence_ends_at_the_limit() {
    let seen = probe(Protocol::Pop3, polite(Security::Starttls), |stream| say(stream, b"")).await;
    assert_eq!(seen.session.plain.unwrap().end, TalkEnd::Silent { at_greeting: true });
    let seen = probe(Protocol::Pop3, hello(ProtocolVersion::TLSv1_2), |stream| say(stream, b"")).await;
    assert_eq!(seen.session.tls.unwrap().end, TlsEnd::TimedOut);
}

#[tokio::test]
async fn a_megabyte_of_greeting_is_bounded() {
    let greeting = vec![b'A'; 1 << 20];
    let seen = probe(Protocol::Smtp, polite(Security::Starttls), move |stream| async move {
        say(stream, &greeting).await;
    })
    .await;
    let plain = seen.session.plain.unwrap();
    assert!(matches!(plain.end, TalkEnd::Invalid(_)), "{:?}", plain.end);
    let kept: usize = plain.lines.iter().filter_map(|line| line.reply.as_ref()).map(String::len).sum();
    assert!(kept < 10_000);
}

#[tokio::test]
async fn a_closed_port_is_refused() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let endpoint = endpoint(address, Protocol::Smtp, Security::Starttls);
    let seen = prober(LIMIT).run(&endpoint, &polite(Security::Starttls), Asking::default()).await;
    assert_eq!(seen.session.connect, Connect::Refused);
    assert!(limit_shown(&seen.session).is_some());
}

#[tokio::test]
async fn no_more_connections_at_once_than_allowed() {
    const ALLOWED: usize = 2;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (Arc::clone(&open), Arc::clone(&most));
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (open, most) = (Arc::clone(&counts.0), Arc::clone(&counts.1));
            tokio::spawn(async move {
                let now = open.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                // Counts down before the client can notice the end.
                open.fetch_sub(1, Ordering::SeqCst);
                let _ = stream.write_all(b"554 no service\r\n").await;
            });
        }
    });
    let manners = Manners {
        ehlo: "client.example".into(),
        timeout: Duration::from_secs(5),
        connections_per_host: ALLOWED,
    };
    let prober = Arc::new(Prober::new(manners));
    let endpoint = endpoint(address, Protocol::Smtp, Security::Starttls);
    let mut jobs = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (prober, endpoint) = (Arc::clone(&prober), endpoint.clone());
        jobs.spawn(
            async move { prober.run(&endpoint, &polite(Security::Starttls), Asking::default()).await },
        );
    }
    for seen in jobs.join_all().await {
        let end = seen.session.plain.unwrap().end;
        assert_eq!(end, TalkEnd::Rejected { at_greeting: true, code: 554 });
    }
    server.abort();
    assert!((1..=ALLOWED).contains(&most.load(Ordering::SeqCst)));
}

#[test]
fn ports_that_nobody_announced_are_not_waited_for_long() {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 993));
    let mut guess = endpoint(address, Protocol::Imap, Security::Implicit);
    let prober = prober(Duration::from_secs(20));
    assert_eq!(prober.patience(&guess), Duration::from_secs(20));
    guess.sources = vec![Source::Guess];
    assert_eq!(prober.patience(&guess), Duration::from_secs(5));
    guess.sources = vec![Source::Srv, Source::Guess];
    assert_eq!(prober.patience(&guess), Duration::from_secs(20));
}

#[test]
fn a_port_that_spoke_tls_and_now_turns_away_in_clear_text_limits_us() {
    let shown = |said: &str| {
        let not_tls = Some(Bytes(said.as_bytes().to_vec()));
        let tls = Tls { end: TlsEnd::NotTls, not_tls, ..Tls::default() };
        let seen = sample::endpoint(465, &[]);
        limit_shown(&sample::session(&seen.endpoint, Ask::Ssl2, tls))
    };
    assert_eq!(shown("421 Too many connections\r\n").as_deref(), Some("421 Too many connections"));
    assert_eq!(shown("421 \u{1b}[2J\r\n").as_deref(), Some("421 \\x1b[2J"));
    assert_eq!(shown("HTTP/1.1 400 Bad Request\r\n"), None);
}
