//! A server of TLS 1.2 that can be made to err in one way, built of the same keys as the client.

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::cipher::{DecryptingKey, DecryptionContext, UnboundCipherKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use mailmedic_wire::extension::{ClientExtension, ServerExtension};
use mailmedic_wire::hello::{
    CertificateList, ClientHello, Curve, ServerHello, ServerKeyExchange, ServerParams, Signature,
    write_message,
};
use mailmedic_wire::names::{
    CipherSuite, CompressionMethod, ContentType, ExtensionType, HandshakeType, NamedGroup, ProtocolVersion,
    SignatureScheme,
};
use mailmedic_wire::record::{self, Record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::cipher::{Opener, Sealer};
use super::super::keys::{Keys, Master, Randoms, Side};
use super::super::suite::{Protection, Suite};
use crate::probe::flight;

/// The way in which the server errs, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// It looks only at the length of the padding.
    IgnoresPadding,
    /// It looks at the padding only.
    IgnoresMac,
    /// It has another alert for wrong padding than for a wrong MAC.
    TellsApart,
    /// It goes along with so many handshakes after the first.
    Renegotiates(usize),
    /// It answers a short session id with a long one.
    Bleeds,
    /// Its Finished message is wrong.
    WrongFinished,
}

/// What the server is.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) suite: CipherSuite,
    pub(super) extended: bool,
    pub(super) ticket: Option<(u32, Vec<u8>)>,
    pub(super) fault: Fault,
    /// What it says as soon as TLS stands.
    pub(super) greeting: Vec<&'static [u8]>,
}

/// The bytes of a ticket, for which the server takes any.
pub(super) const TICKET: &[u8] = b"a ticket of the scripted server";

struct Talk {
    stream: TcpStream,
    buffer: Vec<u8>,
    sealer: Option<Sealer>,
    opener: Option<Opener>,
    /// The keys of what the client sends, to look at wrong records; and their number.
    heard: Option<(Protection, Keys, u64)>,
    handshakes: usize,
}

impl Server {
    /// Serves a connection until the client leaves or an alert is due.
    pub(super) async fn serve(self, stream: TcpStream) {
        let mut talk =
            Talk { stream, buffer: Vec::new(), sealer: None, opener: None, heard: None, handshakes: 0 };
        while let Some((content, fragment)) = talk.next().await {
            let goes_on = match content {
                ContentType::HANDSHAKE => self.hello(&mut talk, &fragment).await,
                ContentType::APPLICATION_DATA => {
                    let answer = self.answer(&mut talk, &fragment);
                    talk.send(answer.0, &answer.1).await;
                    answer.0 == ContentType::APPLICATION_DATA
                }
                _ => false,
            };
            if !goes_on {
                return;
            }
        }
    }

    async fn hello(&self, talk: &mut Talk, fragment: &[u8]) -> bool {
        let plain = match &mut talk.opener {
            Some(opener) => opener.open(ContentType::HANDSHAKE, fragment).unwrap(),
            None => fragment.to_vec(),
        };
        let hello = ClientHello::read(&plain[4..]).unwrap();
        if let Some(ClientExtension::SessionTicket(ticket)) = hello.extension(ExtensionType::SESSION_TICKET)
            && !ticket.is_empty()
        {
            assert_eq!(ticket, TICKET);
            let mut id = hello.session_id.clone();
            if self.fault == Fault::Bleeds {
                id.resize(32, 0xEE);
            }
            let answer = ServerHello { session_id: id, ..self.server_hello() };
            talk.send(ContentType::HANDSHAKE, &write_message(HandshakeType::SERVER_HELLO, &answer.encode()))
                .await;
            talk.send(ContentType::CHANGE_CIPHER_SPEC, &[1]).await;
            return true;
        }
        let allowed = match self.fault {
            Fault::Renegotiates(times) => times,
            _ => 0,
        };
        if talk.handshakes > allowed {
            talk.send(ContentType::ALERT, &[1, 100]).await;
            return true;
        }
        self.shake(talk, &hello, plain).await;
        if talk.handshakes == 1 {
            for line in &self.greeting {
                talk.send(ContentType::APPLICATION_DATA, line).await;
            }
        }
        true
    }

