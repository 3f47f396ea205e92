//! What a server may put into its hello or its HelloRetryRequest.

use super::{
    KeyShareEntry, RawExtension, alpn, cookie, ec_point_formats, heartbeat, key_share, max_fragment_length,
    put_extension, read_whole, record_size_limit, renegotiation_info, signed_certificate_timestamp,
    supported_groups,
};
use crate::names::{ExtensionType, HeartbeatMode, NamedGroup, PointFormat, ProtocolVersion};
use crate::reader::Malformed;

/// An extension of a ServerHello or HelloRetryRequest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerExtension {
    /// The server used the client's `server_name`.
    ServerName,
    /// The record length agreed: 1 to 4 for 2^9 to 2^12 bytes.
    MaxFragmentLength(u8),
    /// A CertificateStatus message may follow.
    StatusRequest,
    /// The server's groups, which some servers send unasked.
    SupportedGroups(Vec<NamedGroup>),
    /// How the server can read points.
    EcPointFormats(Vec<PointFormat>),
    /// Whether the server accepts heartbeats.
    Heartbeat(HeartbeatMode),
    /// The application protocols chosen, one if the server obeys RFC 7301.
    Alpn(Vec<Vec<u8>>),
    /// Signed certificate timestamps.
    SignedCertificateTimestamp(Vec<Vec<u8>>),
    /// MAC over ciphertext is agreed.
    EncryptThenMac,
    /// RFC 7627's master secret is agreed.
    ExtendedMasterSecret,
    /// The longest record the server wants, in bytes.
    RecordSizeLimit(u16),
    /// A ticket will follow.
    SessionTicket,
    /// The version really chosen.
    SupportedVersions(ProtocolVersion),
    /// What the next ClientHello must bring back.
    Cookie(Vec<u8>),
    /// The server's public key.
    KeyShare(KeyShareEntry),
    /// The group in which a HelloRetryRequest wants a key.
    KeyShareRetry(NamedGroup),
    /// Secure renegotiation is supported; the verify data are empty in a first handshake.
    RenegotiationInfo(Vec<u8>),
    /// Anything else.
    Raw(RawExtension),
}

impl ServerExtension {
    /// Returns which extension this is.
    pub fn kind(&self) -> ExtensionType {
        use ExtensionType as T;
        match self {
            Self::ServerName => T::SERVER_NAME,
            Self::MaxFragmentLength(_) => T::MAX_FRAGMENT_LENGTH,
            Self::StatusRequest => T::STATUS_REQUEST,
            Self::SupportedGroups(_) => T::SUPPORTED_GROUPS,
            Self::EcPointFormats(_) => T::EC_POINT_FORMATS,
            Self::Heartbeat(_) => T::HEARTBEAT,
            Self::Alpn(_) => T::ALPN,
            Self::SignedCertificateTimestamp(_) => T::SIGNED_CERTIFICATE_TIMESTAMP,
            Self::EncryptThenMac => T::ENCRYPT_THEN_MAC,
            Self::ExtendedMasterSecret => T::EXTENDED_MASTER_SECRET,
            Self::RecordSizeLimit(_) => T::RECORD_SIZE_LIMIT,
            Self::SessionTicket => T::SESSION_TICKET,
            Self::SupportedVersions(_) => T::SUPPORTED_VERSIONS,
            Self::Cookie(_) => T::COOKIE,
            Self::KeyShare(_) | Self::KeyShareRetry(_) => T::KEY_SHARE,
            Self::RenegotiationInfo(_) => T::RENEGOTIATION_INFO,
            Self::Raw(raw) => raw.kind,
        }
    }

    /// Reads an extension; a body that is not what its type promises is kept as [`Self::Raw`].
    ///
    /// `retry` says that it stands in a HelloRetryRequest, where `key_share` is a group alone.
    pub fn read(kind: ExtensionType, body: &[u8], retry: bool) -> Self {
        Self::read_known(kind, body, retry)
            .unwrap_or_else(|_| Self::Raw(RawExtension { kind, body: body.to_vec() }))
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        self.put_body(&mut body);
        put_extension(out, self.kind(), &body);
    }

    fn put_body(&self, out: &mut Vec<u8>) {
        match self {
            Self::ServerName
            | Self::StatusRequest
            | Self::EncryptThenMac
            | Self::ExtendedMasterSecret
            | Self::SessionTicket => {}
            Self::MaxFragmentLength(code) => max_fragment_length::put(out, *code),
            Self::SupportedGroups(groups) => supported_groups::put(out, groups),
            Self::EcPointFormats(formats) => ec_point_formats::put(out, formats),
            Self::Heartbeat(mode) => heartbeat::put(out, *mode),
            Self::Alpn(protocols) => alpn::put(out, protocols),
            Self::SignedCertificateTimestamp(timestamps) => {
                signed_certificate_timestamp::put(out, timestamps)
            }
            Self::RecordSizeLimit(bytes) => record_size_limit::put(out, *bytes),
            Self::SupportedVersions(version) => out.extend_from_slice(&version.0.to_be_bytes()),
            Self::Cookie(bytes) => cookie::put(out, bytes),
            Self::KeyShare(entry) => key_share::put_server(out, entry),
            Self::KeyShareRetry(group) => out.extend_from_slice(&group.0.to_be_bytes()),
            Self::RenegotiationInfo(data) => renegotiation_info::put(out, data),
            Self::Raw(raw) => out.extend_from_slice(&raw.body),
        }
    }

    fn read_known(kind: ExtensionType, body: &[u8], retry: bool) -> Result<Self, Malformed> {
        use ExtensionType as T;
        read_whole(body, |reader| {
            Ok(match kind {
                T::SERVER_NAME => Self::ServerName,
                T::MAX_FRAGMENT_LENGTH => Self::MaxFragmentLength(max_fragment_length::read(reader)?),
                T::STATUS_REQUEST => Self::StatusRequest,
                T::SUPPORTED_GROUPS => Self::SupportedGroups(supported_groups::read(reader)?),
                T::EC_POINT_FORMATS => Self::EcPointFormats(ec_point_formats::read(reader)?),
                T::HEARTBEAT => Self::Heartbeat(heartbeat::read(reader)?),
                T::ALPN => Self::Alpn(alpn::read(reader)?),
                T::SIGNED_CERTIFICATE_TIMESTAMP => {
                    Self::SignedCertificateTimestamp(signed_certificate_timestamp::read(reader)?)
                }
                T::ENCRYPT_THEN_MAC => Self::EncryptThenMac,
                T::EXTENDED_MASTER_SECRET => Self::ExtendedMasterSecret,
                T::RECORD_SIZE_LIMIT => Self::RecordSizeLimit(record_size_limit::read(reader)?),
                T::SESSION_TICKET => Self::SessionTicket,
                T::SUPPORTED_VERSIONS => Self::SupportedVersions(ProtocolVersion(reader.u16()?)),
                T::COOKIE => Self::Cookie(cookie::read(reader)?),
                T::KEY_SHARE if retry => Self::KeyShareRetry(NamedGroup(reader.u16()?)),
                T::KEY_SHARE => Self::KeyShare(key_share::read_server(reader)?),
                T::RENEGOTIATION_INFO => Self::RenegotiationInfo(renegotiation_info::read(reader)?),
                _ => Self::Raw(RawExtension { kind, body: reader.take_rest().to_vec() }),
            })
        })
    }
}
