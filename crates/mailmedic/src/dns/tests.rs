use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::rr::{RData, RecordType};

use super::authority::{Authority, Fault, Zone};
use super::{Anchors, Resolver, ResolverOptions};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};
use crate::reach::Families;

const RECORDS: &str = r#"
    example.test MX 10 mx1.example.test.
    null.example.test MX 0 .
    mx1.example.test A 192.0.2.1
    mx1.example.test AAAA 2001:db8::1
    a.example.test CNAME b.example.test.
    b.example.test CNAME mx1.example.test.
    gone.example.test CNAME nowhere.example.test.
    ring.example.test CNAME ring2.example.test.
    ring2.example.test CNAME ring.example.test.
    outside.example.test CNAME host.elsewhere.test.
    _imaps._tcp.example.test SRV 0 1 993 mx1.example.test.
    _pop3._tcp.example.test SRV 0 0 0 .
    _25._tcp.mx1.example.test TLSA 3 1 1 0000000000000000000000000000000000000000000000000000000000000001
    text.example.test TXT "v=STSv1;" " id=1"
"#;

fn zone() -> Zone {
    Zone::new("example.test", RECORDS)
}

fn resolver(authority: &Authority, anchor: Option<&str>) -> Resolver {
    Resolver::new(ResolverOptions {
        servers: vec![authority.address],
        anchors: anchor.map(|text| Anchors::parse(text).unwrap()),
        families: Families::Both,
        timeout: Duration::from_secs(20),
        concurrent: 16,
    })
}

async fn ask(resolver: &Resolver, name: &str, kind: DnsType) -> DnsAnswer {
    resolver.ask(&Name::new(name).unwrap(), kind).await
}

fn records(answer: &DnsAnswer) -> &[DnsData] {
    assert!(matches!(answer.outcome, DnsOutcome::Found { .. }), "{answer:?}");
    answer.records()
}

#[tokio::test]
async fn every_type_is_read() {
    let authority = zone().serve().await;
    let resolver = resolver(&authority, None);
    let mx = ask(&resolver, "example.test", DnsType::Mx).await;
    assert_eq!(records(&mx), [DnsData::Mx { preference: 10, exchange: Some("mx1.example.test".into()) }]);
    assert_eq!(mx.state, DnsState::Indeterminate, "no key of the root can be had here");
    let null = ask(&resolver, "null.example.test", DnsType::Mx).await;
    assert_eq!(records(&null), [DnsData::Mx { preference: 0, exchange: None }]);
    let srv = ask(&resolver, "_imaps._tcp.example.test", DnsType::Srv).await;
    let target = Some("mx1.example.test".into());
    assert_eq!(records(&srv), [DnsData::Srv { priority: 0, weight: 1, port: 993, target }]);
    let tlsa = ask(&resolver, "_25._tcp.mx1.example.test", DnsType::Tlsa).await;
    assert!(
        matches!(records(&tlsa), [DnsData::Tlsa { usage: 3, selector: 1, matching: 1, data }] if data.0.len() == 32)
    );
    let txt = ask(&resolver, "text.example.test", DnsType::Txt).await;
    assert_eq!(records(&txt), [DnsData::Txt("v=STSv1; id=1".into())]);
    let aaaa = ask(&resolver, "MX1.example.test.", DnsType::Aaaa).await;
    assert_eq!(records(&aaaa), [DnsData::Address("2001:db8::1".parse().unwrap())]);
}

#[tokio::test]
async fn names_that_no_host_has_are_asked_for_too() {
    let authority = zone().serve().await;
    let resolver = resolver(&authority, None);
    for text in ["user+tag=a b/c:d%20._spf.example.test", "*.example.test", "a'b\"c;(d)._spf.example.test"] {
        let name = crate::name::Name::of_dns(text).unwrap();
        let answer = resolver.ask(&name, DnsType::A).await;
        assert_eq!((answer.outcome, answer.name), (DnsOutcome::NoName, name));
    }
}

