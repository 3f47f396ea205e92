//! Certificates whose content is meant for the terminal, the shell, or the memory.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair, SanType,
};
use rustls::pki_types::CertificateDer;

use crate::handshakes::{config, nested, serve_tls};
use crate::peer::serve;
use crate::run::{Told, check, each};

/// Serves a certificate on a port of its own with implicit TLS, and examines it.
fn look(der: CertificateDer<'static>, key: &KeyPair) -> Told {
    look_chain(vec![der], key)
}

fn look_chain(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Told {
    let config = config(chain, key);
    let port = serve(move |peer| serve_tls(peer, &Arc::clone(&config)));
    // The host's name makes rules compare names; --connect-to spares DNS.
    let route = format!("mail.test:{port}:127.0.0.1:{port}");
    check(&format!("smtps://mail.test:{port}"), &["--connect-to", &route])
}

fn certificate(name: &str, sans: &[&str]) -> (CertificateDer<'static>, KeyPair) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, name);
    params.subject_alt_names = sans.iter().map(|san| SanType::DnsName((*san).try_into().unwrap())).collect();
    let der = params.self_signed(&key).unwrap().der().clone();
    (der, key)
}

/// A chain with the key of its leaf.
pub(crate) struct ServedChain {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: KeyPair,
}

/// A leaf for mail.test and its issuer, which nobody trusts.
pub(crate) fn chain() -> ServedChain {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["mail.test".to_owned(), "192.0.2.1".to_owned()]).unwrap();
    params.use_authority_key_identifier_extension = true;
    let leaf = params.signed_by(&key, &issuer).unwrap();
    ServedChain { chain: vec![leaf.der().clone(), issuer.der().clone()], key }
}

#[test]
fn names_do_not_drive_a_terminal() {
    let (der, key) = certificate(
        "\u{1b}[31mowned\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{2066}\r\nERROR  cert-expired",
        &["\u{1b}[31mmail.test\u{7}", "mail.test\r\n\r\nmail: healthy", "\u{7f}\u{8}\u{0}"],
    );
    look(der, &key).has(&["cert-self-signed"]);
}

#[test]
fn names_do_not_drive_a_shell() {
    let names =
        ["$(touch owned)", "`touch owned`", "'; touch owned; '", "-rf", "a b", "x\ntouch owned\n", "--help"];
    let (der, key) = certificate("'$(touch owned)'", &names);
    let told = look(der, &key);
    let findings = told.json["targets"][0]["findings"].as_array().unwrap();
    let fixes = findings.iter().flat_map(|finding| finding["fixes"].as_array().unwrap());
    let commands = fixes.flat_map(|fix| fix["commands"].as_array().unwrap());
    let verify = findings.iter().flat_map(|finding| finding["verify"].as_array().unwrap());
    for command in commands.chain(verify) {
        let command = command.as_str().unwrap();
        assert!(!command.contains("touch owned"), "{command}");
        assert!(!command.contains(" -rf"), "{command}");
    }
}

#[test]
fn ten_thousand_names_do_not_fill_the_page() {
    let names: Vec<String> = (0..10_000).map(|at| format!("host{at}.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // A message of TLS may be longer, but few clients take more than 64 KiB of chain.
    let (der, key) = certificate("many", &names[..3_000]);
    let told = look(der, &key);
    told.has(&["cert-name-mismatch"]);
    assert!(told.text.len() < 40_000, "{} bytes", told.text.len());
    let (der, key) = certificate("many", &names);
    let told = look(der, &key);
    assert!(!told.found.is_empty(), "{}", told.text);
    assert!(told.text.len() < 40_000, "{} bytes", told.text.len());
}

#[test]
fn a_long_name_does_not_fill_the_page() {
    let (der, key) = certificate(&"A".repeat(30_000), &[&"b".repeat(20_000)]);
    let told = look(der, &key);
    assert!(told.text.len() < 60_000, "{} bytes", told.text.len());
}

#[test]
fn what_is_no_certificate_is_told() {
    let key = KeyPair::generate().unwrap();
    for der in [
        vec![0; 1_000],
        vec![0x30, 0x82, 0xFF, 0xFF, 1, 2, 3],
        nested(2_000),
        b"-----BEGIN CERTIFICATE-----".to_vec(),
        vec![0x30, 0],
    ] {
        let told = look(der.into(), &key);
        told.has(&["cert-malformed"]);
        assert!(told.json["summary"]["error"].as_u64() > Some(0), "{}", told.text);
    }
}

#[test]
fn every_byte_of_a_certificate_may_be_wrong() {
    let (der, key) = certificate("mail.test", &["mail.test"]);
    let step = der.len() / 12;
    each((5..der.len()).step_by(step), |at| {
        let mut damaged = der.to_vec();
        damaged[at] ^= 0xFF;
        let told = look(damaged.into(), &key);
        assert!(!told.found.is_empty(), "byte {at}: {}", told.text);
    });
}

#[test]
fn chains_of_many_that_all_could_be_issuers_end() {
    // All have the same subject and issuer, so that each could have issued each.
    let (leaf, key) = certificate("same", &["mail.test"]);
    let others = (0..30).map(|_| certificate("same", &["mail.test"]).0);
    let told = look_chain(std::iter::once(leaf).chain(others).collect(), &key);
    assert!(!told.found.is_empty(), "{}", told.text);
}

#[test]
fn chains_of_many_that_all_are_issuers_of_each_other_end() {
    // One key and one name: each signature of each holds.
    let key = KeyPair::generate().unwrap();
    let many = (0..50_u8).map(|number| {
        let mut params = CertificateParams::new(["mail.test".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.serial_number = Some(vec![1, number].into());
        params.self_signed(&key).unwrap().der().clone()
    });
    let told = look_chain(many.collect(), &key);
    assert!(!told.found.is_empty(), "{}", told.text);
}

#[test]
fn dates_at_the_ends_of_the_calendar_are_told() {
    let date = rcgen::date_time_ymd;
    for (from, to) in [
        (date(1, 1, 1), date(9999, 12, 31)),
        (date(9999, 12, 31), date(1, 1, 1)),
        (date(1949, 12, 31), date(1950, 1, 1)),
        (date(2049, 12, 31), date(2050, 1, 1)),
        (date(1970, 1, 1), date(1970, 1, 1)),
    ] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(["mail.test".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (from, to);
        let der = params.self_signed(&key).unwrap().der().clone();
        let told = look(der, &key);
        assert!(told.json["summary"]["error"].as_u64() > Some(0), "{}", told.text);
    }
}
