//! Whole examinations of scripted servers on loopback: pace, limits, interruption, replay.

mod statuses;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::walk::Pace;
use super::{Options, Silence, examine_at};
use crate::judge::{Judging, judge};
use crate::known::Lists;
use crate::observation::{Answer, Ask, Depth, Examination, Listed, Observation};
use crate::policy::MAIL;
use crate::report::{json, text};
use crate::target::Target;

/// A server that limits in earnest is not waited for here.
const QUICK: Pace = Pace { step: Duration::ZERO, pauses: [Duration::ZERO; 2] };

const DAY: u64 = 86_400;

/// A server's certificate, and the root that vouches for it.
struct Papers {
    acceptor: TlsAcceptor,
    root: Vec<u8>,
}

fn papers() -> Papers {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = Timestamp::now().as_second().unsigned_abs();
    let at = |second: u64| date_time_ymd(1970, 1, 1) + Duration::from_secs(second);
    params.not_before = at(now - 10 * DAY);
    params.not_after = at(now + 80 * DAY);
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &root).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    Papers { acceptor: TlsAcceptor::from(Arc::new(config)), root: root.der().to_vec() }
}

/// Serves every connection by a script that knows its number, from 0; ends when the set is dropped.
async fn serve<F, Fut>(running: &mut JoinSet<()>, script: F) -> SocketAddr
where
    F: Fn(usize, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    running.spawn(async move {
        let mut guests = JoinSet::new();
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            let guest = script(number, stream);
            // A guest may break off at any time.
            guests.spawn(async move { guest.await.unwrap_or_default() });
        }
    });
    address
}

/// Reads a line, and returns nothing once the guest is gone.
async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> io::Result<Option<String>> {
    let mut line = String::new();
    Ok((stream.read_line(&mut line).await? > 0).then_some(line))
}

/// Speaks SMTP in plain text; `starttls` answers STARTTLS, and says that TLS follows if it starts with 220.
async fn smtp(stream: TcpStream, starttls: &str, acceptor: &TlsAcceptor) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(GREETING).await?;
    greeted_smtp(stream, starttls, acceptor).await
}

async fn greeted_smtp(
    mut stream: BufReader<TcpStream>,
    starttls: &str,
    acceptor: &TlsAcceptor,
) -> io::Result<()> {
    while let Some(line) = line(&mut stream).await? {
        let reply = match &line[..line.len().min(4)] {
            "EHLO" => "250-127.0.0.1\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
            "STAR" => starttls,
            "QUIT" => "221 2.0.0 Bye\r\n",
            _ => "502 5.5.2 Error\r\n",
        };
        stream.write_all(reply.as_bytes()).await?;
        if line.starts_with("STAR") && starttls.starts_with("220") {
            return secret_smtp(acceptor.accept(stream.into_inner()).await?).await;
        }
    }
    Ok(())
}

async fn secret_smtp<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(line) = line(&mut stream).await? {
        let reply = if line.starts_with("QUIT") { "221 2.0.0 Bye\r\n" } else { "250 127.0.0.1\r\n" };
        stream.write_all(reply.as_bytes()).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Speaks IMAP inside TLS.
async fn imaps<S: AsyncRead + AsyncWrite + Unpin>(stream: S, acceptor: &TlsAcceptor) -> io::Result<()> {
    let mut stream = BufReader::new(acceptor.accept(stream).await?);
    stream.write_all(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] Dovecot ready.\r\n").await?;
    stream.flush().await?;
    while let Some(line) = line(&mut stream).await? {
        let (tag, rest) = line.split_once(' ').unwrap_or_default();
        let untagged = if rest.starts_with("LOGOUT") {
            "* BYE Logging out"
        } else {
            "* CAPABILITY IMAP4rev1 AUTH=PLAIN"
        };
        stream.write_all(format!("{untagged}\r\n{tag} OK done\r\n").as_bytes()).await?;
        stream.flush().await?;
    }
    Ok(())
}

const GREETING: &[u8] = b"220 127.0.0.1 ESMTP Postfix\r\n";

const READY: &str = "220 2.0.0 Ready to start TLS\r\n";

fn options(papers: &Papers) -> Options {
    Options {
        offline: true,
        resolvers: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 9))],
        timeout: Duration::from_secs(20),
        roots: vec![papers.root.clone()],
        only_given_roots: true,
        ..Options::default()
    }
}

