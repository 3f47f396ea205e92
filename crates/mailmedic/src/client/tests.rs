use std::collections::BTreeSet;

use jiff::Span;

use super::{Answer, Flaw, Look, Outcome, PEERS, find, hurts, verdict, verdicts};
use crate::bytes::Bytes;
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::{Fault, FaultKind, Origin, TrustState, Way, WayEnd};
use crate::endpoint::{Protocol, Source};
use crate::finding::{Finding, Severity};
use crate::name::{Host, Name};
use crate::observation::{
    Ask, DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, DomainObservation, MtaStsMode, Tls, TlsEnd,
};
use crate::sample::{self, Sample};
use crate::trust::{self, Anchor, Standing, Store, Stores};

/// A healthy domain whose chain leads to a root of `--ca-file`, with all faults on its one way.
fn with(faults: &[(usize, FaultKind)]) -> Sample {
    let mut sample = sample::healthy();
    let root = sample::authority("Sample Root", "Sample Root");
    let served = sample.diagnosis.chains[0].served.clone();
    let way = Way {
        certificates: vec![served[0], served[1], root.fingerprint],
        origins: vec![Origin::Served(0), Origin::Served(1), Origin::Anchor],
        end: WayEnd::Anchor(Stores::of(&[Store::Given])),
        faults: faults.iter().map(|(at, kind)| Fault { at: *at, kind: kind.clone() }).collect(),
    };
    sample.diagnosis.certificates.insert(root.fingerprint, root);
    sample.diagnosis.chains[0].ways = vec![way];
    sample
}

/// Returns what a peer makes of the sample's chain under its own name.
fn of(sample: &Sample, peer: &str) -> Answer {
    named(sample, peer, "mail.example.org")
}

fn named(sample: &Sample, peer: &str, host: &str) -> Answer {
    outcome(sample, peer, host).answer
}

fn outcome(sample: &Sample, peer: &str, host: &str) -> Outcome {
    let host = Host::new(host).unwrap();
    let look = Look {
        diagnosis: &sample.diagnosis,
        chain: &sample.diagnosis.chains[0],
        host: Some(&host),
        stapled: Some(false),
        domain: None,
    };
    verdict(find(peer).unwrap(), &look)
}

/// The columns that were measured: mozilla::pkix, OpenSSL at both levels, GnuTLS, Java, Go, webpki.
const MEASURED: [&str; 7] =
    ["thunderbird", "openssl-level-1", "openssl-level-2", "gnutls", "java", "go", "rustls"];

/// Holds a sample to what the measured peers do: `+` accepts, `-` refuses.
fn expect(what: &str, sample: &Sample, row: &str) {
    let seen: String = MEASURED
        .iter()
        .map(|peer| match of(sample, peer) {
            Answer::Accept => '+',
            Answer::Reject => '-',
            _ => '?',
        })
        .collect();
    assert_eq!(seen, row, "{what}: {MEASURED:?}");
}

#[test]
fn ids_are_files_and_known_once() {
    let ids: BTreeSet<&str> = PEERS.iter().map(|peer| peer.id).collect();
    assert_eq!(ids.len(), PEERS.len());
    for peer in PEERS {
        let file = format!("{}/src/client/{}.rs", env!("CARGO_MANIFEST_DIR"), peer.id.replace('-', "_"));
        assert!(std::path::Path::new(&file).exists(), "{file}");
        if let Some(like) = peer.like {
            assert_eq!(find(like).unwrap().kind, peer.kind, "{}", peer.id);
        }
        assert!(!peer.known.by.is_empty() && peer.known.date.parse::<jiff::civil::Date>().is_ok());
        assert!(peer.words.is_empty() == peer.words_source.is_empty(), "{}", peer.id);
        assert!(!peer.roots.is_empty());
    }
}

#[test]
fn every_flaw_is_refused_by_somebody() {
    for flaw in Flaw::ALL {
        assert!(PEERS.iter().any(|peer| peer.answer(*flaw) != Answer::Accept), "{flaw:?}");
    }
}

#[test]
fn a_good_chain_is_accepted_by_all() {
    let sample = with(&[]);
    for peer in PEERS {
        assert_eq!(of(&sample, peer.id), Answer::Accept, "{}", peer.id);
    }
}

