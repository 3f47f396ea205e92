//! PCI DSS 4.0.1, June 2024: what its requirement 4.2.1 asks of a server that card data passes through.
//!
//! The standard asks for strong cryptography and names no list: secure versions only, no fallback to insecure ones, keys that
//! are trusted and in force (4.2.1). Its glossary sets 112 bits of effective strength as the least. What that means for
//! TLS follows RFC 8996 for versions and NIST SP 800-57 for strengths. The requirements were read in copies of the standard, not in the
//! original. Requirements 2.2.7 (administrators' logins) and 12.3.3 (a yearly reviewed inventory of suites and protocols)
//! cannot be seen from outside; a report at full depth in JSON is such an inventory. Trust, names and revocation are told
//! by the rules on certificates.

use super::{BEFORE_TLS12, BROKEN_HASHES, Demand, Level, MAIL, Policy, Requirement, SuiteKind};

/// PCI DSS.
pub(super) const POLICY: Policy = Policy {
    name: "pci-dss-4",
    title: "PCI DSS: strong cryptography in transit",
    publisher: "PCI Security Standards Council",
    edition: "4.0.1",
    date: "2024-06",
    source: "https://www.pcisecuritystandards.org/document_library/",
    note: "Trust, names and revocation are told by the rules on certificates. 2.2.7 and 12.3.3 cannot be seen from outside.",
    requirements: &[
        Requirement {
            section: "4.2.1",
            text: "No insecure version is spoken: nothing older than TLS 1.2.",
            level: Level::Must,
            demand: Demand::NoVersions(BEFORE_TLS12),
        },
        Requirement {
            section: "4.2.1",
            text: "No suite without encryption, with RC4, or with less than 112 bits of security is accepted.",
            level: Level::Must,
            demand: Demand::NoSuites(SuiteKind::Below112Bits),
        },
        Requirement {
            section: "4.2.1",
            text: "Every accepted suite proves who the server is.",
            level: Level::Must,
            demand: Demand::NoSuites(SuiteKind::Anonymous),
        },
        Requirement {
            section: "4.2.1",
            text: "No suite with less than 128 bits of security is accepted, such as triple DES.",
            level: Level::Should,
            demand: Demand::NoSuites(SuiteKind::Below128Bits),
        },
        Requirement {
            section: "4.2.1",
            text: "Ephemeral Diffie-Hellman is over primes of 2048 bits at least.",
            level: Level::Must,
            demand: Demand::DhBits(2048),
        },
        Requirement {
            section: "4.2.1",
            text: "No curve of fewer than 224 bits is used.",
            level: Level::Must,
            demand: Demand::CurveBits(224),
        },
        Requirement {
            section: "4.2.1",
            text: "Keys of certificates have 2048 bits of RSA at least, or are of curves of 224 bits.",
            level: Level::Must,
            demand: Demand::KeyBits { rsa: 2048, curve: 224 },
        },
        Requirement {
            section: "4.2.1",
            text: "No handshake is signed over MD5 or SHA-1.",
            level: Level::Must,
            demand: Demand::NoSchemes(BROKEN_HASHES),
        },
        Requirement {
            section: "4.2.1",
            text: "No certificate is signed over MD5 or SHA-1.",
            level: Level::Must,
            demand: Demand::SignatureHashes(&[
                "sha224",
                "sha256",
                "sha384",
                "sha512",
                "sha3-224",
                "sha3-256",
                "sha3-384",
                "sha3-512",
                "Ed25519",
                "Ed448",
                "ML-DSA-44",
                "ML-DSA-65",
                "ML-DSA-87",
            ]),
        },
        Requirement {
            section: "4.2.1",
            text: "The certificate has begun and has not ended.",
            level: Level::Must,
            demand: Demand::InForce,
        },
        Requirement {
            section: "4.2.1",
            text: "TLS does not compress.",
            level: Level::Should,
            demand: Demand::NoCompression,
        },
        Requirement {
            section: "4.2.1",
            text: "TLS 1.2 has renegotiation_info (RFC 5746).",
            level: Level::Should,
            demand: Demand::SecureRenegotiation,
        },
    ],
    ..MAIL
};