async fn look(targets: &[String], options: &Options, stop: impl Future<Output = ()>) -> Observation {
    let targets =
        targets.iter().map(|text| (text.clone(), Target::parse(text, false, None).unwrap())).collect();
    let seen = examine_at(QUICK, targets, options, Arc::new(Silence), stop).await;
    replays(&seen);
    seen
}

async fn look_at(target: String, options: &Options) -> Observation {
    look(&[target], options, std::future::pending()).await
}

fn judging(seen: &Observation) -> Judging {
    Judging {
        policy: &MAIL,
        now: seen.taken,
        select: Vec::new(),
        ignore: Vec::new(),
        lists: Lists::default(),
    }
}

/// Checks that what is saved and loaded again is judged to the same bytes.
fn replays(seen: &Observation) {
    let saved = serde_json::to_string(seen).unwrap();
    let loaded: Observation = serde_json::from_str(&saved).unwrap();
    assert_eq!(&loaded, seen);
    let [live, replayed] = [seen, &loaded].map(|seen| {
        let report = judge(seen, &judging(seen));
        (json::render(&report), text::render(&report, &text::Style::default()))
    });
    assert_eq!(live, replayed);
}

/// Returns the findings as words: `note rate-limited`.
fn findings(seen: &Observation) -> Vec<String> {
    let report = judge(seen, &judging(seen));
    let all = report.targets.iter().flat_map(|target| &target.findings);
    all.map(|finding| format!("{} {}", finding.severity.name(), finding.rule)).collect()
}

fn only(seen: &Observation) -> &Examination {
    let [target] = &seen.targets[..] else { panic!("{} targets", seen.targets.len()) };
    target
}

#[tokio::test]
async fn the_polite_look_comes_first_and_alone() {
    let papers = papers();
    let mut running = JoinSet::new();
    let acceptor = papers.acceptor.clone();
    let address = serve(&mut running, move |_, stream| {
        let acceptor = acceptor.clone();
        async move { smtp(stream, READY, &acceptor).await }
    })
    .await;
    for (depth, most) in [(Depth::Quick, 4), (Depth::Standard, 12)] {
        let options = Options { depth, ..options(&papers) };
        let seen = look_at(format!("smtp://{address}"), &options).await;
        assert_eq!(findings(&seen), Vec::<String>::new());
        let sessions = &only(&seen).endpoints[0].sessions;
        assert!(sessions.len() <= most, "{depth:?}: {}", sessions.len());
        let (polite, others) = sessions.split_first().unwrap();
        assert_eq!(polite.ask, Ask::Polite);
        assert!(others.iter().all(|other| other.ask != Ask::Polite && other.begun_ms >= polite.ended_ms()));
    }
}

/// Speaks as [`smtp`] does, but answers STARTTLS without EHLO before it with `early`, and leaves where that is empty; counts
/// those that come at once.
async fn formal_smtp(
    stream: TcpStream,
    early: &str,
    acceptor: &TlsAcceptor,
    hasty: &AtomicUsize,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(GREETING).await?;
    if stream.fill_buf().await?.starts_with(b"STAR") {
        hasty.fetch_add(1, Ordering::Relaxed);
        if early != READY {
            line(&mut stream).await?;
            stream.write_all(early.as_bytes()).await?;
        }
        if early.is_empty() {
            return Ok(());
        }
    }
    greeted_smtp(stream, READY, acceptor).await
}

