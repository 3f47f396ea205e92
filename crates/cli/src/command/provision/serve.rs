//! `mailmedic provision serve`: the documents of many domains over HTTP or HTTPS.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use mailmedic::keyfile::Form;
use mailmedic::provision::site::{self, Answer, Site};
use mailmedic::words;
use rustls::ServerConfig;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{describe, signer};
use crate::command::cert::files;
use crate::command::cert::password::Passwords;
use crate::command::check::interrupt;
use crate::exit::{Exit, Failure};
use crate::output;

/// Serves what mail programs set themselves up by, for many domains from one file, until Ctrl-C or SIGTERM. The domain is
/// told by the host that is asked, or by the address that asks.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Serve {
    /// The services of the domains: JSON, as docs/provision.md tells
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    listen: SocketAddr,
    /// Speak HTTPS with the certificates in this file, the server's own first
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of that certificate
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Sign Apple's profiles with the private key in this file
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    sign_key: Option<PathBuf>,
    /// The certificate of that key, with its intermediates
    #[arg(long, value_name = "FILE", requires = "sign_key")]
    sign_cert: Option<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
}

/// Runs the verb.
pub(super) fn run(serve: &Serve) -> Result<Exit, Failure> {
    let services = describe::read(&serve.file)?;
    let signer = signer(serve.sign_key.as_deref(), serve.sign_cert.as_deref(), &serve.passwords)?;
    let tls = match (&serve.tls_cert, &serve.tls_key) {
        (Some(certificate), Some(key)) => Some(acceptor(certificate, key, &serve.passwords)?),
        _ => None,
    };
    let site = Arc::new(Site::new(services, signer));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|why| Failure(format!("the system gives no event loop: {why}")))?;
    runtime.block_on(async {
        let cannot = |why| Failure(format!("{}: {why}", serve.listen));
        let listener = TcpListener::bind(serve.listen).await.map_err(cannot)?;
        let place = listener.local_addr().map_err(cannot)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let domains = words::count(u64::try_from(site.domains()).unwrap_or(u64::MAX), "domain");
        output::print(&format!("serving {domains} at {scheme}://{place}\n"))?;
        accept(listener, site, tls, until_told()).await;
        Ok(Exit::Clean)
    })
}

/// Waits for Ctrl-C, or for SIGTERM, by which service managers stop a program.
async fn until_told() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = interrupt() => {}
        () = terminated => {}
    }
}

/// Takes connections until told to stop; those under way may end what they began.
async fn accept(
    listener: TcpListener,
    site: Arc<Site>,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let (halt, halted) = watch::channel(false);
    let mut running = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        // Who comes when all places are taken waits in the system's queue.
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (listener.accept().await, place)
        };
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_) = running.join_next(), if !running.is_empty() => {}
            (accepted, place) = next => match (accepted, place) {
                (Ok((stream, _)), Ok(place)) => {
                    running.spawn(connection(stream, Arc::clone(&site), tls.clone(), halted.clone(), place));
                }
                // No file descriptors, most likely: it passes.
                (Err(error), _) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
                (Ok(_), Err(_)) => break,
            },
        }
    }
    drop(listener);
    // The tasks hold receivers, or there is none left to hear.
    let _ = halt.send(true);
    let _ = tokio::time::timeout(GRACE, async { while running.join_next().await.is_some() {} }).await;
}

/// Speaks on one connection, for as long as one may last.
async fn connection(
    stream: TcpStream,
    site: Arc<Site>,
    tls: Option<TlsAcceptor>,
    halted: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let whole = async {
        match tls {
            None => speak(stream, site, halted).await,
            Some(tls) => match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
                Ok(Ok(stream)) => speak(stream, site, halted).await,
                Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
                Err(_) => tracing::debug!("the handshake took too long"),
            },
        }
    };
    if tokio::time::timeout(LONGEST, whole).await.is_err() {
        tracing::debug!("a connection took too long");
    }
}

