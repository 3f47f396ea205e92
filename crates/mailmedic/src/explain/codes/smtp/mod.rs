//! SMTP replies (RFC 5321 section 4.2), enhanced status codes (RFC 3463, RFC 5248, RFC 7504, RFC 7505, RFC 8689)
//! and what large providers say with them.
//!
//! The code alone seldom tells: the words behind it are asked first.

mod status;
mod words;

use std::ops::Range;

use super::Certainty::Likely;
use super::Whose::{self, Unknown};
use super::{Code, CodeKind, MOST, Means, scan};
use status::STATUSES;

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    let mut replies = replies(text);
    replies.truncate(MOST);
    let starts: Vec<usize> = replies.iter().skip(1).map(|reply| reply.at.start).chain([text.len()]).collect();
    for (reply, next) in replies.into_iter().zip(starts) {
        let end = scan::around(text, &reply.at, 0, MOST_BYTES).end.min(next);
        let rest = text.get(reply.at.end..end.max(reply.at.end)).unwrap_or_default();
        let by_words = words::find(rest);
        let by_status = reply.status.and_then(|status| {
            let any_class = |known: u64| known % 1_000_000 == status % 1_000_000 && known < 1_000_000;
            STATUSES.iter().find(|(known, ..)| *known == status || any_class(*known))
        });
        let told = by_words.or_else(|| by_status.map(|(_, name, means)| (*name, *means)));
        let told = told.map(|told| reply.seen(text, told));
        let number = reply.status.or(reply.code);
        match (told, reply.code, reply.is_certain) {
            (Some((name, means)), ..) => {
                found.push(Code { at: reply.at, kind: CodeKind::Smtp, name, number, means });
            }
            (None, Some(_), true) => {
                let name = if reply.is_lasting { "refused" } else { "deferred" };
                found.push(Code { at: reply.at, kind: CodeKind::Smtp, name, number, means: None });
            }
            _ => {}
        }
    }
}

/// A reply in a text: a code, an enhanced code, or both.
struct Reply {
    at: Range<usize>,
    code: Option<u64>,
    status: Option<u64>,
    is_lasting: bool,
    /// Both codes, or one behind a word that announces it.
    is_certain: bool,
}

impl Reply {
    /// Turns what a reply says by its code and by who said it.
    fn seen(&self, text: &str, (name, means): Told) -> Told {
        // A command that is not known differs from one that fails just now.
        if name == "tls-not-available" && matches!(self.code, Some(500 | 502 | 503)) {
            return ("starttls-not-supported", super::means("starttls-missing", Unknown, Likely));
        }
        // Postfix's transcripts mark what the server itself said.
        let is_own = scan::line_before(text, &self.at, 16).trim_end().ends_with("Out:");
        let turned = |whose| match whose {
            Whose::Peer => Whose::ThisSide,
            Whose::ThisSide => Whose::Peer,
            other => other,
        };
        (name, means.map(|means| if is_own { Means { whose: turned(means.whose), ..means } } else { means }))
    }
}

fn replies(text: &str) -> Vec<Reply> {
    let mut replies: Vec<Reply> = Vec::new();
    for word in scan::words(text.as_bytes()) {
        if replies.len() > MOST {
            break;
        }
        if replies.last().is_some_and(|last| word.start < last.at.end) {
            continue;
        }
        replies.extend(code(text, &word).or_else(|| bare_status(text, &word)));
    }
    replies
}

/// Reads three digits, and the enhanced code behind them.
fn code(text: &str, word: &Range<usize>) -> Option<Reply> {
    let digits = text.get(word.clone()).filter(|word| word.len() == 3 && word.starts_with(['4', '5']))?;
    let code: u64 = digits.parse().ok().filter(|code| (400..=599).contains(code))?;
    let bytes = text.as_bytes();
    let before = word.start.checked_sub(1).map(|at| bytes[at]);
    let after = *bytes.get(word.end)?;
    if !matches!(after, b' ' | b'-' | b'\t' | b'\n' | b'\r')
        || matches!(before, Some(b'.' | b'=' | b'_' | b'/' | b'-'))
    {
        return None;
    }
    let status_at = word.end + 1..text.len();
    let status = status(text.get(status_at)?).filter(|(status, _)| status / 1_000_000 == code / 100);
    let end = status.map_or(word.end, |(_, length)| word.end + 1 + length);
    Some(Reply {
        at: word.start..end,
        code: Some(code),
        status: status.map(|(status, _)| status),
        is_lasting: code >= 500,
        is_certain: status.is_some() || starts_reply(text, word.start),
    })
}

/// Reads an enhanced code that stands alone. A version number has the same form: those follow a name.
fn bare_status(text: &str, word: &Range<usize>) -> Option<Reply> {
    let (number, length) = status(text.get(word.start..)?)?;
    let bytes = text.as_bytes();
    let joined = word.start.checked_sub(1).is_some_and(|at| matches!(bytes[at], b'.' | b'/' | b'-' | b'_'));
    if joined || !starts_reply(text, word.start) {
        return None;
    }
    let at = word.start..word.start + length;
    Some(Reply { at, code: None, status: Some(number), is_lasting: number >= 5_000_000, is_certain: false })
}

/// Tells whether a reply may start here: the text, a line, a quotation, or behind a mark; not behind a word.
fn starts_reply(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end_matches([' ', '\t']);
    let last = before.bytes().next_back();
    last.is_none_or(|last| !last.is_ascii_alphanumeric() && last != b',' && last != b'/')
        || ["said", "smtp", "response", "returned", "reply", "error"].iter().any(|word| {
            before.len() >= word.len()
                && before.as_bytes()[before.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
        })
}

/// Reads `class.subject.detail` as one number; also returns its length.
fn status(text: &str) -> Option<(u64, usize)> {
    let bytes = text.as_bytes();
    let class = u64::from(*bytes.first().filter(|class| matches!(class, b'4' | b'5'))? - b'0');
    let (subject, subject_length) = part(text.get(1..)?)?;
    let detail_at = 1 + subject_length;
    let (detail, detail_length) = part(text.get(detail_at..)?)?;
    let end = detail_at + detail_length;
    let goes_on = match bytes.get(end) {
        Some(b'.') => bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
        Some(next) => next.is_ascii_alphanumeric() || matches!(next, b'_' | b'/'),
        None => false,
    };
    // RFC 3463 section 3 has the subjects 0 to 7.
    (!goes_on && subject <= 7).then_some((class * 1_000_000 + subject * 1_000 + detail, end))
}

/// Reads a point and at most three digits.
fn part(text: &str) -> Option<(u64, usize)> {
    let digits = text.strip_prefix('.')?;
    let (number, length) = scan::number(&digits[..digits.floor_char_boundary(4)])?;
    (length <= 3).then_some((number, length + 1))
}

/// How far behind a code the words are its own.
const MOST_BYTES: usize = 320;

/// A name for what happened and its meaning.
type Told = (&'static str, Option<Means>);
