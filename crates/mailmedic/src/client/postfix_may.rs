//! Postfix delivering at smtp_tls_security_level=may, as nearly every Postfix does.

use super::openssl_level_2;
use crate::peer::{Demand, Kind, Known, Peer};

pub(super) const PEER: Peer = Peer {
    id: "postfix-may",
    name: "Postfix at level may",
    short: "Postfix by default",
    kind: Kind::Sender,
    demand: Demand::Opportunistic,
    roots_note: "none that count: what it cannot verify it only logs as Untrusted",
    sends_name: false,
    words: &[],
    words_source: "",
    note: "Where TLS fails it delivers in clear text. With Debian's OpenSSL, TLS before 1.2 fails.",
    known: Known {
        measured: true,
        by: "Postfix 3.7 with OpenSSL 3.0 of Debian 12, its TLS by trial",
        date: "2026-11-21",
    },
    ..openssl_level_2::PEER
};
