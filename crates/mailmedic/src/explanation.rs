//! What a message or a log means: the answer of `explain`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::finding::Severity;

/// The word that opens a JSON explanation.
pub const SCHEMA: &str = "mailmedic.explanation/1";

/// What one message, or a group of lines of a log, means.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// The time of the first, as the log writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The time of the last, as the log writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The other side, as far as it is named: `mx.example.net:25`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The causes; the first is the answer. Empty where nothing was recognised.
    pub causes: Vec<Cause>,
    /// Lines that mere consequences of the first cause are on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consequences: Vec<String>,
    /// What was read and is not understood, in words.
    pub unrecognised: Vec<String>,
}

/// A cause.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    pub decided_by: String,
    /// What happened, one line.
    pub title: String,
    /// The facts: `cause` is the plain one of `not-tls`.
    pub evidence: BTreeMap<&'static str, Value>,
    /// What cures it.
    pub fixes: Vec<Cure>,
    /// The one command that shows whether it is so; none where no server can be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// A cure in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cure {
    /// The software; `any` for all.
    pub r#for: &'static str,
    /// What to do.
    pub text: String,
}

/// How sure a cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
