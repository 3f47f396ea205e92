//! The services that a domain tells mail clients, and those that they would try by themselves.

use crate::name_server::{Fault, Zone};
use crate::support::{DOMAIN, GOOD, V6, World, acceptor, acceptor_by_name};

fn zone(records: &str) -> Zone {
    Zone::new(DOMAIN, &format!("example.test MX 0 .\n{records}"))
}

#[tokio::test]
async fn srv_records_lead_to_services_or_say_that_there_are_none() {
    let mut world = World::new(zone(
        "_imaps._tcp.example.test SRV 0 1 993 imap.example.test.
         _submissions._tcp.example.test SRV 0 1 465 smtp.example.test.
         _submission._tcp.example.test SRV 0 0 0 .
         _pop3s._tcp.example.test SRV 0 0 0 .
         _pop3._tcp.example.test SRV 0 0 0 .
         imap.example.test A 127.0.0.1
         smtp.example.test A 127.0.0.1",
    ))
    .await;
    world.good("imap.example.test", 993).await;
    world.good("smtp.example.test", 465).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["smtp.example.test:465@127.0.0.1 srv", "imap.example.test:993@127.0.0.1 srv"]);
    told.finds(&[]);
    assert!(!told.endpoints().iter().any(|line| line.starts_with("pop.")), "{:?}", told.endpoints());
}

#[tokio::test]
async fn an_srv_record_that_leads_nowhere_is_named() {
    let world = World::new(zone("_imaps._tcp.example.test SRV 0 1 993 nobody.example.test.")).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&[]);
    told.finds(&["error srv-invalid"]);
}

#[tokio::test]
async fn a_service_that_is_told_and_closed_is_an_error() {
    let world = World::new(zone(
        "_imaps._tcp.example.test SRV 0 1 993 imap.example.test.\nimap.example.test A 127.0.0.1",
    ))
    .await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["imap.example.test:993@127.0.0.1 srv"]);
    told.finds(&["error port-refused imap.example.test:993@127.0.0.1"]);
}

#[tokio::test]
async fn autoconfig_over_http_names_hosts_unless_offline() {
    let mut world = World::new(zone("in.example.test A 127.0.0.1\nout.example.test A 127.0.0.1")).await;
    let asked = world.web("autoconfig.example.test", None, AUTOCONFIG).await;
    world.good("in.example.test", 993).await;
    world.good("out.example.test", 465).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["in.example.test:993@127.0.0.1 autoconfig", "out.example.test:465@127.0.0.1 autoconfig"]);
    told.finds(&[]);
    let query = "/mail/config-v1.1.xml?emailaddress=postmaster%40example.test";
    assert_eq!(*asked.lock().unwrap(), [query]);

    let told = world.check(DOMAIN, &["--offline"]).await;
    told.has(&[]);
    assert_eq!(told.seen.targets[0].fetches, []);
    assert_eq!(asked.lock().unwrap().len(), 1, "offline fetches nothing");
}

#[tokio::test]
async fn sources_that_differ_are_both_followed() {
    let mut world = World::new(zone(
        "_imaps._tcp.example.test SRV 0 1 993 in.example.test.
         _submissions._tcp.example.test SRV 0 1 465 other.example.test.
         in.example.test A 127.0.0.1
         out.example.test A 127.0.0.1
         other.example.test A 127.0.0.1",
    ))
    .await;
    world.web("autoconfig.example.test", None, AUTOCONFIG).await;
    world.good("in.example.test", 993).await;
    world.good("out.example.test", 465).await;
    world.good("other.example.test", 465).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&[
        "other.example.test:465@127.0.0.1 srv",
        "in.example.test:993@127.0.0.1 srv,autoconfig",
        "out.example.test:465@127.0.0.1 autoconfig",
    ]);
    // Both work, so it is only good to know.
    told.finds(&["note client-names-conflict"]);
}

const AUTOCONFIG: &[(&str, &str)] = &[(
    "/mail/config-v1.1.xml",
    "<clientConfig version='1.1'><emailProvider id='example.test'>\
     <incomingServer type='imap'><hostname>in.%EMAILDOMAIN%</hostname><port>993</port>\
     <socketType>SSL</socketType></incomingServer>\
     <outgoingServer type='smtp'><hostname>out.%EMAILDOMAIN%</hostname><port>465</port>\
     <socketType>SSL</socketType></outgoingServer></emailProvider></clientConfig>",
)];

#[tokio::test]
async fn guesses_that_are_closed_or_bear_another_name_raise_no_alarm() {
    let mut world = World::new(zone("mail.example.test A 127.0.0.1\nimap.example.test A 127.0.0.1")).await;
    let identity = world.identity("mx1.hoster.test", GOOD);
    world.serve("imap.example.test", 993, identity).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["imap.example.test:993@127.0.0.1 guess"]);
    // Nobody tells clients better, so some do try this name.
    told.finds(&["warning client-name-uncovered imap.example.test:993@127.0.0.1"]);
    assert_eq!(told.code, Some(0));
    let tries = |id: &str| told.connections().into_iter().find(|row| row.0 == id).unwrap().1;
    assert_eq!(tries("mail.example.test:993@127.0.0.1"), 1, "a closed port is tried once");
}

