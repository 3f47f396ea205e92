//! What was seen, as plain data: versioned, serialisable, replayable.
//!
//! What a peer does wrong is data here, never an error. Nothing in here is a judgement.

mod answer;
mod ask;
mod dns;
mod facts;
mod fetch;
mod helo;
mod injection;
mod listing;
mod numbers;
mod padding;
mod session;
mod status;
mod suites;
mod tricks;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use answer::Answer;
pub use ask::{Ask, Depth, KeyType, LONE_SESSION_ID, Odd, SuiteClass, Trick};
pub use dns::{
    DnsAnswer, DnsData, DnsEvidence, DnsLook, DnsOutcome, DnsState, DnsType, DomainObservation, MtaStsMode,
    Signer, Told,
};
pub use facts::{Accepted, Served};
pub use fetch::{Fetch, FetchOutcome, FetchPurpose, Web};
pub use helo::Helo;
pub use injection::Injected;
pub use listing::{
    FIELDS, Listed, Listing, NumberSet, Proven, Refusal, SSL3, SignerKind, SuiteTraits, TLS12, TLS13,
    VERSIONS, broke_off, groups_at, has_brought, is_usual, rides, schemes_at, sends_rsa, suite_traits,
    suites_at,
};
pub use numbers::Numbers;
pub use padding::{Answered, PADDING_WAYS, Round};
pub use session::{
    Connect, DhGroup, Line, Offered, Reaction, ReactionEnd, SeenAlert, SeenRecord, SeenTicket, Session, Talk,
    TalkEnd, Tls, TlsEnd,
};
pub use status::{Status, StatusKind, StatusOrigin, StatusOutcome};
pub use suites::{is_broken, is_weak};
pub use tricks::{HEARTBEAT_CARRIED, HEARTBEAT_CLAIMED, ODD_LENGTHS, ROBOT_WAYS, Robot, RobotAnswer};

use crate::bytes::{Bytes, Fingerprint};
use crate::endpoint::{Endpoint, EndpointId};
use crate::name::{Host, Name};

/// The word that opens a saved observation.
pub const SCHEMA: &str = "mailmedic.observation/1";

/// All that one run saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of mailmedic that looked.
    pub version: String,
    /// When the run began: the clock of the rules unless `--now` says another.
    pub taken: Timestamp,
    /// How it looked.
    pub settings: Settings,
    /// One for each target, in the order given.
    pub targets: Vec<Examination>,
    /// Revocation lists and OCSP responses by their SHA-256, since many targets share them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub documents: BTreeMap<Fingerprint, Bytes>,
}

/// How a run looked, as far as rules and reports must know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// How much was asked.
    pub depth: Depth,
    /// The name that was given with EHLO.
    pub ehlo: String,
    /// Whether only mail ports and DNS were contacted.
    pub offline: bool,
    /// The limit of each wait in milliseconds.
    pub timeout_ms: u64,
    /// The words of the command line that decide which server is met and what is trusted there: what looks again
    /// must be given them, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<String>,
}

/// What kind of thing the user named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// A mail domain.
    Domain,
    /// A host on all mail ports.
    Host,
    /// One port.
    Endpoint,
    /// Certificates in files, judged as if a server sent them.
    File,
}

/// All that was seen of one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Examination {
    /// What the user typed.
    pub input: String,
    /// What kind of thing that is.
    pub kind: TargetKind,
    /// The domain, host name or address that it names; none for a Unix socket.
    pub host: Option<Host>,
    /// How much was asked of each endpoint.
    #[serde(default)]
    pub depth: Depth,
    /// What of the mail DNS was to be looked at.
    #[serde(default, skip_serializing_if = "DnsLook::is_usual")]
    pub look: DnsLook,
    /// Every DNS question with its answer, in the order asked.
    pub dns: Vec<DnsAnswer>,
    /// What DNS and the web say of a mail domain; none for hosts and endpoints.
    pub domain: Option<DomainObservation>,
    /// Documents fetched over HTTP.
    pub fetches: Vec<Fetch>,
    /// What was done to learn whether certificates are revoked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<Status>,
    /// The endpoints in the order of the report.
    pub endpoints: Vec<EndpointObservation>,
    /// Every certificate that was served or fetched, once.
    pub certificates: BTreeMap<Fingerprint, Bytes>,
    /// The roots that count beside or instead of Mozilla's.
    pub trust: Trust,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
    /// Wall time in milliseconds.
    pub millis: u64,
}

/// The roots that certificates were to be judged by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// Whether Mozilla's roots (and the system's) count: false under `--only-ca-file`.
    pub public: bool,
    /// Roots of `--ca-file`.
    pub given: Vec<Bytes>,
    /// Roots of the system's store that Mozilla's list lacks and that a served certificate names as issuer.
    pub system: Vec<Bytes>,
}

/// All that was seen of one endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointObservation {
    /// The place.
    pub endpoint: Endpoint,
    /// One for each connection, in the order begun; the first is the polite one.
    pub sessions: Vec<Session>,
    /// Questions that were not asked or not answered, with the reason.
    pub unasked: Vec<Unasked>,
    /// Set when the server limited us.
    pub throttled: Option<Throttled>,
    /// Connections that came to nothing, by a limit or because the server did not like the short way to TLS or an early end of our
    /// side: what was to be asked on them was asked again, or given up.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub spoilt: u32,
    /// The endpoint at the same place whose answers stand for this one's too: under this name the server
    /// showed the same certificates, so that nothing more was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<EndpointId>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl EndpointObservation {
    /// Starts with nothing seen.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            sessions: Vec::new(),
            unasked: Vec::new(),
            throttled: None,
            spoilt: 0,
            same_as: None,
        }
    }

    /// Returns the identifier of the endpoint.
    pub fn id(&self) -> EndpointId {
        self.endpoint.id()
    }
}

/// A question that was left open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unasked {
    /// The question.
    pub ask: Ask,
    /// Why, in words that complete "not asked: …".
    pub why: String,
}

/// A limit that the server set us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttled {
    /// Connections made to this address before the limit showed.
    pub after_connections: u32,
    /// What showed it: the reply line, or "closed before the greeting".
    pub evidence: String,
}

impl Examination {
    /// Returns the answer to a DNS question, if it was asked.
    pub fn dns(&self, name: &Name, kind: DnsType) -> Option<&DnsAnswer> {
        self.dns.iter().find(|answer| answer.name == *name && answer.kind == kind)
    }
}
