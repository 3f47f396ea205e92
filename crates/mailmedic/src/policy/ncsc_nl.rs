//! NCSC-NL's security guidelines for TLS, version 2025-05.
//!
//! The guidelines rate settings good, sufficient, to be phased out, or insufficient: what is insufficient misses a must
//! here, what is to be phased out misses a should. The ratings were compared with Internet.nl, which the Dutch government
//! runs by them; the sections are those that it cites. Hybrids with ML-KEM are not held against a server. Not judged: OCSP
//! stapling, the order of suites, how often a client may renegotiate.

use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::{BEFORE_TLS12, BROKEN_HASHES, Demand, Level, MAIL, Policy, Requirement};

/// NCSC-NL.
pub(super) const POLICY: Policy = Policy {
    name: "ncsc-nl",
    title: "NCSC-NL: security guidelines for TLS",
    publisher: "NCSC (Netherlands)",
    edition: "version 2025-05",
    date: "2025-05",
    source: "https://www.ncsc.nl/en/transport-layer-security/ICT-beveiligingsrichtlijnen-voor-TLS",
    note: "Must: nothing that is rated insufficient. Should: nothing that is to be phased out. Not judged: OCSP stapling, the order of suites, how often a client may renegotiate.",
    requirements: &[
        Requirement {
            section: "3.3.1",
            text: "Nothing older than TLS 1.2 is spoken.",
            level: Level::Must,
            demand: Demand::NoVersions(BEFORE_TLS12),
        },
        Requirement {
            section: "3.3.1",
            text: "TLS 1.3 is spoken.",
            level: Level::Should,
            demand: Demand::Speaks(ProtocolVersion::TLSv1_3),
        },
        Requirement {
            section: "3.3.2",
            text: "Keys of certificates have 2048 bits of RSA at least, or are of curves of 224 bits.",
            level: Level::Must,
            demand: Demand::KeyBits { rsa: 2048, curve: 224 },
        },
        Requirement {
            section: "3.3.2",
            text: "Keys of RSA in certificates have 3072 bits at least.",
            level: Level::Should,
            demand: Demand::KeyBits { rsa: 3072, curve: 256 },
        },
        Requirement {
            section: "3.3.2",
            text: "A key of a curve is of P-256, P-384, P-521, P-224 or Brainpool.",
            level: Level::Must,
            demand: Demand::KeyCurves(&[
                "secp256r1",
                "secp384r1",
                "secp521r1",
                "secp224r1",
                "brainpoolP256r1",
                "brainpoolP384r1",
                "brainpoolP512r1",
            ]),
        },
        Requirement {
            section: "3.3.2.1 / 3.3.3.1",
            text: "Only NIST's curves from P-224 on, Brainpool, X25519, X448 and finite fields from ffdhe3072 on are used, alone or with ML-KEM.",
            level: Level::Must,
            demand: Demand::Groups(TOLERATED_GROUPS),
        },
        Requirement {
            section: "3.3.2.1 / 3.3.3.1",
            text: "No group that is to be phased out is used: P-224 and finite fields.",
            level: Level::Should,
            demand: Demand::Groups(GROUPS),
        },
        Requirement {
            section: "3.3.3.1",
            text: "Ephemeral Diffie-Hellman is over the primes of RFC 7919 from 3072 bits on.",
            level: Level::Must,
            demand: Demand::DhGroups(&[
                NamedGroup::FFDHE3072,
                NamedGroup::FFDHE4096,
                NamedGroup::FFDHE6144,
                NamedGroup::FFDHE8192,
            ]),
        },
        Requirement {
            section: "3.3.3 / 3.3.4",
            text: "No insufficient suite is accepted: without forward secrecy, over SHA-1, or with weak encryption.",
            level: Level::Must,
            demand: Demand::Suites(TOLERATED_SUITES),
        },
        Requirement {
            section: "3.3.3 / 3.3.4",
            text: "No suite that is to be phased out is accepted: CBC, DHE, Camellia and ARIA.",
            level: Level::Should,
            demand: Demand::Suites(SUITES),
        },
        Requirement {
            section: "3.3.5",
            text: "No handshake is signed over MD5 or SHA-1.",
            level: Level::Must,
            demand: Demand::NoSchemes(BROKEN_HASHES),
        },
        Requirement {
            section: "3.3.5",
            text: "No handshake is signed over SHA-224.",
            level: Level::Should,
            demand: Demand::NoSchemes(&[
                SignatureScheme::RSA_PKCS1_SHA224,
                SignatureScheme::DSA_SHA224,
                SignatureScheme::ECDSA_SHA224,
            ]),
        },
        Requirement {
            section: "3.3.5",
            text: "Certificates are signed over SHA-224 or a stronger hash.",
            level: Level::Must,
            demand: Demand::SignatureHashes(&["sha224", "sha256", "sha384", "sha512", "Ed25519", "Ed448"]),
        },
        Requirement {
            section: "3.3.5",
            text: "Certificates are signed over SHA-256 or a stronger hash.",
            level: Level::Should,
            demand: Demand::SignatureHashes(&["sha256", "sha384", "sha512", "Ed25519", "Ed448"]),
        },
        Requirement {
            section: "3.4.1",
            text: "TLS does not compress.",
            level: Level::Must,
            demand: Demand::NoCompression,
        },
        Requirement {
            section: "3.4.2",
            text: "TLS 1.2 has renegotiation_info (RFC 5746).",
            level: Level::Must,
            demand: Demand::SecureRenegotiation,
        },
        Requirement {
            section: "3.4.4",
            text: "No early data is taken in TLS 1.3.",
            level: Level::Must,
            demand: Demand::NoEarlyData,
        },
        Requirement {
            section: "4.1",
            text: "TLS 1.2 has extended_master_secret (RFC 7627).",
            level: Level::Must,
            demand: Demand::ExtendedMasterSecret,
        },
    ],
    ..MAIL
};

