//! Postfix delivering at smtp_tls_security_level=encrypt.

use super::postfix_may;
use crate::peer::{Demand, Peer};

pub(super) const PEER: Peer = Peer {
    id: "postfix-encrypt",
    name: "Postfix at level encrypt",
    short: "Postfix at level encrypt",
    like: Some("postfix-may"),
    demand: Demand::Encrypted,
    note: "It wants TLS and asks nothing of the certificate; without TLS the mail stays in the queue.",
    ..postfix_may::PEER
};
