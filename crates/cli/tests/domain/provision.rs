//! `mailmedic provision` against a mail domain on loopback.

use std::fs;

use crate::name_server::Zone;
use crate::support::{DOMAIN, Ran, World};

const ZONE: &str = "mail.example.test A 127.0.0.1\nimap.example.test A 127.0.0.1";

/// A host with IMAP and submission, and a certificate for its own name; another name leads to it too.
async fn world(zone: &str) -> World {
    let mut world = World::new(Zone::new(DOMAIN, zone)).await;
    world.good("mail.example.test", 993).await;
    world.good("mail.example.test", 465).await;
    world.also("mail.example.test", "imap.example.test", 993);
    world
}

async fn provision(world: &World, imap: &str, more: &[&str]) -> Ran {
    let words =
        ["provision", DOMAIN, "--imap", imap, "--submission", "mail.example.test", "--only", "autoconfig"];
    world.run(&[&words[..], more].concat()).await
}

#[tokio::test]
async fn a_name_that_the_certificate_lacks_is_refused_with_both_cures() {
    let world = world(ZONE).await;
    let good = provision(&world, "mail.example.test", &[]).await;
    assert_eq!((good.code, good.stderr.as_str()), (Some(0), ""));
    assert!(good.stdout.contains("<hostname>mail.example.test</hostname>"));

    let bad = provision(&world, "imap.example.test", &[]).await;
    assert_eq!((bad.code, bad.stdout.as_str()), (Some(1), ""), "{}", bad.stderr);
    assert!(bad.stderr.contains("refused (imap.example.test:993:tls)"), "{}", bad.stderr);
    assert!(bad.stderr.contains("one cure: tell programs a name that it has, such as mail.example.test"));
    assert!(bad.stderr.contains("mailmedic cert csr --name imap.example.test --name mail.example.test"));

    let forced = provision(&world, "imap.example.test", &["--force"]).await;
    assert_eq!(forced.code, Some(0), "{}", forced.stderr);
    assert!(forced.stderr.contains("warning (imap.example.test:993:tls)"), "{}", forced.stderr);
    assert!(forced.stdout.contains("<hostname>imap.example.test</hostname>"));

    let offline = provision(&world, "imap.example.test", &["--offline"]).await;
    assert_eq!(offline.code, Some(0), "{}", offline.stderr);
    assert!(offline.stderr.contains("is not looked at"), "{}", offline.stderr);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_doubt_and_no_refusal() {
    let world = world(ZONE).await;
    let ran = provision(&world, "nobody.example.test", &[]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("nobody.example.test:993:tls: could not tell"), "{}", ran.stderr);
}

#[tokio::test]
async fn what_the_domain_tells_is_written_anew() {
    let told = "_imaps._tcp.example.test SRV 0 1 993 mail.example.test.
         _submissions._tcp.example.test SRV 0 1 465 mail.example.test.";
    let world = world(&format!("{ZONE}\n{told}")).await;
    let folder = world.folder().join("out");
    let words = ["provision", DOMAIN, "--from-check", "--output-dir", folder.to_str().unwrap()];
    let ran = world.run(&words).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let zone = fs::read_to_string(folder.join(DOMAIN).join("records.zone")).unwrap();
    assert!(zone.contains("_imaps._tcp.example.test. 3600 IN SRV 0 1 993 mail.example.test."), "{zone}");
}

#[tokio::test]
async fn usual_names_count_where_nothing_is_told() {
    // imap.example.test leads there too, but the certificate does not have it.
    let world = world(ZONE).await;
    let ran = world.run(&["provision", DOMAIN, "--from-check", "--only", "autoconfig"]).await;
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("<hostname>mail.example.test</hostname>"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("<hostname>imap.example.test</hostname>"), "{}", ran.stdout);

    let empty = World::new(Zone::new(DOMAIN, "www.example.test A 127.0.0.1")).await;
    let ran = empty.run(&["provision", DOMAIN, "--from-check", "--only", "autoconfig"]).await;
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{}", ran.stderr);
}
