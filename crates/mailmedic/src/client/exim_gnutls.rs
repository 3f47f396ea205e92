//! Exim with GnuTLS, as Debian builds it, delivering with tls_verify_hosts set.

use super::{OF_DATES, OF_NAME, OF_TRUST, gnutls};
use crate::peer::{Flaw, Kind, Known, Peer, Words};

pub(super) const PEER: Peer = Peer {
    id: "exim-gnutls",
    name: "Exim with GnuTLS (Debian), told to verify",
    short: "Exim with GnuTLS",
    kind: Kind::Sender,
    like: Some("exim-openssl"),
    sends_name: false,
    // It does not tell GnuTLS what the certificate is for.
    bears: &[Flaw::UsageWrong, Flaw::IntermediateUsageWrong],
    words: &[
        Words { of: OF_NAME, text: "TLS session: (certificate verification failed)" },
        Words { of: OF_DATES, text: "TLS session: (certificate verification failed): certificate invalid" },
        Words { of: OF_TRUST, text: "TLS session: (certificate verification failed): certificate invalid" },
    ],
    words_source: "the log of Exim 4.96 with GnuTLS 3.7.9, 2026-11-29",
    note: "With tls_verify_hosts in the smtp transport. By default Exim only tries to verify and delivers all the same.",
    known: Known {
        measured: true,
        by: "Exim 4.96 of Debian 12 with tls_verify_hosts, delivering to 64 servers on loopback",
        date: "2026-11-29",
    },
    ..gnutls::PEER
};
