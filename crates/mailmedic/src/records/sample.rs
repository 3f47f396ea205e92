//! Answers for tests of families.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, KeyPair, SanType, date_time_ymd,
};

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

/// How a mark certificate (BIMI) is to be.
pub(crate) struct Mark {
    pub(crate) name: &'static str,
    pub(crate) is_for_marks: bool,
    pub(crate) has_logotype: bool,
}

/// A mark certificate for example.org in PEM, good from 2026 to 2027 but for what is changed.
pub(crate) fn mark(change: impl FnOnce(&mut Mark)) -> String {
    let mut mark = Mark { name: "example.org", is_for_marks: true, has_logotype: true };
    change(&mut mark);
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Example Organisation");
    params.subject_alt_names = vec![SanType::DnsName(mark.name.try_into().unwrap())];
    (params.not_before, params.not_after) = (date_time_ymd(2026, 6, 1), date_time_ymd(2027, 6, 1));
    params.extended_key_usages = match mark.is_for_marks {
        true => vec![ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 31])],
        false => vec![ExtendedKeyUsagePurpose::ServerAuth],
    };
    if mark.has_logotype {
        let oid = [1, 3, 6, 1, 5, 5, 7, 1, 12];
        params.custom_extensions = vec![CustomExtension::from_oid_content(&oid, vec![0x30, 0])];
    }
    params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, high, low][..], content].concat()
}
