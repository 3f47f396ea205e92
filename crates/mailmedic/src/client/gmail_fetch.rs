//! Gmail as a client of other servers: "Check mail from other accounts" and "Send mail as".

use mailmedic_wire::names::ProtocolVersion;

use super::{BY_ALL, thunderbird};
use crate::peer::{Flaw, Kind, Known, PathBuilding, Peer, TlsFloor, Words};
use crate::policy::SuiteKind;

pub(super) const PEER: Peer = Peer {
    id: "gmail-fetch",
    name: "Gmail fetching mail and sending as another address",
    short: "Gmail fetching",
    kind: Kind::Fetcher,
    roots_note: "Google's own list is not published for this; Mozilla's stands for it",
    path: PathBuilding { most_intermediates: None, remembers: false, ..thunderbird::PEER.path },
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_2,
        perhaps: Some(ProtocolVersion::TLSv1_0),
        dh_bits: 1024,
        lacks: &[SuiteKind::Below128Bits],
        ..thunderbird::PEER.tls
    },
    words: &[Words { of: BY_ALL, text: "TLS Negotiation failed, the certificate doesn't match the host." }],
    words_source: "threads of Gmail's users and Google's support pages, read 2026-11-21; the same text for a \
                   self-signed certificate",
    rejects: &[BY_ALL, &[Flaw::KeyUnreadable, Flaw::SignatureSha1Private, Flaw::MayNotSign]],
    note: "Since April 2020 it wants a certificate of a public CA that has the name of the host.",
    known: Known {
        measured: false,
        by: "Google's support pages on sending as another address",
        date: "2026-11-21",
    },
    ..thunderbird::PEER
};