async fn speak<S>(stream: S, site: Arc<Site>, mut halted: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(answer(request, &site).await) }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(LONGEST_HEAD)
        .max_headers(100);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let stop = async {
        // Who would tell it is gone: that is to stop too.
        let _ = halted.wait_for(|halted| *halted).await;
    };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// Answers one request.
async fn answer(request: Request<Incoming>, site: &Site) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let is_head = head.method == Method::HEAD;
    let path = head.uri.path();
    let answer = match body_of(head.method.as_str(), path, body).await {
        Err(refusal) => refusal,
        Ok(body) => {
            // A whole URL names the host itself (RFC 9112 §3.2.2).
            let header = head.headers.get(HOST).and_then(|host| host.to_str().ok());
            site.answer(
                site::Request {
                    method: head.method.as_str(),
                    path,
                    query: head.uri.query(),
                    host: head.uri.authority().map(|authority| authority.as_str()).or(header),
                    body: &body,
                },
                Timestamp::now(),
            )
        }
    };
    tracing::info!(
        method = %head.method, path = %words::escape(path, 200), status = answer.status, "answered"
    );
    response(answer, is_head)
}

/// Reads the body of a request that has one, up to its limit.
async fn body_of(method: &str, path: &str, body: Incoming) -> Result<Bytes, Answer> {
    if !Site::takes_body(method, path) {
        return Ok(Bytes::new());
    }
    let read = tokio::time::timeout(BODY_TIME, Limited::new(body, LONGEST_BODY).collect()).await;
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Answer::refusal(413, "the request is too long"))
        }
        Ok(Err(_)) => Err(Answer::refusal(400, "the request broke off")),
        Err(_) => Err(Answer::refusal(408, "the request took too long")),
    }
}

fn response(answer: Answer, is_head: bool) -> Response<Full<Bytes>> {
    let length = answer.body.len();
    let body = if is_head { Bytes::new() } else { Bytes::from(answer.body) };
    let mut response = Response::new(Full::new(body));
    // Every status is one of ours.
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.media_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(allow) = answer.allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    if answer.private {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let file =
        answer.file.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok());
    if let Some(file) = file {
        headers.insert(CONTENT_DISPOSITION, file);
    }
    response
}

/// Prepares TLS with a certificate and its key.
fn acceptor(certificate: &Path, key: &Path, passwords: &Passwords) -> Result<TlsAcceptor, Failure> {
    let chain = files::certificates(certificate, passwords)?.certificates;
    let secret = files::only_key(key, passwords)?;
    let der = match secret.form() {
        Form::Pkcs8 => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(secret.secret().to_vec())),
        Form::Pkcs1 => PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(secret.secret().to_vec())),
        Form::Sec1 => PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(secret.secret().to_vec())),
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            let chain = chain.into_iter().map(CertificateDer::from).collect();
            builder.with_no_client_auth().with_single_cert(chain, der)
        })
        .map_err(|why| Failure::file(certificate, why))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Connections at a time; more wait.
const MOST_CONNECTIONS: usize = 256;
/// The head of a request, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;
/// The body of a request, in bytes: Outlook's has a few hundred.
const LONGEST_BODY: usize = 16 * 1024;
/// The time for a TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The time for the head of a request, also while nothing is asked.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The time for a body.
const BODY_TIME: Duration = Duration::from_secs(10);
/// The time for a whole connection.
const LONGEST: Duration = Duration::from_secs(60);
/// The time that connections have once the program is to stop.
const GRACE: Duration = Duration::from_secs(5);
/// The pause where the system gives no connection.
const PAUSE: Duration = Duration::from_millis(200);

const AFTER: &str = "Example:
  mailmedic provision serve --file services.json --listen 127.0.0.1:8080

  GET  /mail/config-v1.1.xml, /.well-known/autoconfig/mail/config-v1.1.xml
  POST /autodiscover/autodiscover.xml
  GET  /.well-known/user-agent-configuration.json
  GET  /mobileconfig?emailaddress=ADDRESS
  GET  /.well-known/mta-sts.txt

Exit codes:
  0  stopped by Ctrl-C or SIGTERM
  2  something given cannot be used";
