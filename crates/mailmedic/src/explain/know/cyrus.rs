//! Cyrus IMAP.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "cyrus",
    signs: &[
        ("cyrus/", Some(Role::ImapServer)),
        ("imaps[", Some(Role::ImapServer)),
        ("cyrus", Some(Role::ImapServer)),
        ("TLS server engine:", Some(Role::ImapServer)),
    ],
    rows: ROWS,
    cures: &[cure(
        "cert-file-unreadable",
        "tls_server_cert and tls_server_key in imapd.conf must name files that the user cyrus may read.",
    )
    .run(&["chgrp ssl-cert /path/privkey.pem", "chmod 640 /path/privkey.pem"])
    .set("tls_server_cert: /path/fullchain.pem\ntls_server_key: /path/privkey.pem")],
};

const ROWS: &[Row] = &[
    says("TLS server engine: cannot load cert/key data", "cert-file-unreadable", This),
    says("TLS server engine: cannot load CA data", "trust-store-missing", This),
    says("unable to get certificate from '*'", "cert-file-unreadable", This),
    says("unable to get private key from '*'", "cert-file-unreadable", This),
    says("unable to get server private key", "cert-file-unreadable", This),
    says("Private key does not match the certificate public key", "cert-key-mismatch", This).strong(),
    says("error initializing TLS", "tls-config-invalid", This).general(),
    says("[imaps] error initializing TLS", "tls-config-invalid", This).general(),
    says("TLS server engine: No CA file specified", "trust-store-missing", This).general(),
    hints("imaps TLS negotiation failed:", "tls-handshake-failed", Unknown).vague().perhaps_passing(),
    hints("TLS negotiation failed: ", "tls-handshake-failed", Unknown).vague().perhaps_passing(),
    hints("STARTTLS negotiation failed:", "tls-handshake-failed", Unknown).vague().perhaps_passing(),
    hints("Fatal error: tls_start_servertls() failed", "tls-handshake-failed", Unknown).vague(),
    hints("pop3s TLS negotiation failed", "tls-handshake-failed", Unknown).vague().perhaps_passing(),
    hints("SSL_accept() timed out", "tls-handshake-timeout", Peer),
    says("plaintext login * disabled", "login-requires-tls", Unknown).likely(),
    plain("badlogin:", "auth-failed", Unknown),
    plain("authentication failure: checkpass failed", "auth-failed", Unknown),
];
