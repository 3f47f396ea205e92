//! Python's ssl with create_default_context, in smtplib, imaplib and poplib.

use super::openssl_level_2;
use crate::peer::{Known, Peer};

pub(super) const PEER: Peer = Peer {
    id: "python",
    name: "Python (ssl)",
    short: "Python",
    like: Some("openssl-level-2"),
    words_source: "messages of OpenSSL 3.0.22, which Python shows as [SSL: CERTIFICATE_VERIFY_FAILED]; 2026-11-21",
    note: "With ssl.create_default_context(); smtplib, imaplib and poplib verify nothing without a context. Python 3.13 \
           and later also refuse what breaks the form of RFC 5280 (VERIFY_X509_STRICT).",
    known: Known {
        measured: true,
        by: "Python 3.11.7 with OpenSSL 3.0.22 of Debian 12 against 64 servers on loopback",
        date: "2026-11-29",
    },
    ..openssl_level_2::PEER
};
