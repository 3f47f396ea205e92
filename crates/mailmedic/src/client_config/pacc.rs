//! PACC documents: the servers of a domain in JSON, with a digest in DNS (draft-ietf-mailmaint-pacc).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;

use super::{Config, Fault, Server, Unusable, host, word, xml};
use crate::bytes::Fingerprint;
use crate::endpoint::{Endpoint, Protocol, Security};
use crate::name::Name;
use crate::words;

/// Returns the host that serves the document.
pub fn host_of(domain: &Name) -> Option<Name> {
    domain.under("ua-auto-config").ok()
}

/// Returns the name whose TXT record has the digest of the document.
pub fn digest_name(domain: &Name) -> Option<Name> {
    domain.under("_ua-auto-config").ok()
}

/// Returns the URL of the document on its host.
pub fn url(host: &Name) -> String {
    format!("https://{host}/.well-known/user-agent-configuration.json")
}

/// Reads the servers of a document. Clients speak TLS from the first byte on the usual ports; ManageSieve has none for
/// that.
///
/// # Errors
/// Says why clients can use nothing of it.
pub fn read(document: &[u8]) -> Result<Config, Unusable> {
    let text = xml::text(document)?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Unusable::Json(words::escape(&error.to_string(), MOST_REASON)))?;
    let protocols = value.get("protocols").and_then(Value::as_object).ok_or(Unusable::Lacks("protocols"))?;
    let mut config = Config::default();
    for (key, protocol, port) in PROTOCOLS {
        let Some(told) = protocols.get(key) else { continue };
        let security = Endpoint::well_known(port).map(|row| row.1);
        match server(protocol, told, security, port) {
            Ok(server) => config.servers.push(server),
            Err(fault) => config.faults.push(fault),
        }
    }
    Ok(config)
}

fn server(protocol: Protocol, told: &Value, security: Option<Security>, port: u16) -> Result<Server, Fault> {
    let text = match told.get("host") {
        Some(Value::String(text)) => Some(text.as_str()),
        Some(Value::Null) | None => None,
        Some(other) => {
            return Err(Fault::Host(word(protocol), words::escape(&other.to_string(), super::MOST_TEXT)));
        }
    };
    Ok(Server { protocol, security, host: host(protocol, text)?, port })
}

/// Whether DNS vouches for a document; clients refuse one that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// A record has the digest of these bytes.
    Matches,
    /// Records have other digests.
    Differs,
    /// No record has a digest that clients can read.
    Absent,
}

/// Holds the TXT records of [`digest_name`] against the bytes of the document: `v=UAAC1; a=sha256; d=<Base64>`.
pub fn digest(texts: &[&str], document: &[u8]) -> Digest {
    let wanted = Fingerprint::of(document);
    let mut digests = texts.iter().filter_map(|text| read_digest(text)).peekable();
    if digests.peek().is_none() {
        Digest::Absent
    } else if digests.any(|digest| digest == wanted.0) {
        Digest::Matches
    } else {
        Digest::Differs
    }
}

/// Returns the record that vouches for a document.
pub fn digest_record(document: &[u8]) -> String {
    format!("v=UAAC1; a=sha256; d={}", STANDARD.encode(Fingerprint::of(document).0))
}

fn read_digest(text: &str) -> Option<Vec<u8>> {
    let mut tags =
        text.split(';').filter_map(|tag| tag.split_once('=')).map(|(key, value)| (key.trim(), value.trim()));
    if tags.next() != Some(("v", "UAAC1")) {
        return None;
    }
    let (mut algorithm, mut digest) = (None, None);
    for (key, value) in tags {
        match key {
            "a" => algorithm = Some(value),
            "d" => digest = Some(value),
            _ => {}
        }
    }
    let digest = digest.filter(|_| algorithm.is_some_and(|word| word.eq_ignore_ascii_case("sha256")))?;
    STANDARD.decode(digest).or_else(|_| STANDARD_NO_PAD.decode(digest)).ok()
}

/// The members of `protocols` that are told by host, with the port of each.
const PROTOCOLS: [(&str, Protocol, u16); 4] = [
    ("imap", Protocol::Imap, 993),
    ("pop3", Protocol::Pop3, 995),
    ("smtp", Protocol::Submission, 465),
    ("managesieve", Protocol::Sieve, 4190),
];

/// The most of a parser's reason that is shown.
const MOST_REASON: usize = 120;
