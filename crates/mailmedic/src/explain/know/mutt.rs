//! mutt and neomutt.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "mutt",
    signs: &[
        ("mutt", Some(Role::Mua)),
        ("SSL failed:", Some(Role::Mua)),
        ("mailx", Some(Role::Mua)),
        ("Error in certificate:", Some(Role::Mua)),
        ("aerc", Some(Role::Mua)),
        ("himalaya", Some(Role::Mua)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    says("Signer of server certificate is not trusted", "cert-untrusted", Unknown).likely(),
    hints("Signer of server certificate is not a CA", "chain-intermediate-invalid", Peer),
    hints("Server certificate was signed using an insecure algorithm", "cert-signature-weak", Peer),
    hints("SSL failed: ", "tls-handshake-failed", Unknown).vague(),
    hints("SSL/TLS connection using", "benign", Unknown).vague(),
    says("Warning: Server certificate has expired", "cert-expired", Peer),
    says("Warning: Server certificate is not yet valid", "cert-not-yet-valid", Unknown),
    says("Server certificate has expired", "cert-expired", Peer),
    says("Server certificate is not yet valid", "cert-not-yet-valid", Unknown),
    says("Server certificate has been revoked", "cert-revoked", Peer),
    says("Server hostname does not match certificate", "cert-name-mismatch", Unknown),
    says("certificate was signed using an insecure algorithm", "cert-signature-weak", Peer),
    says("Signer of server certificate is not a CA", "chain-intermediate-invalid", Peer),
    says("Certificate owner does not match hostname", "cert-name-mismatch", Unknown),
    says("Certificate host check failed:", "cert-name-mismatch", Unknown).general(),
    says("Certificate is not X.509", "cert-malformed", Unknown),
    says("Unable to get certificate from peer", "tls-handshake-failed", Unknown).likely().general(),
    says("Error processing certificate data", "cert-malformed", Unknown).likely(),
    hints("Could not negotiate TLS connection", "tls-handshake-failed", Unknown).vague(),
    plain("tls_socket_read", "connection-lost", Unknown).vague(),
    hints("gnutls_handshake: ", "tls-handshake-failed", Unknown).vague(),
    says("Encrypted connection unavailable", "starttls-missing", Unknown).likely(),
    says("SMTP server does not support TLS", "starttls-missing", Unknown),
    says("TLS connection requested but not supported", "starttls-missing", Unknown).likely(),
    hints("SSL disabled due to the lack of entropy", "tls-config-invalid", This),
    says("SSL is unavailable", "tls-config-invalid", This),
    says("No authenticators available", "login-requires-tls", Unknown).likely().also(&["not-tls"]).general(),
];
