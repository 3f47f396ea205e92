//! `mailmedic dns generate` against a zone on loopback.

use std::fs;

use serde_json::Value;

use crate::name_server::{Fault, Zone};
use crate::support::{DOMAIN, GOOD, World, acceptor};

async fn world(records: &str) -> World {
    World::new(Zone::new(DOMAIN, records)).await
}

/// Returns the lines that are no comments.
fn lines(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with(';') && !line.is_empty()).collect()
}

const SPF: &str = "example.test TXT \"v=spf1 mx include:_spf.example.test -all\"
     example.test TXT \"site-verification=1\"
     example.test MX 10 mx.example.test.
     mx.example.test A 127.0.0.1
     _spf.example.test TXT \"v=spf1 ip4:192.0.2.1 -all\"";

#[tokio::test]
async fn spf_is_added_to_what_is_published() {
    let world = world(SPF).await;
    let ran = world.ask(&["dns", "generate", "spf", DOMAIN, "--ip4", "192.0.2.7", "--diff"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        lines(&ran.stdout),
        [
            "- example.test. 60 IN TXT \"v=spf1 mx include:_spf.example.test -all\"",
            "+ example.test. 3600 IN TXT \"v=spf1 mx include:_spf.example.test ip4:192.0.2.7 -all\"",
        ]
    );
    assert!(ran.stdout.contains("; 2 of 10 look-ups"), "{}", ran.stdout);

    let ran = world.ask(&["dns", "generate", "spf", DOMAIN, "--diff", "--format", "json"]).await;
    let page: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(page["schema"], "mailmedic.generated/1");
    assert_eq!(page["records"][0]["published"], true, "{}", ran.stdout);
    assert_eq!(page["remove"], serde_json::json!([]));
}

#[tokio::test]
async fn spf_over_ten_look_ups_is_refused_unless_forced() {
    let includes: Vec<String> = (0..11).map(|number| format!("i{number}.example.test")).collect();
    let records: Vec<String> =
        includes.iter().map(|name| format!("{name} TXT \"v=spf1 ip4:192.0.2.1 -all\"")).collect();
    let world = world(&records.join("\n")).await;
    let mut words = vec!["dns", "generate", "spf", DOMAIN];
    words.extend(includes.iter().flat_map(|name| ["--include", name.as_str()]));
    let ran = world.ask(&words).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("refused (spf-too-many-lookups): It takes 11 look-ups"), "{}", ran.stderr);
    words.push("--force");
    let ran = world.ask(&words).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(lines(&ran.stdout).len(), 1);
    assert!(ran.stdout.starts_with("; wrong (spf-too-many-lookups): "), "{}", ran.stdout);
}

#[tokio::test]
async fn what_cannot_be_told_is_not_taken_for_nothing() {
    let zone = Zone::new(DOMAIN, SPF).fault("example.test.", Fault::Servfail);
    let world = World::new(zone).await;
    let ran = world.ask(&["dns", "generate", "spf", DOMAIN, "--ip4", "192.0.2.7"]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("could not be told") && ran.stderr.contains("--fresh"), "{}", ran.stderr);
    let words = ["dns", "generate", "spf", DOMAIN, "--ip4", "192.0.2.7", "--fresh", "--diff"];
    let ran = world.ask(&words).await;
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stdout.contains("what is published could not be told"), "{}", ran.stdout);
    assert_eq!(lines(&ran.stdout), ["+ example.test. 3600 IN TXT \"v=spf1 ip4:192.0.2.7 ~all\""]);
}

#[tokio::test]
async fn mta_sts_takes_the_hosts_of_mx_records() {
    let world = world(
        "example.test MX 20 mx2.example.test.
         example.test MX 10 mx1.example.test.
         mx1.example.test A 127.0.0.1
         mx2.example.test A 127.0.0.1",
    )
    .await;
    let words = ["dns", "generate", "mta-sts", DOMAIN, "--mode", "enforce", "--server", "nginx"];
    let ran = world.ask(&words).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(
        ran.stdout.contains("mode: enforce\nmx: mx1.example.test\nmx: mx2.example.test\nmax_age: 1209600\n")
    );
    assert!(ran.stdout.contains("server_name mta-sts.example.test;") && !ran.stdout.contains("VirtualHost"));
    let lone = world.ask(&["dns", "generate", "mta-sts", "nothing.example.test", "--mode", "none"]).await;
    assert_eq!(lone.code, Some(0), "{}", lone.stderr);
}

