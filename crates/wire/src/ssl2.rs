//! SSL 2: its hellos, its errors, and the version 2 hello that later versions still accept (RFC 5246 appendix E.2, RFC 6101 appendix E).

use crate::names::{CipherKind, ProtocolVersion};
use crate::reader::{Malformed, Reader};

/// A CLIENT-HELLO of SSL 2, also in its use as an introduction to SSL 3 and TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// The greatest version the client speaks.
    pub version: ProtocolVersion,
    /// Ciphers in any order, the server or the client chooses later.
    pub cipher_specs: Vec<CipherKind>,
    /// Empty, or 16 bytes of a session to resume.
    pub session_id: Vec<u8>,
    /// 16 to 32 random bytes.
    pub challenge: Vec<u8>,
}

impl ClientHello {
    /// Builds a hello for SSL 2 itself that offers `cipher_specs`.
    pub fn new(challenge: [u8; 16], cipher_specs: &[CipherKind]) -> Self {
        Self {
            version: ProtocolVersion::SSLv2,
            cipher_specs: cipher_specs.to_vec(),
            session_id: Vec::new(),
            challenge: challenge.to_vec(),
        }
    }

    /// Writes the hello with its record header; ciphers, session and challenge are cut to what SSL 2 allows.
    pub fn encode_record(&self) -> Vec<u8> {
        let session = self.session_id.get(..16).unwrap_or(&self.session_id);
        let challenge = self.challenge.get(..32).unwrap_or(&self.challenge);
        let ciphers = self.cipher_specs.get(..MAX_KINDS).unwrap_or(&self.cipher_specs);
        let mut body = vec![CLIENT_HELLO];
        body.extend_from_slice(&self.version.0.to_be_bytes());
        for length in [ciphers.len() * 3, session.len(), challenge.len()] {
            body.extend_from_slice(&(length as u16).to_be_bytes());
        }
        ciphers.iter().for_each(|kind| put_kind(&mut body, *kind));
        body.extend_from_slice(session);
        body.extend_from_slice(challenge);
        record(&body)
    }

    /// Reads a hello with its record header; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`Malformed`] when it is not one CLIENT-HELLO.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some(body) = body_of(bytes) else { return Ok(None) };
        let mut reader = Reader::new("ssl2 client-hello", body);
        if reader.u8()? != CLIENT_HELLO {
            return Err(Malformed::Illegal("ssl2 message type"));
        }
        let version = ProtocolVersion(reader.u16()?);
        let lengths = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
        let hello = Self {
            version,
            cipher_specs: read_kinds(reader.take(lengths[0])?)?,
            session_id: reader.take(lengths[1])?.to_vec(),
            challenge: reader.take(lengths[2])?.to_vec(),
        };
        reader.finish()?;
        Ok(Some(hello))
    }
}

/// A SERVER-HELLO of SSL 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// Whether the session is resumed.
    pub session_id_hit: bool,
    /// The kind of certificate: 1 for X.509.
    pub certificate_type: u8,
    /// The version chosen.
    pub version: ProtocolVersion,
    /// The server's certificate as DER that nobody looked into.
    pub certificate: Vec<u8>,
    /// The ciphers both sides speak; some servers answer with none of them.
    pub cipher_specs: Vec<CipherKind>,
    /// The connection's name.
    pub connection_id: Vec<u8>,
}

impl ServerHello {
    /// Writes the hello with its record header; the certificate is cut to what one record holds.
    pub fn encode_record(&self) -> Vec<u8> {
        let connection = self.connection_id.get(..32).unwrap_or(&self.connection_id);
        let ciphers = self.cipher_specs.get(..MAX_KINDS / 2).unwrap_or(&self.cipher_specs);
        let certificate = self.certificate.get(..MAX_BODY / 2).unwrap_or(&self.certificate);
        let mut body = vec![SERVER_HELLO, u8::from(self.session_id_hit), self.certificate_type];
        body.extend_from_slice(&self.version.0.to_be_bytes());
        for length in [certificate.len(), ciphers.len() * 3, connection.len()] {
            body.extend_from_slice(&(length as u16).to_be_bytes());
        }
        body.extend_from_slice(certificate);
        ciphers.iter().for_each(|kind| put_kind(&mut body, *kind));
        body.extend_from_slice(connection);
        record(&body)
    }
}

/// An ERROR of SSL 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ssl2Error(pub u16);

impl std::fmt::Display for Ssl2Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            1 => f.write_str("no_cipher"),
            2 => f.write_str("no_certificate"),
            4 => f.write_str("bad_certificate"),
            6 => f.write_str("unsupported_certificate_type"),
            other => write!(f, "0x{other:04X}"),
        }
    }
}

/// What a server says first in SSL 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It goes on.
    ServerHello(ServerHello),
    /// It refuses.
    Error(Ssl2Error),
}

impl Answer {
    /// Tells whether bytes begin as an answer in SSL 2; `None` when too few are there.
    pub fn begins(bytes: &[u8]) -> Option<bool> {
        match bytes {
            [] => None,
            [first, ..] if first & TWO_BYTE_HEADER == 0 => Some(false),
            [_, _, kind, ..] => Some(matches!(*kind, SERVER_HELLO | ERROR)),
            _ => None,
        }
    }

