//! One row of the overview of a domain.

use super::{Answers, Missing};
use crate::name::Name;
use crate::observation::{DnsState, DnsType};

/// Whether records are there: three states, never two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// They are.
    Present,
    /// They are not, and that is certain.
    Absent,
    /// It could not be told; the reason completes "could not tell: …".
    Unknown(String),
}

/// One row: what a name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The word of the family: `spf`.
    pub family: &'static str,
    /// The name that was asked.
    pub name: Name,
    /// Whether there are records.
    pub presence: Presence,
    /// Whether DNSSEC vouches for that; none where nothing was asked of DNS.
    pub state: Option<DnsState>,
    /// The least time to live in seconds.
    pub ttl: Option<u32>,
    /// The records as published.
    pub values: Vec<String>,
    /// What they come to, in a few words: `p=reject, reports to dmarc@example.org`.
    pub summary: String,
    /// More lines, for those who want to know all: a tree, a list.
    pub details: Vec<String>,
}

impl Shown {
    /// Starts a row about the records of one type at a name; nothing where they were not asked for.
    pub fn of(answers: &Answers<'_>, family: &'static str, name: &Name, kind: DnsType) -> Option<Self> {
        let answer = answers.known(name, kind)?;
        let presence = match answers.records(name, kind) {
            Ok([]) => Presence::Absent,
            Ok(_) => Presence::Present,
            Err(Missing::Failed(why)) => Presence::Unknown(why),
            Err(Missing::Open) => return None,
        };
        Some(Self {
            family,
            name: name.clone(),
            presence,
            state: Some(answer.state),
            ttl: answer.evidence.ttl,
            values: Vec::new(),
            summary: String::new(),
            details: Vec::new(),
        })
    }

    /// Adds the records as published, and what they come to. Without a record that counts, they are absent.
    #[must_use]
    pub fn with(mut self, values: Vec<String>, summary: impl Into<String>) -> Self {
        if self.presence == Presence::Present && values.is_empty() {
            self.presence = Presence::Absent;
        }
        self.values = values;
        self.summary = summary.into();
        self
    }
}
