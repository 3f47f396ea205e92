//! Who trusts a root: the lists, sets of them, and what each compiled-in list holds.
//!
//! The roots are no whole certificates but what it takes to trust below them: name, key, constraints, dates. The file with
//! them is made from packages by `.ci/roots`, and read where it stands.

mod anchor;
mod list;

use std::fmt;

pub use anchor::{Anchor, Standing, anchors, by_subject, find, matching};
pub use list::{Fact, List, Source, lists};

/// A list of trusted roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Store {
    /// `--ca-file`.
    Given,
    /// Mozilla's: Thunderbird, and most Linux distributions.
    Mozilla,
    /// Apple's: iOS and macOS.
    Apple,
    /// Microsoft's: Outlook, Exchange.
    Microsoft,
    /// Android's.
    Android,
    /// Oracle's and OpenJDK's.
    Java,
    /// Debian 12's package ca-certificates.
    Debian12,
    /// The system's own, on this machine.
    System,
}

impl Store {
    /// Every list, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::Given,
        Self::Mozilla,
        Self::Apple,
        Self::Microsoft,
        Self::Android,
        Self::Java,
        Self::Debian12,
        Self::System,
    ];

    /// The lists that are compiled in, in the order of their data.
    pub const EMBEDDED: [Self; 6] =
        [Self::Mozilla, Self::Apple, Self::Microsoft, Self::Android, Self::Java, Self::Debian12];

    /// Returns the word of reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Given => "--ca-file",
            Self::Mozilla => "Mozilla",
            Self::Apple => "Apple",
            Self::Microsoft => "Microsoft",
            Self::Android => "Android",
            Self::Java => "Java",
            Self::Debian12 => "Debian 12",
            Self::System => "system",
        }
    }

    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of lists.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stores(u16);

impl Stores {
    /// Joins lists.
    pub fn of(stores: &[Store]) -> Self {
        Self(stores.iter().fold(0, |bits, store| bits | store.bit()))
    }

    /// Reads a set of compiled-in lists: the lowest bit is the first of [`Store::EMBEDDED`].
    fn of_embedded(bits: u8) -> Self {
        let lists = Store::EMBEDDED.iter().enumerate().filter(|(number, _)| bits >> number & 1 == 1);
        Self(lists.fold(0, |set, (_, store)| set | store.bit()))
    }

    /// Returns the set with one list more.
    #[must_use]
    pub fn with(self, store: Store) -> Self {
        Self(self.0 | store.bit())
    }

    /// Returns what is in one of two sets, or in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Tells whether a list is in it.
    pub fn has(self, store: Store) -> bool {
        self.0 & store.bit() != 0
    }

    /// Returns the list by which a chain to the root counts as trusted: that of `--ca-file`, Mozilla's or the system's.
    pub fn convincing(self) -> Option<Store> {
        [Store::Given, Store::Mozilla, Store::System].into_iter().find(|store| self.has(*store))
    }

    /// Tells whether a chain to the root counts as trusted.
    pub fn convince(self) -> bool {
        self.convincing().is_some()
    }

    /// Tells whether no list is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the lists in the order of reports.
    pub fn iter(self) -> impl Iterator<Item = Store> {
        Store::ALL.into_iter().filter(move |store| self.has(*store))
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Store, Stores};

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = Stores::of(&[Store::Java, Store::Given]).with(Store::Apple);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Store::Given, Store::Apple, Store::Java]);
        assert!(set.has(Store::Apple) && !set.has(Store::Mozilla) && !set.is_empty());
        assert!(Stores::default().is_empty());
        assert_eq!(Stores::of_embedded(0b100001), Stores::of(&[Store::Mozilla, Store::Debian12]));
        assert_eq!(set.and(Stores::of_embedded(1)).iter().count(), 4);
    }
}
