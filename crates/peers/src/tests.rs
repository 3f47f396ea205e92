//! Hellos put to personalities.

use mailmedic_wire::extension::{ClientExtension, KeyShareEntry};
use mailmedic_wire::flight::{End, Flight};
use mailmedic_wire::hello::{ClientHello, ServerParams};
use mailmedic_wire::names::{
    AlertDescription, CipherKind, CipherSuite, CompressionMethod, ExtensionType, NamedGroup, ProtocolVersion,
    SignatureScheme,
};
use mailmedic_wire::ssl2;

use super::*;

const V10: ProtocolVersion = ProtocolVersion::TLSv1_0;
const V12: ProtocolVersion = ProtocolVersion::TLSv1_2;
const V13: ProtocolVersion = ProtocolVersion::TLSv1_3;

fn all() -> Vec<CipherSuite> {
    CipherSuite::selectable().collect()
}

fn flight(server: &Personality, hello: &ClientHello) -> Flight {
    answer(server, hello, 0).flight()
}

fn suite(flight: &Flight) -> CipherSuite {
    flight.server_hello.as_ref().unwrap().cipher_suite
}

#[test]
fn every_flight_reads_back_as_the_choice_it_was_written_for() {
    let mut answered = 0;
    for seed in 0..400 {
        let server = Personality::random_with_quirks(seed);
        for version in server.suites.keys() {
            let hello = generous(*version, &all());
            let Ok(choice) = choose(&server, &hello) else { continue };
            let flight = flight(&server, &hello);
            assert_eq!((flight.version, &flight.malformed), (Some(*version), &None), "seed {seed}");
            assert_eq!((suite(&flight), flight.hello_retry), (choice.suite, choice.retry), "seed {seed}");
            assert_eq!(flight.done, *version < V13, "seed {seed}");
            if let Some(exchange) = &flight.key_exchange {
                assert_eq!(exchange.scheme(), choice.scheme, "seed {seed}");
                assert!(!matches!(exchange.params, ServerParams::Other(_)), "seed {seed} {}", choice.suite);
            }
            if choice.suite.key_exchange().unwrap().sends_ecdh() {
                assert_eq!(flight.group(), choice.group, "seed {seed}");
            }
            answered += 1;
        }
    }
    assert!(answered > 500, "{answered} answers");
}

#[test]
fn accepted_suites_are_chosen_and_no_others() {
    for seed in 0..60 {
        let server = Personality::random(seed);
        for version in [V10, V12, V13] {
            let accepted = server.accepts(version);
            let mut found = Vec::new();
            for suite in all() {
                let seen = flight(&server, &generous(version, &[suite]));
                let hello = seen.server_hello.filter(|_| seen.version == Some(version));
                found.extend(hello.map(|hello| hello.cipher_suite));
            }
            let mut expected = accepted.clone();
            expected.sort_unstable();
            assert_eq!(found, expected, "seed {seed} {version}");
            if server.suite_order == Order::Server {
                assert_eq!(server.prefers(version, &all()), accepted.first().copied());
            }
        }
    }
}

#[test]
fn the_order_that_counts_is_the_servers_or_the_clients() {
    let mut server = Personality::modern();
    let chacha = CipherSuite::TLS_CHACHA20_POLY1305_SHA256;
    let hello =
        generous(V13, &[chacha, CipherSuite::TLS_AES_128_GCM_SHA256, CipherSuite::TLS_AES_256_GCM_SHA384]);
    assert_eq!(suite(&flight(&server, &hello)), CipherSuite::TLS_AES_256_GCM_SHA384);
    server.suite_order = Order::ServerChaChaFirst;
    assert_eq!(suite(&flight(&server, &hello)), chacha);
    server.suite_order = Order::Client;
    assert_eq!(suite(&flight(&server, &hello)), chacha);
}

#[test]
fn a_key_share_in_a_known_group_spares_the_retry() {
    let server = Personality::modern();
    let hello = generous(V13, &all());
    let retry = flight(&server, &hello);
    assert!(retry.hello_retry);
    assert_eq!(retry.group(), Some(NamedGroup::X25519MLKEM768));
    let share = KeyShareEntry { group: NamedGroup::SECP256R1, key: vec![4; 65] };
    let hello = hello.with(ClientExtension::KeyShare(vec![share]));
    let seen = flight(&server, &hello);
    assert_eq!((seen.hello_retry, seen.group()), (false, Some(NamedGroup::SECP256R1)));
    let demanding = Personality { prefers_sent_keys: false, ..server };
    assert!(flight(&demanding, &hello).hello_retry);
}

