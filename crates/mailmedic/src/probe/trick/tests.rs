//! Tricks against servers on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeySize, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use mailmedic_peers::{
    Certificate, Dialogue, EarlyCcs, Habits, Heartbeat, Key, Peer, Personality, Server, answer_bytes,
};
use mailmedic_wire::names::{CipherSuite, ExtensionType, HandshakeType, NamedGroup, ProtocolVersion};
use mailmedic_wire::record::Record;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Tried, attempt};
use crate::job::{Attempt, Offer, Stop};
use crate::observation::{HEARTBEAT_CARRIED, HEARTBEAT_CLAIMED, ReactionEnd, TlsEnd, Trick};
use crate::probe::tap::Tap;

/// Longer than any test takes; waited for by none.
const LONG: Duration = Duration::from_secs(20);

const RSA_SUITE: CipherSuite = CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256;

fn offer() -> Offer {
    Offer {
        version: ProtocolVersion::TLSv1_2,
        suites: vec![RSA_SUITE],
        groups: vec![NamedGroup::X25519],
        signature_schemes: Vec::new(),
        server_name: None,
        stop: Stop::KeyExchange,
        curious: false,
    }
}

/// A server that takes nothing but that suite.
fn old() -> Personality {
    Personality { suites: [(ProtocolVersion::TLSv1_2, vec![RSA_SUITE])].into(), ..Personality::of_2015() }
}

async fn tried(address: SocketAddr, trick: Trick, limit: Duration) -> Tried {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    attempt(Tap::new(Box::new(stream)), false, &Attempt::new(trick, offer()), false, limit).await
}

fn server(personality: Personality, heartbeat: Heartbeat, early_ccs: EarlyCcs) -> Peer {
    let habits = Habits { heartbeat, early_ccs, ..Habits::default() };
    Server::new(Dialogue::Imap, personality).implicit().with(habits).start().unwrap()
}

/// Returns the descriptions of the alerts of a reaction, and how it ended.
fn alerts(tried: &Tried) -> (Vec<u8>, ReactionEnd) {
    let reaction = tried.reaction.as_ref().unwrap();
    let alerts = reaction.records.iter().filter(|record| record.content == 21);
    (alerts.map(|alert| alert.head.0[1]).collect(), reaction.end)
}

#[tokio::test]
async fn a_leak_is_proven_and_not_kept() {
    let peer = server(old(), Heartbeat::Bleeds, EarlyCcs::Refused);
    let tried = tried(peer.address(), Trick::Heartbleed, LONG).await;
    let reaction = tried.reaction.unwrap();
    let answer = &reaction.records[0];
    assert_eq!((answer.content, answer.length), (24, HEARTBEAT_CLAIMED + 3 + 16));
    assert_eq!(answer.head.0, [&[2][..], &HEARTBEAT_CLAIMED.to_be_bytes()].concat());
    assert!(answer.length > HEARTBEAT_CARRIED + 3 + 16);
}

#[tokio::test]
async fn a_careful_server_ends_at_the_message_out_of_order() {
    for heartbeat in [Heartbeat::Careful, Heartbeat::Deaf] {
        let peer = server(old(), heartbeat, EarlyCcs::Refused);
        let tried = tried(peer.address(), Trick::Heartbleed, LONG).await;
        assert_eq!(alerts(&tried).0.len(), 1, "{heartbeat:?}");
        assert_eq!(tried.reaction.unwrap().records.len(), 1);
    }
}

#[tokio::test]
async fn no_heartbeat_goes_to_who_takes_none() {
    let mut personality = old();
    personality.extensions.remove(&ExtensionType::HEARTBEAT);
    let peer = server(personality, Heartbeat::Bleeds, EarlyCcs::Refused);
    let tried = tried(peer.address(), Trick::Heartbleed, LONG).await;
    assert_eq!((tried.reaction, tried.tls.end), (None, TlsEnd::Answered));
}

#[tokio::test]
async fn a_sound_server_refuses_the_first_change() {
    for (early_ccs, expected, end) in [
        (EarlyCcs::Refused, (vec![10], ReactionEnd::Left), TlsEnd::Alert),
        (EarlyCcs::Closes, (Vec::new(), ReactionEnd::Closed), TlsEnd::Closed),
    ] {
        let peer = server(old(), Heartbeat::Unknown, early_ccs);
        let tried = tried(peer.address(), Trick::EarlyChangeCipherSpec, LONG).await;
        assert_eq!((alerts(&tried), tried.tls.end), (expected, end));
    }
}

#[tokio::test]
async fn a_faulty_server_decrypts_garbage() {
    let peer = server(old(), Heartbeat::Unknown, EarlyCcs::Accepted);
    let tried = tried(peer.address(), Trick::EarlyChangeCipherSpec, Duration::from_millis(600)).await;
    assert_eq!(alerts(&tried), (vec![20], ReactionEnd::Left));
    assert_eq!(tried.tls.end, TlsEnd::Answered);
}