#[tokio::test]
async fn srv_records_that_lead_nowhere_are_refused() {
    let world = world("mail.example.test A 127.0.0.1").await;
    let words = ["dns", "generate", "srv", DOMAIN, "--submission", "mail.example.test", "--imap"];
    let ran = world.ask(&[&words[..], &["mail.example.test"]].concat()).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("_imaps._tcp.example.test. 3600 IN SRV 0 1 993 mail.example.test."));
    assert!(ran.stdout.contains("_pop3s._tcp.example.test. 3600 IN SRV 0 0 0 ."));
    // The rule on published records says it, of records that are not published yet.
    let ran = world.ask(&[&words[..], &["imap.example.test"]].concat()).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("refused (srv-invalid)"), "{}", ran.stderr);
    assert!(ran.stderr.contains("imap.example.test does not exist"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_the_rules_could_not_tell_is_told() {
    let zone = Zone::new(DOMAIN, "mail.example.test A 127.0.0.1");
    let world = World::new(zone.fault("imap.example.test.", Fault::Servfail)).await;
    let words = [
        "dns",
        "generate",
        "srv",
        DOMAIN,
        "--submission",
        "mail.example.test",
        "--imap",
        "imap.example.test",
    ];
    let ran = world.ask(&words).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("; not all could be checked: imap.example.test: SERVFAIL"), "{}", ran.stdout);
}

#[tokio::test]
async fn tls_rpt_replaces_a_record_that_is_void() {
    let world =
        world("_smtp._tls.example.test TXT \"v=TLSRPTv1\"\nexample.test MX 10 mx.example.test.").await;
    let words = ["dns", "generate", "tls-rpt", DOMAIN, "--rua", "tls@example.test", "--diff"];
    let ran = world.ask(&words).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        lines(&ran.stdout),
        [
            "- _smtp._tls.example.test. 60 IN TXT \"v=TLSRPTv1\"",
            "+ _smtp._tls.example.test. 3600 IN TXT \"v=TLSRPTv1; rua=mailto:tls@example.test\"",
        ]
    );
}

#[tokio::test]
async fn tlsa_pins_what_is_served_and_the_key_that_comes_next() {
    let mut world = world("mx.example.test A 127.0.0.1").await;
    let identity = world.identity("mx.example.test", GOOD);
    let next = world.identity("mx.example.test", GOOD);
    let certificate = world.folder().join("served.pem");
    let key = world.folder().join("next.key");
    fs::write(&certificate, &identity.chain[0]).unwrap();
    fs::write(&key, next.key.serialize_pem()).unwrap();
    world.serve_as("mx.example.test", 25, acceptor(identity)).await;
    let of = |text: &str| lines(text).iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();

    let next_key = key.to_str().unwrap();
    let live = world.run(&["dns", "generate", "tlsa", "mx.example.test", "--next", next_key]).await;
    assert_eq!(live.code, Some(0), "{}", live.stderr);
    let live = of(&live.stdout);
    assert_eq!(live.len(), 2);
    assert!(
        live.iter().all(|line| line.starts_with("_25._tcp.mx.example.test. 3600 IN TLSA 3 1 1 ")),
        "{live:?}"
    );

    let words = ["dns", "generate", "tlsa", "mx.example.test", "--cert", certificate.to_str().unwrap()];
    let file = world.run(&words).await;
    assert_eq!(of(&file.stdout), live[..1], "{}", file.stderr);
    let file = world.run(&["dns", "generate", "tlsa", "mx.example.test", "--key", next_key]).await;
    assert_eq!(of(&file.stdout), live[1..], "{}", file.stderr);

    let both = ["dns", "generate", "tlsa", "mx.example.test", "--kind", "3 0 1", "--kind", "2 1 1"];
    let both = world.run(&both).await;
    assert_eq!(of(&both.stdout).len(), 2, "{}", both.stderr);
    let told = both.stdout.replace("\n; ", " ");
    assert!(
        told.contains("every renewal makes it wrong") && told.contains("Usage 2 pins the issuer"),
        "{told}"
    );

    let silent = world.run(&["dns", "generate", "tlsa", "mx.example.test", "--port", "465"]).await;
    assert_eq!((silent.code, silent.stdout.as_str()), (Some(3), ""), "{}", silent.stderr);
}

#[tokio::test]
async fn caa_of_an_unknown_ca_must_be_named() {
    let mut world = world("example.test MX 10 mx.example.test.\nmx.example.test A 127.0.0.1").await;
    world.good("mx.example.test", 25).await;
    let ran = world.run(&["dns", "generate", "caa", DOMAIN, "--from", "mx.example.test:25"]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("Ward E1") && ran.stderr.contains("--ca names it"), "{}", ran.stderr);
    let words = ["dns", "generate", "caa", DOMAIN, "--ca", "letsencrypt.org", "--no-wildcards", "--diff"];
    let ran = world.run(&words).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        lines(&ran.stdout),
        [
            "+ example.test. 3600 IN CAA 0 issue \"letsencrypt.org\"",
            "+ example.test. 3600 IN CAA 0 issuewild \";\"",
        ]
    );
}
