//! Exim with OpenSSL, delivering with tls_verify_hosts set.

use super::openssl_level_2;
use crate::peer::{Kind, Known, Peer};

pub(super) const PEER: Peer = Peer {
    id: "exim-openssl",
    name: "Exim with OpenSSL, told to verify",
    short: "Exim that verifies",
    kind: Kind::Sender,
    sends_name: false,
    note: "With tls_verify_hosts in the smtp transport. By default Exim only tries to verify and delivers all the same.",
    known: Known {
        measured: false,
        by: "OpenSSL's verdicts on labelled fault chains, and the Exim specification, chapter 43",
        date: "2026-11-21",
    },
    ..openssl_level_2::PEER
};