#[tokio::test]
async fn a_guess_with_another_name_is_a_note_where_clients_are_told_better() {
    let mut world = World::new(zone(
        "_imaps._tcp.example.test SRV 0 1 993 in.example.test.
         in.example.test A 127.0.0.1
         mail.example.test A 127.0.0.1",
    ))
    .await;
    world.good("in.example.test", 993).await;
    let identity = world.identity("mx1.hoster.test", GOOD);
    world.serve("mail.example.test", 465, identity).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["in.example.test:993@127.0.0.1 srv", "mail.example.test:465@127.0.0.1 guess"]);
    told.finds(&["note client-name-uncovered mail.example.test:465@127.0.0.1"]);
}

#[tokio::test]
async fn people_read_the_name_in_their_script_and_programs_in_ascii() {
    let mut world = World::new(Zone::new(
        "xn--bcher-kva.test",
        "xn--bcher-kva.test MX 10 mx.xn--bcher-kva.test.\nmx.xn--bcher-kva.test A 127.0.0.1",
    ))
    .await;
    let identity = world.identity("other.example.test", GOOD);
    world.serve("mx.xn--bcher-kva.test", 25, identity).await;
    let told = world.check("bücher.test", &[]).await;
    told.has(&["mx.xn--bcher-kva.test:25@127.0.0.1 mx"]);
    assert!(told.text.starts_with("bücher.test: "), "{}", told.text);
    assert!(told.text.contains("mx.bücher.test:25 "), "{}", told.text);
    assert!(told.report.to_string().contains("xn--bcher-kva"), "{}", told.report);
}

#[tokio::test]
async fn the_server_name_that_is_sent_decides_which_certificate_comes() {
    let mut world = World::new(zone("imap.example.test A 127.0.0.1")).await;
    let names = ["imap.example.test", "other.example.test"];
    let identities = names.map(|name| (name, world.identity(name, GOOD))).into();
    world.serve_as("imap.example.test", 993, acceptor_by_name(identities)).await;
    let at = "imap.example.test:993@127.0.0.1";
    let target = "imap.example.test:993";
    let told = world.check(target, &[]).await;
    told.finds(&[&format!("note cert-differs-by-sni {at}")]);
    let told = world.check(target, &["--servername", "other.example.test"]).await;
    // Who sends another name is told what clients of that name see.
    told.finds(&["note cert-differs-by-sni other.example.test:993@127.0.0.1"]);
    let told = world.check(target, &["--no-sni"]).await;
    told.finds(&[&format!("error tls-handshake-failed {at}")]);
}

#[tokio::test]
async fn a_wrong_certificate_tells_which_of_its_names_leads_here() {
    let mut world = World::new(zone("imap.example.test A 127.0.0.1\nreal.example.test A 127.0.0.1")).await;
    let identity = world.identity("real.example.test", GOOD);
    world.serve("imap.example.test", 993, identity).await;
    let told = world.check("imap.example.test:993", &[]).await;
    told.finds(&["error cert-name-mismatch imap.example.test:993@127.0.0.1"]);
    let finding = &told.report["targets"][0]["findings"][0];
    assert_eq!(finding["evidence"]["leads_here"], serde_json::json!(["real.example.test"]), "{finding}");
}

#[tokio::test]
async fn places_are_put_elsewhere_in_every_form() {
    let mut world = World::new(zone("imap.example.test A 192.0.2.1")).await;
    world.good("imap.example.test", 993).await;
    let target = "imap.example.test:993";
    world.check(target, &[]).await.has(&["imap.example.test:993@127.0.0.1 named"]);
    let routes = std::mem::take(&mut world.routes);
    let real = routes[0].rsplit_once(':').unwrap().1;
    world
        .serve_at("other.example.test", 993, vec![(V6, acceptor(world.identity("imap.example.test", GOOD)))])
        .await;
    let other = world.routes.pop().unwrap();
    let v6 = format!("imap.example.test:993:[::1]:{}", other.rsplit_once(':').unwrap().1);
    let told = world.check(target, &["--connect-to", &v6]).await;
    told.has(&["imap.example.test:993@::1 named"]);
    told.finds(&[]);
    for route in [
        format!("imap.example.test::127.0.0.1:{real}"),
        format!(":993:127.0.0.1:{real}"),
        format!("::127.0.0.1:{real}"),
    ] {
        let more = ["--connect-to", "other.example.test:993:[::1]:9", "--connect-to", &route];
        world.check(target, &more).await.has(&["imap.example.test:993@127.0.0.1 named"]);
    }
}

