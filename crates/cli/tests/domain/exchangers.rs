//! MX records of every kind, and what they lead to.

use crate::name_server::{Fault, Zone};
use crate::support::{DOMAIN, GOOD, OVER, V4, V6, World, acceptor};

fn zone(records: &str) -> Zone {
    Zone::new(DOMAIN, records)
}

#[tokio::test]
async fn two_hosts_with_two_addresses_each_are_four_endpoints() {
    let mut world = World::new(zone(
        "example.test MX 10 mx1.example.test.
         example.test MX 20 mx2.example.test.
         mx1.example.test A 127.0.0.1
         mx1.example.test AAAA ::1
         mx2.example.test A 127.0.0.1
         mx2.example.test AAAA ::1
         example.test TXT \"v=spf1 mx -all\"",
    ))
    .await;
    for host in ["mx1.example.test", "mx2.example.test"] {
        let tls = acceptor(world.identity(host, GOOD));
        world.serve_at(host, 25, vec![(V4, tls.clone()), (V6, tls)]).await;
    }
    let all = [
        "mx1.example.test:25@127.0.0.1 mx",
        "mx1.example.test:25@::1 mx",
        "mx2.example.test:25@127.0.0.1 mx",
        "mx2.example.test:25@::1 mx",
    ];
    let told = world.check(DOMAIN, &[]).await;
    told.has(&all);
    told.finds(&[]);
    assert_eq!(told.code, Some(0));
    assert!(told.text.starts_with("example.test: all is well"), "{}", told.text);
    assert!(told.connections().iter().all(|row| row.1 <= 12), "{:?}", told.connections());

    let quick = world.check(DOMAIN, &["--depth", "quick"]).await;
    assert!(quick.connections().iter().all(|row| row.1 <= 4), "{:?}", quick.connections());
    world.check(DOMAIN, &["-4"]).await.has(&[all[0], all[2]]);
    world.check(DOMAIN, &["-6"]).await.has(&[all[1], all[3]]);
}

#[tokio::test]
async fn the_domain_itself_takes_mail_where_there_is_no_mx() {
    let mut world = World::new(zone("example.test A 127.0.0.1")).await;
    world.good(DOMAIN, 25).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["example.test:25@127.0.0.1 implicit-mx"]);
    told.finds(&["warning mx-missing"]);
}

#[tokio::test]
async fn a_null_mx_says_that_no_mail_is_wanted() {
    let world = World::new(zone("example.test MX 0 .\nexample.test A 127.0.0.1")).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&[]);
    told.finds(&[]);
}

#[tokio::test]
async fn a_null_mx_beside_others_contradicts_them() {
    let mut world = World::new(zone(
        "example.test MX 0 .
         example.test MX 10 mx.example.test.
         mx.example.test A 127.0.0.1",
    ))
    .await;
    world.good("mx.example.test", 25).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["mx.example.test:25@127.0.0.1 mx"]);
    told.finds(&["warning mx-null-with-others"]);
}

#[tokio::test]
async fn mx_records_that_lead_nowhere_are_named() {
    let mut world = World::new(zone(
        "example.test MX 10 mx.example.test.
         example.test MX 20 127.0.0.1.
         example.test MX 30 alias.example.test.
         example.test MX 40 nobody.example.test.
         mx.example.test A 127.0.0.1
         alias.example.test CNAME mx.example.test.",
    ))
    .await;
    for host in ["mx.example.test", "alias.example.test"] {
        let tls = acceptor(world.identity(host, GOOD));
        world.serve_at(host, 25, vec![(V4, tls)]).await;
    }
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["mx.example.test:25@127.0.0.1 mx", "alias.example.test:25@127.0.0.1 mx"]);
    told.finds(&["error mx-is-address", "warning mx-is-alias", "warning mx-unresolvable"]);
}

#[tokio::test]
async fn a_domain_without_mx_and_address_takes_no_mail() {
    let world = World::new(zone("www.example.test A 127.0.0.1")).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&[]);
    told.finds(&["error mx-missing"]);
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_not_found() {
    let world = World::new(zone("")).await;
    let told = world.check("nobody.example.test", &[]).await;
    told.has(&[]);
    told.finds(&["error host-not-found"]);
}

#[tokio::test]
async fn what_could_not_be_looked_up_is_not_missing() {
    for fault in [Fault::Servfail, Fault::Refused, Fault::Silent] {
        let world = World::new(zone("www.example.test A 127.0.0.1").fault(DOMAIN, fault)).await;
        let told = world.check(DOMAIN, &[]).await;
        assert!(!told.findings().iter().any(|line| line.contains("missing")), "{fault:?}: {}", told.text);
        told.finds(&["error dns-lookup-failed"]);
    }
    let zone = zone("example.test MX 10 mx.example.test.\nmx.example.test A 127.0.0.1")
        .fault("mx.example.test", Fault::Servfail);
    let told = World::new(zone).await.check(DOMAIN, &[]).await;
    told.finds(&["error dns-lookup-failed"]);
}

