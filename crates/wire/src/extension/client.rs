//! What a client may put into its hello.

use super::{
    KeyShareEntry, RawExtension, alpn, cookie, ec_point_formats, heartbeat, key_share, max_fragment_length,
    padding, psk_key_exchange_modes, put_extension, read_whole, record_size_limit, renegotiation_info,
    server_name, session_ticket, signature_algorithms, status_request, supported_groups, supported_versions,
};
use crate::names::{
    ExtensionType, HeartbeatMode, NamedGroup, PointFormat, ProtocolVersion, PskKeyExchangeMode,
    SignatureScheme,
};
use crate::reader::Malformed;

/// An extension of a ClientHello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientExtension {
    /// The host the client wants, an A-label without a trailing dot.
    ServerName(String),
    /// The longest record wanted: 1 to 4 for 2^9 to 2^12 bytes.
    MaxFragmentLength(u8),
    /// Asks for a stapled OCSP response.
    StatusRequest,
    /// Groups in order of preference.
    SupportedGroups(Vec<NamedGroup>),
    /// How points may be written.
    EcPointFormats(Vec<PointFormat>),
    /// Signatures in order of preference.
    SignatureAlgorithms(Vec<SignatureScheme>),
    /// The same for signatures in certificates, where they differ.
    SignatureAlgorithmsCert(Vec<SignatureScheme>),
    /// Asks whether the server would send heartbeats.
    Heartbeat(HeartbeatMode),
    /// Application protocols in order of preference.
    Alpn(Vec<Vec<u8>>),
    /// Asks for signed certificate timestamps.
    SignedCertificateTimestamp,
    /// So many zero bytes.
    Padding(u16),
    /// Offers MAC over ciphertext for CBC suites.
    EncryptThenMac,
    /// Offers RFC 7627's master secret.
    ExtendedMasterSecret,
    /// The longest record wanted, in bytes.
    RecordSizeLimit(u16),
    /// A ticket, or empty to ask for one.
    SessionTicket(Vec<u8>),
    /// Versions in order of preference.
    SupportedVersions(Vec<ProtocolVersion>),
    /// What a HelloRetryRequest wanted back.
    Cookie(Vec<u8>),
    /// How tickets may be used.
    PskKeyExchangeModes(Vec<PskKeyExchangeMode>),
    /// Public keys; an empty list asks for a HelloRetryRequest.
    KeyShare(Vec<KeyShareEntry>),
    /// The verify data of the handshake before; empty in a first one.
    RenegotiationInfo(Vec<u8>),
    /// Anything else.
    Raw(RawExtension),
}

impl ClientExtension {
    /// Returns which extension this is.
    pub fn kind(&self) -> ExtensionType {
        use ExtensionType as T;
        match self {
            Self::ServerName(_) => T::SERVER_NAME,
            Self::MaxFragmentLength(_) => T::MAX_FRAGMENT_LENGTH,
            Self::StatusRequest => T::STATUS_REQUEST,
            Self::SupportedGroups(_) => T::SUPPORTED_GROUPS,
            Self::EcPointFormats(_) => T::EC_POINT_FORMATS,
            Self::SignatureAlgorithms(_) => T::SIGNATURE_ALGORITHMS,
            Self::SignatureAlgorithmsCert(_) => T::SIGNATURE_ALGORITHMS_CERT,
            Self::Heartbeat(_) => T::HEARTBEAT,
            Self::Alpn(_) => T::ALPN,
            Self::SignedCertificateTimestamp => T::SIGNED_CERTIFICATE_TIMESTAMP,
            Self::Padding(_) => T::PADDING,
            Self::EncryptThenMac => T::ENCRYPT_THEN_MAC,
            Self::ExtendedMasterSecret => T::EXTENDED_MASTER_SECRET,
            Self::RecordSizeLimit(_) => T::RECORD_SIZE_LIMIT,
            Self::SessionTicket(_) => T::SESSION_TICKET,
            Self::SupportedVersions(_) => T::SUPPORTED_VERSIONS,
            Self::Cookie(_) => T::COOKIE,
            Self::PskKeyExchangeModes(_) => T::PSK_KEY_EXCHANGE_MODES,
            Self::KeyShare(_) => T::KEY_SHARE,
            Self::RenegotiationInfo(_) => T::RENEGOTIATION_INFO,
            Self::Raw(raw) => raw.kind,
        }
    }

