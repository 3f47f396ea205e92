//! curl and libcurl.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};

pub(super) const BOOK: Book = Book {
    software: "curl",
    signs: &[("curl:", None), ("curl ", None), ("libcurl", None)],
    rows: ROWS,
    cures: &[cure(
        "wrong-tls-mode",
        "smtps:// and imaps:// speak TLS at once (465, 993); smtp:// and imap:// with --ssl-reqd use STARTTLS (587, 143).",
    )],
};

const ROWS: &[Row] = &[
    hints("curl: (60)", "cert-verify-failed", Unknown).vague(),
    hints("curl: (35)", "tls-handshake-failed", Unknown).vague(),
    hints("curl: (51)", "cert-name-mismatch", Unknown).general().also(&["cert-verify-failed"]),
    hints("curl: (53)", "tls-config-invalid", This),
    hints("curl: (54)", "tls-config-invalid", This),
    hints("curl: (59)", "tls-config-invalid", This),
    hints("curl: (66)", "tls-config-invalid", This),
    hints("curl: (80)", "tls-handshake-lost-connection", Unknown).vague(),
    hints("curl: (82)", "cert-revocation-unreachable", This),
    hints("curl: (83)", "cert-untrusted", Unknown),
    hints("curl: (98)", "tls-client-certificate-required", This),
    hints("curl: (1) Protocol*not supported", "tls-config-invalid", This).strong(),
    hints("curl: (1) Unsupported protocol", "tls-config-invalid", This).strong(),
    hints("curl: (4)", "tls-config-invalid", This).vague(),
    plain("curl: (5)", "dns-failure", Unknown),
    plain("curl: (52)", "connection-lost", Unknown).consequence(),
    plain("curl: (55)", "connection-lost", Unknown).consequence(),
    plain("curl: (56)", "connection-lost", Unknown).consequence(),
    hints("curl: (64)", "starttls-missing", Unknown).likely(),
    says("Requested SSL level failed", "starttls-missing", Unknown).likely(),
    says("STARTTLS denied", "starttls-refused", Unknown),
    says("STARTTLS not supported", "starttls-missing", Unknown).likely(),
    says("STARTTLS not available", "starttls-missing", Unknown).likely(),
    says("curl: (77)", "trust-store-missing", This),
    says("error setting certificate verify locations", "trust-store-missing", This),
    says("error setting certificate file", "trust-store-missing", This),
    says("curl: (58)", "cert-file-unreadable", This),
    says("unable to set private key file", "cert-file-unreadable", This),
    says("could not load PEM client certificate", "cert-file-unreadable", This),
    says("curl: (90)", "cert-pin-mismatch", Unknown).likely(),
    says("public key does not match pinned public key", "cert-pin-mismatch", Unknown),
    says("curl: (91)", "cert-staple-missing", Peer).likely(),
    says("No OCSP response received", "cert-staple-missing", Peer),
    says("unable to obtain common name from peer certificate", "cert-name-mismatch", Peer)
        .also(&["cert-malformed"]),
    says("subjectAltName does not match", "cert-name-mismatch", Unknown),
    says("no alternative certificate subject name", "cert-name-mismatch", Unknown),
    plain("curl: (28)", "port-timeout", Unknown),
    plain("curl: (7)", "port-refused", Unknown),
    plain("curl: (6)", "dns-failure", Unknown),
    plain("curl: (67)", "auth-failed", Unknown),
    hints("SSL_connect: SSL_ERROR_SYSCALL", "tls-handshake-lost-connection", Unknown).perhaps_passing(),
    hints("SSL_connect: Connection reset by peer", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
];
