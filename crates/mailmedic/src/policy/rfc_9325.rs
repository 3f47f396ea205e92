//! RFC 9325 (BCP 195): recommendations for the secure use of TLS, November 2022.
//!
//! Encoded from the text of the RFC. RFC 10015 (July 2026) updates it and forbids, for TLS 1.2, the key exchanges that
//! §4.1 discourages; it is a document of its own and not judged here. ALPN (§3.8), which hardly a mail server
//! knows, the choice among suites (§4.2.1) and truncated_hmac (§4.6), which we never offer, are not judged.

use mailmedic_wire::names::{NamedGroup, ProtocolVersion};

use super::{BEFORE_TLS12, BROKEN_HASHES, Demand, Level, MAIL, Policy, Requirement, SuiteKind};

/// RFC 9325.
pub(super) const POLICY: Policy = Policy {
    name: "rfc-9325",
    title: "RFC 9325 (BCP 195): secure use of TLS",
    publisher: "IETF",
    edition: "RFC 9325",
    date: "2022-11",
    source: "https://www.rfc-editor.org/rfc/rfc9325",
    note: "RFC 10015 (July 2026) turns what §4.1 discourages into a prohibition. Not judged: §3.8, §4.2.1's \
           preferences, §4.4, §4.6.",
    requirements: &[
        Requirement {
            section: "3.1.1",
            text: "TLS 1.2 is spoken.",
            level: Level::Must,
            demand: Demand::Speaks(ProtocolVersion::TLSv1_2),
        },
        Requirement {
            section: "3.1.1",
            text: "TLS 1.3 is spoken.",
            level: Level::Should,
            demand: Demand::Speaks(ProtocolVersion::TLSv1_3),
        },
        Requirement {
            section: "3.1.1",
            text: "Nothing older than TLS 1.2 is spoken.",
            level: Level::Must,
            demand: Demand::NoVersions(BEFORE_TLS12),
        },
        Requirement {
            section: "3.3",
            text: "TLS does not compress.",
            level: Level::Should,
            demand: Demand::NoCompression,
        },
        Requirement {
            section: "3.5",
            text: "TLS 1.2 has renegotiation_info (RFC 5746).",
            level: Level::Must,
            demand: Demand::SecureRenegotiation,
        },
        Requirement {
            section: "3.5",
            text: "TLS 1.2 has extended_master_secret (RFC 7627).",
            level: Level::Must,
            demand: Demand::ExtendedMasterSecret,
        },
        Requirement {
            section: "4.1",
            text: "No suite without encryption, with RC4, or with less than 112 bits of security is accepted.",
            level: Level::Must,
            demand: Demand::NoSuites(SuiteKind::Below112Bits),
        },
        Requirement {
            section: "4.1",
            text: "No suite with less than 128 bits of security is accepted, such as triple DES.",
            level: Level::Should,
            demand: Demand::NoSuites(SuiteKind::Below128Bits),
        },
        Requirement {
            section: "4.1",
            text: "No suite with RSA key transport is accepted.",
            level: Level::Should,
            demand: Demand::NoSuites(SuiteKind::RsaKeyTransport),
        },
        Requirement {
            section: "4.1",
            text: "No suite with static Diffie-Hellman is accepted.",
            level: Level::Should,
            demand: Demand::NoSuites(SuiteKind::StaticDh),
        },
        Requirement {
            section: "4.1",
            text: "No suite with ephemeral Diffie-Hellman over finite fields is accepted in TLS 1.2.",
            level: Level::Should,
            demand: Demand::NoSuites(SuiteKind::FiniteFieldDhe),
        },
        Requirement {
            section: "4.2",
            text: "Suites in CBC mode are used only with encrypt_then_mac (RFC 7366).",
            level: Level::Should,
            demand: Demand::CbcOnlyEncryptThenMac,
        },
        Requirement {
            section: "4.2",
            text: "An ECDSA key is of P-256.",
            level: Level::Should,
            demand: Demand::KeyCurves(&["secp256r1"]),
        },
        Requirement {
            section: "4.2.1",
            text: "P-256 is used.",
            level: Level::Should,
            demand: Demand::AnyGroup(&[NamedGroup::SECP256R1]),
        },
        Requirement {
            section: "4.2.1",
            text: "X25519 is used.",
            level: Level::Should,
            demand: Demand::AnyGroup(&[NamedGroup::X25519]),
        },
        Requirement {
            section: "4.5",
            text: "Ephemeral Diffie-Hellman is over primes of 2048 bits at least.",
            level: Level::Must,
            demand: Demand::DhBits(2048),
        },
        Requirement {
            section: "4.5",
            text: "No curve of fewer than 224 bits is used.",
            level: Level::Must,
            demand: Demand::CurveBits(224),
        },
        Requirement {
            section: "4.5",
            text: "Keys of RSA in certificates have 2048 bits at least.",
            level: Level::Must,
            demand: Demand::KeyBits { rsa: 2048, curve: 224 },
        },
        Requirement {
            section: "4.5",
            text: "No handshake is signed over SHA-1 or MD5 (RFC 9155).",
            level: Level::Must,
            demand: Demand::NoSchemes(BROKEN_HASHES),
        },
        Requirement {
            section: "4.5",
            text: "No certificate is signed over SHA-1 or MD5.",
            level: Level::Must,
            demand: Demand::SignatureHashes(&[
                "sha224", "sha256", "sha384", "sha512", "sha3-224", "sha3-256", "sha3-384", "sha3-512",
                "Ed25519", "Ed448",
            ]),
        },
    ],
    ..MAIL
};
