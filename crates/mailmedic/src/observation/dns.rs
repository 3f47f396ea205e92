//! What DNS said, question by question, and what it means for a mail domain.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::bytes::Bytes;
use crate::endpoint::{Protocol, Security, Source, protocol_name};
use crate::name::Name;

/// One question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswer {
    /// The name asked for.
    pub name: Name,
    /// The type asked for.
    pub kind: DnsType,
    /// What came of it.
    pub outcome: DnsOutcome,
    /// Whether DNSSEC vouches for it (RFC 4033 §5).
    pub state: DnsState,
    /// Who said it, and when.
    #[serde(default, skip_serializing_if = "DnsEvidence::is_empty")]
    pub evidence: DnsEvidence,
}

/// What an answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsEvidence {
    /// The name server that was asked last.
    pub server: Option<SocketAddr>,
    /// When the answer came.
    pub at: Option<Timestamp>,
    /// The least time to live of the records in seconds (RFC 2181 §8); none where there are none.
    pub ttl: Option<u32>,
    /// The zone where the signatures of a bogus answer break off; none for the root, and where it could not be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<Name>,
    /// What is wrong there, in words that complete "the chain of signatures breaks at ZONE: …".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<String>,
}

impl DnsEvidence {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The record types that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names of record types say it")]
pub enum DnsType {
    A,
    Aaaa,
    Caa,
    Mx,
    Ptr,
    Srv,
    Tlsa,
    Txt,
}

impl DnsType {
    /// Returns the name in IANA's registry.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Caa => "CAA",
            Self::Mx => "MX",
            Self::Ptr => "PTR",
            Self::Srv => "SRV",
            Self::Tlsa => "TLSA",
            Self::Txt => "TXT",
        }
    }
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsOutcome {
    /// Records, with the aliases (CNAME targets) that led to them in order.
    Found {
        /// The names that CNAME records led through; empty for most.
        aliases: Vec<Name>,
        /// The records.
        records: Vec<DnsData>,
    },
    /// The name exists and has no record of this type.
    NoData,
    /// The name does not exist (NXDOMAIN).
    NoName,
    /// No answer that can be used: SERVFAIL, REFUSED, a timeout. What only DNSSEC speaks against is `Found`, or
    /// absent, with the state [`DnsState::Bogus`].
    Failed(String),
}

/// Whether DNSSEC vouches for an answer (RFC 4033 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsState {
    /// A chain of signatures from the anchor.
    Secure,
    /// Provably unsigned.
    Insecure,
    /// Signatures that should be good and are not.
    Bogus,
    /// It was not validated.
    Indeterminate,
}

/// The data of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsData {
    /// An A or AAAA record.
    Address(IpAddr),
    /// An MX record (RFC 1035 §3.3.9); `None` is the null MX "." (RFC 7505).
    Mx {
        /// Lower is preferred.
        preference: u16,
        /// The mail exchanger as written; a text since it may be no valid host name.
        exchange: Option<String>,
    },
    /// An SRV record (RFC 2782); `None` is the target ".": not provided here.
    Srv {
        /// Lower is tried first.
        priority: u16,
        /// The share among equals.
        weight: u16,
        /// The port.
        port: u16,
        /// The host as written.
        target: Option<String>,
    },
    /// A TLSA record (RFC 6698 §2.1).
    Tlsa {
        /// Certificate usage.
        usage: u8,
        /// Selector.
        selector: u8,
        /// Matching type.
        matching: u8,
        /// Certificate association data.
        data: Bytes,
    },
    /// A TXT record, its strings joined.
    Txt(String),
    /// A CAA record (RFC 8659 §4.1).
    Caa {
        /// Whether a CA that does not know the property must not issue.
        critical: bool,
        /// The property: `issue`, `issuewild`, `iodef` …
        tag: String,
        /// Its value; bytes that are no UTF-8 are replaced.
        value: String,
    },
    /// A PTR record (RFC 1035 §3.3.12): the host as written.
    Ptr(String),
}

impl DnsAnswer {
    /// Returns the records, or nothing.
    pub fn records(&self) -> &[DnsData] {
        match &self.outcome {
            DnsOutcome::Found { records, .. } => records,
            _ => &[],
        }
    }

    /// Returns whether the answer says for certain that there is no such record.
    pub fn is_absent(&self) -> bool {
        matches!(self.outcome, DnsOutcome::NoData | DnsOutcome::NoName)
    }
}

/// What of the mail DNS was to be looked at, beyond what every look asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsLook {
    /// Whether the ports of the servers were left alone.
    #[serde(default)]
    pub alone: bool,
    /// DKIM selectors that the user gave (RFC 6376 §3.1).
    #[serde(default)]
    pub selectors: Vec<String>,
    /// Who signed the messages that the user gave.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<Signer>,
    /// Addresses from which the domain sends mail, as the user gave them.
    #[serde(default)]
    pub senders: Vec<IpAddr>,
    /// The sender of MAIL FROM that those addresses are evaluated with; empty is the null sender of bounces.
    #[serde(default)]
    pub sender: Option<String>,
    /// The name that they say after HELO or EHLO.
    #[serde(default)]
    pub helo: Option<String>,
    /// Whether block lists were asked (RFC 5782).
    #[serde(default)]
    pub lists: bool,
}

/// Who signed a message, as its DKIM-Signature says (RFC 6376 §3.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The signing domain (`d=`).
    pub domain: Name,
    /// The selector (`s=`), in lower case.
    pub selector: String,
}

impl DnsLook {
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// What DNS and the web say of a mail domain beyond single answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainObservation {
    /// The mode of the MTA-STS policy (RFC 8461 §3.2), if one is published and could be read.
    pub mta_sts: Option<MtaStsMode>,
    /// Every service that SRV records and autoconfig tell mail clients, in the order found.
    pub told: Vec<Told>,
    /// What a source says and nobody could follow, and what was cut to keep a limit: `source: problem`.
    pub broken_sources: Vec<String>,
}

/// One service that a source tells mail clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The kind of source: SRV or autoconfig.
    pub source: Source,
    /// Where it is told: `_imaps._tcp.example.org`, or the URL of a document.
    pub origin: String,
    /// The service.
    #[serde(with = "protocol_name")]
    pub protocol: Protocol,
    /// How clients shall come to TLS; `None` tells them to do without.
    pub security: Option<Security>,
    /// The host as written; `None` says that the service is not provided (RFC 6186 §3.4).
    pub host: Option<String>,
    /// The port.
    pub port: u16,
}

/// The mode of an MTA-STS policy (RFC 8461 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MtaStsMode {
    /// Senders must not deliver to hosts that fail.
    Enforce,
    /// Senders only report.
    Testing,
    /// The domain has no policy any more.
    None,
}
