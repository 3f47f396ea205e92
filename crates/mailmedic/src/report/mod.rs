//! The report: what was found, in the shape that people, scripts and monitors are told.
//!
//! One file is one format. A report is built once from what the rules said; formats only print it.

mod build;
pub mod certificates;
pub mod client;
mod compliance;
pub mod explanation;
pub mod json;
mod names;
pub mod policy;
mod records;
pub mod rule;
pub mod schema;
pub mod text;
pub mod trust;
mod verdict;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use build::{Part, report, target};
pub use names::{ClientNameReport, NameCuresReport, ToldReport};
pub use records::{QuestionReport, RecordReport};

use crate::finding::{Fix, Severity};

/// The word that opens a JSON report.
pub const SCHEMA: &str = "mailmedic.report/1";

/// A whole report (`mailmedic.report/1`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// `mailmedic.report/1`.
    pub schema: String,
    /// The version of mailmedic.
    pub version: String,
    /// The clock of the rules, RFC 3339 in UTC.
    #[schemars(with = "String")]
    pub now: Timestamp,
    /// One for each target, in the order given.
    pub targets: Vec<TargetReport>,
    /// How many findings there are.
    pub summary: Summary,
}

/// What was found on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetReport {
    /// What the user typed.
    pub input: String,
    /// `domain`, `host`, `endpoint` or `file`.
    pub kind: String,
    /// The answer in one sentence.
    pub verdict: String,
    /// The grade of its worst endpoint, `A+` to `F`; none where no TLS was examined.
    pub grade: Option<String>,
    /// The rules that decide the grade; empty for an A+.
    #[serde(default)]
    pub grade_because: Vec<String>,
    /// How it fares under the policy that was chosen; none under the default, whose demands are the rules.
    pub policy: Option<PolicyReport>,
    /// Whether the run was stopped before its end.
    pub interrupted: bool,
    /// Connections made in all.
    pub connections: u32,
    /// Wall time in milliseconds.
    pub millis: u64,
    /// The certificates of a file, in its order; of other targets they stand at each endpoint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateReport>,
    /// Verdicts on a file by kind of peer; on other targets they stand at each endpoint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<PeerVerdict>,
    /// What the mail records of a domain say, in the order of the overview; empty for other targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<RecordReport>,
    /// Every DNS question about a domain, in the order put; empty for other targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<QuestionReport>,
    /// Every name that mail clients may use for a domain; empty for other targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_names: Vec<ClientNameReport>,
    /// The endpoints, in the order examined; of a file the one that it is judged for.
    pub endpoints: Vec<EndpointReport>,
    /// The findings, worst first.
    pub findings: Vec<FindingReport>,
    /// What could not be told.
    pub unknown: Vec<UnknownReport>,
}

impl TargetReport {
    /// Returns whether some DNS question was answered.
    pub fn has_answers(&self) -> bool {
        self.questions.iter().any(|question| question.answer != records::FAILED)
    }

    /// Returns whether nothing answers at an endpoint and that is no fault: nobody announced it.
    pub fn is_vacant(&self, endpoint: &EndpointReport) -> bool {
        !endpoint.reached
            && !self.findings.iter().any(|finding| finding.endpoints.contains(&endpoint.id))
            && self.endpoints.iter().any(|other| other.reached)
    }

