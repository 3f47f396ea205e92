//! Reports after RFC 8460, what their senders write, and checkers of MTA-STS and DANE.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, hints, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "tls-rpt",
    signs: &[
        ("result-type", Some(Role::Monitoring)),
        ("failure-details", Some(Role::Monitoring)),
        ("failure_type=", Some(Role::SmtpClient)),
        ("policy-type", Some(Role::Monitoring)),
        ("TLSRPT", Some(Role::SmtpClient)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    report("starttls-not-supported", "starttls-missing"),
    report("certificate-host-mismatch", "cert-name-mismatch"),
    report("certificate-expired", "cert-expired"),
    report("certificate-not-trusted", "cert-untrusted").also(&["chain-incomplete"]),
    report("validation-failure", "cert-verify-failed").general(),
    report("tlsa-invalid", "dane-mismatch"),
    report("dnssec-invalid", "dnssec-bogus"),
    report("dane-required", "dane-missing"),
    report("sts-policy-fetch-error", "mta-sts-policy-unreachable"),
    report("sts-policy-invalid", "mta-sts-policy-invalid"),
    report("sts-webpki-invalid", "mta-sts-policy-unreachable"),
    report("STS_POLICY_FETCH_ERROR", "mta-sts-policy-unreachable"),
    sent("starttls_not_supported", "starttls-missing"),
    sent("certificate_host_mismatch", "cert-name-mismatch"),
    sent("certificate_expired", "cert-expired"),
    sent("certificate_not_trusted", "cert-untrusted"),
    sent("validation_failure", "cert-verify-failed").general(),
    sent("tlsa_invalid", "dane-mismatch"),
    sent("dnssec_invalid", "dnssec-bogus"),
    sent("dane_required", "dane-missing"),
    sent("sts_policy_fetch_error", "mta-sts-policy-unreachable"),
    sent("sts_policy_invalid", "mta-sts-policy-invalid"),
    sent("sts_webpki_invalid", "mta-sts-policy-unreachable"),
    hints("STS: *fetching policy", "mta-sts-policy-unreachable", Unknown).perhaps_passing(),
    says("MTA-STS policy fetch", "mta-sts-policy-unreachable", Unknown).likely().perhaps_passing(),
    says("failed to fetch * MTA-STS policy", "mta-sts-policy-unreachable", Unknown)
        .likely()
        .perhaps_passing(),
    says("fetching MTA-STS policy", "mta-sts-policy-unreachable", Unknown).likely().perhaps_passing(),
    says("policy fetch error", "mta-sts-policy-unreachable", Unknown).likely().perhaps_passing(),
    says(".well-known/mta-sts.txt", "mta-sts-policy-unreachable", Unknown).likely().general(),
    says("mta-sts.txt: 404", "mta-sts-policy-unreachable", Peer).likely(),
    says("bad https response code", "mta-sts-policy-unreachable", Unknown).likely(),
    says("_mta-sts * no TXT", "mta-sts-missing", Peer).likely(),
    says("No MTA-STS record", "mta-sts-missing", Peer),
    says("No valid MTA-STS", "mta-sts-missing", Peer).likely(),
    says("MX * does not match * policy", "mta-sts-mx-unlisted", Peer).likely(),
    says("not match MTA-STS policy", "mta-sts-mx-unlisted", Peer).likely(),
    says("not listed in * MTA-STS", "mta-sts-mx-unlisted", Peer).likely(),
    says("does not match any of the MX", "mta-sts-mx-unlisted", Peer).likely(),
    says("_smtp._tls", "tls-rpt-missing", Peer).likely().general(),
    says("No TLSRPT record", "tls-rpt-missing", Peer),
    says("Cannot resolve DNS: domain", "tls-rpt-missing", Peer).likely().also(&["mta-sts-missing"]),
    says("No TLSA record", "dane-missing", Peer).likely(),
    says("No TLSA records", "dane-missing", Peer).likely(),
    says("no secure TLSA", "dnssec-missing", Peer).likely(),
    says("TLSA record * does not match", "dane-mismatch", Peer).likely(),
    says("None of the TLSA records match", "dane-mismatch", Peer).likely(),
    says("TLSA * mismatch", "dane-mismatch", Peer).likely(),
    says("DNSSEC validation fail", "dnssec-bogus", Unknown).likely(),
    says("DNSSEC Bogus", "dnssec-bogus", Unknown).likely(),
    says("status: SERVFAIL", "dnssec-bogus", Unknown).likely().vague(),
    says("validation failure <", "dnssec-bogus", Unknown).likely(),
    says("signature expired", "dnssec-bogus", Unknown).likely().general(),
    says("no DNSKEY", "dnssec-bogus", Unknown).likely(),
    says("domain is not DNSSEC signed", "dnssec-missing", Unknown).likely(),
    says("not DNSSEC", "dnssec-missing", Unknown).likely().vague(),
];

/// In the log of who sent, it is about the peer.
const fn sent(pattern: &'static str, rule: &'static str) -> Row {
    says(pattern, rule, Peer).perhaps_passing()
}

/// Who receives a report is the one that it is about.
const fn report(pattern: &'static str, rule: &'static str) -> Row {
    says(pattern, rule, This).perhaps_passing()
}
