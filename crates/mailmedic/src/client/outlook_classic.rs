//! Classic Outlook on Windows.

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, OF_NAME, USUAL_CURVES, thunderbird};
use crate::peer::{Flaw, Keys, Known, NameRules, Names, PathBuilding, Peer, TlsFloor, Words};
use crate::policy::SuiteKind;
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "outlook-classic",
    name: "Outlook on Windows, classic",
    short: "Outlook",
    roots: &[Store::Microsoft],
    roots_note: "Microsoft's, fetched when first needed, and those of the organisation",
    path: PathBuilding {
        most_intermediates: None,
        fetches: true,
        remembers: false,
        ..thunderbird::PEER.path
    },
    names: NameRules { common_name: true, ..thunderbird::PEER.names },
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
            Flaw::IntermediateUsageWrong,
            Flaw::MayNotSign,
            Flaw::RootUnfit,
        ],
    ],
    asks: ASKS,
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: Some(ProtocolVersion::TLSv1_0),
        dh_bits: 1024,
        lacks: &[SuiteKind::Below128Bits],
        ..thunderbird::PEER.tls
    },
    words: &[
        Words {
            of: OF_NAME,
            text: "Internet Security Warning: The server you are connected to is using a security certificate that \
                   cannot be verified. The target principal name is incorrect. Do you want to continue using this \
                   server? [Yes] [No]",
        },
        Words {
            of: &[Flaw::Expired, Flaw::NotYetValid, Flaw::IntermediateOutOfDate],
            text: "Internet Security Warning: The server you are connected to is using a security certificate that \
                   cannot be verified. A required certificate is not within its validity period when verifying \
                   against the current system clock or the timestamp in the signed file. Do you want to continue \
                   using this server? [Yes] [No]",
        },
        Words {
            of: &[
                Flaw::SelfSigned,
                Flaw::UntrustedRoot,
                Flaw::RootDistrusted,
                Flaw::UnknownIssuer,
                Flaw::Incomplete,
            ],
            text: "Internet Security Warning: The server you are connected to is using a security certificate that \
                   cannot be verified. A certificate chain processed, but terminated in a root certificate which is \
                   not trusted by the trust provider. Do you want to continue using this server? [Yes] [No]",
        },
    ],
    words_source: "Microsoft's support pages, read 2026-11-21",
    note: "Versions of TLS are those that Windows is set to. Missing intermediates are fetched by their URL. From \
           Windows 11 24H2 on, RSA keys of fewer than 2048 bits under public roots are refused.",
    known: Known {
        measured: false,
        by: "Microsoft's documentation of CryptoAPI, Schannel and Outlook, and techcommunity 4134028",
        date: "2026-11-21",
    },
    ..thunderbird::PEER
};

const ASKS: &[Flaw] = &[
    Flaw::Expired,
    Flaw::NotYetValid,
    Flaw::IntermediateOutOfDate,
    Flaw::SelfSigned,
    Flaw::UntrustedRoot,
    Flaw::RootDistrusted,
    Flaw::UnknownIssuer,
    Flaw::Incomplete,
    Flaw::NameMismatch,
    Flaw::CommonNameOnly,
    Flaw::WildcardMisused,
    Flaw::AddressUnnamed,
];
