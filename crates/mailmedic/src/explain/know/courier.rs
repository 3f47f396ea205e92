//! Courier: esmtpd, imapd-ssl, couriertls.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "courier",
    signs: &[
        ("couriertls:", Some(Role::ImapServer)),
        ("imapd-ssl:", Some(Role::ImapServer)),
        ("pop3d-ssl:", Some(Role::ImapServer)),
        ("courieresmtp", Some(Role::SmtpClient)),
        ("courieresmtpd", Some(Role::SmtpServer)),
        ("imapd: ", Some(Role::ImapServer)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "cert-file-unreadable",
            "TLS_CERTFILE in /etc/courier names one PEM file with key, certificate and intermediates; it belongs to the user of the daemon, mode 0400.",
        )
        .run(&["grep TLS_CERTFILE /etc/courier/*"]),
    ],
};

const ROWS: &[Row] = &[
    hints("couriertls: connect: ", "tls-handshake-failed", Unknown).vague(),
    hints("couriertls: accept: ", "tls-handshake-failed", Unknown).vague(),
    hints("couriertls: read: ", "tls-handshake-lost-connection", Peer).vague().perhaps_passing(),
    hints("ip=*, Unexpected SSL connection shutdown", "tls-handshake-lost-connection", Peer)
        .perhaps_passing(),
    hints("Unexpected SSL connection shutdown", "tls-handshake-lost-connection", Peer).perhaps_passing(),
    hints("couriertls: connect: Connection reset by peer", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
    says("couriertls: *: No such file or directory", "cert-file-unreadable", This),
    says("couriertls: *: Permission denied", "cert-file-unreadable", This),
    says("couriertls: *: error:*fopen", "cert-file-unreadable", This),
    says("imapd.pem: No such file", "cert-file-unreadable", This),
    says("imapd.pem: Permission denied", "cert-file-unreadable", This),
    says("TLS_TRUSTCERTS not set", "trust-store-missing", This),
    says("peer certificate * CN=* does not match", "cert-name-mismatch", Unknown).likely(),
    says("couriertls: Server certificate is not signed by trusted authority", "cert-untrusted", Unknown)
        .likely(),
    says("STARTTLS required by", "login-requires-tls", Unknown).general(),
    plain("LOGIN FAILED", "auth-failed", Unknown),
    plain("Maximum connection limit reached", "rate-limited", Unknown),
    plain("DISCONNECTED, ip=", "closed", Unknown).consequence(),
];
