//! Python: smtplib, imaplib, ssl, and what is built on them.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "python",
    signs: &[
        ("ssl.SSLError", Some(Role::SmtpClient)),
        ("smtplib", Some(Role::SmtpClient)),
        ("imaplib", Some(Role::ImapClient)),
        ("poplib", Some(Role::ImapClient)),
        ("Traceback (most recent call last)", None),
        ("_ssl.c:", None),
        ("aiosmtplib", Some(Role::SmtpClient)),
        ("django", Some(Role::SmtpClient)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "wrong-tls-mode",
            "smtplib.SMTP_SSL(host, 465), or smtplib.SMTP(host, 587) and then starttls(). In Django EMAIL_USE_SSL belongs to 465, EMAIL_USE_TLS to 587.",
        ),
        cure(
            "trust-store-missing",
            "ssl.create_default_context() uses the roots of the system: install ca-certificates; on macOS run Install Certificates.command; or pass cafile=certifi.where().",
        )
        .run(&["python3 -c 'import ssl; print(ssl.get_default_verify_paths())'"]),
        cure("starttls-missing", "Call ehlo() before starttls(), and see that the port is 587 or 25."),
    ],
};

const ROWS: &[Row] = &[
    says("Hostname mismatch, certificate is not valid for", "cert-name-mismatch", Unknown)
        .also(&["sni-missing"]),
    says("IP address mismatch, certificate is not valid for", "cert-ip-address-unnamed", This)
        .also(&["cert-name-mismatch"]),
    says("ssl.CertificateError: hostname", "cert-name-mismatch", Unknown),
    says("STARTTLS extension not supported by server", "starttls-missing", Unknown).also(&["wrong-tls-mode"]),
    says("STARTTLS not supported by server", "starttls-missing", Unknown),
    says("TLS not supported by server", "starttls-missing", Unknown).likely(),
    hints("SMTP AUTH extension not supported by server", "login-requires-tls", Unknown).also(&["not-tls"]),
    hints("Connection unexpectedly closed", "wrong-tls-mode", Unknown)
        .vague()
        .also(&["tls-handshake-lost-connection"]),
    hints("[SSL: WRONG_VERSION_NUMBER]", "wrong-tls-mode", This),
    hints("WRONG_VERSION_NUMBER", "wrong-tls-mode", This),
    hints("[SSL: UNKNOWN_PROTOCOL]", "wrong-tls-mode", This),
    hints("[SSL: HTTP_REQUEST]", "plaintext-on-tls-port", Peer),
    hints("[SSL: VERSION_TOO_LOW]", "tls-version-obsolete", Peer),
    hints("[SSL: NO_PROTOCOLS_AVAILABLE]", "tls-config-invalid", This),
    hints("SSLV3_ALERT_HANDSHAKE_FAILURE", "tls-cipher-mismatch", Unknown).also(&["tls-version-mismatch"]),
    hints("EOF occurred in violation of protocol", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing()
        .also(&["wrong-tls-mode"]),
    hints("_ssl.c:*The handshake operation timed out", "tls-handshake-timeout", Unknown),
    hints("The handshake operation timed out", "tls-handshake-timeout", Unknown),
    hints("TLS/SSL connection has been closed (EOF)", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
    says("[X509: KEY_VALUES_MISMATCH]", "cert-key-mismatch", This).strong(),
    says("[SSL] PEM lib", "cert-file-unreadable", This),
    says("[X509] no certificate or crl found", "trust-store-missing", This),
    says("NO_CERTIFICATE_OR_CRL_FOUND", "trust-store-missing", This),
    says("invalid path: *ca", "trust-store-missing", This).likely(),
    says("Could not find a suitable TLS CA certificate bundle", "trust-store-missing", This),
    says("check_hostname requires server_hostname", "tls-config-invalid", This),
    says("got an unexpected keyword argument 'keyfile'", "tls-config-invalid", This).also(&["not-tls"]),
    says("module 'ssl' has no attribute", "tls-config-invalid", This).also(&["not-tls"]),
    plain("certfile must be specified", "program-error", This).also(&["tls-config-invalid"]),
    plain("unexpected response: b'220", "wrong-server", This),
    plain("unexpected response: b'+OK", "wrong-server", This),
    hints("[SSL] record layer failure", "tls-handshake-failed", Unknown).general().also(&["wrong-tls-mode"]),
    plain("please run connect() first", "program-error", This),
    plain("smtplib.SMTPAuthenticationError", "auth-failed", Unknown),
    plain("SMTPRecipientsRefused", "access-denied", Unknown).consequence(),
    plain("[Errno 111] Connection refused", "port-refused", Unknown),
    plain("[Errno 61] Connection refused", "port-refused", Unknown),
    plain("[Errno 110] Connection timed out", "port-timeout", Unknown),
    plain("[Errno 60] Operation timed out", "port-timeout", Unknown),
    plain("[Errno 101] Network is unreachable", "no-route", Unknown),
    plain("[Errno 113] No route to host", "no-route", Unknown),
    plain("[Errno -2] Name or service not known", "dns-failure", Unknown),
    plain("[Errno -3] Temporary failure in name resolution", "dns-failure", Unknown),
    plain("[Errno 11001] getaddrinfo failed", "dns-failure", Unknown),
    plain("[Errno 8] nodename nor servname provided", "dns-failure", Unknown),
];
