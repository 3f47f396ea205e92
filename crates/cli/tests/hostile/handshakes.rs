//! Handshakes that go wrong.

use std::io;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::peer::{ALERT, HANDSHAKE, Peer, certificate, message, record, serve, server_hello};
use crate::run::{each, look};

/// Completes a handshake with a fresh self-signed certificate, then speaks SMTP.
pub(crate) fn greet(peer: &mut Peer) -> io::Result<()> {
    let key = KeyPair::generate().unwrap();
    let der = CertificateParams::new(["mx.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    serve_tls(peer, &config(vec![der.der().clone()], &key))
}

/// Completes a handshake, then speaks SMTP until the client goes.
pub(crate) fn serve_tls(peer: &mut Peer, config: &Arc<ServerConfig>) -> io::Result<()> {
    converse(peer, config, "220 mx.test ESMTP\r\n", "250-mx.test\r\n250 AUTH PLAIN\r\n")
}

/// The same with these words; the greeting is left out after STARTTLS.
fn converse(peer: &mut Peer, config: &Arc<ServerConfig>, greeting: &str, reply: &str) -> io::Result<()> {
    use io::{BufRead as _, Write as _};
    let mut connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut peer.stream)?;
    }
    let stream = peer.stream.try_clone()?;
    let mut tls = io::BufReader::new(StreamOwned::new(connection, stream));
    let mut line = Vec::new();
    if !peer.upgraded {
        tls.get_mut().write_all(greeting.as_bytes())?;
    }
    while tls.read_until(b'\n', &mut line)? > 0 {
        tls.get_mut().write_all(reply.as_bytes())?;
        line.clear();
    }
    Ok(())
}

/// Serves these certificates, whatever they are, with this key.
pub(crate) fn config(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let der = PrivatePkcs8KeyDer::from(key.serialize_der());
    let signer = provider.key_provider.load_private_key(der.into()).unwrap();
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let resolver = rustls::sign::SingleCertAndKey::from(CertifiedKey::new(chain, signer));
    Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(resolver)))
}

/// Gives these bytes in answer to each hello, on a port with implicit TLS, then waits.
fn answer(bytes: impl Into<Vec<u8>>) -> u16 {
    let bytes = bytes.into();
    serve(move |peer| {
        peer.record()?;
        peer.say(&bytes)?;
        peer.hold()
    })
}

#[test]
fn a_close_or_a_reset_says_so() {
    for scheme in ["smtps", "imaps"] {
        let port = serve(|peer| peer.record().map(drop));
        look(scheme, port).has(&["tls-handshake-failed"]);
        let told = look(scheme, serve(Peer::reset));
        assert!(
            told.found.contains("connection-reset") || told.found.contains("tls-handshake-failed"),
            "{}",
            told.text
        );
    }
}

#[test]
fn alerts_are_named() {
    each(
        [(40, "handshake_failure"), (80, "internal_error"), (112, "unrecognized_name"), (255, "0xFF")],
        |(alert, word)| {
            let told = look("smtps", answer(record(ALERT, &[2, alert])));
            told.has(&["tls-handshake-failed"]);
            assert!(told.text.contains(word), "{}", told.text);
        },
    );
    // Warnings without end, and an alert of no known level.
    let port = serve(|peer| {
        peer.record()?;
        peer.say_for_ever(record(ALERT, &[1, 112]).repeat(1_000))
    });
    look("smtps", port).lacks(&["reply-timeout"]);
    look("smtps", answer(record(ALERT, &[9, 9])));
    look("smtps", answer(record(ALERT, &[])));
}

#[test]
fn broken_flights_end() {
    let hello = server_hello();
    let half = hello[..hello.len() / 2].to_vec();
    look("smtps", answer(half.clone())).has(&["reply-timeout"]);
    let port = serve(move |peer| {
        peer.record()?;
        peer.say(&half)
    });
    look("smtps", port).has(&["tls-handshake-failed"]);
    each(
        [
            ("a giant record", [&[HANDSHAKE, 3, 3, 255, 255][..], &[2; 65_535]].concat()),
            ("empty records", record(HANDSHAKE, &[]).repeat(10_000)),
            ("a giant message", record(HANDSHAKE, &[2, 255, 255, 255, 3, 3])),
            ("a ServerHello without a body", message(2, &[])),
            ("an unknown message", message(99, b"what?")),
            ("application data", record(23, b"hello")),
            ("a ChangeCipherSpec", record(20, &[1])),
            ("a heartbeat", record(24, &[1, 255, 255])),
            ("an unknown record", record(77, b"hello")),
            ("the client's hello", message(1, &[3; 200])),
            (
                "a ServerHello of no version",
                message(2, &[&[9, 9][..], &[7; 32], &[0, 0xC0, 0x2F, 0]].concat()),
            ),
            (
                "a suite that nobody offered",
                message(2, &[&[3, 3][..], &[7; 32], &[0, 0xFE, 0xFE, 0]].concat()),
            ),
            (
                "extensions that lie",
                message(2, &[&[3, 3][..], &[7; 32], &[0, 0xC0, 0x2F, 0, 255, 255, 0]].concat()),
            ),
            ("a session id that lies", message(2, &[&[3, 3][..], &[7; 32], &[255, 1, 2]].concat())),
        ],
        |(what, bytes)| {
            let told = look("smtps", answer(bytes));
            assert!(!told.found.is_empty(), "{what}: {}", told.text);
        },
    );
}

