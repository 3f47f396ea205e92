use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::extension::tests::{any_client, any_server};
use crate::extension::{ClientExtension, KeyShareEntry, RawExtension, ServerExtension};
use crate::names::{
    CipherSuite, CompressionMethod, ContentType, ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme,
};
use crate::reader::Malformed;
use crate::record::Record;

fn numbers() -> impl Strategy<Value = Vec<u8>> + Clone {
    vec(any::<u8>(), 0..70)
}

fn any_params() -> impl Strategy<Value = (CipherSuite, bool, ServerParams)> {
    let dh = (numbers(), numbers(), numbers())
        .prop_map(|(prime, generator, public)| ServerParams::Dh(DhParams { prime, generator, public }))
        .boxed();
    let curve = prop_oneof![
        any::<u16>().prop_map(|group| Curve::Named(NamedGroup(group))),
        (numbers(), [numbers(), numbers(), numbers(), numbers(), numbers()])
            .prop_map(|(prime, rest)| Curve::ExplicitPrime { prime, rest }),
        (
            any::<u16>(),
            prop_oneof![vec(numbers(), 1), vec(numbers(), 3)],
            [numbers(), numbers(), numbers(), numbers(), numbers()]
        )
            .prop_map(|(degree, basis, rest)| Curve::ExplicitChar2 { degree, basis, rest }),
    ];
    let ecdh = (curve, numbers()).prop_map(|(curve, public)| ServerParams::Ecdh { curve, public }).boxed();
    let rsa = (numbers(), numbers())
        .prop_map(|(modulus, exponent)| ServerParams::Rsa(RsaParams { modulus, exponent }));
    let srp = (numbers(), numbers(), numbers(), numbers()).prop_map(|(prime, generator, salt, public)| {
        ServerParams::Srp(SrpParams { prime, generator, salt, public })
    });
    prop_oneof![
        dh.clone().prop_map(|params| (CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA, false, params)),
        dh.prop_map(|params| (CipherSuite::TLS_DHE_PSK_WITH_AES_128_CBC_SHA, true, params)),
        ecdh.clone().prop_map(|params| (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, false, params)),
        ecdh.prop_map(|params| (CipherSuite::TLS_ECDHE_PSK_WITH_NULL_SHA, true, params)),
        rsa.prop_map(|params| (CipherSuite::TLS_RSA_EXPORT_WITH_RC4_40_MD5, false, params)),
        srp.prop_map(|params| (CipherSuite::TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA, false, params)),
        Just((CipherSuite::TLS_PSK_WITH_NULL_SHA, true, ServerParams::Psk)),
    ]
}

