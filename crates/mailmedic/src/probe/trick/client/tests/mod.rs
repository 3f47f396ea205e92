//! The client against a scripted server and against rustls, and the tricks that rest on it.

mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use mailmedic_wire::names::{CipherSuite, ContentType, NamedGroup, ProtocolVersion, SignatureScheme};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use self::server::{Fault, Server, TICKET, Wrong, faults};
use super::cipher::{Forgery, Opener, Sealer};
use super::exchange;
use super::keys::{Keys, Master, Randoms};
use super::suite::Suite;
use crate::bytes::Bytes;
use crate::endpoint::{Endpoint, Place, Protocol, Security, Source};
use crate::job::{Attempt, COMPLETABLE_GROUPS, Hello, Job, Offer, Stop, is_completable};
use crate::name::Host;
use crate::observation::{
    Answered, Ask, EndpointObservation, LONE_SESSION_ID, ReactionEnd, Session, TlsEnd, Trick,
};
use crate::probe::{Asking, Manners, Prober};

/// Long enough for loopback; only waited for where the server is silent.
const LIMIT: Duration = Duration::from_millis(500);

const CBC: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA;
const GCM: CipherSuite = CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;

fn sane(suite: CipherSuite) -> Server {
    Server { suite, extended: true, ticket: None, fault: Fault::None, greeting: vec![b"220 hello\r\n"] }
}

/// Does a trick with a server that a script plays.
async fn tried<F, Fut>(trick: Trick, suites: &[CipherSuite], script: F) -> Session
where
    F: FnOnce(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { script(listener.accept().await.unwrap().0).await });
    let offer = Offer {
        version: ProtocolVersion::TLSv1_2,
        suites: suites.to_vec(),
        groups: COMPLETABLE_GROUPS.to_vec(),
        signature_schemes: vec![SignatureScheme::ECDSA_SECP256R1_SHA256, SignatureScheme::RSA_PKCS1_SHA256],
        server_name: Some("mail.example".into()),
        stop: Stop::KeyExchange,
        curious: false,
    };
    let ticket = (trick == Trick::Ticketbleed).then(|| Bytes(TICKET.to_vec()));
    let hello = Hello::Try(Attempt { ticket, ..Attempt::new(trick, offer) });
    let job = Job { ask: Ask::Try(trick), security: Security::Implicit, hello };
    let manners = Manners { ehlo: "client.example".into(), timeout: LIMIT, connections_per_host: 5 };
    let seen = Prober::new(manners).run(&endpoint(address), &job, Asking::default()).await;
    server.abort();
    seen.session
}

fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint {
        host: Host::new("mail.example").unwrap(),
        port: address.port(),
        place: Place::Tcp(address),
        protocol: Protocol::Smtp,
        security: Security::Implicit,
        role: Endpoint::role_of(Protocol::Smtp),
        sources: vec![Source::Named],
    }
}

async fn with(trick: Trick, server: Server) -> Session {
    let suites = [server.suite];
    tried(trick, &suites, |stream| server.serve(stream)).await
}

#[test]
fn the_client_has_what_the_planner_offers() {
    let has: Vec<CipherSuite> =
        CipherSuite::selectable().filter(|suite| Suite::of(*suite).is_some()).collect();
    let offered: Vec<CipherSuite> =
        CipherSuite::selectable().filter(|suite| is_completable(*suite)).collect();
    assert_eq!(has, offered);
    for suite in ["TLS_RSA_WITH_AES_256_CBC_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"] {
        assert!(has.iter().any(|has| has.name() == Some(suite)), "{suite}");
    }
    assert!(!is_completable(CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA));
}

