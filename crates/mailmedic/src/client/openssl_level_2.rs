//! OpenSSL at security level 2, as Debian and Ubuntu build it and as OpenSSL 3.2 and later do by themselves.

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, OF_NAME};
use crate::peer::{
    Demand, Flaw, Keys, Kind, Known, NameRules, Names, PathBuilding, Peer, Search, TlsFloor, Wildcard, Words,
};
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "openssl-level-2",
    name: "OpenSSL at security level 2",
    short: "OpenSSL",
    kind: Kind::Library,
    like: None,
    demand: Demand::Verified,
    roots: &[Store::Debian12],
    roots_note: "the distribution's ca-certificates, here those of Debian 12",
    path: PathBuilding {
        search: Search::FirstFit { prefers_valid: true },
        most_intermediates: None,
        fetches: false,
        remembers: false,
    },
    names: NameRules {
        common_name: true,
        wildcard: Wildcard::WholeLabel,
        top_level: false,
        underscore: true,
        next_hop: false,
    },
    keys: Keys {
        // The strength is rounded to a multiple of 8 bits, so that somewhat fewer than 2048 bits pass.
        rsa_bits: 1962,
        issuer_rsa_bits: 1962,
        curves: Names::Any,
        issuer_curves: Names::Any,
        curve_bits: 224,
        explicit_curves: false,
        others: Names::Any,
        issuer_others: Names::Any,
    },
    rejects: REJECTS,
    bears: &[],
    asks: &[],
    lifetimes: &[],
    timestamps: false,
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: None,
        dh_bits: 2048,
        sha1_signatures: false,
        lacks: &[crate::policy::SuiteKind::Below128Bits],
        cbc: true,
        rsa_bits: 2048 - 86,
        signers: Names::Only(&["Ed25519", "Ed448"]),
        digital_signature: false,
    },
    sends_name: true,
    words: WORDS,
    words_source: "messages of OpenSSL 3.0.22 as measured on 2026-11-21",
    note: "Its own command takes a wildcard that is part of a label; programs mostly forbid that. The default level is 1 up to OpenSSL 3.1 and 2 from 3.2; Debian and Ubuntu set 2 in their builds. It goes \
           no way back: of several issuers that fit by name, one that is in force is taken and kept.",
    known: Known {
        measured: true,
        by: "OpenSSL 3.0.22 of Debian 12, level 2, on labelled fault chains, and s_client against 64 servers on loopback",
        date: "2026-11-29",
    },
};

/// What OpenSSL refuses at any level above 0.
pub(super) const REJECTS: &[&[Flaw]] = &[
    BY_ALL,
    &[
        Flaw::RootOutOfDate,
        Flaw::KeyUnreadable,
        Flaw::SignatureSha1Private,
        Flaw::UsageAnyOnly,
        Flaw::IntermediateUsageWrong,
        Flaw::IntermediateUsageAnyOnly,
        Flaw::MayNotSign,
        Flaw::RootUnfit,
    ],
];

/// The messages of X509_verify_cert_error_string.
pub(super) const WORDS: &[Words] = &[
    Words {
        of: &[Flaw::Expired, Flaw::RootOutOfDate, Flaw::IntermediateOutOfDate],
        text: "certificate has expired (10)",
    },
    Words { of: &[Flaw::NotYetValid], text: "certificate is not yet valid (9)" },
    Words { of: &[Flaw::SelfSigned], text: "self-signed certificate (18)" },
    Words {
        of: &[Flaw::UnknownIssuer, Flaw::Incomplete, Flaw::UntrustedRoot, Flaw::RootDistrusted],
        text: "unable to get local issuer certificate (20), or self-signed certificate in certificate chain (19) \
               where the root is sent",
    },
    Words { of: OF_NAME, text: "hostname mismatch (62), or IP address mismatch (64)" },
    Words {
        of: &[Flaw::UsageWrong, Flaw::UsageAnyOnly, Flaw::IntermediateUsageWrong],
        text: "unsuitable certificate purpose (26)",
    },
    Words {
        of: &[Flaw::KeySmall],
        text: "EE certificate key too weak (66), or CA certificate key too weak (67)",
    },
    Words { of: &[Flaw::KeyExplicitCurve], text: "Certificate public key has explicit ECC parameters (94)" },
    Words {
        of: &[Flaw::SignatureMd5, Flaw::SignatureSha1, Flaw::SignatureSha1Private],
        text: "CA signature digest algorithm too weak (68)",
    },
    Words { of: &[Flaw::SignatureWrong], text: "certificate signature failure (7)" },
    Words {
        of: &[Flaw::NameConstraint],
        text: "permitted subtree violation (47), or excluded subtree violation (48)",
    },
    Words { of: &[Flaw::CriticalUnknown], text: "unhandled critical extension (34)" },
    Words { of: &[Flaw::NotCa, Flaw::IntermediateOldVersion], text: "invalid CA certificate (79)" },
    Words { of: &[Flaw::PathTooLong], text: "path length constraint exceeded (25)" },
];
