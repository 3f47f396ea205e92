//! Thunderbird on the desktop.

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, OF_NAME, USUAL_CURVES};
use crate::peer::{
    Demand, Flaw, Keys, Kind, Known, NameRules, Names, PathBuilding, Peer, Search, TlsFloor, Wildcard, Words,
};
use crate::policy::SuiteKind;
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "thunderbird",
    name: "Thunderbird on the desktop",
    short: "Thunderbird",
    kind: Kind::MailProgram,
    like: None,
    demand: Demand::Verified,
    roots: &[Store::Mozilla],
    roots_note: "Mozilla's, and those that the user imports",
    path: PathBuilding { search: Search::All, most_intermediates: Some(6), fetches: false, remembers: true },
    names: NameRules {
        common_name: false,
        wildcard: Wildcard::WholeLabel,
        top_level: false,
        underscore: true,
        next_hop: false,
    },
    keys: Keys {
        rsa_bits: 1024,
        issuer_rsa_bits: 1024,
        curves: Names::Only(USUAL_CURVES),
        issuer_curves: Names::Only(USUAL_CURVES),
        curve_bits: 256,
        explicit_curves: false,
        others: Names::Only(&[]),
        issuer_others: Names::Only(&[]),
    },
    rejects: &[
        BY_ALL,
        &[
            Flaw::RootOutOfDate,
            Flaw::KeyUnreadable,
            Flaw::SignatureSha1Private,
            Flaw::UsageAnyOnly,
            Flaw::IntermediateUsageWrong,
            Flaw::IntermediateUsageAnyOnly,
            Flaw::LeafIsCa,
            Flaw::StapleMissing,
            Flaw::MayNotSign,
            Flaw::RootUnfit,
        ],
    ],
    bears: &[],
    asks: &[],
    lifetimes: &[],
    timestamps: false,
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: None,
        dh_bits: 0,
        sha1_signatures: true,
        lacks: &[SuiteKind::FiniteFieldDhe, SuiteKind::Below128Bits],
        cbc: true,
        rsa_bits: 1024,
        signers: Names::Only(&[]),
        digital_signature: false,
    },
    sends_name: true,
    words: WORDS,
    words_source: "the texts of Thunderbird 153.7 ESR (Debian 12, 2026-11) and of NSS",
    note: "It does not connect. A button beside the message, Add Exception, makes a lasting exception for a name, \
           dates or an issuer that are wrong. It has the intermediates of public roots beforehand, so that a missing \
           one mostly goes unnoticed; one of your own CA does not.",
    known: Known {
        measured: true,
        by: "Thunderbird 153.8.0 ESR against 64 servers on loopback, mozilla::pkix of NSS (2026-05) on labelled fault \
             chains; texts and preloaded intermediates from Thunderbird's files",
        date: "2026-11-29",
    },
};

const WORDS: &[Words] = &[
    Words {
        of: OF_NAME,
        text: "The certificate for HOST is not valid for that server. Someone could be trying to impersonate the \
               server and you should not continue.",
    },
    Words { of: &[Flaw::Expired], text: "The certificate for HOST expired on DATE." },
    Words { of: &[Flaw::NotYetValid], text: "The certificate for HOST will not be valid until DATE." },
    Words {
        of: &[
            Flaw::SelfSigned,
            Flaw::UntrustedRoot,
            Flaw::RootDistrusted,
            Flaw::UnknownIssuer,
            Flaw::Incomplete,
            Flaw::IntermediateOutOfDate,
        ],
        text: "The certificate for HOST does not come from a trusted source.",
    },
    Words {
        of: &[Flaw::UsageWrong, Flaw::UsageAnyOnly, Flaw::IntermediateUsageWrong],
        text: "Certificate type not approved for application.",
    },
    Words {
        of: &[Flaw::KeySmall],
        text: "The server presented a certificate with a key size that is too small to establish a secure connection.",
    },
    Words {
        of: &[Flaw::SignatureMd5, Flaw::SignatureSha1, Flaw::SignatureSha1Private],
        text: "The certificate was signed using a signature algorithm that is disabled because it is not secure.",
    },
    Words { of: &[Flaw::SignatureWrong], text: "Peer's certificate has an invalid signature." },
    Words {
        of: &[Flaw::NameConstraint],
        text: "The Certifying Authority for this certificate is not permitted to issue a certificate with this name.",
    },
    Words { of: &[Flaw::CriticalUnknown], text: "Certificate contains unknown critical extension." },
    Words {
        of: &[Flaw::LeafIsCa],
        text: "The server uses a certificate with a basic constraints extension identifying it as a certificate \
               authority.",
    },
    Words { of: &[Flaw::NotCa], text: "Issuer certificate is invalid." },
    Words { of: &[Flaw::MayNotSign], text: "Certificate key usage inadequate for attempted operation." },
    Words { of: &[Flaw::PathTooLong], text: "Certificate path length constraint is invalid." },
    Words { of: &[Flaw::StapleMissing], text: "A required TLS feature is missing." },
];
