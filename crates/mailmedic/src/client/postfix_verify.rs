//! Postfix delivering at smtp_tls_security_level=verify.

use super::{OF_NAME, openssl_level_1, postfix_may};
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
            of: &[Flaw::UnknownIssuer, Flaw::Incomplete, Flaw::UntrustedRoot, Flaw::RootDistrusted],
            text: "server certificate verification failed for HOST: untrusted issuer /CN=…",
        },
        Words {
            of: &[Flaw::UsageWrong],
            text: "server certificate verification failed for HOST: not designated for use as a server certificate",
        },
        Words {
            of: OF_NAME,
            text: "server certificate verification failed for HOST: num=62:hostname mismatch; the mail is deferred: \
                   Server certificate not verified",
        },
        Words {
            of: &[Flaw::SignatureMd5, Flaw::SignatureSha1, Flaw::SignatureSha1Private],
            text: "server certificate verification failed for HOST: num=68:CA signature digest algorithm too weak",
        },
    ],
    words_source: "the log of Postfix 3.7.11 with OpenSSL 3.0.22, 2026-11-29",
    note: "The certificate must have the name of the host by the MX record. Mail that cannot be delivered so stays in \
           the queue (4.7.5). It sends no server name unless smtp_tls_servername says so.",
    known: Known {
        measured: true,
        by: "Postfix 3.7.11 of Debian 12, delivering to 64 servers on loopback",
        date: "2026-11-29",
    },
    // It is at level 1 where OpenSSL by itself is at 2.
    keys: openssl_level_1::PEER.keys,
    tls: openssl_level_1::PEER.tls,
    ..postfix_may::PEER
};
