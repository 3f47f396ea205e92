//! The full listing against servers by chance: is what it claims true, and how many hellos does it take?

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod simulation;

use std::collections::BTreeSet;

use mailmedic::observation::{
    Answer, Ask, Listed, SignerKind, TLS12, TlsEnd, VERSIONS, has_brought, suites_at,
};
use mailmedic_peers::{
    Certificate, DhGroup, Key, Order, Personality, Poison, Refusal, Refusals, When, choose, generous,
};
use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::names::cipher_suite::KeyExchange;
use mailmedic_wire::names::{
    AlertDescription, CipherSuite, ExtensionType, GroupFamily, NamedGroup, ProtocolVersion,
};
use simulation::{Simulated, examine, examine_with};

/// Servers without quirks; every one whose list is called complete is told as it is.
#[test]
fn what_is_called_complete_is_true() {
    let mut complete = 0;
    for seed in 0..60 {
        let server = Personality::random(seed);
        let told = examine(&server, seed);
        complete += usize::from(check(&server, &told, seed));
    }
    assert!(complete > 42, "{complete} of 60 lists are complete");
}

/// OpenSSL fails for want of a signature scheme after it has chosen a suite: its refusals say little of the other suites.
#[test]
fn a_server_that_looks_for_schemes_last_hides_nothing() {
    let mut complete = 0;
    for seed in 0..60 {
        let mut server = Personality::random(seed);
        server.quirks.schemes_last = true;
        let told = examine(&server, seed);
        complete += usize::from(check(&server, &told, seed));
    }
    assert!(complete > 42, "{complete} of 60 lists are complete");
    let anonymous = [0x00A7, 0x00A6, 0x006D, 0x006C, 0x003A, 0x0034, 0xC019, 0xC018].map(CipherSuite);
    let mut server = Personality {
        certificates: vec![
            Certificate::shape(Key::Ec(NamedGroup::SECP256R1)),
            Certificate::shape(Key::Rsa(2048)),
        ],
        dh: Some(DhGroup::of_bits(2048)),
        suite_order: Order::Client,
        ..Personality::modern()
    };
    server.quirks.schemes_last = true;
    let tls12 = server.suites.get_mut(&ProtocolVersion::TLSv1_2).unwrap();
    tls12.extend(anonymous);
    tls12.extend([0x009E, 0x009F, 0xCCAA, 0x009C, 0x002F].map(CipherSuite));
    for seed in 0..20 {
        assert!(check(&server, &examine(&server, seed), seed));
    }
}

/// Servers that choke on long hellos or on single suites: nothing is invented, and nothing is called complete
/// that is not.
#[test]
fn quirks_hide_nothing_that_is_called_complete() {
    let mut complete = 0;
    for seed in 0..60 {
        let server = Personality::random_with_quirks(seed);
        let told = examine(&server, seed);
        let field = |suite: &CipherSuite| suite.key_exchange().is_some_and(KeyExchange::sends_dh);
        // No real server is known to break on a suite without a finite field, to pass over the end of a list in
        // silence or to refuse one of 64, or to refuse some lengths with an alert: such a one could not be told from one that refuses.
        let reads_all =
            server.quirks.most_suites.is_none_or(|most| most >= 64 && server.quirks.refuses_more_suites);
        if reads_all
            && server.quirks.bad_sizes.is_empty()
            && server.quirks.chokes_on.is_empty()
            && server.quirks.poison.iter().all(|poison| poison.suites.iter().all(field))
        {
            complete += usize::from(check(&server, &told, seed));
        }
    }
    assert!(complete > 8, "{complete} of 60 lists are complete");
}

#[test]
fn few_hellos_more_than_the_lower_bound_are_needed() {
    let (mut asked, mut bound) = (0, 0);
    for seed in 0..60 {
        let server = Personality::random(seed);
        let told = examine(&server, seed);
        if !told.is_complete() || told.seen.versions().is_empty() {
            continue;
        }
        let (connections, least) = (told.seen.listing_connections(), told.seen.listing().lower_bound());
        // Refusals that must be looked at twice weigh heavily where there is little to list.
        assert!(connections <= least + least * 6 / 10 + 10, "seed {seed}: {connections} hellos for {least}");
        asked += connections;
        bound += least;
    }
    // Ten in a hundred more than the bound would be ideal; servers by chance are odder than real ones.
    assert!(asked * 100 < bound * 125, "{asked} hellos for {bound}");
}

/// A server with one RSA key as OpenSSL makes it, with nothing over finite fields.
fn openssl(versions: &[(ProtocolVersion, &[u16])]) -> Personality {
    let suites = |numbers: &[u16]| numbers.iter().copied().map(CipherSuite).collect::<Vec<_>>();
    Personality {
        suites: versions.iter().map(|(version, numbers)| (*version, suites(numbers))).collect(),
        certificates: vec![Certificate::shape(Key::Rsa(2048))],
        dh: None,
        ..Personality::modern()
    }
}

const ECDHE: &[u16] =
    &[0xC030, 0xCCA8, 0xC061, 0xC02F, 0xC060, 0xC028, 0xC077, 0xC027, 0xC076, 0xC014, 0xC013];