#[test]
fn records_without_end_end() {
    each([server_hello(), message(0, &[]), record(20, &[1]), record(23, &[0; 16_384])], |body| {
        let port = serve(move |peer| {
            peer.record()?;
            peer.say_for_ever(body.repeat(100))
        });
        let told = look("smtps", port);
        assert!(!told.found.is_empty(), "{}", told.text);
    });
}

#[test]
fn broken_certificate_lists_end() {
    let random: Vec<u8> = (0..2_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let list_lies = message(11, &[255, 255, 255, 0, 0, 3, 1, 2, 3]);
    let entry_lies = message(11, &[0, 0, 6, 255, 255, 255, 1, 2, 3]);
    let hundred: Vec<Vec<u8>> = (0..100_u8).map(|at| [&[at], &random[..]].concat()).collect();
    let hundred: Vec<&[u8]> = hundred.iter().map(Vec::as_slice).collect();
    each(
        [
            ("none", certificate(&[])),
            ("an empty one", certificate(&[b""])),
            ("random bytes", certificate(&[&random])),
            ("a list that lies", list_lies),
            ("an entry that lies", entry_lies),
            ("a hundred", certificate(&hundred)),
            ("the same a hundred times", certificate(&vec![&random[..]; 100])),
            ("one of a mebibyte", certificate(&[&vec![0x30; 1 << 20]])),
            ("a sequence without end", certificate(&[&[0x30, 0x80].repeat(20_000)])),
            ("sequences in sequences", certificate(&[&nested(3_000)])),
        ],
        |(what, list)| {
            let told = look("smtps", answer([server_hello(), list, message(14, &[])].concat()));
            assert!(!told.found.is_empty(), "{what}: {}", told.text);
            told.lacks(&["plaintext-on-tls-port", "connection-reset"]);
        },
    );
}

/// Sequences in sequences, as deep as asked.
pub(crate) fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(vec![5, 0], |inner, _| {
        let length = u32::try_from(inner.len()).unwrap().to_be_bytes();
        [&[0x30, 0x84][..], &length, &inner].concat()
    })
}

/// Demands a certificate of clients and takes none.
#[derive(Debug)]
struct Demand;

impl ClientCertVerifier for Demand {
    fn root_hint_subjects(&self) -> &[rustls::DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: rustls::pki_types::UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Err(rustls::Error::General("no".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("no".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("no".to_owned()))
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        vec![rustls::SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

#[test]
fn a_demand_for_a_client_certificate_is_told() {
    let key = KeyPair::generate().unwrap();
    let der = CertificateParams::new(["mx.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13], rustls::ALL_VERSIONS] {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(Arc::new(Demand))
            .with_single_cert(vec![der.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        let config = Arc::new(config);
        let port = serve(move |peer| serve_tls(peer, &config));
        look("smtps", port).has(&["tls-client-certificate-required"]).lacks(&["tls-handshake-failed"]);
    }
}

#[test]
fn silence_after_the_handshake_is_told() {
    let key = KeyPair::generate().unwrap();
    let der = CertificateParams::new(["mx.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    let config = config(vec![der.der().clone()], &key);
    let shared = Arc::clone(&config);
    let port = serve(move |peer| {
        let mut connection = ServerConnection::new(Arc::clone(&shared)).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut peer.stream)?;
        }
        peer.hold()
    });
    look("smtps", port).has(&["reply-timeout"]).lacks(&["tls-handshake-failed"]);
    // Closed without a word right after it.
    let port = serve(move |peer| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        while connection.is_handshaking() {
            connection.complete_io(&mut peer.stream)?;
        }
        Ok(())
    });
    let told = look("smtps", port);
    assert!(told.json["summary"]["error"].as_u64() > Some(0), "{}", told.text);
}

#[test]
fn words_inside_tls_do_not_drive_a_terminal() {
    let key = KeyPair::generate().unwrap();
    let der = CertificateParams::new(["mx.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    let config = config(vec![der.der().clone()], &key);
    each(
        [
            (
                "220 \u{1b}[31m\u{202e} ESMTP Postfix\r\n",
                "250-\u{1b}]0;x\u{7}\r\n250 AUTH \u{9b}2J\u{7f}\r\n",
            ),
            ("\u{1b}[31m\r\n", ""),
            ("554 \u{1b}[31m\u{202e}\r\n", ""),
            ("220 mx.test\r\n", "999 \u{1b}[31m\u{0}\r\n"),
        ],
        |(greeting, reply)| {
            let config = Arc::clone(&config);
            let port = serve(move |peer| converse(peer, &config, greeting, reply));
            look("smtps", port).has(&["cert-self-signed"]).lacks(&["tls-handshake-failed"]);
        },
    );
}
