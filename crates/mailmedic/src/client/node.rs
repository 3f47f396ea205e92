//! Node.js, as Nodemailer uses it.

use super::{OF_NAME, openssl_level_1};
use crate::peer::{Flaw, Known, NameRules, Peer, Wildcard, Words};

pub(super) const PEER: Peer = Peer {
    id: "node",
    name: "Node.js",
    short: "Node",
    like: Some("openssl-level-1"),
    roots_note: "Mozilla's, built in; the system's with --use-openssl-ca",
    names: NameRules { wildcard: Wildcard::PartOfLabel, ..openssl_level_1::PEER.names },
    words: &[
        Words {
            of: &[Flaw::Expired, Flaw::IntermediateOutOfDate],
            text: "CERT_HAS_EXPIRED: certificate has expired",
        },
        Words { of: &[Flaw::NotYetValid], text: "CERT_NOT_YET_VALID: certificate is not yet valid" },
        Words { of: &[Flaw::SelfSigned], text: "DEPTH_ZERO_SELF_SIGNED_CERT: self-signed certificate" },
        Words {
            of: &[Flaw::UnknownIssuer, Flaw::UntrustedRoot, Flaw::RootDistrusted],
            text: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unable to get local issuer certificate",
        },
        Words {
            of: &[Flaw::Incomplete],
            text: "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate",
        },
        Words {
            of: OF_NAME,
            text: "ERR_TLS_CERT_ALTNAME_INVALID: Hostname/IP does not match certificate's altnames: Host: HOST. is not \
                   in the cert's altnames: NAMES",
        },
        Words {
            of: &[Flaw::UsageWrong, Flaw::NotCa],
            text: "INVALID_PURPOSE: unsuitable certificate purpose",
        },
    ],
    words_source: "messages of Node 20.20.2, 2026-11-29",
    note: "It matches names by itself: a wildcard may be part of the left-most label. Releases up to 22 bring OpenSSL 3.0 \
           with them and are at level 1; those with OpenSSL 3.5 are at level 2.",
    known: Known { measured: true, by: "Node 20.20.2 against 64 servers on loopback", date: "2026-11-29" },
    ..openssl_level_1::PEER
};
