//! Peers on their sockets: dialogues, first flights, refusals, and what follows a first flight.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;

use mailmedic_peers::{
    Dialogue, EarlyCcs, Habits, Heartbeat, Hello, Peer, Personality, Refusal, Server, generous,
};
use mailmedic_wire::alert::Alert;
use mailmedic_wire::extension::{ClientExtension, KeyShareEntry};
use mailmedic_wire::flight::{End, Flight, FlightReader, Progress};
use mailmedic_wire::names::{
    AlertDescription, AlertLevel, CipherKind, CipherSuite, ContentType, NamedGroup, ProtocolVersion,
};
use mailmedic_wire::record::{self, Record};
use mailmedic_wire::ssl2;

const V10: ProtocolVersion = ProtocolVersion::TLSv1_0;
const V12: ProtocolVersion = ProtocolVersion::TLSv1_2;

fn all() -> Vec<CipherSuite> {
    CipherSuite::selectable().collect()
}

/// Connects and says these lines, each after a reply that ends so.
fn converse(peer: &Peer, lines: &[(&str, &str)]) -> TcpStream {
    let mut stream = TcpStream::connect(peer.address()).unwrap();
    for (end, line) in lines {
        let mut heard = String::new();
        while !heard.ends_with(end) {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            heard.push(char::from(byte[0]));
        }
        stream.write_all(line.as_bytes()).unwrap();
    }
    stream
}

fn flight(stream: &mut TcpStream, hello: &[u8]) -> Flight {
    stream.write_all(hello).unwrap();
    let mut reader = FlightReader::new();
    while reader.progress() == Progress::NeedMore {
        match next(stream) {
            Ok(bytes) if bytes.is_empty() => reader.finish(End::Eof),
            Ok(bytes) => drop(reader.feed(&bytes)),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                reader.finish(End::Reset);
            }
        }
    }
    reader.into_flight()
}

/// Reads a record of TLS and no more, or what there is of anything else; nothing at the end.
fn next(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4_096];
    let count = stream.read(&mut bytes[..1])?;
    if !(20..=24).contains(&bytes[0]) {
        let more = if count == 0 { 0 } else { stream.read(&mut bytes[1..])? };
        bytes.truncate(count + more);
        return Ok(bytes);
    }
    stream.read_exact(&mut bytes[1..record::HEADER])?;
    bytes.resize(record::HEADER + usize::from(u16::from_be_bytes([bytes[3], bytes[4]])), 0);
    stream.read_exact(&mut bytes[record::HEADER..])?;
    Ok(bytes)
}

#[test]
fn every_dialogue_leads_to_the_first_flight() {
    let hello = generous(V12, &all());
    for (dialogue, lines) in [
        (
            Dialogue::Smtp,
            &[
                ("ESMTP\r\n", "EHLO c.test\r\n"),
                ("8BITMIME\r\n", "STARTTLS\r\n"),
                ("220 2.0.0 Go ahead\r\n", ""),
            ][..],
        ),
        (
            Dialogue::Submission,
            &[("\n", "EHLO c.test\r\n"), ("8BITMIME\r\n", "STARTTLS\r\n"), ("ahead\r\n", "")],
        ),
        (
            Dialogue::Lmtp,
            &[("LMTP\r\n", "LHLO c.test\r\n"), ("8BITMIME\r\n", "STARTTLS\r\n"), ("ahead\r\n", "")],
        ),
        (
            Dialogue::Imap,
            &[("\n", "a CAPABILITY\r\n"), ("a OK done\r\n", "b starttls\r\n"), ("b OK go ahead\r\n", "")],
        ),
        (Dialogue::Pop3, &[("\n", "CAPA\r\n"), ("STLS\r\n.\r\n", "STLS\r\n"), ("+OK go ahead\r\n", "")]),
        (Dialogue::Sieve, &[("OK \"ready\"\r\n", "STARTTLS\r\n"), ("OK \"Go ahead\"\r\n", "")]),
    ] {
        let peer = Server::new(dialogue, Personality::modern()).start().unwrap();
        let seen = flight(&mut converse(&peer, lines), &hello.encode_records(V10));
        assert!(seen.done, "{dialogue:?}");
        assert_eq!(peer.client_hellos(), std::slice::from_ref(&hello), "{dialogue:?}");
    }
}