#[test]
fn faults_are_answered_as_measured() {
    for (at, kind, row) in [
        (0, FaultKind::Expired, "-------"),
        (0, FaultKind::NotYetValid, "-------"),
        (1, FaultKind::Expired, "-------"),
        (2, FaultKind::Expired, "----+-+"),
        (0, FaultKind::SignatureWrong, "-------"),
        (0, FaultKind::SignatureHash("sha1".into()), "----+--"),
        (1, FaultKind::SignatureHash("sha1".into()), "----+--"),
        (0, FaultKind::SignatureHash("md5".into()), "-------"),
        (0, FaultKind::UsageMissing, "+++++++"),
        (0, FaultKind::UsageWrong, "-------"),
        (0, FaultKind::UsageAnyOnly, "---+++-"),
        (1, FaultKind::UsageWrong, "----+--"),
        (0, FaultKind::KeyUsageUnfit, "++++-++"),
        (0, FaultKind::LeafIsCa, "-+++++-"),
        (1, FaultKind::NotCa, "-------"),
        (1, FaultKind::OldVersion, "-------"),
        (1, FaultKind::MayNotSign, "------+"),
        (1, FaultKind::PathTooLong { most: 0, below: 1 }, "-------"),
        (1, FaultKind::CriticalUnknown("1.2.3".into()), "-------"),
        (1, FaultKind::NameConstraint { of: 0, name: "mail.example.org".into() }, "-------"),
        (0, FaultKind::Malformed("an extension occurs twice".into()), "++++++-"),
    ] {
        let name = format!("{kind:?} at {at}");
        expect(&name, &with(&[(at, kind)]), row);
    }
}

#[test]
fn keys_are_answered_as_measured() {
    let rsa = |bits| PublicKey::Rsa { bits };
    let ec = |curve: &str, bits| PublicKey::Ec { curve: curve.into(), bits };
    let other = |name: &str| PublicKey::Other(name.into());
    for (key, row) in [
        (rsa(512), "---+-++"),
        (rsa(1024), "++-++++"),
        (rsa(2047), "+++++++"),
        (rsa(8192), "+++++++"),
        (ec("secp256r1", 256), "+++++++"),
        (ec("secp521r1", 521), "+++++++"),
        (ec("secp192r1", 192), "-+-+--+"),
        (ec("secp224r1", 224), "-++++++"),
        (ec("secp256k1", 256), "-++++-+"),
        (ec("brainpoolP256r1", 256), "-++++-+"),
        (ec("explicit parameters", 256), "---+--+"),
        (other("Ed25519"), "-++++++"),
        (other("Ed448"), "-++++++"),
        (other("DSA"), "-++++++"),
    ] {
        let mut sample = with(&[]);
        let name = format!("{key:?}");
        sample.leaf().key = key;
        expect(&name, &sample, row);
    }
}

#[test]
fn a_small_key_that_issues_counts_where_it_is_checked() {
    let mut sample = with(&[]);
    let intermediate = sample.diagnosis.chains[0].served[1];
    sample.diagnosis.certificates.get_mut(&intermediate).unwrap().key = PublicKey::Rsa { bits: 1024 };
    expect("RSA 1024 above the leaf", &sample, "++-+++-");
}

#[test]
fn names_are_answered_as_measured() {
    for (names, common_name, host, row) in [
        (&["mail.example.org"][..], "", "mail.example.org", "+++++++"),
        (&["*.example.org"], "", "mail.example.org", "+++++++"),
        (&["*.example.org"], "", "example.org", "-------"),
        (&["*.example.org"], "", "a.mail.example.org", "-------"),
        (&["other.example.org"], "mail.example.org", "mail.example.org", "-------"),
        (&["ma*.example.org"], "", "mail.example.org", "----+--"),
        (&["mail.*.org"], "", "mail.example.org", "----+--"),
        (&["*.org"], "", "example.org", "----++-"),
        (&["*"], "", "localhost", "-------"),
        (&["mail.example.org."], "", "mail.example.org", "-------"),
        (&["mx_1.example.org"], "", "mx_1.example.org", "++++-++"),
        (&["192.0.2.1"], "", "192.0.2.1", "-------"),
        (&[], "mail.example.org", "mail.example.org", "-++++--"),
        (&[], "*.example.org", "mail.example.org", "-++++--"),
        (&[], "other.example.org", "mail.example.org", "-------"),
    ] {
        let mut sample = with(&[]);
        let leaf = sample.leaf();
        leaf.names.as_mut().unwrap().dns = names.iter().map(|name| (*name).to_owned()).collect();
        leaf.common_name = Some(common_name.to_owned());
        let seen: String = MEASURED
            .iter()
            .map(|peer| if named(&sample, peer, host) == Answer::Accept { '+' } else { '-' })
            .collect();
        assert_eq!(seen, row, "{names:?} {common_name:?} for {host}");
    }
    let mut sample = with(&[]);
    sample.leaf().names.as_mut().unwrap().dns = vec!["ma*.example.org".into()];
    assert_eq!(of(&sample, "node"), Answer::Accept);
    assert_eq!(of(&sample, "curl"), Answer::Reject);
}

