use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::extension::ServerExtension;
use crate::hello::{DhParams, RsaParams, ServerParams, Signature, write_message};
use crate::names::{
    AlertDescription, AlertLevel, CipherKind, CipherSuite, CompressionMethod, SignatureScheme,
};

fn server_hello(version: ProtocolVersion, suite: CipherSuite) -> ServerHello {
    ServerHello {
        legacy_version: version,
        random: [3; 32],
        session_id: vec![4; 32],
        cipher_suite: suite,
        compression_method: CompressionMethod::NULL,
        extensions: None,
    }
}

fn message(kind: HandshakeType, body: &[u8]) -> Vec<u8> {
    write_message(kind, body)
}

fn handshake(messages: &[Vec<u8>]) -> Vec<u8> {
    record::write(ContentType::HANDSHAKE, ProtocolVersion::TLSv1_2, &messages.concat())
}

fn certificates(list: &[&[u8]]) -> Vec<u8> {
    let list =
        CertificateList { certificates: list.iter().map(|der| der.to_vec()).collect(), malformed: None };
    message(HandshakeType::CERTIFICATE, &list.encode())
}

fn hello_message(hello: &ServerHello) -> Vec<u8> {
    message(HandshakeType::SERVER_HELLO, &hello.encode())
}

fn done() -> Vec<u8> {
    message(HandshakeType::SERVER_HELLO_DONE, &[])
}

fn alert(level: u8, description: AlertDescription) -> Vec<u8> {
    Alert { level: AlertLevel(level), description }.encode_record(ProtocolVersion::TLSv1_2)
}

fn dhe() -> ServerKeyExchange {
    ServerKeyExchange {
        params: ServerParams::Dh(DhParams { prime: vec![0xFF; 64], generator: vec![2], public: vec![9; 64] }),
        psk_hint: None,
        signature: Some(Signature { scheme: Some(SignatureScheme::RSA_PKCS1_SHA1), bytes: vec![8; 64] }),
    }
}

/// Hello with a status announced, certificates, status, key exchange, request and done: all messages there are.
fn full_flight() -> Vec<Vec<u8>> {
    let mut hello = server_hello(ProtocolVersion::TLSv1_2, CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA);
    hello.extensions = Some(vec![ServerExtension::StatusRequest]);
    let request = CertificateRequest {
        certificate_types: vec![1],
        signature_algorithms: Vec::new(),
        authorities: vec![vec![5; 9]],
    };
    vec![
        hello_message(&hello),
        certificates(&[&[1; 40], &[2; 30]]),
        message(
            HandshakeType::CERTIFICATE_STATUS,
            &CertificateStatus { ocsp_response: vec![6; 20] }.encode(),
        ),
        message(HandshakeType::SERVER_KEY_EXCHANGE, &dhe().encode()),
        message(HandshakeType::CERTIFICATE_REQUEST, &request.encode(ProtocolVersion::TLSv1_2)),
        done(),
    ]
}

/// Reads bytes that end with the connection's end.
fn read(bytes: &[u8]) -> Flight {
    let mut reader = FlightReader::new();
    reader.feed(bytes);
    reader.finish(End::Eof);
    reader.into_flight()
}

fn read_cut(bytes: &[u8], cuts: &[usize], stop: StopAt) -> Flight {
    let mut reader = FlightReader::new().stop_after(stop);
    let mut rest = bytes;
    for cut in cuts.iter().cycle().take(bytes.len()) {
        let (chunk, after) = rest.split_at((*cut).min(rest.len()));
        reader.feed(chunk);
        rest = after;
    }
    reader.feed(rest);
    reader.finish(End::Eof);
    reader.into_flight()
}

#[test]
fn reads_a_whole_flight_merged_in_one_record_or_one_byte_a_record() {
    let messages = full_flight();
    let merged = read(&handshake(&messages));
    assert_eq!(merged.version, Some(ProtocolVersion::TLSv1_2));
    assert_eq!(merged.certificates, Some(vec![vec![1; 40], vec![2; 30]]));
    assert_eq!(merged.certificate_status, Some(vec![6; 20]));
    assert_eq!(merged.key_exchange, Some(dhe()));
    assert_eq!(
        merged.key_exchange.as_ref().and_then(|exchange| exchange.dh()).map(DhParams::bits),
        Some(512)
    );
    assert_eq!(merged.certificate_request.as_ref().unwrap().authorities, [vec![5; 9]]);
    assert!(merged.certificate_requested && merged.done);
    assert_eq!((merged.malformed.clone(), merged.end), (None, None));

    let bytes: Vec<u8> = messages
        .concat()
        .iter()
        .flat_map(|byte| record::write(ContentType::HANDSHAKE, ProtocolVersion::TLSv1_2, &[*byte]))
        .collect();
    let split = read(&bytes);
    assert_eq!(Flight { received: 0, ..split }, Flight { received: 0, ..merged });
}

