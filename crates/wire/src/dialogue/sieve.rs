//! ManageSieve: RFC 5804.

use super::lines::{literal, logical_line, split_line, starts_with_word, text};
use super::{Class, Dialogue, Fate, Flaw, Heard, Line, On, Place, Row, Spoken, Stage, Then, Told};

/// ManageSieve's framing and table.
pub(super) struct Sieve;

impl Dialogue for Sieve {
    fn keyword(&self) -> &'static str {
        "STARTTLS"
    }

    fn table(&self) -> &'static [Row] {
        TABLE
    }

    fn line(&self, _: &Place<'_>, buf: &[u8]) -> Line {
        let Some((text, len)) = split_line(buf) else {
            return Line::More;
        };
        let class = status(text);
        if class.is_none() && !matches!(text, [b'"' | b'{', ..]) {
            return Line::Last(len, Class::Garbage(Flaw::NoStatus));
        }
        match (logical_line(buf), class) {
            (None, _) => Line::More,
            (Some(Err(len)), _) => Line::Last(len, Class::Garbage(Flaw::Literal)),
            (Some(Ok(len)), None) => Line::Inner(len),
            (Some(Ok(len)), Some(class)) => Line::Last(len, class),
        }
    }

    fn capabilities(&self, at: Stage, mut reply: &[u8]) -> Option<Vec<String>> {
        let mut listed = Vec::new();
        while let Some(Ok(len)) = logical_line(reply) {
            let (line, rest) = reply.split_at(len);
            if status(line).is_none() {
                listed.push(strings(line));
            }
            reply = rest;
        }
        // A greeting without any is no list yet: the command will tell. Nor is a farewell.
        let asked = !matches!(at, Stage::Greeting | Stage::AfterInjection);
        (asked || !listed.is_empty()).then_some(listed)
    }

    fn spoken(&self) -> Spoken {
        Spoken::Sieve
    }

    fn injection(&self) -> &'static str {
        "NOOP \"mailmedic\"\r\n"
    }

    /// The answer to NOOP repeats its string in the code TAG (RFC 5804 §2.13); the list of capabilities comes
    /// by itself, and LOGOUT is answered with OK or BYE.
    fn fate(&self, heard: &Heard<'_>) -> Option<Told> {
        let (mut answered, mut refused, mut listed) = (false, false, false);
        let mut len = 0;
        while let Some(Ok(line)) = logical_line(heard.bytes.get(len..)?) {
            let (line, _) = heard.bytes.get(len..)?.split_at_checked(line)?;
            len += line.len();
            match status(line) {
                Some(Class::Ok) if repeats(line) => {
                    return Some(Told { len, fate: Fate::CarriedOut(text(line)) });
                }
                Some(Class::Negative) => refused = true,
                Some(Class::Ok) if listed => {}
                Some(_) => answered = true,
                None if matches!(line, [b'"' | b'{', ..]) => {
                    listed = true;
                    continue;
                }
                None => return Some(Told { len, fate: Fate::Garbage(Flaw::NoStatus) }),
            }
            listed = false;
        }
        heard.at_end(match (refused, answered) {
            (true, _) => Fate::Refused(Class::Negative),
            (false, true) => Fate::Dropped,
            (false, false) => return None,
        })
    }
}

/// Whether a status repeats the string of the injected NOOP.
fn repeats(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    let code = line.split_once('(').and_then(|(_, code)| code.strip_prefix("tag"));
    code.is_some_and(|code| code.contains("mailmedic"))
}

fn status(text: &[u8]) -> Option<Class> {
    let words = [("OK", Class::Ok), ("NO", Class::Negative), ("BYE", Class::Bye)];
    words.into_iter().find(|(word, _)| starts_with_word(text, word)).map(|(_, class)| class)
}

/// The strings of a line, quoted or literal, joined by spaces; what is neither stays as it is.
fn strings(mut line: &[u8]) -> String {
    let mut words: Vec<String> = Vec::new();
    loop {
        line = line.trim_ascii_start();
        let Some(&first) = line.first() else { break };
        let (word, rest) = match first {
            b'"' => quoted(&line[1..]),
            b'{' => match split_line(line).map(|(head, len)| (literal(head), len)) {
                Some((Some(size), len)) if size <= line.len() - len => {
                    (text(&line[len..len + size]), &line[len + size..])
                }
                _ => (text(line), &line[line.len()..]),
            },
            _ => {
                let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
                (text(&line[..end]), &line[end..])
            }
        };
        if !word.is_empty() {
            words.push(word);
        }
        line = rest;
    }
    words.join(" ")
}

/// The content of a quoted string, from behind its opening quote, and what follows it.
fn quoted(rest: &[u8]) -> (String, &[u8]) {
    let mut content = Vec::new();
    let mut bytes = rest.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => return (text(&content), &rest[at + 1..]),
            b'\\' => content.extend(bytes.next().map(|(_, &escaped)| escaped)),
            _ => content.push(byte),
        }
    }
    (text(&content), &[])
}

const CAPABILITY: &str = "CAPABILITY\r\n";
const STARTTLS: &str = "STARTTLS\r\n";
const LOGOUT: &str = "LOGOUT\r\n";

// The greeting is the capability list, and the server repeats it after TLS by itself (RFC 5804 §2.2).
static TABLE: &[Row] = &[
    Row { at: Stage::Greeting, on: On::Listed, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Greeting, on: On::Ok, then: Then::Send(CAPABILITY, Stage::Capabilities) },
    Row { at: Stage::Capabilities, on: On::Ok, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Capabilities, on: On::Refused, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::StartTls, on: On::Ok, then: Then::GoAhead },
    Row { at: Stage::StartTls, on: On::Upgraded, then: Then::Hear(Stage::AfterTls) },
    Row { at: Stage::StartTls, on: On::Injected, then: Then::Send(LOGOUT, Stage::AfterInjection) },
    Row { at: Stage::AfterTls, on: On::Ok, then: Then::Ready },
    Row { at: Stage::Quit, on: On::Leaving, then: Then::Send(LOGOUT, Stage::Quit) },
];
