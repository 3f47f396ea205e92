//! LMTP, RFC 2033: SMTP's replies after another hello, and no older one to fall back to.

use super::smtp::{self, INJECTION, KEYWORD, QUIT, STARTTLS};
use super::{Dialogue, Heard, Line, On, Place, Row, Spoken, Stage, Then, Told};

/// LMTP's table over SMTP's framing.
pub(super) struct Lmtp;

impl Dialogue for Lmtp {
    fn keyword(&self) -> &'static str {
        KEYWORD
    }

    fn table(&self) -> &'static [Row] {
        TABLE
    }

    fn line(&self, place: &Place<'_>, buf: &[u8]) -> Line {
        smtp::line(place, buf)
    }

    fn capabilities(&self, at: Stage, reply: &[u8]) -> Option<Vec<String>> {
        smtp::capabilities(at, reply)
    }

    fn spoken(&self) -> Spoken {
        Spoken::Smtp
    }

    fn injection(&self) -> &'static str {
        INJECTION
    }

    fn fate(&self, heard: &Heard<'_>) -> Option<Told> {
        smtp::fate(heard)
    }
}

const LHLO: &str = "LHLO {name}\r\n";

static TABLE: &[Row] = &[
    Row { at: Stage::Greeting, on: On::Ok, then: Then::Send(LHLO, Stage::Hello) },
    Row { at: Stage::Hello, on: On::Ok, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::StartTls, on: On::Ok, then: Then::GoAhead },
    Row { at: Stage::StartTls, on: On::Upgraded, then: Then::Send(LHLO, Stage::AfterTls) },
    Row { at: Stage::StartTls, on: On::Injected, then: Then::Send(QUIT, Stage::AfterInjection) },
    Row { at: Stage::AfterTls, on: On::Ok, then: Then::Ready },
    Row { at: Stage::Quit, on: On::Leaving, then: Then::Send(QUIT, Stage::Quit) },
];
