//! fetchmail, getmail, OfflineIMAP.

use super::row::Whose::{This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "fetchmail",
    signs: &[
        ("fetchmail", Some(Role::ImapClient)),
        ("getmail", Some(Role::ImapClient)),
        ("offlineimap", Some(Role::ImapClient)),
        ("for repository", Some(Role::ImapClient)),
    ],
    rows: ROWS,
    cures: &[cure(
        "trust-store-missing",
        "In .fetchmailrc, with ca-certificates installed. OfflineIMAP: sslcacertfile = OS-DEFAULT.",
    )
    .set("sslcertck sslcertfile /etc/ssl/certs/ca-certificates.crt")],
};

const ROWS: &[Row] = &[
    hints("fetchmail: SSL connection failed", "tls-handshake-failed", Unknown).vague(),
    hints("SSL connection failed", "tls-handshake-failed", Unknown).vague(),
    says("Server certificate verification error: *unable to get local issuer", "chain-incomplete", Unknown).likely().also(&["cert-untrusted", "trust-store-missing"]),
    hints("Server certificate verification error", "cert-verify-failed", Unknown).general(),
    says("Broken certification chain at", "chain-incomplete", Unknown).likely().also(&["trust-store-missing"]),
    hints("This could mean that the server did not provide the intermediate CA's certificate", "chain-incomplete", Unknown).general(),
    hints("This could mean that the root CA's signing certificate is not in the trusted CA certificate location", "trust-store-missing", Unknown).general(),
    says("Server CommonName mismatch", "cert-name-mismatch", Unknown),
    says("Server name mismatch", "cert-name-mismatch", Unknown).general(),
    says("fingerprints do not match", "cert-pin-mismatch", This).likely(),
    says("SSL fingerprint", "cert-pin-mismatch", This).likely().general(),
    says("fingerprint mismatch", "cert-pin-mismatch", This).likely(),
    says("fingerprint '*' * not match", "cert-pin-mismatch", This).likely(),
    says("Server SSL fingerprint * does not match", "cert-pin-mismatch", This).strong(),
    says("Server requires TLS", "login-requires-tls", This).likely(),
    says("fetchmail: *upgrade to TLS failed", "tls-handshake-failed", Unknown).likely().general(),
    says("opportunistic upgrade to TLS failed", "starttls-missing", Unknown).likely().also(&["sent-in-clear"]),
    says("TLS is mandatory for this session, but server", "starttls-missing", Unknown).likely(),
    says("STLS is mandatory", "starttls-missing", Unknown).likely(),
    says("certificate cannot be verified against", "cert-verify-failed", Unknown),
    says("No CA certificates", "trust-store-missing", This),
    says("CA Cert file", "trust-store-missing", This).likely().general(),
    says("sslcacertfile", "trust-store-missing", This).likely().general(),
    says("No 'sslcacertfile'", "trust-store-missing", This),
    says("unable to find a sslcacertfile", "trust-store-missing", This).likely(),
    says("SSL support is not compiled in", "tls-config-invalid", This),
    hints("Unknown SSL protocol connecting to host", "tls-handshake-failed", Unknown).vague(),
    plain("Authorization failure on", "auth-failed", Unknown),
    plain("Query status=3 (AUTHFAIL)", "auth-failed", Unknown).consequence(),
    plain("Query status=2 (SOCKET)", "connection-lost", Unknown).consequence(),
];
