//! Finds many fixed words in one pass over large texts, several times as fast as an automaton that reads each byte.
//!
//! Each word is looked for by four of its bytes, those that ordinary logs have least, and only at every second place of the
//! text. Such a place costs one look into a table of bits that fits the processor's caches; only where the bit is set is a
//! second one looked at, then four more bytes, and only then are words compared.

mod common;

use std::ops::ControlFlow;

use common::Common;

/// Fixed words, ready to be found; upper and lower case are the same.
pub(in crate::explain) struct Sieve {
    words: Vec<Vec<u8>>,
    /// The four bytes of words that are looked for.
    entries: Vec<Entry>,
    /// Two bits in one of these for each of the entries (a blocked Bloom filter).
    bits: Box<[u64; BLOCKS]>,
    /// For each block the last of its entries, counted from 1; 0 is none.
    heads: Box<[u16; BLOCKS]>,
}

/// Four bytes of a word.
struct Entry {
    gram: u32,
    word: u16,
    /// Where they stand in it; below 0 where they begin before it.
    offset: i16,
    /// Four more of its bytes, where it has so many, and how far behind the others they stand.
    more: Option<(u32, i16)>,
    /// The entry before it in the block, counted from 1; 0 is none.
    before: u16,
}

const BLOCKS: usize = 1 << 13;
/// How many bytes are looked at together.
const GRAM: usize = 4;
/// How far apart the places are that are looked at.
const STEP: usize = 2;
/// Sets the bit that tells lower case from upper; other signs fall together, too, until words are compared.
const FOLD: u32 = 0x2020_2020;
/// Mixes the bits of four bytes: 2^32 divided by the golden ratio, made odd.
const FACTOR: u32 = 0x9E37_79B1;

