//! How a text is searched: each place is looked at a bounded number of times.

use std::collections::HashMap;
use std::ops::Range;

/// The fixed wordings of a table, found by their first word.
pub(super) struct Phrases {
    by_first_word: HashMap<Vec<u8>, Vec<(&'static str, usize)>>,
}

impl Phrases {
    /// Takes wordings, each with the place of its row.
    pub(super) fn new(rows: impl IntoIterator<Item = (&'static str, usize)>) -> Self {
        let mut by_first_word: HashMap<Vec<u8>, Vec<(&'static str, usize)>> = HashMap::new();
        for (phrase, row) in rows {
            let first = phrase.split(|other: char| !other.is_ascii_alphanumeric()).next().unwrap_or_default();
            by_first_word.entry(first.to_ascii_lowercase().into_bytes()).or_default().push((phrase, row));
        }
        for same in by_first_word.values_mut() {
            same.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
        }
        Self { by_first_word }
    }

    /// Yields where wordings stand, the longest at each place and none within another; upper and lower case are
    /// the same, and a blank stands for blanks, an underscore or a hyphen.
    pub(super) fn find<'text>(
        &'text self,
        text: &'text str,
    ) -> impl Iterator<Item = (Range<usize>, usize)> + 'text {
        let bytes = text.as_bytes();
        let mut from = 0;
        words(bytes).filter_map(move |word| {
            if word.start < from {
                return None;
            }
            let mut lower = [0; LONGEST_WORD];
            let first = bytes.get(word.clone())?;
            let lower = lower.get_mut(..first.len())?;
            lower.copy_from_slice(first);
            lower.make_ascii_lowercase();
            let same = self.by_first_word.get(&*lower)?;
            let (end, row) = same
                .iter()
                .find_map(|(phrase, row)| Some((matches_at(bytes, word.start, phrase.as_bytes())?, *row)))?;
            from = end;
            Some((word.start..end, row))
        })
    }
}

/// Yields the runs of ASCII letters and digits.
pub(super) fn words(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    runs(bytes, u8::is_ascii_alphanumeric)
}

/// Yields the runs of ASCII letters, digits and underscores.
pub(super) fn identifiers(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let all = runs(text.as_bytes(), |byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    all.filter_map(move |at| Some((at.clone(), text.get(at)?)))
}

fn runs(bytes: &[u8], belongs: fn(&u8) -> bool) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + bytes.get(from..)?.iter().position(belongs)?;
        let length = bytes[start..].iter().position(|byte| !belongs(byte));
        let end = length.map_or(bytes.len(), |length| start + length);
        from = end;
        Some(start..end)
    })
}

/// Compares a phrase with what stands at a place and returns where it ends; it ends with a word.
fn matches_at(bytes: &[u8], start: usize, phrase: &[u8]) -> Option<usize> {
    let mut at = start;
    for wanted in phrase {
        let here = *bytes.get(at)?;
        if *wanted == b' ' {
            let blanks = bytes[at..].iter().take(MOST_BLANKS).take_while(|byte| is_blank(**byte)).count();
            if blanks == 0 {
                return None;
            }
            at += blanks;
        } else if here.eq_ignore_ascii_case(wanted) {
            at += 1;
        } else {
            return None;
        }
    }
    let in_word =
        phrase.last()?.is_ascii_alphanumeric() && bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
    (!in_word).then_some(at)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'_' | b'-')
}

/// The text around a place, cut at borders of characters: at most so many bytes before and after.
pub(super) fn around(text: &str, at: &Range<usize>, before: usize, after: usize) -> Range<usize> {
    text.ceil_char_boundary(at.start.saturating_sub(before))
        ..text.floor_char_boundary(at.end.saturating_add(after))
}

/// The part of the line before a place, at most so many bytes.
pub(super) fn line_before<'text>(text: &'text str, at: &Range<usize>, most: usize) -> &'text str {
    let part = text.get(around(text, at, most, 0).start..at.start).unwrap_or_default();
    part.rsplit('\n').next().unwrap_or_default()
}

/// The part of the line after a place, at most so many bytes.
pub(super) fn line_after<'text>(text: &'text str, at: &Range<usize>, most: usize) -> &'text str {
    let part = text.get(at.end..around(text, at, 0, most).end).unwrap_or_default();
    part.split('\n').next().unwrap_or_default()
}

/// Tells whether a text contains one of the words, whatever their case.
pub(super) fn mentions(text: &str, words: &[&str]) -> bool {
    let lower = text.to_ascii_lowercase();
    words.iter().any(|word| lower.contains(word))
}

/// Reads the decimal number that a text starts with, and how long it is; at most nine digits.
pub(super) fn number(text: &str) -> Option<(u64, usize)> {
    let length = text.bytes().take(10).take_while(u8::is_ascii_digit).count();
    let number = text.get(..length).filter(|digits| !digits.is_empty() && digits.len() < 10)?;
    Some((number.parse().ok()?, length))
}

/// No wording starts with a longer word.
const LONGEST_WORD: usize = 32;

/// A folded line is indented by a few blanks.
const MOST_BLANKS: usize = 16;
