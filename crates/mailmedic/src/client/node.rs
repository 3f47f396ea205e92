//! Node.js, as Nodemailer uses it.

use super::openssl_level_2;
use crate::peer::{Known, NameRules, Peer, Wildcard};
use crate::trust::Store;

pub(super) const PEER: Peer = Peer {
    id: "node",
    name: "Node.js",
    short: "Node",
    like: Some("openssl-level-2"),
    roots: &[Store::Mozilla],
    roots_note: "Mozilla's, built in; the system's with --use-openssl-ca",
    names: NameRules { wildcard: Wildcard::PartOfLabel, ..openssl_level_2::PEER.names },
    words: &[],
    words_source: "",
    note: "It matches names by itself: a wildcard may be part of the left-most label. Releases that bring OpenSSL 3.0 \
           with them (18 to 22) are at level 1.",
    known: Known {
        measured: false,
        by: "lib/tls.js (checkServerIdentity), and OpenSSL's verdicts on labelled fault chains",
        date: "2026-11-21",
    },
    ..openssl_level_2::PEER
};