#[test]
fn an_ecdsa_suite_needs_the_curve_of_the_certificate() {
    let server = Personality::modern();
    let hello = generous(V12, &all());
    assert_eq!(suite(&flight(&server, &hello)), CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384);
    let hello = hello.with(ClientExtension::SupportedGroups(vec![NamedGroup::X25519]));
    let seen = flight(&server, &hello);
    assert_eq!(suite(&seen), CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384);
    assert_eq!(seen.group(), Some(NamedGroup::X25519));
    let hello = hello.with(ClientExtension::SupportedGroups(vec![NamedGroup::SECT163K1]));
    assert_eq!(flight(&server, &hello).alert.unwrap().description, AlertDescription::HANDSHAKE_FAILURE);
}

#[test]
fn signature_schemes_choose_the_certificate() {
    let server = Personality::modern();
    let hello = generous(V12, &all())
        .with(ClientExtension::SignatureAlgorithms(vec![SignatureScheme::RSA_PSS_RSAE_SHA384]));
    let seen = flight(&server, &hello);
    assert_eq!(seen.key_exchange.unwrap().scheme(), Some(SignatureScheme::RSA_PSS_RSAE_SHA384));
    assert_eq!(seen.certificates.unwrap(), Certificate::shape(Key::Rsa(2048)).chain);
    assert!(server.accepts_schemes(V13).contains(&SignatureScheme::ECDSA_SECP256R1_SHA256));
    assert!(!server.accepts_schemes(V13).contains(&SignatureScheme::RSA_PKCS1_SHA256));
}

#[test]
fn versions_are_negotiated_downwards_and_refused_below() {
    let server = Personality::of_2015();
    assert_eq!(flight(&server, &generous(V13, &all())).version, Some(V12));
    assert_eq!(flight(&server, &generous(V10, &all())).version, Some(V10));
    let seen = flight(&server, &generous(ProtocolVersion::SSLv3, &all()));
    assert_eq!(seen.alert.unwrap().description, AlertDescription::PROTOCOL_VERSION);
    let falls_back = generous(V10, &[all(), vec![CipherSuite::TLS_FALLBACK_SCSV]].concat());
    let seen = flight(&server, &falls_back);
    assert_eq!(seen.alert.unwrap().description, AlertDescription::INAPPROPRIATE_FALLBACK);
    let deaf = Personality { fallback_scsv: false, ..server };
    assert_eq!(flight(&deaf, &falls_back).version, Some(V10));
}

#[test]
fn an_ancient_server_has_every_sin() {
    let server = Personality::of_1999();
    let mut hello = generous(ProtocolVersion::SSLv3, &[CipherSuite::TLS_RSA_EXPORT_WITH_RC4_40_MD5]);
    hello.compression_methods.insert(0, CompressionMethod::DEFLATE);
    let seen = flight(&server, &hello);
    let Some(ServerParams::Rsa(rsa)) = seen.key_exchange.map(|exchange| exchange.params) else {
        unreachable!("a temporary key");
    };
    assert_eq!(rsa.bits(), 512);
    let said = seen.server_hello.unwrap();
    assert_eq!(said.compression_method, CompressionMethod::DEFLATE);
    assert!(!said.has(ExtensionType::RENEGOTIATION_INFO));
    let anonymous = flight(&server, &generous(V10, &[CipherSuite::TLS_DH_anon_WITH_RC4_128_MD5]));
    assert_eq!(anonymous.certificates, None);
    assert_eq!(anonymous.key_exchange.as_ref().unwrap().dh().unwrap().bits(), 512);
    assert_eq!(anonymous.key_exchange.unwrap().signature, None);
    let ssl2 = ssl2::ClientHello::new([1; 16], &[CipherKind::SSL_CK_RC4_128_EXPORT40_WITH_MD5]);
    let seen = answer_bytes(&server, &ssl2.encode_record(), 0).unwrap().flight();
    assert_eq!(seen.ssl2.unwrap().cipher_specs, ssl2.cipher_specs);
    let seen = answer_ssl2(&server, &ssl2::ClientHello::new([1; 16], &[CipherKind(5)]), 0).flight();
    assert_eq!(seen.ssl2_error, Some(ssl2::Ssl2Error(1)));
    let introduction = ssl2::ClientHello { version: V10, cipher_specs: vec![CipherKind(5)], ..ssl2 };
    assert_eq!(answer_ssl2(&server, &introduction, 0).flight().version, Some(V10));
}

