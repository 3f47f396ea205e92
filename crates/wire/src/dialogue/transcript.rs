//! What a dialogue leaves behind: every command and reply, and how it came out.

use std::fmt;

use super::{Class, End, Flaw, Protocol, Spoken, Stage};

/// A dialogue's record, growing while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The protocol that was spoken to the server.
    pub protocol: Protocol,
    /// What was said and answered, in order.
    pub exchanges: Vec<Exchange>,
    /// The capabilities as last announced: one for each line (SMTP, LMTP, POP3, ManageSieve without
    /// the quotes) or keyword (IMAP). `None` if the server never listed any.
    pub capabilities: Option<Vec<String>>,
    /// Bytes that came after the go-ahead for TLS. In clear text they are evidence of injection.
    /// When the server spoke TLS in place of text, the bytes of that.
    pub leftover: Vec<u8>,
    /// How it came out, so far.
    pub outcome: Outcome,
    /// Something was cut off at a limit.
    pub truncated: bool,
    /// A line ended with LF alone.
    pub bare_lf: bool,
    /// How the connection ended, if that was told.
    pub ended: Option<End>,
}

impl Record {
    /// The reply at a stage, if one came.
    pub fn reply(&self, at: Stage) -> Option<&Reply> {
        self.exchanges.iter().rev().find(|exchange| exchange.at == at)?.reply.as_ref()
    }

    /// Whether a capability of this name is announced, in any case; `None` if none were ever listed.
    pub fn announces(&self, keyword: &str) -> Option<bool> {
        let capabilities = self.capabilities.as_ref()?;
        Some(capabilities.iter().any(|line| {
            line.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case(keyword))
        }))
    }

    /// Whether the upgrade to TLS is announced; `None` if no capabilities were ever listed.
    pub fn announces_upgrade(&self) -> Option<bool> {
        self.announces(self.protocol.upgrade_keyword())
    }
}

/// One command and its reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Where in the dialogue.
    pub at: Stage,
    /// What was sent, line end included; `None` where the server speaks by itself.
    pub sent: Option<Vec<u8>>,
    /// What came back; `None` if nothing did.
    pub reply: Option<Reply>,
}

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its bytes with all line ends, at most [`MAX_REPLY`](super::MAX_REPLY) of them.
    pub bytes: Vec<u8>,
    /// What it means.
    pub class: Class,
}

/// How a dialogue came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not over.
    InProgress,
    /// The server agreed to TLS.
    GoAhead,
    /// The capabilities are known, or it is known that there are none.
    Ready,
    /// The server will not serve: a negative or BYE greeting, a refused hello, or 421 or BYE at any point.
    Rejected {
        /// Where.
        at: Stage,
        /// How.
        class: Class,
    },
    /// The capabilities lack the upgrade; or they could not be had, and the command, tried without
    /// announcement, was refused for good.
    NotOffered,
    /// The capabilities lack the upgrade, and something on the way has overwritten a line with X's.
    Stripped {
        /// The overwritten line.
        line: String,
    },
    /// The upgrade was refused: after its announcement, or for the moment (4xx).
    Refused {
        /// How.
        class: Class,
    },
    /// The server greeted with PREAUTH, which rules out an upgrade.
    PreAuthenticated,
    /// The server sent TLS records in place of text.
    SpeaksTls,
    /// The server speaks another protocol.
    SpeaksOther(Spoken),
    /// The server sent what is no valid reply.
    Invalid {
        /// Where.
        at: Stage,
        /// What is wrong with it.
        why: Flaw,
    },
    /// After [`Goal::Inject`](super::Goal::Inject): a command that was sent in clear text was answered inside TLS.
    CarriedOut {
        /// The answer; of a list, its lines.
        reply: String,
    },
    /// After [`Goal::Inject`](super::Goal::Inject): one positive reply came that may be the answer to the
    /// injected command or to the farewell.
    Unclear,
    /// The server did not reply in time, or did not finish its reply.
    Silent {
        /// Where.
        at: Stage,
    },
    /// The connection was closed in place of a reply.
    Closed {
        /// Where.
        at: Stage,
    },
    /// The connection was reset in place of a reply.
    Reset {
        /// Where.
        at: Stage,
    },
    /// [`Outcome::Ready`], or the caller wished to stop; the dialogue has ended by QUIT or LOGOUT.
    Quit,
}

impl Outcome {
    /// The outcome's name in kebab-case, without its details.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::InProgress => "in-progress",
            Outcome::GoAhead => "go-ahead",
            Outcome::Ready => "ready",
            Outcome::Rejected { .. } => "rejected",
            Outcome::NotOffered => "not-offered",
            Outcome::Stripped { .. } => "stripped",
            Outcome::Refused { .. } => "refused",
            Outcome::PreAuthenticated => "pre-authenticated",
            Outcome::SpeaksTls => "speaks-tls",
            Outcome::SpeaksOther(_) => "speaks-other",
            Outcome::Invalid { .. } => "invalid",
            Outcome::CarriedOut { .. } => "carried-out",
            Outcome::Unclear => "unclear",
            Outcome::Silent { .. } => "silent",
            Outcome::Closed { .. } => "closed",
            Outcome::Reset { .. } => "reset",
            Outcome::Quit => "quit",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Outcome::Rejected { at, class } => write!(f, "{name} at {at}: {class}"),
            Outcome::Refused { class } => write!(f, "{name}: {class}"),
            Outcome::Stripped { line } => write!(f, "{name}: {}", line.escape_debug()),
            Outcome::CarriedOut { reply } => write!(f, "{name}: {}", reply.escape_debug()),
            Outcome::SpeaksOther(spoken) => write!(f, "{name}: {spoken}"),
            Outcome::Invalid { at, why } => write!(f, "{name} at {at}: {why}"),
            Outcome::Silent { at } | Outcome::Closed { at } | Outcome::Reset { at } => {
                write!(f, "{name} at {at}")
            }
            _ => f.write_str(name),
        }
    }
}
