//! Finds rows and signs in a text: all their fixed words in one pass, and the rest of a pattern only around a hit.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::LazyLock;

use memchr::memmem;

use super::BOOKS;
use super::row::{Book, Row};
use super::sieve::Sieve;
use crate::explanation::Role;

/// Something that was found.
pub(in crate::explain) struct Hit<T> {
    /// What.
    pub(in crate::explain) what: T,
    /// Where, in bytes.
    pub(in crate::explain) at: Range<usize>,
}

/// A pattern, taken apart.
struct Pattern {
    /// The part that the first pass looks for.
    anchor: Vec<u8>,
    /// The parts before it, the nearest first, and those behind it. That something does not stand there is sooner known
    /// forwards.
    before: Vec<(memmem::Finder<'static>, memmem::FinderRev<'static>)>,
    behind: Vec<memmem::Finder<'static>>,
    /// Short words must be whole words.
    whole: bool,
}

/// Patterns, and what finds them.
struct Finder<T> {
    patterns: Vec<(Pattern, T)>,
    sieve: Sieve,
    /// The patterns of each word of the sieve.
    of_word: Vec<Vec<usize>>,
}

/// The most bytes that a star stands for, so that a long line of nothing but fixed words takes no longer.
const MOST_GAP: usize = 512;

/// A short pattern must be a whole word.
const SHORT: usize = 12;

static ROWS: LazyLock<Finder<(&'static Book, &'static Row)>> = LazyLock::new(|| {
    let rows = BOOKS.iter().flat_map(|book| book.rows.iter().map(move |row| (*book, row)));
    Finder::new(rows.map(|(book, row)| (row.pattern, row.pattern.len() <= SHORT, (book, row))))
});

static SIGNS: LazyLock<Finder<(usize, usize)>> = LazyLock::new(|| {
    let signs = BOOKS.iter().enumerate().flat_map(|(book, all)| {
        all.signs.iter().enumerate().map(move |(sign, (words, _))| (*words, false, (book, sign)))
    });
    Finder::new(signs)
});

/// Finds every row in a text that is in lower case.
pub(in crate::explain) fn rows(lower: &[u8]) -> Vec<Hit<(&'static Book, &'static Row)>> {
    ROWS.find(lower)
}

/// Tells which software printed a text in lower case, and what it was doing; `where` is told for none.
pub(in crate::explain) fn signs(lower: &[u8]) -> (Option<&'static Book>, Option<Role>) {
    let mut found: Vec<(usize, usize)> = SIGNS.find(lower).into_iter().map(|hit| hit.what).collect();
    found.sort_unstable();
    let named = found.iter().map(|(book, _)| BOOKS[*book]).find(|book| !book.software.is_empty());
    let role = |(book, sign): &(usize, usize)| BOOKS[*book].signs[*sign].1;
    let own = found.iter().filter(|(book, _)| named.is_some_and(|named| std::ptr::eq(BOOKS[*book], named)));
    (named, own.filter_map(role).next().or_else(|| found.iter().find_map(role)))
}

/// Tells whether a row makes a line of a log worth a look. Words of any software are too common to be looked for in each line: they
/// count where a word of the software that wrote the log stands beside them.
fn begins_in_a_log((book, row): (&Book, &Row)) -> bool {
    row.tells_in_a_log() && !super::is_general(book)
}

/// Returns the fixed words of which a text holds at least one if it holds a row that tells of a fault.
pub(in crate::explain) fn words_of_faults() -> impl Iterator<Item = &'static [u8]> {
    let tells = |index: &usize| begins_in_a_log(ROWS.patterns[*index].1);
    let of_faults = ROWS.of_word.iter().filter(move |of| of.iter().any(tells));
    of_faults.filter_map(|of| Some(ROWS.patterns[*of.first()?].0.anchor.as_slice()))
}

