//! Puts lines of one connection or message together, as far as they tell something.

use std::hash::{BuildHasher as _, RandomState};
use std::ops::ControlFlow;
use std::sync::LazyLock;

use jiff::Timestamp;
use memchr::memmem::Finder;

use super::super::know::Sieve;
use super::super::peer::Peer;
use super::super::read::lossy;
use super::hashed::Hashed;
use super::threads::Thread;

/// The most lines that are kept of one.
const MOST_LINES: usize = 24;
/// The most bytes that are kept of one.
const MOST_BYTES: usize = 16 << 10;
/// The most that are open at a time; then those end that had no line for longest.
const MOST_OPEN: usize = 512;
/// Lines further apart than this do not belong together, in seconds.
const MOST_APART: i64 = 300;

/// What the last line of a connection or message holds; only more of the same message may follow, and a goodbye.
const ENDS: [&[u8]; 9] = [
    b"status=",
    b"stat=",
    b"lost connection after",
    GOODBYE,
    b"session=<",
    b" defer (",
    b" == ",
    b" ** ",
    b" => ",
];
const GOODBYE: &[u8] = b"disconnect from";

static SAYS_GOODBYE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(GOODBYE));
static ENDING: LazyLock<Sieve> = LazyLock::new(|| Sieve::new(ENDS.into_iter()));

/// The lines of one connection or message that tell something.
pub(super) struct Talk {
    /// The lines, each with its end.
    pub(super) text: Vec<u8>,
    /// When the first was written.
    pub(super) first: Option<Timestamp>,
    /// When the last was written.
    pub(super) last: Option<Timestamp>,
    lines: usize,
    /// The hash of the message or session.
    id: Option<u64>,
    peer: Option<String>,
    has_ended: bool,
    /// The number of the last line in the log.
    touched: u64,
}

/// All that are open.
#[derive(Default)]
pub(super) struct Talks {
    random: RandomState,
    open: Hashed<Talk>,
    lines: u64,
}

impl Talks {
    /// Takes a line; `lower` is the same in lower case. Those that are over with it are added to `over`.
    pub(super) fn line(&mut self, line: &[u8], lower: &[u8], time: Option<Timestamp>, over: &mut Vec<Talk>) {
        self.lines += 1;
        let thread = Thread::of(line);
        let id = thread.id.map(|id| self.random.hash_one(id));
        let peer = Peer::find(&lossy(line), lower).map(|peer| peer.host);
        let key = self.random.hash_one(thread.key);
        let belongs = |talk: &Talk| talk.takes(line, id, peer.as_deref(), time);
        if thread.key.is_empty() || !self.open.get(&key).is_some_and(belongs) {
            over.extend(self.open.remove(&key));
        }
        if self.open.len() >= MOST_OPEN && !self.open.contains_key(&key) {
            self.end_older_half(over);
        }
        let talk = self.open.entry(key).or_insert_with(|| Talk {
            text: Vec::new(),
            first: time,
            last: None,
            lines: 0,
            id: None,
            peer: None,
            has_ended: false,
            touched: 0,
        });
        let room = MOST_BYTES.saturating_sub(talk.text.len() + 1);
        talk.text.extend_from_slice(&line[..line.len().min(room)]);
        talk.text.push(b'\n');
        talk.lines += 1;
        talk.touched = self.lines;
        talk.first = talk.first.or(time);
        talk.last = time.or(talk.last);
        talk.id = talk.id.or(id);
        talk.peer = talk.peer.take().or(peer);
        talk.has_ended = talk.has_ended || ENDING.each(line, 0, |_, _| ControlFlow::Break(())).is_some();
        if thread.key.is_empty() {
            over.extend(self.open.remove(&key));
        }
    }

    /// Ends all, the oldest first.
    pub(super) fn end(&mut self) -> Vec<Talk> {
        let mut all: Vec<Talk> = std::mem::take(&mut self.open).into_values().collect();
        all.sort_unstable_by_key(|talk| talk.touched);
        all
    }

    fn end_older_half(&mut self, over: &mut Vec<Talk>) {
        let mut all: Vec<(u64, u64)> = self.open.iter().map(|(key, talk)| (talk.touched, *key)).collect();
        all.sort_unstable();
        all.truncate(all.len().div_ceil(2));
        over.extend(all.iter().filter_map(|(_, key)| self.open.remove(key)));
    }
}

