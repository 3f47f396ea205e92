//! Thunderbird for Android, and K-9 Mail, which it grew from.

use mailmedic_wire::names::ProtocolVersion;

use super::{OF_DATES, OF_NAME, OF_TRUST, thunderbird};
use crate::peer::{Flaw, Keys, Known, Names, PathBuilding, Peer, TlsFloor, Words};
use crate::policy::SuiteKind;
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "thunderbird-android",
    name: "Thunderbird for Android, K-9 Mail",
    short: "K-9",
    roots: &[Store::Android],
    roots_note: "Android's",
    path: PathBuilding { most_intermediates: None, remembers: false, ..thunderbird::PEER.path },
    keys: Keys {
        curve_bits: 224,
        curves: Names::Any,
        issuer_curves: Names::Any,
        others: Names::Only(&["Ed25519"]),
        ..thunderbird::PEER.keys
    },
    rejects: &[super::BY_ALL, &[Flaw::KeyUnreadable, Flaw::SignatureSha1Private, Flaw::MayNotSign]],
    // Whatever the fault of the certificate, the same screen asks.
    asks: ASKS,
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: None,
        lacks: &[SuiteKind::FiniteFieldDhe, SuiteKind::Below128Bits],
        ..thunderbird::PEER.tls
    },
    words: &[Words {
        of: ASKS,
        text: "Warning. Certificate error. The app detected a potential security threat and did not continue to connect \
               to HOST. If you continue, attackers could try to steal information like your password or emails. [Go \
               back (recommended)] [Advanced: Accept risk and continue]",
    }],
    words_source: "strings.xml of Thunderbird for Android, read 2026-11-21",
    note: "It stops at a screen that lets the user go on under Advanced. Apps made for Android 17 demand certificate \
           transparency of public roots by default.",
    known: Known {
        measured: false,
        by: "its strings and Android's documentation of TLS and certificate transparency",
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

const _: () =
    assert!(ASKS.len() == OF_DATES.len() + OF_TRUST.len() + OF_NAME.len(), "all three kinds are asked about");
