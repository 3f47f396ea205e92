//! What a certificate says of policies (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14).

use super::der::{self, Element, INTEGER, OBJECT_IDENTIFIER, SEQUENCE};

/// What a certificate says of policies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// The policies that it is issued under, as dotted OIDs; none if the extension is absent.
    pub own: Option<Vec<String>>,
    /// Policies of the issuer that stand for one of the subject's.
    pub mappings: Vec<(String, String)>,
    /// After so many certificates more a policy is demanded.
    pub require_explicit: Option<u32>,
    /// After so many certificates more nothing is mapped.
    pub inhibit_mapping: Option<u32>,
    /// After so many certificates more anyPolicy does not count.
    pub inhibit_any: Option<u32>,
}

/// anyPolicy.
pub const ANY_POLICY: &str = "2.5.29.32.0";

impl Policies {
    pub(super) fn read_own(&mut self, value: &[u8]) -> Option<()> {
        let list = sequence(value)?;
        let policies = list
            .elements()
            .take(MOST)
            .map(|policy| der::dotted(policy.elements().next_if(OBJECT_IDENTIFIER)?.content));
        self.own = Some(policies.collect::<Option<Vec<String>>>()?);
        Some(())
    }

    pub(super) fn read_mappings(&mut self, value: &[u8]) -> Option<()> {
        for pair in sequence(value)?.elements().take(MOST) {
            let mut oids = pair.elements();
            let mut next = || der::dotted(oids.next_if(OBJECT_IDENTIFIER)?.content);
            self.mappings.push((next()?, next()?));
        }
        Some(())
    }

    pub(super) fn read_constraints(&mut self, value: &[u8]) -> Option<()> {
        for part in sequence(value)?.elements() {
            match part.tag {
                0x80 => self.require_explicit = Some(number(part.content)?),
                0x81 => self.inhibit_mapping = Some(number(part.content)?),
                _ => return None,
            }
        }
        // It must not be empty.
        (self.require_explicit.is_some() || self.inhibit_mapping.is_some()).then_some(())
    }

    pub(super) fn read_inhibit_any(&mut self, value: &[u8]) -> Option<()> {
        let (skip, _) = der::first(value)?;
        self.inhibit_any = Some(number(skip.tagged(INTEGER)?)?);
        Some(())
    }
}

fn sequence(value: &[u8]) -> Option<Element<'_>> {
    der::first(value).map(|(list, _)| list).filter(|list| list.tag == SEQUENCE)
}

/// Reads a small number that is not negative; more certificates than it can count no chain has.
fn number(content: &[u8]) -> Option<u32> {
    match content {
        [] => None,
        [first, ..] if first & 0x80 != 0 => None,
        [zeros @ .., last] if zeros.iter().all(|byte| *byte == 0) => Some(u32::from(*last)),
        _ => Some(u32::from(u8::MAX)),
    }
}

const MOST: usize = 100;

#[cfg(test)]
mod tests {
    use super::Policies;

    #[test]
    fn the_four_extensions_are_read() {
        let mut policies = Policies::default();
        policies.read_own(&[0x30, 12, 0x30, 4, 6, 2, 0x2A, 3, 0x30, 4, 6, 2, 0x2A, 4]).unwrap();
        policies.read_mappings(&[0x30, 10, 0x30, 8, 6, 2, 0x2A, 3, 6, 2, 0x2A, 5]).unwrap();
        policies.read_constraints(&[0x30, 6, 0x80, 1, 0, 0x81, 1, 2]).unwrap();
        policies.read_inhibit_any(&[2, 2, 0, 0xFF]).unwrap();
        assert_eq!(policies.own.as_deref().unwrap(), ["1.2.3", "1.2.4"]);
        assert_eq!(policies.mappings, [("1.2.3".to_owned(), "1.2.5".to_owned())]);
        assert_eq!((policies.require_explicit, policies.inhibit_mapping), (Some(0), Some(2)));
        assert_eq!(policies.inhibit_any, Some(255));
    }

    #[test]
    fn malformed_ones_are_not() {
        let mut policies = Policies::default();
        assert_eq!(policies.read_own(&[0x30, 2, 5, 0]), None);
        assert_eq!(policies.read_mappings(&[0x30, 6, 0x30, 4, 6, 2, 0x2A, 3]), None);
        assert_eq!(policies.read_constraints(&[0x30, 0]), None);
        assert_eq!(policies.read_inhibit_any(&[2, 1, 0xFF]), None);
    }
}