impl Talk {
    /// Tells whether a line of the same process belongs here.
    fn takes(&self, line: &[u8], id: Option<u64>, peer: Option<&str>, time: Option<Timestamp>) -> bool {
        let differ = self.peer.as_deref().zip(peer).is_some_and(|(one, other)| one != other);
        let apart = self
            .last
            .zip(time)
            .is_some_and(|(last, time)| (time.as_second() - last.as_second()).abs() > MOST_APART);
        let same_message = self.id.zip(id).map(|(one, other)| one == other);
        let goes_on = !self.has_ended || same_message == Some(true) || SAYS_GOODBYE.find(line).is_some();
        !differ && !apart && same_message != Some(false) && goes_on && self.lines < MOST_LINES
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, MOST_OPEN, Talks};

    fn talks(lines: &[&str]) -> Vec<usize> {
        let (mut talks, mut over) = (Talks::default(), Vec::new());
        for line in lines {
            talks.line(line.as_bytes(), line.to_lowercase().as_bytes(), None, &mut over);
        }
        over.extend(talks.end());
        over.iter().map(|talk| talk.text.iter().filter(|byte| **byte == b'\n').count()).collect()
    }

    #[test]
    fn lines_of_one_connection_stay_together() {
        let error = "mx postfix/smtpd[7]: SSL_accept error from a.example.net[192.0.2.1]: -1";
        let library = "mx postfix/smtpd[7]: warning: TLS library problem: error:x";
        let lost = "mx postfix/smtpd[7]: lost connection after STARTTLS from a.example.net[192.0.2.1]";
        let bye = "mx postfix/smtpd[7]: disconnect from a.example.net[192.0.2.1] ehlo=1 starttls=0/1";
        let other = |line: &str| line.replace("[7]", "[8]").replace("a.example", "b.example");
        assert_eq!(talks(&[error, library, lost, bye, error, library, lost, bye]), [4, 4]);
        assert_eq!(
            talks(&[error, &other(error), library, &other(library), lost, &other(bye)]),
            [3, 3],
            "two processes at a time"
        );
        assert_eq!(talks(&[error, &error.replace("a.example", "c.example")]), [1, 1]);
    }

    #[test]
    fn recipients_of_one_message_are_one() {
        let error = "mx postfix/smtp[7]: SSL_connect error to a.example.net[192.0.2.1]:25: -1";
        let first =
            "mx postfix/smtp[7]: 4Q1ABCDE: to=<a@b>, relay=a.example.net[192.0.2.1]:25, status=deferred (x)";
        let second = first.replace("to=<a@", "to=<c@");
        let message = first.replace("4Q1ABCDE", "4Q2ABCDE");
        assert_eq!(talks(&[error, first, &second, &message]), [3, 1]);
        let exim = "1rAbCd-000001-Ef TLS session: (SSL_connect): x: H=a.example.net [192.0.2.1]";
        let defer = "1rAbCd-000001-Ef == a@b R=r T=t defer (-37) H=a.example.net [192.0.2.1]: x";
        assert_eq!(talks(&[exim, &exim.replace("1rAbCd", "1rAbCe"), defer]), [1, 2]);
    }

    #[test]
    fn lines_that_say_nothing_of_others_stand_alone() {
        let line = "TLS error on connection from x.example.net [192.0.2.1] (SSL_accept): y";
        assert_eq!(talks(&[line, line]), [1, 1]);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut talks, mut over) = (Talks::default(), Vec::new());
        for number in 0..3 * MOST_OPEN {
            let line = format!("mx postfix/smtpd[{number}]: x");
            talks.line(line.as_bytes(), line.as_bytes(), None, &mut over);
            assert!(talks.open.len() <= MOST_OPEN);
        }
        over.clear();
        let long = [b"mx postfix/smtpd[1]: ".to_vec(), vec![b'x'; MOST_BYTES]].concat();
        (0..9).for_each(|_| talks.line(&long, &long, None, &mut over));
        assert!(talks.end().iter().all(|talk| talk.text.len() <= MOST_BYTES + 24));
    }
}
