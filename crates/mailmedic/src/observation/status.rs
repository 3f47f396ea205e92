//! What was done to learn whether certificates are revoked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Fingerprint;

/// One document on revocation that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// What it is.
    pub kind: StatusKind,
    /// The URL that a certificate names; none for a file of the user's.
    pub url: Option<String>,
    /// Where it was had from.
    pub origin: StatusOrigin,
    /// When.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: StatusOutcome,
}

/// The kind of a document on revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusKind {
    /// A list of revoked certificates (RFC 5280 §5).
    Crl,
    /// An OCSP response about this certificate (RFC 6960).
    Ocsp(Fingerprint),
}

/// Where a document on revocation was had from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusOrigin {
    /// Fetched over HTTP.
    Network,
    /// Kept from an earlier run.
    Cache,
    /// Given by the user.
    File,
}

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusOutcome {
    /// A document; its digest leads to it in [`super::Observation::documents`].
    Found(Fingerprint),
    /// An HTTP status other than 200.
    Status(u16),
    /// It could not be fetched; the reason completes "could not be fetched: …".
    Failed(String),
}