proptest! {
    #[test]
    fn client_hellos_read_as_written(
        version in any::<u16>(), random in any::<[u8; 32]>(), session_id in vec(any::<u8>(), 0..33),
        suites in vec(any::<u16>(), 0..200), methods in vec(any::<u8>(), 0..4),
        extensions in proptest::option::of(vec(any_client(), 0..12)),
    ) {
        let hello = ClientHello {
            legacy_version: ProtocolVersion(version),
            random,
            session_id,
            cipher_suites: suites.into_iter().map(CipherSuite).collect(),
            compression_methods: methods.into_iter().map(CompressionMethod).collect(),
            extensions,
        };
        prop_assert_eq!(ClientHello::read(&hello.encode()), Ok(hello));
    }

    #[test]
    fn server_hellos_read_as_written(
        version in any::<u16>(), random in any::<[u8; 32]>(), session_id in vec(any::<u8>(), 0..33),
        suite in any::<u16>(), method in any::<u8>(),
        plain in proptest::option::of(vec(any_server(false), 0..8)), retry in proptest::option::of(vec(any_server(true), 0..8)),
    ) {
        for (random, extensions) in [(random, plain), (ServerHello::RETRY_RANDOM, retry)] {
            let hello = ServerHello {
                legacy_version: ProtocolVersion(version),
                random,
                session_id: session_id.clone(),
                cipher_suite: CipherSuite(suite),
                compression_method: CompressionMethod(method),
                extensions,
            };
            prop_assert_eq!(ServerHello::read(&hello.encode()), Ok(hello));
        }
    }

    #[test]
    fn key_exchanges_read_as_written(
        (suite, hinted, params) in any_params(), hint in numbers(), bytes in proptest::option::of(numbers()),
        scheme in any::<u16>(), new in any::<bool>(),
    ) {
        let version = if new { ProtocolVersion::TLSv1_2 } else { ProtocolVersion::TLSv1_0 };
        let scheme = new.then_some(SignatureScheme(scheme));
        let exchange = ServerKeyExchange {
            params,
            psk_hint: hinted.then_some(hint),
            signature: bytes.map(|bytes| Signature { scheme, bytes }),
        };
        prop_assert_eq!(ServerKeyExchange::read(&exchange.encode(), suite, version), Ok(exchange));
    }

    #[test]
    fn certificate_messages_read_as_written(
        certificates in vec(vec(any::<u8>(), 0..300), 0..9), types in vec(any::<u8>(), 0..5),
        schemes in vec(any::<u16>(), 0..5), authorities in vec(vec(any::<u8>(), 0..50), 0..5),
    ) {
        let status = CertificateStatus { ocsp_response: certificates.concat() };
        prop_assert_eq!(CertificateStatus::read(&status.encode()), Ok(status));
        let list = CertificateList { certificates, malformed: None };
        prop_assert_eq!(CertificateList::read(&list.encode()), list);
        for version in [ProtocolVersion::TLSv1_1, ProtocolVersion::TLSv1_2] {
            let new = version == ProtocolVersion::TLSv1_2;
            let request = CertificateRequest {
                certificate_types: types.clone(),
                signature_algorithms: schemes.iter().filter(|_| new).map(|scheme| SignatureScheme(*scheme)).collect(),
                authorities: authorities.clone(),
            };
            prop_assert_eq!(CertificateRequest::read(&request.encode(version), version), Ok(request));
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in vec(any::<u8>(), 0..200), suite in any::<u16>(), version in any::<u16>()) {
        let (suite, version) = (CipherSuite(suite), ProtocolVersion(version));
        if let Ok(hello) = ClientHello::read(&bytes) {
            prop_assert_eq!(hello.encode(), bytes.clone());
        }
        if let Ok(hello) = ServerHello::read(&bytes) {
            prop_assert_eq!(hello.encode(), bytes.clone());
        }
        if let Ok(exchange) = ServerKeyExchange::read(&bytes, suite, version) {
            prop_assert_eq!(exchange.encode(), bytes.clone());
        }
        if let Ok(request) = CertificateRequest::read(&bytes, version) {
            prop_assert_eq!(request.encode(version), bytes.clone());
        }
        if let Ok(status) = CertificateStatus::read(&bytes) {
            prop_assert_eq!(status.encode(), bytes.clone());
        }
        prop_assert!(CertificateList::read(&bytes).certificates.concat().len() <= bytes.len());
    }
}

#[test]
fn an_ssl3_hello_has_no_extensions() {
    let suite = CipherSuite::TLS_RSA_WITH_RC4_128_SHA;
    let hello = ClientHello::new(ProtocolVersion::SSLv3, [1; 32], &[suite]);
    let mut expected = vec![3, 0];
    expected.extend([1; 32]);
    expected.extend([0, 0, 2, 0, 5, 1, 0]);
    assert_eq!(hello.encode(), expected);
    let records = hello.encode_records(ProtocolVersion::SSLv3);
    assert_eq!(records[..9], [22, 3, 0, 0, 45, 1, 0, 0, 41]);
}

#[test]
fn a_new_hello_offers_what_its_version_needs() {
    let kinds = |version, suite| {
        let hello = ClientHello::new(version, [1; 32], &[suite]).with_server_name("mail.example.");
        hello.extensions.unwrap().iter().map(ClientExtension::kind).collect::<Vec<_>>()
    };
    use ExtensionType as T;
    assert_eq!(
        kinds(ProtocolVersion::TLSv1_0, CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA),
        [T::SERVER_NAME, T::EXTENDED_MASTER_SECRET, T::RENEGOTIATION_INFO]
    );
    assert_eq!(
        kinds(ProtocolVersion::TLSv1_2, CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA),
        [
            T::SERVER_NAME,
            T::EXTENDED_MASTER_SECRET,
            T::RENEGOTIATION_INFO,
            T::SUPPORTED_GROUPS,
            T::EC_POINT_FORMATS,
            T::SIGNATURE_ALGORITHMS
        ]
    );
    assert_eq!(
        kinds(ProtocolVersion::TLSv1_3, CipherSuite::TLS_AES_128_GCM_SHA256),
        [T::SERVER_NAME, T::SUPPORTED_GROUPS, T::SIGNATURE_ALGORITHMS, T::SUPPORTED_VERSIONS, T::KEY_SHARE]
    );
}

#[test]
fn with_replaces_and_keeps_the_order() {
    let raw = |kind| ClientExtension::Raw(RawExtension { kind, body: Vec::new() });
    let hello = ClientHello::new(ProtocolVersion::TLSv1_3, [1; 32], &[CipherSuite::TLS_AES_128_GCM_SHA256])
        .with(raw(ExtensionType::PRE_SHARED_KEY))
        .with(ClientExtension::Padding(3))
        .with(raw(ExtensionType(0x0A0A)))
        .with(ClientExtension::SupportedGroups(vec![NamedGroup::MLKEM768]))
        .with_server_name("mail.example.")
        .without(ExtensionType::SIGNATURE_ALGORITHMS);
    let kinds: Vec<_> = hello.extensions.iter().flatten().map(|extension| extension.kind().0).collect();
    assert_eq!(kinds, [0, 0x0A0A, 10, 43, 51, 21, 41]);
    let groups = ClientExtension::SupportedGroups(vec![NamedGroup::MLKEM768]);
    assert_eq!(hello.extension(ExtensionType::SUPPORTED_GROUPS), Some(&groups));
    let name = ClientExtension::ServerName("mail.example".to_owned());
    assert_eq!(hello.extension(ExtensionType::SERVER_NAME), Some(&name));
}

#[test]
fn a_hello_too_long_for_its_fields_is_cut_at_whole_items() {
    let mut hello = ClientHello::new(ProtocolVersion::TLSv1_2, [1; 32], &[CipherSuite(0x1234); 40_000]);
    hello =
        hello.with(ClientExtension::SessionTicket(vec![1; 60_000])).with(ClientExtension::Padding(60_000));
    let read = ClientHello::read(&hello.encode()).unwrap();
    assert_eq!(read.cipher_suites.len(), 32_767);
    assert!(read.extension(ExtensionType::SESSION_TICKET).is_some());
    assert!(read.extension(ExtensionType::PADDING).is_none());
    let records = hello.encode_records(ProtocolVersion::TLSv1_0);
    let (first, length) = Record::read(&records).unwrap().unwrap();
    assert_eq!((first.content, length), (ContentType::HANDSHAKE, 5 + (1 << 14)));
}

#[test]
fn a_server_hello_tells_its_real_version_and_downgrades() {
    let mut hello = ServerHello {
        legacy_version: ProtocolVersion::TLSv1_2,
        random: [3; 32],
        session_id: Vec::new(),
        cipher_suite: CipherSuite::TLS_AES_128_GCM_SHA256,
        compression_method: CompressionMethod::NULL,
        extensions: None,
    };
    assert_eq!(
        (hello.version(), hello.downgrade(), hello.is_retry()),
        (ProtocolVersion::TLSv1_2, None, false)
    );
    hello.random[24..].copy_from_slice(b"DOWNGRD\x01");
    assert_eq!(hello.downgrade(), Some(Downgrade::Tls12));
    hello.random[31] = 0;
    assert_eq!(hello.downgrade(), Some(Downgrade::Tls11OrOlder));
    let share = KeyShareEntry { group: NamedGroup::X25519, key: vec![9; 32] };
    hello.extensions = Some(vec![
        ServerExtension::SupportedVersions(ProtocolVersion::TLSv1_3),
        ServerExtension::KeyShare(share),
    ]);
    assert_eq!((hello.version(), hello.group()), (ProtocolVersion::TLSv1_3, Some(NamedGroup::X25519)));
}

#[test]
fn certificates_over_the_bounds_are_left_out_and_noted() {
    let many = CertificateList { certificates: vec![vec![1]; 101], malformed: None };
    let read = CertificateList::read(&many.encode());
    assert_eq!((read.certificates.len(), read.malformed), (100, Some(Malformed::TooManyCertificates)));
    let large = CertificateList { certificates: vec![vec![1; 100_000]; 3], malformed: None };
    let read = CertificateList::read(&large.encode());
    assert_eq!((read.certificates.len(), read.malformed), (2, Some(Malformed::TooManyCertificates)));
}

#[test]
fn certificates_before_a_fault_are_kept() {
    let good = CertificateList { certificates: vec![vec![1; 5], vec![2; 5]], malformed: None }.encode();
    let read = CertificateList::read(&good[..good.len() - 1]);
    assert_eq!(read.certificates, [vec![1; 5]]);
    assert!(read.malformed.is_some());
    let read = CertificateList::read(&[good.clone(), vec![0]].concat());
    assert_eq!((read.certificates.len(), read.malformed), (2, Some(Malformed::Trailing("certificate"))));
}

#[test]
fn bits_ignore_leading_zeros() {
    for (number, expected) in
        [(&[][..], 0), (&[0, 0], 0), (&[1], 1), (&[0, 0x80, 0], 16), (&[0x7F, 0xFF], 15)]
    {
        assert_eq!(bits(number), expected);
    }
}

#[test]
fn an_unknown_suite_keeps_its_key_exchange_whole() {
    let read = ServerKeyExchange::read(&[1, 2, 3], CipherSuite(0xC0FE), ProtocolVersion::TLSv1_2).unwrap();
    assert_eq!(read.params, ServerParams::Other(vec![1, 2, 3]));
}
