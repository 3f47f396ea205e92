//! GnuTLS with its priority string NORMAL.

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, OF_NAME, openssl_level_2};
use crate::peer::{Flaw, Keys, Known, Names, PathBuilding, Peer, Search, TlsFloor, Words};

pub(super) const PEER: Peer = Peer {
    id: "gnutls",
    name: "GnuTLS",
    short: "GnuTLS",
    path: PathBuilding {
        search: Search::FirstFit { prefers_valid: false },
        most_intermediates: Some(14),
        ..openssl_level_2::PEER.path
    },
    keys: Keys {
        rsa_bits: 0,
        issuer_rsa_bits: 0,
        curves: Names::Any,
        issuer_curves: Names::Any,
        curve_bits: 0,
        explicit_curves: true,
        others: Names::Any,
        issuer_others: Names::Any,
    },
    rejects: &[
        BY_ALL,
        &[
            Flaw::RootOutOfDate,
            Flaw::StapleMissing,
            Flaw::KeyUnreadable,
            Flaw::SignatureSha1Private,
            Flaw::IntermediateUsageWrong,
            Flaw::MayNotSign,
            Flaw::RootUnfit,
        ],
    ],
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_0,
        perhaps: None,
        dh_bits: 1008,
        sha1_signatures: true,
        lacks: &[crate::policy::SuiteKind::Below128Bits],
        cbc: true,
        rsa_bits: 0,
        signers: Names::Only(&["Ed25519", "Ed448"]),
        digital_signature: true,
    },
    words: WORDS,
    words_source: "messages of GnuTLS 3.7.9 as measured on 2026-11-21",
    note: "A certificate whose key usage lacks digitalSignature fails in the handshake. It sorts what is served and takes the first issuer of the right name: a server that sends an old \
           intermediate beside its renewal passes elsewhere and fails here.",
    known: Known {
        measured: true,
        by: "GnuTLS 3.7.9 of Debian 12 on labelled fault chains, and gnutls-cli against 64 servers on loopback",
        date: "2026-11-29",
    },
    ..openssl_level_2::PEER
};

pub(super) const WORDS: &[Words] = &[
    Words {
        of: &[Flaw::Expired, Flaw::IntermediateOutOfDate, Flaw::RootOutOfDate],
        text: "The certificate is NOT trusted. The certificate chain uses expired certificate.",
    },
    Words {
        of: &[Flaw::NotYetValid],
        text: "The certificate is NOT trusted. The certificate chain uses not yet valid certificate.",
    },
    Words {
        of: &[
            Flaw::SelfSigned,
            Flaw::UnknownIssuer,
            Flaw::Incomplete,
            Flaw::UntrustedRoot,
            Flaw::RootDistrusted,
        ],
        text: "The certificate is NOT trusted. The certificate issuer is unknown.",
    },
    Words {
        of: OF_NAME,
        text: "The certificate is NOT trusted. The name in the certificate does not match the expected.",
    },
    Words {
        of: &[Flaw::UsageWrong, Flaw::IntermediateUsageWrong],
        text: "The certificate is NOT trusted. The certificate chain does not match the intended purpose.",
    },
    Words {
        of: &[Flaw::SignatureMd5, Flaw::SignatureSha1, Flaw::SignatureSha1Private],
        text: "The certificate is NOT trusted. The certificate chain uses insecure algorithm.",
    },
    Words { of: &[Flaw::SignatureWrong], text: "The signature in the certificate is invalid." },
    Words {
        of: &[Flaw::StapleMissing],
        text: "The certificate is NOT trusted. The certificate requires the server to include an OCSP status in its \
               response, but the OCSP status is missing.",
    },
    Words { of: &[Flaw::KeyUsageUnfit], text: "Key usage violation in certificate has been detected." },
    Words {
        of: &[Flaw::NameConstraint, Flaw::MayNotSign, Flaw::PathTooLong],
        text: "The certificate chain violates the signer's constraints.",
    },
    Words {
        of: &[Flaw::CriticalUnknown],
        text: "The certificate is NOT trusted. The certificate contains an unknown critical extension.",
    },
    Words {
        of: &[Flaw::NotCa, Flaw::IntermediateOldVersion],
        text: "The certificate is NOT trusted. The certificate issuer is not a CA.",
    },
];
