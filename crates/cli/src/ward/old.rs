//! A server that never heard of TLS 1.2: it answers every hello with TLS 1.0 and RSA key transport.
//!
//! It speaks as OpenSSL 0.9.8 does up to the end of its first flight. What a client sends after that it
//! cannot decrypt, and says so.

use std::io;

use mailmedic_wire::alert::Alert;
use mailmedic_wire::extension::ServerExtension;
use mailmedic_wire::hello::{CertificateList, ClientHello, HEADER, ServerHello, write_message};
use mailmedic_wire::names::{
    AlertDescription, AlertLevel, CipherSuite, CompressionMethod, ContentType, ExtensionType, HandshakeType,
    ProtocolVersion,
};
use mailmedic_wire::record::{self, Record};
use rustls::crypto::SecureRandom;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The old server's certificate and its source of random bytes.
#[derive(Debug)]
pub(super) struct Old {
    /// The chain in DER, leaf first; the leaf's key is RSA.
    pub(super) chain: Vec<Vec<u8>>,
    pub(super) random: &'static dyn SecureRandom,
}

impl Old {
    /// Answers a hello and waits for the client to leave.
    pub(super) async fn shake<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut S) -> io::Result<()> {
        let Some(fragment) = read_hello(stream).await? else { return Ok(()) };
        match self.answer(&fragment) {
            Ok(flight) => {
                stream.write_all(&flight).await?;
                let mut rest = [0; 512];
                // The client's alert, or its key exchange.
                if stream.read(&mut rest).await? > 0 && rest[0] != ContentType::ALERT.0 {
                    stream.write_all(&fatal(AlertDescription::DECRYPT_ERROR)).await?;
                }
            }
            Err(why) => stream.write_all(&fatal(why)).await?,
        }
        stream.shutdown().await
    }

    /// Returns the first flight, or the reason for an alert.
    fn answer(&self, fragment: &[u8]) -> Result<Vec<u8>, AlertDescription> {
        let hello = fragment
            .get(HEADER..)
            .filter(|_| fragment[0] == HandshakeType::CLIENT_HELLO.0)
            .and_then(|body| ClientHello::read(body).ok())
            .ok_or(AlertDescription::DECODE_ERROR)?;
        if hello.legacy_version < VERSION {
            return Err(AlertDescription::PROTOCOL_VERSION);
        }
        let suite = *SUITES
            .iter()
            .find(|suite| hello.cipher_suites.contains(suite))
            .ok_or(AlertDescription::HANDSHAKE_FAILURE)?;
        let mut random = [0; 32];
        self.random.fill(&mut random).map_err(|_| AlertDescription::INTERNAL_ERROR)?;
        let server_hello = ServerHello {
            legacy_version: VERSION,
            random,
            session_id: random.to_vec(),
            cipher_suite: suite,
            compression_method: CompressionMethod::NULL,
            extensions: knows_renegotiation(&hello)
                .then(|| vec![ServerExtension::RenegotiationInfo(Vec::new())]),
        };
        let certificates = CertificateList { certificates: self.chain.clone(), malformed: None };
        let messages = [
            write_message(HandshakeType::SERVER_HELLO, &server_hello.encode()),
            write_message(HandshakeType::CERTIFICATE, &certificates.encode()),
            write_message(HandshakeType::SERVER_HELLO_DONE, &[]),
        ];
        Ok(record::write(ContentType::HANDSHAKE, VERSION, &messages.concat()))
    }
}

/// Reads the record of a client's hello: its fragment, or nothing where no TLS came.
pub(super) async fn read_hello<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(2_048);
    loop {
        match Record::read(&bytes) {
            // A record has a greatest length, so this ends.
            Ok(None) => {}
            Ok(Some((record, _))) if record.content == ContentType::HANDSHAKE => {
                return Ok(Some(record.fragment.to_vec()));
            }
            _ => return Ok(None),
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}

fn knows_renegotiation(hello: &ClientHello) -> bool {
    hello.extension(ExtensionType::RENEGOTIATION_INFO).is_some()
        || hello.cipher_suites.contains(&CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
}

fn fatal(description: AlertDescription) -> Vec<u8> {
    Alert { level: AlertLevel::FATAL, description }.encode_record(VERSION)
}

const VERSION: ProtocolVersion = ProtocolVersion::TLSv1_0;

/// In the order of the server, which is the one that counts.
const SUITES: [CipherSuite; 2] =
    [CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA, CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA];
