//! The x509 verification of Python's package cryptography.

use super::{BY_ALL, openssl_level_2, rustls};
use crate::peer::{Flaw, Keys, Known, NameRules, Names, Peer, Words};

pub(super) const PEER: Peer = Peer {
    id: "python-cryptography",
    name: "Python (cryptography)",
    short: "Python's cryptography",
    like: Some("rustls"),
    roots: openssl_level_2::PEER.roots,
    roots_note: "whatever the program gives, mostly certifi's copy of Mozilla's or the system's, here Debian 12's",
    path: crate::peer::PathBuilding { most_intermediates: Some(8), ..rustls::PEER.path },
    names: NameRules { underscore: false, ..rustls::PEER.names },
    keys: Keys {
        rsa_bits: 0,
        issuer_rsa_bits: 2048,
        curves: Names::Any,
        issuer_curves: Names::Only(super::USUAL_CURVES),
        curve_bits: 0,
        explicit_curves: true,
        others: Names::Any,
        issuer_others: Names::Only(&[]),
    },
    rejects: &[
        BY_ALL,
        &[
            Flaw::RootOutOfDate,
            Flaw::SignatureSha1Private,
            Flaw::UsageAnyOnly,
            Flaw::IntermediateUsageWrong,
            Flaw::IntermediateUsageAnyOnly,
            Flaw::LeafIsCa,
            Flaw::LeafOldVersion,
            Flaw::Malformed,
            Flaw::AuthorityKeyMissing,
            Flaw::SerialNegative,
            Flaw::SignsWithoutCa,
            Flaw::MayNotSign,
            Flaw::PolicyMissing,
            Flaw::RootUnfit,
        ],
    ],
    words: WORDS,
    words_source: "errors of cryptography 50.0.2 as measured on 2026-11-21",
    note: "It only verifies and speaks no TLS of its own: programs use it for certificates that they have by other \
           ways. Hosts with an underscore cannot be asked for.",
    known: Known { measured: true, by: "cryptography 50.0.2 on labelled fault chains", date: "2026-11-21" },
    ..openssl_level_2::PEER
};

const WORDS: &[Words] = &[
    Words {
        of: &[Flaw::Expired, Flaw::NotYetValid, Flaw::IntermediateOutOfDate, Flaw::RootOutOfDate],
        text: "validation failed: cert is not valid at validation time",
    },
    Words {
        of: &[
            Flaw::SelfSigned,
            Flaw::UnknownIssuer,
            Flaw::Incomplete,
            Flaw::UntrustedRoot,
            Flaw::RootDistrusted,
        ],
        text: "validation failed: candidates exhausted: all candidates exhausted with no interior errors",
    },
    Words {
        of: &[Flaw::NameMismatch, Flaw::WildcardMisused],
        text: "validation failed: leaf certificate has no matching subjectAltName",
    },
    Words { of: &[Flaw::UsageWrong, Flaw::UsageAnyOnly], text: "validation failed: required EKU not found" },
    Words {
        of: &[Flaw::LeafIsCa],
        text: "validation failed: basicConstraints.cA must not be asserted in an EE certificate",
    },
    Words {
        of: &[Flaw::SignatureWrong],
        text: "validation failed: candidates exhausted: signature does not match",
    },
    Words {
        of: &[Flaw::IntermediateOldVersion],
        text: "validation failed: candidates exhausted: certificate must be an X509v3 certificate",
    },
];
