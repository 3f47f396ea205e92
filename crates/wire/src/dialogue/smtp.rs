//! SMTP and submission: RFC 5321, STARTTLS in RFC 3207.

use super::lines::{lines, split_line, text};
use super::{Class, Dialogue, Fate, Flaw, Heard, Line, On, Place, Row, Spoken, Stage, Then, Told};

/// SMTP's framing and table.
pub(super) struct Smtp;

impl Dialogue for Smtp {
    fn keyword(&self) -> &'static str {
        KEYWORD
    }

    fn table(&self) -> &'static [Row] {
        TABLE
    }

    fn line(&self, place: &Place<'_>, buf: &[u8]) -> Line {
        line(place, buf)
    }

    fn capabilities(&self, at: Stage, reply: &[u8]) -> Option<Vec<String>> {
        capabilities(at, reply)
    }

    fn spoken(&self) -> Spoken {
        Spoken::Smtp
    }

    fn injection(&self) -> &'static str {
        INJECTION
    }

    fn fate(&self, heard: &Heard<'_>) -> Option<Told> {
        fate(heard)
    }
}

/// Judges a line of the form `250-text` or `250 text` (RFC 5321 §4.2).
///
/// Where the lines of one reply differ in their code, the last decides, as it does for senders.
pub(super) fn line(place: &Place<'_>, buf: &[u8]) -> Line {
    let Some((text, len)) = split_line(buf) else {
        return Line::More;
    };
    match text {
        [h @ b'0'..=b'9', t @ b'0'..=b'9', u @ b'0'..=b'9', rest @ ..] => {
            let code = code([h, t, u]);
            match rest {
                [b'-', ..] => Line::Inner(len),
                // A second greeting, not the hello's reply: it says nothing of capabilities.
                [] | [b' ', ..] if code == 220 && place.first && place.at == Stage::Hello => {
                    Line::Last(len, Class::Garbage(Flaw::UnexpectedStatus))
                }
                [] | [b' ', ..] => Line::Last(len, class(code)),
                _ => Line::Last(len, Class::Garbage(Flaw::NoStatus)),
            }
        }
        _ => Line::Last(len, Class::Garbage(Flaw::NoStatus)),
    }
}

/// The lines of a positive reply to EHLO or LHLO, without the first, which holds the server's name.
pub(super) fn capabilities(at: Stage, reply: &[u8]) -> Option<Vec<String>> {
    matches!(at, Stage::Hello | Stage::AfterTls)
        .then(|| lines(reply).skip(1).filter_map(|line| line.get(4..)).map(text).collect())
}

/// NOOP is answered with 250 (RFC 5321 §4.3.2) and QUIT with 221. A server that greets again inside TLS says 220.
///
/// A 250 alone may come from a server that says so to QUIT; only another reply behind it shows that it was
/// one too many.
pub(super) fn fate(heard: &Heard<'_>) -> Option<Told> {
    let mut noop = None;
    let mut refused = None;
    for (line, len) in heard.lines() {
        let [h @ b'0'..=b'9', t @ b'0'..=b'9', u @ b'0'..=b'9', rest @ ..] = line else {
            return Some(Told { len, fate: Fate::Garbage(Flaw::NoStatus) });
        };
        if rest.first() == Some(&b'-') {
            continue;
        }
        if let Some(reply) = noop {
            return Some(Told { len, fate: Fate::CarriedOut(reply) });
        }
        match class(code([h, t, u])) {
            Class::Ok if [h, t, u] == [&b'2', &b'2', &b'1'] => {
                return Some(Told { len, fate: refused.map_or(Fate::Dropped, Fate::Refused) });
            }
            Class::Ok if [h, t, u] == [&b'2', &b'2', &b'0'] => {}
            Class::Ok => noop = Some(text(line)),
            Class::Garbage(flaw) => return Some(Told { len, fate: Fate::Garbage(flaw) }),
            class => refused = Some(class),
        }
    }
    heard.at_end(match (noop, refused) {
        (Some(_), _) => Fate::Unclear,
        (None, Some(class)) => Fate::Refused(class),
        (None, None) => return None,
    })
}

pub(super) const INJECTION: &str = "NOOP\r\n";
pub(super) const KEYWORD: &str = "STARTTLS";
pub(super) const STARTTLS: &str = "STARTTLS\r\n";
pub(super) const QUIT: &str = "QUIT\r\n";

/// The number that three digits spell.
fn code(digits: [&u8; 3]) -> u16 {
    digits.into_iter().fold(0, |sum, digit| sum * 10 + u16::from(digit.saturating_sub(b'0')))
}

fn class(code: u16) -> Class {
    match code {
        200..=299 => Class::Ok,
        400..=499 => Class::Temporary(code),
        500..=599 => Class::Permanent(code),
        _ => Class::Garbage(Flaw::UnexpectedStatus),
    }
}

const EHLO: &str = "EHLO {name}\r\n";
const HELO: &str = "HELO {name}\r\n";

static TABLE: &[Row] = &[
    Row { at: Stage::Greeting, on: On::Known, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Greeting, on: On::Ok, then: Then::Send(EHLO, Stage::Hello) },
    Row { at: Stage::Hello, on: On::Ok, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Hello, on: On::Refused, then: Then::Send(HELO, Stage::HelloOld) },
    Row { at: Stage::HelloOld, on: On::Ok, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::StartTls, on: On::Ok, then: Then::GoAhead },
    Row { at: Stage::StartTls, on: On::TooEarly, then: Then::Send(EHLO, Stage::Hello) },
    Row { at: Stage::StartTls, on: On::Upgraded, then: Then::Send(EHLO, Stage::AfterTls) },
    Row { at: Stage::StartTls, on: On::Injected, then: Then::Send(QUIT, Stage::AfterInjection) },
    Row { at: Stage::AfterTls, on: On::Ok, then: Then::Ready },
    Row { at: Stage::AfterTls, on: On::Refused, then: Then::Send(HELO, Stage::HelloOld) },
    Row { at: Stage::Quit, on: On::Leaving, then: Then::Send(QUIT, Stage::Quit) },
];