#[tokio::test]
async fn absence_is_told_from_failure() {
    let authority = zone()
        .fault("servfail.example.test", Fault::Servfail)
        .fault("refused.example.test", Fault::Refused)
        .fault("silent.example.test", Fault::Silent)
        .serve()
        .await;
    let resolver = Resolver::new(ResolverOptions {
        servers: vec![authority.address],
        anchors: None,
        families: Families::Both,
        timeout: Duration::from_millis(250),
        concurrent: 16,
    });
    assert_eq!(ask(&resolver, "mx1.example.test", DnsType::Mx).await.outcome, DnsOutcome::NoData);
    assert_eq!(ask(&resolver, "_tcp.example.test", DnsType::A).await.outcome, DnsOutcome::NoData);
    assert_eq!(ask(&resolver, "none.example.test", DnsType::A).await.outcome, DnsOutcome::NoName);
    let failed = async |name: &str| match ask(&resolver, name, DnsType::A).await {
        DnsAnswer { outcome: DnsOutcome::Failed(why), state: DnsState::Indeterminate, .. } => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(failed("servfail.example.test").await, "SERVFAIL from 127.0.0.1");
    assert_eq!(failed("refused.example.test").await, "REFUSED from 127.0.0.1");
    assert_eq!(failed("silent.example.test").await, "no answer from 127.0.0.1");
    assert_eq!(authority.asked("silent.example.test", RecordType::A), 2, "UDP loses packets: asked twice");
}

#[tokio::test]
async fn aliases_are_followed_and_told() {
    let authority = zone().fault("b.example.test", Fault::Unsigned).serve().await;
    let resolver = resolver(&authority, None);
    let answer = ask(&resolver, "a.example.test", DnsType::A).await;
    let DnsOutcome::Found { aliases, records } = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(records, [DnsData::Address(Ipv4Addr::new(192, 0, 2, 1).into())]);
    let aliases: Vec<&str> = aliases.iter().map(Name::as_ascii).collect();
    assert_eq!(aliases, ["b.example.test", "mx1.example.test"], "the server stopped at the first alias");
    assert_eq!(ask(&resolver, "gone.example.test", DnsType::A).await.outcome, DnsOutcome::NoName);
    let ring = ask(&resolver, "ring.example.test", DnsType::A).await;
    assert_eq!(ring.outcome, DnsOutcome::Failed("the aliases do not end".into()));
    let outside = ask(&resolver, "outside.example.test", DnsType::A).await;
    assert_eq!(outside.outcome, DnsOutcome::Failed("REFUSED from 127.0.0.1".into()));
}

#[tokio::test]
async fn truncation_leads_to_tcp_and_a_passing_fault_to_a_second_try() {
    let authority = zone()
        .fault("example.test", Fault::Truncated)
        .fault("text.example.test", Fault::ServfailOnce)
        .serve()
        .await;
    let resolver = resolver(&authority, None);
    assert_eq!(records(&ask(&resolver, "example.test", DnsType::Mx).await).len(), 1);
    assert_eq!(records(&ask(&resolver, "text.example.test", DnsType::Txt).await).len(), 1);
}

#[tokio::test]
async fn a_question_is_asked_once() {
    let authority = zone().serve().await;
    let resolver = resolver(&authority, None);
    let again = resolver.clone();
    let (first, second) = tokio::join!(
        ask(&resolver, "mx1.example.test", DnsType::A),
        ask(&again, "mx1.example.test", DnsType::A)
    );
    assert_eq!(first, second);
    ask(&resolver, "mx1.example.test", DnsType::A).await;
    assert_eq!(authority.asked("mx1.example.test", RecordType::A), 1);
}

#[tokio::test]
async fn signatures_from_the_anchor_make_an_answer_secure() {
    for form in [Zone::anchor, Zone::anchor_digest] {
        let zone = zone().signed();
        let anchor = form(&zone);
        let authority = zone.serve().await;
        let resolver = resolver(&authority, Some(&anchor));
        for (name, kind) in [
            ("example.test", DnsType::Mx),
            ("_25._tcp.mx1.example.test", DnsType::Tlsa),
            ("a.example.test", DnsType::A),
            ("mx1.example.test", DnsType::Mx),
            ("none.example.test", DnsType::Mx),
        ] {
            let answer = ask(&resolver, name, kind).await;
            assert_eq!(answer.state, DnsState::Secure, "{answer:?}");
        }
        assert_eq!(ask(&resolver, "none.example.test", DnsType::Mx).await.outcome, DnsOutcome::NoName);
    }
}

#[tokio::test]
async fn aliases_of_a_signed_zone_are_proven_to_their_end() {
    let child = Zone::new("part.example.test", "mx.part.example.test A 192.0.2.1");
    let records = format!(
        "{RECORDS}\ninto.example.test CNAME mx.part.example.test.\nlone.example.test CNAME text.example.test."
    );
    let zone = Zone::new("example.test", &records).delegate(child).signed();
    let anchor = zone.anchor();
    let authority = zone.serve().await;
    let resolver = resolver(&authority, Some(&anchor));
    for (name, outcome, state) in [
        ("gone.example.test", DnsOutcome::NoName, DnsState::Secure),
        ("lone.example.test", DnsOutcome::NoData, DnsState::Secure),
        ("a.example.test", DnsOutcome::NoData, DnsState::Secure),
        ("into.example.test", DnsOutcome::NoData, DnsState::Insecure),
    ] {
        let answer = ask(&resolver, name, DnsType::Mx).await;
        assert_eq!((&answer.outcome, answer.state), (&outcome, state), "{answer:?}");
    }
    let answer = ask(&resolver, "into.example.test", DnsType::A).await;
    assert_eq!((answer.state, records_of(&answer)), (DnsState::Insecure, 1));
}

#[tokio::test]
async fn an_alias_that_a_server_makes_is_as_good_as_what_it_was_made_of() {
    use hickory_resolver::proto::rr::rdata::NULL;
    // old.example.test DNAME new.example.test
    let to = b"\x03new\x07example\x04test\0".to_vec();
    let dname = RData::Unknown { code: RecordType::DNAME, rdata: NULL::with(to) };
    let records = "mx.new.example.test A 192.0.2.1";
    for (made, state) in [("mx.new.example.test.", DnsState::Secure), ("evil.example.test.", DnsState::Bogus)]
    {
        let records = format!("{records}\nevil.example.test A 192.0.2.66\nmx.old.example.test CNAME {made}");
        let zone = Zone::new("example.test", &records).with("old.example.test", dname.clone()).signed();
        let zone = zone.fault("mx.old.example.test", Fault::OfDname);
        let anchor = zone.anchor();
        let authority = zone.serve().await;
        let answer = ask(&resolver(&authority, Some(&anchor)), "mx.old.example.test", DnsType::A).await;
        assert_eq!((answer.state, records_of(&answer)), (state, 1), "{answer:?}");
    }
}

fn records_of(answer: &DnsAnswer) -> usize {
    answer.records().len()
}

#[tokio::test]
async fn an_unsigned_part_of_a_signed_zone_is_insecure_not_bogus() {
    let child = Zone::new("part.example.test", "mx.part.example.test A 192.0.2.1");
    let zone = zone().delegate(child).signed();
    let anchor = zone.anchor();
    let authority = zone.serve().await;
    let resolver = resolver(&authority, Some(&anchor));
    for (name, kind) in [
        ("mx.part.example.test", DnsType::A),
        ("mx.part.example.test", DnsType::Aaaa),
        ("part.example.test", DnsType::Mx),
        ("none.part.example.test", DnsType::Mx),
        ("_25._tcp.mx.part.example.test", DnsType::Tlsa),
    ] {
        let answer = ask(&resolver, name, kind).await;
        assert_eq!(answer.state, DnsState::Insecure, "{answer:?}");
    }
}

#[tokio::test]
async fn a_zone_is_unsigned_only_by_a_signature_that_holds() {
    for (fault, state) in [
        (Fault::Forged, DnsState::Bogus),
        (Fault::Expired, DnsState::Bogus),
        // Nothing says that it is unsigned, and nothing that it is not.
        (Fault::Unsigned, DnsState::Indeterminate),
    ] {
        let child = Zone::new("part.example.test", "mx.part.example.test A 192.0.2.1");
        let zone = zone().delegate(child).fault("part.example.test", fault).signed();
        let anchor = zone.anchor();
        let authority = zone.serve().await;
        let resolver = resolver(&authority, Some(&anchor));
        let answer = ask(&resolver, "mx.part.example.test", DnsType::A).await;
        assert_eq!(answer.state, state, "{fault:?}: {answer:?}");
    }
}

#[tokio::test]
async fn an_unsigned_zone_is_proven_once() {
    let other = Zone::new("other.test", "mx.other.test A 192.0.2.9\nother.test MX 1 mx.other.test.");
    let parent = Zone::new("test", "").delegate(zone()).delegate(other).signed();
    let anchor = parent.anchor();
    let authority = parent.serve().await;
    let resolver = resolver(&authority, Some(&anchor));
    let questions = [
        ("example.test", DnsType::Mx),
        ("mx1.example.test", DnsType::A),
        ("mx1.example.test", DnsType::Mx),
        ("a.example.test", DnsType::A),
        ("none.example.test", DnsType::Txt),
        ("text.example.test", DnsType::Txt),
        ("_25._tcp.mx1.example.test", DnsType::Tlsa),
        ("_imaps._tcp.example.test", DnsType::Srv),
    ];
    let together = questions.map(|(name, kind)| {
        let resolver = resolver.clone();
        tokio::spawn(async move { ask(&resolver, name, kind).await })
    });
    for answer in together {
        let answer = answer.await.unwrap();
        assert_eq!(answer.state, DnsState::Insecure, "{answer:?}");
    }
    let mut asked = authority.asked_for_validation();
    asked.sort();
    assert_eq!(asked, ["example.test. DS", "test. DNSKEY"]);
    for (name, kind) in [("other.test", DnsType::Mx), ("mx.other.test", DnsType::A)] {
        assert_eq!(ask(&resolver, name, kind).await.state, DnsState::Insecure);
    }
    assert_eq!(authority.asked_for_validation().len(), 3, "the next domain costs one question");
}

#[tokio::test]
async fn a_registry_that_leaves_unsigned_delegations_out_of_its_proofs_is_understood() {
    let own = Zone::new("part.test", "mx.part.test A 192.0.2.1").signed();
    let part = Zone::new("part.test", "mx.part.test A 192.0.2.1").signed_as(&own);
    let stripped = Zone::new("stripped.test", "mx.stripped.test A 192.0.2.1");
    let keys = Zone::new("stripped.test", "").signed();
    let parent = Zone::new("test", "").delegate(zone()).delegate_signed(part, &own);
    let parent = parent.delegate_signed(stripped, &keys).opt_out().signed();
    let anchor = parent.anchor();
    let authority = parent.serve().await;
    let resolver = resolver(&authority, Some(&anchor));
    for (name, kind, state) in [
        ("example.test", DnsType::Mx, DnsState::Insecure),
        ("mx1.example.test", DnsType::A, DnsState::Insecure),
        ("none.example.test", DnsType::A, DnsState::Insecure),
        ("mx.part.test", DnsType::A, DnsState::Secure),
        ("mx.stripped.test", DnsType::A, DnsState::Bogus),
    ] {
        let answer = ask(&resolver, name, kind).await;
        assert_eq!(answer.state, state, "{answer:?}");
    }
    assert_eq!(authority.asked("example.test", RecordType::DS), 1);
    assert_eq!(authority.asked("mx1.example.test", RecordType::NS), 0);
}

#[tokio::test]
async fn a_signed_part_is_secure_down_its_chain() {
    let child = || Zone::new("part.example.test", "mx.part.example.test A 192.0.2.1");
    let own = child().signed();
    let island = Zone::new("island.part.example.test", "mx.island.part.example.test A 192.0.2.2").signed();
    let part = child().signed_as(&own).delegate(island);
    let zone = zone().delegate_signed(part, &own).signed();
    let anchor = zone.anchor();
    let authority = zone.serve().await;
    let resolver = resolver(&authority, Some(&anchor));
    for (name, kind, state) in [
        ("mx.part.example.test", DnsType::A, DnsState::Secure),
        ("none.part.example.test", DnsType::Mx, DnsState::Secure),
        // Signatures for which nobody vouches are worth nothing, and no fault.
        ("mx.island.part.example.test", DnsType::A, DnsState::Insecure),
        ("none.island.part.example.test", DnsType::A, DnsState::Insecure),
    ] {
        let answer = ask(&resolver, name, kind).await;
        assert_eq!((answer.state, &answer.evidence.broken), (state, &None), "{answer:?}");
    }
}

#[tokio::test]
async fn a_zone_that_should_be_signed_is_bogus_and_never_taken_for_unsigned() {
    let child = || Zone::new("part.example.test", "mx.part.example.test A 192.0.2.1");
    let own = child().signed();
    let zone = zone().delegate_signed(child(), &own).signed();
    let anchor = zone.anchor();
    let authority = zone.serve().await;
    let resolver = resolver(&authority, Some(&anchor));
    for (name, kind) in [
        ("mx.part.example.test", DnsType::A),
        ("none.part.example.test", DnsType::Mx),
        ("part.example.test", DnsType::Mx),
    ] {
        let answer = ask(&resolver, name, kind).await;
        assert_eq!(answer.state, DnsState::Bogus, "{answer:?}");
        assert_eq!(answer.evidence.broken_at, Some(Name::new("part.example.test").unwrap()));
        assert!(answer.evidence.broken.unwrap().contains("no DNSKEY record"));
    }
}

#[tokio::test]
async fn the_link_that_breaks_is_named() {
    let child = || Zone::new("part.example.test", "mx.part.example.test A 192.0.2.1");
    let (own, spare) = (child().signed(), child().signed());
    let good = || child().signed_as(&own).with_key_of(&spare);
    let cases: [(Zone, &str, &str); 7] = [
        (
            zone().delegate_signed(child().signed(), &own),
            "part.example.test",
            "none of its keys fits the DS record at its parent",
        ),
        (
            zone().delegate_signed(good().fault("part.example.test", Fault::Expired), &own),
            "part.example.test",
            "the signature of part.example.test DNSKEY ran out on ",
        ),
        (
            zone().delegate_signed(good().fault("part.example.test", Fault::Forged), &own),
            "part.example.test",
            "the signature of part.example.test DNSKEY was made of other data",
        ),
        (
            zone().delegate_signed(good().fault("mx.part.example.test", Fault::Expired), &own),
            "part.example.test",
            "the signature of mx.part.example.test A ran out on ",
        ),
        (
            zone().delegate_signed(good().fault("mx.part.example.test", Fault::Unsigned), &own),
            "part.example.test",
            "mx.part.example.test A bears no signature",
        ),
        (
            zone().delegate_signed(good(), &own).fault("part.example.test", Fault::Expired),
            "example.test",
            "the signature of part.example.test DS ran out on ",
        ),
        (
            zone().delegate_signed(good(), &own).fault("part.example.test", Fault::Unsigned),
            "example.test",
            "part.example.test DS bears no signature",
        ),
    ];
    for (zone, broken_at, why) in cases {
        let zone = zone.signed();
        let anchor = zone.anchor();
        let authority = zone.serve().await;
        let answer = ask(&resolver(&authority, Some(&anchor)), "mx.part.example.test", DnsType::A).await;
        assert_eq!((answer.state, answer.records().len()), (DnsState::Bogus, 1), "{why}: {answer:?}");
        let told = answer.evidence.broken.unwrap();
        assert!(told.starts_with(why), "{told}, not {why}");
        assert_eq!(answer.evidence.broken_at, Some(Name::new(broken_at).unwrap()), "{told}");
    }
}

#[tokio::test]
async fn a_missing_link_of_the_chain_is_no_forgery() {
    let child = Zone::new("part.example.test", "mx.part.example.test A 192.0.2.1");
    // The server does not answer for the delegation, so nobody knows whether the part is signed.
    let zone = zone().delegate(child).signed().fault("part.example.test", Fault::Servfail);
    let anchor = zone.anchor();
    let authority = zone.serve().await;
    let answer = ask(&resolver(&authority, Some(&anchor)), "mx.part.example.test", DnsType::A).await;
    assert_eq!((answer.state, records(&answer).len()), (DnsState::Indeterminate, 1));
}

#[tokio::test]
async fn bad_signatures_are_bogus_and_the_records_stay_visible() {
    let zone = zone()
        .signed()
        .fault("mx1.example.test", Fault::Forged)
        .fault("text.example.test", Fault::Unsigned)
        .fault("b.example.test", Fault::ForgedServfailChecked)
        .fault("_imaps._tcp.example.test", Fault::ServfailChecked);
    let anchor = zone.anchor();
    let authority = zone.serve().await;
    let resolver = resolver(&authority, Some(&anchor));
    for (name, kind) in [("mx1.example.test", DnsType::A), ("text.example.test", DnsType::Txt)] {
        let answer = ask(&resolver, name, kind).await;
        assert_eq!((answer.state, answer.records().len()), (DnsState::Bogus, 1), "{answer:?}");
    }
    let answer = ask(&resolver, "_imaps._tcp.example.test", DnsType::Srv).await;
    assert_eq!(
        answer.outcome,
        DnsOutcome::Failed("SERVFAIL from 127.0.0.1".into()),
        "our own check is content"
    );
}

#[tokio::test]
async fn what_cannot_be_validated_is_never_called_bogus() {
    let signed = zone().signed();
    let (anchor, elsewhere) = (signed.anchor(), signed.anchor().replace("example.test.", "other.test."));
    // A server that gives no signatures at all.
    let stripped = signed.fault("example.test", Fault::Unsigned).serve().await;
    let answer = ask(&resolver(&stripped, Some(&anchor)), "example.test", DnsType::Mx).await;
    assert_eq!(answer.state, DnsState::Indeterminate);
    assert_eq!(records(&answer).len(), 1);
    // An anchor that covers another zone.
    let answer = ask(&resolver(&stripped, Some(&elsewhere)), "example.test", DnsType::Mx).await;
    assert_eq!(answer.state, DnsState::Indeterminate);
}

#[tokio::test]
async fn keys_that_no_anchor_signed_are_bogus() {
    let other = zone().signed().anchor();
    let authority = zone().signed().serve().await;
    let answer = ask(&resolver(&authority, Some(&other)), "example.test", DnsType::Mx).await;
    assert_eq!((answer.state, records(&answer).len()), (DnsState::Bogus, 1));
}

#[tokio::test]
async fn nobody_listening_is_a_failure_and_localhost_needs_nobody() {
    let free = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let resolver = Resolver::new(ResolverOptions {
        servers: vec![SocketAddr::new(free.ip(), free.port())],
        anchors: None,
        families: Families::Both,
        timeout: Duration::from_millis(300),
        concurrent: 16,
    });
    let answer = ask(&resolver, "example.test", DnsType::A).await;
    assert_eq!(answer.outcome, DnsOutcome::Failed(format!("no name server listens on {free}")));
    let local = ask(&resolver, "localhost", DnsType::A).await;
    assert_eq!(records(&local), [DnsData::Address(Ipv4Addr::LOCALHOST.into())]);
    assert!(resolver.in_hosts_file(&Name::new("localhost").unwrap()).is_empty());
}
