//! ManageSieve: RFC 5804.

use super::lines::{literal, logical_line, split_line, starts_with_word, text};
use super::{Class, Dialogue, Flaw, Line, On, Place, Row, Spoken, Stage, Then};

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
        // A greeting without any is no list yet: the command will tell.
        (at != Stage::Greeting || !listed.is_empty()).then_some(listed)
    }

    fn spoken(&self) -> Spoken {
        Spoken::Sieve
    }
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

// The greeting is the capability list, and the server repeats it after TLS by itself (RFC 5804 §2.2).
static TABLE: &[Row] = &[
    Row { at: Stage::Greeting, on: On::Listed, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Greeting, on: On::Ok, then: Then::Send(CAPABILITY, Stage::Capabilities) },
    Row { at: Stage::Capabilities, on: On::Ok, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::Capabilities, on: On::Refused, then: Then::Upgrade(STARTTLS) },
    Row { at: Stage::StartTls, on: On::Ok, then: Then::GoAhead },
    Row { at: Stage::StartTls, on: On::Upgraded, then: Then::Hear(Stage::AfterTls) },
    Row { at: Stage::AfterTls, on: On::Ok, then: Then::Ready },
    Row { at: Stage::Quit, on: On::Leaving, then: Then::Send("LOGOUT\r\n", Stage::Quit) },
];