    /// Reads an answer with its record header; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`Malformed`] when it is neither a SERVER-HELLO nor an ERROR.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let Some(body) = body_of(bytes) else { return Ok(None) };
        let mut reader = Reader::new("ssl2 answer", body);
        let answer = match reader.u8()? {
            SERVER_HELLO => Self::ServerHello(read_server_hello(&mut reader)?),
            ERROR => Self::Error(Ssl2Error(reader.u16()?)),
            _ => return Err(Malformed::Illegal("ssl2 message type")),
        };
        reader.finish()?;
        Ok(Some(answer))
    }

    /// Returns the length of the record at the front of `bytes` with its header, once that shows.
    pub fn record_length(bytes: &[u8]) -> Option<usize> {
        let (header, _) = bytes.split_first_chunk::<2>()?;
        Some(2 + usize::from(u16::from_be_bytes(*header) & 0x7FFF))
    }
}

fn read_server_hello(reader: &mut Reader<'_>) -> Result<ServerHello, Malformed> {
    let session_id_hit = reader.u8()? != 0;
    let certificate_type = reader.u8()?;
    let version = ProtocolVersion(reader.u16()?);
    let lengths = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
    Ok(ServerHello {
        session_id_hit,
        certificate_type,
        version,
        certificate: reader.take(lengths[0])?.to_vec(),
        cipher_specs: read_kinds(reader.take(lengths[1])?)?,
        connection_id: reader.take(lengths[2])?.to_vec(),
    })
}

/// Returns what the record at the front holds, once it is whole.
fn body_of(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(2..Answer::record_length(bytes)?)
}

fn read_kinds(bytes: &[u8]) -> Result<Vec<CipherKind>, Malformed> {
    let mut reader = Reader::new("ssl2 cipher-specs", bytes);
    let mut kinds = Vec::with_capacity(bytes.len() / 3);
    while !reader.is_empty() {
        kinds.push(CipherKind(reader.u24()?));
    }
    Ok(kinds)
}

fn put_kind(out: &mut Vec<u8>, kind: CipherKind) {
    out.extend_from_slice(&kind.0.to_be_bytes()[1..]);
}

/// Puts the two-byte header of a record without padding before its body.
fn record(body: &[u8]) -> Vec<u8> {
    let mut out = (body.len() as u16 | u16::from(TWO_BYTE_HEADER) << 8).to_be_bytes().to_vec();
    out.extend_from_slice(body);
    out
}

const TWO_BYTE_HEADER: u8 = 0x80;
const ERROR: u8 = 0;
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 4;
const MAX_BODY: usize = 0x7FFF;
/// As many ciphers as leave room for all else in one record.
const MAX_KINDS: usize = (MAX_BODY - 64) / 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_hello_of_the_draft() {
        let hello = ClientHello::new([7; 16], &[CipherKind::SSL_CK_RC4_128_WITH_MD5, CipherKind(0x00C02F)]);
        let bytes = hello.encode_record();
        let mut expected = vec![0x80, 31, 1, 0, 2, 0, 6, 0, 0, 0, 16, 1, 0, 0x80, 0, 0xC0, 0x2F];
        expected.extend([7; 16]);
        assert_eq!(bytes, expected);
        assert_eq!(ClientHello::read(&bytes), Ok(Some(hello)));
    }

    #[test]
    fn reads_a_server_hello() {
        let hello = ServerHello {
            session_id_hit: false,
            certificate_type: 1,
            version: ProtocolVersion::SSLv2,
            certificate: vec![0x30, 3, 2, 1, 5],
            cipher_specs: vec![CipherKind::SSL_CK_RC4_128_EXPORT40_WITH_MD5],
            connection_id: vec![9; 16],
        };
        let bytes = hello.encode_record();
        assert_eq!(bytes[..13], [0x80, 35, 4, 0, 1, 0, 2, 0, 5, 0, 3, 0, 16]);
        assert_eq!(Answer::begins(&bytes), Some(true));
        for cut in 0..bytes.len() {
            assert_eq!(Answer::read(&bytes[..cut]), Ok(None));
        }
        assert_eq!(Answer::read(&bytes), Ok(Some(Answer::ServerHello(hello))));
    }

    #[test]
    fn reads_an_error() {
        let answer = Answer::read(&[0x80, 3, 0, 0, 1]).unwrap().unwrap();
        assert_eq!(answer, Answer::Error(Ssl2Error(1)));
        assert_eq!(Ssl2Error(1).to_string(), "no_cipher");
        assert_eq!(Ssl2Error(9).to_string(), "0x0009");
    }

    #[test]
    fn never_writes_more_than_a_record() {
        let hello = ClientHello {
            version: ProtocolVersion::SSLv2,
            cipher_specs: vec![CipherKind(1); 20_000],
            session_id: vec![1; 99],
            challenge: vec![2; 99],
        };
        let bytes = hello.encode_record();
        assert_eq!(Answer::record_length(&bytes), Some(bytes.len()));
        assert_eq!(ClientHello::read(&bytes).unwrap().unwrap().challenge.len(), 32);
    }
}
