//! What protects delivery, held against servers that are there: TLSA records, and MTA-STS policies behind bad certificates.

use mailmedic::certificate::Certificate;
use mailmedic::records::tlsa::Tlsa;
use serde_json::Value;

use crate::certificates::Identity;
use crate::name_server::Zone;
use crate::support::{DOMAIN, GOOD, OVER, Told, World};

const NOBODYS: &str = "0000000000000000000000000000000000000000000000000000000000000001";

fn finding<'a>(told: &'a Told, rule: &str) -> &'a Value {
    let findings = told.report["targets"][0]["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["rule"] == rule).unwrap()
}

#[tokio::test]
async fn tlsa_records_of_another_key_keep_mail_away_and_the_right_ones_are_shown() {
    let records = format!(
        "example.test MX 10 mx.example.test.
         mx.example.test A 127.0.0.1
         _25._tcp.mx.example.test TLSA 3 1 1 {NOBODYS}
         _imaps._tcp.example.test SRV 0 1 993 imap.example.test.
         imap.example.test A 127.0.0.1
         _993._tcp.imap.example.test TLSA 3 1 1 {NOBODYS}"
    );
    let mut world = World::signed(Zone::new(DOMAIN, &records).signed()).await;
    let identity = world.identity("mx.example.test", GOOD);
    let key = Tlsa::of_key(&Certificate::read(&identity.chain[0]));
    world.serve("mx.example.test", 25, identity).await;
    world.good("imap.example.test", 993).await;
    let told = world.check(DOMAIN, &[]).await;
    told.finds(&[
        "error dane-mismatch mx.example.test:25@127.0.0.1",
        "warning dane-mismatch imap.example.test:993@127.0.0.1",
    ]);
    let mismatch = finding(&told, "dane-mismatch");
    assert_eq!(
        mismatch["fixes"][0]["config"],
        format!("_25._tcp.mx.example.test. 3600 IN TLSA {key}").as_str()
    );
    let cause = mismatch["cause"].as_str().unwrap();
    assert!(cause.contains("none fits the ECDSA certificate \"mx.example.test\""), "{cause}");
}

const POLICY: &[(&str, &str)] = &[(
    "/.well-known/mta-sts.txt",
    "version: STSv1\nmode: testing\nmx: mx.example.test\nmx: old.example.test\nmax_age: 3600\n",
)];

async fn policy_behind(identity: impl FnOnce(&World) -> Identity) -> Told {
    let zone = Zone::new(
        DOMAIN,
        "example.test MX 10 mx.example.test.
         mx.example.test A 127.0.0.1
         _mta-sts.example.test TXT \"v=STSv1; id=1;\"
         mta-sts.example.test A 127.0.0.1",
    );
    let mut world = World::new(zone).await;
    world.good("mx.example.test", 25).await;
    let identity = identity(&world);
    world.web("mta-sts.example.test", Some(identity), POLICY).await;
    world.check(DOMAIN, &[]).await
}

#[tokio::test]
async fn a_policy_behind_a_bad_certificate_is_told_by_the_fault_of_it() {
    let told = policy_behind(|world| world.identity("mta-sts.example.test", OVER)).await;
    told.finds(&["warning mta-sts-policy-unreachable"]);
    let cause = finding(&told, "mta-sts-policy-unreachable")["cause"].as_str().unwrap();
    assert!(cause.contains("its certificate expired on"), "{cause}");

    let told = policy_behind(|world| world.identity("www.example.test", GOOD)).await;
    told.finds(&["warning mta-sts-policy-unreachable"]);
    let cause = finding(&told, "mta-sts-policy-unreachable")["cause"].as_str().unwrap();
    assert!(cause.contains("bears www.example.test, and not mta-sts.example.test"), "{cause}");
}

#[tokio::test]
async fn a_policy_that_is_fetched_is_held_against_the_mx_records() {
    let told = policy_behind(|world| world.identity("mta-sts.example.test", GOOD)).await;
    told.finds(&["note mta-sts-mx-unlisted", "note mta-sts-testing", "warning mta-sts-max-age-short"]);
}
