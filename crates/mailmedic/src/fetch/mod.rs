//! Documents over HTTP: issuers, client settings, MTA-STS policies, revocation. Every size, time and number is bounded.

mod bounds;
mod tls;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes as Chunk;
use hyper::header::{
    AGE, CONNECTION, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderValue, LOCATION, USER_AGENT,
};
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

pub use self::bounds::{Bounds, Schemes};
use self::tls::Tls;
use crate::VERSION;
use crate::bytes::Bytes;
use crate::name::Host;
use crate::observation::{Fetch, FetchOutcome, FetchPurpose, Web};
pub use crate::reach::Question;
use crate::reach::{Addresses, ConnectTo, Fetches, Reached, is_global};

/// How to fetch.
#[derive(Clone, Debug)]
pub struct FetcherOptions {
    /// Whether Mozilla's roots count: false under `--only-ca-file`.
    pub public_roots: bool,
    /// Roots of `--ca-file`, DER.
    pub roots: Vec<Vec<u8>>,
    /// Places to connect to instead.
    pub connect_to: Vec<ConnectTo>,
    /// Whether URLs that a peer chose may lead to addresses outside the public internet: true where the
    /// examined server itself has such an address.
    pub inside: bool,
    /// The limit of one fetch, redirects included.
    pub timeout: Duration,
}

/// Fetches documents over HTTP/1.1.
///
/// Clones share the roots, which are read when first needed: many targets need none.
#[derive(Clone)]
pub struct Fetcher {
    addresses: Arc<dyn Addresses>,
    tls: Arc<OnceLock<Result<Tls, String>>>,
    options: Arc<FetcherOptions>,
    inside: bool,
    timeout: Duration,
}

impl Fetcher {
    /// Prepares to fetch; nothing is sent yet.
    pub fn new(addresses: Arc<dyn Addresses>, options: FetcherOptions) -> Self {
        let (inside, timeout) = (options.inside, options.timeout);
        Self { addresses, tls: Arc::default(), options: Arc::new(options), inside, timeout }
    }

    /// Returns the same fetcher for a target that is, or is not, outside the public internet itself.
    #[must_use]
    pub fn inside(mut self, inside: bool) -> Self {
        self.inside = inside;
        self
    }

    /// Returns the same fetcher with another limit of one fetch.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Fetches a document.
    pub async fn get(&self, url: &str, bounds: Bounds) -> FetchOutcome {
        self.dated(url, bounds, None).await.outcome
    }

    /// Sends a question and returns what is answered; a redirect is not followed.
    pub async fn post(&self, url: &str, bounds: Bounds, question: Question) -> FetchOutcome {
        self.dated(url, Bounds { redirects: 0, ..bounds }, Some(&question)).await.outcome
    }

