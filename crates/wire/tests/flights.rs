//! First flights that OpenSSL 3.0 sent to hellos of this crate, byte for byte.

use mailmedic_wire::flight::{End, Flight, FlightReader, Progress};
use mailmedic_wire::hello::{Downgrade, ServerHello};
use mailmedic_wire::names::{
    AlertDescription, CipherSuite, ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme,
};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

/// Reads a flight whole and byte by byte; both must be complete without the connection's end, and the same.
fn read(hex: &str) -> Flight {
    let bytes = bytes(hex);
    let mut whole = FlightReader::new();
    assert_eq!(whole.feed(&bytes), Progress::Complete);
    let mut slow = FlightReader::new();
    for byte in &bytes {
        slow.feed(std::slice::from_ref(byte));
    }
    slow.finish(End::Eof);
    assert_eq!(slow.flight(), whole.flight());
    let flight = whole.into_flight();
    assert_eq!(flight.malformed, None);
    flight
}

fn suite(flight: &Flight) -> CipherSuite {
    flight.server_hello.as_ref().expect("a ServerHello").cipher_suite
}

/// One certificate that looks like DER of this many bytes.
fn check_certificate(flight: &Flight, length: usize) {
    let certificates = flight.certificates.as_ref().expect("certificates");
    assert_eq!(certificates.len(), 1);
    assert_eq!((certificates[0].len(), certificates[0][0]), (length, 0x30));
}

#[test]
fn tls13_server_hello() {
    let flight = read(include_str!("data/tls13_server_hello.hex"));
    assert_eq!(flight.version, Some(ProtocolVersion::TLSv1_3));
    assert_eq!(suite(&flight), CipherSuite::TLS_AES_128_GCM_SHA256);
    assert_eq!((flight.hello_retry, flight.group()), (false, Some(NamedGroup::X25519)));
    assert_eq!(flight.certificates, None);
    assert_eq!(flight.received, 95, "what follows is encrypted");
}

#[test]
fn tls13_hello_retry() {
    let flight = read(include_str!("data/tls13_hello_retry.hex"));
    assert_eq!(flight.version, Some(ProtocolVersion::TLSv1_3));
    assert_eq!((flight.hello_retry, flight.group()), (true, Some(NamedGroup::X25519)));
    assert_eq!(suite(&flight), CipherSuite::TLS_AES_128_GCM_SHA256);
}

#[test]
fn tls10_ecdhe_rsa() {
    let flight = read(include_str!("data/tls10_ecdhe_rsa.hex"));
    assert_eq!(flight.version, Some(ProtocolVersion::TLSv1_0));
    assert_eq!(suite(&flight), CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA);
    assert_eq!(flight.group(), Some(NamedGroup::X25519));
    let exchange = flight.key_exchange.as_ref().expect("a key exchange");
    assert_eq!(exchange.scheme(), None);
    assert_eq!(exchange.signature.as_ref().expect("a signature").bytes.len(), 256);
    check_certificate(&flight, 781);
    assert!(flight.done);
}

#[test]
fn tls12_ecdhe_rsa() {
    let flight = read(include_str!("data/tls12_ecdhe_rsa.hex"));
    assert_eq!(suite(&flight), CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384);
    let exchange = flight.key_exchange.as_ref().expect("a key exchange");
    assert_eq!(exchange.scheme(), Some(SignatureScheme::RSA_PSS_RSAE_SHA256));
    let hello = flight.server_hello.as_ref().expect("a ServerHello");
    assert_eq!(ServerHello::downgrade(hello), Some(Downgrade::Tls12), "the server speaks TLS 1.3 too");
    assert!(hello.has(ExtensionType::EXTENDED_MASTER_SECRET) && hello.has(ExtensionType::RENEGOTIATION_INFO));
    check_certificate(&flight, 781);
    assert!(flight.done && !flight.certificate_requested);
}

#[test]
fn tls12_dhe_rsa() {
    let flight = read(include_str!("data/tls12_dhe_rsa.hex"));
    assert_eq!(suite(&flight), CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA);
    let exchange = flight.key_exchange.as_ref().expect("a key exchange");
    assert_eq!(exchange.dh().expect("a group").bits(), 2048);
    assert_eq!(exchange.dh().expect("a group").generator, [2]);
    assert_eq!(exchange.scheme(), Some(SignatureScheme::RSA_PSS_RSAE_SHA256));
    assert!(flight.done);
}

#[test]
fn tls12_dh_anon() {
    let flight = read(include_str!("data/tls12_dh_anon.hex"));
    assert!(suite(&flight).is_anonymous());
    assert_eq!(flight.certificates, None);
    let exchange = flight.key_exchange.as_ref().expect("a key exchange");
    assert_eq!(exchange.dh().expect("a group").bits(), 1024);
    assert_eq!(exchange.signature, None);
    assert!(flight.done);
}

#[test]
fn tls12_ecdhe_ecdsa_null() {
    let flight = read(include_str!("data/tls12_ecdhe_ecdsa_null.hex"));
    assert!(suite(&flight).is_null());
    let exchange = flight.key_exchange.as_ref().expect("a key exchange");
    assert_eq!(exchange.scheme(), Some(SignatureScheme::ECDSA_SECP256R1_SHA256));
    check_certificate(&flight, 386);
}

#[test]
fn tls12_certificate_request() {
    let flight = read(include_str!("data/tls12_certificate_request.hex"));
    assert_eq!(suite(&flight), CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384);
    assert!(flight.certificate_requested && flight.key_exchange.is_none() && flight.done);
    let request = flight.certificate_request.as_ref().expect("a readable request");
    assert_eq!(request.authorities.len(), 1);
    assert!(request.signature_algorithms.contains(&SignatureScheme::ED25519));
}

#[test]
fn tls12_unrecognized_name() {
    let flight = read(include_str!("data/tls12_unrecognized_name.hex"));
    assert_eq!(flight.warnings[0].description, AlertDescription::UNRECOGNIZED_NAME);
    assert_eq!(flight.alert, None);
    assert!(flight.done);
}

#[test]
fn tls12_handshake_failure() {
    let flight = read(include_str!("data/tls12_handshake_failure.hex"));
    assert_eq!(flight.alert.expect("an alert").description, AlertDescription::HANDSHAKE_FAILURE);
    assert_eq!(flight.server_hello, None);
}
