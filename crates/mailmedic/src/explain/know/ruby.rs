//! Ruby: net/smtp, the mail gem, Action Mailer.

use super::row::Whose::{Server, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "ruby",
    signs: &[
        ("OpenSSL::SSL::SSLError", Some(Role::SmtpClient)),
        ("Net::SMTP", Some(Role::SmtpClient)),
        ("Net::IMAP", Some(Role::ImapClient)),
        ("ActionMailer", Some(Role::SmtpClient)),
        ("postal", Some(Role::SmtpServer)),
    ],
    rows: ROWS,
    cures: &[
        cure("wrong-tls-mode", "ssl: true (tls: true) belongs to port 465; enable_starttls: true to 587."),
        cure(
            "trust-store-missing",
            "Set ca_file, or install ca-certificates; this tells the path that is used.",
        )
        .run(&["ruby -ropenssl -e 'puts OpenSSL::X509::DEFAULT_CERT_FILE'"]),
    ],
};

const ROWS: &[Row] = &[
    says(
        "SSL_connect returned=* certificate verify failed (hostname mismatch)",
        "cert-name-mismatch",
        Unknown,
    ),
    says("hostname \"*\" does not match the server certificate", "cert-name-mismatch", Unknown),
    says("hostname '*' does not match the server certificate", "cert-name-mismatch", Unknown),
    hints("SSL_connect returned=*wrong version number", "wrong-tls-mode", This),
    hints("SSL_connect returned=*unknown protocol", "wrong-tls-mode", This),
    hints("SSL_connect SYSCALL returned=5", "tls-handshake-lost-connection", Unknown).perhaps_passing(),
    hints("SSL_connect returned=* errno=104", "tls-handshake-lost-connection", Unknown).perhaps_passing(),
    hints("SSL_connect", "tls-handshake-failed", Unknown).vague(),
    says("Net::SMTPUnsupportedCommand", "starttls-missing", Unknown).likely().general(),
    says("STARTTLS is not supported on this server", "starttls-missing", Unknown),
    hints("Net::OpenTimeout", "port-timeout", Unknown).general(),
    hints("=> 502 TLS not available", "starttls-missing", This).also(&["starttls-refused"]),
    hints("502 TLS not available", "starttls-missing", Server).general().also(&["starttls-refused"]),
    plain("Net::SMTPAuthenticationError", "auth-failed", Unknown).vague(),
    plain("Errno::ECONNREFUSED", "port-refused", Unknown),
    plain("Errno::ETIMEDOUT", "port-timeout", Unknown),
    plain("getaddrinfo: Name or service not known", "dns-failure", Unknown),
];
