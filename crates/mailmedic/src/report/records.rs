//! What the mail records of a domain say, and the questions that this rests on.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observation::{DnsAnswer, DnsOutcome, DnsState, Examination, TargetKind};
use crate::records::{Answers, FAMILIES, Look, Presence};

/// What the records of one name say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RecordReport {
    /// The family: `spf`, `dmarc`, `mta-sts` …
    pub family: String,
    /// The name that bears the records.
    pub name: String,
    /// `present`, `absent` (which is certain) or `unknown`.
    pub state: String,
    /// Why it is unknown.
    pub why: Option<String>,
    /// `secure`, `insecure`, `bogus` or `indeterminate`; none where nothing was asked of DNS.
    pub dnssec: Option<String>,
    /// The least time to live in seconds.
    pub ttl: Option<u32>,
    /// The records as published.
    pub values: Vec<String>,
    /// What they come to, in a few words.
    pub summary: String,
    /// More lines, for those who want to know all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// One DNS question with what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuestionReport {
    /// The name.
    pub name: String,
    /// The type: `TXT`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `records`, `no-data` (the name exists), `no-name` (NXDOMAIN) or `failed`.
    pub answer: String,
    /// Why there is no answer.
    pub why: Option<String>,
    /// How many records there are.
    pub records: u32,
    /// `secure`, `insecure`, `bogus` or `indeterminate`.
    pub dnssec: String,
    /// The name server that was asked last.
    pub server: Option<String>,
    /// When the answer came.
    #[schemars(with = "Option<String>")]
    pub at: Option<Timestamp>,
    /// The least time to live in seconds.
    pub ttl: Option<u32>,
}

/// The word for a question without a usable answer.
pub(super) const FAILED: &str = "failed";

/// Reports what the mail records of a domain say.
pub(super) fn of(seen: &Examination) -> Vec<RecordReport> {
    let Some(look) = Look::of(seen) else { return Vec::new() };
    let answers = Answers::new(&seen.dns).with_fetches(&seen.fetches);
    let rows = FAMILIES.iter().flat_map(|family| (family.shows)(&answers, &look));
    rows.map(|row| {
        let (state, why) = match row.presence {
            Presence::Present => ("present", None),
            Presence::Absent => ("absent", None),
            Presence::Unknown(why) => ("unknown", Some(why)),
        };
        RecordReport {
            family: row.family.to_owned(),
            name: row.name.to_string(),
            state: state.to_owned(),
            why,
            dnssec: row.state.map(|state| word(state).to_owned()),
            ttl: row.ttl,
            values: row.values,
            summary: row.summary,
            details: row.details,
        }
    })
    .collect()
}

/// Reports the questions that were put about a domain.
pub(super) fn questions(seen: &Examination) -> Vec<QuestionReport> {
    if seen.kind != TargetKind::Domain {
        return Vec::new();
    }
    seen.dns.iter().map(question).collect()
}

fn question(answer: &DnsAnswer) -> QuestionReport {
    let (told, why) = match &answer.outcome {
        DnsOutcome::Found { .. } => ("records", None),
        DnsOutcome::NoData => ("no-data", None),
        DnsOutcome::NoName => ("no-name", None),
        DnsOutcome::Failed(why) => (FAILED, Some(why.clone())),
    };
    QuestionReport {
        name: answer.name.to_string(),
        kind: answer.kind.name().to_owned(),
        answer: told.to_owned(),
        why,
        records: u32::try_from(answer.records().len()).unwrap_or(u32::MAX),
        dnssec: word(answer.state).to_owned(),
        server: answer.evidence.server.map(|server| server.to_string()),
        at: answer.evidence.at,
        ttl: answer.evidence.ttl,
    }
}

fn word(state: DnsState) -> &'static str {
    match state {
        DnsState::Secure => "secure",
        DnsState::Insecure => "insecure",
        DnsState::Bogus => "bogus",
        DnsState::Indeterminate => "indeterminate",
    }
}
