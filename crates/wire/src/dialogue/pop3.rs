//! POP3: RFC 1939, CAPA in RFC 2449, STLS in RFC 2595.

use super::lines::{lines, split_line, starts_with_word, text};
use super::{Class, Dialogue, Fate, Flaw, Heard, Line, On, Place, Row, Spoken, Stage, Then, Told};

/// POP3's framing and table.
pub(super) struct Pop3;

impl Dialogue for Pop3 {
    fn keyword(&self) -> &'static str {
        "STLS"
    }

    fn table(&self) -> &'static [Row] {
        TABLE
    }

    fn line(&self, place: &Place<'_>, buf: &[u8]) -> Line {
        let Some((text, len)) = split_line(buf) else {
            return Line::More;
        };
        if !place.first {
            return if text == b"." { Line::Last(len, Class::Ok) } else { Line::Inner(len) };
        }
        if starts_with_word(text, "-ERR") {
            Line::Last(len, Class::Negative)
        } else if !starts_with_word(text, "+OK") {
            Line::Last(len, Class::Garbage(Flaw::NoStatus))
        } else if matches!(place.at, Stage::Capabilities | Stage::AfterTls) {
            Line::Inner(len)
        } else {
            Line::Last(len, Class::Ok)
        }
    }

    fn capabilities(&self, at: Stage, reply: &[u8]) -> Option<Vec<String>> {
        if !matches!(at, Stage::Capabilities | Stage::AfterTls) {
            return None;
        }
        let listed = lines(reply).skip(1).take_while(|line| *line != b".");
        Some(listed.map(|line| text(line.strip_prefix(b".").unwrap_or(line))).collect())
    }

    fn spoken(&self) -> Spoken {
        Spoken::Pop3
    }

    fn injection(&self) -> &'static str {
        CAPA
    }

    /// The answer to CAPA is a list (RFC 2449 §5), and the answer to QUIT is a line.
    fn fate(&self, heard: &Heard<'_>) -> Option<Told> {
        let (mut answered, mut refused) = (false, false);
        let mut list: Option<Vec<String>> = None;
        for (line, len) in heard.lines() {
            if let Some(words) = &mut list {
                if line == b"." {
                    return Some(Told { len, fate: Fate::CarriedOut(words.join(" ")) });
                }
                words.push(text(line));
            } else if starts_with_word(line, "+OK") {
                answered = true;
            } else if starts_with_word(line, "-ERR") {
                refused = true;
            } else if answered {
                list = Some(vec![text(line)]);
            } else {
                return Some(Told { len, fate: Fate::Garbage(Flaw::NoStatus) });
            }
        }
        heard.at_end(match list {
            None if refused => Fate::Refused(Class::Negative),
            None if answered => Fate::Dropped,
            // A list without its end was cut short.
            _ => return None,
        })
    }
}

const CAPA: &str = "CAPA\r\n";
const STLS: &str = "STLS\r\n";
const QUIT: &str = "QUIT\r\n";

// A server older than CAPA may still know STLS, so clients try it.
static TABLE: &[Row] = &[
    Row { at: Stage::Greeting, on: On::Known, then: Then::Upgrade(STLS) },
    Row { at: Stage::Greeting, on: On::Ok, then: Then::Send(CAPA, Stage::Capabilities) },
    Row { at: Stage::Capabilities, on: On::Ok, then: Then::Upgrade(STLS) },
    Row { at: Stage::Capabilities, on: On::Refused, then: Then::Upgrade(STLS) },
    Row { at: Stage::StartTls, on: On::Ok, then: Then::GoAhead },
    Row { at: Stage::StartTls, on: On::TooEarly, then: Then::Send(CAPA, Stage::Capabilities) },
    Row { at: Stage::StartTls, on: On::Upgraded, then: Then::Send(CAPA, Stage::AfterTls) },
    Row { at: Stage::StartTls, on: On::Injected, then: Then::Send(QUIT, Stage::AfterInjection) },
    Row { at: Stage::AfterTls, on: On::Ok, then: Then::Ready },
    Row { at: Stage::AfterTls, on: On::Refused, then: Then::Ready },
    Row { at: Stage::Quit, on: On::Leaving, then: Then::Send(QUIT, Stage::Quit) },
];
