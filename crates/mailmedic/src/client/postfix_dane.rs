//! Postfix delivering at smtp_tls_security_level=dane.

use super::postfix_may;
use crate::peer::{Demand, Known, Peer};

pub(super) const PEER: Peer = Peer {
    id: "postfix-dane",
    name: "Postfix at level dane",
    short: "Postfix with DANE",
    like: Some("postfix-may"),
    demand: Demand::Published { dane: true, unsigned_mx: true, mta_sts: false },
    sends_name: true,
    note: "Where DNSSEC vouches for TLSA records they decide; else it is as lenient as level may. With a record of usage \
           3 only the certificate or its key counts, not its name, dates or issuer. It logs \"not trusted by local or \
           TLSA policy\", or defers with 4.7.5 \"TLSA lookup error for HOST:25\". The records of a host count also where the MX records that lead \
           there are not signed (smtp_tls_dane_insecure_mx_policy).",
    known: Known {
        measured: true,
        by: "Postfix 3.7.11 of Debian 12 (smtp and posttls-finger), with TLSA records in signed zones; RFC 7672",
        date: "2026-11-29",
    },
    ..postfix_may::PEER
};