#[test]
fn postfix_at_level_secure_wants_the_mail_domain() {
    let sample = with(&[]);
    let host = Host::new("mail.example.org").unwrap();
    let secure = find("postfix-secure").unwrap();
    let under = |domain: &str| {
        let domain = Name::new(domain).unwrap();
        let look = Look {
            diagnosis: &sample.diagnosis,
            chain: &sample.diagnosis.chains[0],
            host: Some(&host),
            stapled: None,
            domain: Some(&domain),
        };
        verdict(secure, &look).answer
    };
    assert_eq!(under("example.org"), Answer::Accept);
    assert_eq!(under("mail.example.org"), Answer::Accept);
    assert_eq!(under("example.net"), Answer::Reject);
    assert_eq!(under("ample.org"), Answer::Reject);
    // Without a domain the host counts, and an address never.
    assert_eq!(of(&sample, "postfix-secure"), Answer::Accept);
    let mut sample = with(&[]);
    sample.leaf().names.as_mut().unwrap().addresses = vec!["192.0.2.1".parse().unwrap()];
    assert_eq!(named(&sample, "postfix-verify", "192.0.2.1"), Answer::Accept);
    assert_eq!(named(&sample, "postfix-secure", "192.0.2.1"), Answer::Reject);
}

/// The healthy chain once more, with an old intermediate served before or after its renewal.
fn renewed(old_first: bool) -> Sample {
    let mut sample = with(&[]);
    let mut old = sample::authority("R99", "Sample Root");
    old.der.push(1);
    old.fingerprint = crate::bytes::Fingerprint::of(&old.der);
    let chain = &mut sample.diagnosis.chains[0];
    let (old_place, new_place) = if old_first { (1, 2) } else { (2, 1) };
    chain.served.insert(old_place, old.fingerprint);
    let mut by_old = chain.ways[0].clone();
    by_old.certificates[1] = old.fingerprint;
    by_old.origins[1] = Origin::Served(old_place);
    by_old.faults = vec![Fault { at: 1, kind: FaultKind::Expired }];
    chain.ways[0].origins[1] = Origin::Served(new_place);
    chain.ways.insert(0, by_old);
    sample.diagnosis.certificates.insert(old.fingerprint, old);
    sample
}

#[test]
fn who_goes_no_way_back_trips_over_an_old_intermediate() {
    expect("the old one first", &renewed(true), "+++-+++");
    expect("the new one first", &renewed(false), "+++++++");
}

#[test]
fn long_chains_and_missing_certificates_are_answered_as_measured() {
    let mut sample = with(&[]);
    let way = &mut sample.diagnosis.chains[0].ways[0];
    for place in 2..9 {
        way.certificates.insert(1, crate::bytes::Fingerprint::of(&[place]));
        way.origins.insert(1, Origin::Served(usize::from(place)));
    }
    expect("8 intermediates", &sample, "-+++++-");

    let mut sample = with(&[]);
    let chain = &mut sample.diagnosis.chains[0];
    chain.ways[0].certificates.truncate(1);
    chain.ways[0].origins.truncate(1);
    chain.ways[0].end = WayEnd::Open;
    chain.trust = TrustState::Incomplete { missing: vec!["CN=R99".into()], known: Vec::new(), root: None };
    expect("nothing but a private leaf", &sample, "-------");

    let mut sample = with(&[]);
    sample.diagnosis.chains[0].ways[0].end = WayEnd::OwnIssuer;
    expect("a root that nobody knows", &sample, "-------");
}