#[test]
fn a_retry_is_followed_by_a_second_hello_and_never_by_a_third() {
    let peer = Server::new(Dialogue::Imap, Personality::modern()).implicit().start().unwrap();
    let hello = generous(ProtocolVersion::TLSv1_3, &all());
    let mut stream = converse(&peer, &[]);
    let seen = flight(&mut stream, &hello.encode_records(V10));
    assert!(seen.hello_retry);
    let group = seen.group().unwrap();
    let share = ClientExtension::KeyShare(vec![KeyShareEntry { group, key: vec![0; 1_216] }]);
    // The ChangeCipherSpec of the server is still to come.
    assert_eq!(next(&mut stream).unwrap(), [20, 3, 3, 0, 1, 1]);
    let seen = flight(&mut stream, &hello.clone().with(share).encode_records(V12));
    assert_eq!((seen.hello_retry, seen.group()), (false, Some(NamedGroup::X25519MLKEM768)));

    let mut stream = converse(&peer, &[]);
    flight(&mut stream, &hello.encode_records(V10));
    assert_eq!(next(&mut stream).unwrap(), [20, 3, 3, 0, 1, 1]);
    let seen = flight(&mut stream, &hello.encode_records(V12));
    assert_eq!(seen.alert.unwrap().description, AlertDescription::ILLEGAL_PARAMETER);
    assert_eq!(peer.connections(), 2);
}

#[test]
fn refusals_are_seen_on_the_wire() {
    let hello = generous(ProtocolVersion::SSLv3, &all()).encode_records(ProtocolVersion::SSLv3);
    for (refusal, end) in [(Refusal::Fin, End::Eof), (Refusal::Rst, End::Reset)] {
        let mut personality = Personality::modern();
        personality.refusals.version = refusal;
        let peer = Server::new(Dialogue::Pop3, personality).implicit().start().unwrap();
        let seen = flight(&mut converse(&peer, &[]), &hello);
        assert_eq!((seen.end, seen.received), (Some(end), 0));
    }
    let peer = Server::new(Dialogue::Pop3, Personality::modern()).implicit().start().unwrap();
    let seen = flight(&mut converse(&peer, &[]), &hello);
    assert_eq!(seen.alert.unwrap().description, AlertDescription::PROTOCOL_VERSION);
    let seen = flight(&mut converse(&peer, &[]), b"EHLO c.test\r\n");
    assert_eq!(seen.alert.unwrap().description, AlertDescription::DECODE_ERROR);
    // Who keeps silent keeps the connection.
    let mut personality = Personality::modern();
    personality.refusals.version = Refusal::Silence;
    let peer = Server::new(Dialogue::Pop3, personality).implicit().start().unwrap();
    let mut stream = converse(&peer, &[]);
    stream.write_all(&hello).unwrap();
    let waiting = thread::spawn(move || stream.read(&mut [0]).unwrap_or(0));
    while peer.hellos().is_empty() {
        thread::yield_now();
    }
    drop(peer);
    assert_eq!(waiting.join().unwrap(), 0);
}

#[test]
fn ssl2_is_spoken_to_who_speaks_it() {
    let peer = Server::new(Dialogue::Imap, Personality::of_1999()).implicit().start().unwrap();
    let hello = ssl2::ClientHello::new([1; 16], CipherKind::all());
    let seen = flight(&mut converse(&peer, &[]), &hello.encode_record());
    assert_eq!(seen.ssl2.unwrap().cipher_specs, CipherKind::all());
    assert_eq!(peer.hellos(), [(0, Hello::Ssl2(hello))]);
}