/// Appendix B: good, then sufficient.
const SUITES: &[CipherSuite] = &[
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_128_CCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CCM,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// The same, then what is to be phased out.
const TOLERATED_SUITES: &[CipherSuite] = &[
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_128_CCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CCM,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CAMELLIA_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CAMELLIA_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_ARIA_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_ARIA_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_ARIA_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_ARIA_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CAMELLIA_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_CAMELLIA_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_CAMELLIA_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CAMELLIA_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_ARIA_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_ARIA_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_ARIA_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_ARIA_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_256_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_128_GCM_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_ARIA_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_ARIA_256_CBC_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_ARIA_128_GCM_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_ARIA_128_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CCM,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CCM,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
];

/// Good groups, and hybrids.
const GROUPS: &[NamedGroup] = &[
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::BRAINPOOLP256R1,
    NamedGroup::BRAINPOOLP384R1,
    NamedGroup::BRAINPOOLP512R1,
    NamedGroup::BRAINPOOLP256R1TLS13,
    NamedGroup::BRAINPOOLP384R1TLS13,
    NamedGroup::BRAINPOOLP512R1TLS13,
    NamedGroup::X25519,
    NamedGroup::X448,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::X25519MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
];

/// The same, then what is to be phased out.
const TOLERATED_GROUPS: &[NamedGroup] = &[
    NamedGroup::SECP256R1,
    NamedGroup::SECP384R1,
    NamedGroup::SECP521R1,
    NamedGroup::BRAINPOOLP256R1,
    NamedGroup::BRAINPOOLP384R1,
    NamedGroup::BRAINPOOLP512R1,
    NamedGroup::BRAINPOOLP256R1TLS13,
    NamedGroup::BRAINPOOLP384R1TLS13,
    NamedGroup::BRAINPOOLP512R1TLS13,
    NamedGroup::X25519,
    NamedGroup::X448,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::X25519MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
    NamedGroup::SECP224R1,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::FFDHE6144,
    NamedGroup::FFDHE8192,
];