    async fn dated(&self, url: &str, bounds: Bounds, question: Option<&Question>) -> Answer {
        let mut web = Web::default();
        let answer = self.follow(url, bounds, question, &mut web);
        let (outcome, date) = match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(why)) => (FetchOutcome::Failed(why), None),
            Err(_) => (FetchOutcome::Failed(format!("no answer within {:?}", self.timeout)), None),
        };
        Answer { outcome, date, web }
    }

    async fn follow(
        &self,
        url: &str,
        bounds: Bounds,
        question: Option<&Question>,
        web: &mut Web,
    ) -> Result<Dated, String> {
        let mut place = Place::read(url, bounds.schemes)?;
        let mut bounds = bounds;
        let mut left = bounds.redirects;
        loop {
            match self.one(&place, bounds, question, web).await? {
                Step::Done(answer) => return Ok(answer),
                Step::Redirect(status, to) => {
                    let Some(to) = to.filter(|_| left > 0) else {
                        return Ok((FetchOutcome::Status(status), None));
                    };
                    left -= 1;
                    let secure = place.secure;
                    place = place.onward(&to, bounds.schemes)?;
                    if secure && !place.secure {
                        return Err("it redirects from https to http".into());
                    }
                    // Whoever redirects is a peer, even if the user chose where to begin.
                    bounds.chosen_by_peer = true;
                }
            }
        }
    }

    async fn one(
        &self,
        place: &Place,
        bounds: Bounds,
        question: Option<&Question>,
        web: &mut Web,
    ) -> Result<Step, String> {
        let stream = self.connect(place, bounds.chosen_by_peer).await?;
        if !place.secure {
            return exchange(stream, place, bounds.bytes, question, web).await;
        }
        let tls = self.tls.get_or_init(|| Tls::new(&self.options)).as_ref().map_err(Clone::clone)?;
        let name = ServerName::try_from(place.host.to_string()).map_err(|error| error.to_string())?;
        let (connector, shown) = tls.connector(bounds.keeps_chain);
        let stream = connector.connect(name, stream).await;
        web.certificates = shown.map(|shown| shown.take()).unwrap_or_default();
        let stream = stream.map_err(|error| format!("TLS: {error}"))?;
        exchange(stream, place, bounds.bytes, question, web).await
    }

    async fn connect(&self, place: &Place, chosen_by_peer: bool) -> Result<TcpStream, String> {
        let (instead, port) = ConnectTo::find(&self.options.connect_to, &place.host, place.port);
        let addresses = match (instead, &place.host) {
            (Some(address), _) => vec![address],
            (None, Host::Address(address)) => vec![*address],
            (None, Host::Name(name)) => self.addresses.addresses(name).await?,
        };
        let wary = chosen_by_peer && instead.is_none() && !self.inside;
        let admitted = addresses.iter().filter(|address| !wary || is_global(**address));
        let mut why = if addresses.is_empty() {
            format!("{} has no address", place.host)
        } else {
            format!("{} leads to an address that is not on the public internet", place.host)
        };
        for address in admitted.take(MOST_ADDRESSES) {
            let place = SocketAddr::new(*address, port);
            let share = self.timeout / CONNECT_SHARE;
            match tokio::time::timeout(share, TcpStream::connect(place)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => why = format!("{place}: {error}"),
                Err(_) => why = format!("{place}: no answer within {share:?}"),
            }
        }
        Err(why)
    }
}

impl Fetches for Fetcher {
    fn fetch<'a>(&'a self, url: String, purpose: FetchPurpose) -> Reached<'a, Fetch> {
        Box::pin(async move {
            let Answer { outcome, date, web } = self.dated(&url, Bounds::of(purpose), None).await;
            // Of what bears a signature nobody asks how it came.
            let is_of_the_web = matches!(
                purpose,
                FetchPurpose::MtaStsPolicy
                    | FetchPurpose::Autoconfig
                    | FetchPurpose::BimiLogo
                    | FetchPurpose::BimiCertificate
            );
            let web = if is_of_the_web { web } else { Web::default() };
            Fetch { url, purpose, outcome, date, web }
        })
    }

    fn ask<'a>(&'a self, url: String, purpose: FetchPurpose, question: Question) -> Reached<'a, Fetch> {
        Box::pin(async move {
            let bounds = Bounds { redirects: 0, ..Bounds::of(purpose) };
            let Answer { outcome, date, web } = self.dated(&url, bounds, Some(&question)).await;
            Fetch { url, purpose, outcome, date, web }
        })
    }
}

/// What came back.
struct Answer {
    outcome: FetchOutcome,
    date: Option<Timestamp>,
    web: Web,
}

/// What came of a request, and what the server's clock said.
type Dated = (FetchOutcome, Option<Timestamp>);

enum Step {
    Done(Dated),
    Redirect(u16, Option<String>),
}

/// A URL in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    secure: bool,
    host: Host,
    port: u16,
    target: String,
}

impl Place {
    fn read(url: &str, schemes: Schemes) -> Result<Self, String> {
        if url.len() > LONGEST_URL {
            return Err("the URL is too long".into());
        }
        let uri: Uri = url.parse().map_err(|error| format!("it is no URL: {error}"))?;
        let secure = match (uri.scheme_str(), schemes) {
            (Some("http"), Schemes::Http | Schemes::Both) => false,
            (Some("https"), Schemes::Https | Schemes::Both) => true,
            (_, Schemes::Http) => return Err("only http is fetched for this".into()),
            (_, Schemes::Https) => return Err("only https is fetched for this".into()),
            (_, Schemes::Both) => return Err("only http and https are fetched".into()),
        };
        let authority = uri.authority().ok_or("the URL has no host")?;
        if authority.as_str().contains('@') {
            return Err("the URL has a user name".into());
        }
        let host = Host::new(authority.host()).map_err(|error| error.to_string())?;
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let target = uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        Ok(Self { secure, host, port, target })
    }

