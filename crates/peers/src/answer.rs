//! What a server says to a hello: the bytes of its first flight, or how it turns the client away. No socket is needed.

use mailmedic_wire::alert::Alert;
use mailmedic_wire::flight::{End, Flight, FlightReader};
use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{
    AlertDescription, AlertLevel, CipherKind, CipherSuite, CompressionMethod, ContentType, HandshakeType,
    ProtocolVersion,
};
use mailmedic_wire::reader::Malformed;
use mailmedic_wire::record::Record;
use mailmedic_wire::{hello, ssl2};

use crate::bytes::Stream;
use crate::choose::choose;
use crate::flight::first_flight;
use crate::keys::Shapes;
use crate::personality::{Personality, Refusal};

/// What a server says, and what it does then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it says.
    pub bytes: Vec<u8>,
    /// What it does then.
    pub then: Then,
}

/// What a server does after it has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    /// It waits for the client's part of the handshake.
    Listen,
    /// It waits for a second hello (HelloRetryRequest).
    Retry,
    /// It closes.
    Close,
    /// It resets the connection.
    Reset,
    /// It keeps the connection and says nothing.
    Hold,
}

impl Answer {
    /// Reads the answer as a client does that waits for a limited time.
    pub fn flight(&self) -> Flight {
        let mut reader = FlightReader::new();
        reader.feed(&self.bytes);
        reader.finish(match self.then {
            Then::Listen | Then::Retry | Then::Hold => End::TimedOut,
            Then::Close => End::Eof,
            Then::Reset => End::Reset,
        });
        reader.into_flight()
    }

    /// Makes the answer of a server that turns the client away.
    pub fn refuse(refusal: Refusal, version: ProtocolVersion) -> Self {
        match refusal {
            Refusal::Alert(description) => {
                let alert = Alert { level: AlertLevel::FATAL, description };
                Self { bytes: alert.encode_record(version), then: Then::Close }
            }
            Refusal::Fin => Self { bytes: Vec::new(), then: Then::Close },
            Refusal::Rst => Self { bytes: Vec::new(), then: Then::Reset },
            Refusal::Silence => Self { bytes: Vec::new(), then: Then::Hold },
        }
    }
}

/// Answers a hello of SSL 3 to TLS 1.3, also one that follows a HelloRetryRequest.
///
/// `connection` is the number of the connection at this server: what a server makes afresh each time differs with it.
pub fn answer(server: &Personality, hello: &ClientHello, connection: u64) -> Answer {
    match choose(server, hello) {
        Ok(choice) => {
            let mut keys = Shapes::new(server, connection);
            let bytes = first_flight(server, hello, &choice, &mut keys);
            Answer { bytes, then: if choice.retry { Then::Retry } else { Then::Listen } }
        }
        Err(refusal) => Answer::refuse(refusal, alert_version(server, hello)),
    }
}

/// Answers a CLIENT-HELLO in SSL 2's form, be it meant for SSL 2 or for a later version.
pub fn answer_ssl2(server: &Personality, hello: &ssl2::ClientHello, connection: u64) -> Answer {
    let newer = introduced(hello).filter(|_| server.ssl2_introductions);
    if let Some(introduced) = newer {
        return answer(server, &introduced, connection);
    }
    let Some(own) = &server.ssl2 else {
        return Answer::refuse(server.refusals.version, ProtocolVersion::TLSv1_0);
    };
    let shared: Vec<CipherKind> =
        own.iter().copied().filter(|kind| hello.cipher_specs.contains(kind)).collect();
    if shared.is_empty() {
        // ERROR, no_cipher.
        return Answer { bytes: vec![0x80, 3, 0, 0, 1], then: Then::Close };
    }
    let leaf = server.certificates.first().and_then(|certificate| certificate.chain.first());
    let answer = ssl2::ServerHello {
        session_id_hit: false,
        certificate_type: 1,
        version: ProtocolVersion::SSLv2,
        certificate: leaf.cloned().unwrap_or_default(),
        cipher_specs: shared,
        connection_id: Stream::new(&[server.seed, connection]).bytes(16),
    };
    Answer { bytes: answer.encode_record(), then: Then::Listen }
}

