//! Where the compiled-in lists come from, and what is known of their distrust.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Store;

/// A compiled-in list of roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// Which.
    pub store: Store,
    /// The day of its state, `2026-10-23`.
    pub date: &'static str,
    /// How many roots it holds for TLS servers.
    pub count: usize,
    /// What it was taken from: edition, package and version.
    pub origin: &'static str,
    /// What tells which roots it held before, or nothing.
    pub former: &'static str,
}

/// What says that a list distrusts a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// The fact in a few words.
    pub title: &'static str,
    /// Whether it was read in the code or data that decides, and not only in what the maker writes.
    pub measured: bool,
    /// The day it was read.
    pub read: &'static str,
    /// Where it stands.
    pub source: &'static str,
}

/// One thing that is known of distrust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Whose list.
    pub store: Store,
    /// Whether nothing is taken since the day; otherwise what begins after the day is not.
    pub is_off: bool,
    /// The day, in UTC.
    pub day: Date,
    /// What says so; none where the list itself does.
    pub source: Option<Source>,
}

/// Returns the compiled-in lists in the order of [`Store::EMBEDDED`].
pub fn lists() -> &'static [List] {
    &table().0
}

/// Reads a fact of anchors.bin; none if it is damaged.
pub(super) fn fact(bytes: &[u8]) -> Option<Fact> {
    let [store, kind, high, low, source] = *bytes else { return None };
    let seconds = i64::from(u16::from_be_bytes([high, low])) * DAY;
    Some(Fact {
        store: *Store::EMBEDDED.get(usize::from(store))?,
        is_off: kind == 1,
        day: day_of(Timestamp::from_second(seconds).ok()?),
        source: table().1.get(usize::from(source)).copied(),
    })
}

/// Returns the day in UTC.
pub(super) fn day_of(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

fn table() -> &'static (Vec<List>, Vec<Source>) {
    static TABLE: OnceLock<(Vec<List>, Vec<Source>)> = OnceLock::new();
    TABLE.get_or_init(|| {
        let rows: Vec<Vec<&str>> = TEXT.lines().map(|line| line.split('\t').collect()).collect();
        let lists = rows.iter().filter_map(|row| match row[..] {
            ["list", name, date, count, origin, former] => {
                let store = Store::EMBEDDED.into_iter().find(|store| store.name() == name)?;
                Some(List { store, date, count: count.parse().ok()?, origin, former })
            }
            _ => None,
        });
        let sources = rows.iter().filter_map(|row| match row[..] {
            ["source", title, how, read, source] => {
                Some(Source { title, measured: how == "measured", read, source })
            }
            _ => None,
        });
        (lists.collect(), sources.collect())
    })
}

static TEXT: &str = include_str!("lists.tsv");
const DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use super::{TEXT, fact, lists, table};
    use crate::trust::{Store, anchors};

    #[test]
    fn each_list_tells_its_origin_and_its_number_of_roots() {
        assert_eq!(lists().iter().map(|list| list.store).collect::<Vec<_>>(), Store::EMBEDDED);
        for list in lists() {
            let held = anchors().iter().filter(|anchor| anchor.holds.has(list.store)).count();
            assert_eq!(list.count, held, "{}", list.store.name());
            assert!(list.date.parse::<jiff::civil::Date>().is_ok() && !list.origin.is_empty());
        }
        assert_eq!(lists().len() + table().1.len(), TEXT.lines().count());
    }

    #[test]
    fn every_fact_is_whole() {
        assert!(fact(&[0, 0, 1, 2]).is_none() && fact(&[6, 0, 0, 0, 255]).is_none());
        let facts: Vec<_> = anchors().iter().flat_map(|anchor| anchor.facts()).collect();
        assert!(facts.iter().filter(|fact| fact.source.is_some()).count() > 20);
        // What has no source stands in Microsoft's own list.
        let own = facts.iter().filter(|fact| fact.source.is_none());
        assert!(own.clone().count() > 50 && own.clone().all(|fact| fact.store == Store::Microsoft));
        assert!(facts.iter().all(|fact| (2000..2030).contains(&fact.day.year())), "{facts:?}");
    }
}