#[tokio::test]
async fn a_postfix_is_asked_for_tls_at_once_unless_it_minds() {
    for (early, is_taken) in [(READY, true), ("503 5.5.1 EHLO first\r\n", false), ("", false)] {
        let papers = papers();
        let mut running = JoinSet::new();
        let hasty = Arc::new(AtomicUsize::new(0));
        let acceptor = papers.acceptor.clone();
        let counter = Arc::clone(&hasty);
        let address = serve(&mut running, move |_, stream| {
            let (acceptor, counter) = (acceptor.clone(), Arc::clone(&counter));
            async move { formal_smtp(stream, early, &acceptor, &counter).await }
        })
        .await;
        let options = Options { depth: Depth::List, ..options(&papers) };
        let seen = look_at(format!("smtp://{address}"), &options).await;
        assert_eq!(findings(&seen), Vec::<String>::new(), "{early:?}");
        let endpoint = &only(&seen).endpoints[0];
        assert_eq!((endpoint.unasked.as_slice(), endpoint.throttled.as_ref()), (&[][..], None), "{early:?}");
        let hasty = hasty.load(Ordering::Relaxed);
        // The first look always says EHLO; those beside it go without, and so do all that follow if that works.
        let (beside, spoilt) = (options.connections_per_host - 1, endpoint.spoilt as usize);
        let others = endpoint.sessions.len() - 1 + spoilt;
        let expected = if is_taken { beside + 1..=others } else { 1..=beside };
        assert!(expected.contains(&hasty), "{early:?}: {hasty}");
        // A hello behind which our side has ended may go without an answer, but only one.
        let spoilt = spoilt - if early.is_empty() { hasty } else { 0 };
        assert!(spoilt <= 1, "{early:?}: {spoilt}");
    }
}

/// Reads the first flight of a client; gives no answer to one whose side has ended by then, and counts it.
async fn forgetful_imaps(
    mut stream: TcpStream,
    acceptor: &TlsAcceptor,
    forgotten: &AtomicUsize,
) -> io::Result<()> {
    let mut said = vec![0; 16 * 1024];
    let length = stream.read(&mut said).await?;
    said.truncate(length);
    // The hello and the end come in one breath, so the end is there if it is to come.
    if tokio::time::timeout(Duration::ZERO, stream.peek(&mut [0])).await.is_ok() {
        forgotten.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    let (reader, writer) = stream.into_split();
    imaps(tokio::io::join(io::Cursor::new(said).chain(reader), writer), acceptor).await
}

#[tokio::test]
async fn an_answer_that_is_lost_by_the_end_of_our_side_is_asked_for_again() {
    let papers = papers();
    let mut running = JoinSet::new();
    let forgotten = Arc::new(AtomicUsize::new(0));
    let (acceptor, counter) = (papers.acceptor.clone(), Arc::clone(&forgotten));
    let address = serve(&mut running, move |_, stream| {
        let (acceptor, counter) = (acceptor.clone(), Arc::clone(&counter));
        async move { forgetful_imaps(stream, &acceptor, &counter).await }
    })
    .await;
    let options = Options { depth: Depth::List, ..options(&papers) };
    let seen = look_at(format!("imaps://{address}"), &options).await;
    assert_eq!(findings(&seen), Vec::<String>::new());
    let endpoint = &only(&seen).endpoints[0];
    assert_eq!(forgotten.load(Ordering::Relaxed), 1, "one hello tries it for all");
    assert_eq!(endpoint.spoilt, 1);
    assert!(endpoint.listed(Listed::Suites).is_yes() && endpoint.listed(Listed::Groups).is_yes());
}

#[tokio::test]
async fn a_server_that_says_later_is_limited_and_not_faulty() {
    for reply in ["421 4.7.0 Error: too many connections from 127.0.0.1\r\n", ""] {
        let papers = papers();
        let mut running = JoinSet::new();
        let acceptor = papers.acceptor.clone();
        let address = serve(&mut running, move |number, mut stream| {
            let acceptor = acceptor.clone();
            async move {
                if number < 3 {
                    return smtp(stream, READY, &acceptor).await;
                }
                stream.write_all(reply.as_bytes()).await
            }
        })
        .await;
        let seen = look_at(format!("smtp://{address}"), &options(&papers)).await;
        assert_eq!(findings(&seen), ["note rate-limited"], "{reply:?}");
        let endpoint = &only(&seen).endpoints[0];
        let evidence = &endpoint.throttled.as_ref().unwrap().evidence;
        let told = if reply.is_empty() { "the connection was closed" } else { reply.trim_end() };
        assert!(evidence.starts_with(told), "{evidence}");
        assert!(!endpoint.unasked.is_empty());
        let open = judge(&seen, &judging(&seen)).targets.remove(0).unknown;
        assert!(open.iter().any(|open| open.why.contains("the server limits connections")), "{open:?}");
    }
}

#[tokio::test]
async fn starttls_that_is_put_off_later_on_is_a_limit() {
    let papers = papers();
    let mut running = JoinSet::new();
    let acceptor = papers.acceptor.clone();
    let address = serve(&mut running, move |number, stream| {
        let acceptor = acceptor.clone();
        let reply = if number < 4 { READY } else { "454 4.7.0 TLS not available right now\r\n" };
        async move { smtp(stream, reply, &acceptor).await }
    })
    .await;
    let seen = look_at(format!("smtp://{address}"), &options(&papers)).await;
    assert_eq!(findings(&seen), ["note rate-limited"]);
}

#[tokio::test]
async fn a_limit_that_passes_leaves_no_question_open() {
    let papers = papers();
    let mut running = JoinSet::new();
    let acceptor = papers.acceptor.clone();
    let accepted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&accepted);
    let address = serve(&mut running, move |number, mut stream| {
        let acceptor = acceptor.clone();
        counter.fetch_add(1, Ordering::Relaxed);
        async move {
            if (3..6).contains(&number) {
                return stream.write_all(b"421 4.7.0 Error: too many connections\r\n").await;
            }
            smtp(stream, READY, &acceptor).await
        }
    })
    .await;
    let seen = look_at(format!("smtp://{address}"), &options(&papers)).await;
    assert_eq!(findings(&seen), Vec::<String>::new());
    let endpoint = &only(&seen).endpoints[0];
    assert_eq!((endpoint.unasked.as_slice(), endpoint.throttled.as_ref()), (&[][..], None));
    assert!(endpoint.answer(Ask::Version(0x0302)).is_no());
    // Those that came to nothing are told, too.
    assert_eq!(endpoint.connections(), accepted.load(Ordering::Relaxed));
    assert_eq!(endpoint.connections(), endpoint.sessions.len() + 3);
}