#[test]
fn stops_where_it_was_told_to() {
    let messages = full_flight();
    let records: Vec<Vec<u8>> =
        messages.iter().map(|message| handshake(std::slice::from_ref(message))).collect();
    for (stop, expected) in [
        (StopAt::ServerHello, 1),
        (StopAt::Certificate, 2),
        (StopAt::CertificateStatus, 3),
        (StopAt::ServerKeyExchange, 4),
        (StopAt::Done, 6),
    ] {
        let mut reader = FlightReader::new().stop_after(stop);
        let read = records.iter().position(|record| reader.feed(record) == Progress::Complete).unwrap() + 1;
        assert_eq!(read, expected, "{stop:?}");
        assert_eq!(reader.flight().received, records[..expected].concat().len());
    }
}

#[test]
fn a_status_that_is_not_announced_is_not_waited_for() {
    let hello = server_hello(ProtocolVersion::TLSv1_2, CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA);
    let mut reader = FlightReader::new().stop_after(StopAt::CertificateStatus);
    assert_eq!(reader.feed(&handshake(&[hello_message(&hello), certificates(&[&[1]])])), Progress::Complete);
}

#[test]
fn a_message_left_out_does_not_stop_the_stop() {
    let hello = server_hello(ProtocolVersion::TLSv1_2, CipherSuite::TLS_DH_anon_WITH_AES_128_CBC_SHA);
    let mut exchange = dhe();
    exchange.signature = None;
    let exchange = message(HandshakeType::SERVER_KEY_EXCHANGE, &exchange.encode());
    let mut reader = FlightReader::new().stop_after(StopAt::Certificate);
    assert_eq!(reader.feed(&handshake(&[hello_message(&hello), exchange])), Progress::Complete);
    assert_eq!(reader.flight().certificates, None);
    assert_eq!(reader.flight().key_exchange.as_ref().unwrap().signature, None);
}

#[test]
fn reads_ssl3_with_a_temporary_export_key() {
    let mut bytes = vec![22, 3, 0, 0, 0];
    let hello = [&[2, 0, 0, 38, 3, 0][..], &[7; 32], &[0, 0, 3, 0]].concat();
    let exchange = [&[12, 0, 0, 77, 0, 64][..], &[0xC5; 64], &[0, 3, 1, 0, 1, 0, 4, 9, 9, 9, 9]].concat();
    let body = [hello, exchange, vec![14, 0, 0, 0]].concat();
    bytes[4] = body.len() as u8;
    bytes.extend(&body);
    let flight = read(&bytes);
    assert_eq!(flight.malformed, None);
    assert_eq!(flight.version, Some(ProtocolVersion::SSLv3));
    assert!(flight.server_hello.as_ref().unwrap().cipher_suite.is_export());
    let ServerKeyExchange { params: ServerParams::Rsa(rsa), signature: Some(signature), .. } =
        flight.key_exchange.unwrap()
    else {
        panic!("an RSA key with a signature")
    };
    assert_eq!(rsa, RsaParams { modulus: vec![0xC5; 64], exponent: vec![1, 0, 1] });
    assert_eq!((rsa.bits(), signature.scheme, signature.bytes), (512, None, vec![9; 4]));
    assert!(flight.done);
}

#[test]
fn reads_an_export_group_of_tls10() {
    let hello = server_hello(ProtocolVersion::TLSv1_0, CipherSuite::TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA);
    let mut exchange = dhe();
    exchange.signature = Some(Signature { scheme: None, bytes: vec![8; 64] });
    let exchange_message = message(HandshakeType::SERVER_KEY_EXCHANGE, &exchange.encode());
    let flight = read(&handshake(&[hello_message(&hello), certificates(&[&[1]]), exchange_message, done()]));
    assert_eq!(flight.key_exchange, Some(exchange));
}

#[test]
fn a_warning_is_noted_and_the_flight_goes_on() {
    let bytes = [alert(1, AlertDescription::UNRECOGNIZED_NAME), handshake(&full_flight())].concat();
    let flight = read(&bytes);
    assert_eq!(flight.warnings.len(), 1);
    assert!(flight.done && flight.alert.is_none());
}