/// Answers whatever bytes a client says first; `None` while more of them are needed.
pub fn answer_bytes(server: &Personality, bytes: &[u8], connection: u64) -> Option<Answer> {
    match read_hello(bytes) {
        Ok(None) => None,
        Ok(Some(Hello::Tls(hello))) => Some(answer(server, &hello, connection)),
        Ok(Some(Hello::Ssl2(hello))) => Some(answer_ssl2(server, &hello, connection)),
        Err(_) => {
            let refusal = Refusal::Alert(AlertDescription::DECODE_ERROR);
            Some(Answer::refuse(refusal, ProtocolVersion::TLSv1_0))
        }
    }
}

/// A client's hello, in either form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hello {
    /// A ClientHello of SSL 3 to TLS 1.3.
    Tls(ClientHello),
    /// A CLIENT-HELLO of SSL 2.
    Ssl2(ssl2::ClientHello),
}

/// Reads a hello from the bytes a client said first; `None` while more are needed.
///
/// # Errors
/// [`Malformed`] when it is none.
pub fn read_hello(bytes: &[u8]) -> Result<Option<Hello>, Malformed> {
    match bytes {
        [] => return Ok(None),
        [first, ..] if first & 0x80 != 0 => return Ok(ssl2::ClientHello::read(bytes)?.map(Hello::Ssl2)),
        _ => {}
    }
    let (mut rest, mut message) = (bytes, Vec::new());
    while let Some((record, length)) = Record::read(rest)? {
        rest = rest.get(length..).unwrap_or_default();
        match record.content {
            ContentType::HANDSHAKE => message.extend_from_slice(record.fragment),
            // A client that was sent a HelloRetryRequest may say so (RFC 8446 appendix D.4).
            ContentType::CHANGE_CIPHER_SPEC => continue,
            other => return Err(Malformed::UnexpectedRecord(other)),
        }
        let Some((header, body)) = message.split_first_chunk::<{ hello::HEADER }>() else { continue };
        let [kind, high, middle, low] = *header;
        if kind != HandshakeType::CLIENT_HELLO.0 {
            return Err(Malformed::UnexpectedMessage(HandshakeType(kind)));
        }
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        if let Some(body) = body.get(..length) {
            return ClientHello::read(body).map(|hello| Some(Hello::Tls(hello)));
        }
    }
    Ok(None)
}

/// Returns the hello of SSL 3 or TLS that SSL 2's form introduces, or `None` where SSL 2 itself is meant.
fn introduced(hello: &ssl2::ClientHello) -> Option<ClientHello> {
    let suites: Vec<CipherSuite> = hello.cipher_specs.iter().filter_map(|kind| kind.suite()).collect();
    if hello.version < ProtocolVersion::SSLv3 || suites.is_empty() {
        return None;
    }
    let mut random = [0; 32];
    // A shorter challenge fills the end (RFC 5246 appendix E.2).
    for (to, from) in random.iter_mut().rev().zip(hello.challenge.iter().rev()) {
        *to = *from;
    }
    Some(ClientHello {
        legacy_version: hello.version,
        random,
        session_id: Vec::new(),
        cipher_suites: suites,
        compression_methods: vec![CompressionMethod::NULL],
        extensions: None,
    })
}

/// Returns the version in the record of an early alert: the client's, as far as the server knows it.
fn alert_version(server: &Personality, hello: &ClientHello) -> ProtocolVersion {
    let newest = server.suites.keys().next_back().copied().unwrap_or(ProtocolVersion::TLSv1_0);
    hello.legacy_version.min(newest).clamp(ProtocolVersion::SSLv3, ProtocolVersion::TLSv1_2)
}
