//! rustls with webpki.

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, openssl_level_2};
use crate::peer::{
    Flaw, Keys, Known, NameRules, Names, PathBuilding, Peer, Search, TlsFloor, Wildcard, Words,
};
use crate::policy::SuiteKind;
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "rustls",
    name: "rustls (webpki)",
    short: "rustls",
    roots: &[Store::Mozilla],
    roots_note: "Mozilla's by webpki-roots; those of the system by rustls-native-certs",
    path: PathBuilding { search: Search::All, most_intermediates: Some(6), fetches: false, remembers: false },
    names: NameRules {
        common_name: false,
        wildcard: Wildcard::WholeLabel,
        top_level: false,
        underscore: true,
        next_hop: false,
    },
    keys: Keys {
        // The key of the leaf is not looked at; those above must be of a kind that it can check.
        rsa_bits: 0,
        issuer_rsa_bits: 2041,
        curves: Names::Any,
        issuer_curves: Names::Only(super::USUAL_CURVES),
        curve_bits: 0,
        explicit_curves: true,
        others: Names::Any,
        issuer_others: Names::Only(&["Ed25519"]),
    },
    rejects: &[
        BY_ALL,
        &[
            Flaw::SignatureSha1Private,
            Flaw::UsageAnyOnly,
            Flaw::IntermediateUsageWrong,
            Flaw::IntermediateUsageAnyOnly,
            Flaw::LeafIsCa,
            Flaw::LeafOldVersion,
            Flaw::Malformed,
            Flaw::PolicyMissing,
        ],
    ],
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: None,
        dh_bits: 0,
        sha1_signatures: false,
        lacks: &[SuiteKind::FiniteFieldDhe, SuiteKind::RsaKeyTransport, SuiteKind::StaticDh],
        cbc: false,
        rsa_bits: 2041,
        signers: Names::Only(&["Ed25519"]),
        digital_signature: false,
    },
    words: WORDS,
    words_source: "errors of rustls-webpki 0.103.16 as measured on 2026-11-21",
    note: "It never reads keyUsage and takes an expired root, but looks for a way to a root with patience. The key of \
           the leaf shows only in the handshake.",
    known: Known {
        measured: true,
        by: "rustls-webpki 0.103.16 with ring and with aws-lc-rs on labelled fault chains",
        date: "2026-11-21",
    },
    ..openssl_level_2::PEER
};

const WORDS: &[Words] = &[
    Words { of: &[Flaw::Expired, Flaw::IntermediateOutOfDate], text: "CertExpired" },
    Words { of: &[Flaw::NotYetValid], text: "CertNotValidYet" },
    Words {
        of: &[
            Flaw::SelfSigned,
            Flaw::UnknownIssuer,
            Flaw::Incomplete,
            Flaw::UntrustedRoot,
            Flaw::RootDistrusted,
        ],
        text: "UnknownIssuer",
    },
    Words {
        of: &[Flaw::NameMismatch, Flaw::CommonNameOnly, Flaw::WildcardMisused, Flaw::AddressUnnamed],
        text: "CertNotValidForName",
    },
    Words {
        of: &[Flaw::UsageWrong, Flaw::UsageAnyOnly, Flaw::IntermediateUsageWrong],
        text: "RequiredEkuNotFoundContext",
    },
    Words {
        of: &[Flaw::SignatureSha1, Flaw::SignatureSha1Private, Flaw::SignatureMd5],
        text: "UnsupportedSignatureAlgorithmContext",
    },
    Words { of: &[Flaw::SignatureWrong], text: "InvalidSignatureForPublicKey" },
    Words { of: &[Flaw::CriticalUnknown], text: "UnsupportedCriticalExtension" },
    Words { of: &[Flaw::LeafIsCa], text: "CaUsedAsEndEntity" },
    Words { of: &[Flaw::NotCa], text: "EndEntityUsedAsCa" },
    Words { of: &[Flaw::IntermediateOldVersion, Flaw::LeafOldVersion], text: "UnsupportedCertVersion" },
    Words { of: &[Flaw::TooManyIntermediates], text: "MaximumPathDepthExceeded" },
];