#[test]
fn a_fatal_alert_and_a_goodbye_end_the_flight() {
    for (level, description) in
        [(2, AlertDescription::HANDSHAKE_FAILURE), (1, AlertDescription::CLOSE_NOTIFY)]
    {
        let mut reader = FlightReader::new();
        assert_eq!(reader.feed(&alert(level, description)), Progress::Complete);
        assert_eq!(reader.flight().alert.unwrap().description, description);
    }
}

#[test]
fn a_resumed_session_ends_at_its_change_of_cipher() {
    let hello = server_hello(ProtocolVersion::TLSv1_2, CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA);
    let change = record::write(ContentType::CHANGE_CIPHER_SPEC, ProtocolVersion::TLSv1_2, &[1]);
    let mut reader = FlightReader::new();
    assert_eq!(reader.feed(&[handshake(&[hello_message(&hello)]), change].concat()), Progress::Complete);
    assert!(!reader.flight().done && reader.flight().malformed.is_none());
}

#[test]
fn silence_differs_from_half_an_answer() {
    for end in [End::Eof, End::Reset, End::TimedOut] {
        let mut reader = FlightReader::new();
        reader.finish(end);
        assert!(reader.flight().is_silent());
        assert_eq!(reader.flight().end, Some(end));
    }
    let half = read(&[22, 3, 3]);
    assert_eq!((half.is_silent(), half.received, half.end, half.not_tls), (false, 3, Some(End::Eof), None));
}

#[test]
fn keeps_the_first_line_of_what_is_not_tls() {
    for (bytes, line) in [
        (&b"220 mail ESMTP\r\n250 more\r\n"[..], &b"220 mail ESMTP\r\n"[..]),
        (b"HTTP/1.1 400 Bad Request\r\n", b"HTTP/1.1 400 Bad Request\r\n"),
        (b"* OK without an end", b"* OK without an end"),
        (b"\x16\x02 odd\n", b"\x16\x02 odd\n"),
        (b"\xFF\xFD", b"\xFF\xFD"),
    ] {
        let flight = read(bytes);
        assert_eq!(flight.not_tls.as_deref(), Some(line));
        assert_eq!((flight.received, flight.malformed), (line.len(), None));
    }
    assert_eq!(read(&[b'x'; 1000]).not_tls.unwrap().len(), 256);
}

#[test]
fn reads_answers_in_ssl2() {
    let hello = ssl2::ServerHello {
        session_id_hit: false,
        certificate_type: 1,
        version: ProtocolVersion::SSLv2,
        certificate: vec![0x30; 300],
        cipher_specs: vec![CipherKind::SSL_CK_RC4_128_WITH_MD5],
        connection_id: vec![1; 16],
    };
    let flight = read(&hello.encode_record());
    assert_eq!((flight.version, flight.ssl2), (Some(ProtocolVersion::SSLv2), Some(hello)));
    let flight = read(&[0x80, 3, 0, 0, 1]);
    assert_eq!((flight.ssl2_error, flight.not_tls), (Some(ssl2::Ssl2Error(1)), None));
}

#[test]
fn stops_at_what_stands_where_it_cannot() {
    let hello = hello_message(&server_hello(ProtocolVersion::TLSv1_2, CipherSuite(0x2F)));
    for (bytes, malformed) in [
        (handshake(&[done()]), Malformed::UnexpectedMessage(HandshakeType::SERVER_HELLO_DONE)),
        (
            handshake(&[hello.clone(), hello.clone()]),
            Malformed::UnexpectedMessage(HandshakeType::SERVER_HELLO),
        ),
        (
            handshake(&[hello.clone(), certificates(&[]), certificates(&[])]),
            Malformed::UnexpectedMessage(HandshakeType::CERTIFICATE),
        ),
        (
            record::write(ContentType::APPLICATION_DATA, ProtocolVersion::TLSv1_2, &[1]),
            Malformed::UnexpectedRecord(ContentType::APPLICATION_DATA),
        ),
        (
            record::write(ContentType::CHANGE_CIPHER_SPEC, ProtocolVersion::TLSv1_2, &[1]),
            Malformed::UnexpectedRecord(ContentType::CHANGE_CIPHER_SPEC),
        ),
        ([handshake(&[hello]), b"oops\n".to_vec()].concat(), Malformed::RecordHeader(*b"oops\n")),
    ] {
        let mut reader = FlightReader::new();
        assert_eq!(reader.feed(&bytes), Progress::Complete, "{malformed:?}");
        assert_eq!(reader.flight().malformed, Some(malformed));
    }
}

