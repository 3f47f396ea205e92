//! Whether a certificate is revoked, by whom that is told, and why it may be unknown.

use std::fmt;

use jiff::Timestamp;

use super::ServedChain;
use crate::bytes::Fingerprint;
use crate::words;

/// All that is known of one certificate's revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// What follows from the answers.
    pub standing: Standing,
    /// Every answer, those of the server's staples first.
    pub answers: Vec<StatusAnswer>,
}

/// Whether a certificate is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not, says at least one that may say so, and none contradicts.
    Good {
        /// The end of the first answer to end; none where an answer names none.
        until: Option<Timestamp>,
    },
    /// It is.
    Revoked {
        /// Since when.
        at: Option<Timestamp>,
        /// Why (RFC 5280 §5.3.1), in its words.
        reason: Option<&'static str>,
        /// Whether another answer that may be believed as well says that it is not.
        disputed: bool,
    },
    /// Nobody told; the reason in words.
    Unknown(String),
    /// Its issuer tells no status: it names neither a list nor a responder. Certificates of a few days have none.
    NotOffered,
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusAnswer {
    /// Who says it.
    pub source: Source,
    /// What it says.
    pub says: Says,
}

/// Where an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The server, as a stapled OCSP response (RFC 6066 §8).
    Staple,
    /// The issuer's OCSP responder at this URL (RFC 6960).
    Ocsp(String),
    /// The issuer's list at this URL (RFC 5280 §5).
    Crl(String),
    /// A list that the user gave.
    File,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Staple => f.write_str("the stapled OCSP response"),
            Self::Ocsp(url) => write!(f, "the OCSP responder {}", words::escape(url, MOST_CHARACTERS)),
            Self::Crl(url) => write!(f, "the revocation list {}", words::escape(url, MOST_CHARACTERS)),
            Self::File => f.write_str("the revocation list of --crl-file"),
        }
    }
}

/// What a source says of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is not revoked.
    Good {
        /// Until when that holds.
        until: Option<Timestamp>,
    },
    /// It is revoked.
    Revoked {
        /// Since when.
        at: Option<Timestamp>,
        /// The code of the reason (RFC 5280 §5.3.1).
        reason: Option<u8>,
    },
    /// The source could not be reached; the reason completes "could not be fetched: …".
    Unreachable(String),
    /// There is an answer, and nobody may believe it.
    Flawed(Flaw),
    /// There is an answer that tells nothing of this certificate, or more than can be read here; why.
    CannotTell(String),
}

/// Why an answer must not be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It cannot be read.
    Malformed,
    /// The responder does not answer: its word for it (RFC 6960 §4.2.1).
    Refused(&'static str),
    /// It is about another certificate.
    OtherCertificate,
    /// It is another issuer's.
    OtherIssuer,
    /// The signature is wrong.
    SignatureWrong,
    /// Whoever signed it may not do so; why.
    Unauthorised(String),
    /// It holds from then on only.
    NotYetValid(Timestamp),
    /// It held until then.
    Expired(Timestamp),
    /// The responder does not know the certificate.
    UnknownCertificate,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("it cannot be read"),
            Self::Refused(word) => write!(f, "it says \"{word}\""),
            Self::OtherCertificate => f.write_str("it is about another certificate"),
            Self::OtherIssuer => f.write_str("it is from another issuer"),
            Self::SignatureWrong => f.write_str("its signature is wrong"),
            Self::Unauthorised(why) => write!(f, "whoever signed it may not: {why}"),
            Self::NotYetValid(start) => write!(f, "it begins only on {}", words::time(*start)),
            Self::Expired(end) => write!(f, "it ended on {}", words::time(*end)),
            Self::UnknownCertificate => f.write_str("it says that it does not know the certificate"),
        }
    }
}

impl Revocation {
    /// Draws what follows from the answers; `offered` tells whether the certificate names a source at all, and
    /// `unasked` why a source that is not among the answers was not asked.
    pub fn new(answers: Vec<StatusAnswer>, offered: bool, unasked: &str) -> Self {
        let is_good = |answer: &StatusAnswer| matches!(answer.says, Says::Good { .. });
        let revoked = answers.iter().find_map(|answer| match answer.says {
            Says::Revoked { at, reason } => Some((at, reason)),
            _ => None,
        });
        let standing = match revoked {
            Some((at, reason)) => Standing::Revoked {
                at,
                reason: reason.and_then(reason_word),
                disputed: answers.iter().any(is_good),
            },
            None if answers.iter().any(is_good) => Standing::Good { until: earliest(&answers) },
            None => match answers.iter().map(why).next() {
                Some(why) => Standing::Unknown(why),
                None if offered => Standing::Unknown(unasked.to_owned()),
                None => Standing::NotOffered,
            },
        };
        Self { standing, answers }
    }
}

impl ServedChain {
    /// Returns the certificates whose revocation matters: those of the full chain, or as served where that is
    /// not known.
    pub fn links(&self) -> &[Fingerprint] {
        self.complete.as_deref().unwrap_or(&self.served)
    }
}

fn why(answer: &StatusAnswer) -> String {
    let source = &answer.source;
    match &answer.says {
        Says::Unreachable(why) => {
            format!("{source} could not be fetched: {}", words::escape(why, MOST_CHARACTERS))
        }
        Says::Flawed(flaw) => format!("{source} is of no use: {flaw}"),
        Says::CannotTell(why) => format!("{source} does not tell: {why}"),
        Says::Good { .. } | Says::Revoked { .. } => format!("{source} tells"),
    }
}

fn earliest(answers: &[StatusAnswer]) -> Option<Timestamp> {
    let ends = answers.iter().filter_map(|answer| match answer.says {
        Says::Good { until } => Some(until),
        _ => None,
    });
    ends.min_by_key(|until| until.unwrap_or(Timestamp::MAX)).flatten()
}

/// Returns the word of a reason (RFC 5280 §5.3.1); none for "unspecified".
fn reason_word(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return None,
    })
}

const MOST_CHARACTERS: usize = 200;

#[cfg(test)]
mod tests {
    use super::{Flaw, Revocation, Says, Source, Standing, StatusAnswer};

    fn drawn(says: &[Says], offered: bool) -> Standing {
        let answers = says.iter().map(|says| StatusAnswer { source: Source::Staple, says: says.clone() });
        Revocation::new(answers.collect(), offered, "it was not asked").standing
    }

    #[test]
    fn one_that_says_revoked_outweighs_all_others() {
        let revoked = Says::Revoked { at: None, reason: Some(1) };
        let good = Says::Good { until: None };
        let standing = |disputed| Standing::Revoked { at: None, reason: Some("keyCompromise"), disputed };
        assert_eq!(drawn(&[good.clone(), revoked.clone()], true), standing(true));
        assert_eq!(drawn(&[revoked, Says::Flawed(Flaw::Malformed)], true), standing(false));
        assert_eq!(drawn(&[Says::Unreachable("x".into()), good], true), Standing::Good { until: None });
    }

    #[test]
    fn nothing_told_is_unknown_and_nothing_offered_is_normal() {
        assert_eq!(drawn(&[], false), Standing::NotOffered);
        assert_eq!(drawn(&[], true), Standing::Unknown("it was not asked".into()));
        let why = "the stapled OCSP response could not be fetched: no answer\\x1b".to_owned();
        assert_eq!(drawn(&[Says::Unreachable("no answer\x1b".into())], true), Standing::Unknown(why));
    }
}
