//! TLSA (RFC 6698, RFC 7672): what a server's certificate or key is pinned by.

use aws_lc_rs::digest::{SHA256, SHA512, digest};

use super::{Made, Meant, Record};
use crate::bytes::Bytes;
use crate::name::{Name, NameError};
use crate::observation::{DnsData, DnsType};

/// How a record pins (RFC 6698 §2.1): certificate usage, selector and matching type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// 2 pins an issuer (DANE-TA), 3 the server itself (DANE-EE); SMTP knows no other (RFC 7672 §3.1.3).
    pub usage: u8,
    /// 0 pins the certificate, 1 its key.
    pub selector: u8,
    /// 0 is the whole, 1 SHA-256, 2 SHA-512.
    pub matching: u8,
}

/// A key or certificate to pin, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// How.
    pub parameters: Parameters,
    /// What the selector means: the certificate, or its SubjectPublicKeyInfo, as DER.
    pub der: Vec<u8>,
    /// What it is, in words: `the certificate that is served`, `the next key`.
    pub title: String,
}

/// Makes the records of a port of a host.
///
/// # Errors
/// The name of the records would be too long.
pub fn make(host: &Name, port: u16, pins: &[Pin], ttl: u32) -> Result<Made, NameError> {
    let name = host.under("_tcp")?.under(&format!("_{port}"))?;
    let mut made = Made::default();
    for pin in pins {
        judge(pin, &mut made);
        let Parameters { usage, selector, matching } = pin.parameters;
        let data = Bytes(matched(matching, &pin.der));
        let record =
            Record { name: name.clone(), ttl, data: DnsData::Tlsa { usage, selector, matching, data } };
        if made.records.contains(&record) {
            made.remark(format!(
                "{} has the same key as one before it: one record stands for both.",
                pin.title
            ));
            continue;
        }
        made.remark(format!("{usage} {selector} {matching}: {}", pin.title));
        made.put(record, Meant::All);
    }
    if made.places.is_empty() {
        made.places.push(super::Place { name, kind: DnsType::Tlsa, meant: Meant::All });
    }
    if made.records.len() > 1 {
        made.remark(format!(
            "Publish all, and change the key no sooner than {} later, twice the time to live; then drop the old record.",
            crate::words::count(u64::from(ttl) * 2 / 60, "minute")
        ));
    }
    made.remark("TLSA records count only where the zone is signed (DNSSEC).");
    Ok(made)
}

/// Says what is wrong with a way to pin.
fn judge(pin: &Pin, made: &mut Made) {
    let Parameters { usage, selector, matching } = pin.parameters;
    if !matches!(usage, 2 | 3) {
        made.object("dane-unusable", format!("Senders use no records of usage {usage} (RFC 7672 §3.1.3)."));
    }
    if selector > 1 || matching > 2 {
        made.object(
            "dane-unusable",
            format!("Nobody knows a record of the kind {usage} {selector} {matching}."),
        );
    }
    if usage == 3 && selector == 0 {
        made.remark(
            "3 0 1 pins the certificate itself: every renewal makes it wrong, also where the key is kept. 3 1 1 pins \
             the key and outlives renewals that keep it.",
        );
    }
    if usage == 2 {
        made.remark(
            "Usage 2 pins the issuer: CAs change their intermediates without notice, the server must send this \
             certificate in its chain, and names and dates count again.",
        );
    }
    if matching == 0 {
        made.remark(
            "Matching type 0 publishes the whole: answers grow too long for a packet (RFC 7671 §10.1.1).",
        );
    }
}

/// Returns what stands in the record (RFC 6698 §2.1.3).
fn matched(matching: u8, der: &[u8]) -> Vec<u8> {
    match matching {
        1 => digest(&SHA256, der).as_ref().to_vec(),
        2 => digest(&SHA512, der).as_ref().to_vec(),
        _ => der.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Pin, make};
    use crate::generate::Made;
    use crate::name::Name;

    fn pin(usage: u8, selector: u8, matching: u8, der: &[u8]) -> Pin {
        Pin { parameters: Parameters { usage, selector, matching }, der: der.to_vec(), title: "it".into() }
    }

    fn made(pins: &[Pin]) -> Made {
        make(&Name::new("mx.example.org").unwrap(), 25, pins, 3600).unwrap()
    }

    #[test]
    fn data_is_matched_in_three_ways() {
        let line = |matching| made(&[pin(3, 1, matching, b"abc")]).records[0].line();
        assert_eq!(
            line(1),
            "_25._tcp.mx.example.org. 3600 IN TLSA 3 1 1 \
             ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(line(2).contains("3 1 2 ddaf35a193617abacc417349ae204131"));
        assert!(line(0).ends_with("3 1 0 616263"));
    }

    #[test]
    fn what_renewals_break_is_warned_of() {
        let has = |made: &Made, part: &str| made.remarks.iter().any(|remark| remark.contains(part));
        assert!(has(&made(&[pin(3, 0, 1, b"a")]), "every renewal"));
        assert!(!has(&made(&[pin(3, 1, 1, b"a")]), "every renewal"));
        assert!(has(&made(&[pin(2, 1, 1, b"a")]), "intermediates"));
    }

    #[test]
    fn usages_that_senders_ignore_are_objected_to() {
        for usage in [0, 1, 4] {
            assert_eq!(made(&[pin(usage, 1, 1, b"a")]).objections[0].rule, "dane-unusable", "{usage}");
        }
        assert_eq!(made(&[pin(3, 1, 1, b"a"), pin(2, 1, 1, b"b")]).objections, []);
    }

    #[test]
    fn the_next_key_stands_beside_the_current_one() {
        let two = made(&[pin(3, 1, 1, b"now"), pin(3, 1, 1, b"next")]);
        assert_eq!(two.records.len(), 2);
        assert!(two.remarks.iter().any(|remark| remark.contains("120 minutes")), "{:?}", two.remarks);
        assert_eq!(made(&[pin(3, 1, 1, b"now"), pin(3, 1, 1, b"now")]).records.len(), 1);
    }
}
