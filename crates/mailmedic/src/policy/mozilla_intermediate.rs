//! Mozilla's configuration "intermediate": for general use.
//!
//! From Mozilla's machine-readable guidelines, version 6.0, released on 2026-04-06; the sections are its keys. As with
//! "modern", the levels are ours and `ocsp_staple` is left out; `dh_param_size` has nothing to say, since no suite of
//! the list uses it.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use super::mozilla_modern::{CURVES, GROUPS};
use super::{BEFORE_TLS12, Demand, KeyKind, Level, MAIL, Policy, Requirement};

/// Mozilla intermediate.
pub(super) const POLICY: Policy = Policy {
    name: "mozilla-intermediate",
    title: "Mozilla intermediate: TLS 1.2 and 1.3, for general use",
    publisher: "Mozilla",
    edition: "6.0",
    date: "2026-04-06",
    source: "https://ssl-config.mozilla.org/guidelines/6.0.json",
    note: "OCSP stapling is not judged here.",
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
            text: "Nothing older than TLS 1.2 is spoken.",
            level: Level::Must,
            demand: Demand::NoVersions(BEFORE_TLS12),
        },
        Requirement {
            section: "ciphers",
            text: "Only suites with ECDHE and AES-GCM or ChaCha20-Poly1305 are accepted.",
            level: Level::Must,
            demand: Demand::Suites(&[
                CipherSuite::TLS_AES_128_GCM_SHA256,
                CipherSuite::TLS_AES_256_GCM_SHA384,
                CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
                CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            ]),
        },
        Requirement {
            section: "tls_curves",
            text: "Only X25519MLKEM768, X25519, P-256 and P-384 are used.",
            level: Level::Should,
            demand: Demand::Groups(GROUPS),
        },
        Requirement {
            section: "certificate_types",
            text: "The certificate has an ECDSA or RSA key.",
            level: Level::Must,
            demand: Demand::KeyKinds(&[KeyKind::Ecdsa, KeyKind::Rsa]),
        },
        Requirement {
            section: "certificate_curves",
            text: "An ECDSA key is of P-256 or P-384.",
            level: Level::Must,
            demand: Demand::KeyCurves(CURVES),
        },
        Requirement {
            section: "rsa_key_size",
            text: "Keys of RSA have 2048 bits at least.",
            level: Level::Must,
            demand: Demand::KeyBits { rsa: 2048, curve: 256 },
        },
        Requirement {
            section: "certificate_signatures",
            text: "The certificate is signed with RSA over SHA-256, or with ECDSA over SHA-256, SHA-384 or SHA-512.",
            level: Level::Should,
            demand: Demand::Signatures(&[
                "sha256WithRSAEncryption",
                "ecdsa-with-SHA256",
                "ecdsa-with-SHA384",
                "ecdsa-with-SHA512",
            ]),
        },
        Requirement {
            section: "maximum_certificate_lifespan",
            text: "The certificate is good for 366 days at most.",
            level: Level::Must,
            demand: Demand::Lifetime(366),
        },
        Requirement {
            section: "recommended_certificate_lifespan",
            text: "The certificate is good for 90 days at most.",
            level: Level::Should,
            demand: Demand::Lifetime(90),
        },
        Requirement {
            section: "server_preferred_order",
            text: "The client's order of suites decides.",
            level: Level::Should,
            demand: Demand::ServerOrder(false),
        },
    ],
    ..MAIL
};
