//! Distinguished names as people read them (RFC 5280 §4.1.2.4).

use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::der;
use crate::words;

/// A distinguished name as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    /// `CN=…, O=…, C=…`: the most special part first, as in RFC 4514 §2.1.
    pub(super) whole: String,
    /// The last common name.
    pub(super) common_name: Option<String>,
    /// The last organisation.
    pub(super) organization: Option<String>,
}

/// Reads a Name; none if it is malformed.
pub(super) fn read(der: &[u8]) -> Option<Text> {
    let (rest, name) = X509Name::from_der(der).ok()?;
    if !rest.is_empty() {
        return None;
    }
    let mut text = Text::default();
    let mut parts = Vec::new();
    for set in name.iter_rdn().take(MOST_PARTS) {
        let mut joined = Vec::new();
        for attribute in set.iter().take(MOST_PARTS) {
            let oid = attribute.attr_type();
            let oid = der::dotted(oid.as_bytes()).unwrap_or_else(|| oid.to_id_string());
            let value = words::escape(&decode(attribute), MOST_CHARACTERS);
            match oid.as_str() {
                "2.5.4.3" => text.common_name = Some(value.clone()),
                "2.5.4.10" => text.organization = Some(value.clone()),
                _ => {}
            }
            let word = TYPES.iter().find(|(known, _)| *known == oid).map_or(oid.as_str(), |(_, word)| word);
            joined.push(format!("{word}={}", quote(&value)));
        }
        parts.push(joined.join("+"));
    }
    parts.reverse();
    // Escaping what is escaped changes nothing; it bounds the whole.
    text.whole = words::escape(&parts.join(", "), MOST_IN_ALL);
    Some(text)
}

pub(super) fn decode(attribute: &AttributeTypeAndValue<'_>) -> String {
    let value = attribute.attr_value();
    let bytes = value.data;
    match value.tag().0 {
        // BMPString
        30 if bytes.len().is_multiple_of(2) => {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        // UniversalString
        28 if bytes.len().is_multiple_of(4) => bytes
            .chunks_exact(4)
            .map(|four| {
                let point = u32::from_be_bytes([four[0], four[1], four[2], four[3]]);
                char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER)
            })
            .collect(),
        _ => match str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // TeletexString was mostly used for Latin-1.
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
    }
}

fn quote(value: &str) -> String {
    let plain = !value.contains([',', '+', '"', '=']) && value.trim() == value && !value.is_empty();
    if plain { value.to_owned() } else { format!("\"{}\"", value.replace('"', "\\\"")) }
}

/// More parts than this no name has that people could read.
const MOST_PARTS: usize = 32;
/// RFC 5280's upper bounds end at 64 characters; some CAs go beyond.
const MOST_CHARACTERS: usize = 256;
const MOST_IN_ALL: usize = 1000;

/// The short words of attribute types (RFC 4514 §3, RFC 4519).
const TYPES: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "GN"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

#[cfg(test)]
mod tests {
    use super::read;

    fn name(attributes: &[(u8, u8, &[u8])]) -> Vec<u8> {
        let wrap = |tag: u8, content: Vec<u8>| {
            let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
            [vec![tag, 0x82, high, low], content].concat()
        };
        let sets = attributes.iter().flat_map(|(kind, tag, value)| {
            let pair = [vec![6, 3, 0x55, 4, *kind], wrap(*tag, value.to_vec())].concat();
            wrap(0x31, wrap(0x30, pair))
        });
        wrap(0x30, sets.collect())
    }

    #[test]
    fn the_most_special_part_stands_first() {
        let text = read(&name(&[(6, 19, b"US"), (10, 12, b"Let's Encrypt"), (3, 12, b"R13")])).unwrap();
        assert_eq!(text.whole, "CN=R13, O=Let's Encrypt, C=US");
        assert_eq!(text.common_name.as_deref(), Some("R13"));
        assert_eq!(text.organization.as_deref(), Some("Let's Encrypt"));
        assert_eq!(read(&name(&[])).unwrap().whole, "");
    }

    #[test]
    fn foreign_values_neither_forge_parts_nor_drive_a_terminal() {
        let text = read(&name(&[(3, 12, b"x, O=\"Bank\"\x1b[2J")])).unwrap();
        assert_eq!(text.whole, "CN=\"x, O=\\\"Bank\\\"\\x1b[2J\"");
        let text = read(&name(&[(10, 30, &[0, b'D', 0, 0xFC]), (3, 20, &[b'k', 0xFC])])).unwrap();
        assert_eq!(text.whole, "CN=kü, O=Dü");
        let long = read(&name(&[(10, 12, [b'x'; 300].as_slice()); 8])).unwrap();
        assert_eq!(long.whole.chars().count(), 1001);
        assert!(read(b"\x30\x02\x31").is_none());
        assert!(read(b"").is_none());
    }
}
