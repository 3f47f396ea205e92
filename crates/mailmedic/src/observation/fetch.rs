//! Documents fetched over HTTP: issuers, autoconfig, MTA-STS policies, revocation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;

/// One fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// The URL.
    pub url: String,
    /// What it was for.
    pub purpose: FetchPurpose,
    /// What came of it.
    pub outcome: FetchOutcome,
    /// What the server's clock said: the answer's Date with the Age of a stored answer (RFC 9110 §6.6.1, RFC 9111 §5.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Timestamp>,
    /// What else was seen of the web server.
    #[serde(default, skip_serializing_if = "Web::is_empty")]
    pub web: Web,
}

/// What was seen of a web server beside the document, as far as it tells why senders do not get it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Web {
    /// The status of its last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Where that answer redirects to, if it was not followed; cut to 2048 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The media type that it told; cut to 256 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Whether the document is longer than it may be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_too_long: bool,
    /// The certificates that it showed (DER), leaf first, where a policy, or what BIMI names, was fetched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Bytes>,
}

impl Web {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a fetch was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchPurpose {
    /// The issuer that a certificate names (RFC 5280 §4.2.2.1).
    Issuer,
    /// A document that tells mail clients their servers.
    Autoconfig,
    /// The answer that tells Outlook its servers (MS-OXDSCLI).
    Autodiscover,
    /// A document that tells mail clients their servers, with a digest in DNS (draft-ietf-mailmaint-pacc).
    Pacc,
    /// An MTA-STS policy (RFC 8461 §3.2).
    MtaStsPolicy,
    /// The logo that a BIMI record names (`l`).
    BimiLogo,
    /// The certificate of the mark that a BIMI record names (`a`).
    BimiCertificate,
    /// A list of revoked certificates (RFC 5280 §5).
    Crl,
    /// An OCSP response (RFC 6960).
    Ocsp,
}

/// What came of a fetch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchOutcome {
    /// A body, bounded in size.
    Found(Bytes),
    /// A status other than 200.
    Status(u16),
    /// It could not be fetched; the reason completes "could not be fetched: …".
    Failed(String),
}