const RSA: &[u16] = &[0x009D, 0xC0A1, 0xC09D, 0x009C, 0x003D, 0x003C, 0x0035, 0x002F, 0x000A];
const OF_TLS13: &[u16] = &[0x1302, 0x1303, 0x1301];

/// OpenSMTPD on OpenSSL 3: the server chooses suites with RSA key exchange, and then cannot decrypt.
#[test]
fn a_suite_that_no_handshake_ends_well_with_is_not_taken() {
    use ProtocolVersion as V;
    let tls12 = [ECDHE, RSA].concat();
    let server =
        openssl(&[(V::TLSv1_0, &[0xC014, 0x0035, 0x002F]), (V::TLSv1_2, &tls12), (V::TLSv1_3, OF_TLS13)]);
    let alert = Refusal::Alert(AlertDescription::DECRYPT_ERROR);
    for (seed, breaks_off) in (0..).zip([alert, Refusal::Fin, Refusal::Rst, Refusal::Silence]) {
        let told = examine_with(&server, Some(breaks_off), seed);
        assert!(told.is_complete(), "{breaks_off:?}: {}", simulation::last(&told.seen));
        let suites: Vec<u16> = told.seen.suites().iter().map(|accepted| accepted.suite).collect();
        assert_eq!(suites.len(), 1 + ECDHE.len() + OF_TLS13.len(), "{breaks_off:?}");
        assert!(!suites.iter().any(|suite| RSA.contains(suite)), "{breaks_off:?}");
        assert_eq!(told.seen.versions(), [0x0301, 0x0303, 0x0304]);
        assert!(told.seen.unusable_suites().iter().all(|accepted| RSA.contains(&accepted.suite)));
        assert!(!told.seen.unusable_suites().is_empty(), "{breaks_off:?}");
        let (connections, least) = (told.seen.listing_connections(), told.seen.listing().lower_bound());
        assert!(connections * 10 <= least * 13, "{breaks_off:?}: {connections} hellos for {least}");
    }
}

/// It tells a suite, too: the proof costs nothing where more than one suite with RSA key exchange is taken.
#[test]
fn a_handshake_with_rsa_key_exchange_is_completed_once() {
    let tls12 = [ECDHE, RSA].concat();
    let server = openssl(&[(ProtocolVersion::TLSv1_2, &tls12), (ProtocolVersion::TLSv1_3, OF_TLS13)]);
    let told = examine(&server, 1);
    let tries = told.seen.sessions.iter().filter(|session| session.ask == Ask::RsaExchange);
    let ends: Vec<_> = tries.filter_map(|session| Some(session.tls.as_ref()?.end.clone())).collect();
    assert_eq!(ends, [TlsEnd::Completed]);
    assert!(check(&server, &told, 1) && told.seen.unusable_suites().is_empty());
    // Of a server that refuses them all it is not asked.
    let server = openssl(&[(ProtocolVersion::TLSv1_2, ECDHE), (ProtocolVersion::TLSv1_3, OF_TLS13)]);
    assert!(examine(&server, 1).seen.session(Ask::RsaExchange).is_none());
}

/// What a trick has to begin anyway asks for a suite that is still open.
#[test]
fn tricks_ask_for_suites_on_the_way() {
    let tls12 = [ECDHE, RSA].concat();
    let versions: &[(ProtocolVersion, &[u16])] =
        &[(ProtocolVersion::TLSv1_2, &tls12), (ProtocolVersion::TLSv1_3, OF_TLS13)];
    for order in [Order::Client, Order::Server] {
        let server = Personality { suite_order: order, ..openssl(versions) };
        for seed in 0..8 {
            let told = examine(&server, seed);
            assert!(check(&server, &told, seed));
            let tricks = told.seen.sessions.iter().filter(|session| matches!(session.ask, Ask::Try(_)));
            let brought = tricks.filter(|session| has_brought(session)).count();
            // A server with an order of its own takes what is known before what is left.
            assert_eq!(brought > 0, order == Order::Client, "{order:?}, seed {seed}: {brought}");
            let (connections, bound) = (told.seen.listing_connections(), told.seen.listing().lower_bound());
            assert!(
                connections * 10 <= bound * 13,
                "{order:?}, seed {seed}: {connections} hellos for {bound}"
            );
        }
    }
}