    /// Reads where a redirect leads: a whole URL, or a path on the same host.
    fn onward(&self, to: &str, schemes: Schemes) -> Result<Self, String> {
        if to.starts_with('/') && !to.starts_with("//") {
            let target = to.split('#').next().unwrap_or_default().to_owned();
            target.parse::<Uri>().map_err(|error| format!("it redirects to no URL: {error}"))?;
            return Ok(Self { target, ..self.clone() });
        }
        Self::read(to, schemes).map_err(|why| format!("it redirects: {why}"))
    }

    fn authority(&self) -> String {
        let usual = if self.secure { 443 } else { 80 };
        let host = match &self.host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            host => host.to_string(),
        };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

async fn exchange<S>(
    stream: S,
    place: &Place,
    most: usize,
    question: Option<&Question>,
    web: &mut Web,
) -> Result<Step, String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut builder = hyper::client::conn::http1::Builder::new();
    builder.max_buf_size(LONGEST_HEAD).max_headers(100);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let mut request = Request::builder()
        .method(if question.is_some() { Method::POST } else { Method::GET })
        .uri(place.target.as_str())
        .header(HOST, place.authority())
        .header(USER_AGENT, format!("mailmedic/{VERSION}"))
        .header(CONNECTION, "close");
    if let Some(question) = question {
        request = request.header(CONTENT_TYPE, question.media_type);
    }
    let body = question.map(|question| question.body.clone()).unwrap_or_default();
    let request = request.body(Full::new(Chunk::from(body))).map_err(|error| error.to_string())?;
    let answer = async {
        let response = sender.send_request(request).await.map_err(|error| format!("HTTP: {error}"))?;
        read(response, most, web).await
    };
    tokio::pin!(connection);
    tokio::pin!(answer);
    tokio::select! {
        biased;
        step = &mut answer => step,
        // The connection may end before the last bytes that it brought are read.
        _ = &mut connection => answer.await,
    }
}

async fn read(response: Response<hyper::body::Incoming>, most: usize, web: &mut Web) -> Result<Step, String> {
    let status = response.status();
    let text = |name, most| {
        let value = response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        value.map(|value| value.chars().take(most).collect::<String>())
    };
    web.status = Some(status.as_u16());
    web.content_type = text(CONTENT_TYPE, LONGEST_TYPE);
    web.location = text(LOCATION, LONGEST_URL).filter(|_| status.is_redirection());
    if status.is_redirection() {
        let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).map(ToOwned::to_owned);
        return Ok(Step::Redirect(status.as_u16(), to));
    }
    let date = date(response.headers());
    let done = |outcome| Ok(Step::Done((outcome, date)));
    if status != StatusCode::OK {
        return done(FetchOutcome::Status(status.as_u16()));
    }
    match Limited::new(response.into_body(), most).collect().await {
        Ok(body) => done(FetchOutcome::Found(Bytes(body.to_bytes().to_vec()))),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            web.is_too_long = true;
            Err(format!("it is longer than {most} bytes"))
        }
        Err(error) => Err(format!("HTTP: {error}")),
    }
}

/// Reads the server's clock; an answer from a store has the date of old and its age.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let date = DateTimeParser::new().parse_timestamp(text(DATE)?).ok()?;
    let age = match text(AGE) {
        Some(age) => age.trim().parse::<u32>().ok()?,
        None => 0,
    };
    date.checked_add(SignedDuration::from_secs(i64::from(age))).ok()
}

/// Addresses of a web host that are tried one after the other.
const MOST_ADDRESSES: usize = 4;

/// One address may use up this part of the time, so that the next has a chance.
const CONNECT_SHARE: u32 = 3;

/// Longer URLs are no honest ones.
const LONGEST_URL: usize = 2048;

/// Media types are shorter.
const LONGEST_TYPE: usize = 256;

/// The longest head of an HTTP answer.
const LONGEST_HEAD: usize = 32 * 1024;

#[cfg(test)]
mod tests;
