//! SPF records, asked for, walked and evaluated.

use crate::name_server::{Fault, Zone};
use crate::support::{DOMAIN, World};

const RECORDS: &str = "example.test MX 10 mx.example.test.
     mx.example.test A 192.0.2.1
     example.test TXT \"v=spf1 mx include:a.example.test \" \"exists:%{l}.%{i}.users.example.test -all exp=why.example.test\"
     a.example.test TXT \"v=spf1 include:b.example.test ip6:2001:db8::/32 -all\"
     b.example.test TXT \"v=spf1 a:c.example.test -all\"
     c.example.test A 192.0.2.3
     joe.192.0.2.4.users.example.test A 127.0.0.2
     why.example.test TXT \"%{c} may not send\"";

/// Long lines are wrapped.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_tree_is_drawn_and_counted() {
    let world = World::new(Zone::new(DOMAIN, RECORDS)).await;
    let (_, text) = world.dns(&[DOMAIN, "--select", "spf-too-many-lookups"]).await;
    for line in [
        "5 of 10 look-ups, at least 0 voids by IPv4 and 2 by IPv6, ends in -all",
        "├─ mx  1 look-up; 192.0.2.1; void: no AAAA record of mx.example.test",
        "│  ├─ include:b.example.test  2 look-ups; 0 voids by IPv4 and 1 by IPv6",
        "│  │  ├─ a:c.example.test  1 look-up; 192.0.2.3; void: no AAAA record of c.example.test",
        "├─ exists:%{l}.%{i}.users.example.test  1 look-up; hangs on the client",
    ] {
        assert!(words(&text).contains(&words(line)), "{line}\n{text}");
    }
}

#[tokio::test]
async fn messages_are_evaluated() {
    let world = World::new(Zone::new(DOMAIN, RECORDS)).await;
    let options = [
        DOMAIN,
        "--select",
        "spf-syntax",
        "--ip",
        "192.0.2.1",
        "--ip",
        "2001:db8::7",
        "--ip",
        "192.0.2.4",
        "--sender",
    ];
    let (code, text) = world.dns(&[&options[..], &["<joe@example.test>"]].concat()).await;
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "192.0.2.1 passes: matched mx in example.test",
        "2001:db8::7 passes: matched ip6:2001:db8::/32 in a.example.test",
        "192.0.2.4 passes: matched exists:%{l}.%{i}.users.example.test in example.test",
    ] {
        assert!(words(&text).contains(&words(line)), "{line}\n{text}");
    }
    let (_, text) =
        world.dns(&[&options[..], &["jim+x=y@example.test", "--helo", "mx.example.test"]].concat()).await;
    for line in [
        "192.0.2.4 fails: matched -all in example.test; it is told \"192.0.2.4 may not send\"",
        "as HELO mx.example.test: 192.0.2.4 gets none: mx.example.test has no SPF record",
    ] {
        assert!(words(&text).contains(&words(line)), "{line}\n{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_looked_up_is_not_missing() {
    let zone = Zone::new(DOMAIN, RECORDS).fault("b.example.test", Fault::Servfail);
    let world = World::new(zone).await;
    let (_, text) =
        world.dns(&[DOMAIN, "--ip", "192.0.2.9", "--verbose", "--select", "spf-include-missing"]).await;
    assert!(
        text.contains("include:b.example.test  at least 1 look-up; could not tell: b.example.test"),
        "{text}"
    );
    assert!(text.contains("could not tell: 192.0.2.9 gets temperror"), "{text}");
    assert!(!text.contains("leads nowhere"), "{text}");
}