#[test]
fn a_missing_intermediate_of_a_public_root_is_at_hand_for_some() {
    let mut sample = with(&[]);
    let way = &mut sample.diagnosis.chains[0].ways[0];
    way.end = WayEnd::Anchor(Stores::of(&[Store::Mozilla]));
    way.origins[1] = Origin::Elsewhere;
    assert_eq!(of(&sample, "thunderbird"), Answer::Accept);
    assert_eq!(of(&sample, "rustls"), Answer::Reject);
    assert_eq!(of(&sample, "openssl-level-2"), Answer::Reject);
    sample.diagnosis.chains[0].ways[0].end = WayEnd::Anchor(Stores::of(&[Store::Given]));
    assert_eq!(of(&sample, "thunderbird"), Answer::Reject);
}

#[test]
fn each_peer_goes_by_its_own_lists() {
    let mut sample = with(&[]);
    sample.diagnosis.chains[0].ways[0].end = WayEnd::Anchor(Stores::of(&[Store::Mozilla]));
    for peer in PEERS {
        let has = peer.roots.contains(&Store::Mozilla);
        let expected = if has { Answer::Accept } else { peer.answer(Flaw::UntrustedRoot) };
        assert_eq!(of(&sample, peer.id), expected, "{}", peer.id);
    }
}

#[test]
fn a_root_is_trusted_up_to_the_day_that_the_list_says() {
    let is_dated = |root: &&Anchor| matches!(root.standing(Store::Microsoft), Standing::Until(_));
    let root = trust::anchors().iter().find(is_dated).unwrap();
    let Standing::Until(day) = root.standing(Store::Microsoft) else { panic!() };
    let mut sample = with(&[]);
    sample.lead_to(&[root.fingerprint]);
    sample.diagnosis.chains[0].ways[0].end = WayEnd::Anchor(Stores::of(&[Store::Microsoft]));
    let mut begins = |day: jiff::civil::Date| {
        sample.leaf().not_before = Some(day.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp());
        outcome(&sample, "outlook-new", "mail.example.org")
    };
    assert!(!begins(day).because.contains(&"cert-root-distrusted"));
    assert!(begins(day.tomorrow().unwrap()).because.contains(&"cert-root-distrusted"));
}

#[test]
fn what_cannot_be_checked_is_unknown_and_what_is_wrong_besides_is_not() {
    let unchecked = (0, FaultKind::SignatureUnchecked);
    assert_eq!(of(&with(std::slice::from_ref(&unchecked)), "go"), Answer::Unknown);
    assert_eq!(of(&with(&[unchecked, (0, FaultKind::Expired)]), "go"), Answer::Reject);
    let mut sample = with(&[]);
    sample.diagnosis.chains[0].ways.clear();
    assert_eq!(of(&sample, "go"), Answer::Unknown);
}

#[test]
fn people_are_asked_for_what_they_may_click_away() {
    let sample = with(&[(0, FaultKind::Expired)]);
    for (peer, answer) in [
        ("thunderbird", Answer::Reject),
        ("thunderbird-android", Answer::Warn),
        ("apple-mail", Answer::Warn),
        ("outlook-classic", Answer::Warn),
        ("outlook-new", Answer::Reject),
        ("gmail-fetch", Answer::Reject),
    ] {
        assert_eq!(of(&sample, peer), answer, "{peer}");
    }
}

#[test]
fn apple_counts_days() {
    let of_days = |days: i64| {
        let mut sample = with(&[]);
        let leaf = sample.leaf();
        leaf.not_before = Some(sample::now() - Span::new().hours(24));
        leaf.not_after = Some(leaf.not_before.unwrap() + Span::new().hours(days * 24));
        of(&sample, "apple-mail")
    };
    assert_eq!(of_days(825), Answer::Accept);
    assert_eq!(of_days(826), Answer::Warn);
}

/// Returns what a peer makes of the endpoint on a port.
fn at(sample: &Sample, port: u16, peer: &str) -> (Answer, Vec<&'static str>) {
    beside(sample, port, peer, &[])
}