#[test]
fn refusals_end_as_they_are_told_to() {
    let hello = generous(ProtocolVersion::SSLv3, &all());
    for (refusal, end) in
        [(Refusal::Fin, End::Eof), (Refusal::Rst, End::Reset), (Refusal::Silence, End::TimedOut)]
    {
        let mut server = Personality::modern();
        server.refusals.version = refusal;
        let seen = flight(&server, &hello);
        assert_eq!((seen.end, seen.is_silent()), (Some(end), true));
    }
}

#[test]
fn quirks_break_the_handshakes_they_name() {
    let breaks = |quirks: Quirks, hello: &ClientHello| {
        let server = Personality { quirks, ..Personality::of_2015() };
        flight(&server, hello).version.is_none()
    };
    let poison = |when| {
        let suites = vec![CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384];
        Quirks { poison: vec![Poison { suites, when, refusal: Refusal::Fin }], ..Quirks::default() }
    };
    let best = CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384;
    let other = CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA;
    let (front, back) = (generous(V12, &[best, other]), generous(V12, &[other, best]));
    assert!(breaks(poison(When::First), &front) && !breaks(poison(When::First), &back));
    assert!(breaks(poison(When::Chosen), &back) && breaks(poison(When::Offered), &back));
    assert!(!breaks(poison(When::Offered), &generous(V12, &[other])));

    let few = Quirks { most_suites: Some(2), refuses_more_suites: true, ..Quirks::default() };
    assert!(!breaks(few.clone(), &front) && breaks(few, &generous(V12, &[best, other, CipherSuite(1)])));
    let deaf = Quirks { most_suites: Some(1), ..Quirks::default() };
    let seen = flight(&Personality { quirks: deaf, ..Personality::of_2015() }, &back);
    assert_eq!(suite(&seen), other);

    let size = 4 + front.encode().len();
    let sizes = |sizes| Quirks { bad_sizes: vec![sizes], ..Quirks::default() };
    assert!(breaks(sizes(size..=size), &front) && !breaks(sizes(size + 1..=9999), &front));
    let old = Quirks { greatest_version: Some(V10), ..Quirks::default() };
    assert!(breaks(old.clone(), &front) && !breaks(old, &generous(V10, &all())));

    let chokes = |choke| Quirks { chokes_on: [choke].into(), ..Quirks::default() };
    let grease = generous(V12, &[CipherSuite(0x0A0A), best]);
    assert!(breaks(chokes(Choke::Grease), &grease) && !breaks(chokes(Choke::Grease), &front));
    assert!(breaks(chokes(Choke::UnknownSuite), &grease) && breaks(chokes(Choke::AnyExtension), &front));
    assert!(breaks(chokes(Choke::NoServerName), &front));
    assert!(!breaks(chokes(Choke::NoServerName), &front.clone().with_server_name("mail.example")));
}

#[test]
fn keys_are_fresh_unless_they_are_reused() {
    let hello = generous(V12, &[CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA]);
    let mut server = Personality::of_2015();
    let public = |server: &Personality, connection| {
        let seen = answer(server, &hello, connection).flight();
        let exchange = seen.key_exchange.unwrap();
        let dh = exchange.dh().unwrap();
        assert!(dh.public < dh.prime);
        (dh.bits(), dh.public.clone())
    };
    assert_eq!(public(&server, 0).0, 1024);
    assert_ne!(public(&server, 0), public(&server, 1));
    server.quirks.reuses_dh = true;
    assert_eq!(public(&server, 0), public(&server, 1));
}

#[test]
fn hellos_are_read_whole_however_they_are_cut() {
    let hello = generous(V12, &all());
    let bytes = hello.encode_records(V10);
    for cut in [0, 1, 4, 5, 9, bytes.len() - 1] {
        assert_eq!(read_hello(&bytes[..cut]), Ok(None), "{cut}");
    }
    assert_eq!(read_hello(&bytes), Ok(Some(Hello::Tls(hello))));
    assert!(read_hello(b"EHLO client.example\r\n").is_err());
    let seen = answer_bytes(&Personality::modern(), b"EHLO client.example\r\n", 0).unwrap().flight();
    assert_eq!(seen.alert.unwrap().description, AlertDescription::DECODE_ERROR);
}
