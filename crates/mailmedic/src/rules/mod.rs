//! The faults that mailmedic can name: one file is one rule.
//!
//! Rules are pure: no I/O, no clock, no error. To add one, write its file and put its word in the list.

mod engine;
mod shared;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod together;

pub use engine::{Judgement, Open, judge};

use crate::finding::Rule;
use shared::{
    clock, dane, dkim, dmarc, faces, handshakes, lifetime, listed, mail_dns, names, opinion, path,
    policy_host, presented, records, scope, senders, spf_tree, sts, told, tricks, txt, web, weigh, wording,
};

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
    starttls_state_survives,
    plaintext_on_tls_port,
    tls_on_starttls_port,
    login_before_tls,
    login_only_before_tls,
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
    tls_heartbleed,
    tls_ccs_injection,
    tls_robot,
    tls_renegotiation_by_client,
    tls_ticketbleed,
    tls_session_ticket_flawed,
    tls_early_data,
    tls_poodle,
    tls_poodle_tls,
    tls_drown,
    tls_freak,
    tls_logjam,
    tls_sweet32,
    tls_beast,
    tls_lucky13,
    tls_crime,
    tls_winshock,
    tls_server_order_missing,
    tls_key_reused,
    tls_extended_master_secret_missing,
    tls_fallback_scsv_missing,
    tls_intolerant,
    policy_unmet,

    cert_expired,
    cert_not_yet_valid,
    cert_expires_soon,
    cert_renewal_overdue,
    cert_validity_too_long,
    cert_name_mismatch,
    cert_san_missing,
    cert_wildcard_misused,
    cert_ip_address_unnamed,
    cert_self_signed,
    cert_untrusted,
    cert_root_distrusted,
    cert_revoked,
    cert_revocation_unreachable,
    cert_staple_missing,
    cert_staple_invalid,
    cert_signature_weak,
    cert_signature_invalid,
    cert_key_weak,
    cert_key_oversized,
    cert_key_known,
    cert_usage_wrong,
    cert_usage_client_missing,
    cert_is_ca,
    cert_malformed,
    cert_critical_extension_unknown,
    cert_name_constraint_violated,
    cert_sct_missing,

    chain_incomplete,
    chain_misordered,
    chain_superfluous,
    chain_root_included,
    chain_intermediate_expired,
    chain_intermediate_invalid,
    chain_path_too_long,
    chain_alternative_broken,

    cert_inactive,
    cert_differs_by_port,
    cert_differs_by_address,
    cert_differs_by_sni,
    cert_differs_by_key_type,
    clock_skewed,

    mx_missing,
    mx_is_address,
    mx_is_alias,
    mx_unresolvable,
    mx_null_with_others,
    dns_lookup_failed,
    dnssec_bogus,
    srv_invalid,
    tls_rpt_missing,
    tls_rpt_record_invalid,
    dnssec_missing,
    dane_mismatch,
    dane_unusable,
    dane_insecure,
    dane_missing,
    dane_rollover_unready,
    mta_sts_missing,
    mta_sts_record_invalid,
    mta_sts_policy_unreachable,
    mta_sts_policy_invalid,
    mta_sts_mx_unlisted,
    mta_sts_testing,
    mta_sts_max_age_short,
    caa_forbids,
    dmarc_missing,
    dmarc_multiple,
    dmarc_syntax,
    dmarc_policy_none,
    dmarc_test_mode,
    dmarc_reports_unauthorised,
    dmarc_tag_obsolete,
    dkim_key_missing,
    dkim_key_invalid,
    dkim_key_weak,
    dkim_key_revoked,
    dkim_key_testing,
    bimi_invalid,
    spf_missing,
    spf_multiple,
    spf_syntax,
    spf_too_many_lookups,
    spf_too_many_voids,
    spf_allows_all,
    spf_no_all,
    spf_include_missing,
    spf_ptr_used,
    spf_mx_not_covered,
    ptr_missing,
    ptr_unconfirmed,
    ptr_generic,
    helo_mismatch,
    dnsbl_listed,
    dnsbl_refused,
    autoconfig_invalid,
    autoconfig_name_uncovered,
    client_names_conflict,
    client_name_uncovered,
}

/// Finds a rule by its id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
