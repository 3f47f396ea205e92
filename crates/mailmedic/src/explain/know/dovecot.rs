//! Dovecot 2.2 to 2.4: login processes, `doveconf`, and its proxies.

use super::row::Whose::{AClient, Peer, This, Unknown};
use super::row::{Book, Remedy, Row, cure, harmless, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "dovecot",
    signs: &[
        ("imap-login:", Some(Role::ImapServer)),
        ("pop3-login:", Some(Role::ImapServer)),
        ("managesieve-login:", Some(Role::ImapServer)),
        ("submission-login:", Some(Role::SmtpServer)),
        ("lmtp(", Some(Role::SmtpServer)),
        ("doveconf:", Some(Role::ImapServer)),
        ("ssl_server_", Some(Role::ImapServer)),
        ("dovecot", Some(Role::ImapServer)),
    ],
    rows: ROWS,
    cures: CURES,
};

const ROWS: &[Row] = &[
    hints("TLS handshaking: Disconnected", "tls-handshake-lost-connection", Peer).perhaps_passing(),
    hints("TLS handshaking: Connection closed", "tls-handshake-lost-connection", Peer)
        .perhaps_passing()
        .general(),
    hints("TLS handshaking: * Connection reset by peer", "tls-handshake-lost-connection", Peer)
        .perhaps_passing(),
    hints("SSL_accept() syscall failed", "tls-handshake-lost-connection", Peer).perhaps_passing().general(),
    hints("TLS handshaking: SSL_accept() failed: Unknown error", "tls-handshake-failed", Unknown).vague(),
    hints("TLS handshaking", "tls-handshake-lost-connection", Peer).perhaps_passing().vague(),
    hints("disconnected during TLS handshake", "tls-handshake-lost-connection", Peer)
        .perhaps_passing()
        .vague(),
    hints("disconnected before TLS handshake", "tls-handshake-lost-connection", Peer)
        .perhaps_passing()
        .vague(),
    hints("tls_handshake_not_finished", "tls-handshake-lost-connection", Peer).perhaps_passing().vague(),
    hints("SSL_accept() failed", "tls-handshake-failed", AClient).vague(),
    hints("Inactivity during TLS handshake", "tls-handshake-timeout", Unknown),
    hints("TLS handshake timed out", "tls-handshake-timeout", Unknown),
    harmless("(no auth attempts * TLS: Disconnected", Peer).also(&["cert-rejected-by-peer"]),
    harmless("(no auth attempts * TLS: Connection closed", Peer).also(&["cert-rejected-by-peer"]),
    harmless("(no auth attempts", Peer).consequence(),
    harmless("no_auth_attempts", Peer).consequence(),
    says("disallowed plaintext auth", "login-requires-tls", Unknown),
    says("tried to use disallowed plaintext auth", "login-requires-tls", Unknown),
    says("Plaintext authentication disallowed on non-secure", "login-requires-tls", Unknown),
    says("cleartext authentication disallowed on non-secure", "login-requires-tls", Unknown),
    says("cleartext_login_disabled", "login-requires-tls", Unknown),
    says("Key is for a different cert than", "cert-key-mismatch", This).strong(),
    says("certificate doesn't match private key", "cert-key-mismatch", This).strong(),
    says("ssl_cert: Can't open file", "cert-file-unreadable", This),
    says("ssl_key: Can't open file", "cert-file-unreadable", This),
    says("ssl_dh: Can't open file", "tls-config-invalid", This),
    says("ssl_ca: Can't open file", "trust-store-missing", This).likely(),
    says("ssl_*_file: open(/*-----BEGIN", "tls-config-invalid", This).strong(),
    says("ssl_*failed: File name too long", "tls-config-invalid", This).strong(),
    says("ssl_*cert_file: open(*-----BEGIN", "tls-config-invalid", This).strong(),
    says("ssl_server_cert_file: open(*) failed", "cert-file-unreadable", This),
    says("ssl_server_key_file: open(*) failed", "cert-file-unreadable", This),
    says("ssl_server_*_file: Can't open", "cert-file-unreadable", This),
    says("ssl_server_dh_file", "tls-config-invalid", This).likely().general(),
    says("Can't load SSL certificate", "cert-file-unreadable", This),
    says("Can't load ssl_cert", "cert-file-unreadable", This),
    says("Can't load private ssl_key", "cert-file-unreadable", This),
    says("Can't load private key", "cert-file-unreadable", This),
    says("Can't load certificate", "cert-file-unreadable", This),
    says("Couldn't parse private ssl_key", "cert-file-unreadable", This),
    says("Couldn't parse private SSL key", "cert-file-unreadable", This),
    says("no DH parameters provided", "tls-config-invalid", This),
    says("Please consider removing it from ssl_protocols", "tls-config-invalid", This).likely(),
    says("Can't load DH parameters", "tls-config-invalid", This),
    says("ssl enabled, but ssl_cert not set", "cert-file-unreadable", This),
    says("ssl enabled, but ssl_key not set", "cert-file-unreadable", This),
    says("There is no valid PEM certificate", "cert-file-unreadable", This),
    says("The file contains a private key", "cert-file-unreadable", This).likely(),
    says("Can't set cipher list", "tls-config-invalid", This),
    says("Unknown ssl_min_protocol", "tls-config-invalid", This),
    says("Unknown ssl_protocols", "tls-config-invalid", This),
    says("ssl_min_protocol * Unknown", "tls-config-invalid", This),
    says("Unknown setting: ssl", "tls-config-invalid", This),
    says("SSL context initialization failed, disabling SSL", "tls-config-invalid", This).general(),
    says("Failed to initialize SSL server context", "tls-config-invalid", This).general(),
    says("Failed to initialize SSL", "tls-config-invalid", This).general(),
    says("TLS initialization failed", "tls-config-invalid", This).general(),
    says("Obsolete setting * ssl", "tls-config-invalid", This).vague(),
    says("please set ssl_dh=", "tls-config-invalid", This).likely(),
    hints("ssl_client_ca", "trust-store-missing", This).general(),
    says("Received invalid SSL certificate", "cert-verify-failed", Peer).general(),
    says("(client sent an invalid cert)", "client-certificate-rejected", Peer),
    says("(client didn't send a cert)", "tls-client-certificate-required", Peer),
    says("(cert required, client didn't start TLS)", "tls-client-certificate-required", Peer)
        .likely()
        .also(&["login-requires-tls"]),
    hints("ssl_options: unknown flag", "tls-config-invalid", This),
    hints("ssl_verify_client_cert set, but ssl_ca not", "tls-config-invalid", This),
    hints("Invalid ssl_min_protocol", "tls-config-invalid", This),
    hints("Couldn't initialize SSL client", "tls-config-invalid", This).vague(),
    hints("Diffie-Hellman parameters: Can't open file", "cert-file-unreadable", This),
    hints("Requested STARTTLS, but server doesn't support it", "starttls-missing", Unknown),
    says("SSL required for authentication", "login-requires-tls", Unknown).strong(),
    hints("SSL handshaking with * failed: Connection timed out", "tls-handshake-timeout", Unknown)
        .strong()
        .perhaps_passing(),
    hints("SSL_accept() failed: error:*:unknown protocol", "plaintext-on-tls-port", Peer)
        .strong()
        .also(&["wrong-tls-mode", "tls-version-obsolete"]),
    says("Client certificate isn't valid", "client-certificate-rejected", Peer).likely(),
    says("Client didn't present valid SSL certificate", "tls-client-certificate-required", Peer),
    says("Client sent no valid certificate", "tls-client-certificate-required", Peer).likely(),
    says("cert_auth_failed", "client-certificate-rejected", Peer).likely(),
    says("SSL certificate not received", "cert-verify-failed", Peer).likely(),
    hints("doveconf: Fatal: Error in configuration file * ssl", "tls-config-invalid", This).vague(),
    plain("(auth failed,", "auth-failed", Unknown),
    plain("(auth_failed)", "auth-failed", Unknown),
    plain("authentication failure; logname=", "auth-failed", Unknown),
    plain("Password mismatch", "auth-failed", Unknown),
    plain("unknown user", "no-such-user", Unknown),
    plain("client didn't finish SASL auth", "auth-aborted", Unknown),
    plain("Aborted login (tried to use", "auth-aborted", Unknown).consequence(),
    plain("Too many invalid commands", "malformed-command", Unknown).also(&["plaintext-on-tls-port"]),
    plain("Maximum number of connections from user+IP exceeded", "rate-limited", Unknown),
    plain("Disconnected for inactivity", "idle", Peer),
    plain("Logged out in=", "logged-out", Unknown).consequence(),
];