/// Returns the same where rules found these faults on the port.
fn beside(sample: &Sample, port: u16, peer: &str, rules: &[&'static str]) -> (Answer, Vec<&'static str>) {
    let index = sample.seen.endpoints.iter().position(|seen| seen.endpoint.port == port).unwrap();
    let finding = |rule: &&'static str| {
        let mut finding = Finding::new(Severity::Error, *rule, "", "").at(sample.seen.endpoints[index].id());
        finding.rule = rule;
        finding
    };
    let findings: Vec<Finding> = rules.iter().map(finding).collect();
    let outcomes = &verdicts(&sample.case(), &findings)[index];
    let outcome = outcomes.iter().find(|outcome| outcome.peer.id == peer);
    outcome.map(|outcome| (outcome.answer, outcome.because.clone())).unwrap()
}

#[test]
fn peers_are_met_where_they_connect() {
    let sample = with(&[]);
    let case = sample.case();
    let met = |port: u16| -> BTreeSet<&str> {
        let index = sample.seen.endpoints.iter().position(|seen| seen.endpoint.port == port).unwrap();
        verdicts(&case, &[])[index].iter().map(|outcome| outcome.peer.id).collect()
    };
    assert!(met(25).contains("postfix-may") && !met(25).contains("thunderbird"));
    assert!(met(993).contains("thunderbird") && !met(993).contains("gmail-sender"));
    assert!(met(995).contains("gmail-fetch") && !met(993).contains("gmail-fetch"));
    assert!([25, 993].iter().all(|port| met(*port).contains("go")));
}

#[test]
fn a_healthy_domain_is_accepted_by_all_that_can_be_told() {
    let sample = with(&[]);
    let case = sample.case();
    for outcome in verdicts(&case, &[]).iter().flatten() {
        // DANE was not looked at, and a good certificate is good for all but pins.
        let pins = ["postfix-dane", "microsoft365-sender"];
        assert!(
            outcome.answer == Answer::Accept || pins.contains(&outcome.peer.id),
            "{}: {:?}",
            outcome.peer.id,
            outcome.why
        );
    }
}

#[test]
fn senders_are_lenient_until_the_domain_demands_more() {
    let mut sample = with(&[(0, FaultKind::Expired)]);
    assert_eq!(at(&sample, 25, "postfix-may"), (Answer::Accept, vec![]));
    assert_eq!(at(&sample, 25, "postfix-encrypt"), (Answer::Accept, vec![]));
    assert_eq!(at(&sample, 25, "gmail-sender"), (Answer::Accept, vec![]));
    let expired = (Answer::Reject, vec!["cert-expired"]);
    assert_eq!(at(&sample, 25, "gmail-sender-mta-sts"), expired);
    assert_eq!(at(&sample, 25, "postfix-verify"), expired);
    sample.seen.domain =
        Some(DomainObservation { mta_sts: Some(MtaStsMode::Enforce), ..DomainObservation::default() });
    assert_eq!(at(&sample, 25, "gmail-sender"), expired);
    assert_eq!(at(&sample, 25, "postfix-may"), (Answer::Accept, vec![]));
    sample.seen.domain = None;
    assert_eq!(at(&sample, 25, "gmail-sender").0, Answer::Unknown);
}

/// Publishes a TLSA record that DNSSEC vouches for, together with the MX record.
fn publish(sample: &mut Sample, usage: u8, of: &Certificate) {
    for answer in &mut sample.seen.dns {
        answer.state = DnsState::Secure;
    }
    let record = DnsData::Tlsa { usage, selector: 0, matching: 0, data: Bytes(of.der.clone()) };
    sample.seen.dns.push(DnsAnswer {
        name: Name::new("_25._tcp.mail.example.org").unwrap(),
        kind: DnsType::Tlsa,
        outcome: DnsOutcome::Found { aliases: Vec::new(), records: vec![record] },
        state: DnsState::Secure,
        evidence: Default::default(),
    });
}