/// A stream of a server that closes where others send an alert, as Dovecot does.
struct WithoutAlerts(TcpStream);

impl AsyncRead for WithoutAlerts {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for WithoutAlerts {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        const ALERT: u8 = 21;
        if bytes.first() == Some(&ALERT) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

#[tokio::test]
async fn a_close_without_a_word_is_a_refusal_once_another_hello_is_answered() {
    let papers = papers();
    let mut running = JoinSet::new();
    let acceptor = papers.acceptor.clone();
    let address = serve(&mut running, move |_, stream| {
        let acceptor = acceptor.clone();
        async move { imaps(WithoutAlerts(stream), &acceptor).await }
    })
    .await;
    let seen = look_at(format!("imaps://{address}"), &options(&papers)).await;
    assert_eq!(findings(&seen), Vec::<String>::new());
    let endpoint = &only(&seen).endpoints[0];
    assert!(endpoint.answer(Ask::Version(0x0302)).is_no());
    assert!(endpoint.sessions.len() <= 12, "{}", endpoint.sessions.len());
}

#[tokio::test]
async fn a_close_without_a_word_is_no_refusal_where_the_server_has_gone_silent() {
    let papers = papers();
    let mut running = JoinSet::new();
    let acceptor = papers.acceptor.clone();
    let address = serve(&mut running, move |number, mut stream| {
        let acceptor = acceptor.clone();
        async move {
            if number == 0 {
                return imaps(stream, &acceptor).await;
            }
            // Unread bytes would make the close a reset.
            stream.read(&mut [0; 4096]).await.map(drop)
        }
    })
    .await;
    let seen = look_at(format!("imaps://{address}"), &options(&papers)).await;
    assert_eq!(findings(&seen), Vec::<String>::new());
    let endpoint = &only(&seen).endpoints[0];
    assert!(endpoint.session(Ask::Control).is_some());
    assert!(matches!(endpoint.answer(Ask::Version(0x0302)), Answer::Unknown(_)));
}

#[tokio::test]
async fn an_interruption_keeps_what_is_known() {
    let papers = papers();
    let mut running = JoinSet::new();
    let acceptor = papers.acceptor.clone();
    let second = Arc::new(Notify::new());
    let here = Arc::clone(&second);
    let address = serve(&mut running, move |number, stream| {
        let (acceptor, second) = (acceptor.clone(), Arc::clone(&here));
        async move {
            if number == 0 {
                return smtp(stream, READY, &acceptor).await;
            }
            second.notify_one();
            std::future::pending().await
        }
    })
    .await;
    let options = options(&papers);
    let seen = look(&[format!("smtp://{address}")], &options, second.notified()).await;
    let target = only(&seen);
    assert!(target.interrupted);
    let asks: Vec<Ask> = target.endpoints[0].sessions.iter().map(|session| session.ask).collect();
    assert_eq!(asks, [Ask::Polite]);
    assert!(!target.certificates.is_empty());
    let report = judge(&seen, &judging(&seen));
    assert!(report.targets[0].interrupted);
    assert!(report.targets[0].unknown.iter().any(|open| open.rule == "tls-version-obsolete"));
}

#[tokio::test]
async fn an_interruption_before_dns_has_answered_accuses_nobody() {
    let papers = papers();
    let silent = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let options = Options { resolvers: vec![silent.local_addr().unwrap()], ..options(&papers) };
    let asked = async { drop(silent.recv_from(&mut [0; 512]).await) };
    let seen = look(&["example.test".to_owned()], &options, asked).await;
    assert!(only(&seen).interrupted);
    assert_eq!(findings(&seen), Vec::<String>::new());
}

/// Returns how many sessions went on at the same time at most.
fn at_once(seen: &Observation) -> usize {
    let endpoints = seen.targets.iter().flat_map(|target| &target.endpoints);
    let spans: Vec<(u64, u64)> = endpoints
        .flat_map(|endpoint| &endpoint.sessions)
        .map(|session| (session.begun_ms, session.ended_ms()))
        .collect();
    let during = |at: u64| spans.iter().filter(|span| span.0 <= at && at < span.1).count();
    spans.iter().map(|span| during(span.0)).max().unwrap_or_default()
}

#[tokio::test]
async fn an_address_never_has_more_than_the_agreed_number_of_connections() {
    for (limit, at_a_time) in [(5, 5), (100, 12)] {
        let papers = papers();
        let mut running = JoinSet::new();
        let waiting = Arc::new(AtomicUsize::new(0));
        let enough = Arc::new(tokio::sync::watch::channel(false).0);
        let mut targets = Vec::new();
        for _ in 0..2 {
            let acceptor = papers.acceptor.clone();
            let (waiting, enough) = (Arc::clone(&waiting), Arc::clone(&enough));
            let address = serve(&mut running, move |number, stream| {
                let (acceptor, waiting, enough) =
                    (acceptor.clone(), Arc::clone(&waiting), Arc::clone(&enough));
                async move {
                    // All but the polite ones wait until so many are there.
                    if number > 0 {
                        if waiting.fetch_add(1, Ordering::SeqCst) + 1 == at_a_time {
                            enough.send_replace(true);
                        }
                        let _ = enough.subscribe().wait_for(|enough| *enough).await;
                    }
                    smtp(stream, READY, &acceptor).await
                }
            })
            .await;
            targets.push(format!("smtp://{address}"));
        }
        let options = Options { connections_per_host: limit, ..options(&papers) };
        let seen = look(&targets, &options, std::future::pending()).await;
        assert_eq!(findings(&seen), Vec::<String>::new());
        let most = at_once(&seen);
        assert!(if limit == 5 { most <= 5 } else { most > 5 }, "{most} of {limit}");
    }
}
