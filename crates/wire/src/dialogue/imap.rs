//! IMAP: RFC 9051 and RFC 3501.

use super::lines::{lines, logical_line, split_line, starts_with_word, text};
use super::{Class, Dialogue, Fate, Flaw, Heard, Line, On, Place, Row, Spoken, Stage, Then, Told};

/// IMAP's framing and table.
pub(super) struct Imap;

impl Dialogue for Imap {
    fn keyword(&self) -> &'static str {
        "STARTTLS"
    }

    fn table(&self) -> &'static [Row] {
        TABLE
    }

    fn line(&self, place: &Place<'_>, buf: &[u8]) -> Line {
        let Some((text, len)) = split_line(buf) else {
            return Line::More;
        };
        let garbage = Line::Last(len, Class::Garbage(Flaw::NoStatus));
        if let Some(untagged) = text.strip_prefix(b"* ") {
            return match status(untagged) {
                Some(class) if place.at == Stage::Greeting => match class {
                    Class::Ok | Class::PreAuth | Class::Bye => Line::Last(len, class),
                    _ => Line::Last(len, Class::Garbage(Flaw::UnexpectedStatus)),
                },
                None if place.at == Stage::Greeting => garbage,
                Some(Class::Bye) if place.at != Stage::Quit => Line::Last(len, Class::Bye),
                // The free text of a status may look like a literal but never is one.
                Some(_) => Line::Inner(len),
                None => match logical_line(buf) {
                    None => Line::More,
                    Some(Ok(len)) => Line::Inner(len),
                    Some(Err(len)) => Line::Last(len, Class::Garbage(Flaw::Literal)),
                },
            };
        }
        let tag = place.tag.as_bytes();
        let tagged = text.get(..tag.len()).filter(|head| head.eq_ignore_ascii_case(tag));
        match (tagged, text.get(tag.len()..)) {
            (Some(_), Some([b' ', rest @ ..])) if place.at != Stage::Greeting => match status(rest) {
                Some(class @ (Class::Ok | Class::Negative | Class::Bad)) => Line::Last(len, class),
                Some(_) => Line::Last(len, Class::Garbage(Flaw::UnexpectedStatus)),
                None => garbage,
            },
            _ => garbage,
        }
    }

    fn capabilities(&self, _: Stage, reply: &[u8]) -> Option<Vec<String>> {
        let listed = |line| untagged_list(line).or_else(|| code_list(line));
        let list = lines(reply).filter_map(listed).last()?;
        Some(list.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).map(text).collect())
    }

    fn spoken(&self) -> Spoken {
        Spoken::Imap
    }

    fn injection(&self) -> &'static str {
        "{tag} NOOP\r\n"
    }

    /// Tags tell whose answer is whose.
    fn fate(&self, heard: &Heard<'_>) -> Option<Told> {
        let mut refused = None;
        for (line, len) in heard.lines() {
            if let Some(answer) = tagged(line, heard.injected) {
                match status(answer) {
                    Some(Class::Ok) => return Some(Told { len, fate: Fate::CarriedOut(text(line)) }),
                    answer => refused = answer.or(refused),
                }
            } else if tagged(line, heard.own).is_some() {
                return Some(Told { len, fate: refused.map_or(Fate::Dropped, Fate::Refused) });
            }
        }
        heard.at_end(Fate::Refused(refused?))
    }
}

/// What follows a tag.
fn tagged<'a>(line: &'a [u8], tag: &str) -> Option<&'a [u8]> {
    let (head, rest) = line.split_at_checked(tag.len())?;
    head.eq_ignore_ascii_case(tag.as_bytes()).then_some(rest)?.strip_prefix(b" ")
}

fn status(text: &[u8]) -> Option<Class> {
    let words = [
        ("OK", Class::Ok),
        ("NO", Class::Negative),
        ("BAD", Class::Bad),
        ("BYE", Class::Bye),
        ("PREAUTH", Class::PreAuth),
    ];
    words.into_iter().find(|(word, _)| starts_with_word(text, word)).map(|(_, class)| class)
}

/// The keywords of `* CAPABILITY …`.
fn untagged_list(line: &[u8]) -> Option<&[u8]> {
    let data = line.strip_prefix(b"* ")?;
    starts_with_word(data, "CAPABILITY").then(|| &data["CAPABILITY".len()..])
}

/// The keywords of the response code in `* OK [CAPABILITY …] text`, or the same with a tag.
fn code_list(line: &[u8]) -> Option<&[u8]> {
    let rest = &line[line.iter().position(|&byte| byte == b' ')? + 1..];
    status(rest)?;
    let code = &rest[rest.iter().position(|&byte| byte == b' ')? + 1..];
    let code = code.strip_prefix(b"[")?;
    let code = &code[..code.iter().position(|&byte| byte == b']')?];
    starts_with_word(code, "CAPABILITY").then(|| &code["CAPABILITY".len()..])
}

const CAPABILITY: &str = "{tag} CAPABILITY\r\n";
const STARTTLS: &str = "{tag} STARTTLS\r\n";
const LOGOUT: &str = "{tag} LOGOUT\r\n";

// A greeting's list that lacks STARTTLS may be a short one: the command decides.
static TABLE: &[Row] = &[
    Row { at: Stage::Greeting, on: On::Offers, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Greeting, on: On::Known, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Greeting, on: On::Ok, then: Then::Send(CAPABILITY, Stage::Capabilities) },
    Row { at: Stage::Greeting, on: On::PreAuth, then: Then::Send(CAPABILITY, Stage::Capabilities) },
    Row { at: Stage::Capabilities, on: On::Ok, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Capabilities, on: On::Refused, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::StartTls, on: On::Ok, then: Then::GoAhead },
    Row { at: Stage::StartTls, on: On::TooEarly, then: Then::Send(CAPABILITY, Stage::Capabilities) },
    Row { at: Stage::StartTls, on: On::Upgraded, then: Then::Send(CAPABILITY, Stage::AfterTls) },
    Row { at: Stage::StartTls, on: On::Injected, then: Then::Send(LOGOUT, Stage::AfterInjection) },
    Row { at: Stage::AfterTls, on: On::Ok, then: Then::Ready },
    Row { at: Stage::AfterTls, on: On::Refused, then: Then::Ready },
    Row { at: Stage::Quit, on: On::Leaving, then: Then::Send(LOGOUT, Stage::Quit) },
];
