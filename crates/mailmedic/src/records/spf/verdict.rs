//! What an evaluation is given and what it comes to, as data.

use std::net::IpAddr;

use super::record::Qualifier;

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// The address that connects; IPv4 written as IPv6 is IPv4 (§5).
    pub ip: IpAddr,
    /// The address of MAIL FROM; empty is the null sender of bounces.
    pub sender: &'a str,
    /// What the client says after HELO or EHLO.
    pub helo: &'a str,
    /// The name of the host that evaluates, for explanations.
    pub receiver: &'a str,
    /// The time of the evaluation in seconds since 1970, for explanations.
    pub seconds: i64,
}

/// What a receiver is willing to look up (§4.6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Terms that need DNS.
    pub lookups: usize,
    /// Questions that are answered with nothing. The RFC speaks of terms; receivers count questions.
    pub voids: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { lookups: 10, voids: 2 }
    }
}

/// A result (§2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the words of the RFC")]
pub enum Outcome {
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,
    TempError,
    PermError,
}

impl Outcome {
    /// Returns the word of the RFC.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Neutral => "neutral",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::SoftFail => "softfail",
            Self::TempError => "temperror",
            Self::PermError => "permerror",
        }
    }
}

impl From<Qualifier> for Outcome {
    fn from(qualifier: Qualifier) -> Self {
        match qualifier {
            Qualifier::Pass => Self::Pass,
            Qualifier::Neutral => Self::Neutral,
            Qualifier::SoftFail => Self::SoftFail,
            Qualifier::Fail => Self::Fail,
        }
    }
}

/// A result with what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The result.
    pub outcome: Outcome,
    /// The term that matched, and the domain in whose record it stands; through includes, the innermost.
    pub matched: Option<(String, String)>,
    /// Why there is no match to tell of.
    pub why: Option<String>,
    /// What the domain says to a refused sender (§6.2).
    pub explanation: Option<String>,
    /// Terms that needed DNS.
    pub lookups: usize,
    /// Questions that were answered with nothing.
    pub voids: usize,
}