#[tokio::test]
async fn every_kind_of_suite_completes() {
    let suites = [
        CBC,
        GCM,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    for suite in suites {
        for extended in [true, false] {
            let session = with(Trick::Renegotiation, Server { extended, ..sane(suite) }).await;
            let tls = session.tls.unwrap();
            assert_eq!((tls.end, tls.suite), (TlsEnd::Completed, Some(suite.0)), "{suite} {extended}");
        }
    }
}

#[tokio::test]
async fn a_server_with_a_wrong_finished_message_is_not_believed() {
    let session = with(Trick::Renegotiation, Server { fault: Fault::WrongFinished, ..sane(GCM) }).await;
    assert_eq!(session.tls.unwrap().end, TlsEnd::Answered);
}

/// A server on a library, for one suite.
fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["mail.example".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(made.cert)], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn a_library_understands_the_client() {
    let suites = [
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    for suite in suites {
        let session = tried(Trick::Renegotiation, &[suite], async |stream| {
            let mut stream = acceptor().accept(stream).await.unwrap();
            assert_eq!(stream.read(&mut [0; 64]).await.unwrap(), 0, "close_notify is due");
        })
        .await;
        assert_eq!(session.tls.map(|tls| tls.end), Some(TlsEnd::Completed), "{suite}");
    }
}

#[tokio::test]
async fn a_server_that_passes_over_the_second_hello_refuses_it() {
    let suite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    let session = tried(Trick::Renegotiation, &[suite], async |stream| {
        let mut stream = acceptor().accept(stream).await.unwrap();
        stream.write_all(b"220 hello\r\n").await.unwrap();
        let mut line = [0; 64];
        let count = stream.read(&mut line).await.unwrap();
        assert_eq!(&line[..count], b"NOOP\r\n");
        stream.write_all(b"250 OK\r\n").await.unwrap();
    })
    .await;
    let reaction = session.reaction.unwrap();
    assert_eq!(reaction.end, ReactionEnd::Left);
    assert_eq!(reaction.records.len(), 1);
    assert_ne!(reaction.records[0].content, ContentType::HANDSHAKE.0);
}

#[tokio::test]
async fn a_server_that_falls_silent_at_the_second_hello_is_not_judged() {
    let suite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
    let session = tried(Trick::Renegotiation, &[suite], async |stream| {
        let mut stream = acceptor().accept(stream).await.unwrap();
        while stream.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
    })
    .await;
    let reaction = session.reaction.unwrap();
    assert_eq!((reaction.records.len(), reaction.end), (0, ReactionEnd::TimedOut));
}

#[tokio::test]
async fn renegotiation_is_counted_and_ends_at_ten() {
    for (allowed, due) in [(0, 0), (1, 1), (3, 3), (50, 10)] {
        let session =
            with(Trick::Renegotiation, Server { fault: Fault::Renegotiates(allowed), ..sane(CBC) }).await;
        let reaction = session.reaction.unwrap();
        let hellos = reaction.records.iter().filter(|record| record.head.0.first() == Some(&2)).count();
        assert_eq!(hellos, due, "{allowed}");
        let refusals = reaction.records.iter().filter(|record| record.head.0 == [1, 100]).count();
        assert_eq!(refusals, usize::from(allowed < 10), "{allowed}");
        assert!(reaction.records.iter().all(|record| record.encrypted));
        assert_eq!(reaction.end, ReactionEnd::Left);
    }
}

#[tokio::test]
async fn without_a_first_handshake_no_trick_is_tried() {
    for trick in [Trick::Renegotiation, Trick::Padding(1)] {
        let session = tried(trick, &[CBC], async |mut stream| {
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
        })
        .await;
        assert_eq!(session.tls.unwrap().end, TlsEnd::Alert);
        assert_eq!(session.reaction.unwrap().end, ReactionEnd::NotReached);
    }
}

#[tokio::test]
async fn a_flood_ends_and_is_no_handshake() {
    // Warnings, changes of keys and data, none of which ends anything.
    let floods: [&[u8]; 3] = [&[21, 3, 3, 0, 2, 1, 112], &[20, 3, 3, 0, 1, 1], &[23, 3, 3, 0, 1, 0]];
    for flood in floods {
        let session = tried(Trick::Renegotiation, &[CBC], async |mut stream| {
            let many = flood.repeat(1_000);
            while stream.write_all(&many).await.is_ok() {}
        })
        .await;
        assert_ne!(session.tls.unwrap().end, TlsEnd::Completed);
        assert_eq!(session.reaction.unwrap().end, ReactionEnd::NotReached);
    }
}

#[tokio::test]
async fn a_ticket_is_kept_with_its_lifetime() {
    let server = Server { ticket: Some((7200, TICKET.to_vec())), ..sane(GCM) };
    let tickets = with(Trick::Renegotiation, server).await.tls.unwrap().tickets;
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0].lifetime_s, Some(7200));
    assert_eq!(tickets[0].bytes, Some(Bytes(TICKET.to_vec())));
    let server = Server { ticket: Some((60, vec![7; 5000])), ..sane(GCM) };
    let tickets = with(Trick::Renegotiation, server).await.tls.unwrap().tickets;
    assert_eq!((tickets[0].lifetime_s, &tickets[0].bytes), (Some(60), &None));
}

