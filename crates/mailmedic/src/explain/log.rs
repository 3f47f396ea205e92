//! Reads logs: lines that belong together become one message, and messages with one cause and peer one group.

use std::collections::HashMap;

use super::{explain, know};
use crate::explanation::Explanation;

/// The longest line that is looked at, in bytes; the rest of a longer one is passed over.
pub const MOST_LINE: usize = 16 << 10;
/// The most lines that are kept of one process or message.
const MOST_LINES: usize = 24;
/// The most processes and messages that are kept open at a time.
const MOST_OPEN: usize = 1024;
/// The most groups that are told apart; later kinds are counted as not understood.
const MOST_GROUPS: usize = 4096;

/// Groups lines; feed it line by line.
#[derive(Default)]
pub struct Log {
    open: HashMap<Vec<u8>, Open>,
    groups: HashMap<(&'static str, String, String), Explanation>,
    lines: u64,
    told: u64,
    left: u64,
}

/// The lines of one process or message that tell something.
struct Open {
    lines: Vec<u8>,
    count: usize,
    since: u64,
    first: Option<String>,
}

/// What a log came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The groups, the worst first.
    pub groups: Vec<Explanation>,
    /// How many lines were read.
    pub lines: u64,
    /// How many of them tell of a fault, or of something that looks like one.
    pub told: u64,
    /// How many messages were left out because there were too many kinds.
    pub left: u64,
}

impl Log {
    /// Takes a line without its end.
    pub fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        let line = &line[..line.len().min(MOST_LINE)];
        if !know::may_tell(line) {
            return;
        }
        let lower = line.to_ascii_lowercase();
        if know::rows(&lower).is_empty() {
            return;
        }
        self.told += 1;
        let key = key(line);
        // A process that takes the next connection begins anew.
        let begins = memchr::memmem::find(line, b"]: connect from ").is_some();
        if begins || self.open.get(&key).is_some_and(|open| open.count >= MOST_LINES) {
            self.close(&key);
        }
        if self.open.len() >= MOST_OPEN {
            let oldest = self.open.iter().min_by_key(|(_, open)| open.since).map(|(key, _)| key.clone());
            if let Some(oldest) = oldest {
                self.close(&oldest);
            }
        }
        let since = self.lines;
        let open = self.open.entry(key.clone()).or_insert_with(|| Open {
            lines: Vec::new(),
            count: 0,
            since,
            first: time(line),
        });
        open.lines.extend_from_slice(line);
        open.lines.push(b'\n');
        open.count += 1;
        let ends = ["status=", "disconnect from", "session=<", "defer (", "Completed"];
        if key.is_empty() || ends.iter().any(|end| memchr::memmem::find(line, end.as_bytes()).is_some()) {
            self.close(&key);
        }
    }

    /// Ends the log.
    pub fn finish(mut self) -> Summary {
        let keys: Vec<Vec<u8>> = self.open.keys().cloned().collect();
        for key in keys {
            self.close(&key);
        }
        let mut groups: Vec<Explanation> = self.groups.into_values().collect();
        groups.sort_by(|one, other| {
            let rank = |group: &Explanation| {
                let quiet =
                    group.causes.first().is_none_or(|cause| matches!(cause.rule, "benign" | "not-tls"));
                (!quiet, group.causes.first().map(|cause| cause.severity), group.count)
            };
            rank(other).cmp(&rank(one)).then_with(|| one.peer.cmp(&other.peer))
        });
        Summary { groups, lines: self.lines, told: self.told, left: self.left }
    }

    /// Explains what is open under a key.
    fn close(&mut self, key: &[u8]) {
        let Some(open) = self.open.remove(key) else { return };
        let mut explanation = explain(&open.lines);
        let Some(cause) = explanation.causes.first() else { return };
        let plain = cause.evidence.get("cause").map(ToString::to_string).unwrap_or_default();
        let group = (cause.rule, plain, explanation.peer.clone().unwrap_or_default());
        if let Some(known) = self.groups.get_mut(&group) {
            known.count += 1;
            known.last = open.first.or_else(|| known.last.take());
        } else if self.groups.len() < MOST_GROUPS {
            explanation.last.clone_from(&open.first);
            explanation.first = open.first;
            self.groups.insert(group, explanation);
        } else {
            self.left += 1;
        }
    }
}

/// Returns what the lines of one connection share: `postfix/smtpd[123]`, or the id of an Exim message.
fn key(line: &[u8]) -> Vec<u8> {
    let head = &line[..line.len().min(160)];
    for word in head.split(|byte| *byte == b' ') {
        let word = word.strip_suffix(b":").unwrap_or(word);
        let process =
            word.ends_with(b"]") && word.contains(&b'[') && word.first().is_some_and(u8::is_ascii_alphabetic);
        // Exim: 1rAbCd-000abc-Xy, in new versions 1rAbCd-00000000abc-Xyz0.
        let parts: Vec<usize> = word.split(|byte| *byte == b'-').map(<[u8]>::len).collect();
        let message = matches!(parts[..], [6, 6, 2] | [6, 11, 4])
            && word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        if process || message {
            return word.to_vec();
        }
    }
    Vec::new()
}

/// Returns the time at the start of a line as it is written there.
fn time(line: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&line[..line.len().min(40)]).into_owned();
    let words: Vec<&str> = head.split_whitespace().collect();
    let is_clock = |word: &str| {
        word.len() >= 8 && word.as_bytes().get(2) == Some(&b':') && word.as_bytes()[0].is_ascii_digit()
    };
    let is_date = |word: &str| {
        word.len() >= 10 && word.as_bytes()[..4].iter().all(u8::is_ascii_digit) && word.as_bytes()[4] == b'-'
    };
    match words[..] {
        [date, ..] if is_date(date) && date.contains('T') => Some(date.to_owned()),
        [date, clock, ..] if is_date(date) && is_clock(clock) => Some(format!("{date} {clock}")),
        [month, day, clock, ..] if month.len() == 3 && is_clock(clock) => {
            Some(format!("{month} {day} {clock}"))
        }
        _ => None,
    }
}
