//! Exim, with OpenSSL and with GnuTLS.

use super::row::Whose::{AClient, Peer, This, Unknown};
use super::row::{Book, Remedy, Row, cure, harmless, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "exim",
    signs: &[
        ("TLS error on connection from", Some(Role::SmtpServer)),
        ("no MAIL in SMTP connection from", Some(Role::SmtpServer)),
        ("TLS error on connection to", Some(Role::SmtpClient)),
        ("TLS session: ", Some(Role::SmtpClient)),
        ("a TLS session is required, but", Some(Role::SmtpClient)),
        ("not in hosts_require_tls", Some(Role::SmtpClient)),
        ("SSL verify error:", Some(Role::SmtpClient)),
        ("defer (-3", Some(Role::SmtpClient)),
        ("R=*T=*defer (", Some(Role::SmtpClient)),
        ("Required TLS certificate status not received", Some(Role::SmtpClient)),
        ("SSL_CTX_use_PrivateKey_file file=", Some(Role::SmtpServer)),
        ("exim", None),
    ],
    rows: ROWS,
    cures: CURES,
};

const ROWS: &[Row] = &[
    says("A TLS fatal alert has been received*Certificate is bad", "cert-rejected-by-peer", This)
        .likely()
        .strong(),
    hints("TCP connection closed by peer", "tls-handshake-lost-connection", AClient).perhaps_passing(),
    // The session was up, and its client left: a test, most often.
    harmless("no MAIL in SMTP connection from * X=TLS*C=EHLO,STARTTLS", Peer).strong(),
    hints("no MAIL in SMTP connection from *C=EHLO,STARTTLS", "starttls-lost-connection", Peer)
        .perhaps_passing(),
    hints("SMTP connection from * closed by EOF * STARTTLS", "starttls-lost-connection", Peer)
        .perhaps_passing(),
    hints("TLS error on connection from *: timed out", "tls-handshake-timeout", Peer).perhaps_passing(),
    hints("(gnutls_handshake): timed out", "tls-handshake-timeout", AClient).perhaps_passing(),
    hints("(SSL_connect): timed out", "tls-handshake-timeout", Unknown).perhaps_passing(),
    hints("TLS session: (SSL_connect): Connection reset by peer", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
    hints("(SSL_accept): Connection reset by peer", "tls-handshake-lost-connection", Peer).perhaps_passing(),
    hints("(SSL_accept): SSL_ERROR_SYSCALL", "tls-handshake-lost-connection", Peer).perhaps_passing(),
    says("Bad ALPN presented", "tls-alpn-mismatch", Peer),
    says("Required TLS certificate status not received", "cert-staple-missing", Peer),
    says("Server certificate status is out-of-date", "cert-staple-invalid", Peer).strong(),
    says("Server certificate revoked", "cert-revoked", Peer),
    says("Server certificate status unknown", "cert-staple-invalid", Peer),
    says("status response invalid", "cert-staple-invalid", Peer).likely(),
    says("OCSP * Response not good", "cert-staple-invalid", Peer).likely(),
    says("server did not offer TLS support", "starttls-missing", Peer).also(&["starttls-stripped"]),
    says("an attempt to start TLS failed", "starttls-refused", Peer).likely().general(),
    says("TLS currently unavailable", "starttls-refused", Unknown).likely(),
    says("DANE attempt failed", "dane-mismatch", Peer).likely(),
    says("DANE error: tlsa lookup", "dnssec-bogus", Unknown).likely().perhaps_passing(),
    says("DANE error: TLSA lookup FAIL", "dane-missing", Unknown).likely(),
    says("DANE error: TLSA lookup not DNSSEC", "dnssec-missing", Unknown),
    says("certificate verification failed *DANE", "dane-mismatch", Peer).likely(),
    says("(certificate verification failed): certificate revoked", "client-certificate-rejected", Peer)
        .on(super::row::End::Server)
        .strong(),
    says("(certificate verification failed): certificate invalid", "client-certificate-rejected", Peer)
        .likely()
        .on(super::row::End::Server)
        .strong(),
    says("(certificate verification failed): certificate expired", "client-certificate-rejected", Peer)
        .on(super::row::End::Server)
        .strong(),
    says("(certificate verification failed): certificate expired", "cert-expired", Peer),
    says("(certificate verification failed): certificate invalid", "cert-verify-failed", Unknown).general(),
    hints("An unexpected TLS packet was received", "plaintext-on-tls-port", Peer)
        .also(&["wrong-tls-mode"])
        .on(super::row::End::Server)
        .strong(),
    // So an old GnuTLS told of an end without a goodbye.
    harmless("(recv): A TLS packet with unexpected length was received", Peer).strong(),
    hints("A TLS packet with unexpected length was received", "tls-handshake-lost-connection", AClient)
        .perhaps_passing(),
    hints("(tls_require_ciphers):", "tls-config-invalid", This),
    hints("(D-H param setting", "tls-config-invalid", This),
    hints("(DH param file", "tls-config-invalid", This),
    hints("(set default verify paths)", "trust-store-missing", This),
    hints("DANE error: no usable TLSA", "dane-unusable", Peer),
    hints("failed to initialise TLS", "tls-config-invalid", This),
    says("certificate invalid", "cert-verify-failed", Unknown).general(),
    says(
        "(certificate verification failed)*The certificate hasn't got a known issuer",
        "cert-untrusted",
        Unknown,
    ),
    says("no certificate supplied", "tls-client-certificate-required", Peer).likely(),
    says("certificate verification failed): peer did not", "tls-client-certificate-required", Peer).likely(),
    says("Unknown curve name", "tls-config-invalid", This),
    says("Unsupported curve", "tls-config-invalid", This).likely(),
    says("tls_require_ciphers invalid", "tls-config-invalid", This),
    says("unknown key in openssl_options", "tls-config-invalid", This),
    says("tls_require_ciphers*no valid", "tls-config-invalid", This),
    says("gnutls_priority_init*failed", "tls-config-invalid", This),
    says("openssl_options parse error", "tls-config-invalid", This),
    says("option setting was invalid * tls_", "tls-config-invalid", This).likely(),
    says("(cert/key setup:", "cert-file-unreadable", This),
    says("SSL_CTX_use_certificate_chain_file file=", "cert-file-unreadable", This).general(),
    says("SSL_CTX_use_PrivateKey_file file=", "cert-file-unreadable", This).general(),
    says("certificate file *: No such file", "cert-file-unreadable", This),
    says("failed to expand tls_certificate", "tls-config-invalid", This),
    says("failed to expand tls_", "tls-config-invalid", This),
    says("tls_certificate not set", "cert-file-unreadable", This).likely(),
    says("No server certificate defined", "cert-file-unreadable", This),
    says("Warning: No server certificate defined; will use a selfsigned one", "cert-self-signed", This)
        .strong(),
    says("failed to stat * (tls_verify_certificates)", "trust-store-missing", This).likely(),
    says("failed to stat *for certificates", "trust-store-missing", This),
    says("SSL_CTX_load_verify_locations", "trust-store-missing", This).likely(),
    says("setup_certs", "trust-store-missing", This).likely().general(),
    says("gnutls_certificate_set_x509_trust", "trust-store-missing", This).likely().general(),
    says("delivering unencrypted to", "sent-in-clear", Unknown).vague(),
    harmless("SMTP protocol synchronization error", Peer).consequence(),
    // The session had been up; many programs end it so.
    harmless("(recv): The TLS connection was non-properly terminated", Peer).strong(),
    hints("TLS error on connection from", "tls-handshake-failed", Unknown).consequence(),
    hints("TLS session: (", "tls-handshake-failed", Unknown).consequence(),
    hints("SSL verify error: certificate name mismatch", "cert-name-mismatch", Peer),
    plain("relay not permitted", "relay-denied", Unknown),
    plain("Unrouteable address", "no-such-user", Unknown),
    plain("retry time not reached for any host", "retry-later", Unknown).passing().consequence(),
    plain("retry timeout exceeded", "retry-timeout", Unknown).consequence(),
    plain("authenticator failed for", "auth-failed", Unknown),
    plain("all hosts * have been failing for a long time", "retry-timeout", Unknown).consequence(),
    plain("lowest numbered MX record points to local host", "mail-loop", This),
    plain("rejected RCPT", "access-denied", Unknown).consequence(),
    plain("all relevant MX records point to non-existent hosts", "dns-failure", Unknown),
];

const CURES: &[Remedy] = &[
    cure(
        "cert-file-unreadable",
        "tls_certificate and tls_privatekey must name PEM files that the user of Exim may read (on Debian Debian-exim).",
    )
    .run(&["exim -bP tls_certificate tls_privatekey", "exim -d+tls -bhc 192.0.2.1"]),
    cure(
        "cert-rejected-by-peer",
        "tls_certificate must hold your certificate and after it the intermediates.",
    ),
    cure("trust-store-missing", "In the transport; or name the file with the roots.")
        .set("tls_verify_certificates = system"),
    cure("tls-config-invalid", "This prints what is set; leave out what the library does not know.")
        .run(&["exim -bP tls_require_ciphers openssl_options tls_eccurve"]),
    cure("sent-in-clear", "In the transport, for receivers to whom mail must not go in clear.")
        .set("hosts_require_tls = *.example.org"),
    cure("cert-key-mismatch", "tls_certificate and tls_privatekey must name files that belong together.")
        .run(&["exim -bP tls_certificate tls_privatekey"]),
];
