//! Distinguished names as they are compared (RFC 5280 §7.1).

use x509_parser::prelude::FromDer as _;
use x509_parser::x509::X509Name;

use super::subject;

/// A distinguished name with its values folded: no case, single spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DistinguishedName(Vec<Vec<(String, String)>>);

impl DistinguishedName {
    /// Reads a Name in DER; none if it is malformed.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (rest, name) = X509Name::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let sets = name.iter_rdn().take(MOST_SETS).map(|set| {
            let mut pairs: Vec<(String, String)> = set
                .iter()
                .map(|attribute| (attribute.attr_type().to_id_string(), fold(&subject::decode(attribute))))
                .collect();
            pairs.sort();
            pairs
        });
        Some(Self(sets.collect()))
    }

    /// Returns whether it has no parts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether it is a base or lies below it.
    pub fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }
}

fn fold(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// More parts than this no name has that people could read.
const MOST_SETS: usize = 32;

#[cfg(test)]
mod tests {
    use super::DistinguishedName;

    /// A name of one organisation and perhaps one unit.
    fn name(tag: u8, organisation: &[u8], unit: Option<&[u8]>) -> DistinguishedName {
        let wrap = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        let set = |kind: u8, value: &[u8]| {
            wrap(0x31, &wrap(0x30, &[&[6, 3, 0x55, 4, kind], &wrap(tag, value)[..]].concat()))
        };
        let mut sets = set(10, organisation);
        sets.extend(unit.into_iter().flat_map(|unit| set(11, unit)));
        DistinguishedName::read(&wrap(0x30, &sets)).unwrap()
    }

    #[test]
    fn case_spaces_and_the_kind_of_string_do_not_count() {
        let base = name(19, b"Example  Org", None);
        assert!(name(12, b"EXAMPLE org", Some(b"Mail")).is_within(&base));
        assert!(!name(12, b"Example Organisation", None).is_within(&base));
        assert!(!base.is_within(&name(12, b"Example Org", Some(b"Mail"))));
        assert!(DistinguishedName::read(&[0x30, 0]).unwrap().is_empty());
        assert_eq!(DistinguishedName::read(&[0x30, 2, 1]), None);
    }
}