/// The servers of the bench that cost most over the lower bound, as personalities.
#[test]
fn real_servers_take_less_than_a_third_more_than_the_lower_bound() {
    use ProtocolVersion as V;
    let old: &[u16] = &[0xC014, 0xC013, 0x002F];
    let mut postfix = Personality {
        groups: vec![NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1],
        ..openssl(&[(V::TLSv1_0, old), (V::TLSv1_1, old)])
    };
    postfix.quirks.heeds_versions = true;
    let groups =
        [&Personality::modern().groups[1..6], &[0x100, 0x101, 0x102, 0x103, 0x104].map(NamedGroup)].concat();
    let closes = Refusals { version: Refusal::Fin, suite: Refusal::Fin, quirk: Refusal::Fin };
    let dovecot = Personality {
        groups: groups.clone(),
        refusals: closes,
        ..openssl(&[(V::TLSv1_2, ECDHE), (V::TLSv1_3, OF_TLS13)])
    };
    let cbc: &[u16] = &[0xC014, 0x0035, 0xC013, 0x002F];
    let gnutls = [0xC030, 0xCCA8, 0xC014, 0x009D, 0xC09D, 0x0035, 0xC02F, 0xC013, 0x009C, 0xC09C, 0x002F];
    let dhe: Vec<CipherSuite> = [0x009F, 0x009E, 0x0039, 0x0033].map(CipherSuite).to_vec();
    let mut courier = Personality {
        groups,
        // The parameters are missing; that shows only when such a suite is chosen.
        dh: Some(DhGroup::of_bits(2048)),
        suite_order: Order::Client,
        ..openssl(&[(V::TLSv1_0, cbc), (V::TLSv1_1, cbc), (V::TLSv1_2, &gnutls), (V::TLSv1_3, OF_TLS13)])
    };
    for (version, suites) in &mut courier.suites {
        suites.extend(dhe.iter().filter(|_| *version != V::TLSv1_3));
    }
    courier.quirks.poison.push(Poison { suites: dhe, when: When::Chosen, refusal: Refusal::Fin });
    for (name, server) in [("postfix", postfix), ("dovecot", dovecot), ("courier", courier)] {
        for seed in 0..4 {
            let told = examine(&server, seed);
            assert!(check(&server, &told, seed) && told.is_complete(), "{name}");
            let (connections, least) = (told.seen.listing_connections(), told.seen.listing().lower_bound());
            assert!(connections * 10 <= least * 13, "{name}, {seed}: {connections} hellos for {least}");
        }
    }
}

/// A long list is asked for by several hellos, for a refusal or two more.
#[test]
fn a_long_list_is_asked_for_side_by_side() {
    let fields: Vec<u16> = suites_at(TLS12)
        .filter(|traits| traits.field && traits.signed == Some(SignerKind::Rsa))
        .map(|traits| traits.suite)
        .collect();
    for seed in 2..6 {
        let told = |fields: &[u16]| {
            let tls12 = [ECDHE, RSA, fields].concat();
            let dh = Some(DhGroup::of_bits(2048));
            examine(&Personality { dh, ..openssl(&[(ProtocolVersion::TLSv1_2, &tls12)]) }, seed)
        };
        let (short, long) = (told(&[]), told(&fields));
        assert!(long.side_by_side > short.side_by_side, "{} {}", long.side_by_side, short.side_by_side);
        let (connections, least) = (long.seen.listing_connections(), long.seen.listing().lower_bound());
        assert!(long.is_complete() && connections * 10 <= least * 12, "{connections} hellos for {least}");
    }
}

/// Compares what is told with what is true; returns whether the suites are called complete.
fn check(server: &Personality, told: &Simulated, seed: u64) -> bool {
    let complete = told.seen.listed(Listed::Suites) == Answer::Yes;
    for version in VERSIONS {
        let mut truth: BTreeSet<u16> =
            server.accepts(ProtocolVersion(version)).into_iter().map(|suite| suite.0).collect();
        // Older versions are asked with finite fields only.
        if version == TLS12 {
            truth.extend(taken_without_fields(server, ProtocolVersion(version)));
        }
        let found: BTreeSet<u16> = told
            .seen
            .suites()
            .into_iter()
            .filter(|accepted| accepted.version == version)
            .map(|accepted| accepted.suite)
            .collect();
        assert!(found.is_subset(&truth), "seed {seed}, {version:04x}: invented {:04x?}", &found - &truth);
        let field = |suite: &u16| CipherSuite(*suite).key_exchange().is_some_and(KeyExchange::sends_dh);
        // No real server has nothing but finite fields in an old version, and none of them in a newer one.
        let is_odd = !truth.is_empty() && truth.iter().all(field) && found.is_empty();
        if complete && !is_odd {
            assert_eq!(
                truth,
                found,
                "seed {seed}, {version:04x}: missed {:04x?} {}",
                &truth - &found,
                simulation::last(&told.seen)
            );
        }
    }
    complete
}

/// Returns the suites that a server takes only from clients that name no finite field (RFC 7919 §4).
fn taken_without_fields(server: &Personality, version: ProtocolVersion) -> Vec<u16> {
    let curves: Vec<NamedGroup> = NamedGroup::all()
        .iter()
        .copied()
        .filter(|group| group.family() != Some(GroupFamily::FiniteField))
        .collect();
    let own = server.suites.get(&version).cloned().unwrap_or_default();
    let taken = own.into_iter().filter(|suite| {
        let hello = generous(version, &[*suite]);
        let hello = match hello.extension(ExtensionType::SUPPORTED_GROUPS) {
            Some(_) => hello.with(ClientExtension::SupportedGroups(curves.clone())),
            None => hello,
        };
        suite.key_exchange().is_some_and(KeyExchange::sends_dh) && choose(server, &hello).is_ok()
    });
    taken.map(|suite| suite.0).collect()
}
