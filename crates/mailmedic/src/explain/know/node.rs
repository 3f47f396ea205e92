//! Node.js: nodemailer, imapflow, and their kin.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "nodemailer",
    signs: &[
        ("nodemailer", Some(Role::SmtpClient)),
        ("ESOCKET", Some(Role::SmtpClient)),
        ("TLSSocket", Some(Role::SmtpClient)),
        ("EAUTH", Some(Role::SmtpClient)),
        ("_tls_wrap.js", Some(Role::SmtpClient)),
        ("ERR_TLS_", Some(Role::SmtpClient)),
        ("smtp-connection", Some(Role::SmtpClient)),
        ("imapflow", Some(Role::ImapClient)),
        ("ECONNECTION", Some(Role::SmtpClient)),
        ("deps/openssl", Some(Role::SmtpClient)),
        ("ERR_SSL_", Some(Role::SmtpClient)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "wrong-tls-mode",
            "secure: true belongs to port 465; for 587 and 25 set secure: false and requireTLS: true.",
        ),
        cure(
            "tls-intercepted",
            "See who issued the certificate. If it is an antivirus or a proxy, exempt the mail port there, or name its root with NODE_EXTRA_CA_CERTS=/path/root.pem.",
        ),
        cure("cert-untrusted", "Name the root of a private CA, or pass it as tls.ca.")
            .run(&["export NODE_EXTRA_CA_CERTS=/path/root.pem"]),
        cure(
            "chain-incomplete",
            "Have the server send its full chain. Until then NODE_EXTRA_CA_CERTS=/path/intermediate.pem.",
        ),
    ],
};

