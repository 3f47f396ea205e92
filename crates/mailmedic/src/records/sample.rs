//! Answers for tests of families.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Name;
use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};

/// An answer without evidence.
fn answer(name: &str, kind: DnsType, outcome: DnsOutcome) -> DnsAnswer {
    let name = Name::new(name).unwrap();
    DnsAnswer { name, kind, outcome, state: DnsState::Insecure, evidence: Default::default() }
}

/// These records.
pub(crate) fn found(name: &str, kind: DnsType, records: Vec<DnsData>) -> DnsAnswer {
    answer(name, kind, DnsOutcome::Found { aliases: Vec::new(), records })
}

/// These TXT records.
pub(crate) fn txt(name: &str, texts: &[&str]) -> DnsAnswer {
    found(name, DnsType::Txt, texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect())
}

/// No such record.
pub(crate) fn absent(name: &str, kind: DnsType) -> DnsAnswer {
    answer(name, kind, DnsOutcome::NoData)
}

/// No usable answer.
pub(crate) fn failed(name: &str, kind: DnsType) -> DnsAnswer {
    answer(name, kind, DnsOutcome::Failed("SERVFAIL from 192.0.2.53".to_owned()))
}

/// The SubjectPublicKeyInfo of an RSA key with this modulus, in base64.
pub(crate) fn rsa_spki(modulus: &[u8]) -> String {
    let algorithm = [0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];
    let bits = element(3, &[&[0], rsa_bare(modulus).as_slice()].concat());
    STANDARD.encode(element(0x30, &[&algorithm[..], &bits].concat()))
}

/// The RSAPublicKey with this modulus, as DER.
pub(crate) fn rsa_bare(modulus: &[u8]) -> Vec<u8> {
    element(0x30, &[element(2, &[&[0], modulus].concat()), vec![2, 3, 1, 0, 1]].concat())
}

/// A modulus of so many bytes; it is not good for signing.
pub(crate) fn modulus(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|index| if index == 0 { 0xC1 } else { u8::try_from(index % 251).unwrap() | 1 }).collect()
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, high, low][..], content].concat()
}