#[tokio::test]
async fn what_is_refused_before_tells_nothing() {
    let peer = server(Personality::modern(), Heartbeat::Bleeds, EarlyCcs::Accepted);
    for trick in [Trick::Heartbleed, Trick::EarlyChangeCipherSpec, Trick::Robot(0, 0)] {
        let tried = tried(peer.address(), trick, LONG).await;
        assert_eq!(alerts(&tried), (Vec::new(), ReactionEnd::NotReached), "{trick:?}");
    }
    // A certificate that is none has no key to encrypt to.
    let peer = server(old(), Heartbeat::Bleeds, EarlyCcs::Accepted);
    let tried = tried(peer.address(), Trick::Robot(0, 0), LONG).await;
    assert_eq!(alerts(&tried), (Vec::new(), ReactionEnd::NotReached));
}

/// What a server does with RSA blocks.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// It goes on with a random secret in place of a wrong one, as RFC 5246 §7.4.7.1 wants it.
    Sound,
    /// It says at once that a block is wrong.
    AtOnce,
    /// It says so later, and tells what is wrong with it.
    Later,
}

/// Tries all ways at a server with a real key that asks for a client certificate.
async fn all_ways(manner: Manner) -> Vec<((Vec<u8>, ReactionEnd), TlsEnd)> {
    let key = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let signer = rcgen::KeyPair::try_from(der.as_ref()).unwrap();
    let made =
        rcgen::CertificateParams::new(["mail.example".to_owned()]).unwrap().self_signed(&signer).unwrap();
    let personality = Personality {
        certificates: vec![Certificate { key: Key::Rsa(2048), chain: vec![made.der().to_vec()] }],
        asks_certificate: true,
        ..old()
    };
    let key = Pkcs1PrivateDecryptingKey::new(key).unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut told = Vec::new();
    for way in 0..5 {
        let (tried, ()) = tokio::join!(tried(address, Trick::Robot(way, 0), LONG), async {
            let stream = listener.accept().await.unwrap().0;
            serve(stream, &personality, &key, manner).await;
        });
        told.push((alerts(&tried), tried.tls.end));
    }
    told
}

async fn serve(
    mut stream: TcpStream,
    personality: &Personality,
    key: &Pkcs1PrivateDecryptingKey,
    manner: Manner,
) {
    let hello = records(&mut stream, 1).await;
    stream.write_all(&answer_bytes(personality, &hello, 0).unwrap().bytes).await.unwrap();
    // No certificate, and the key exchange.
    let bytes = records(&mut stream, 2).await;
    assert_eq!(bytes[..12], [22, 3, 3, 0, 7, HandshakeType::CERTIFICATE.0, 0, 0, 3, 0, 0, 0]);
    // The headers of record and message, and the length of the block.
    let block = &bytes[12 + 5 + 4 + 2..];
    let mut secret = vec![0; key.min_output_size()];
    let fault = match key.decrypt(block, &mut secret) {
        Ok([3, 3, rest @ ..]) if rest.len() == 46 => None,
        Ok(secret) if secret.len() == 48 => Some(70),
        Ok(_) => Some(47),
        Err(_) => Some(51),
    };
    let alert = match (manner, fault) {
        (Manner::AtOnce, Some(fault)) => fault,
        (Manner::Later, fault) => {
            records(&mut stream, 2).await;
            fault.unwrap_or(20)
        }
        _ => {
            records(&mut stream, 2).await;
            20
        }
    };
    stream.write_all(&[21, 3, 3, 0, 2, 2, alert]).await.unwrap();
}

/// Reads so many whole records.
async fn records(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let (mut whole, mut rest) = (0, &bytes[..]);
        while let Ok(Some((_, length))) = Record::read(rest) {
            (whole, rest) = (whole + 1, &rest[length..]);
        }
        if whole >= count {
            return bytes;
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the client left early");
    }
}

#[tokio::test]
async fn a_sound_server_answers_each_block_alike() {
    assert_eq!(all_ways(Manner::Sound).await, vec![((vec![20], ReactionEnd::Left), TlsEnd::Answered); 5]);
}

#[tokio::test]
async fn an_answer_to_the_key_exchange_itself_is_told_apart() {
    let told = all_ways(Manner::AtOnce).await;
    assert_eq!(told[0], ((vec![20], ReactionEnd::Left), TlsEnd::Answered));
    for (way, alert) in [(1, 51), (2, 47), (3, 51), (4, 70)] {
        assert_eq!(told[way], ((vec![alert], ReactionEnd::Left), TlsEnd::Alert), "{way}");
    }
}

#[tokio::test]
async fn each_way_is_wrong_as_its_name_says() {
    let told: Vec<Vec<u8>> =
        all_ways(Manner::Later).await.into_iter().map(|((alerts, _), _)| alerts).collect();
    assert_eq!(told, [[20], [51], [47], [51], [70]]);
}