    /// Returns whether a question is open only where nothing answers, and nothing has to.
    pub fn is_moot(&self, open: &UnknownReport) -> bool {
        let vacant = |id: &String| {
            self.endpoints.iter().any(|endpoint| endpoint.id == *id && self.is_vacant(endpoint))
        };
        !open.endpoints.is_empty() && open.endpoints.iter().all(vacant)
    }
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointReport {
    /// `mx1.example.org:25/smtp+starttls@192.0.2.1`.
    pub id: String,
    /// The name in A-labels, or the address.
    pub host: String,
    /// The address or socket path that was connected to.
    pub address: String,
    /// The port.
    pub port: u16,
    /// `smtp`, `submission`, `lmtp`, `imap`, `pop3` or `sieve`.
    pub protocol: String,
    /// `starttls` or `implicit`: the mode that the port should speak.
    pub security: String,
    /// The mode that it really speaks; none if TLS was not reached.
    pub speaks: Option<String>,
    /// `mx`, `submission` or `access`.
    pub role: String,
    /// What led to it: `named`, `mx`, `implicit-mx`, `srv`, `autoconfig`, `autodiscover`, `pacc`,
    /// `profile`, `guess`.
    pub sources: Vec<String>,
    /// Whether a TCP connection came about.
    pub reached: bool,
    /// Connections made.
    pub connections: u32,
    /// The server software, if it shows itself: `Postfix`, `Dovecot 2.3`.
    pub software: Option<String>,
    /// The word for that software in `fixes[].for`: `postfix`.
    pub product: Option<String>,
    /// `ok`, or the worst severity of the findings here: `note`, `warning`, `error`; `unknown` where it could not
    /// be examined.
    pub state: String,
    /// The grade of its TLS under the policy `mail`, `A+` to `F`; none where TLS was not examined.
    pub grade: Option<String>,
    /// The rules that decide the grade; empty for an A+.
    #[serde(default)]
    pub grade_because: Vec<String>,
    /// What it announces before TLS and inside.
    pub capabilities: CapabilitiesReport,
    /// What it speaks.
    pub tls: TlsReport,
    /// The certificates of the chain that a good client gets, leaf first.
    pub certificates: Vec<CertificateReport>,
    /// What each kind of peer that connects here makes of it, in the order of `mailmedic client`; empty for sockets.
    pub verdicts: Vec<PeerVerdict>,
}

/// How a target fares under a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyReport {
    /// The word for `--policy`.
    pub name: String,
    /// What it is called, with its edition.
    pub title: String,
    /// The edition that is judged by.
    pub edition: String,
    /// Requirements that every endpoint meets.
    pub met: u32,
    /// Requirements that some endpoint does not meet.
    pub unmet: u32,
    /// Requirements of which it could not be told everywhere.
    pub unknown: u32,
    /// Requirements for which there is nothing to look at.
    pub not_applicable: u32,
    /// All requirements, in the order of the policy.
    pub requirements: Vec<RequirementReport>,
}

/// What came of one requirement of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementReport {
    /// The section of the policy.
    pub section: String,
    /// What it asks.
    pub requirement: String,
    /// `must` or `should`.
    pub level: String,
    /// `met`, `unmet`, `unknown` or `not-applicable`: the worst of all endpoints.
    pub outcome: String,
}

/// What an endpoint announces before TLS and inside, and where the two differ.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CapabilitiesReport {
    /// The capabilities in clear text; none where none were told, or TLS comes first.
    pub before_tls: Option<Vec<String>>,
    /// The capabilities inside TLS; none where none were told.
    pub inside_tls: Option<Vec<String>>,
    /// Those told only in clear text; empty where either list is missing.
    pub only_before_tls: Vec<String>,
    /// Those told only inside TLS; empty where either list is missing.
    pub only_inside_tls: Vec<String>,
}

/// The TLS of an endpoint, as far as it was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TlsReport {
    /// Versions that were seen, oldest first: `TLSv1.2`.
    pub versions: Vec<String>,
    /// Suites that were seen.
    pub ciphers: Vec<CipherReport>,
    /// Groups that were seen: `x25519`.
    pub groups: Vec<String>,
    /// Whether the server imposes its order; none if it was not asked or cannot be told.
    pub server_order: Option<bool>,
    /// Signature schemes that were seen: `rsa_pss_rsae_sha256`.
    #[serde(default)]
    pub signature_schemes: Vec<String>,
    /// The full listing; none below `--depth list`.
    #[serde(default)]
    pub enumeration: Option<EnumerationReport>,
}