#[test]
fn a_message_that_cannot_be_read_does_not_hide_the_rest() {
    let hello = server_hello(ProtocolVersion::TLSv1_2, CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
    let broken = message(HandshakeType::SERVER_KEY_EXCHANGE, &[3, 0]);
    let flight = read(&handshake(&[hello_message(&hello), certificates(&[&[1]]), broken, done()]));
    assert_eq!(flight.malformed, Some(Malformed::EndsEarly("server_key_exchange")));
    assert!(flight.done && flight.key_exchange.is_none());
}

#[test]
fn a_certificate_message_beyond_all_bounds_keeps_what_is_within() {
    let hello = server_hello(ProtocolVersion::TLSv1_2, CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA);
    let list = CertificateList { certificates: vec![vec![1; 100_000]; 20], malformed: None };
    let endless = message(HandshakeType::CERTIFICATE, &list.encode());
    let mut reader = FlightReader::new();
    assert_eq!(reader.feed(&handshake(&[hello_message(&hello), endless])), Progress::Complete);
    assert_eq!(reader.flight().certificates.as_ref().unwrap().len(), 2);
    assert!(reader.flight().malformed.is_some());
    assert!(reader.flight().received < 300_000);
}

#[test]
fn other_messages_beyond_all_bounds_stop_it() {
    let hello = server_hello(ProtocolVersion::TLSv1_2, CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA);
    let endless = vec![12, 0xFF, 0xFF, 0xFF];
    let flight = read(&handshake(&[hello_message(&hello), endless]));
    let kind = HandshakeType::SERVER_KEY_EXCHANGE;
    assert_eq!(flight.malformed, Some(Malformed::MessageTooLong(kind, 0xFF_FFFF)));
}

#[test]
fn a_flight_without_end_is_left() {
    let warning = alert(1, AlertDescription::UNRECOGNIZED_NAME);
    let mut reader = FlightReader::new();
    let rounds = (0..).take_while(|_| reader.feed(&warning) == Progress::NeedMore).count();
    assert!(rounds < 120_000);
    assert_eq!(reader.flight().warnings.len(), 16);
    assert_eq!(reader.flight().malformed, Some(Malformed::FlightTooLong));
}

/// Bytes that look enough like a flight to get deep into the reader.
fn nearly_a_flight() -> impl Strategy<Value = Vec<u8>> {
    let record = prop_oneof![
        4 => (vec(0..7usize, 0..4), vec((0..200usize, any::<u8>()), 0..3)).prop_map(|(picks, faults)| {
            let messages = full_flight();
            let mut bytes: Vec<u8> = picks.iter().filter_map(|pick| messages.get(*pick)).flatten().copied().collect();
            for (at, byte) in faults {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            record::write(ContentType::HANDSHAKE, ProtocolVersion::TLSv1_2, &bytes)
        }),
        1 => Just(alert(1, AlertDescription::UNRECOGNIZED_NAME)),
        1 => vec(any::<u8>(), 0..40),
        1 => vec(any::<u8>(), 0..40).prop_map(|bytes| record::write(ContentType::HANDSHAKE, ProtocolVersion::SSLv3, &bytes)),
    ];
    (any::<bool>(), vec(record, 0..6)).prop_map(|(hello, records)| {
        let first = if hello { handshake(&full_flight()[..1]) } else { Vec::new() };
        [first, records.concat()].concat()
    })
}

fn any_stop() -> impl Strategy<Value = StopAt> {
    prop_oneof![
        Just(StopAt::ServerHello),
        Just(StopAt::Certificate),
        Just(StopAt::CertificateStatus),
        Just(StopAt::ServerKeyExchange),
        Just(StopAt::Done)
    ]
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_flight(
        bytes in prop_oneof![nearly_a_flight(), vec(any::<u8>(), 0..300)],
        cuts in vec(1..50usize, 1..9),
        stop in any_stop(),
    ) {
        let whole = read_cut(&bytes, &[bytes.len().max(1)], stop);
        prop_assert_eq!(&read_cut(&bytes, &cuts, stop), &whole);
        prop_assert_eq!(&read_cut(&bytes, &[1], stop), &whole);
        prop_assert!(whole.received <= bytes.len());
    }
}