const CURES: &[Remedy] = &[
    cure(
        "cert-file-unreadable",
        "Up to 2.3 a path stands behind <; in 2.4 there is no < and the settings are ssl_server_cert_file and ssl_server_key_file. The files must be readable by root.",
    )
    .run(&["doveconf -n", "doveadm reload"])
    .set("ssl_cert = </path/fullchain.pem\nssl_key = </path/privkey.pem"),
    cure(
        "tls-config-invalid",
        "This prints what is set and names what it does not understand. In 2.4 a file setting takes a path with no < before it.",
    )
    .run(&["doveconf -n"]),
    cure(
        "cert-key-mismatch",
        "Point ssl_cert and ssl_key (2.4: ssl_server_cert_file and ssl_server_key_file) to files that belong together, your own certificate first.",
    )
    .run(&["doveadm reload"]),
    cure(
        "cert-rejected-by-peer",
        "ssl_cert (2.4: ssl_server_cert_file) must hold your certificate and after it the intermediates, for the name that clients connect to.",
    )
    .run(&["doveadm reload"]),
    cure(
        "tls-version-obsolete",
        "Update the client. ssl_min_protocol tells the least version here; to lower it weakens all others.",
    ),
    cure("login-requires-tls", "Set the client to TLS: port 993 or 995, or STARTTLS on 143 or 110."),
    cure(
        "tls-cipher-mismatch",
        "See that ssl_cert (2.4: ssl_server_cert_file) names a certificate, and leave ssl_cipher_list and ssl_curve_list at their defaults.",
    )
    .run(&["doveconf -n ssl_cipher_list ssl_curve_list"]),
];