#[test]
fn dane_decides_for_those_that_follow_it() {
    let expired = || with(&[(0, FaultKind::Expired)]);
    // Not looked at.
    assert_eq!(at(&expired(), 25, "postfix-dane").0, Answer::Unknown);
    // Nothing is published.
    let mut sample = expired();
    publish(&mut sample, 3, &sample::certificate("x.example", "R99", 3));
    sample.seen.dns.last_mut().unwrap().outcome = DnsOutcome::NoData;
    assert_eq!(at(&sample, 25, "postfix-dane").0, Answer::Accept);
    // The own certificate is pinned: dates do not count.
    let mut sample = expired();
    let leaf = sample.leaf().clone();
    publish(&mut sample, 3, &leaf);
    assert_eq!(at(&sample, 25, "postfix-dane").0, Answer::Accept);
    assert_eq!(at(&sample, 25, "microsoft365-sender").0, Answer::Accept);
    assert_eq!(at(&sample, 25, "postfix-verify").0, Answer::Reject);
    // Another one is pinned.
    let mut sample = with(&[]);
    publish(&mut sample, 3, &sample::certificate("x.example", "R99", 3));
    assert_eq!(at(&sample, 25, "postfix-dane"), (Answer::Reject, vec!["dane-mismatch"]));
    // The issuer is pinned: dates count, roots do not.
    let issuer = sample::authority("R99", "Sample Root");
    let mut sample = expired();
    publish(&mut sample, 2, &issuer);
    assert_eq!(at(&sample, 25, "postfix-dane"), (Answer::Reject, vec!["cert-expired"]));
    let mut sample = with(&[(2, FaultKind::Expired)]);
    sample.diagnosis.chains[0].ways[0].end = WayEnd::OwnIssuer;
    publish(&mut sample, 2, &issuer);
    assert_eq!(at(&sample, 25, "postfix-dane").0, Answer::Accept);
    // The name may be the domain's that mail is for (RFC 7672 §3.2.2), and no other.
    for (name, answer) in [("example.org", Answer::Accept), ("example.net", Answer::Reject)] {
        let mut sample = with(&[]);
        sample.leaf().names.as_mut().unwrap().dns = vec![name.to_owned()];
        sample.port(25).endpoint.sources = vec![Source::Mx];
        publish(&mut sample, 2, &issuer);
        assert_eq!(at(&sample, 25, "postfix-dane").0, answer, "{name}");
    }
    // Behind MX records that are not signed it counts for some; without a signature of its own for nobody.
    let mut sample = with(&[]);
    sample.seen.domain = Some(DomainObservation::default());
    publish(&mut sample, 3, &sample::certificate("x.example", "R99", 3));
    sample.seen.dns[0].state = DnsState::Insecure;
    assert_eq!(at(&sample, 25, "postfix-dane"), (Answer::Reject, vec!["dane-mismatch"]));
    assert_eq!(at(&sample, 25, "microsoft365-sender").0, Answer::Accept);
    sample.seen.dns.last_mut().unwrap().state = DnsState::Insecure;
    assert_eq!(at(&sample, 25, "postfix-dane").0, Answer::Accept);
    // Against DNSSEC nothing is delivered.
    sample.seen.dns.last_mut().unwrap().state = DnsState::Bogus;
    assert_eq!(at(&sample, 25, "postfix-dane"), (Answer::Reject, vec!["dnssec-bogus"]));
}

#[test]
fn without_tls_only_the_lenient_go_on() {
    let mut sample = with(&[]);
    let mut missing = |port: u16| {
        let seen = sample.port(port);
        let mut session = seen.sessions[0].clone();
        session.tls = None;
        session.plain.as_mut().unwrap().end = crate::observation::TalkEnd::NotOffered;
        seen.sessions = vec![session];
    };
    missing(25);
    missing(143);
    let missing = |port, peer| beside(&sample, port, peer, &["starttls-missing"]);
    let because = || vec!["starttls-missing"];
    assert_eq!(missing(25, "postfix-may"), (Answer::Accept, because()));
    assert_eq!(missing(25, "postfix-encrypt"), (Answer::Reject, because()));
    assert_eq!(missing(143, "thunderbird"), (Answer::Reject, because()));
    // What is demanded here was not looked at.
    assert_eq!(missing(25, "microsoft365-sender").0, Answer::Unknown);
    assert_eq!(missing(25, "gmail-sender"), (Answer::Accept, because()));
    // Whoever greets with a refusal, refuses all.
    assert_eq!(beside(&sample, 25, "postfix-may", &["greeting-rejects"]).0, Answer::Reject);
}

