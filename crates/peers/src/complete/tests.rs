//! Completed handshakes, their oracles, renegotiation and tickets, seen by a client that does what no library would.

use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, LazyLock};

use mailmedic_wire::alert::Alert;
use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::hello::{ClientHello, HEADER, ServerHello, write_message};
use mailmedic_wire::names::{
    AlertDescription, AlertLevel, CipherSuite, ContentType, ExtensionType, HandshakeType, ProtocolVersion,
};

use super::protect::Protector;
use super::schedule::{directions, finished, master};
use crate::habits::{Cbc, Habits, Oracle, Renegotiation, Tickets, Unwilling};
use crate::personality::Refusal;
use crate::{Dialogue, Identity, Peer, Personality, Server, records};

const SUITE: CipherSuite = CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA;

static IDENTITY: LazyLock<Arc<Identity>> = LazyLock::new(|| Arc::new(Identity::rsa("mail.example").unwrap()));

fn peer(habits: Habits) -> Peer {
    let server = Server::new(Dialogue::Imap, Personality::plain_tls12()).implicit();
    server.complete(&IDENTITY).with(habits).start().unwrap()
}

fn hello() -> ClientHello {
    ClientHello::new(ProtocolVersion::TLSv1_2, [5; 32], &[SUITE]).with_server_name("mail.example")
}

/// The end of a connection: an alert, or a close.
type Ended = Option<AlertDescription>;

/// What a client knows after a handshake.
struct Session {
    hello: ServerHello,
    master: Vec<u8>,
    ticket: Option<Vec<u8>>,
}

struct Client {
    stream: TcpStream,
    read: Option<Protector>,
    write: Option<Protector>,
    messages: Vec<u8>,
    verified: [Vec<u8>; 2],
}

impl Client {
    fn new(peer: &Peer) -> Self {
        let stream = TcpStream::connect(peer.address()).unwrap();
        Self { stream, read: None, write: None, messages: Vec::new(), verified: Default::default() }
    }

    fn send(&mut self, content: ContentType, plain: &[u8]) {
        let fragment = match &mut self.write {
            Some(protector) => protector.seal(content, plain, [4; 16]).unwrap(),
            None => plain.to_vec(),
        };
        self.send_raw(content, &fragment);
    }

    fn send_raw(&mut self, content: ContentType, fragment: &[u8]) {
        let length = (fragment.len() as u16).to_be_bytes();
        // The server may have closed already, and what it said before is still to be read.
        let _ = self.stream.write_all(&[&[content.0, 3, 3][..], &length, fragment].concat());
    }

    fn record(&mut self) -> Result<(ContentType, Vec<u8>), Ended> {
        let (content, fragment) = records::next(&mut self.stream).map_err(|_| None)?;
        let fragment = match &mut self.read {
            Some(protector) => protector.open(content, &fragment, Cbc::Sane).unwrap(),
            None => fragment,
        };
        match (content, Alert::read(&fragment)) {
            (ContentType::ALERT, Ok(alert)) if alert.level == AlertLevel::FATAL => {
                Err(Some(alert.description))
            }
            _ => Ok((content, fragment)),
        }
    }

    fn message(&mut self, transcript: &mut Vec<u8>) -> Result<(HandshakeType, Vec<u8>), Ended> {
        loop {
            if let [kind, high, middle, low, ..] = self.messages[..] {
                let length = HEADER + u32::from_be_bytes([0, high, middle, low]) as usize;
                if self.messages.len() >= length {
                    let message: Vec<u8> = self.messages.drain(..length).collect();
                    transcript.extend(&message);
                    return Ok((HandshakeType(kind), message[HEADER..].to_vec()));
                }
            }
            match self.record()? {
                (ContentType::HANDSHAKE, fragment) => self.messages.extend(fragment),
                (content, _) => panic!("{content} in a handshake"),
            }
        }
    }

    /// Sends a hello and reads up to ServerHelloDone, or the ServerHello alone where a session is resumed.
    fn first_flight(
        &mut self,
        hello: &ClientHello,
        transcript: &mut Vec<u8>,
        resumes: bool,
    ) -> Result<ServerHello, Ended> {
        transcript.extend(write_message(HandshakeType::CLIENT_HELLO, &hello.encode()));
        self.send(ContentType::HANDSHAKE, &transcript.clone());
        let mut server = None;
        loop {
            match self.message(transcript)? {
                (HandshakeType::SERVER_HELLO, body) => server = Some(ServerHello::read(&body).unwrap()),
                (HandshakeType::SERVER_HELLO_DONE, _) => {}
                _ => continue,
            }
            let last = transcript.ends_with(&[HandshakeType::SERVER_HELLO_DONE.0, 0, 0, 0]);
            if let Some(server) = server.take_if(|_| last || resumes) {
                return Ok(server);
            }
        }
    }

