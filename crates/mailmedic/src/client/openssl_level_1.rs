//! OpenSSL at security level 1, the default of its own builds up to 3.1.

use super::openssl_level_2;
use crate::peer::{Keys, Known, Peer, TlsFloor};
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "openssl-level-1",
    name: "OpenSSL at security level 1",
    short: "OpenSSL at level 1",
    like: Some("openssl-level-2"),
    roots: &[Store::Mozilla],
    roots_note: "what it is built with or given; mostly Mozilla's list",
    keys: Keys { rsa_bits: 1024, issuer_rsa_bits: 1024, curve_bits: 160, ..openssl_level_2::PEER.keys },
    tls: TlsFloor { dh_bits: 1024, rsa_bits: 1024, ..openssl_level_2::PEER.tls },
    note: "OpenSSL's own default up to 3.1, as in many containers and in what is built from source. In 3.x it takes \
           no TLS before 1.2 at this level either.",
    known: Known {
        measured: true,
        by: "OpenSSL 3.0.22, level 1, on labelled fault chains, and s_client against 64 servers on loopback",
        date: "2026-11-29",
    },
    ..openssl_level_2::PEER
};
