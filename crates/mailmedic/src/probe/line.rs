//! A connection on its way to where a hello is due, and what is kept of it.

use mailmedic_wire::dialogue::Talk as Dialogue;
use tokio::time::Instant;

use super::Seen;
use super::tap::Tap;
use crate::endpoint::Security;
use crate::observation::{Ask, Connect, Session, Talk, TalkEnd};

/// A connection on which a hello is due.
pub struct Line {
    pub(super) stream: Tap,
    /// The dialogue to take up again inside TLS; none where TLS comes first.
    pub(super) resumed: Option<Dialogue>,
    pub(super) was_too_early: bool,
    pub(super) record: Record,
    pub(super) begun: Instant,
}

impl Line {
    /// Tells whether TLS was refused when it was asked for at once, and granted when asked for in due form.
    pub fn was_too_early(&self) -> bool {
        self.was_too_early
    }
}

/// A connection that did not come to where a hello is due.
#[derive(Clone, Debug)]
pub struct Failure(pub(super) Record);

/// What is kept of a connection before its hello.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) security: Security,
    pub(super) connect: Connect,
    pub(super) plain: Option<Talk>,
    pub(super) begun_ms: u64,
    pub(super) millis: u64,
}

impl Failure {
    /// Returns what is kept of it, as the answer to this question.
    pub fn seen(&self, ask: Ask) -> Seen {
        Seen { session: self.0.clone().session(ask), certificates: Vec::new() }
    }

    /// Tells whether it may have failed because TLS was asked for at once: after the greeting, and not for want of time or
    /// room on the server.
    pub fn may_be_too_early(&self) -> bool {
        self.0.plain.as_ref().is_some_and(|talk| {
            let says_later = matches!(talk.end, TalkEnd::Rejected { .. } | TalkEnd::Refused(400..500));
            !says_later && talk.lines.iter().any(|line| line.sent.is_some())
        })
    }
}

impl Record {
    /// Returns it as that of a whole connection, on which this was asked and no hello was sent yet.
    pub(super) fn session(self, ask: Ask) -> Session {
        Session {
            ask,
            security: self.security,
            connect: self.connect,
            plain: self.plain,
            tls: None,
            inside: None,
            offered: None,
            reaction: None,
            begun_ms: self.begun_ms,
            hello_ms: 0,
            hello_length: 0,
            millis: self.millis,
        }
    }
}
