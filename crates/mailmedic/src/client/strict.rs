//! Nobody's program: RFC 5280, the Baseline Requirements and RFC 9525 to the letter.

use jiff::civil::Date;
use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, USUAL_CURVES, rustls};
use crate::peer::{Flaw, Keys, Known, Lifetime, Names, PathBuilding, Peer, TlsFloor};
use crate::policy::SuiteKind;

pub(super) const PEER: Peer = Peer {
    id: "strict",
    name: "the standards to the letter",
    short: "the letter of the standards",
    roots_note: "Mozilla's",
    path: PathBuilding { most_intermediates: None, ..rustls::PEER.path },
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
            Flaw::SignatureSha1Private,
            Flaw::UsageAnyOnly,
            Flaw::UsageMissing,
            Flaw::KeyUsageUnfit,
            Flaw::LeafIsCa,
            Flaw::StapleMissing,
            Flaw::LeafOldVersion,
            Flaw::Malformed,
            Flaw::AuthorityKeyMissing,
            Flaw::SerialNegative,
            Flaw::SignsWithoutCa,
            Flaw::PolicyMissing,
            Flaw::MayNotSign,
            Flaw::IntermediateUsageWrong,
            Flaw::IntermediateUsageAnyOnly,
            Flaw::RootUnfit,
        ],
    ],
    lifetimes: &[
        Lifetime { days: 825, since: Date::constant(2018, 3, 1), any_root: false },
        Lifetime { days: 398, since: Date::constant(2020, 9, 1), any_root: false },
        Lifetime { days: 200, since: Date::constant(2026, 3, 15), any_root: false },
        Lifetime { days: 100, since: Date::constant(2027, 3, 15), any_root: false },
        Lifetime { days: 47, since: Date::constant(2029, 3, 15), any_root: false },
    ],
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: None,
        dh_bits: 2048,
        sha1_signatures: false,
        lacks: &[SuiteKind::Below128Bits],
        cbc: true,
        rsa_bits: 2048,
        signers: Names::Only(&[]),
        digital_signature: true,
    },
    words: &[],
    words_source: "",
    note: "No program is as strict. It shows what is against the rules even where everybody bears it. What only the \
           Baseline Requirements ask is asked under public roots only.",
    known: Known {
        measured: false,
        by: "RFC 5280, RFC 9525, RFC 9325 and the Baseline Requirements of the CA/Browser Forum with SC-081",
        date: "2026-11-21",
    },
    ..rustls::PEER
};
