//! qmail with the TLS patches, and s/qmail.

use super::row::Whose::{Peer, Server, This, Unknown};
use super::row::{Book, Row, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "qmail",
    signs: &[
        ("qmail", Some(Role::SmtpClient)),
        ("deferral: ", Some(Role::SmtpClient)),
        ("TLS_connect_failed", Some(Role::SmtpClient)),
        ("TLS not available: ", Some(Role::SmtpServer)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    hints("TLS_connect_failed", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("TLS connect failed", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("tls connect failed", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("TLS connect failed: timed out", "tls-handshake-timeout", Unknown).perhaps_passing(),
    hints("TLS connect failed*timed out", "tls-handshake-timeout", Unknown).perhaps_passing(),
    hints("TLS_connect_failed*timed_out", "tls-handshake-timeout", Unknown).perhaps_passing(),
    says("TLS unable to use client certificate", "cert-file-unreadable", This).likely(),
    says("454 TLS missing certificate", "cert-file-unreadable", Server).likely(),
    says("454 TLS not available: missing key file", "cert-file-unreadable", Server),
    says("TLS missing RSA private key", "cert-file-unreadable", Server),
    says("TLS not available: ", "starttls-refused", Server).general(),
    says("454 TLS not available", "starttls-refused", Server).general().perhaps_passing(),
    says("454 TLS connection failed", "tls-handshake-failed", Unknown).vague(),
    says("454 TLS connection failed:*no shared cipher", "tls-cipher-mismatch", Unknown),
    says("No TLS achieved while * exists", "starttls-missing", Peer).likely(),
    says("TLS unable to verify", "cert-verify-failed", Unknown).general(),
    says("TLS unable to load", "cert-file-unreadable", This),
    plain("Sorry_I_wasn't_able_to_establish_an_SMTP_connection", "port-timeout", Unknown),
    plain("Sorry, I wasn't able to establish an SMTP connection", "port-timeout", Unknown),
    plain("Sorry, I couldn't find any host named", "dns-failure", Unknown),
    plain("CNAME lookup failed temporarily", "dns-failure", Unknown),
    plain(
        "I'm not going to try again; this message has been in the queue too long",
        "retry-timeout",
        Unknown,
    )
    .consequence(),
    plain("Connected to * but connection died", "connection-lost", Unknown),
    plain("that domain isn't in my list of allowed rcpthosts", "relay-denied", Unknown),
];