    fn server_hello(&self) -> ServerHello {
        let mut extensions = vec![ServerExtension::RenegotiationInfo(Vec::new())];
        if self.extended {
            extensions.push(ServerExtension::ExtendedMasterSecret);
        }
        ServerHello {
            legacy_version: ProtocolVersion::TLSv1_2,
            random: flight::random(),
            session_id: Vec::new(),
            cipher_suite: self.suite,
            compression_method: CompressionMethod::NULL,
            extensions: Some(extensions),
        }
    }

    async fn shake(&self, talk: &mut Talk, hello: &ClientHello, mut messages: Vec<u8>) {
        let own = PrivateKey::generate(&agreement::ECDH_P256).unwrap();
        let answer = self.server_hello();
        let exchange = ServerKeyExchange {
            params: ServerParams::Ecdh {
                curve: Curve::Named(NamedGroup::SECP256R1),
                public: own.compute_public_key().unwrap().as_ref().to_vec(),
            },
            psk_hint: None,
            // Nobody looks at it.
            signature: Some(Signature {
                scheme: Some(SignatureScheme::RSA_PKCS1_SHA256),
                bytes: vec![0; 64],
            }),
        };
        let list = CertificateList { certificates: vec![b"a certificate".to_vec()], malformed: None };
        let flight = [
            write_message(HandshakeType::SERVER_HELLO, &answer.encode()),
            write_message(HandshakeType::CERTIFICATE, &list.encode()),
            write_message(HandshakeType::SERVER_KEY_EXCHANGE, &exchange.encode()),
            write_message(HandshakeType::SERVER_HELLO_DONE, &[]),
        ]
        .concat();
        messages.extend_from_slice(&flight);
        talk.send(ContentType::HANDSHAKE, &flight).await;
        let (_, sent) = talk.next().await.unwrap();
        let key = talk.open(ContentType::HANDSHAKE, &sent);
        messages.extend_from_slice(&key);
        let premaster = agreement::agree(
            &own,
            UnparsedPublicKey::new(&agreement::ECDH_P256, &key[5..]),
            Unspecified,
            |secret| Ok(secret.to_vec()),
        )
        .unwrap();
        let randoms = Randoms { client: hello.random, server: answer.random };
        let suite = Suite::of(self.suite).unwrap();
        let master = if self.extended {
            Master::extended(suite, &premaster, &messages).unwrap()
        } else {
            Master::plain(suite, &premaster, &randoms).unwrap()
        };
        let (client, server) = master.keys(&randoms).unwrap();
        let (change, _) = talk.next().await.unwrap();
        assert_eq!(change, ContentType::CHANGE_CIPHER_SPEC);
        talk.opener = Some(Opener::new(suite.protection, &client).unwrap());
        let (_, finished) = talk.next().await.unwrap();
        let finished = talk.open(ContentType::HANDSHAKE, &finished);
        assert_eq!(finished[4..], master.verify_data(Side::Client, &messages).unwrap());
        messages.extend_from_slice(&finished);
        if let Some((lifetime, ticket)) = &self.ticket {
            let length = u16::try_from(ticket.len()).unwrap();
            let body = [&lifetime.to_be_bytes()[..], &length.to_be_bytes(), ticket].concat();
            let message = write_message(HandshakeType::NEW_SESSION_TICKET, &body);
            messages.extend_from_slice(&message);
            talk.send(ContentType::HANDSHAKE, &message).await;
        }
        let mut data = master.verify_data(Side::Server, &messages).unwrap();
        if self.fault == Fault::WrongFinished {
            data[0] ^= 1;
        }
        talk.send(ContentType::CHANGE_CIPHER_SPEC, &[1]).await;
        talk.sealer = Some(Sealer::new(suite.protection, &server).unwrap());
        talk.send(ContentType::HANDSHAKE, &write_message(HandshakeType::FINISHED, &data)).await;
        talk.heard = Some((suite.protection, client, 1));
        talk.handshakes += 1;
    }

