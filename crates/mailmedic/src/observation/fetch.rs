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
