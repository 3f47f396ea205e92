//! Gmail delivering mail.

use mailmedic_wire::names::ProtocolVersion;

use super::gmail_fetch;
use crate::peer::{Demand, Kind, Known, Peer, TlsFloor};

pub(super) const PEER: Peer = Peer {
    id: "gmail-sender",
    name: "Gmail delivering",
    short: "Gmail",
    kind: Kind::Sender,
    demand: Demand::Published { dane: false, unsigned_mx: false, mta_sts: true },
    tls: TlsFloor { oldest: ProtocolVersion::TLSv1_0, perhaps: None, ..gmail_fetch::PEER.tls },
    words: &[],
    words_source: "",
    note: "It encrypts where it can, and verifies where the domain's MTA-STS policy says enforce. DANE does not count. \
           Failures are told in reports by TLS-RPT.",
    known: Known {
        measured: false,
        by: "support.google.com/a/answer/2520500 (versions) and Google's pages on MTA-STS",
        date: "2026-11-21",
    },
    ..gmail_fetch::PEER
};