#[tokio::test]
async fn a_failure_that_passes_is_no_finding() {
    let zone = zone("example.test MX 10 mx.example.test.\nmx.example.test A 127.0.0.1")
        .fault(DOMAIN, Fault::ServfailOnce);
    let mut world = World::new(zone).await;
    world.good("mx.example.test", 25).await;
    world.check(DOMAIN, &[]).await.finds(&[]);
}

#[tokio::test]
async fn forged_records_of_a_signed_zone_are_bogus() {
    let zone = zone("example.test MX 10 mx.example.test.\nmx.example.test A 127.0.0.1")
        .signed()
        .fault("mx.example.test", Fault::Forged);
    let mut world = World::signed(zone).await;
    world.good("mx.example.test", 25).await;
    let told = world.check(DOMAIN, &[]).await;
    told.finds(&["error dnssec-bogus"]);
}

#[tokio::test]
async fn a_signed_zone_without_fault_is_well() {
    let zone = zone("example.test MX 10 mx.example.test.\nmx.example.test A 127.0.0.1").signed();
    let mut world = World::signed(zone).await;
    let tls = acceptor(world.identity("mx.example.test", GOOD));
    world.serve_at("mx.example.test", 25, vec![(V4, tls)]).await;
    let told = world.check(DOMAIN, &[]).await;
    told.finds(&[]);
    // What DMARC asks above the zone stays open, since this server knows nothing of it.
    assert!(!told.text.contains("DNSSEC"), "{}", told.text);
}

#[tokio::test]
async fn senders_that_insist_make_a_certificate_fault_an_error() {
    let records = "example.test MX 10 mx.example.test.\nmx.example.test A 127.0.0.1";
    let mut world = World::new(zone(records)).await;
    let identity = world.identity("other.example.test", GOOD);
    world.serve("mx.example.test", 25, identity).await;
    let at = "cert-name-mismatch mx.example.test:25@127.0.0.1";
    world.check(DOMAIN, &[]).await.finds(&[&format!("warning {at}")]);

    let announced =
        format!("{records}\n_mta-sts.example.test TXT \"v=STSv1; id=1;\"\nmta-sts.example.test A 127.0.0.1");
    let mut world = World::new(zone(&announced)).await;
    let identity = world.identity("other.example.test", GOOD);
    world.serve("mx.example.test", 25, identity).await;
    let identity = world.identity("mta-sts.example.test", GOOD);
    let asked = world.web("mta-sts.example.test", Some(identity), POLICY).await;
    world.check(DOMAIN, &[]).await.finds(&[&format!("error {at}")]);
    assert_eq!(*asked.lock().unwrap(), ["/.well-known/mta-sts.txt"]);
    world.check(DOMAIN, &["--offline"]).await.finds(&[&format!("warning {at}")]);
    assert_eq!(asked.lock().unwrap().len(), 1, "offline fetches nothing");
}

const POLICY: &[(&str, &str)] = &[(
    "/.well-known/mta-sts.txt",
    "version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmax_age: 604800\r\n",
)];

#[tokio::test]
async fn signed_tlsa_records_make_missing_tls_an_error() {
    let records = "example.test MX 10 mx.example.test.
         mx.example.test A 127.0.0.1
         _25._tcp.mx.example.test TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000001";
    for (is_signed, severity) in [(true, "error"), (false, "warning")] {
        let mut world = match is_signed {
            true => World::signed(zone(records).signed()).await,
            false => World::new(zone(records)).await,
        };
        world.without_tls("mx.example.test", 25).await;
        let told = world.check(DOMAIN, &[]).await;
        told.finds(&[&format!("{severity} starttls-missing mx.example.test:25@127.0.0.1")]);
    }
}

#[tokio::test]
async fn an_address_family_that_is_dead_is_told_from_a_dead_server() {
    let mut world = World::new(zone(
        "example.test MX 10 mx.example.test.
         mx.example.test A 127.0.0.1
         mx.example.test AAAA ::1",
    ))
    .await;
    let tls = acceptor(world.identity("mx.example.test", GOOD));
    world.serve_at("mx.example.test", 25, vec![(V4, tls)]).await;
    world.check(DOMAIN, &[]).await.finds(&["warning address-family-differs mx.example.test:25@::1"]);
}

#[tokio::test]
async fn what_an_address_of_a_host_still_serves_is_named() {
    let mut world = World::new(zone(
        "example.test MX 10 mx.example.test.
         mx.example.test A 127.0.0.1
         mx.example.test AAAA ::1",
    ))
    .await;
    let renewed = acceptor(world.rsa_identity("mx.example.test", GOOD));
    let over = acceptor(world.rsa_identity("mx.example.test", OVER));
    world.serve_at("mx.example.test", 25, vec![(V4, renewed), (V6, over)]).await;
    let told = world.check(DOMAIN, &[]).await;
    told.finds(&["warning cert-inactive mx.example.test:25@::1"]);
}