#[tokio::test]
async fn names_of_one_place_are_not_asked_everything_twice() {
    let mut world = World::new(Zone::new(
        DOMAIN,
        "example.test MX 10 mx.example.test.
         mx.example.test A 127.0.0.1
         mail.example.test A 127.0.0.1
         imap.example.test CNAME mail.example.test.
         smtp.example.test CNAME mail.example.test.
         pop.example.test CNAME mail.example.test.",
    ))
    .await;
    let tls = acceptor(world.identity("*.example.test", GOOD));
    world.serve_as("mx.example.test", 25, tls.clone()).await;
    for (port, other) in [
        (465, "smtp.example.test"),
        (587, "smtp.example.test"),
        (993, "imap.example.test"),
        (143, "imap.example.test"),
        (995, "pop.example.test"),
        (110, "pop.example.test"),
    ] {
        world.serve_as("mail.example.test", port, tls.clone()).await;
        world.also("mail.example.test", other, port);
    }
    let told = world.check(DOMAIN, &[]).await;
    told.finds(&[]);
    for (id, connections) in told.connections() {
        let most = match id.split('.').next().unwrap() {
            "mx" | "mail" => 12,
            _ => 1,
        };
        assert!(connections <= most, "{id}: {connections}");
    }
    let all: u64 = told.connections().iter().map(|row| row.1).sum();
    assert!(all <= 80, "{all}");
    assert!(!told.text.contains("not asked\n"), "{}", told.text);
    let endpoints = told.report["targets"][0]["endpoints"].as_array().unwrap();
    for endpoint in endpoints.iter().filter(|endpoint| endpoint["reached"] == true) {
        assert_eq!(endpoint["tls"]["versions"], serde_json::json!(["TLSv1.2", "TLSv1.3"]), "{endpoint}");
    }
}

#[tokio::test]
async fn another_certificate_at_the_same_place_is_looked_at_as_closely() {
    let mut world = World::new(zone("mail.example.test A 127.0.0.1\nimap.example.test A 127.0.0.1")).await;
    let names = ["mail.example.test", "imap.example.test"];
    let identities = names.map(|name| (name, world.identity(name, GOOD))).into();
    world.serve_as(names[0], 993, acceptor_by_name(identities)).await;
    world.also(names[0], names[1], 993);
    let told = world.check(DOMAIN, &[]).await;
    let asked: Vec<u64> =
        told.connections().iter().filter(|row| row.0.contains(":993")).map(|row| row.1).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|connections| *connections > 1), "{asked:?}");
}

#[tokio::test]
async fn what_mail_programs_are_told_cannot_be_looked_up() {
    let mut world = World::new(
        zone(
            "_imaps._tcp.example.test SRV 0 1 993 imap.example.test.
             _submissions._tcp.example.test SRV 0 1 465 smtp.example.test.
             imap.example.test A 127.0.0.1
             smtp.example.test A 127.0.0.1",
        )
        .fault("imap.example.test", Fault::Servfail)
        .fault("_pop3s._tcp.example.test", Fault::Silent)
        .fault("autoconfig.example.test", Fault::Refused)
        .fault("_mta-sts.example.test", Fault::Servfail),
    )
    .await;
    world.good("smtp.example.test", 465).await;
    let told = world.check(DOMAIN, &[]).await;
    told.has(&["smtp.example.test:465@127.0.0.1 srv"]);
    told.finds(&["error dns-lookup-failed"]);
}

#[tokio::test]
async fn names_that_nobody_announced_need_not_be_looked_up() {
    let zone =
        zone("").fault("pop.example.test", Fault::Servfail).fault("autoconfig.example.test", Fault::Refused);
    let told = World::new(zone).await.check(DOMAIN, &[]).await;
    told.finds(&["note dns-lookup-failed"]);
}

#[tokio::test]
async fn a_request_has_the_names_that_the_domain_leads_to_and_no_strangers() {
    let mut world = World::new(Zone::new(
        DOMAIN,
        "example.test MX 10 mx.example.test.
         _imaps._tcp.example.test SRV 0 1 993 imap.example.test.
         _submissions._tcp.example.test SRV 0 1 465 smtp.example.test.
         mx.example.test A 127.0.0.1
         smtp.example.test A 127.0.0.1
         imap.example.test A 127.0.0.1",
    ))
    .await;
    world.good("mx.example.test", 25).await;
    let identity = world.identity("webmail.example.test", GOOD);
    world.serve("imap.example.test", 993, identity).await;
    let identity = world.identity("shop.provider.example", GOOD);
    world.serve("smtp.example.test", 465, identity).await;
    let (request, told) = world.request(DOMAIN).await;
    assert!(request.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{request}");
    let lines: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("mailmedic: ")).collect();
    assert_eq!(
        lines[..lines.len() - 1],
        [
            "mx.example.test (MX)",
            "smtp.example.test (SRV)",
            "imap.example.test (SRV)",
            "left out shop.provider.example (the certificate in use): it is not under example.test",
            "webmail.example.test (the certificate in use)",
        ]
    );
}
