//! Postfix delivering at smtp_tls_security_level=encrypt.

use super::postfix_may;
use crate::peer::{Demand, Known, Peer};

pub(super) const PEER: Peer = Peer {
    id: "postfix-encrypt",
    name: "Postfix at level encrypt",
    short: "Postfix at level encrypt",
    like: Some("postfix-may"),
    demand: Demand::Encrypted,
    note: "It wants TLS and asks nothing of the certificate; without TLS the mail stays in the queue.",
    known: Known { measured: false, by: "Postfix's TLS_README", date: "2026-11-21" },
    ..postfix_may::PEER
};
