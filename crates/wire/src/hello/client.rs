//! The ClientHello (RFC 5246 section 7.4.1.2, RFC 8446 section 4.1.2).

use super::write_message;
use crate::extension::{ClientExtension, read_list};
use crate::names::{
    CipherSuite, CompressionMethod, ContentType, ExtensionType, HandshakeType, NamedGroup, PointFormat,
    ProtocolVersion, SignatureScheme,
};
use crate::reader::{Malformed, Reader, put_bytes, put_list};
use crate::record;

/// A ClientHello of SSL 3 to TLS 1.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// The greatest version before TLS 1.3 that the client speaks.
    pub legacy_version: ProtocolVersion,
    /// 32 random bytes.
    pub random: [u8; 32],
    /// A session to resume, or any bytes for TLS 1.3's middleboxes; at most 32.
    pub session_id: Vec<u8>,
    /// Suites in order of preference.
    pub cipher_suites: Vec<CipherSuite>,
    /// Compression in order of preference; must hold `NULL`.
    pub compression_methods: Vec<CompressionMethod>,
    /// Extensions in their order on the wire; `None` leaves out even their length, as SSL 3 does.
    pub extensions: Option<Vec<ClientExtension>>,
}

impl ClientHello {
    /// Builds a hello that servers of `version` accept, offering `cipher_suites` and that version only.
    ///
    /// SSL 2 has a hello of its own, [`crate::ssl2::ClientHello`]. SSL 3 gets no extension. Later versions get `renegotiation_info`, `extended_master_secret`, and curves for suites that
    /// need them; TLS 1.2 and later get signature algorithms; TLS 1.3 gets `supported_versions` and a `key_share` without a key,
    /// which a server answers with a HelloRetryRequest. [`Self::with`] changes any of them.
    pub fn new(version: ProtocolVersion, random: [u8; 32], cipher_suites: &[CipherSuite]) -> Self {
        let mut hello = Self {
            legacy_version: version.min(ProtocolVersion::TLSv1_2),
            random,
            session_id: Vec::new(),
            cipher_suites: cipher_suites.to_vec(),
            compression_methods: vec![CompressionMethod::NULL],
            extensions: None,
        };
        if version <= ProtocolVersion::SSLv3 {
            return hello;
        }
        let tls13 = version >= ProtocolVersion::TLSv1_3;
        let curves = cipher_suites.iter().any(|suite| suite.name().is_none_or(|name| name.contains("_ECDH")));
        if !tls13 {
            hello = hello
                .with(ClientExtension::RenegotiationInfo(Vec::new()))
                .with(ClientExtension::ExtendedMasterSecret);
        }
        if tls13 || curves {
            hello = hello.with(ClientExtension::SupportedGroups(DEFAULT_GROUPS.to_vec()));
        }
        if !tls13 && curves {
            hello = hello.with(ClientExtension::EcPointFormats(vec![PointFormat::UNCOMPRESSED]));
        }
        if version >= ProtocolVersion::TLSv1_2 {
            hello = hello.with(ClientExtension::SignatureAlgorithms(DEFAULT_SIGNATURES.to_vec()));
        }
        if tls13 {
            hello = hello
                .with(ClientExtension::SupportedVersions(vec![version]))
                .with(ClientExtension::KeyShare(Vec::new()));
        }
        hello
    }

    /// Adds an extension, or replaces the one of the same type; keeps an order that old servers bear.
    ///
    /// An empty extension never comes last where another can: servers built on old IBM and F5 code reject such hellos.
    #[must_use]
    pub fn with(mut self, extension: ClientExtension) -> Self {
        let extensions = self.extensions.get_or_insert_default();
        if let Some(same) = extensions.iter_mut().find(|other| other.kind() == extension.kind()) {
            *same = extension;
        } else {
            let rank = rank(extension.kind());
            let at = extensions
                .iter()
                .position(|other| self::rank(other.kind()) > rank)
                .unwrap_or(extensions.len());
            extensions.insert(at, extension);
        }
        self
    }

    /// Removes the extension of this type.
    #[must_use]
    pub fn without(mut self, kind: ExtensionType) -> Self {
        if let Some(extensions) = &mut self.extensions {
            extensions.retain(|extension| extension.kind() != kind);
        }
        self
    }