    /// Completes a handshake with RSA key transport; `spoil` changes the block that is encrypted.
    fn shake(&mut self, hello: &ClientHello, spoil: impl Fn(&mut [u8])) -> Result<Session, Ended> {
        let mut transcript = Vec::new();
        let server = self.first_flight(hello, &mut transcript, false)?;
        let premaster = [&[3, 3][..], &[6; 46]].concat();
        let mut block = [&[0, 2][..], &[1; 205], &[0], &premaster].concat();
        spoil(&mut block);
        let encrypted = IDENTITY.apply_public(&block);
        let body = [&(encrypted.len() as u16).to_be_bytes()[..], &encrypted].concat();
        let message = write_message(HandshakeType::CLIENT_KEY_EXCHANGE, &body);
        self.send(ContentType::HANDSHAKE, &message);
        transcript.extend(message);
        let bound = server.has(ExtensionType::EXTENDED_MASTER_SECRET).then_some(transcript.as_slice());
        let randoms = [&hello.random, &server.random];
        let master = master(&premaster, randoms, bound).unwrap();
        let keys = directions(SUITE, &master, randoms).unwrap();
        self.send(ContentType::CHANGE_CIPHER_SPEC, &[1]);
        self.write = Some(keys.client);
        self.verified[0] = finished(&master, b"client finished", &transcript).unwrap();
        let message = write_message(HandshakeType::FINISHED, &self.verified[0].clone());
        self.send(ContentType::HANDSHAKE, &message);
        transcript.extend(message);
        let mut ticket = None;
        if server.has(ExtensionType::SESSION_TICKET) {
            let (kind, body) = self.message(&mut transcript)?;
            assert_eq!(kind, HandshakeType::NEW_SESSION_TICKET);
            ticket = Some(body);
        }
        assert_eq!(self.record()?, (ContentType::CHANGE_CIPHER_SPEC, vec![1]));
        self.read = Some(keys.server);
        self.verified[1] = finished(&master, b"server finished", &transcript).unwrap();
        assert_eq!(self.message(&mut transcript)?, (HandshakeType::FINISHED, self.verified[1].clone()));
        Ok(Session { hello: server, master, ticket })
    }

    /// Resumes a session and returns the session id that came back.
    fn resume(&mut self, hello: &ClientHello, session: &Session) -> Vec<u8> {
        let mut transcript = Vec::new();
        let server = self.first_flight(hello, &mut transcript, true).unwrap();
        let keys = directions(SUITE, &session.master, [&hello.random, &server.random]).unwrap();
        assert_eq!(self.record(), Ok((ContentType::CHANGE_CIPHER_SPEC, vec![1])));
        self.read = Some(keys.server);
        let expected = finished(&session.master, b"server finished", &transcript).unwrap();
        assert_eq!(self.message(&mut transcript), Ok((HandshakeType::FINISHED, expected)));
        self.send(ContentType::CHANGE_CIPHER_SPEC, &[1]);
        self.write = Some(keys.client);
        let verify = finished(&session.master, b"client finished", &transcript).unwrap();
        self.send(ContentType::HANDSHAKE, &write_message(HandshakeType::FINISHED, &verify));
        self.expect_data("* OK");
        server.session_id
    }

    fn expect_data(&mut self, start: &str) {
        let (content, data) = self.record().unwrap();
        assert_eq!(content, ContentType::APPLICATION_DATA);
        assert!(data.starts_with(start.as_bytes()), "{:?}", String::from_utf8_lossy(&data));
    }
}

/// Returns how a handshake ends whose premaster secret is padded wrongly.
fn spoilt(oracle: Oracle, spoil: impl Fn(&mut [u8])) -> Ended {
    let peer = peer(Habits { oracle, ..Habits::default() });
    let mut client = Client::new(&peer);
    client.shake(&hello(), spoil).err().unwrap_or(Some(AlertDescription::CLOSE_NOTIFY))
}

#[test]
fn a_handshake_completes_and_data_flows() {
    let peer = peer(Habits::default());
    let mut client = Client::new(&peer);
    client.shake(&hello(), |_| {}).unwrap();
    client.expect_data("* OK");
    client.send(ContentType::APPLICATION_DATA, b"a CAPABILITY\r\n");
    client.expect_data("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na OK");
    client.send(ContentType::APPLICATION_DATA, b"b LOGOUT\r\n");
    client.expect_data("* BYE");
    assert_eq!(client.record(), Ok((ContentType::ALERT, vec![1, 0])));
}

#[test]
fn an_oracle_tells_wrong_padding_and_a_sane_server_does_not() {
    let spoils: [fn(&mut [u8]); 4] =
        [|block| block[1] = 1, |block| block[5] = 0, |block| block[207] = 1, |block| block[208] = 2];
    let bad_mac = Some(AlertDescription::BAD_RECORD_MAC);
    let alert = Refusal::Alert(AlertDescription::DECRYPT_ERROR);
    for spoil in spoils {
        assert_eq!(spoilt(Oracle::None, spoil), bad_mac);
        assert_eq!(spoilt(Oracle::AtOnce(alert), spoil), Some(AlertDescription::DECRYPT_ERROR));
        assert_eq!(spoilt(Oracle::AfterFinished(alert), spoil), Some(AlertDescription::DECRYPT_ERROR));
        assert_eq!(spoilt(Oracle::AtOnce(Refusal::Fin), spoil), None);
        assert_eq!(spoilt(Oracle::AfterFinished(Refusal::Rst), spoil), None);
    }
    // What is padded well and is wrong otherwise, an oracle tells as every server does.
    let wrong_secret = |block: &mut [u8]| block[255] ^= 1;
    assert_eq!(spoilt(Oracle::AtOnce(alert), wrong_secret), bad_mac);
}

