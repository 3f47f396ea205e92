//! Apple's Mail on macOS and iOS.

use jiff::civil::Date;
use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, USUAL_CURVES, thunderbird};
use crate::peer::{Flaw, Keys, Known, Lifetime, Names, PathBuilding, Peer, TlsFloor, Words};
use crate::policy::SuiteKind;
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "apple-mail",
    name: "Apple Mail on macOS and iOS",
    short: "Apple Mail",
    roots: &[Store::Apple],
    roots_note: "Apple's, and those that the user or a profile trusts",
    path: PathBuilding {
        most_intermediates: None,
        fetches: true,
        remembers: false,
        ..thunderbird::PEER.path
    },
    keys: Keys {
        rsa_bits: 2048,
        issuer_rsa_bits: 2048,
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
            Flaw::UsageAnyOnly,
            Flaw::UsageMissing,
            Flaw::UsageMissingPrivate,
            Flaw::IntermediateUsageWrong,
            Flaw::IntermediateUsageAnyOnly,
            Flaw::MayNotSign,
            Flaw::RootUnfit,
        ],
    ],
    asks: ASKS,
    lifetimes: &[
        Lifetime { days: 825, since: Date::constant(2019, 7, 1), any_root: true },
        Lifetime { days: 398, since: Date::constant(2020, 9, 1), any_root: false },
    ],
    timestamps: true,
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: Some(ProtocolVersion::TLSv1_0),
        dh_bits: 0,
        lacks: &[SuiteKind::FiniteFieldDhe, SuiteKind::Below128Bits],
        ..thunderbird::PEER.tls
    },
    words: &[Words {
        of: ASKS,
        text: "Cannot Verify Server Identity. The identity of \"HOST\" cannot be verified by Mail. [Cancel] [Details] \
               [Continue]",
    }],
    words_source: "Apple's support pages, read 2026-11-21; the text by memory of those who saw it",
    note: "It asks the same for faults of name, dates, trust and of Apple's own demands. Roots that the user or a profile \
           trusts are free of transparency and of the limit of 398 days, not of the other demands.",
    known: Known {
        measured: false,
        by: "support.apple.com 103769 (demands on certificates), 102028 (398 days), 103214 (certificate transparency), \
             121668 (distrusted roots)",
        date: "2026-11-21",
    },
    ..thunderbird::PEER
};

/// One question for all of these.
const ASKS: &[Flaw] = &[
    Flaw::Expired,
    Flaw::NotYetValid,
    Flaw::IntermediateOutOfDate,
    Flaw::RootOutOfDate,
    Flaw::SelfSigned,
    Flaw::UntrustedRoot,
    Flaw::RootDistrusted,
    Flaw::UnknownIssuer,
    Flaw::Incomplete,
    Flaw::NameMismatch,
    Flaw::CommonNameOnly,
    Flaw::WildcardMisused,
    Flaw::AddressUnnamed,
    Flaw::UsageAnyOnly,
    Flaw::UsageMissing,
    Flaw::UsageMissingPrivate,
    Flaw::ValidityTooLong,
    Flaw::TimestampsMissing,
];
