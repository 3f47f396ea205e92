//! Go's crypto/x509 and crypto/tls.

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, openssl_level_2};
use crate::peer::{
    Flaw, Keys, Known, NameRules, Names, PathBuilding, Peer, Search, TlsFloor, Wildcard, Words,
};
use crate::policy::SuiteKind;

pub(super) const PEER: Peer = Peer {
    id: "go",
    name: "Go (crypto/tls)",
    short: "Go",
    roots_note: "those of the system it runs on, here Debian 12's",
    path: PathBuilding { search: Search::All, ..openssl_level_2::PEER.path },
    names: NameRules {
        common_name: false,
        wildcard: Wildcard::WholeLabel,
        top_level: true,
        underscore: true,
        next_hop: false,
    },
    keys: Keys {
        rsa_bits: 0,
        issuer_rsa_bits: 0,
        curves: CURVES,
        issuer_curves: CURVES,
        curve_bits: 224,
        explicit_curves: false,
        others: Names::Any,
        issuer_others: Names::Only(&["Ed25519"]),
    },
    rejects: &[
        BY_ALL,
        &[
            Flaw::RootOutOfDate,
            Flaw::KeyUnreadable,
            Flaw::SignatureSha1Private,
            Flaw::IntermediateUsageWrong,
            Flaw::MayNotSign,
            Flaw::PolicyMissing,
            Flaw::RootUnfit,
        ],
    ],
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: None,
        dh_bits: 0,
        sha1_signatures: true,
        lacks: &[SuiteKind::FiniteFieldDhe],
        cbc: true,
        rsa_bits: 0,
        signers: Names::Only(&["Ed25519"]),
        digital_signature: false,
    },
    words: WORDS,
    words_source: "messages of Go 1.19 as measured on 2026-11-21",
    note: "It has no suites with ephemeral Diffie-Hellman over finite fields at all.",
    known: Known {
        measured: true,
        by: "crypto/x509 of Go 1.19 on labelled fault chains, and Go 1.19.8 against 64 servers on loopback",
        date: "2026-11-29",
    },
    ..openssl_level_2::PEER
};

const CURVES: Names = Names::Only(&["secp224r1", "secp256r1", "secp384r1", "secp521r1"]);

const WORDS: &[Words] = &[
    Words {
        of: &[Flaw::Expired, Flaw::NotYetValid, Flaw::IntermediateOutOfDate, Flaw::RootOutOfDate],
        text: "x509: certificate has expired or is not yet valid: current time DATE is after DATE",
    },
    Words {
        of: &[
            Flaw::SelfSigned,
            Flaw::UnknownIssuer,
            Flaw::Incomplete,
            Flaw::UntrustedRoot,
            Flaw::RootDistrusted,
        ],
        text: "x509: certificate signed by unknown authority",
    },
    Words {
        of: &[Flaw::NameMismatch, Flaw::WildcardMisused],
        text: "x509: certificate is valid for NAMES, not HOST",
    },
    Words { of: &[Flaw::UsageWrong], text: "x509: certificate specifies an incompatible key usage" },
    Words {
        of: &[Flaw::CommonNameOnly],
        text: "x509: certificate relies on legacy Common Name field, use SANs instead",
    },
    Words {
        of: &[Flaw::AddressUnnamed],
        text: "x509: cannot validate certificate for HOST because it doesn't contain any IP SANs",
    },
    Words { of: &[Flaw::PathTooLong], text: "x509: too many intermediates for path length constraint" },
    Words {
        of: &[Flaw::NameConstraint],
        text: "x509: a root or intermediate certificate is not authorized to sign for this name: …",
    },
    Words { of: &[Flaw::KeyForeign], text: "x509: unsupported elliptic curve" },
    Words { of: &[Flaw::KeyExplicitCurve], text: "x509: invalid ECDSA parameters" },
    Words {
        of: &[Flaw::SignatureSha1, Flaw::SignatureSha1Private, Flaw::SignatureMd5],
        text: "x509: certificate signed by unknown authority (possibly because of \"x509: cannot verify signature: \
               insecure algorithm SHA1-RSA\" …)",
    },
    Words { of: &[Flaw::CriticalUnknown], text: "x509: unhandled critical extension" },
    Words {
        of: &[Flaw::NotCa, Flaw::IntermediateOldVersion],
        text: "x509: certificate is not authorized to sign other certificates",
    },
];
