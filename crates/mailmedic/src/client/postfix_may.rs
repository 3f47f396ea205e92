//! Postfix delivering at smtp_tls_security_level=may, as nearly every Postfix does.

use mailmedic_wire::names::ProtocolVersion;

use super::openssl_level_2;
use crate::peer::{Demand, Kind, Known, Peer, TlsFloor};

pub(super) const PEER: Peer = Peer {
    id: "postfix-may",
    name: "Postfix at level may",
    short: "Postfix by default",
    kind: Kind::Sender,
    demand: Demand::Opportunistic,
    roots_note: "none that count: what it cannot verify it only logs as Untrusted",
    // Where no certificate counts, it takes OpenSSL's level down to 0.
    tls: TlsFloor {
        oldest: ProtocolVersion::TLSv1_0,
        dh_bits: 0,
        sha1_signatures: true,
        rsa_bits: 0,
        ..openssl_level_2::PEER.tls
    },
    sends_name: false,
    words: &[],
    words_source: "",
    note: "Where TLS fails it delivers in clear text.",
    known: Known {
        measured: true,
        by: "Postfix 3.7.11 of Debian 12, delivering to 64 servers on loopback",
        date: "2026-11-29",
    },
    ..openssl_level_2::PEER
};
