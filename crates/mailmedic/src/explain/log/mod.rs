//! Reads logs: lines that belong together become one message, and messages with one cause and peer one group.
//!
//! Hardly any line of a log tells of a fault. So whole blocks are looked through for the fixed words of all messages, and only
//! a line that holds some of them is looked at.

mod axis;
mod blocks;
mod clear;
mod groups;
mod hashed;
mod journal;
mod scanners;
mod talks;
mod threads;
mod time;

use std::ops::ControlFlow;
use std::sync::LazyLock;

use jiff::Timestamp;

pub use blocks::Lines;
pub use time::Clock;

use super::know::{self, Sieve};
use super::read::{json, lossy};
use crate::explanation::Explanation;
use clear::{Tells, Tracker};
use groups::Groups;
use talks::Talks;

/// The longest line that is looked at, in bytes; the rest of a longer one is passed over.
pub const MOST_LINE: usize = 16 << 10;

/// A message that journald writes as numbers, in which no words are found.
const BYTES: &[u8] = b"\"MESSAGE\":[";

/// The fixed words of a line that is looked at.
struct Words {
    sieve: Sieve,
    /// How many of them, from the first on, tell of a fault; the others are those of [`clear::WORDS`].
    of_faults: usize,
}

impl Words {
    /// What a word tells of TLS and deliveries, and how long it is; none where it tells of a fault.
    fn tells(&self, word: usize) -> Option<(Tells, usize)> {
        let (words, tells) = word.checked_sub(self.of_faults).and_then(|word| clear::WORDS.get(word))?;
        Some((*tells, words.len()))
    }
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let of_faults: Vec<&[u8]> = know::words_of_faults().chain([BYTES]).collect();
    let of_clear = clear::WORDS.iter().map(|(words, _)| *words);
    Words { sieve: Sieve::new(of_faults.iter().copied().chain(of_clear)), of_faults: of_faults.len() }
});

/// Groups what the lines of logs tell; memory is bounded.
pub struct Log {
    clock: Clock,
    talks: Talks,
    groups: Groups,
    clear: Tracker,
    lines: u64,
    told: u64,
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

/// Of a line that is too long the start is enough.
fn cut(line: &[u8]) -> &[u8] {
    &line[..line.len().min(MOST_LINE)]
}

impl Log {
    /// Starts with nothing.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            talks: Talks::default(),
            groups: Groups::default(),
            clear: Tracker::default(),
            lines: 0,
            told: 0,
        }
    }

    /// Says when the lines that follow were written at the latest: a file ends when it was changed last.
    pub fn until(&mut self, latest: Timestamp) {
        self.clock.latest = latest;
    }

    /// Takes whole lines; the last one may lack its end.
    fn block(&mut self, block: &[u8]) {
        let ends = memchr::memchr_iter(b'\n', block).count() as u64;
        self.lines += ends + u64::from(!block.ends_with(b"\n") && !block.is_empty());
        // The line at hand, and what was done with it.
        let mut line = 0..0;
        let (mut is_tracked, mut is_looked_at) = (false, false);
        WORDS.sieve.each(block, 0, |word, at| {
            if !line.contains(&at) {
                let start = memchr::memrchr(b'\n', &block[..at]).map_or(0, |end| end + 1);
                line = start..memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end);
                (is_tracked, is_looked_at) = (false, false);
                if block[start] == b'{' {
                    self.wrapped(cut(&block[line.clone()]));
                    (is_tracked, is_looked_at) = (true, true);
                }
            }
            match WORDS.tells(word) {
                Some((tells, length)) if !is_tracked => {
                    is_tracked = true;
                    self.tracked(cut(&block[line.clone()]), tells, at + length - line.start, None);
                }
                None if !is_looked_at => {
                    is_looked_at = true;
                    self.fault(cut(&block[line.clone()]), None);
                }
                _ => {}
            }
            ControlFlow::<()>::Continue(())
        });
    }

    /// Looks at a line that may be an entry of a journal in JSON.
    fn wrapped(&mut self, line: &[u8]) {
        match json::entry(&lossy(line)) {
            Some(entry) => self.bare(entry.text.trim_end().as_bytes(), entry.time),
            None => self.bare(line, None),
        }
    }

    /// Looks at a line that is wrapped in nothing, and of which nothing is known yet.
    fn bare(&mut self, line: &[u8], time: Option<Timestamp>) {
        let tells = WORDS.sieve.each(line, 0, |word, at| match WORDS.tells(word) {
            Some((tells, length)) => ControlFlow::Break((tells, at + length)),
            None => ControlFlow::Continue(()),
        });
        if let Some((tells, behind)) = tells {
            self.tracked(line, tells, behind, time);
        }
        self.fault(line, time);
    }

    fn tracked(&mut self, line: &[u8], tells: Tells, behind: usize, time: Option<Timestamp>) {
        if let Some(seen) = self.clear.line(line, tells, behind) {
            self.told += 1;
            let time = self.time(line, time);
            self.groups.in_clear(&seen, line, time);
        }
    }

    fn fault(&mut self, line: &[u8], time: Option<Timestamp>) {
        let lower = line.to_ascii_lowercase();
        if know::tells_of_fault(&lower) {
            self.told += 1;
            let time = self.time(line, time);
            let mut over = Vec::new();
            self.talks.line(line, &lower, time, &mut over);
            over.iter().for_each(|talk| self.groups.talk(talk));
        }
    }

    /// Returns when a line was written, to the second: as what wraps it says, or as it says itself.
    fn time(&self, line: &[u8], known: Option<Timestamp>) -> Option<Timestamp> {
        let time = known.or_else(|| self.clock.read(line))?;
        Timestamp::from_second(time.as_second()).ok()
    }

    /// Ends what is open: nothing more is to come for the connections and messages so far.
    pub fn settle(&mut self) {
        for talk in self.talks.end() {
            self.groups.talk(&talk);
        }
    }

    /// Returns what is new since the last call: each group when it begins, and each time it has grown tenfold.
    pub fn news(&mut self) -> Vec<Explanation> {
        self.groups.news()
    }

    /// Ends the log.
    pub fn finish(mut self) -> Summary {
        self.settle();
        Summary { groups: self.groups.all(), lines: self.lines, told: self.told, left: self.groups.left }
    }
}
