//! Stalwart, Haraka, hMailServer, `DavMail`, nginx and containers.

use super::row::Whose::{This, Unknown};
use super::row::{Book, Row, hints, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "",
    signs: &[
        ("[outbound]", Some(Role::SmtpClient)),
        ("haraka", Some(Role::SmtpServer)),
        ("RECEIVED: ", Some(Role::SmtpServer)),
        ("nginx", Some(Role::ImapServer)),
        ("while SSL handshaking, client", Some(Role::ImapServer)),
        ("TCPConnection - TLS/SSL handshake failed", Some(Role::SmtpServer)),
        ("davmail", Some(Role::Mua)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    hints("[outbound] S: 250-STARTTLS", "tls-config-invalid", This).vague(),
    hints("[outbound]*TLS * disabled", "tls-config-invalid", This),
    hints("[tls] *no certificate", "cert-file-unreadable", This),
    hints("TLS config not loaded", "tls-config-invalid", This),
    says("no PRIVATE key in", "cert-file-unreadable", This),
    says("no CERT in", "cert-file-unreadable", This),
    hints("tls.ini", "tls-config-invalid", This).vague(),
    says("tls_key.pem", "cert-file-unreadable", This).likely().vague(),
    says("cannot load certificate", "cert-file-unreadable", This),
    says("cannot load certificate key", "cert-file-unreadable", This).also(&["cert-key-mismatch"]),
    says("no \"ssl_certificate\" is defined", "cert-file-unreadable", This),
    says("cert file * missing", "cert-file-unreadable", This).likely(),
    says("certificate file not found", "cert-file-unreadable", This).likely(),
    says("privkey.pem: Permission denied", "cert-file-unreadable", This).likely(),
    says("privkey.pem: No such file", "cert-file-unreadable", This).likely(),
    says("fullchain.pem: No such file", "cert-file-unreadable", This).likely(),
    says("fullchain.pem*No such file or directory", "cert-file-unreadable", This).likely(),
    says("Failed to load SSL certificate", "cert-file-unreadable", This),
    says("Failed to load certificate", "cert-file-unreadable", This),
    says("unable to load certificate", "cert-file-unreadable", This),
    says("Failed to load private key", "cert-file-unreadable", This),
    says("ENOENT: no such file or directory, open '*.pem'", "cert-file-unreadable", This),
    says("ENOENT: no such file or directory, open '*.crt'", "cert-file-unreadable", This),
    says("ENOENT: no such file or directory, open '*.key'", "cert-file-unreadable", This),
    says("EACCES: permission denied, open '*.pem'", "cert-file-unreadable", This),
    says("key does not match certificate", "cert-key-mismatch", This).strong(),
    says("does not match the certificate", "cert-key-mismatch", This).likely().general(),
    says("SSL/TLS * was not offered", "starttls-missing", Unknown).likely(),
];
