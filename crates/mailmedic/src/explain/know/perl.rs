//! Perl: `IO::Socket::SSL`, `Net::SMTP`, swaks.

use super::row::Whose::{This, Unknown};
use super::row::{Book, Row, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "perl",
    signs: &[
        ("IO::Socket::SSL", Some(Role::SmtpClient)),
        ("Net::SMTP", Some(Role::SmtpClient)),
        ("=== Connected to", Some(Role::Monitoring)),
        ("swaks", Some(Role::Monitoring)),
        ("*** TLS startup failed", Some(Role::Monitoring)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    hints("can't STARTTLS:", "tls-handshake-failed", Unknown).vague().also(&["cert-verify-failed"]),
    hints("*** TLS startup failed", "tls-handshake-failed", Unknown).vague(),
    hints("SSL connect attempt failed", "tls-handshake-failed", Unknown).vague(),
    hints("SSL connect attempt failed with unknown error", "tls-handshake-failed", Unknown).vague(),
    hints("SSL connect attempt failed because of handshake problems", "tls-handshake-failed", Unknown)
        .vague(),
    hints("SSL wants a read first", "tls-handshake-timeout", Unknown),
    says("*** Host did not advertise STARTTLS", "starttls-missing", Unknown),
    says("Host did not advertise STARTTLS", "starttls-missing", Unknown),
    says("STARTTLS attempted but failed", "starttls-refused", Unknown).likely(),
    says("TLS not available: requires", "tls-config-invalid", This),
    says("requires Net::SSLeay", "tls-config-invalid", This),
    says("SSL_ca_file * does not exist", "trust-store-missing", This),
    says("SSL_ca_file", "trust-store-missing", This).likely().general(),
    says("hostname verification failed", "cert-name-mismatch", Unknown),
    says("certificate verify failed*hostname", "cert-name-mismatch", Unknown).likely(),
    plain("*** No authentication type succeeded", "auth-failed", Unknown).consequence(),
    plain("Error connecting to *:", "port-timeout", Unknown).consequence(),
];