const ROWS: &[Row] = &[
    hints("SELF_SIGNED_CERT_IN_CHAIN", "tls-intercepted", Unknown).also(&["cert-untrusted"]).strong(),
    hints("self signed certificate in certificate chain*TLSSocket", "tls-intercepted", Unknown)
        .also(&["cert-untrusted"])
        .strong(),
    hints("Error: self signed certificate in certificate chain", "tls-intercepted", Unknown)
        .also(&["cert-untrusted"])
        .strong(),
    hints("Error: self-signed certificate in certificate chain", "tls-intercepted", Unknown)
        .also(&["cert-untrusted"])
        .strong(),
    says("ERR_TLS_CERT_ALTNAME_INVALID", "cert-name-mismatch", Unknown),
    says("altnames: IP: ", "cert-ip-address-unnamed", This).also(&["cert-name-mismatch"]).strong(),
    says("does not match certificate's altnames", "cert-name-mismatch", Unknown),
    says("is not in the cert's altnames", "cert-name-mismatch", Unknown),
    says("is not cert's CN", "cert-name-mismatch", Unknown),
    hints("ERR_SSL_WRONG_VERSION_NUMBER", "wrong-tls-mode", This),
    hints("ERR_SSL_UNSUPPORTED_PROTOCOL", "tls-version-obsolete", Unknown),
    hints("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls-version-mismatch", Unknown),
    hints("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "tls-cipher-mismatch", Unknown),
    hints("ERR_SSL_DH_KEY_TOO_SMALL", "tls-dh-weak", Peer),
    hints("ERR_TLS_PROTOCOL_VERSION_CONFLICT", "tls-config-invalid", This),
    hints("ERR_TLS_INVALID_PROTOCOL_VERSION", "tls-config-invalid", This),
    hints("ERR_TLS_PSK", "tls-config-invalid", This).vague(),
    hints("ERR_OSSL_EVP_UNSUPPORTED", "cert-file-unreadable", This).likely(),
    hints(
        "Client network socket disconnected before secure TLS connection was established",
        "tls-handshake-lost-connection",
        Unknown,
    )
    .perhaps_passing()
    .also(&["wrong-tls-mode"]),
    hints("TLS handshake timeout", "tls-handshake-timeout", Unknown),
    hints("Error upgrading connection with STARTTLS", "starttls-refused", Unknown).general(),
    hints("Error initiating TLS", "tls-handshake-failed", Unknown).vague(),
    says("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "chain-incomplete", Unknown).likely().also(&[
        "cert-untrusted",
        "trust-store-missing",
        "tls-intercepted",
    ]),
    says("UNABLE_TO_DECRYPT_CERT_SIGNATURE", "cert-signature-invalid", Peer),
    says("CERT_SIGNATURE_FAILURE", "cert-signature-invalid", Peer),
    says("UNABLE_TO_DECRYPT_CRL_SIGNATURE", "cert-revocation-unreachable", Unknown),
    says("CRL_NOT_YET_VALID", "cert-revocation-unreachable", Unknown),
    says("ERROR_IN_CRL_LAST_UPDATE_FIELD", "cert-revocation-unreachable", Unknown),
    says("ERROR_IN_CRL_NEXT_UPDATE_FIELD", "cert-revocation-unreachable", Unknown),
    says("ERROR_IN_CERT_NOT_BEFORE_FIELD", "cert-malformed", Peer),
    says("ERROR_IN_CERT_NOT_AFTER_FIELD", "cert-malformed", Peer),
    says("CERT_CHAIN_TOO_LONG", "chain-path-too-long", Peer),
    says("PATH_LENGTH_EXCEEDED", "chain-path-too-long", Peer),
    says("CERT_REVOKED", "cert-revoked", Peer),
    says("'INVALID_CA'", "chain-intermediate-invalid", Peer),
    says("'INVALID_PURPOSE'", "cert-usage-wrong", Peer).likely(),
    says("CERT_UNTRUSTED", "cert-untrusted", Unknown),
    hints("CERT_REJECTED", "cert-untrusted", Unknown),
    hints("ERR_TLS_CERT_ALTNAME_FORMAT", "cert-malformed", Peer),
    says("ERR_TLS_DH_PARAM_SIZE", "tls-dh-weak", Peer),
    hints("ERR_TLS_RENEGOTIATION_DISABLED", "tls-renegotiation-insecure", Unknown),
    hints("ERR_TLS_REQUIRED_SERVER_NAME", "sni-missing", This),
    hints("ERR_TLS_SNI_FROM_SERVER", "tls-config-invalid", This),
    says("ERR_SSL_HTTP_REQUEST", "plaintext-on-tls-port", Peer),
    hints("ERR_OSSL_UNSUPPORTED", "cert-file-unreadable", This),
    hints("code: 'ETLS'", "tls-handshake-failed", Unknown).consequence(),
    hints("code: 'EPROTO'", "tls-handshake-failed", Unknown).consequence(),
    plain("code: 'ECONNREFUSED'", "port-refused", Unknown),
    plain("code: 'ETIMEDOUT'", "port-timeout", Unknown).vague(),
    plain("code: 'EHOSTUNREACH'", "no-route", Unknown),
    plain("code: 'ENOTFOUND'", "dns-failure", Unknown),
    plain("code: 'EAI_AGAIN'", "dns-failure", Unknown),
    plain("code: 'EDNS'", "dns-failure", Unknown),
    plain("code: 'EAUTH'", "auth-failed", Unknown).consequence(),
    plain("code: 'ECONNRESET'", "connection-reset", Unknown).consequence(),
    hints("Greeting never received", "wrong-tls-mode", Unknown).also(&["port-timeout", "not-tls"]),
    hints("Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0'", "tls-config-invalid", This)
        .general(),
    hints("Unknown authentication type", "login-requires-tls", Unknown).vague(),
    hints("Missing credentials for", "not-tls", This).vague(),
    plain("Invalid login: 504", "auth-failed", Unknown).strong(),
    plain("Invalid login: 535", "auth-failed", Unknown).strong(),
    plain("Invalid login: 534", "auth-failed", Unknown).strong(),
    plain("connect ECONNREFUSED", "port-refused", Unknown),
    plain("connect ETIMEDOUT", "port-timeout", Unknown),
    plain("Connection timeout", "port-timeout", Unknown),
    plain("connect EHOSTUNREACH", "no-route", Unknown),
    plain("connect ENETUNREACH", "no-route", Unknown),
    plain("getaddrinfo ENOTFOUND", "dns-failure", Unknown),
    plain("getaddrinfo EAI_AGAIN", "dns-failure", Unknown),
    plain("queryA ENOTFOUND", "dns-failure", Unknown),
    hints("read ECONNRESET", "tls-handshake-lost-connection", Unknown).vague().perhaps_passing(),
];
