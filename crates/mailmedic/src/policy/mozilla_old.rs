//! Mozilla's configuration "old": as many clients as possible.
//!
//! From Mozilla's machine-readable guidelines, version 5.8, the last that has it: version 6.0, released on the same day,
//! dropped it. The sections are its keys. As with "modern", the levels are ours and `ocsp_staple` is left out.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use super::mozilla_modern::GROUPS;
use super::{Demand, KeyKind, Level, MAIL, Policy, Requirement};

/// Mozilla old.
pub(super) const POLICY: Policy = Policy {
    name: "mozilla-old",
    title: "Mozilla old: TLS 1.0 to 1.3, for clients of long ago",
    publisher: "Mozilla",
    edition: "5.8",
    date: "2026-04-06",
    source: "https://ssl-config.mozilla.org/guidelines/5.8.json",
    note: "Version 6.0 of the guidelines has no such configuration any more. OCSP stapling is not judged here.",
    requirements: &[
        Requirement {
            section: "tls_versions",
            text: "TLS 1.3 is spoken.",
            level: Level::Must,
            demand: Demand::Speaks(ProtocolVersion::TLSv1_3),
        },
        Requirement {
            section: "tls_versions",
            text: "TLS 1.2 is spoken.",
            level: Level::Must,
            demand: Demand::Speaks(ProtocolVersion::TLSv1_2),
        },
        Requirement {
            section: "tls_versions",
            text: "TLS 1.0 is spoken, for clients that know nothing newer.",
            level: Level::Should,
            demand: Demand::Speaks(ProtocolVersion::TLSv1_0),
        },
        Requirement {
            section: "tls_versions",
            text: "Neither SSL 2 nor SSL 3 is spoken.",
            level: Level::Must,
            demand: Demand::NoVersions(&[ProtocolVersion::SSLv2, ProtocolVersion::SSLv3]),
        },
        Requirement {
            section: "ciphers",
            text: "Only suites of the list are accepted; the weakest of them is RSA with triple DES.",
            level: Level::Must,
            demand: Demand::Suites(SUITES),
        },
        Requirement {
            section: "tls_curves",
            text: "Only X25519MLKEM768, X25519, P-256 and P-384 are used.",
            level: Level::Should,
            demand: Demand::Groups(GROUPS),
        },
        Requirement {
            section: "certificate_types",
            text: "The certificate has an RSA key.",
            level: Level::Must,
            demand: Demand::KeyKinds(&[KeyKind::Rsa]),
        },
        Requirement {
            section: "rsa_key_size",
            text: "Keys of RSA have 2048 bits at least.",
            level: Level::Must,
            demand: Demand::KeyBits { rsa: 2048, curve: 256 },
        },
        Requirement {
            section: "certificate_signatures",
            text: "The certificate is signed with RSA over SHA-256.",
            level: Level::Should,
            demand: Demand::Signatures(&["sha256WithRSAEncryption"]),
        },
        Requirement {
            section: "maximum_certificate_lifespan",
            text: "The certificate is good for 366 days at most.",
            level: Level::Must,
            demand: Demand::Lifetime(366),
        },
        Requirement {
            section: "server_preferred_order",
            text: "The server's order of suites decides.",
            level: Level::Must,
            demand: Demand::ServerOrder(true),
        },
    ],
    ..MAIL
};

const SUITES: &[CipherSuite] = &[
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_256_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
];