    /// Reads an extension; a body that is not what its type promises is kept as [`Self::Raw`].
    pub fn read(kind: ExtensionType, body: &[u8]) -> Self {
        Self::read_known(kind, body).unwrap_or_else(|_| Self::Raw(RawExtension { kind, body: body.to_vec() }))
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        self.put_body(&mut body);
        put_extension(out, self.kind(), &body);
    }

    fn put_body(&self, out: &mut Vec<u8>) {
        match self {
            Self::ServerName(host) => server_name::put(out, host),
            Self::MaxFragmentLength(code) => max_fragment_length::put(out, *code),
            Self::StatusRequest => status_request::put(out),
            Self::SupportedGroups(groups) => supported_groups::put(out, groups),
            Self::EcPointFormats(formats) => ec_point_formats::put(out, formats),
            Self::SignatureAlgorithms(schemes) | Self::SignatureAlgorithmsCert(schemes) => {
                signature_algorithms::put(out, schemes);
            }
            Self::Heartbeat(mode) => heartbeat::put(out, *mode),
            Self::Alpn(protocols) => alpn::put(out, protocols),
            Self::SignedCertificateTimestamp | Self::EncryptThenMac | Self::ExtendedMasterSecret => {}
            Self::Padding(zeros) => padding::put(out, *zeros),
            Self::RecordSizeLimit(bytes) => record_size_limit::put(out, *bytes),
            Self::SessionTicket(ticket) => session_ticket::put(out, ticket),
            Self::SupportedVersions(versions) => supported_versions::put(out, versions),
            Self::Cookie(bytes) => cookie::put(out, bytes),
            Self::PskKeyExchangeModes(modes) => psk_key_exchange_modes::put(out, modes),
            Self::KeyShare(entries) => key_share::put_client(out, entries),
            Self::RenegotiationInfo(data) => renegotiation_info::put(out, data),
            Self::Raw(raw) => out.extend_from_slice(&raw.body),
        }
    }

    fn read_known(kind: ExtensionType, body: &[u8]) -> Result<Self, Malformed> {
        use ExtensionType as T;
        read_whole(body, |reader| {
            Ok(match kind {
                T::SERVER_NAME => Self::ServerName(server_name::read(reader)?),
                T::MAX_FRAGMENT_LENGTH => Self::MaxFragmentLength(max_fragment_length::read(reader)?),
                T::STATUS_REQUEST => {
                    status_request::read(reader)?;
                    Self::StatusRequest
                }
                T::SUPPORTED_GROUPS => Self::SupportedGroups(supported_groups::read(reader)?),
                T::EC_POINT_FORMATS => Self::EcPointFormats(ec_point_formats::read(reader)?),
                T::SIGNATURE_ALGORITHMS => Self::SignatureAlgorithms(signature_algorithms::read(reader)?),
                T::SIGNATURE_ALGORITHMS_CERT => {
                    Self::SignatureAlgorithmsCert(signature_algorithms::read(reader)?)
                }
                T::HEARTBEAT => Self::Heartbeat(heartbeat::read(reader)?),
                T::ALPN => Self::Alpn(alpn::read(reader)?),
                T::SIGNED_CERTIFICATE_TIMESTAMP => Self::SignedCertificateTimestamp,
                T::PADDING => Self::Padding(padding::read(reader)?),
                T::ENCRYPT_THEN_MAC => Self::EncryptThenMac,
                T::EXTENDED_MASTER_SECRET => Self::ExtendedMasterSecret,
                T::RECORD_SIZE_LIMIT => Self::RecordSizeLimit(record_size_limit::read(reader)?),
                T::SESSION_TICKET => Self::SessionTicket(session_ticket::read(reader)?),
                T::SUPPORTED_VERSIONS => Self::SupportedVersions(supported_versions::read(reader)?),
                T::COOKIE => Self::Cookie(cookie::read(reader)?),
                T::PSK_KEY_EXCHANGE_MODES => Self::PskKeyExchangeModes(psk_key_exchange_modes::read(reader)?),
                T::KEY_SHARE => Self::KeyShare(key_share::read_client(reader)?),
                T::RENEGOTIATION_INFO => Self::RenegotiationInfo(renegotiation_info::read(reader)?),
                _ => Self::Raw(RawExtension { kind, body: reader.take_rest().to_vec() }),
            })
        })
    }
}
