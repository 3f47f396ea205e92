//! The faults that mailmedic can name: one file is one rule.
//!
//! Rules are pure: no I/O, no clock, no error. To add one, write its file and put its word in the list.

mod engine;
mod records;
mod scope;
#[cfg(test)]
mod tests;
mod wording;

pub use engine::{Judgement, Open, judge};

use crate::finding::Rule;

macro_rules! rules {
    ($($name:ident,)*) => {
        $(mod $name;)*
        /// Every rule, in the order of the documentation.
        pub const RULES: &[&Rule] = &[$(&$name::RULE,)*];
    };
}

rules! {
    host_not_found,
    port_refused,
    port_timeout,
    reply_timeout,
    connection_reset,
    network_unreachable,
    address_family_differs,
    reply_slow,
    greeting_invalid,
    greeting_rejects,
    rate_limited,

    starttls_missing,
    starttls_refused,
    starttls_stripped,
    starttls_lost_connection,
    starttls_injection,
    plaintext_on_tls_port,
    tls_on_starttls_port,
    login_before_tls,
    tls_handshake_failed,
    tls_client_certificate_required,

    tls_version_obsolete,
    tls_version_modern_missing,
    tls13_missing,
    tls_cipher_broken,
    tls_cipher_weak,
    tls_forward_secrecy_missing,
    tls_dh_weak,
    tls_group_weak,
    tls_group_pq_missing,
    tls_signature_weak,
    tls_compression,
    tls_renegotiation_insecure,
    tls_poodle,
    tls_drown,
    tls_freak,
    tls_logjam,

    cert_expired,

    mx_missing,
    mx_is_address,
    mx_is_alias,
    mx_unresolvable,
    mx_null_with_others,
    dns_lookup_failed,
    dnssec_bogus,
    srv_invalid,
}

/// Finds a rule by its id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