#[test]
fn clients_renegotiate_as_often_as_they_may() {
    let renegotiation = |accepts, then| {
        let habits = Habits { renegotiation: Renegotiation { accepts, then }, ..Habits::default() };
        let peer = peer(habits);
        let mut client = Client::new(&peer);
        client.shake(&hello(), |_| {}).unwrap();
        client.expect_data("* OK");
        (peer, client)
    };
    let again =
        |client: &Client| hello().with(ClientExtension::RenegotiationInfo(client.verified[0].clone()));
    let (_peer, mut client) = renegotiation(2, Unwilling::Warns);
    for _ in 0..2 {
        let [first, second] = client.verified.clone();
        let hello = again(&client);
        let session = client.shake(&hello, |_| {}).unwrap();
        let both = mailmedic_wire::extension::ServerExtension::RenegotiationInfo([first, second].concat());
        assert_eq!(session.hello.extension(ExtensionType::RENEGOTIATION_INFO), Some(&both));
    }
    let third = write_message(HandshakeType::CLIENT_HELLO, &again(&client).encode());
    client.send(ContentType::HANDSHAKE, &third);
    assert_eq!(client.record(), Ok((ContentType::ALERT, vec![1, 100])));
    client.send(ContentType::APPLICATION_DATA, b"a LOGOUT\r\n");
    client.expect_data("* BYE");

    let (_peer, mut client) = renegotiation(1, Unwilling::Warns);
    // A renegotiation that knows nothing of the handshake before is an attack (RFC 5746 section 1).
    assert_eq!(client.shake(&hello(), |_| {}).err(), Some(Some(AlertDescription::HANDSHAKE_FAILURE)));
    let (_peer, mut client) = renegotiation(0, Unwilling::Ends(Refusal::Fin));
    let hello = again(&client);
    assert_eq!(client.shake(&hello, |_| {}).err(), Some(None));
    let (_peer, mut client) = renegotiation(0, Unwilling::Ignores);
    client.send(ContentType::HANDSHAKE, &third);
    client.send(ContentType::APPLICATION_DATA, b"a LOGOUT\r\n");
    client.expect_data("* BYE");
}

#[test]
fn without_the_extension_renegotiation_is_insecure() {
    let mut personality = Personality::plain_tls12();
    personality.extensions.remove(&ExtensionType::RENEGOTIATION_INFO);
    let renegotiation = Renegotiation { accepts: 1, ..Renegotiation::default() };
    let server = Server::new(Dialogue::Imap, personality).implicit().complete(&IDENTITY);
    let peer = server.with(Habits { renegotiation, ..Habits::default() }).start().unwrap();
    let mut client = Client::new(&peer);
    assert!(!client.shake(&hello(), |_| {}).unwrap().hello.has(ExtensionType::RENEGOTIATION_INFO));
    client.expect_data("* OK");
    assert!(client.shake(&hello(), |_| {}).is_ok());
}

#[test]
fn tickets_resume_and_may_bleed() {
    let asks = hello().with(ClientExtension::SessionTicket(Vec::new()));
    for (tickets, id, expected) in [
        (Tickets { lifetime: 7_200, ..Tickets::default() }, vec![9], vec![9]),
        (
            Tickets { bleeds: true, ..Tickets::default() },
            vec![9],
            b"\x090123456789 memory of the server".to_vec(),
        ),
    ] {
        let peer = peer(Habits { tickets, ..Habits::default() });
        let session = Client::new(&peer).shake(&asks, |_| {}).unwrap();
        let message = session.ticket.clone().unwrap();
        assert_eq!(message[..4], tickets.lifetime.to_be_bytes());
        let mut resumes = hello().with(ClientExtension::SessionTicket(message[6..].to_vec()));
        resumes.session_id = id;
        assert_eq!(Client::new(&peer).resume(&resumes, &session), expected);
    }
}

#[test]
fn a_ticket_counts_under_its_name_unless_any_will_do() {
    let asks = hello().with(ClientExtension::SessionTicket(Vec::new()));
    for any_name in [false, true] {
        let tickets = Tickets { any_name, ..Tickets::default() };
        let peer = peer(Habits { tickets, ..Habits::default() });
        let session = Client::new(&peer).shake(&asks, |_| {}).unwrap();
        let ticket = session.ticket.as_ref().unwrap()[6..].to_vec();
        let other = hello().with_server_name("other.example").with(ClientExtension::SessionTicket(ticket));
        if any_name {
            Client::new(&peer).resume(&other, &session);
        } else {
            assert!(Client::new(&peer).shake(&other, |_| {}).unwrap().ticket.is_some());
        }
    }
}
