//! Trust anchors of DNSSEC: the keys of the root, or those of a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DS};
use hickory_resolver::proto::dnssec::{Algorithm, DigestType, PublicKey, PublicKeyBuf, TrustAnchors};
use hickory_resolver::proto::rr::Name;

/// The keys from which chains of signatures may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchors(Vec<Anchor>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Anchor {
    zone: Name,
    key: Key,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Whole(PublicKeyBuf),
    Digest(DS),
}

impl Anchors {
    /// Returns the keys of the root zone that IANA publishes.
    pub fn root() -> Self {
        let built_in = TrustAnchors::default();
        let keys = (0..built_in.len()).filter_map(|index| built_in.get(index));
        Self(keys.map(|key| Anchor { zone: Name::root(), key: Key::Whole(key.clone()) }).collect())
    }

    /// Reads DS and DNSKEY records in zone file form (RFC 1035 §5, RFC 4034 §2.2 and §5.3).
    ///
    /// # Errors
    /// Says which line is no such record, or that there is none.
    pub fn parse(text: &str) -> Result<Self, AnchorError> {
        let mut anchors = Vec::new();
        let mut open = false;
        let mut words: Vec<&str> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split(';').next().unwrap_or_default();
            for word in line.split_whitespace() {
                open = (open || word.starts_with('(')) && !word.ends_with(')');
                let word = word.trim_start_matches('(').trim_end_matches(')');
                if !word.is_empty() {
                    words.push(word);
                }
            }
            if !open && !words.is_empty() {
                let record = record(&words).ok_or(AnchorError::Line(index + 1))?;
                anchors.push(record);
                words.clear();
            }
        }
        if open {
            return Err(AnchorError::Open);
        }
        if anchors.is_empty() {
            return Err(AnchorError::Empty);
        }
        Ok(Self(anchors))
    }

    /// Returns the closest zone at or above a name that has an anchor.
    pub(super) fn zone_of(&self, name: &Name) -> Option<&Name> {
        self.0
            .iter()
            .map(|anchor| &anchor.zone)
            .filter(|zone| zone.zone_of(name))
            .max_by_key(|zone| zone.num_labels())
    }

    /// Returns whether a key of a zone is one of the anchors.
    pub(super) fn holds(&self, zone: &Name, key: &DNSKEY) -> bool {
        self.0.iter().filter(|anchor| anchor.zone == *zone).any(|anchor| match &anchor.key {
            Key::Whole(own) => {
                own.public_bytes() == key.public_key().public_bytes()
                    && own.algorithm() == key.public_key().algorithm()
            }
            Key::Digest(digest) => digest.covers(zone, key).unwrap_or(false),
        })
    }
}

/// Why a text holds no trust anchors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// This line, counted from 1, is something else.
    #[error("line {0} is no DS or DNSKEY record")]
    Line(usize),
    /// A parenthesis is never closed.
    #[error("a parenthesis is not closed")]
    Open,
    /// No record at all.
    #[error("it holds no DS or DNSKEY record")]
    Empty,
}

/// Reads `owner [TTL] [class] DS|DNSKEY data…`; TTL and class may stand in either order.
fn record(words: &[&str]) -> Option<Anchor> {
    let (owner, rest) = words.split_first()?;
    let mut zone = Name::from_ascii(owner).ok()?.to_lowercase();
    zone.set_fqdn(true);
    let at = rest.iter().position(|word| is_type(word)).filter(|at| *at <= 2)?;
    let (between, data) = (&rest[..at], &rest[at + 1..]);
    if !between.iter().all(|word| word.eq_ignore_ascii_case("IN") || word.parse::<u32>().is_ok()) {
        return None;
    }
    let [first, second, third, blob @ ..] = data else { return None };
    let blob = blob.concat();
    let key = if rest[at].eq_ignore_ascii_case("DS") {
        let digest = DigestType::from(third.parse::<u8>().ok()?);
        Key::Digest(DS::new(first.parse().ok()?, algorithm(second)?, digest, hex(&blob)?))
    } else {
        let flags: u16 = first.parse().ok()?;
        if *second != "3" || flags & ZONE_KEY == 0 || blob.is_empty() {
            return None;
        }
        Key::Whole(PublicKeyBuf::new(STANDARD.decode(blob).ok()?, algorithm(third)?))
    };
    Some(Anchor { zone, key })
}

fn is_type(word: &str) -> bool {
    word.eq_ignore_ascii_case("DS") || word.eq_ignore_ascii_case("DNSKEY")
}

/// Reads an algorithm as number or mnemonic (IANA's DNSSEC algorithm numbers).
fn algorithm(word: &str) -> Option<Algorithm> {
    let mnemonics = [
        ("RSASHA1", 5),
        ("RSASHA256", 8),
        ("RSASHA512", 10),
        ("ECDSAP256SHA256", 13),
        ("ECDSAP384SHA384", 14),
        ("ED25519", 15),
        ("ED448", 16),
    ];
    let named = mnemonics.iter().find(|row| word.eq_ignore_ascii_case(row.0)).map(|row| row.1);
    named.or_else(|| word.parse().ok()).map(Algorithm::from_u8)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

/// The flag of keys that sign zones (RFC 4034 §2.1.1).
const ZONE_KEY: u16 = 0x0100;

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::Name;

    use super::{AnchorError, Anchors};

    const DS: &str = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

    #[test]
    fn records_of_both_kinds_are_read() {
        let text = format!(
            "; anchors\n{DS}\nexample.org. 3600 IN DNSKEY 257 3 13 ( ; key\n  mdsswUyr3DPW132mOi8V9xESWE8jTo0d\n  xCjjnopKl+GqJxpVXckHAeF+KkxLbxIL )\n"
        );
        let anchors = Anchors::parse(&text).unwrap();
        let zone = |name: &str| anchors.zone_of(&Name::from_ascii(name).unwrap()).map(ToString::to_string);
        assert_eq!(zone("mail.example.org."), Some("example.org.".into()));
        assert_eq!(zone("example.net."), Some(".".into()));
    }

    #[test]
    fn other_texts_are_refused_with_the_line() {
        assert_eq!(Anchors::parse("; nothing\n\n"), Err(AnchorError::Empty));
        assert_eq!(
            Anchors::parse(&format!("{DS}\nexample.org. IN A 192.0.2.1\n")),
            Err(AnchorError::Line(2))
        );
        assert_eq!(Anchors::parse(". IN DS 1 8 2 XY"), Err(AnchorError::Line(1)));
        assert_eq!(Anchors::parse(". IN DNSKEY 257 3 13 ( AA"), Err(AnchorError::Open));
    }

    #[test]
    fn the_root_has_anchors() {
        let root = Anchors::root();
        assert!(root.zone_of(&Name::from_ascii("example.org.").unwrap()).is_some_and(Name::is_root));
    }
}
