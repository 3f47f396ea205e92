//! PHP: streams, `PHPMailer`, Swift Mailer, Symfony Mailer, Zend, `WordPress`.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "php",
    signs: &[
        ("stream_socket_enable_crypto", Some(Role::SmtpClient)),
        ("stream_socket_client", Some(Role::SmtpClient)),
        ("fsockopen", Some(Role::SmtpClient)),
        ("PHPMailer", Some(Role::SmtpClient)),
        ("Swift_", Some(Role::SmtpClient)),
        ("SMTP Error: ", Some(Role::SmtpClient)),
        ("SMTP ERROR: ", Some(Role::SmtpClient)),
        ("imap_open", Some(Role::ImapClient)),
        ("Symfony\\Component\\Mailer", Some(Role::SmtpClient)),
        ("MailSo", Some(Role::ImapClient)),
        ("roundcube", Some(Role::ImapClient)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "wrong-tls-mode",
            "SMTPSecure = ENCRYPTION_SMTPS (ssl) belongs to port 465, ENCRYPTION_STARTTLS (tls) to 587.",
        ),
        cure(
            "trust-store-missing",
            "In php.ini, with ca-certificates installed; on Windows name a downloaded cacert.pem.",
        )
        .set("openssl.cafile=/etc/ssl/certs/ca-certificates.crt"),
        cure("cert-name-mismatch", "Use the name that is in the certificate as Host."),
        cure("tls-config-invalid", "In php.ini; then restart PHP.").set("extension=openssl"),
    ],
};

const ROWS: &[Row] = &[
    says("did not match expected CN=", "cert-name-mismatch", Unknown),
    says("Unable to locate peer certificate CN", "cert-name-mismatch", Peer).also(&["cert-malformed"]),
    says("Peer fingerprint doesn't match", "cert-pin-mismatch", Unknown),
    hints("SSL operation failed with code", "tls-handshake-failed", Unknown).vague(),
    hints("Failed to enable crypto", "tls-handshake-failed", Unknown).vague(),
    hints("Cannot enable crypto", "tls-handshake-failed", Unknown).vague(),
    hints("Unable to start TLS", "tls-handshake-failed", Unknown).vague(),
    hints("Unable to connect with STARTTLS", "tls-handshake-failed", Unknown).vague(),
    hints("Unable to connect with TLS encryption", "tls-handshake-failed", Unknown).vague(),
    hints("SSL: Handshake timed out", "tls-handshake-timeout", Unknown),
    hints(
        "stream_socket_enable_crypto(): SSL: Connection reset by peer",
        "tls-handshake-lost-connection",
        Unknown,
    )
    .perhaps_passing(),
    hints("SSL: Connection reset by peer", "tls-handshake-lost-connection", Unknown).perhaps_passing(),
    hints("SSL: Broken pipe", "tls-handshake-lost-connection", Unknown).perhaps_passing(),
    hints("SSL: Success", "tls-handshake-lost-connection", Unknown).perhaps_passing().vague(),
    says("failed loading cafile stream", "trust-store-missing", This),
    says("no valid certs found cafile stream", "trust-store-missing", This),
    says("Unable to set verify locations", "trust-store-missing", This),
    says("Unable to set local cert chain file", "cert-file-unreadable", This),
    says("Unable to find the socket transport \"ssl\"", "tls-config-invalid", This),
    says("Unable to find the socket transport", "tls-config-invalid", This).likely(),
    says("Extension missing: openssl", "tls-config-invalid", This),
    says("openssl extension", "tls-config-invalid", This).likely().general(),
    hints("Self-signed certificate or untrusted authority", "cert-untrusted", Unknown)
        .also(&["cert-self-signed"]),
    says("Certificate failure for *self signed certificate", "cert-self-signed", Peer),
    says("Certificate failure for *unable to get local issuer", "chain-incomplete", Unknown)
        .likely()
        .also(&["cert-untrusted", "trust-store-missing"]),
    says("Certificate failure for *Server name does not match certificate", "cert-name-mismatch", Unknown),
    says("Server name does not match certificate", "cert-name-mismatch", Unknown),
    hints("Certificate failure for", "cert-verify-failed", Unknown).general(),
    hints("TLS/SSL failure for *: SSL negotiation failed", "tls-handshake-failed", Unknown)
        .general()
        .also(&["wrong-tls-mode"]),
    hints("SSL negotiation failed", "tls-handshake-failed", Unknown).general(),
    hints("Can't connect to host \"ssl://", "tls-handshake-failed", Unknown).consequence(),
    hints("Can't connect to host \"tls://", "tls-handshake-failed", Unknown).consequence(),
    hints("SMTP connect() failed", "tls-handshake-failed", Unknown).consequence(),
    // A name, a port or TLS: these words alone do not tell.
    hints("Could not connect to SMTP host", "tls-handshake-failed", Unknown)
        .consequence()
        .also(&["port-timeout"])
        .possible(),
    hints("MailSo*NetException: Can't start TLS", "tls-handshake-failed", Unknown).vague(),
    hints("STARTTLS failed", "tls-handshake-failed", Unknown).consequence(),
    plain("unable to connect to * (Connection refused)", "port-refused", Unknown),
    plain("unable to connect to * (Connection timed out)", "port-timeout", Unknown),
    plain("unable to connect to * (Operation timed out)", "port-timeout", Unknown),
    plain("unable to connect to * (Network is unreachable)", "no-route", Unknown),
    plain("unable to connect to * (No route to host)", "no-route", Unknown),
    plain("unable to connect to * (Permission denied)", "port-refused", This),
    plain("php_network_getaddresses: getaddrinfo failed", "dns-failure", Unknown),
    plain("php_network_getaddresses: getaddrinfo for", "dns-failure", Unknown),
    plain("Connection refused (111)", "port-refused", Unknown),
    plain("Connection timed out (110)", "port-timeout", Unknown),
    plain("Connection refused [SMTP:", "port-refused", Unknown),
    plain("Could not authenticate", "auth-failed", Unknown).consequence(),
    plain("SMTP Error: data not accepted", "access-denied", Unknown).consequence(),
];
