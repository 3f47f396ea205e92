//! Postfix delivering at smtp_tls_security_level=secure.

use super::postfix_verify;
use crate::peer::{NameRules, Peer};

pub(super) const PEER: Peer = Peer {
    id: "postfix-secure",
    name: "Postfix at level secure",
    short: "Postfix at level secure",
    like: Some("postfix-verify"),
    names: NameRules { next_hop: true, ..postfix_verify::PEER.names },
    note: "The certificate must have the name of the mail domain or one below it (smtp_tls_secure_cert_match = nexthop, \
           dot-nexthop), since the MX record could be forged. Mail that cannot be delivered so stays in the queue.",
    ..postfix_verify::PEER
};
