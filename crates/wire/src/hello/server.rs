//! The ServerHello, which in TLS 1.3 is also the HelloRetryRequest (RFC 8446 section 4.1.3).

use crate::extension::{ServerExtension, read_list};
use crate::names::{CipherSuite, CompressionMethod, ExtensionType, NamedGroup, ProtocolVersion};
use crate::reader::{Malformed, Reader, put_bytes, put_list};

/// A ServerHello of SSL 3 to TLS 1.3, or a HelloRetryRequest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The version chosen; TLS 1.2 when `supported_versions` says more.
    pub legacy_version: ProtocolVersion,
    /// 32 bytes, not all of them random: see [`Self::is_retry`] and [`Self::downgrade`].
    pub random: [u8; 32],
    /// The session's name, at most 32 bytes in an honest server's hello.
    pub session_id: Vec<u8>,
    /// The suite chosen.
    pub cipher_suite: CipherSuite,
    /// The compression chosen.
    pub compression_method: CompressionMethod,
    /// Extensions in their order on the wire; `None` when even their length is left out.
    pub extensions: Option<Vec<ServerExtension>>,
}

/// What the last bytes of a random confess about a server that could do better (RFC 8446 section 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Downgrade {
    /// TLS 1.2 is in use though the server speaks TLS 1.3.
    Tls12,
    /// TLS 1.1 or older is in use though the server speaks TLS 1.2 or 1.3.
    Tls11OrOlder,
}

impl ServerHello {
    /// Returns the version really chosen.
    pub fn version(&self) -> ProtocolVersion {
        match self.extension(ExtensionType::SUPPORTED_VERSIONS) {
            Some(ServerExtension::SupportedVersions(version)) => *version,
            _ => self.legacy_version,
        }
    }

    /// Tells whether this is a HelloRetryRequest.
    pub fn is_retry(&self) -> bool {
        self.random == RETRY_RANDOM
    }

    /// Returns what the random says about a downgrade; meant for clients that offered more than was chosen.
    pub fn downgrade(&self) -> Option<Downgrade> {
        match self.random.last_chunk::<8>() {
            Some(b"DOWNGRD\x01") => Some(Downgrade::Tls12),
            Some(b"DOWNGRD\x00") => Some(Downgrade::Tls11OrOlder),
            _ => None,
        }
    }

    /// Returns the group of TLS 1.3's key share, chosen or asked for.
    pub fn group(&self) -> Option<NamedGroup> {
        match self.extension(ExtensionType::KEY_SHARE)? {
            ServerExtension::KeyShare(entry) => Some(entry.group),
            ServerExtension::KeyShareRetry(group) => Some(*group),
            _ => None,
        }
    }

    /// Returns the extension of this type, if it is there.
    pub fn extension(&self, kind: ExtensionType) -> Option<&ServerExtension> {
        self.extensions.iter().flatten().find(|extension| extension.kind() == kind)
    }

    /// Tells whether the extension of this type is there.
    pub fn has(&self, kind: ExtensionType) -> bool {
        self.extension(kind).is_some()
    }

    /// Reads the body, without the header of the message.
    ///
    /// # Errors
    /// [`Malformed`] when it is not one ServerHello; unreadable extensions are kept raw instead.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("server_hello", body);
        let legacy_version = ProtocolVersion(reader.u16()?);
        let random = reader.array()?;
        let retry = random == RETRY_RANDOM;
        let hello = Self {
            legacy_version,
            random,
            session_id: reader.vec8()?.to_vec(),
            cipher_suite: CipherSuite(reader.u16()?),
            compression_method: CompressionMethod(reader.u8()?),
            extensions: read_list(&mut reader, |kind, body| ServerExtension::read(kind, body, retry))?,
        };
        reader.finish()?;
        Ok(hello)
    }

    /// Writes the body, without the header of the message.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend_from_slice(&self.legacy_version.0.to_be_bytes());
        out.extend_from_slice(&self.random);
        put_bytes::<1>(&mut out, &self.session_id);
        out.extend_from_slice(&self.cipher_suite.0.to_be_bytes());
        out.push(self.compression_method.0);
        if let Some(extensions) = &self.extensions {
            put_list::<2, _>(&mut out, extensions, |out, extension| extension.put(out));
        }
        out
    }

    /// The random of every HelloRetryRequest: SHA-256 of that word (RFC 8446 section 4.1.3).
    pub const RETRY_RANDOM: [u8; 32] = RETRY_RANDOM;
}

const RETRY_RANDOM: [u8; 32] = [
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2,
    0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
];
