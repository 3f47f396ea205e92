//! Chains of mail servers in which every planted fault is labelled.

use std::collections::BTreeSet;
use std::fs;

use jiff::Timestamp;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{Anchors, diagnose_with};
use mailmedic::finding::{Case, Finding};
use mailmedic::known::Known;
use mailmedic::name::Host;
use mailmedic::observation::Trust;
use mailmedic::policy;
use mailmedic::rules;
use mailmedic::trust::{Store, Stores};
use serde_json::Value;

/// The rules that may tell of a label; one of them must.
fn rules_of(label: &str) -> &'static [&'static str] {
    let begins = |word: &str| label.starts_with(word);
    match label {
        "expired" => &["cert-expired"],
        "not-yet-valid" => &["cert-not-yet-valid"],
        "self-signed" => &["cert-self-signed"],
        "unknown-issuer" => &["cert-untrusted"],
        "missing-intermediate" => &["chain-incomplete"],
        "wrong-intermediate" => {
            &["chain-incomplete", "cert-signature-invalid", "cert-untrusted", "chain-superfluous"]
        }
        "bad-signature" | "signature-invalid" => &["cert-signature-invalid"],
        "name-mismatch" => &["cert-name-mismatch", "cert-ip-address-unnamed"],
        "cn-only" | "no-san" => &["cert-san-missing"],
        "intermediate-expired" | "intermediate-not-yet-valid" | "root-expired" => {
            &["chain-intermediate-expired"]
        }
        "leaf-is-ca" => &["cert-is-ca"],
        "explicit-curve-params" | "dsa" => &["cert-key-weak"],
        "key-curve-p521" => &["cert-key-oversized"],
        "unknown-critical-extension" => &["cert-critical-extension-unknown"],
        "chain-too-long" | "pathlen" | "pathlen-exceeded" | "pathlen-violated" => &["chain-path-too-long"],
        "chain-order" => &["chain-misordered"],
        "chain-includes-root" => &["chain-root-included"],
        "chain-extra-cert" => &["chain-superfluous", "chain-alternative-broken"],
        "chain-duplicate" => &["chain-superfluous"],
        "no-aki" | "internal-name" => &["cert-malformed"],
        "must-staple" => &["cert-staple-missing"],
        _ if begins("wildcard") => &["cert-wildcard-misused", "cert-name-mismatch"],
        _ if begins("validity-") => &["cert-validity-too-long"],
        "rsa-oversized" | "rsa-8192" | "rsa-16384" => &["cert-key-oversized"],
        // An address as a DNS name is told as such, and as an address that is not named.
        _ if begins("san-ip") || begins("ip-") => &["cert-malformed", "cert-ip-address-unnamed"],
        _ if begins("serial-") || begins("san-") || begins("leaf-x509-v1") => &["cert-malformed"],
        _ if begins("eku-intermediate") || begins("intermediate-") => &["chain-intermediate-invalid"],
        _ if begins("eku-") || begins("keyusage") || label == "no-eku" => &["cert-usage-wrong"],
        _ if begins("sha1") || begins("md5") => &["cert-signature-weak"],
        _ if begins("rsa-") || begins("key-") => &["cert-key-weak"],
        _ if begins("nc-") || begins("name-constraint") => &["cert-name-constraint-violated"],
        _ => panic!("no rule is known for {label}"),
    }
}

#[test]
fn every_fault_is_named_and_no_other() {
    let file = super::folder().join("faults/faults-dev.json");
    let whole: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let (mut planted, mut named, mut told, mut true_told, mut firsts, mut faulty) = (0, 0, 0, 0, 0, 0);
    for case in whole["cases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let labels: Vec<&str> =
            case["faults"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
        let findings = judge(case);
        let rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
        let allowed: BTreeSet<&str> = labels.iter().flat_map(|label| rules_of(label)).copied().collect();
        planted += labels.len();
        for label in &labels {
            if rules_of(label).iter().any(|rule| rules.contains(rule)) {
                named += 1;
            } else {
                println!("{id}: {label} is not named among {rules:?}");
            }
        }
        told += rules.len();
        for finding in &findings {
            if allowed.contains(finding.rule) {
                true_told += 1;
            } else {
                println!("{id} {labels:?}: {} is named: {}", finding.rule, finding.cause);
            }
        }
        if !labels.is_empty() {
            faulty += 1;
            if rules.first().is_some_and(|first| allowed.contains(first)) {
                firsts += 1;
            } else {
                println!("{id} {labels:?}: first stands {:?}", rules.first());
            }
        }
    }
    println!("named: {named} of {planted}; true: {true_told} of {told}; a cause first: {firsts} of {faulty}");
    assert!(planted > 30 && named * 100 >= planted * 98);
    assert!(true_told * 100 >= told * 99);
    assert_eq!(firsts, faulty);
}

fn judge(case: &Value) -> Vec<Finding> {
    let mut served = vec![super::der(&case["leaf"])];
    served.extend(super::ders(&case["chain"]));
    // The roots of the cases stand for public ones.
    let mut anchors = Anchors::default();
    for root in super::ders(&case["roots"]) {
        anchors.add(Stores::of(&Store::ALL[1..7]), Certificate::read(&root));
    }
    let host = Host::new(case["host"].as_str().unwrap()).unwrap();
    let seen = super::served::examination(&host, served, Trust::default());
    let now: Timestamp = case["time"].as_str().unwrap().parse().unwrap();
    let diagnosis = diagnose_with(&seen, &anchors, now);
    let known = Known::default();
    let case = Case::new(&seen, &diagnosis, &policy::MAIL, &known, now);
    let judged = rules::judge(&case, |rule| rule.id.starts_with("cert-") || rule.id.starts_with("chain-"));
    judged.findings
}