#[test]
fn that_our_own_client_fails_says_nothing_of_older_ones() {
    let mut sample = with(&[]);
    let failed = |sample: &Sample| beside(sample, 993, "gnutls", &["tls-handshake-failed"]).0;
    assert_eq!(failed(&sample), Answer::Reject);
    let seen = sample.port(993);
    let polite = seen.sessions.iter_mut().find(|session| session.ask == Ask::Polite).unwrap();
    polite.tls = Some(Tls { end: TlsEnd::Alert, ..Tls::default() });
    assert_eq!(failed(&sample), Answer::Accept);
}

#[test]
fn old_versions_and_weak_handshakes_are_refused_by_their_floor() {
    let mut old = with(&[]);
    let seen = old.port(993);
    let answered = |version, suite| Tls {
        end: TlsEnd::Answered,
        version: Some(version),
        suite: Some(suite),
        certificates: seen.sessions[0].tls.as_ref().unwrap().certificates.clone(),
        ..Tls::default()
    };
    let refused = Tls { end: TlsEnd::Alert, ..Tls::default() };
    let ecdhe = answered(0x0301, 0xC013);
    let dhe = Tls { dh_bits: Some(1024), ..answered(0x0303, 0x009E) };
    let sha1 = Tls { signature_scheme: Some(0x0201), ..answered(0x0303, 0xC02F) };
    let sessions = |asks: Vec<(Ask, Tls)>| -> Vec<_> {
        asks.into_iter().map(|(ask, tls)| sample::session(&seen.endpoint, ask, tls)).collect()
    };
    let only_old = sessions(vec![(Ask::Polite, refused.clone()), (Ask::Version(0x0303), ecdhe)]);
    let weak = |tls: Tls| sessions(vec![(Ask::Polite, refused.clone()), (Ask::Version(0x0303), tls)]);
    let (weak_dhe, weak_sha1) = (weak(dhe), weak(sha1));
    seen.sessions = only_old;
    for (peer, answer) in
        [("thunderbird", Answer::Reject), ("go", Answer::Reject), ("gnutls", Answer::Accept)]
    {
        assert_eq!(at(&old, 993, peer).0, answer, "{peer}");
    }
    assert_eq!(at(&old, 993, "thunderbird").1, ["tls-version-modern-missing"]);
    assert_eq!(at(&old, 993, "apple-mail").0, Answer::Unknown);
    old.port(993).sessions = weak_dhe;
    assert_eq!(at(&old, 993, "openssl-level-2"), (Answer::Reject, vec!["tls-dh-weak"]));
    assert_eq!(at(&old, 993, "openssl-level-1").0, Answer::Accept);
    assert_eq!(at(&old, 993, "java").0, Answer::Accept);
    assert_eq!(at(&old, 993, "go").0, Answer::Unknown);
    old.port(993).sessions = weak_sha1;
    assert_eq!(at(&old, 993, "openssl-level-2"), (Answer::Reject, vec!["tls-signature-weak"]));
    assert_eq!(at(&old, 993, "gnutls").0, Answer::Accept);
}

#[test]
fn keys_that_cannot_sign_show_in_the_handshake() {
    let mut sample = with(&[]);
    sample.leaf().key = PublicKey::Rsa { bits: 1024 };
    assert_eq!(of(&sample, "rustls"), Answer::Accept);
    assert_eq!(at(&sample, 993, "rustls"), (Answer::Reject, vec!["cert-key-weak"]));
    sample.leaf().key = PublicKey::Ec { curve: "secp224r1".into(), bits: 224 };
    for peer in ["openssl-level-1", "gnutls", "java", "go"] {
        assert_eq!(of(&sample, peer), Answer::Accept, "{peer}");
        assert_eq!(at(&sample, 993, peer).0, Answer::Reject, "{peer}");
    }
    assert_eq!(at(&sample, 25, "postfix-may").0, Answer::Accept);
    assert_eq!(at(&sample, 25, "postfix-encrypt").0, Answer::Reject);
    let mut sample = with(&[]);
    sample.leaf().key_usage.as_mut().unwrap().digital_signature = false;
    assert_eq!(at(&sample, 993, "gnutls"), (Answer::Reject, vec!["cert-usage-wrong"]));
    assert_eq!(at(&sample, 993, "openssl-level-2").0, Answer::Accept);
}

