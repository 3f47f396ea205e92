use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::names::{
    HeartbeatMode, NamedGroup, PointFormat, ProtocolVersion, PskKeyExchangeMode, SignatureScheme,
};

/// Any client extension whose content fits its length fields.
pub(crate) fn any_client() -> impl Strategy<Value = ClientExtension> {
    use ClientExtension as E;
    let bytes = || vec(any::<u8>(), 0..40);
    prop_oneof![
        "[a-z.-]{0,60}".prop_map(E::ServerName),
        any::<u8>().prop_map(E::MaxFragmentLength),
        Just(E::StatusRequest),
        vec(any::<u16>().prop_map(NamedGroup), 0..9).prop_map(E::SupportedGroups),
        vec(any::<u8>().prop_map(PointFormat), 0..9).prop_map(E::EcPointFormats),
        vec(any::<u16>().prop_map(SignatureScheme), 0..9).prop_map(E::SignatureAlgorithms),
        vec(any::<u16>().prop_map(SignatureScheme), 0..9).prop_map(E::SignatureAlgorithmsCert),
        any::<u8>().prop_map(|mode| E::Heartbeat(HeartbeatMode(mode))),
        vec(bytes(), 0..4).prop_map(E::Alpn),
        Just(E::SignedCertificateTimestamp),
        (0..600u16).prop_map(E::Padding),
        Just(E::EncryptThenMac),
        Just(E::ExtendedMasterSecret),
        any::<u16>().prop_map(E::RecordSizeLimit),
        bytes().prop_map(E::SessionTicket),
        vec(any::<u16>().prop_map(ProtocolVersion), 0..9).prop_map(E::SupportedVersions),
        bytes().prop_map(E::Cookie),
        vec(any::<u8>().prop_map(PskKeyExchangeMode), 0..3).prop_map(E::PskKeyExchangeModes),
        vec(any_share(), 0..3).prop_map(E::KeyShare),
        bytes().prop_map(E::RenegotiationInfo),
        any_raw().prop_map(E::Raw),
    ]
}

/// Any server extension whose content fits its length fields; `retry` as in a HelloRetryRequest.
pub(crate) fn any_server(retry: bool) -> impl Strategy<Value = ServerExtension> {
    use ServerExtension as E;
    let bytes = || vec(any::<u8>(), 0..40);
    prop_oneof![
        Just(E::ServerName),
        any::<u8>().prop_map(E::MaxFragmentLength),
        Just(E::StatusRequest),
        vec(any::<u16>().prop_map(NamedGroup), 0..9).prop_map(E::SupportedGroups),
        vec(any::<u8>().prop_map(PointFormat), 0..9).prop_map(E::EcPointFormats),
        any::<u8>().prop_map(|mode| E::Heartbeat(HeartbeatMode(mode))),
        vec(bytes(), 0..4).prop_map(E::Alpn),
        vec(bytes(), 0..4).prop_map(E::SignedCertificateTimestamp),
        Just(E::EncryptThenMac),
        Just(E::ExtendedMasterSecret),
        any::<u16>().prop_map(E::RecordSizeLimit),
        Just(E::SessionTicket),
        any::<u16>().prop_map(|version| E::SupportedVersions(ProtocolVersion(version))),
        bytes().prop_map(E::Cookie),
        any_share().prop_map(move |share| if retry {
            E::KeyShareRetry(share.group)
        } else {
            E::KeyShare(share)
        }),
        bytes().prop_map(E::RenegotiationInfo),
        any_raw().prop_map(E::Raw),
    ]
}

fn any_share() -> impl Strategy<Value = KeyShareEntry> {
    (any::<u16>(), vec(any::<u8>(), 0..40))
        .prop_map(|(group, key)| KeyShareEntry { group: NamedGroup(group), key })
}

/// An extension that no file here knows.
fn any_raw() -> impl Strategy<Value = RawExtension> {
    (0x4000..0x5000u16, vec(any::<u8>(), 0..40))
        .prop_map(|(kind, body)| RawExtension { kind: ExtensionType(kind), body })
}

/// Takes the body out of one written extension.
fn body(written: &[u8], kind: ExtensionType) -> &[u8] {
    assert_eq!(written[..2], kind.0.to_be_bytes());
    assert_eq!(usize::from(u16::from_be_bytes([written[2], written[3]])), written.len() - 4);
    &written[4..]
}

proptest! {
    #[test]
    fn client_extensions_read_as_written(extension in any_client()) {
        let mut out = Vec::new();
        extension.put(&mut out);
        prop_assert_eq!(ClientExtension::read(extension.kind(), body(&out, extension.kind())), extension);
    }

    #[test]
    fn server_extensions_read_as_written(extension in any_server(false), retry in any_server(true)) {
        for (extension, retry) in [(extension, false), (retry, true)] {
            let mut out = Vec::new();
            extension.put(&mut out);
            prop_assert_eq!(ServerExtension::read(extension.kind(), body(&out, extension.kind()), retry), extension);
        }
    }

    #[test]
    fn any_body_is_written_as_read(kind in prop_oneof![0..60u16, Just(0xFF01)], bytes in vec(any::<u8>(), 0..60)) {
        let kind = ExtensionType(kind);
        let mut client = Vec::new();
        ClientExtension::read(kind, &bytes).put(&mut client);
        prop_assert_eq!(body(&client, kind), &bytes);
        for retry in [false, true] {
            let mut server = Vec::new();
            ServerExtension::read(kind, &bytes, retry).put(&mut server);
            prop_assert_eq!(body(&server, kind), &bytes);
        }
    }
}

#[test]
fn unreadable_bodies_are_kept() {
    let kind = ExtensionType::KEY_SHARE;
    let body = vec![0, 29, 0, 32, 1];
    let raw = RawExtension { kind, body: body.clone() };
    assert_eq!(ServerExtension::read(kind, &body, false), ServerExtension::Raw(raw));
}

#[test]
fn a_key_share_may_be_empty() {
    let mut out = Vec::new();
    ClientExtension::KeyShare(Vec::new()).put(&mut out);
    assert_eq!(out, [0, 51, 0, 2, 0, 0]);
}

#[test]
fn server_name_is_written_as_rfc_6066_shows() {
    let mut out = Vec::new();
    ClientExtension::ServerName("a.b".to_owned()).put(&mut out);
    assert_eq!(out, [0, 0, 0, 8, 0, 6, 0, 0, 3, b'a', b'.', b'b']);
}

#[test]
fn status_request_asks_any_responder() {
    let mut out = Vec::new();
    ClientExtension::StatusRequest.put(&mut out);
    assert_eq!(out, [0, 5, 0, 5, 1, 0, 0, 0, 0]);
}
