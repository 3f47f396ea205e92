//! The CAs of Let's Encrypt by what records pin of them: their intermediates change, and records that pin one stop to fit.

use std::sync::OnceLock;

use super::Tlsa;
use crate::bytes::{Fingerprint, hex};
use crate::words;

/// A CA of Let's Encrypt.
#[derive(Debug)]
struct Authority {
    name: &'static str,
    state: State,
    /// The last day of its longest certificate; none for roots.
    until: &'static str,
    /// Digests of its key: SHA-256, SHA-512.
    key: [&'static str; 2],
    /// The same of each of its certificates.
    certificates: Vec<[&'static str; 2]>,
}

/// Whether an authority issues, on the day that the table is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Root,
    /// One of several that take turns.
    Issues,
    /// It may issue from one day to the next.
    Spare,
    Retired,
    Ended,
}

/// Says whose key or certificate a record pins, if it is one of Let's Encrypt: `it pins R3, an intermediate of Let's Encrypt
/// that ended on 2025-09-15`.
pub fn pinned(record: &Tlsa) -> Option<String> {
    let fitting: Vec<&Authority> =
        table().iter().filter(|authority| authority.is_pinned_by(record)).collect();
    // An intermediate of a new name may have the key of a former one.
    let last = fitting.iter().max_by_key(|authority| authority.until)?;
    let names: Vec<&str> = fitting.iter().map(|authority| authority.name).collect();
    let what = match last.state {
        State::Root => "a root of Let's Encrypt, which is pinned only where the server sends it".to_owned(),
        State::Issues => "one of the intermediates among which Let's Encrypt changes".to_owned(),
        State::Spare => "an intermediate that Let's Encrypt keeps in reserve".to_owned(),
        State::Retired => {
            format!("an intermediate with which Let's Encrypt issues no more (as of {})", day())
        }
        State::Ended => format!("an intermediate of Let's Encrypt that ended on {}", last.until),
    };
    Some(format!("it pins {}, {what}", words::list(&names)))
}

impl Authority {
    fn is_pinned_by(&self, record: &Tlsa) -> bool {
        if record.is_of_server() {
            return false;
        }
        let (digest, place) = match record.matching {
            0 => (Fingerprint::of(&record.data).to_string(), 0),
            1 => (hex(&record.data), 0),
            2 => (hex(&record.data), 1),
            _ => return false,
        };
        let is_it = |digests: &[&'static str; 2]| digests.get(place).is_some_and(|own| *own == digest);
        match record.selector {
            0 => self.certificates.iter().any(is_it),
            1 => is_it(&self.key),
            _ => false,
        }
    }
}

fn table() -> &'static [Authority] {
    static TABLE: OnceLock<Vec<Authority>> = OnceLock::new();
    TABLE.get_or_init(|| TEXT.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Authority> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [name, state, until, key, long_key, certificates @ ..] = fields.as_slice() else { return None };
    let state = match *state {
        "root" => State::Root,
        "active" => State::Issues,
        "backup" => State::Spare,
        "retired" => State::Retired,
        "ended" => State::Ended,
        _ => return None,
    };
    let pairs = certificates.as_chunks::<2>().0;
    Some(Authority { name, state, until, key: [key, long_key], certificates: pairs.to_vec() })
}

/// Returns the day that the table is of.
fn day() -> &'static str {
    let head = TEXT.lines().next().unwrap_or_default();
    head.rsplit(' ').next().unwrap_or_default().trim_end_matches('.')
}

static TEXT: &str = include_str!("lets_encrypt.tsv");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{State, TEXT, Tlsa, day, pinned, table};
    use crate::trust;

    fn bytes(digits: &str) -> Vec<u8> {
        let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(pair).collect()
    }

    fn pin(fields: (u8, u8, u8), digits: &str) -> Option<String> {
        let (usage, selector, matching) = fields;
        pinned(&Tlsa { usage, selector, matching, data: bytes(digits) })
    }

    #[test]
    fn every_line_is_read_and_whole() {
        assert_eq!(table().len(), TEXT.lines().filter(|line| !line.starts_with('#')).count());
        let mut certificates = BTreeSet::new();
        for authority in table() {
            assert!(!authority.certificates.is_empty(), "{authority:?}");
            for [short, long] in authority.certificates.iter().chain([&authority.key]) {
                assert_eq!((bytes(short).len(), bytes(long).len()), (32, 64), "{authority:?}");
            }
            assert!(authority.certificates.iter().all(|own| certificates.insert(*own)), "{authority:?}");
            let is_date = authority.until.parse::<jiff::civil::Date>().is_ok();
            assert_eq!(is_date, authority.state != State::Root, "{authority:?}");
        }
        assert!(day().parse::<jiff::civil::Date>().is_ok());
    }

    #[test]
    fn the_roots_are_those_of_the_lists_of_trusted_roots() {
        let known = |name: &str| {
            let root = table().iter().find(|authority| authority.name == name).unwrap();
            let of_list = trust::anchors().iter().find(|anchor| {
                root.certificates.iter().any(|[digest, _]| *digest == anchor.fingerprint.to_string())
            });
            let key = crate::bytes::Fingerprint::of(of_list.unwrap().spki_der).to_string();
            assert_eq!(key, root.key[0]);
        };
        known("ISRG Root X1");
        known("ISRG Root X2");
    }

    #[test]
    fn pins_are_told_by_name_whatever_they_are_made_of() {
        // Published with a list of hosts that still had the first of them (dnssec-stats.ant.isi.edu, 2021).
        let r3 = "8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d";
        let told = "it pins R3, an intermediate of Let's Encrypt that ended on 2025-09-15";
        assert_eq!(pin((2, 1, 1), r3).as_deref(), Some(told));
        assert_eq!(pin((0, 1, 1), r3).as_deref(), Some(told));
        let whole = "67add1166b020ae61b8f5fc96813c04c2aa589960796865572a3c7e737613dfd";
        assert_eq!(pin((2, 0, 1), whole).as_deref(), Some(told));
        let x3 = "60b87575447dcba2a36b7d11ac09fb24a9db406fee12d2cc90180517616e8a18";
        let told = "it pins Let's Encrypt Authority X1 and Let's Encrypt Authority X3, an intermediate of Let's Encrypt that \
                    ended on 2021-10-06";
        assert_eq!(pin((2, 1, 1), x3).as_deref(), Some(told));
        let r10 = "2bbad93ab5c79279ec121507f272cbe0c6647a3aae52e22f388afab426b4adba";
        assert!(pin((2, 1, 1), r10).unwrap().contains("issues no more (as of 2026-07-08)"));
        // The digest of the other kind, of a server, or of somebody else.
        assert_eq!(pin((2, 0, 1), r3), None);
        assert_eq!(pin((3, 1, 1), r3), None);
        assert_eq!(pin((2, 1, 1), &r3.replace('8', "9")), None);
    }
}
