//! curl with OpenSSL.

use super::openssl_level_2;
use crate::peer::{Known, Peer};

pub(super) const PEER: Peer = Peer {
    id: "curl",
    name: "curl with OpenSSL",
    short: "curl",
    like: Some("openssl-level-2"),
    words_source: "messages of OpenSSL 3.0.22, which curl shows as \"SSL certificate problem: …\"; 2026-11-21",
    note: "It matches names by itself, with the common name as a last resort.",
    known: Known {
        measured: true,
        by: "curl 7.88.1 with OpenSSL 3.0.22 of Debian 12 against 64 servers on loopback",
        date: "2026-11-29",
    },
    ..openssl_level_2::PEER
};
