//! DMARC, DKIM and BIMI records of domains below a suffix that is served, too.

use crate::name_server::{Fault, Zone};
use crate::support::World;

/// The zone above, so that the way up ends within what is served.
fn zone(records: &str) -> Zone {
    Zone::new("test", records)
}

/// Long lines are wrapped.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(words(text).contains(&words(line)), "{line}\n{text}");
    }
}

const MX: &str = "example.test MX 10 mx.example.test.
     mx.example.test A 192.0.2.1
     vendor.test MX 10 mx.example.test.";

#[tokio::test]
async fn the_record_above_applies_and_reports_need_leave() {
    let records = format!(
        "{MX}
         mail.example.test A 192.0.2.2
         _dmarc.example.test TXT \"v=DMARC1; p=reject; sp=none; pct=0; rua=mailto:a@example.test,mailto:b@vendor.test\""
    );
    let world = World::new(zone(&records)).await;
    let rules = "dmarc-missing,dmarc-policy-none,dmarc-reports-unauthorised,dmarc-tag-obsolete,dmarc-syntax";
    let (code, text) = world.dns(&["mail.example.test", "--select", rules]).await;
    assert_eq!(code, Some(0), "{text}");
    has(
        &text,
        &[
            "DMARC p=reject, sp=none, found at example.test, so that none counts here, reports to a@example.test and \
             b@vendor.test",
            "NOTE dmarc-policy-none",
            "WARN dmarc-reports-unauthorised",
            "; in the zone of vendor.test, by whoever runs it:",
            "example.test._report._dmarc.vendor.test. 3600 IN TXT \"v=DMARC1\"",
            "WARN dmarc-tag-obsolete",
            "\"v=DMARC1; p=reject; sp=none; rua=mailto:a@example.test,mailto:b@vendor.test; t=y\"",
        ],
    );
    let agreed = format!("{records}\nexample.test._report._dmarc.vendor.test TXT \"v=DMARC1\"");
    let (_, text) = World::new(zone(&agreed)).await.dns(&["example.test", "--select", rules]).await;
    assert!(!text.contains("dmarc-reports-unauthorised"), "{text}");
    has(&text, &["vendor.test takes reports: example.test._report._dmarc.vendor.test"]);
}

#[tokio::test]
async fn a_failure_is_not_taken_for_absence() {
    for name in ["_dmarc.example.test", "_dmarc.test"] {
        let world = World::new(zone(MX).fault(name, Fault::Servfail)).await;
        let (code, text) = world.dns(&["example.test", "--select", "dmarc-missing,dmarc-syntax"]).await;
        assert_eq!(code, Some(0), "{text}");
        assert!(!text.contains("WARN"), "{name}: {text}");
        has(&text, &["could not tell", "SERVFAIL"]);
    }
    let (_, text) = World::new(zone(MX)).await.dns(&["example.test", "--select", "dmarc-missing"]).await;
    has(&text, &["DMARC none", "WARN dmarc-missing", "rua=mailto:dmarc-reports@example.test"]);
}

#[tokio::test]
async fn keys_are_found_by_selector_message_and_guess() {
    // Ed25519: the key of RFC 8410 §10.1 in base64.
    let key = "v=DKIM1; k=ed25519; p=Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    let records = format!(
        "{MX}
         s1._domainkey.example.test TXT \"{key}\"
         google._domainkey.example.test TXT \"v=DKIM1; p=\"
         s2._domainkey.news.example.test TXT \"{key}\"
         old._domainkey.example.test.example.test TXT \"{key}\"
         _dmarc.example.test TXT \"v=DMARC1; p=reject; adkim=s\""
    );
    let world = World::new(zone(&records)).await;
    let rules = "dkim-key-missing,dkim-key-invalid,dkim-key-weak,dkim-key-revoked,dkim-key-testing";
    let message = world.folder().join("message.eml");
    std::fs::write(
        &message,
        "DKIM-Signature: v=1; a=ed25519-sha256; d=news.example.test;\r\n s=s2; b=AA\r\n\
         From: a@example.test\r\n\r\nx",
    )
    .unwrap();
    let message = message.to_str().unwrap();
    let words = ["example.test", "--select", rules, "--selector", "s1", "--message", message];
    let (code, text) = world.dns(&words).await;
    assert_eq!(code, Some(0), "{text}");
    has(
        &text,
        &[
            "DKIM s1: Ed25519",
            "s2 of news.example.test: Ed25519",
            "its signatures do not count for DMARC of example.test, which says adkim=s",
        ],
    );

    let (code, text) = world.dns(&["example.test", "--select", rules, "--selector", "old"]).await;
    assert_eq!(code, Some(1), "{text}");
    has(
        &text,
        &["ERROR dkim-key-missing", "A key stands at old._domainkey.example.test.example.test instead.", key],
    );

    // A revoked key is shown and no fault, and no other guess is said to be missing.
    let (code, text) = world.dns(&["example.test", "--select", rules, "--depth", "full"]).await;
    assert_eq!(code, Some(0), "{text}");
    has(&text, &["google: revoked", "s1: Ed25519"]);
    assert!(!text.contains("dkim-key"), "{text}");
    let wild = format!("{records}\n*.test TXT \"anything\"");
    let (_, text) =
        World::new(zone(&wild)).await.dns(&["example.test", "--select", rules, "--depth", "full"]).await;
    has(&text, &["could not tell: selectors cannot be listed, and a wildcard answers for all"]);

    let ran = world.ask(&["dns", "vendor.test", "--message", message]).await;
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("signed by news.example.test and not by vendor.test"), "{}", ran.stderr);
}

#[tokio::test]
async fn logos_need_a_good_record_and_an_enforced_policy() {
    let bimi = "default._bimi.example.test TXT \"v=BIMI1; l=https://www.example.test/logo.svg\"";
    for (policy, lack) in [("reject", None), ("none", Some("the DMARC policy asks for nothing"))] {
        let records = format!("{MX}\n{bimi}\n_dmarc.example.test TXT \"v=DMARC1; p={policy}\"");
        let world = World::new(zone(&records)).await;
        let full = ["example.test", "--select", "bimi-invalid", "--depth", "full"];
        let (_, text) = world.dns(&full).await;
        has(&text, &["receivers cannot fetch it: www.example.test does not exist."]);
        // Of what is not fetched nothing is said.
        let (_, text) = world.dns(&[&full[..], &["--offline"]].concat()).await;
        has(&text, &["BIMI logo https://www.example.test/logo.svg, no certificate"]);
        assert_eq!(text.contains("WARN   bimi-invalid"), lack.is_some(), "{text}");
        has(&text, &lack.map_or(vec![], |lack| vec![lack]));
        let (_, text) = world.dns(&["example.test", "--select", "bimi-invalid"]).await;
        assert!(!text.contains("BIMI"), "asked at full depth only: {text}");
    }
}
