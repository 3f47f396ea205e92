//! Records in the words of a zone file (RFC 1035 §5.1).

use std::net::IpAddr;

use crate::name::Name;
use crate::observation::{DnsData, DnsType};

/// One record to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where.
    pub name: Name,
    /// Its time to live in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: DnsData,
}

impl Record {
    /// Makes a TXT record.
    pub fn txt(name: Name, ttl: u32, text: impl Into<String>) -> Self {
        Self { name, ttl, data: DnsData::Txt(text.into()) }
    }

    /// Returns its type.
    pub fn kind(&self) -> DnsType {
        kind(&self.data)
    }

    /// Writes the line: `_smtp._tls.example.org. 3600 IN TXT "v=TLSRPTv1; …"`.
    pub fn line(&self) -> String {
        format!("{}. {} IN {} {}", self.name, self.ttl, self.kind().name(), rdata(&self.data))
    }

    /// Returns whether a record says the same; names of hosts are compared without case (RFC 4343).
    pub fn says(&self, other: &DnsData) -> bool {
        match (&self.data, other) {
            (
                DnsData::Srv { priority, weight, port, target },
                DnsData::Srv {
                    priority: other_priority,
                    weight: other_weight,
                    port: other_port,
                    target: other,
                },
            ) => {
                let bare = |host: &Option<String>| {
                    host.as_deref().map(|host| host.trim_end_matches('.').to_ascii_lowercase())
                };
                (priority, weight, port) == (other_priority, other_weight, other_port)
                    && bare(target) == bare(other)
            }
            (own, other) => own == other,
        }
    }
}

/// Returns the type of data.
pub fn kind(data: &DnsData) -> DnsType {
    match data {
        DnsData::Address(IpAddr::V4(_)) => DnsType::A,
        DnsData::Address(IpAddr::V6(_)) => DnsType::Aaaa,
        DnsData::Mx { .. } => DnsType::Mx,
        DnsData::Srv { .. } => DnsType::Srv,
        DnsData::Tlsa { .. } => DnsType::Tlsa,
        DnsData::Txt(_) => DnsType::Txt,
        DnsData::Caa { .. } => DnsType::Caa,
        DnsData::Ptr(_) => DnsType::Ptr,
    }
}

/// Writes data as it stands behind the type; whatever is in it stays one line.
pub fn rdata(data: &DnsData) -> String {
    match data {
        DnsData::Address(address) => address.to_string(),
        DnsData::Mx { preference, exchange } => format!("{preference} {}", host(exchange.as_deref())),
        DnsData::Srv { priority, weight, port, target } => {
            format!("{priority} {weight} {port} {}", host(target.as_deref()))
        }
        DnsData::Tlsa { usage, selector, matching, data } => {
            let digits = crate::bytes::hex(&data.0);
            format!("{usage} {selector} {matching} {digits}")
        }
        DnsData::Txt(text) => strings(text),
        DnsData::Caa { critical, tag, value } => {
            // Letters and digits are all that a tag has (RFC 8659 §4.1.1).
            let tag: String = tag.chars().filter(char::is_ascii_alphanumeric).collect();
            format!("{} {tag} {}", if *critical { 128 } else { 0 }, quoted(value.as_bytes()))
        }
        DnsData::Ptr(name) => host(Some(name)),
    }
}

/// Writes a text as strings of at most 255 bytes each (RFC 1035 §3.3).
fn strings(text: &str) -> String {
    if text.is_empty() {
        return quoted(b"");
    }
    text.as_bytes().chunks(LONGEST_STRING).map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for byte in bytes {
        match byte {
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\{byte:03}")),
        }
    }
    text.push('"');
    text
}

/// Writes a name as it was published; a character that would end it is escaped (RFC 1035 §5.1).
fn host(name: Option<&str>) -> String {
    let Some(name) = name else { return ".".to_owned() };
    let mut text = String::new();
    for c in name.trim_end_matches('.').chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' | '*' | '\\' => text.push(c),
            _ => c.to_string().bytes().for_each(|byte| text.push_str(&format!("\\{byte:03}"))),
        }
    }
    text.push('.');
    text
}

const LONGEST_STRING: usize = 255;

#[cfg(test)]
mod tests {
    use super::{Record, rdata};
    use crate::bytes::Bytes;
    use crate::name::Name;
    use crate::observation::DnsData;

    fn txt(text: &str) -> String {
        rdata(&DnsData::Txt(text.to_owned()))
    }

    #[test]
    fn long_texts_are_split_where_a_string_ends() {
        assert_eq!(txt(""), "\"\"");
        assert_eq!(txt(&"a".repeat(255)), format!("\"{}\"", "a".repeat(255)));
        assert_eq!(txt(&"a".repeat(256)), format!("\"{}\" \"a\"", "a".repeat(255)));
        // The limit is in bytes, and one character may stand on both sides of it.
        assert_eq!(txt(&format!("{}ü", "a".repeat(254))), format!("\"{}\\195\" \"\\188\"", "a".repeat(254)));
    }

    #[test]
    fn nothing_ends_a_line_or_a_string() {
        assert_eq!(txt("a\"b\\c\nd;e"), "\"a\\\"b\\\\c\\010d;e\"");
        let target = Some("a b\n.example".to_owned());
        let data = DnsData::Srv { priority: 0, weight: 1, port: 993, target };
        assert_eq!(rdata(&data), "0 1 993 a\\032b\\010.example.");
    }

    #[test]
    fn every_type_has_its_words() {
        let name = || Name::new("_25._tcp.mx.example.org").unwrap();
        let tlsa = DnsData::Tlsa { usage: 3, selector: 1, matching: 1, data: Bytes(vec![0, 0xAB]) };
        assert_eq!(
            Record { name: name(), ttl: 300, data: tlsa }.line(),
            "_25._tcp.mx.example.org. 300 IN TLSA 3 1 1 00ab"
        );
        let caa = DnsData::Caa { critical: true, tag: "issue".into(), value: "ca.example".into() };
        assert_eq!(rdata(&caa), "128 issue \"ca.example\"");
        assert_eq!(rdata(&DnsData::Srv { priority: 0, weight: 0, port: 0, target: None }), "0 0 0 .");
        assert_eq!(
            rdata(&DnsData::Mx { preference: 10, exchange: Some("mx.example".into()) }),
            "10 mx.example."
        );
    }

    #[test]
    fn hosts_are_compared_without_case() {
        let srv =
            |target: &str| DnsData::Srv { priority: 0, weight: 1, port: 993, target: Some(target.into()) };
        let name = Name::new("_imaps._tcp.example.org").unwrap();
        let record = Record { name, ttl: 300, data: srv("mail.example.org") };
        assert!(record.says(&srv("Mail.Example.ORG.")));
        assert!(!record.says(&srv("imap.example.org")));
    }
}
