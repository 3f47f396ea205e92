//! Android: Conscrypt, K-9 Mail, Thunderbird for Android, FairEmail.

use super::row::Whose::{Peer, Unknown};
use super::row::{Book, Row, hints, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "android",
    signs: &[
        ("k9", Some(Role::Mua)),
        ("K-9", Some(Role::Mua)),
        ("com.fsck.k9", Some(Role::Mua)),
        ("conscrypt", Some(Role::Mua)),
        ("fairemail", Some(Role::Mua)),
        ("Trust anchor for certification path", Some(Role::Mua)),
        ("com.android.org", Some(Role::Mua)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    says("Trust anchor for certification path not found", "cert-untrusted", Unknown)
        .likely()
        .also(&["chain-incomplete", "cert-self-signed"]),
    hints("CertPathValidatorException", "cert-verify-failed", Unknown).general(),
    hints("CertificateChainException", "cert-verify-failed", Unknown).general(),
    says("Certificate expired at", "cert-expired", Peer).strong(),
    says("Certificate not valid until", "cert-not-yet-valid", Unknown).also(&["clock-skewed"]).strong(),
    says("Chain validation failed", "cert-verify-failed", Unknown).general(),
    says("Unacceptable certificate", "cert-untrusted", Unknown).likely(),
    says("does not match the following: ", "cert-name-mismatch", Unknown),
    says("hostname in certificate didn't match", "cert-name-mismatch", Unknown),
    says("hostname verification failed", "cert-name-mismatch", Unknown).likely(),
    says("STARTTLS connection security not available", "starttls-missing", Unknown).likely(),
    hints("Connection closed by peer", "tls-handshake-lost-connection", Unknown).general().perhaps_passing(),
    hints("SSL handshake aborted", "tls-handshake-lost-connection", Unknown).general().perhaps_passing(),
    hints("SSL handshake terminated", "tls-handshake-lost-connection", Unknown).general().perhaps_passing(),
    hints("Handshake failed", "tls-handshake-failed", Unknown).vague(),
    hints("TLSV1_ALERT_PROTOCOL_VERSION", "tls-version-mismatch", Unknown).also(&["tls-version-obsolete"]),
];