#[test]
fn more_guests_than_it_bears_are_rejected() {
    let mut server = Server::new(Dialogue::Smtp, Personality::modern());
    server.patience = Some(1);
    let peer = server.clone().start().unwrap();
    converse(&peer, &[("ESMTP\r\n", "QUIT\r\n"), ("Bye\r\n", "")]);
    converse(&peer, &[("421 4.7.0 mail.example Too many connections\r\n", "")]);
    server.patience = None;
    server.at_once = Some(1);
    let peer = server.start().unwrap();
    let first = converse(&peer, &[("ESMTP\r\n", "")]);
    converse(&peer, &[("Too many connections\r\n", "")]);
    assert_eq!(peer.most_at_once(), 2);
    drop(first);
}

#[test]
fn hundreds_of_connections_find_the_same_server() {
    let peer = Server::new(Dialogue::Imap, Personality::of_2015()).implicit().start().unwrap();
    let hello = generous(V12, &all()).encode_records(V10);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..75 {
                    assert!(flight(&mut converse(&peer, &[]), &hello).done);
                }
            });
        }
    });
    assert_eq!(peer.connections(), 300);
    assert_eq!(peer.client_hellos().len(), 300);
}

/// Sends records after a first flight, then says goodbye, and returns what came until the end.
fn after_flight(habits: Habits, sent: &[(ContentType, &[u8])]) -> Vec<(ContentType, Vec<u8>)> {
    let peer = Server::new(Dialogue::Imap, Personality::of_2015()).implicit().with(habits).start().unwrap();
    let mut stream = converse(&peer, &[]);
    assert!(flight(&mut stream, &generous(V12, &all()).encode_records(V10)).done);
    for (content, fragment) in sent {
        stream.write_all(&record::write(*content, V12, fragment)).unwrap();
    }
    let goodbye = Alert { level: AlertLevel::FATAL, description: AlertDescription::USER_CANCELED };
    stream.write_all(&goodbye.encode_record(V12)).unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let (mut rest, mut records) = (bytes.as_slice(), Vec::new());
    while let Some((record, length)) = Record::read(rest).unwrap() {
        records.push((record.content, record.fragment.to_vec()));
        rest = &rest[length..];
    }
    records
}

const UNEXPECTED: [u8; 2] = [2, 10];

#[test]
fn heartbeats_bleed_or_do_not() {
    let greedy = (ContentType::HEARTBEAT, &[1, 0x40, 0][..]);
    let honest = [&[1, 0, 3][..], b"abc", &[0; 16]].concat();
    let with = |heartbeat| Habits { heartbeat, ..Habits::default() };
    let bled = after_flight(with(Heartbeat::Bleeds), &[greedy]);
    assert!(bled.iter().all(|(content, _)| *content == ContentType::HEARTBEAT));
    assert_eq!(bled.iter().map(|(_, fragment)| fragment.len()).sum::<usize>(), 3 + 0x4000 + 16);
    let careful = after_flight(with(Heartbeat::Careful), &[greedy, (ContentType::HEARTBEAT, &honest)]);
    assert_eq!(careful, [(ContentType::HEARTBEAT, [&[2, 0, 3][..], b"abc", &[0; 16]].concat())]);
    assert_eq!(after_flight(with(Heartbeat::Deaf), &[greedy]), []);
    assert_eq!(after_flight(Habits::default(), &[greedy]), [(ContentType::ALERT, UNEXPECTED.to_vec())]);
}

#[test]
fn an_early_change_of_cipher_is_refused_or_swallowed() {
    let ccs = (ContentType::CHANGE_CIPHER_SPEC, &[1][..]);
    let with = |early_ccs| Habits { early_ccs, ..Habits::default() };
    assert_eq!(after_flight(Habits::default(), &[ccs, ccs]), [(ContentType::ALERT, UNEXPECTED.to_vec())]);
    assert_eq!(after_flight(with(EarlyCcs::Closes), &[ccs]), []);
    assert_eq!(after_flight(with(EarlyCcs::Accepted), &[ccs]), []);
    assert_eq!(after_flight(with(EarlyCcs::Accepted), &[ccs, ccs]), [(ContentType::ALERT, vec![2, 20])]);
}
