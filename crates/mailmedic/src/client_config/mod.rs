//! Documents that tell mail clients their servers: what they say, and why clients cannot use them.
//!
//! One file reads one kind of document; reading is pure, bounded, and takes what there is: a faulty server leaves the
//! others. What is told by all sources together, held against the certificates that are served, is in `names.rs`.

pub mod autoconfig;
pub mod autodiscover;
pub mod mobileconfig;
mod names;
mod oddity;
pub mod pacc;
mod xml;

#[cfg(test)]
mod tests;

pub use names::{ClientName, Cover, Cures, Told, leading_here, names};
pub use oddity::{Oddity, oddities};

use crate::endpoint::{Protocol, Security};
use crate::name::{Host, Name};
use crate::observation::{Fetch, FetchOutcome, FetchPurpose};
use crate::words;

/// What a document says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The servers of IMAP, POP3, submission and ManageSieve, in the order of the document.
    pub servers: Vec<Server>,
    /// What keeps clients from using a server that the document names.
    pub faults: Vec<Fault>,
}

/// One server that clients are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The service.
    pub protocol: Protocol,
    /// How clients shall come to TLS; none tells them to do without.
    pub security: Option<Security>,
    /// The host, as a name or address of legal form.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Why clients can use nothing of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// The bytes are no UTF-8.
    #[error("it is no UTF-8 text")]
    Encoding,
    /// A web page is in its place.
    #[error("it is a web page")]
    Page,
    /// The text is no XML; the reason tells where.
    #[error("it is no XML: {0}")]
    Xml(String),
    /// The text is no JSON; the reason tells where.
    #[error("it is no JSON: {0}")]
    Json(String),
    /// It is a document of another kind.
    #[error("it is no {0} document")]
    Other(&'static str),
    /// A part is missing without which it says nothing.
    #[error("it has no {0}")]
    Lacks(&'static str),
    /// The server answered with an error of its own (Autodiscover).
    #[error("it says that there was an error: {0}")]
    Refusal(String),
}

/// Why clients cannot use one server of a document; the first field is its word, such as `imap`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The name is missing or empty.
    #[error("the {0} server has no host name")]
    NoHost(&'static str),
    /// The name is none.
    #[error("the {0} server has \"{1}\" for a host name")]
    Host(&'static str, String),
    /// The port is missing.
    #[error("the {0} server has no port")]
    NoPort(&'static str),
    /// The port is no number from 1 to 65535.
    #[error("the {0} server has the port \"{1}\"")]
    Port(&'static str, String),
    /// Nothing says how to come to TLS.
    #[error("the {0} server has no socketType")]
    NoSocketType(&'static str),
    /// Clients do not know this word, or not in this spelling.
    #[error(
        "the {0} server has the socketType \"{1}\"; clients know SSL, STARTTLS and plain, in just this spelling"
    )]
    SocketType(&'static str, String),
    /// Outlook does not know this word (`Encryption`).
    #[error("the {0} server has the Encryption \"{1}\"; Outlook knows None, SSL, TLS and Auto")]
    Encryption(&'static str, String),
    /// There are more servers than anybody would read.
    #[error("it names more than {0} servers; the rest is not looked at")]
    TooMany(usize),
}

/// Reads a document that was fetched for mail clients; none where nothing came, or it is none of these.
pub fn read(fetch: &Fetch, domain: &Name) -> Option<Result<Config, Unusable>> {
    let FetchOutcome::Found(body) = &fetch.outcome else { return None };
    match fetch.purpose {
        FetchPurpose::Autoconfig => Some(autoconfig::read(&body.0, domain)),
        FetchPurpose::Autodiscover => Some(autodiscover::read(&body.0)),
        FetchPurpose::Pacc => Some(pacc::read(&body.0)),
        _ => None,
    }
}

/// Returns the word of a server in documents and sentences.
fn word(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Submission => "smtp",
        other => other.name(),
    }
}

/// Reads a host as a document writes it.
fn host(protocol: Protocol, text: Option<&str>) -> Result<String, Fault> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).ok_or(Fault::NoHost(word(protocol)))?;
    match Host::new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(Fault::Host(word(protocol), words::escape(text, MOST_TEXT))),
    }
}

/// Reads a port as a document writes it.
fn port(protocol: Protocol, text: Option<&str>) -> Result<u16, Fault> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).ok_or(Fault::NoPort(word(protocol)))?;
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(Fault::Port(word(protocol), words::escape(text, MOST_TEXT))),
    }
}

/// A label that no zone has unless it has a wildcard: what answers for it answers for everything.
pub const NOBODY: &str = "mailmedic-asks-for-a-name-that-nobody-has";

/// Servers that one document may name; an honest one has a handful.
const MOST_SERVERS: usize = 16;

/// Faults of one document that are told.
const MOST_FAULTS: usize = 16;

/// A foreign text in a sentence is cut after this many characters.
const MOST_TEXT: usize = 60;
