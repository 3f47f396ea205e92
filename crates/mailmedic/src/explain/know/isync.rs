//! isync (mbsync).

use super::row::Whose::{This, Unknown};
use super::row::{Book, Row, cure, hints, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "isync",
    signs: &[
        ("mbsync", Some(Role::ImapClient)),
        ("SSL error connecting", Some(Role::ImapClient)),
        ("isync", Some(Role::ImapClient)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "trust-store-missing",
            "CertificateFile must name a file with the roots; leave it out to use the ones of the system.",
        ),
        cure(
            "wrong-tls-mode",
            "For port 993; for 143 it is STARTTLS. Since 1.5 the setting is called TLSType.",
        )
        .set("SSLType IMAPS"),
    ],
};

const ROWS: &[Row] = &[
    hints("SSL error connecting", "tls-handshake-failed", Unknown).vague(),
    hints("Error, SSL connection", "tls-handshake-failed", Unknown).vague(),
    says("certificate owner does not match hostname", "cert-name-mismatch", Unknown),
    says("Error, certificate owner does not match", "cert-name-mismatch", Unknown),
    says("no server certificate", "tls-handshake-failed", Unknown).likely(),
    hints("Socket error: secure connect * unexpected EOF", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
    says("Error loading CA certificate", "trust-store-missing", This).likely(),
    says("Error while loading certificate file", "trust-store-missing", This).likely(),
    says("IMAP error: SSL support not available", "starttls-missing", Unknown).likely(),
    says("IMAP error: STARTTLS not available", "starttls-missing", Unknown).likely(),
    says("Error: cannot load CertificateFile", "trust-store-missing", This),
];
