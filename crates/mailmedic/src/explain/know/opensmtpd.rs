//! OpenSMTPD.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, harmless, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "opensmtpd",
    signs: &[
        ("smtp-out:", Some(Role::SmtpClient)),
        ("smtp-in:", Some(Role::SmtpServer)),
        (" mta ", Some(Role::SmtpClient)),
        ("event=connecting address=smtp", Some(Role::SmtpClient)),
        ("result=\"TempFail\"", Some(Role::SmtpClient)),
        ("smtpd[*]: smtp-", Some(Role::SmtpClient)),
        ("pony express", None),
        ("smtpd: /", None),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "cert-file-unreadable",
            "The lines pki NAME cert and pki NAME key in smtpd.conf must name PEM files; the key belongs to root with mode 0600 or 0640.",
        )
        .run(&["smtpd -n"]),
    ],
};

const ROWS: &[Row] = &[
    hints("Server certificate verification failed", "cert-verify-failed", Unknown).vague(),
    // Without "tls verify" the mail goes on.
    harmless("cert-check result=\"unverified\"", Peer).also(&["cert-verify-failed"]),
    hints("cert-check result=\"invalid\"", "cert-verify-failed", Unknown).vague(),
    hints("cert-check result=\"failure\"", "cert-verify-failed", Unknown).vague(),
    hints("SSL certificate verification failed", "cert-verify-failed", Unknown).vague(),
    hints("Error on session *: IO Error:", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("session *: IO error:", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("event=error reason=\"IO Error:", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("TLS required but not supported by remote host", "starttls-missing", Peer).strong(),
    hints("TLS not supported by remote host", "starttls-missing", Peer),
    hints("TLS required * remote host", "starttls-missing", Peer),
    harmless("Error on session *: TLS failed, downgrading to plain", Unknown).also(&["sent-in-clear"]),
    hints("downgrading to plain", "sent-in-clear", Unknown).general(),
    says("invalid pki", "cert-file-unreadable", This).likely(),
    says("ca file: * unsafe", "cert-file-unreadable", This),
    says("unable to load * certificate", "cert-file-unreadable", This),
    says("load_pki_tree: failed to load", "cert-file-unreadable", This),
    says("load_pki_keys: failed to load", "cert-file-unreadable", This),
    says("insecure permissions: must be at most", "cert-file-unreadable", This),
    says("insecure certificate permissions", "cert-file-unreadable", This).likely(),
    says("insecure key permissions", "cert-file-unreadable", This).likely(),
    says("ssl_ctx_create: could not set", "tls-config-invalid", This).likely(),
    says("pki name not found", "tls-config-invalid", This).likely(),
    says("no matching pki", "tls-config-invalid", This).likely(),
    says("cannot smtps without pki", "tls-config-invalid", This).likely(),
    says("STARTTLS required", "login-requires-tls", Unknown).general(),
    hints("smtp disconnected reason=\"io-error: ", "tls-handshake-failed", Unknown).vague(),
    hints("disconnected reason=\"tls error", "tls-handshake-failed", Unknown).vague(),
    plain("Network error on destination MXs", "no-route", Unknown).consequence(),
    plain("disconnected reason=quit", "closed", Unknown).consequence(),
    plain("Connection timeout", "port-timeout", Unknown).general(),
];