    /// Sets `server_name`; a trailing dot is dropped, as RFC 6066 section 3 demands.
    #[must_use]
    pub fn with_server_name(self, host: &str) -> Self {
        self.with(ClientExtension::ServerName(host.strip_suffix('.').unwrap_or(host).to_owned()))
    }

    /// Returns the extension of this type, if it is there.
    pub fn extension(&self, kind: ExtensionType) -> Option<&ClientExtension> {
        self.extensions.iter().flatten().find(|extension| extension.kind() == kind)
    }

    /// Writes the body, without the header of the message.
    ///
    /// A list longer than its length field can tell is cut after the last item that fits.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(&self.legacy_version.0.to_be_bytes());
        out.extend_from_slice(&self.random);
        put_bytes::<1>(&mut out, &self.session_id);
        put_list::<2, _>(&mut out, &self.cipher_suites, |out, suite| {
            out.extend_from_slice(&suite.0.to_be_bytes())
        });
        put_list::<1, _>(&mut out, &self.compression_methods, |out, method| out.push(method.0));
        if let Some(extensions) = &self.extensions {
            put_list::<2, _>(&mut out, extensions, |out, extension| extension.put(out));
        }
        out
    }

    /// Writes the message in records that bear `record_version`; servers want TLS 1.0 there, or SSL 3 for SSL 3.
    pub fn encode_records(&self, record_version: ProtocolVersion) -> Vec<u8> {
        let message = write_message(HandshakeType::CLIENT_HELLO, &self.encode());
        record::write(ContentType::HANDSHAKE, record_version, &message)
    }

    /// Reads the body, without the header of the message.
    ///
    /// # Errors
    /// [`Malformed`] when it is not one ClientHello; unreadable extensions are kept raw instead.
    pub fn read(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("client_hello", body);
        let hello = Self {
            legacy_version: ProtocolVersion(reader.u16()?),
            random: reader.array()?,
            session_id: reader.vec8()?.to_vec(),
            cipher_suites: Reader::new("cipher_suites", reader.vec16()?).rest_as_u16s(CipherSuite)?,
            compression_methods: reader.vec8()?.iter().copied().map(CompressionMethod).collect(),
            extensions: read_list(&mut reader, ClientExtension::read)?,
        };
        reader.finish()?;
        Ok(hello)
    }
}

/// Places an extension; those that are often empty come early, `pre_shared_key` last (RFC 8446 section 4.2.11).
fn rank(kind: ExtensionType) -> usize {
    ORDER.iter().position(|known| *known == kind).unwrap_or(match kind {
        ExtensionType::PRE_SHARED_KEY => usize::MAX,
        _ => UNKNOWN_RANK,
    })
}

const ORDER: &[ExtensionType] = &[
    ExtensionType::SERVER_NAME,
    ExtensionType::EXTENDED_MASTER_SECRET,
    ExtensionType::ENCRYPT_THEN_MAC,
    ExtensionType::RENEGOTIATION_INFO,
    ExtensionType::SESSION_TICKET,
    ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP,
    ExtensionType::MAX_FRAGMENT_LENGTH,
    ExtensionType::STATUS_REQUEST,
    ExtensionType::ALPN,
    ExtensionType::HEARTBEAT,
    ExtensionType::SUPPORTED_GROUPS,
    ExtensionType::EC_POINT_FORMATS,
    ExtensionType::SIGNATURE_ALGORITHMS,
    ExtensionType::SIGNATURE_ALGORITHMS_CERT,
    ExtensionType::RECORD_SIZE_LIMIT,
    ExtensionType::SUPPORTED_VERSIONS,
    ExtensionType::COOKIE,
    ExtensionType::PSK_KEY_EXCHANGE_MODES,
    ExtensionType::KEY_SHARE,
    ExtensionType::PADDING,
];

/// Unknown extensions come before those that always have content.
const UNKNOWN_RANK: usize = 9;

const DEFAULT_GROUPS: &[NamedGroup] = &[
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::X448,
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
];

const DEFAULT_SIGNATURES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::ED448,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PSS_PSS_SHA256,
    SignatureScheme::RSA_PSS_PSS_SHA384,
    SignatureScheme::RSA_PSS_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::DSA_SHA256,
    SignatureScheme::ECDSA_SHA1,
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::DSA_SHA1,
];