#[tokio::test]
async fn a_ticket_that_is_shown_tells_how_the_server_repeats_the_session_id() {
    for (fault, length) in [(Fault::None, 1), (Fault::Bleeds, 32)] {
        let session = with(Trick::Ticketbleed, Server { fault, ..sane(GCM) }).await;
        assert_eq!(session.tls.unwrap().resumed, Some(true));
        let reaction = session.reaction.unwrap();
        // What may be memory of the server is not kept.
        assert_eq!(reaction.records[0].head.0[38..], [length, LONE_SESSION_ID], "{fault:?}");
    }
}

/// Tries all ways, as the planner would.
async fn padded(server: &Server) -> EndpointObservation {
    let mut seen = EndpointObservation::new(endpoint((Ipv4Addr::LOCALHOST, 465).into()));
    for way in 0..3 {
        seen.sessions.push(with(Trick::Padding(way), server.clone()).await);
    }
    seen
}

#[tokio::test]
async fn wrong_records_show_what_the_server_looks_at() {
    let refused = |alert| Some(Answered::Refusal(vec![alert]));
    let taken = || Some(Answered::Data);
    let cases = [
        (Fault::None, [refused(20), refused(20), refused(20)], false),
        (Fault::IgnoresPadding, [taken(), refused(20), refused(20)], true),
        (Fault::IgnoresMac, [refused(20), taken(), refused(20)], true),
        (Fault::TellsApart, [refused(21), refused(20), refused(21)], true),
    ];
    for (fault, due, suspicious) in cases {
        for suite in [CBC, CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384] {
            let seen = padded(&Server { fault, ..sane(suite) }).await;
            let answers = [0, 1, 2].map(|way| seen.padding(way));
            assert_eq!(answers, due, "{fault:?} {suite}");
            assert_eq!(seen.padding_round(0).unwrap().is_suspicious(), suspicious, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_a_server_says_unasked_is_no_answer() {
    let greeting: Vec<&[u8]> = vec![b"220-one\r\n", b"220 two\r\n", b"and one more\r\n"];
    let seen = padded(&Server { greeting, ..sane(CBC) }).await;
    assert_eq!(seen.padding(0), Some(Answered::Refusal(vec![20])));
    assert!(!seen.padding_round(0).unwrap().is_suspicious());
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_judged() {
    let session = with(Trick::Padding(1), Server { greeting: Vec::new(), ..sane(CBC) }).await;
    assert_eq!(session.reaction.unwrap().end, ReactionEnd::NotReached);
}

fn keys(suite: Suite) -> (Keys, Keys) {
    let randoms = Randoms { client: [1; 32], server: [2; 32] };
    Master::plain(suite, &[3; 48], &randoms).unwrap().keys(&randoms).unwrap()
}

#[test]
fn each_forgery_is_wrong_in_one_way_and_as_long_as_the_others() {
    let suite = Suite::of(CBC).unwrap();
    let (client, _) = keys(suite);
    let mut lengths = Vec::new();
    for (forgery, due) in [
        (Forgery::None, Wrong::default()),
        (Forgery::Padding, Wrong { padding: true, ..Wrong::default() }),
        (Forgery::Mac, Wrong { mac: true, ..Wrong::default() }),
        (Forgery::Length, Wrong { length: true, ..Wrong::default() }),
    ] {
        let mut sealer = Sealer::new(suite.protection, &client).unwrap();
        let sealed = sealer.seal(ContentType::APPLICATION_DATA, b"NOOP\r\n", Some(forgery)).unwrap();
        assert_eq!(faults(suite.protection, &client, 0, &sealed), due, "{forgery:?}");
        lengths.push(sealed.len());
    }
    lengths.dedup();
    assert_eq!(lengths.len(), 1);
}

#[test]
fn what_is_sealed_is_opened_and_what_was_changed_is_not() {
    for suite in CipherSuite::selectable().filter_map(Suite::of) {
        let (client, _) = keys(suite);
        let mut sealer = Sealer::new(suite.protection, &client).unwrap();
        let mut opener = Opener::new(suite.protection, &client).unwrap();
        for length in [0, 1, 15, 16, 300] {
            let plain = vec![b'x'; length];
            let sealed = sealer.seal(ContentType::APPLICATION_DATA, &plain, None).unwrap();
            let opened = opener.open(ContentType::APPLICATION_DATA, &sealed);
            assert_eq!(opened.ok(), Some(plain));
        }
        let mut sealed = sealer.seal(ContentType::APPLICATION_DATA, b"text", None).unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        assert!(opener.open(ContentType::APPLICATION_DATA, &sealed).is_err());
        for cut in [0, 7, 15, 16, 17, 31] {
            assert!(opener.open(ContentType::ALERT, &vec![0; cut]).is_err(), "{cut}");
        }
    }
}

#[test]
fn a_secret_under_rsa_reaches_the_holder_of_the_key() {
    let private = PrivateDecryptingKey::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&private).unwrap();
    let pair = rcgen::KeyPair::try_from(pkcs8.as_ref()).unwrap();
    let names = ["mail.example".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap().self_signed(&pair).unwrap();
    let sent = exchange::rsa(certificate.der()).unwrap();
    let key = Pkcs1PrivateDecryptingKey::new(private).unwrap();
    let mut room = vec![0; key.min_output_size()];
    assert_eq!(sent.message[..2], [1, 0]);
    assert_eq!(key.decrypt(&sent.message[2..], &mut room).unwrap(), sent.premaster);
    assert_eq!(sent.premaster[..2], [3, 3]);
    assert!(exchange::rsa(b"no certificate").is_err());
}

#[test]
fn the_groups_that_are_offered_can_be_agreed_in() {
    use mailmedic_wire::hello::{Curve, ServerKeyExchange, ServerParams};
    let exchange = |group: NamedGroup, public: Vec<u8>| ServerKeyExchange {
        params: ServerParams::Ecdh { curve: Curve::Named(group), public },
        psk_hint: None,
        signature: None,
    };
    let algorithms = [
        &aws_lc_rs::agreement::X25519,
        &aws_lc_rs::agreement::ECDH_P256,
        &aws_lc_rs::agreement::ECDH_P384,
        &aws_lc_rs::agreement::ECDH_P521,
    ];
    for (group, algorithm) in COMPLETABLE_GROUPS.into_iter().zip(algorithms) {
        let own = aws_lc_rs::agreement::PrivateKey::generate(algorithm).unwrap();
        let public = own.compute_public_key().unwrap().as_ref().to_vec();
        let sent = exchange::ecdhe(&exchange(group, public)).unwrap();
        let peer = aws_lc_rs::agreement::UnparsedPublicKey::new(algorithm, &sent.message[1..]);
        let secret = aws_lc_rs::agreement::agree(&own, peer, (), |secret| Ok(secret.to_vec()));
        assert_eq!(secret, Ok(sent.premaster), "{group}");
    }
    assert!(exchange::ecdhe(&exchange(NamedGroup::X25519, vec![0; 32])).is_err(), "a point of no use");
    assert!(exchange::ecdhe(&exchange(NamedGroup::X448, vec![1; 56])).is_err());
}