#[test]
fn some_insist_on_the_staple_that_a_certificate_demands() {
    let mut sample = with(&[]);
    sample.leaf().must_staple = true;
    expect("no staple", &sample, "-++-+++");
    assert_eq!(at(&sample, 993, "thunderbird"), (Answer::Reject, vec!["cert-staple-missing"]));
    assert_eq!(at(&sample, 25, "exim-gnutls").0, Answer::Reject);
    for session in &mut sample.port(993).sessions {
        session.tls.as_mut().unwrap().staple = Some(Bytes(vec![1]));
    }
    assert_eq!(at(&sample, 993, "thunderbird").0, Answer::Accept);
    // Of a file it is not known.
    let host = Host::new("mail.example.org").unwrap();
    let chain = &sample.diagnosis.chains[0];
    let look = Look { diagnosis: &sample.diagnosis, chain, host: Some(&host), stapled: None, domain: None };
    assert_eq!(verdict(find("thunderbird").unwrap(), &look).answer, Answer::Accept);
}

#[test]
fn exim_does_not_say_what_the_certificate_is_for() {
    let sample = with(&[(0, FaultKind::UsageWrong), (1, FaultKind::UsageWrong)]);
    assert_eq!(of(&sample, "exim-gnutls"), Answer::Accept);
    assert_eq!(of(&sample, "exim-openssl"), Answer::Reject);
}

#[test]
fn nothing_is_said_of_ports_that_do_not_answer() {
    let mut sample = with(&[]);
    sample.port(993).sessions.clear();
    assert_eq!(at(&sample, 993, "thunderbird").0, Answer::Unknown);
}

#[test]
fn clients_without_a_server_name_see_what_they_are_served() {
    let mut sample = with(&[]);
    sample.port(25).sessions.retain(|session| session.ask != Ask::WithoutServerName);
    assert_eq!(at(&sample, 25, "postfix-verify").0, Answer::Unknown);
    assert_eq!(at(&sample, 25, "gmail-sender-mta-sts").0, Answer::Accept);
    assert_eq!(at(&sample, 25, "postfix-may").0, Answer::Accept);
}

/// Returns whom a fault hurts on some ports.
fn whom(sample: &Sample, rule: &'static str, ports: &[u16]) -> Option<String> {
    let mut finding = Finding::new(Severity::Error, rule, "", "");
    finding.rule = rule;
    let shown = sample.seen.endpoints.iter().filter(|seen| ports.contains(&seen.endpoint.port));
    finding.endpoints = shown.map(crate::observation::EndpointObservation::id).collect();
    hurts(&finding, &sample.seen, &verdicts(&sample.case(), &[]))
}

#[test]
fn whom_it_hurts_follows_from_the_verdicts() {
    let expired = with(&[(0, FaultKind::Expired)]);
    assert_eq!(
        whom(&expired, "cert-expired", &[993]).unwrap(),
        "Thunderbird and new Outlook refuse; K-9, Apple Mail and Outlook ask the user"
    );
    assert_eq!(
        whom(&expired, "cert-expired", &[25]).unwrap(),
        "Gmail under MTA-STS, Postfix that verifies and Exim that verifies refuse; Gmail and Postfix by default accept"
    );
    // The old certificate beside a renewed one is refused because it has ended.
    assert_eq!(whom(&expired, "cert-inactive", &[993]), whom(&expired, "cert-expired", &[993]),);
    assert_eq!(whom(&with(&[]), "cert-inactive", &[993]), None);
    let mut sieve = with(&[(0, FaultKind::Expired)]);
    sieve.port(993).endpoint.protocol = Protocol::Sieve;
    assert_eq!(
        whom(&sieve, "cert-expired", &[993]).unwrap(),
        "every program that verifies refuses, with OpenSSL, GnuTLS, Java, Go and rustls alike"
    );
    let sha1 = with(&[(0, FaultKind::SignatureHash("sha1".into()))]);
    let text = whom(&sha1, "cert-signature-weak", &[993]).unwrap();
    assert!(text.contains("Java") && text.contains("OpenSSL") && !text.contains("curl"), "{text}");
    // What nobody trips over keeps its own words, and so does what is no fault of certificates.
    assert_eq!(whom(&expired, "chain-root-included", &[993]), None);
    assert_eq!(whom(&expired, "tls13-missing", &[993]), None);
}
