//! Servers of three times, as starting points to change fields of.

use std::collections::{BTreeMap, BTreeSet};

use mailmedic_wire::names::{
    CipherKind, CipherSuite, CompressionMethod, ExtensionType, NamedGroup, ProtocolVersion, SignatureScheme,
};

use crate::complete;
use crate::dh::DhGroup;
use crate::identity::Identity;
use crate::personality::{Certificate, Key, Order, Personality, Quirks, Refusals};

impl Personality {
    /// Returns a server of today with an RSA and a P-256 certificate: TLS 1.2 and 1.3, AEAD suites, its own order.
    pub fn modern() -> Self {
        use CipherSuite as S;
        let tls12 = [
            S::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            S::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            S::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            S::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            S::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            S::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        ];
        let tls13 = [S::TLS_AES_256_GCM_SHA384, S::TLS_CHACHA20_POLY1305_SHA256, S::TLS_AES_128_GCM_SHA256];
        Self {
            ssl2: None,
            ssl2_introductions: false,
            suites: BTreeMap::from([
                (ProtocolVersion::TLSv1_2, tls12.to_vec()),
                (ProtocolVersion::TLSv1_3, tls13.to_vec()),
            ]),
            suite_order: Order::Server,
            groups: MODERN_GROUPS.to_vec(),
            group_order: Order::Server,
            prefers_sent_keys: true,
            schemes: SCHEMES.to_vec(),
            scheme_order: Order::Client,
            dh: Some(DhGroup::of_bits(2048)),
            rfc7919: false,
            certificates: vec![Certificate::shape(Key::Rsa(2048)), Certificate::shape(Key::Ec(P256))],
            compression: Vec::new(),
            extensions: BTreeSet::from([
                ExtensionType::EC_POINT_FORMATS,
                ExtensionType::ENCRYPT_THEN_MAC,
                ExtensionType::EXTENDED_MASTER_SECRET,
                ExtensionType::RENEGOTIATION_INFO,
                ExtensionType::SERVER_NAME,
                ExtensionType::SESSION_TICKET,
            ]),
            fallback_scsv: true,
            confesses_downgrades: true,
            session_ids: true,
            asks_certificate: false,
            refusals: Refusals::default(),
            quirks: Quirks::default(),
            seed: 0,
        }
    }

    /// Returns a server as it was usual until about 2018: TLS 1.0 to 1.2 with CBC suites, DHE in 1024 bits, RSA alone.
    pub fn of_2015() -> Self {
        let since_tls10 = LEGACY.to_vec();
        let tls12 = TLS12_ONLY.iter().chain(LEGACY).copied().collect();
        Self {
            ssl2_introductions: true,
            suites: BTreeMap::from([
                (ProtocolVersion::TLSv1_0, since_tls10.clone()),
                (ProtocolVersion::TLSv1_1, since_tls10),
                (ProtocolVersion::TLSv1_2, tls12),
            ]),
            groups: vec![P256],
            schemes: SCHEMES.iter().copied().filter(|scheme| scheme.0 >> 8 != 8).collect(),
            dh: Some(DhGroup::of_bits(1024)),
            certificates: vec![Certificate::shape(Key::Rsa(2048))],
            extensions: BTreeSet::from([
                ExtensionType::EC_POINT_FORMATS,
                ExtensionType::HEARTBEAT,
                ExtensionType::RENEGOTIATION_INFO,
                ExtensionType::SESSION_TICKET,
            ]),
            confesses_downgrades: false,
            ..Self::modern()
        }
    }

    /// Returns a server whose handshakes can be completed, with [`crate::Server::complete`]: TLS 1.2 with the suites, groups
    /// and schemes that need no more than this crate has.
    pub fn plain_tls12() -> Self {
        Self {
            suites: BTreeMap::from([(ProtocolVersion::TLSv1_2, complete::SUITES.to_vec())]),
            groups: vec![NamedGroup::X25519, P256],
            schemes: Identity::SCHEMES.to_vec(),
            dh: None,
            certificates: vec![Certificate::shape(Key::Rsa(2048))],
            ..Self::modern()
        }
    }

    /// Returns a server of the last century: SSL 2, SSL 3 and TLS 1.0 with RC4, EXPORT, NULL and anonymous suites, and
    /// compression; it never heard of secure renegotiation.
    pub fn of_1999() -> Self {
        let suites = [ANCIENT, ANONYMOUS].concat();
        Self {
            ssl2: Some(CipherKind::all().to_vec()),
            suites: BTreeMap::from([
                (ProtocolVersion::SSLv3, suites.clone()),
                (ProtocolVersion::TLSv1_0, suites),
            ]),
            suite_order: Order::Client,
            groups: Vec::new(),
            schemes: Vec::new(),
            dh: Some(DhGroup::of_bits(512)),
            certificates: vec![Certificate::shape(Key::Rsa(1024))],
            compression: vec![CompressionMethod::DEFLATE],
            extensions: BTreeSet::new(),
            fallback_scsv: false,
            ..Self::of_2015()
        }
    }
}

const P256: NamedGroup = NamedGroup::SECP256R1;

const MODERN_GROUPS: &[NamedGroup] = &[
    NamedGroup::X25519MLKEM768,
    NamedGroup::X25519,
    NamedGroup::SECP256R1,
    NamedGroup::X448,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
];

/// What OpenSSL 3 signs with, in its order.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_SECP256R1_SHA256,
    SignatureScheme::ECDSA_SECP384R1_SHA384,
    SignatureScheme::ECDSA_SECP521R1_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::ED448,
    SignatureScheme::RSA_PSS_PSS_SHA256,
    SignatureScheme::RSA_PSS_PSS_SHA384,
    SignatureScheme::RSA_PSS_PSS_SHA512,
    SignatureScheme::RSA_PSS_RSAE_SHA256,
    SignatureScheme::RSA_PSS_RSAE_SHA384,
    SignatureScheme::RSA_PSS_RSAE_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::ECDSA_SHA224,
    SignatureScheme::RSA_PKCS1_SHA224,
    SignatureScheme::DSA_SHA256,
    SignatureScheme::ECDSA_SHA1,
    SignatureScheme::RSA_PKCS1_SHA1,
    SignatureScheme::DSA_SHA1,
];

const TLS12_ONLY: &[CipherSuite] = &[
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA256,
];

const LEGACY: &[CipherSuite] = &[
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_SEED_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
];

const ANCIENT: &[CipherSuite] = &[
    CipherSuite::TLS_RSA_WITH_RC4_128_SHA,
    CipherSuite::TLS_RSA_WITH_RC4_128_MD5,
    CipherSuite::TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_IDEA_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_WITH_DES_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_DES_CBC_SHA,
    CipherSuite::TLS_RSA_EXPORT1024_WITH_RC4_56_SHA,
    CipherSuite::TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA,
    CipherSuite::TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA,
    CipherSuite::TLS_RSA_EXPORT_WITH_DES40_CBC_SHA,
    CipherSuite::TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5,
    CipherSuite::TLS_RSA_EXPORT_WITH_RC4_40_MD5,
    CipherSuite::TLS_RSA_WITH_NULL_SHA,
    CipherSuite::TLS_RSA_WITH_NULL_MD5,
];

const ANONYMOUS: &[CipherSuite] = &[
    CipherSuite::TLS_DH_anon_WITH_RC4_128_MD5,
    CipherSuite::TLS_DH_anon_WITH_3DES_EDE_CBC_SHA,
    CipherSuite::TLS_DH_anon_EXPORT_WITH_RC4_40_MD5,
];
