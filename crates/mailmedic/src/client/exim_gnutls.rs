//! Exim with GnuTLS, as Debian builds it, delivering with tls_verify_hosts set.

use super::gnutls;
use crate::peer::{Kind, Known, Peer};

pub(super) const PEER: Peer = Peer {
    id: "exim-gnutls",
    name: "Exim with GnuTLS (Debian), told to verify",
    short: "Exim with GnuTLS",
    kind: Kind::Sender,
    like: Some("exim-openssl"),
    sends_name: false,
    note: "With tls_verify_hosts in the smtp transport. By default Exim only tries to verify and delivers all the same.",
    known: Known {
        measured: false,
        by: "GnuTLS's verdicts on labelled fault chains, and the Exim specification, chapter 43",
        date: "2026-11-21",
    },
    ..gnutls::PEER
};