/// How a full listing went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EnumerationReport {
    /// Connections that it took, with the first look.
    pub connections: u32,
    /// The fewest connections in which these lists can be proven.
    pub lower_bound: u32,
    /// Whether versions and suites are all told.
    pub suites_complete: bool,
    /// Whether groups are all told.
    pub groups_complete: bool,
    /// Whether signature schemes are all told.
    pub signature_schemes_complete: bool,
    /// Suites that the server chose though no handshake with them comes to its end: they are not among `ciphers`.
    #[serde(default)]
    pub unusable: Vec<CipherReport>,
}

/// A cipher suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CipherReport {
    /// `TLSv1.2`.
    pub version: String,
    /// The name in IANA's registry.
    pub name: String,
    /// The name in OpenSSL; none for a suite that it never had.
    #[serde(default)]
    pub openssl: Option<String>,
    /// `strong`, `weak` or `broken`.
    pub strength: String,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateReport {
    /// The SHA-256 fingerprint in lower-case hex.
    pub sha256: String,
    /// The subject.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// The start of the validity.
    #[schemars(with = "Option<String>")]
    pub not_before: Option<Timestamp>,
    /// The end of the validity.
    #[schemars(with = "Option<String>")]
    pub not_after: Option<Timestamp>,
    /// The names in the Subject Alternative Name, DNS names and addresses.
    pub names: Vec<String>,
    /// The key: `RSA 2048`, `EC secp256r1`.
    pub key: String,
}

/// What one kind of peer makes of an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeerVerdict {
    /// The peer: `thunderbird`.
    pub peer: Cow<'static, str>,
    /// What people call it, in short.
    #[serde(default)]
    pub name: Cow<'static, str>,
    /// `accept`, `warn` (it asks a person, who may go on), `reject` or `unknown`.
    pub verdict: Cow<'static, str>,
    /// The rules that decide it; with `accept`, what the peer goes on in spite of.
    pub because: Vec<Cow<'static, str>>,
    /// The same in words, or why it could not be told.
    #[serde(default)]
    pub why: Option<String>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingReport {
    /// The rule.
    pub rule: String,
    /// How bad it is, where it is worst.
    pub severity: Severity,
    /// The endpoints that show it.
    pub endpoints: Vec<String>,
    /// Those of them on which it is less bad. Their `state` says so too.
    #[serde(skip)]
    pub milder: BTreeMap<String, Severity>,
    /// One line.
    pub title: String,
    /// What happened, since when, and why.
    pub cause: String,
    /// Whom it hurts.
    pub hurts: Option<String>,
    /// The facts that it rests on.
    pub evidence: BTreeMap<String, serde_json::Value>,
    /// The cures, the one for the software that is there first.
    pub fixes: Vec<Fix>,
    /// Commands that show whether it is cured.
    pub verify: Vec<String>,
    /// The full chain that should be served, where that is the cure and all of it is known.
    pub chain: Option<ChainReport>,
    /// Sources.
    pub references: Vec<String>,
}

impl FindingReport {
    /// Returns how bad it is on an endpoint that shows it.
    pub(in crate::report) fn severity_at(&self, endpoint: &str) -> Severity {
        self.milder.get(endpoint).copied().unwrap_or(self.severity)
    }
}

/// A full chain to install.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChainReport {
    /// A name for the file: `mx.example.org.fullchain.pem`.
    pub file: String,
    /// Leaf and intermediates in PEM, without the root.
    pub pem: String,
}

/// A question that stayed open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnknownReport {
    /// The rule.
    pub rule: Cow<'static, str>,
    /// Why, in words that complete "could not tell: …".
    pub why: String,
    /// Where; empty where it belongs to the target as a whole.
    pub endpoints: Vec<String>,
}

/// How many findings there are by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Errors.
    pub error: u32,
    /// Warnings.
    pub warning: u32,
    /// Notes.
    pub note: u32,
}

impl Summary {
    /// Returns how many findings are as bad as `severity` or worse.
    pub fn at_least(&self, severity: Severity) -> u32 {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.error + self.warning,
            Severity::Note => self.error + self.warning + self.note,
        }
    }
}
