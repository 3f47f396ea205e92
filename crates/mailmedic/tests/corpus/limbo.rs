//! x509-limbo, and BetterTLS inside it.

use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{Anchors, Strict, strict};
use mailmedic::name::Host;
use mailmedic::trust::{Store, Stores};
use serde_json::Value;

/// Nobody looks at the common name any more.
const COMMON_NAME: &str = "asks for a common name that copies an alternative name; RFC 9525 has it ignored, and BetterTLS wants others taken";

/// Cases of limbo's own that are decided otherwise here, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("rfc5280::ca-as-leaf", "webpki::ca-as-leaf asks for the opposite, and clients refuse it"),
    ("webpki::cn::ipv4-hex-mismatch", COMMON_NAME),
    ("webpki::cn::ipv4-leading-zeros-mismatch", COMMON_NAME),
    ("webpki::cn::ipv6-uppercase-mismatch", COMMON_NAME),
    ("webpki::cn::ipv6-uncompressed-mismatch", COMMON_NAME),
    ("webpki::cn::ipv6-non-rfc5952-mismatch", COMMON_NAME),
    ("webpki::cn::punycode-not-in-san", COMMON_NAME),
    ("webpki::cn::utf8-vs-punycode-mismatch", COMMON_NAME),
    ("webpki::cn::not-in-san", COMMON_NAME),
    ("webpki::cn::case-mismatch", COMMON_NAME),
    ("pathlen::validation-ignores-pathlen-in-leaf", "the leaf is a CA: webpki::ca-as-leaf asks to refuse it"),
];

/// Features that are not looked at here, each with the reason.
const SKIPPED: &[(&str, &str)] =
    &[("has-crl", "revocation is judged elsewhere"), ("max-chain-depth", "the length is no option here")];

#[derive(Default)]
struct Score {
    right: usize,
    wrong: Vec<String>,
}

#[test]
fn every_verdict_is_right() {
    let cases = read();
    let now = Timestamp::now();
    let (mut better, mut mandatory, mut optional) = (Score::default(), Score::default(), Score::default());
    let (mut excepted, mut skipped) = (Vec::new(), Vec::new());
    let mut slowest = (Duration::ZERO, String::new());
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let features: Vec<&str> =
            case["features"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        if case["validation_kind"] != "SERVER" {
            skipped.push((id, "a client's certificate"));
            continue;
        }
        if let Some((_, why)) = SKIPPED.iter().find(|(feature, _)| features.contains(feature)) {
            skipped.push((id, *why));
            continue;
        }
        let begun = Instant::now();
        let verdict = judge(case, now);
        let took = begun.elapsed();
        if took > slowest.0 {
            slowest = (took, id.to_owned());
        }
        let is_right = verdict.is_accepted() == (case["expected_result"] == "SUCCESS");
        let score = if id.starts_with("bettertls") {
            &mut better
        } else if features.is_empty() {
            &mut mandatory
        } else {
            &mut optional
        };
        if is_right {
            score.right += 1;
        } else if EXCEPTIONS.iter().any(|(known, _)| *known == id) {
            excepted.push(id);
        } else {
            score.wrong.push(format!("{id} {features:?}: {verdict:?}"));
        }
    }
    println!("BetterTLS: {} right, {} wrong", better.right, better.wrong.len());
    println!(
        "limbo, mandatory: {} right, {} wrong, {} excepted",
        mandatory.right,
        mandatory.wrong.len(),
        excepted.len()
    );
    println!("limbo, optional: {} right, {} wrong", optional.right, optional.wrong.len());
    println!("not looked at: {}", skipped.len());
    for (id, why) in &skipped {
        println!("  {id}: {why}");
    }
    println!("slowest: {:?} {}", slowest.0, slowest.1);
    for (name, score) in [("BetterTLS", &better), ("mandatory", &mandatory), ("optional", &optional)] {
        for wrong in score.wrong.iter().take(60) {
            println!("{name} wrong: {wrong}");
        }
    }
    assert!(better.right >= 9_572 && better.wrong.is_empty());
    assert!(mandatory.right > 140 && mandatory.wrong.is_empty());
    // Who is excepted, is wrong: the list is not longer than it must be.
    assert_eq!(excepted.len(), EXCEPTIONS.len());
    assert!(slowest.0 < Duration::from_secs(1), "{slowest:?}");
}

fn judge(case: &Value, now: Timestamp) -> Strict {
    let mut served = vec![super::der(&case["peer_certificate"])];
    served.extend(super::ders(&case["untrusted_intermediates"]));
    let mut anchors = Anchors::default();
    for root in super::ders(&case["trusted_certs"]) {
        anchors.add(Stores::of(&[Store::Given]), Certificate::read(&root));
    }
    let host = case["expected_peer_name"]["value"].as_str().and_then(|name| Host::new(name).ok());
    let time = case["validation_time"].as_str().map_or(now, |time| time.parse().unwrap());
    strict(&served, &anchors, host.as_ref(), time)
}

fn read() -> Vec<Value> {
    let file = super::folder().join("limbo/limbo.json.zst");
    let unpacked = Command::new("zstd").arg("-dc").arg(&file).output().unwrap();
    assert!(unpacked.status.success(), "zstd unpacks {}", file.display());
    let mut whole: Value = serde_json::from_slice(&unpacked.stdout).unwrap();
    let Value::Array(cases) = whole["testcases"].take() else { panic!("there are test cases") };
    cases
}
