//! A set of 16-bit numbers of a registry: what a listing has proven is looked up thousands of times.

/// A set of numbers, in their order. Registries fill few pages of 256 numbers each, and those densely.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberSet {
    /// Sorted by the high byte; none is empty.
    pages: Vec<Page>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Page {
    high: u8,
    bits: [u64; 4],
}

/// The places of the bits of a word that are set.
#[derive(Clone)]
struct Ones(u64);

impl Iterator for Ones {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let place = self.0.trailing_zeros();
        self.0 &= self.0.checked_sub(1)?;
        // At most 63.
        Some(place as u16)
    }
}

impl NumberSet {
    /// Makes an empty set.
    pub const fn new() -> Self {
        Self { pages: Vec::new() }
    }

    /// Returns whether a number is in the set.
    pub fn contains(&self, number: u16) -> bool {
        let [high, low] = number.to_be_bytes();
        let page = self.pages.iter().find(|page| page.high == high);
        page.is_some_and(|page| page.bits[usize::from(low / 64)] >> (low % 64) & 1 == 1)
    }

    /// Adds a number; tells whether it is new.
    pub fn insert(&mut self, number: u16) -> bool {
        let [high, low] = number.to_be_bytes();
        let index = self.pages.partition_point(|page| page.high < high);
        if self.pages.get(index).is_none_or(|page| page.high != high) {
            self.pages.insert(index, Page { high, bits: [0; 4] });
        }
        let word = &mut self.pages[index].bits[usize::from(low / 64)];
        let before = *word;
        *word |= 1 << (low % 64);
        *word != before
    }

    /// Takes out what is not `wanted`.
    pub fn retain(&mut self, wanted: impl Fn(u16) -> bool) {
        *self = self.iter().filter(|number| wanted(*number)).collect();
    }

    /// Returns whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Returns how many numbers are in the set.
    pub fn len(&self) -> usize {
        let words = self.pages.iter().flat_map(|page| page.bits);
        words.map(|word| word.count_ones() as usize).sum()
    }

    /// Returns the numbers, the smallest first.
    pub fn iter(&self) -> impl Iterator<Item = u16> + Clone {
        self.pages.iter().flat_map(|page| {
            let words = (0..).step_by(64).zip(page.bits);
            let base = u16::from_be_bytes([page.high, 0]);
            words.flat_map(move |(first, word)| Ones(word).map(move |bit| base + first + bit))
        })
    }
}

impl Extend<u16> for NumberSet {
    fn extend<T: IntoIterator<Item = u16>>(&mut self, numbers: T) {
        numbers.into_iter().for_each(|number| {
            self.insert(number);
        });
    }
}

impl FromIterator<u16> for NumberSet {
    fn from_iter<T: IntoIterator<Item = u16>>(numbers: T) -> Self {
        let mut set = Self::new();
        set.extend(numbers);
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::NumberSet;

    proptest! {
        #[test]
        fn it_is_a_set(numbers: Vec<u16>, more in proptest::collection::vec(0x1300_u16..0x1340, 0..20), out: u16) {
            let mut set = NumberSet::new();
            let mut model = BTreeSet::new();
            for number in numbers.iter().chain(&more).chain(&more) {
                prop_assert_eq!(set.insert(*number), model.insert(*number));
            }
            prop_assert_eq!(set.len(), model.len());
            prop_assert_eq!(set.is_empty(), model.is_empty());
            prop_assert!(set.iter().eq(model.iter().copied()));
            prop_assert_eq!(set.contains(out), model.contains(&out));
            prop_assert!(model.iter().all(|number| set.contains(*number)));
            set.retain(|number| number % 2 == 0);
            model.retain(|number| number % 2 == 0);
            prop_assert_eq!(set, model.into_iter().collect());
        }
    }
}
