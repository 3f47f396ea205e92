//! BSI TR-02102-2, version 2025-01: use of TLS.
//!
//! The guideline recommends and lists; whoever claims it keeps to the lists. So what it lists for versions, suites and
//! keys is a must here, what it recommends beside, and the groups, a should. The lists were compared with TLS-Scanner's
//! encoding of version 2025-01, the sections with the tls-compliance-dataset. Version 2026-01 is out; its tables could not be read. It is
//! known to keep the suites with ECDHE, to end those with DHE after 2029 and TLS 1.2 after 2031. Hybrids with ML-KEM,
//! which part 1 of the guideline recommends, are not held against a server. Not judged: psk_ke, truncated_hmac, heartbeat.

use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion};

use super::{BEFORE_TLS12, BROKEN_HASHES, Demand, Level, MAIL, Policy, Requirement};

/// BSI TR-02102-2.
pub(super) const POLICY: Policy = Policy {
    name: "bsi-tr-02102-2",
    title: "BSI TR-02102-2: use of TLS",
    publisher: "BSI (Germany)",
    edition: "version 2025-01",
    date: "2025-01",
    source: "https://www.bsi.bund.de/dok/TR-02102",
    note: "Version 2026-01 is out and not encoded yet. Not judged: psk_ke, truncated_hmac, heartbeat.",
    requirements: &[
        Requirement {
            section: "3.2",
            text: "TLS 1.2 or TLS 1.3 is all that is spoken.",
            level: Level::Must,
            demand: Demand::NoVersions(BEFORE_TLS12),
        },
        Requirement {
            section: "3.2",
            text: "TLS 1.3 is spoken.",
            level: Level::Should,
            demand: Demand::Speaks(ProtocolVersion::TLSv1_3),
        },
        Requirement {
            section: "3.3.1 / 3.4.4",
            text: "Only suites of the lists with AES are accepted; ChaCha20 and CBC over SHA-1 are not among them.",
            level: Level::Must,
            demand: Demand::Suites(SUITES),
        },
        Requirement {
            section: "3.3.2 / 3.4.2",
            text: "Only P-256, P-384, P-521, Brainpool, ffdhe3072 and ffdhe4096 are used, alone or with ML-KEM; X25519 alone is none of them.",
            level: Level::Should,
            demand: Demand::Groups(GROUPS),
        },
        Requirement {
            section: "3.3.3 / 3.4.3",
            text: "No handshake is signed over MD5 or SHA-1.",
            level: Level::Must,
            demand: Demand::NoSchemes(BROKEN_HASHES),
        },
        Requirement {
            section: "3.3.4",
            text: "TLS 1.2 has renegotiation_info (RFC 5746).",
            level: Level::Should,
            demand: Demand::SecureRenegotiation,
        },
        Requirement {
            section: "3.3.4",
            text: "TLS does not compress.",
            level: Level::Should,
            demand: Demand::NoCompression,
        },
        Requirement {
            section: "3.3.4",
            text: "Suites in CBC mode are used only with encrypt_then_mac (RFC 7366).",
            level: Level::Should,
            demand: Demand::CbcOnlyEncryptThenMac,
        },
        Requirement {
            section: "3.3.4",
            text: "TLS 1.2 has extended_master_secret (RFC 7627).",
            level: Level::Should,
            demand: Demand::ExtendedMasterSecret,
        },
        Requirement {
            section: "3.4.1",
            text: "No early data is taken in TLS 1.3.",
            level: Level::Should,
            demand: Demand::NoEarlyData,
        },
        Requirement {
            section: "3.6.1",
            text: "Keys of certificates have 3000 bits of RSA at least, or are of curves of 250 bits.",
            level: Level::Must,
            demand: Demand::KeyBits { rsa: 3000, curve: 250 },
        },
        Requirement {
            section: "3.6.1",
            text: "Ephemeral Diffie-Hellman is over primes of 3000 bits at least.",
            level: Level::Must,
            demand: Demand::DhBits(3000),
        },
        Requirement {
            section: "3.4.3",
            text: "Certificates are signed over SHA-256, SHA-384 or SHA-512.",
            level: Level::Must,
            demand: Demand::SignatureHashes(&["sha256", "sha384", "sha512"]),
        },
    ],
    ..MAIL
};

/// §3.4.4 for TLS 1.3, then §3.3.1 for TLS 1.2.
const SUITES: &[CipherSuite] = &[
    CipherSuite::TLS_AES_128_GCM_SHA256,
    CipherSuite::TLS_AES_256_GCM_SHA384,
    CipherSuite::TLS_AES_128_CCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_CCM,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_CCM,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_DSS_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DHE_DSS_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DHE_DSS_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DHE_DSS_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DHE_RSA_WITH_AES_128_CCM,
    CipherSuite::TLS_DHE_RSA_WITH_AES_256_CCM,
    CipherSuite::TLS_ECDH_ECDSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDH_ECDSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDH_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDH_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDH_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_ECDH_RSA_WITH_AES_256_CBC_SHA384,
    CipherSuite::TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDH_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DH_DSS_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DH_DSS_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DH_DSS_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DH_DSS_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_DH_RSA_WITH_AES_128_CBC_SHA256,
    CipherSuite::TLS_DH_RSA_WITH_AES_256_CBC_SHA256,
    CipherSuite::TLS_DH_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_DH_RSA_WITH_AES_256_GCM_SHA384,
];

/// §3.3.2 and §3.4.2, and hybrids.
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
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::SECP256R1MLKEM768,
    NamedGroup::X25519MLKEM768,
    NamedGroup::SECP384R1MLKEM1024,
];