impl Sieve {
    /// Takes words, a few thousand at most; one of fewer than three bytes is never found.
    pub(in crate::explain) fn new<'w>(words: impl Iterator<Item = &'w [u8]>) -> Self {
        let words: Vec<Vec<u8>> = words.map(<[u8]>::to_ascii_lowercase).collect();
        let entries = entries(&words);
        let mut sieve = Self { words, entries, bits: Box::new([0; BLOCKS]), heads: Box::new([0; BLOCKS]) };
        for (entry, number) in sieve.entries.iter_mut().zip(1..=u16::MAX) {
            let (block, bits) = place(entry.gram);
            sieve.bits[block] |= bits;
            entry.before = std::mem::replace(&mut sieve.heads[block], number);
        }
        sieve
    }

    /// Calls for each word that stands in a text, from a place on, with its number and where it starts: by the place of
    /// its rarest bytes, so the places of one word come in order. Ends early with what the call breaks with.
    pub(in crate::explain) fn each<T>(
        &self,
        text: &[u8],
        from: usize,
        mut met: impl FnMut(usize, usize) -> ControlFlow<T>,
    ) -> Option<T> {
        let mut at = from;
        let (eights, _) = text.get(from..)?.as_chunks::<8>();
        if let Some((first, others)) = eights.split_first() {
            let mut eight = folded(*first);
            for next in others {
                let next = folded(*next);
                // Four places for one branch, which is seldom taken.
                let any = grams(eight, next).iter().fold(0, |any, gram| any | self.first(*gram));
                if any & 1 != 0
                    && let ControlFlow::Break(end) = self.four(text, from, at, (eight, next), &mut met)
                {
                    return Some(end);
                }
                eight = next;
                at += 8;
            }
        }
        // A short word may be the last of the text.
        while let Some(last) = text.get(at..).filter(|last| !last.is_empty()) {
            let mut four = [0; GRAM];
            let length = last.len().min(GRAM);
            four[..length].copy_from_slice(&last[..length]);
            if self.may_stand(gram(four))
                && let ControlFlow::Break(end) = self.compare(text, from, at, gram(four), &mut met)
            {
                return Some(end);
            }
            at += STEP;
        }
        None
    }

    /// Returns the first bit of four bytes as the lowest one.
    fn first(&self, gram: u32) -> u64 {
        let at = first_bit(gram);
        self.bits[at / 64] >> (at % 64)
    }

    /// Looks at the places of eight bytes. Not a part of what calls it, which must stay small to be fast.
    #[inline(never)]
    fn four<T>(
        &self,
        text: &[u8],
        from: usize,
        at: usize,
        (eight, next): (u64, u64),
        met: &mut impl FnMut(usize, usize) -> ControlFlow<T>,
    ) -> ControlFlow<T> {
        for (number, gram) in grams(eight, next).into_iter().enumerate() {
            if self.may_stand(gram) {
                self.compare(text, from, at + number * STEP, gram, met)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Tells whether both bits of four bytes are set.
    fn may_stand(&self, gram: u32) -> bool {
        let (block, bits) = place(gram);
        self.bits[block] & bits == bits
    }

    /// Compares the words that hold four bytes with what stands around a place.
    fn compare<T>(
        &self,
        text: &[u8],
        from: usize,
        at: usize,
        gram: u32,
        met: &mut impl FnMut(usize, usize) -> ControlFlow<T>,
    ) -> ControlFlow<T> {
        let mut number = self.heads[place(gram).0];
        while let Some(entry) = usize::from(number).checked_sub(1).and_then(|index| self.entries.get(index)) {
            number = entry.before;
            if entry.gram == gram
                && let Some(start) = at.checked_add_signed(-isize::from(entry.offset))
                && start >= from
                && entry.more.is_none_or(|more| stands(text, at, more))
                && let word = &self.words[usize::from(entry.word)]
                && text.get(start..start + word.len()).is_some_and(|here| here.eq_ignore_ascii_case(word))
            {
                met(usize::from(entry.word), start)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// Tells whether four more bytes stand where they must.
fn stands(text: &[u8], at: usize, (more, behind): (u32, i16)) -> bool {
    let four = at.checked_add_signed(isize::from(behind)).and_then(|at| text.get(at..)?.first_chunk());
    four.is_some_and(|four| gram(*four) == more)
}

/// Returns by which bytes each word is looked for.
fn entries(words: &[Vec<u8>]) -> Vec<Entry> {
    let common = Common::new(words);
    let mut entries: Vec<Entry> = Vec::new();
    for (word, number) in words.iter().zip(0..=u16::MAX) {
        let mut add = |four: [u8; GRAM], offset: usize, before: usize| {
            let (gram, more) = (gram(four), more(word, offset));
            let Ok(offset) = i16::try_from(offset) else { return };
            let offset = offset - before as i16;
            let mut of_word = entries.iter().rev().take_while(|old| old.word == number);
            let is_known = of_word.any(|old| old.gram == gram && old.offset == offset);
            if !is_known && entries.len() < usize::from(u16::MAX) {
                entries.push(Entry { gram, word: number, offset, more, before: 0 });
            }
        };
        // One of two places next to each other is looked at.
        match word.as_slice() {
            [first, second, third] => {
                for other in 0..=u8::MAX {
                    add([*first, *second, *third, other], 0, 0);
                    add([other, *first, *second, *third], 0, 1);
                }
            }
            [first, second, third, fourth] => {
                add([*first, *second, *third, *fourth], 0, 0);
                for other in 0..=u8::MAX {
                    add([*second, *third, *fourth, other], 1, 0);
                }
            }
            _ => {
                let start = common.rarest(word);
                for (offset, four) in word.windows(GRAM).enumerate().skip(start).take(STEP) {
                    if let Some(four) = four.first_chunk() {
                        add(*four, offset, 0);
                    }
                }
            }
        }
    }
    entries
}

/// Returns four more bytes of a word, and how far behind those at a place they stand: behind them, or else before them.
fn more(word: &[u8], offset: usize) -> Option<(u32, i16)> {
    let four = |at: Option<usize>| word.get(at?..)?.first_chunk().map(|four| gram(*four));
    let behind = four(offset.checked_add(GRAM)).map(|more| (more, GRAM as i16));
    behind.or_else(|| four(offset.checked_sub(GRAM)).map(|more| (more, -(GRAM as i16))))
}

/// Returns eight bytes of a text with case folded.
fn folded(eight: [u8; 8]) -> u64 {
    u64::from_le_bytes(eight) | u64::from(FOLD) << 32 | u64::from(FOLD)
}

/// Returns the four bytes at every second place of eight.
fn grams(eight: u64, next: u64) -> [u32; 4] {
    [eight as u32, (eight >> 16) as u32, (eight >> 32) as u32, (eight >> 48 | next << 16) as u32]
}

fn gram(four: [u8; GRAM]) -> u32 {
    u32::from_le_bytes(four) | FOLD
}

/// Returns which of all bits is the first one of four bytes.
fn first_bit(gram: u32) -> usize {
    (gram.wrapping_mul(FACTOR) >> 13) as usize
}

/// Returns the block of four bytes, and their bits in it.
fn place(gram: u32) -> (usize, u64) {
    let (first, second) = (first_bit(gram), gram.wrapping_mul(FACTOR) >> 7 & 63);
    (first / 64, 1 << (first % 64) | 1 << second)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::Sieve;

    fn found(words: &[&str], text: &[u8]) -> Vec<(usize, usize)> {
        found_from(&Sieve::new(words.iter().map(|word| word.as_bytes())), text, 0)
    }

    fn found_from(sieve: &Sieve, text: &[u8], from: usize) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let end: Option<()> = sieve.each(text, from, |word, at| {
            all.push((word, at));
            ControlFlow::Continue(())
        });
        assert_eq!(end, None);
        all.sort_unstable();
        all
    }

    /// What a search finds that compares each word at each place.
    fn plainly(words: &[impl AsRef<[u8]>], text: &[u8], from: usize) -> Vec<(usize, usize)> {
        let mut plain = Vec::new();
        for (number, word) in words.iter().enumerate() {
            let word = word.as_ref();
            let at = text.windows(word.len()).enumerate().skip(from);
            plain.extend(at.filter(|(_, here)| here.eq_ignore_ascii_case(word)).map(|(at, _)| (number, at)));
        }
        plain
    }

    /// Yields letters of an alphabet by chance, the same each time.
    fn chance(alphabet: &[u8], mut state: u32) -> impl Iterator<Item = u8> {
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            alphabet[(state >> 16) as usize % alphabet.len()]
        })
    }

    #[test]
    fn words_are_found_wherever_they_stand() {
        let words = ["SPF", "no shared cipher", "shared", "d c", "(-9807)"];
        let text = b"SPF no Shared Cipher (-9807) spf";
        assert_eq!(found(&words, text), [(0, 0), (0, 29), (1, 4), (2, 7), (3, 12), (4, 21)]);
        assert_eq!(found(&words, b"SP"), []);
        assert_eq!(found(&words, b"no shared\ncipher"), [(2, 3)]);
        assert_eq!(found(&["aba"], b"abababa"), [(0, 0), (0, 2), (0, 4)]);
    }

    #[test]
    fn every_place_is_found_that_a_plain_search_finds() {
        let words = [
            "aab",
            "abab",
            "bbbb",
            "abba baab",
            "bab",
            "babba",
            "aababb",
            "bbabaab",
            "b ababba",
            "abbabaabb",
        ];
        let text: Vec<u8> = chance(b"aAbB ", 3).take(20_000).collect();
        let found = found(&words, &text);
        assert_eq!(found, plainly(&words, &text, 0));
        assert!((0..words.len()).all(|word| found.iter().any(|(met, _)| *met == word)), "each is there");
    }

    #[test]
    fn nothing_is_missed_in_a_text_of_any_length_from_any_place_on() {
        let words = ["aab", "abab", "babba", "aababb", "bbabaab", "b aba"];
        let sieve = Sieve::new(words.iter().map(|word| word.as_bytes()));
        let text: Vec<u8> = chance(b"aAbB ", 7).take(600).collect();
        for start in [0, 1, 2, 3, 150, 301] {
            for length in 0..70 {
                for from in 0..length.min(12) {
                    let text = &text[start..start + length];
                    assert_eq!(
                        found_from(&sieve, text, from),
                        plainly(&words, text, from),
                        "{text:?} {from}"
                    );
                }
            }
        }
    }

    #[test]
    fn many_words_of_any_bytes_are_found_among_others_that_look_like_them() {
        // Some of these differ only in the bit that tells lower case from upper.
        let alphabet = b"aA1\x11 \0[{;\x1b-\r\xe4\xc4";
        let mut letters = chance(alphabet, 11);
        let words: Vec<Vec<u8>> =
            (0..150).map(|number| letters.by_ref().take(3 + number % 30).collect()).collect();
        let mut text = Vec::new();
        for number in 0..1000 {
            let word = &words[number * 7 % words.len()];
            text.extend(letters.by_ref().take(number % 5));
            // The whole word, or all of it but one byte.
            text.extend(
                word.iter().map(|byte| if number % 2 == 0 { byte.to_ascii_uppercase() } else { *byte }),
            );
            if number % 3 == 0
                && let Some(last) = text.iter_mut().rev().nth(number % word.len())
            {
                *last ^= 0x20;
            }
        }
        let sieve = Sieve::new(words.iter().map(Vec::as_slice));
        assert_eq!(found_from(&sieve, &text, 0), plainly(&words, &text, 0));
    }

    #[test]
    fn the_caller_can_end_it() {
        let sieve = Sieve::new(["abcd".as_bytes()].into_iter());
        assert_eq!(sieve.each(b"--abcd--abcd", 0, |_, at| ControlFlow::Break(at)), Some(2));
        assert_eq!(sieve.each(b"--abcd--abcd", 3, |_, at| ControlFlow::Break(at)), Some(8));
    }
}
