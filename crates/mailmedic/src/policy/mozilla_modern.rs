//! Mozilla's configuration "modern": TLS 1.3 alone.
//!
//! From Mozilla's machine-readable guidelines, version 6.0, released on 2026-04-06; the sections are its keys. They
//! name one configuration and no levels: what decides who can connect is a must here, the rest a should. `ocsp_staple` is
//! left out: it is asked only where the certificate names an OCSP server, and cert-staple-missing tells what hurts.

use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion};

use super::{Demand, KeyKind, Level, MAIL, Policy, Requirement};

/// Mozilla modern.
pub(super) const POLICY: Policy = Policy {
    name: "mozilla-modern",
    title: "Mozilla modern: TLS 1.3 alone",
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
            text: "Nothing older than TLS 1.3 is spoken.",
            level: Level::Must,
            demand: Demand::NoVersions(&[
                ProtocolVersion::SSLv2,
                ProtocolVersion::SSLv3,
                ProtocolVersion::TLSv1_0,
                ProtocolVersion::TLSv1_1,
                ProtocolVersion::TLSv1_2,
            ]),
        },
        Requirement {
            section: "ciphersuites",
            text: "Only AES-GCM and ChaCha20-Poly1305 of TLS 1.3 are accepted.",
            level: Level::Must,
            demand: Demand::Suites(TLS13),
        },
        Requirement {
            section: "tls_curves",
            text: "Only X25519MLKEM768, X25519, P-256 and P-384 are used.",
            level: Level::Should,
            demand: Demand::Groups(GROUPS),
        },
        Requirement {
            section: "certificate_types",
            text: "The certificate has an ECDSA key.",
            level: Level::Must,
            demand: Demand::KeyKinds(&[KeyKind::Ecdsa]),
        },
        Requirement {
            section: "certificate_curves",
            text: "The key of the certificate is of P-256 or P-384.",
            level: Level::Must,
            demand: Demand::KeyCurves(CURVES),
        },
        Requirement {
            section: "certificate_signatures",
            text: "The certificate is signed with ECDSA over SHA-256, SHA-384 or SHA-512.",
            level: Level::Should,
            demand: Demand::Signatures(&["ecdsa-with-SHA256", "ecdsa-with-SHA384", "ecdsa-with-SHA512"]),
        },
        Requirement {
            section: "maximum_certificate_lifespan",
            text: "The certificate is good for 90 days at most.",
            level: Level::Must,
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

/// `ciphersuites`: the same in every configuration.
pub(super) const TLS13: &[CipherSuite] = &[
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
];

/// `tls_curves`: the same in every configuration.
pub(super) const GROUPS: &[NamedGroup] =
    &[NamedGroup::X25519MLKEM768, NamedGroup::X25519, NamedGroup::SECP256R1, NamedGroup::SECP384R1];

/// `certificate_curves`: the same in every configuration.
pub(super) const CURVES: &[&str] = &["secp256r1", "secp384r1"];
