//! msmtp and mpop.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "msmtp",
    signs: &[
        ("msmtp", Some(Role::Mua)),
        ("mpop", Some(Role::Mua)),
        ("sendmail: TLS certificate", Some(Role::Mua)),
        ("account default from", Some(Role::Mua)),
    ],
    rows: ROWS,
    cures: &[
        cure("trust-store-missing", "With the package ca-certificates installed.")
            .set("tls_trust_file /etc/ssl/certs/ca-certificates.crt"),
        cure("wrong-tls-mode", "With port 465; with 587 and 25 it is on.").set("tls_starttls off"),
        cure(
            "cert-pin-mismatch",
            "Look whether the server has a new certificate (mailmedic check shows its fingerprint), then update tls_fingerprint, or leave it out and trust the CA.",
        ),
    ],
};

const ROWS: &[Row] = &[
    hints("no TLS trust file found", "trust-store-missing", This),
    says("certificate fingerprint does not match", "cert-pin-mismatch", This),
    says("certificate is signed using a weak", "cert-signature-weak", Peer).likely(),
    says("the certificate hasn't got a known issuer", "cert-untrusted", Unknown)
        .also(&["trust-store-missing"]),
    says("the certificate has been revoked", "cert-revoked", Peer),
    says("the certificate is not trusted", "cert-untrusted", Unknown).general(),
    says("the certificate has expired", "cert-expired", Peer),
    says("the certificate is not yet activated", "cert-not-yet-valid", Unknown),
    says("certificate owner does not match hostname", "cert-name-mismatch", Unknown),
    says("the certificate owner does not match", "cert-name-mismatch", Unknown),
    says("no certificate was found", "tls-handshake-failed", Unknown).likely(),
    hints("TLS certificate verification failed", "cert-verify-failed", Unknown).vague(),
    says("cannot set X509 trust file", "trust-store-missing", This).also(&["cert-file-unreadable"]),
    says("cannot set X509 system trust", "trust-store-missing", This),
    says("no system trust file", "trust-store-missing", This),
    says("cannot set X509 key file", "cert-file-unreadable", This),
    says("cannot load X509 certificate", "cert-file-unreadable", This).likely(),
    says("cannot use tls_trust_file", "trust-store-missing", This),
    says("tls_trust_file", "trust-store-missing", This).likely().general(),
    says("the server does not support TLS via the STARTTLS command", "starttls-missing", Unknown)
        .also(&["wrong-tls-mode"]),
    says("does not support TLS via the STARTTLS command", "starttls-missing", Unknown)
        .also(&["wrong-tls-mode"]),
    says("command STARTTLS failed", "starttls-refused", Unknown).likely(),
    hints("TLS handshake failed:", "tls-handshake-failed", Unknown).vague(),
    hints("TLS handshake failed: An unexpected TLS packet was received", "wrong-tls-mode", This).strong(),
    hints("cannot initialize TLS library", "tls-config-invalid", This),
    says("error in priority string", "tls-config-invalid", This),
    says("cannot use a secure authentication method", "login-requires-tls", This).likely(),
    says("support for TLS is not compiled in", "tls-config-invalid", This),
    plain("authentication failed (method", "auth-failed", Unknown),
];