    /// Answers a record with data, or with the alert that it deserves.
    fn answer(&self, talk: &mut Talk, fragment: &[u8]) -> (ContentType, Vec<u8>) {
        let Some((protection, keys, sequence)) = &mut talk.heard else { panic!("data before the handshake") };
        let wrong = match protection {
            Protection::Cbc(..) => faults(*protection, keys, *sequence, fragment),
            _ => Wrong::default(),
        };
        *sequence += 1;
        let taken = match self.fault {
            Fault::IgnoresPadding => !wrong.length && !wrong.mac,
            Fault::IgnoresMac => !wrong.length && !wrong.padding,
            _ => wrong == Wrong::default(),
        };
        if taken {
            return (ContentType::APPLICATION_DATA, b"250 OK\r\n".to_vec());
        }
        let tells = self.fault == Fault::TellsApart && (wrong.padding || wrong.length);
        (ContentType::ALERT, vec![2, if tells { 21 } else { 20 }])
    }
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) padding: bool,
    pub(super) mac: bool,
    pub(super) length: bool,
}

/// Looks at a CBC record as RFC 5246 §6.2.3.2 wants it, and does not stop at the first fault.
pub(super) fn faults(protection: Protection, keys: &Keys, sequence: u64, fragment: &[u8]) -> Wrong {
    let Protection::Cbc(algorithm, hash) = protection else { panic!("a suite with CBC is due") };
    let (iv, sealed) = fragment.split_first_chunk::<16>().unwrap();
    let key = DecryptingKey::cbc(UnboundCipherKey::new(algorithm, &keys.key).unwrap()).unwrap();
    let mut inner = sealed.to_vec();
    key.decrypt(&mut inner, DecryptionContext::Iv128(FixedLength::from(*iv))).unwrap();
    let last = *inner.last().unwrap();
    let overhead = usize::from(last) + 1 + hash.tag_len();
    if overhead > inner.len() {
        return Wrong { length: true, ..Wrong::default() };
    }
    let (plain, rest) = inner.split_at(inner.len() - overhead);
    let (tag, padding) = rest.split_at(hash.tag_len());
    let length = u16::try_from(plain.len()).unwrap().to_be_bytes();
    let header = [&sequence.to_be_bytes()[..], &[23, 3, 3], &length, plain].concat();
    let mac = hmac::verify(&hmac::Key::new(hash, &keys.mac), &header, tag).is_err();
    Wrong { padding: padding.iter().any(|byte| *byte != last), mac, length: false }
}

impl Talk {
    async fn next(&mut self) -> Option<(ContentType, Vec<u8>)> {
        loop {
            if let Some((record, length)) = Record::read(&self.buffer).unwrap() {
                let found = (record.content, record.fragment.to_vec());
                self.buffer.drain(..length);
                return Some(found);
            }
            if self.stream.read_buf(&mut self.buffer).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    fn open(&mut self, content: ContentType, fragment: &[u8]) -> Vec<u8> {
        match &mut self.opener {
            Some(opener) => opener.open(content, fragment).unwrap(),
            None => fragment.to_vec(),
        }
    }

    async fn send(&mut self, content: ContentType, payload: &[u8]) {
        let fragment = match &mut self.sealer {
            Some(sealer) => sealer.seal(content, payload, None).unwrap(),
            None => payload.to_vec(),
        };
        let bytes = record::write(content, ProtocolVersion::TLSv1_2, &fragment);
        // The client may be gone.
        let _ = self.stream.write_all(&bytes).await;
    }
}
