//! Microsoft 365 delivering mail.

use mailmedic_wire::names::ProtocolVersion;

use super::{OF_NAME, outlook_classic};
use crate::peer::{Demand, Flaw, Kind, Known, Peer, TlsFloor, Words};

pub(super) const PEER: Peer = Peer {
    id: "microsoft365-sender",
    name: "Microsoft 365 delivering",
    short: "Microsoft 365",
    kind: Kind::Sender,
    demand: Demand::Published { dane: true, unsigned_mx: false, mta_sts: true },
    roots_note: "Microsoft's",
    asks: &[],
    tls: TlsFloor { oldest: ProtocolVersion::TLSv1_2, perhaps: None, ..outlook_classic::PEER.tls },
    words: &[
        Words { of: &[Flaw::Expired, Flaw::IntermediateOutOfDate], text: "5.7.322 certificate-expired" },
        Words {
            of: &[
                Flaw::SelfSigned,
                Flaw::UntrustedRoot,
                Flaw::RootDistrusted,
                Flaw::UnknownIssuer,
                Flaw::Incomplete,
            ],
            text: "certificate-not-trusted",
        },
        Words { of: OF_NAME, text: "certificate-host-mismatch" },
        Words { of: &[Flaw::NotYetValid, Flaw::UsageWrong], text: "validation-failure" },
    ],
    words_source: "Microsoft's documentation of SMTP DANE and of its result codes, read 2026-11-21",
    note: "DANE goes before MTA-STS, and both are always on. Records of usage 0 and 1 count as unusable: TLS is then \
           demanded, not more. It tries again after 15 minutes, twice, then hourly for a day, and then returns the mail. \
           Without TLS where DANE demands it: 5.7.321 starttls-not-supported; a record that does not fit: 5.7.323 \
           tlsa-invalid; broken DNSSEC: 5.7.324 dnssec-invalid.",
    known: Known { measured: false, by: "Microsoft's documentation of Exchange Online", date: "2026-11-21" },
    ..outlook_classic::PEER
};
