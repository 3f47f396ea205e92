//! What a message or a log means: the answer of `explain`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::finding::{Fix, Severity};

/// The word that opens a JSON explanation.
pub const SCHEMA: &str = "mailmedic.explanation/1";

/// What one message, or a group of messages of a log, means (`mailmedic.explanation/1`).
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// `mailmedic.explanation/1`.
    pub schema: &'static str,
    /// The software that printed it, in the form of `fixes[].for`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software: Option<&'static str>,
    /// What the side that printed it was doing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How many times it was met.
    pub count: u64,
    /// The time of the first, RFC 3339 in UTC; only of logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub first: Option<Timestamp>,
    /// The time of the last, RFC 3339 in UTC; only of logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub last: Option<Timestamp>,
    /// How many there were over time; only of logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histogram: Option<Histogram>,
    /// The other side, as far as it is named: `mx.example.net:25`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The other sides of a group that takes many together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peers: Option<Peers>,
    /// Whether the other sides look like internet scanners, whose failures are no fault of anybody's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[serde(default)]
    pub scanner: bool,
    /// The causes; the first is the answer. Empty where nothing was recognised.
    pub causes: Vec<Cause>,
    /// Lines that mere consequences of the first cause are on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[serde(default)]
    pub consequences: Vec<String>,
    /// What was read and is not understood, in words.
    pub unrecognised: Vec<String>,
    /// The peer as a target of `mailmedic check`, where it is a server: `smtp://mx.example.net:25`, or `--host` and a name.
    #[serde(skip)]
    pub target: Option<String>,
    /// What the peer showed when it was examined just now; only where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
}

/// How many messages there were over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Histogram {
    /// When the first bar begins, RFC 3339 in UTC.
    #[schemars(with = "String")]
    pub start: Timestamp,
    /// How many seconds each bar is long.
    pub seconds: u64,
    /// How many messages fall into each bar; all groups of a log have the same bars.
    pub counts: Vec<u64>,
}

/// The other sides of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Peers {
    /// How many there are.
    pub count: u64,
    /// Whether there are more than could be told apart.
    pub more: bool,
    /// Those that were met most.
    pub most: Vec<PeerCount>,
}

/// One of the other sides of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PeerCount {
    /// Its name, or its address.
    pub peer: String,
    /// How many times it was met.
    pub count: u64,
}

/// What an examination of the peer showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checked {
    /// What was examined: `smtp://mx.example.net:25`.
    pub target: String,
    /// When, RFC 3339 in UTC.
    #[schemars(with = "String")]
    pub time: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The rules of the findings that it rests on.
    pub because: Vec<String>,
    /// It in a sentence.
    pub text: String,
}

/// What became of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is there: it lasts.
    StillThere,
    /// Nothing of the kind is to be seen: it has passed, or it shows only from where the message came.
    Gone,
    /// Something else is wrong.
    Another,
    /// It could not be told.
    Unknown,
}

/// A cause.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Cause {
    /// The rule; `not-tls` and `benign` for what is no TLS fault.
    pub rule: &'static str,
    /// How sure that is.
    pub certainty: Certainty,
    /// Where the fault is, seen from who has the text before them.
    pub at: At,
    /// Whether it passes by itself; none where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transient: Option<bool>,
    /// How bad it is.
    pub severity: Severity,
    /// The line of the input that decided; empty for a cause that no line names.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[serde(default)]
    pub decided_by: String,
    /// What happened, one line.
    pub title: String,
    /// The facts: `cause` is the plain one of `not-tls`.
    pub evidence: BTreeMap<&'static str, Value>,
    /// What cures it, in the shape of a report's.
    pub fixes: Vec<Fix>,
    /// The one command that shows whether it is so; none where no server can be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// The text allows it.
    Possible,
    /// The text points to it.
    Likely,
    /// The text says it.
    Certain,
}

/// Where a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// With who has the text before them: their machine, software or domain.
    ThisSide,
    /// At the other end.
    Peer,
    /// Between.
    Network,
    /// The text cannot tell.
    Unknown,
}

/// What the side that printed a message was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Sending by SMTP.
    SmtpClient,
    /// Receiving by SMTP.
    SmtpServer,
    /// Serving IMAP or POP3.
    ImapServer,
    /// Reading mail by IMAP or POP3.
    ImapClient,
    /// A mail program that people use.
    Mua,
    /// Telling a sender of what was not delivered.
    Bounce,
    /// Watching, testing or renewing.
    Monitoring,
}

impl Certainty {
    /// Returns the word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}