/// Tells whether a text in lower case holds a row that tells of a fault.
pub(in crate::explain) fn tells_of_fault(lower: &[u8]) -> bool {
    let holds = |index: &usize, start: usize| {
        let (pattern, found) = &ROWS.patterns[*index];
        let anchor = start..start + pattern.anchor.len();
        begins_in_a_log(*found) && pattern.around(lower, lower, anchor).is_some()
    };
    let told = ROWS.sieve.each(lower, 0, |word, start| {
        if ROWS.of_word[word].iter().any(|index| holds(index, start)) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    told.is_some()
}

impl<T: Copy> Finder<T> {
    fn new(of: impl Iterator<Item = (&'static str, bool, T)>) -> Self {
        let mut words: Vec<Vec<u8>> = Vec::new();
        let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut of_word: Vec<Vec<usize>> = Vec::new();
        let mut patterns = Vec::new();
        for (text, whole, what) in of {
            let lower = text.to_ascii_lowercase();
            let parts: Vec<&[u8]> =
                lower.split('*').filter(|part| !part.is_empty()).map(str::as_bytes).collect();
            let Some(at) = (0..parts.len()).max_by_key(|part| parts[*part].len()) else { continue };
            let anchor = parts[at].to_vec();
            let word = *known.entry(anchor.clone()).or_insert_with(|| {
                words.push(anchor.clone());
                of_word.push(Vec::new());
                words.len() - 1
            });
            of_word[word].push(patterns.len());
            let finder = |part: &&[u8]| memmem::Finder::new(part).into_owned();
            let before = parts[..at].iter().rev();
            let before = before.map(|part| (finder(part), memmem::FinderRev::new(part).into_owned()));
            let behind = parts[at + 1..].iter().map(finder);
            let pattern = Pattern { anchor, before: before.collect(), behind: behind.collect(), whole };
            patterns.push((pattern, what));
        }
        let sieve = Sieve::new(words.iter().map(Vec::as_slice));
        Self { patterns, sieve, of_word }
    }

    /// Finds each pattern at the first place that it holds, in the order of the table.
    fn find(&self, lower: &[u8]) -> Vec<Hit<T>> {
        // A line may be broken at any space.
        let flat: Cow<'_, [u8]> = match memchr::memchr(b'\n', lower) {
            None => lower.into(),
            Some(_) => lower.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect(),
        };
        let mut is_found = vec![0_u64; self.patterns.len().div_ceil(64)];
        let mut found: Vec<(usize, Range<usize>)> = Vec::new();
        self.sieve.each(&flat, 0, |word, start| {
            for &index in &self.of_word[word] {
                let pattern = &self.patterns[index].0;
                let (bits, bit) = (&mut is_found[index / 64], 1 << (index % 64));
                if *bits & bit == 0
                    && let Some(at) = pattern.around(lower, &flat, start..start + pattern.anchor.len())
                {
                    *bits |= bit;
                    found.push((index, at));
                }
            }
            ControlFlow::<()>::Continue(())
        });
        found.sort_unstable_by_key(|(index, _)| *index);
        found.into_iter().map(|(index, at)| Hit { what: self.patterns[index].1, at }).collect()
    }
}

impl Pattern {
    /// Returns where the pattern stands if its anchor stands here.
    fn around(&self, lower: &[u8], flat: &[u8], anchor: Range<usize>) -> Option<Range<usize>> {
        let mut start = anchor.start;
        for (part, last) in &self.before {
            let from = start.saturating_sub(MOST_GAP + part.needle().len());
            let line = memchr::memrchr(b'\n', &lower[from..start]).map_or(from, |at| from + at + 1);
            part.find(&flat[line..start])?;
            start = line + last.rfind(&flat[line..start])?;
        }
        let mut end = anchor.end;
        for part in &self.behind {
            let to = flat.len().min(end + MOST_GAP + part.needle().len());
            let line = memchr::memchr(b'\n', &lower[end..to]).map_or(to, |at| end + at);
            end += part.find(&flat[end..line])? + part.needle().len();
        }
        let joins = |one: Option<&u8>, other: Option<&u8>| match (one, other) {
            (Some(one), Some(other)) if one.is_ascii_digit() => other.is_ascii_digit(),
            (Some(one), Some(other)) => one.is_ascii_alphanumeric() && other.is_ascii_alphanumeric(),
            _ => false,
        };
        let before = start.checked_sub(1).and_then(|at| flat.get(at));
        let inside =
            self.whole && (joins(flat.get(start), before) || joins(flat.get(end - 1), flat.get(end)));
        (!inside).then_some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::{Finder, rows, tells_of_fault, words_of_faults};
    use crate::explain::know::{BOOKS, is_general};

    fn finds(pattern: &'static str, text: &str) -> bool {
        let finder = Finder::new([(pattern, pattern.len() <= super::SHORT, ())].into_iter());
        !finder.find(text.to_lowercase().as_bytes()).is_empty()
    }

    #[test]
    fn a_star_stays_within_a_line_and_a_space_does_not() {
        assert!(finds("connect to *: refused", "connect to mx[192.0.2.1]:25: Refused"));
        assert!(!finds("connect to *: refused", "connect to mx\nother: refused"));
        assert!(finds("command first", "a STARTTLS command\nfirst"));
    }

    #[test]
    fn short_words_are_whole_words() {
        assert!(finds("virus", "a virus."));
        assert!(!finds("virus", "the antivirus"));
        assert!(finds("7.320", "550 5.7.320 no"));
        assert!(!finds("7.320", "id 17.3201"));
    }

    #[test]
    fn words_of_any_software_make_no_line_of_a_log_worth_a_look() {
        let general = || BOOKS.iter().filter(|book| is_general(book)).flat_map(|book| book.rows);
        assert!(general().filter(|row| row.tells_in_a_log()).count() > 50, "they would");
        let looked_for: Vec<&[u8]> = words_of_faults().collect();
        // Unless a known software uses the same words.
        let own = BOOKS.iter().filter(|book| !is_general(book)).flat_map(|book| book.rows);
        let known = Finder::new(own.map(|row| (row.pattern, false, ())));
        for row in general().filter(|row| known.find(row.pattern.to_ascii_lowercase().as_bytes()).is_empty())
        {
            let text = row.pattern.replace('*', "x").to_ascii_lowercase();
            assert!(!looked_for.contains(&row.pattern.to_ascii_lowercase().as_bytes()), "{}", row.pattern);
            assert!(!tells_of_fault(text.as_bytes()), "{}", row.pattern);
        }
        assert!(tells_of_fault(b"ssl_connect error to x: lost connection"));
    }

    #[test]
    fn every_row_finds_its_own_words() {
        for row in BOOKS.iter().flat_map(|book| book.rows) {
            let text = row.pattern.replace('*', "x").to_ascii_lowercase();
            let found = rows(text.as_bytes());
            assert!(found.iter().any(|hit| std::ptr::eq(hit.what.1, row)), "{}", row.pattern);
        }
    }
}
