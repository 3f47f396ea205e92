//! Postfix delivering at smtp_tls_security_level=verify.

use super::{OF_NAME, postfix_may};
use crate::peer::{Demand, Flaw, Known, Peer, Words};

pub(super) const PEER: Peer = Peer {
    id: "postfix-verify",
    name: "Postfix at level verify",
    short: "Postfix that verifies",
    demand: Demand::Verified,
    roots_note: "those of smtp_tls_CAfile, mostly the distribution's, here Debian 12's",
    words: &[
        Words {
            of: &[Flaw::Expired],
            text: "server certificate verification failed for HOST: certificate has expired",
        },
        Words {
            of: &[Flaw::IntermediateOutOfDate],
            text: "CA certificate verification failed for HOST: certificate has expired",
        },
        Words {
            of: &[Flaw::SelfSigned],
            text: "server certificate verification failed for HOST: self-signed certificate",
        },
        Words {
            of: &[Flaw::UnknownIssuer, Flaw::Incomplete, Flaw::UntrustedRoot],
            text: "server certificate verification failed for HOST: untrusted issuer /CN=…",
        },
        Words {
            of: &[Flaw::UsageWrong],
            text: "server certificate verification failed for HOST: not designated for use as a server certificate",
        },
        Words { of: OF_NAME, text: "4.7.5 Server certificate not verified" },
    ],
    words_source: "Postfix's sources and its log with OpenSSL 3.0, 2026-11-21",
    note: "The certificate must have the name of the host by the MX record. Mail that cannot be delivered so stays in \
           the queue (4.7.5). It sends no server name unless smtp_tls_servername says so.",
    known: Known {
        measured: true,
        by: "OpenSSL 3.0.22 of Debian 12 at level 2 on labelled fault chains; the rest from Postfix's TLS_README",
        date: "2026-11-21",
    },
    ..postfix_may::PEER
};
