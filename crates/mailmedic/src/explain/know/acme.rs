//! certbot, acme.sh, acme-tiny, lego, dehydrated; what ACME servers answer.

use super::row::Whose::This;
use super::row::{Book, Row, cure, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "acme",
    signs: &[
        ("certbot", Some(Role::Monitoring)),
        ("urn:ietf:params:acme", Some(Role::Monitoring)),
        ("acme", Some(Role::Monitoring)),
        ("letsencrypt", Some(Role::Monitoring)),
        ("lego", Some(Role::Monitoring)),
        ("challenge", Some(Role::Monitoring)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "renewal-failed",
            "This shows it again without using up limits (acme.sh: --renew -d NAME --debug). Port 80 must be reachable from outside on every address that the name has, IPv6 too; or use the DNS challenge. Test before the old certificate ends.",
        )
        .run(&["certbot renew --dry-run"]),
        cure(
            "cert-inactive",
            "The file is new, but the server still holds the old one: reload it, and add --deploy-hook so that each renewal does.",
        )
        .run(&["systemctl reload postfix dovecot"]),
    ],
};

const ROWS: &[Row] = &[
    acme("urn:ietf:params:acme:error:rateLimited").also(&["rate-limited"]).passing(),
    acme("urn:ietf:params:acme:error:"),
    acme("urn:acme:error:"),
    acme("Timeout during connect (likely firewall problem)").also(&["port-timeout"]),
    acme("Timeout after connect"),
    acme("DNS problem: SERVFAIL looking up").also(&["dnssec-bogus"]),
    acme("DNS problem: NXDOMAIN looking up"),
    acme("DNS problem:"),
    acme("DNSSEC: DNSKEY Missing").also(&["dnssec-bogus"]),
    acme("looking up CAA"),
    acme("CAA record for * prevents issuance"),
    acme("prevents issuance"),
    acme("too many certificates").also(&["rate-limited"]).passing(),
    acme("Too many certificates already issued").also(&["rate-limited"]).passing(),
    acme("too many failed authorizations").also(&["rate-limited"]).passing(),
    acme("too many new orders").also(&["rate-limited"]).passing(),
    acme("too many registrations").also(&["rate-limited"]).passing(),
    acme("Error creating new order"),
    acme("Error creating new cert"),
    acme("Failed authorization procedure"),
    acme("Some challenges have failed"),
    acme("Challenge failed for domain"),
    acme("The Certificate Authority failed to"),
    acme("Certbot failed to authenticate"),
    acme("Failed to renew certificate"),
    acme("Attempting to renew cert * produced an unexpected error"),
    acme("All renewal attempts failed"),
    acme("All renewals failed"),
    acme("The following certs could not be renewed"),
    acme("The following renewals failed"),
    acme("renew failure(s)"),
    acme(":Verify error:"),
    acme("Invalid response from http"),
    acme("Incorrect TXT record"),
    acme("No TXT record found at"),
    acme("Incorrect validation certificate for"),
    acme("Cannot negotiate ALPN protocol \"acme-tls/1\""),
    acme("Could not bind TCP port 80"),
    acme("Problem binding to port 80"),
    acme("Could not bind to IPv4 or IPv6"),
    acme("acme-tiny client returned non-zero exit code").general(),
    acme("ACME client hit error limit").general(),
    acme("ACME health level: 0%").vague(),
    acme("Cannot validate any hostnames, skipping Let's Encrypt"),
    acme("Cannot validate hostnames"),
    acme("Failed to obtain certificate"),
    acme("failed to obtain certificate"),
    acme("could not obtain certificates"),
    acme("error: one or more domains had a problem"),
    acme("Could not obtain certificate"),
    acme("Create new order error"),
    acme("Please add '--debug'").vague(),
    acme("Certificate could not be obtained"),
    acme("no such authorization").vague(),
    acme("The client lacks sufficient authorization"),
    acme("Unable to update challenge"),
    acme("Connection refused*.well-known/acme-challenge"),
    acme("Error finalizing order"),
    acme("unable to satisfy"),
    acme("No valid IP addresses found for"),
    acme("Problem with renewal"),
    acme("Dry run: *simulating renewal* failure"),
    says("not due for renewal yet", "cert-inactive", This).likely().general().also(&["cert-expired"]),
    says("No renewals were attempted", "cert-inactive", This).likely().vague().also(&["cert-expired"]),
    says("Cert not yet due for renewal", "cert-inactive", This).likely().general(),
    says("Skip, Next renewal time is", "cert-inactive", This).likely().vague(),
    says("live directory exists for", "renewal-failed", This).likely(),
    says("expected * to be a symlink", "renewal-failed", This).likely(),
    says("your certificate * will expire", "cert-expires-soon", This).likely(),
    says("certificate * will expire in", "cert-expires-soon", This).likely(),
];

/// The renewal failed; who receives no connection can rarely tell which side is at fault, but the cure is here.
const fn acme(pattern: &'static str) -> Row {
    says(pattern, "renewal-failed", This).perhaps_passing()
}
