//! Sendmail, with its milters and STARTTLS rulesets.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, harmless, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "sendmail",
    signs: &[
        ("STARTTLS=client", Some(Role::SmtpClient)),
        ("STARTTLS=server", Some(Role::SmtpServer)),
        ("sm-mta[", None),
        ("sendmail[", None),
        ("map_lookup:", Some(Role::Monitoring)),
        ("stat=Deferred", Some(Role::SmtpClient)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "cert-file-unreadable",
            "The key file must belong to the user of Sendmail and be readable by nobody else. confSERVER_CERT, confSERVER_KEY and confCACERT in sendmail.mc name the files.",
        )
        .run(&["chmod 600 /path/privkey.pem"]),
        cure("trust-store-missing", "confCACERT is the file with the roots, confCACERT_PATH their folder.")
            .run(&["make -C /etc/mail", "systemctl restart sendmail"])
            .set("define(`confCACERT', `/etc/ssl/certs/ca-certificates.crt')dnl"),
        cure(
            "tls-handshake-failed",
            "Try_TLS:HOST NO in /etc/mail/access sends to this host without TLS, in clear: only for as long as the peer is broken. Log more with confLOG_LEVEL 15.",
        ),
    ],
};

const ROWS: &[Row] = &[
    hints("STARTTLS=*verify=TEMP", "tls-handshake-failed", Unknown).perhaps_passing().general(),
    hints("STARTTLS=server*verify=SOFTWARE", "tls-handshake-failed", Unknown).perhaps_passing().general(),
    hints("STARTTLS=*verify=PROTOCOL", "starttls-refused", Peer),
    hints("STARTTLS=*verify=CONFIG", "tls-config-invalid", This),
    hints("STARTTLS=*verify=REVOKED", "cert-revoked", Peer),
    hints("verify=DANE_FAIL", "dane-mismatch", Peer).strong(),
    hints("verify=DANE_TEMP", "dnssec-bogus", Unknown).perhaps_passing(),
    hints("verify=DANE_NOTLS", "starttls-missing", Peer).also(&["starttls-stripped"]),
    harmless("STARTTLS=*verify=TRUSTED", Unknown),
    harmless("STARTTLS=*verify=CLEAR", Unknown),
    hints("ServerCertFile missing", "cert-file-unreadable", This),
    hints("ServerKeyFile missing", "cert-file-unreadable", This),
    hints("SSL_CTX_check_private_key(*failed", "cert-key-mismatch", This).strong(),
    hints("STARTTLS=*timeout waiting for", "tls-handshake-timeout", Unknown).perhaps_passing(),
    hints("info: unsafe DH parameters", "tls-dh-weak", This),
    hints("cannot read or set DH parameters", "tls-config-invalid", This).also(&["cert-file-unreadable"]),
    says("This host requires a certificate", "tls-client-certificate-required", Peer).likely(),
    hints("ruleset=tls_server, arg1=FAIL*not authenticated", "cert-verify-failed", Unknown).strong(),
    hints("do not try TLS with", "tls-config-invalid", This).strong(),
    hints("get_verify: 10", "cert-expired", Peer),
    hints("get_verify: 18", "cert-self-signed", Peer),
    hints("get_verify: 19", "cert-untrusted", Unknown),
    hints("get_verify: 20", "chain-incomplete", Unknown).also(&["cert-untrusted", "trust-store-missing"]),
    hints("get_verify: 21", "chain-incomplete", Unknown).also(&["cert-untrusted"]),
    hints("STARTTLS=client, relay=*verify=SOFTWARE", "tls-handshake-failed", Unknown)
        .perhaps_passing()
        .general(),
    harmless("STARTTLS=*verify=FAIL", Unknown).also(&["cert-verify-failed"]),
    harmless("STARTTLS=*verify=NO,", Unknown),
    harmless("STARTTLS=*verify=NOT,", Unknown),
    harmless("STARTTLS=*verify=OK", Unknown),
    harmless("STARTTLS=*verify=NONE", Unknown),
    says("STARTTLS=*verifymsg=*unable to get local issuer", "chain-incomplete", Unknown)
        .likely()
        .also(&["cert-untrusted", "trust-store-missing"]),
    hints("STARTTLS=server, error: accept failed=0", "tls-handshake-lost-connection", Peer)
        .perhaps_passing()
        .general(),
    hints("STARTTLS=server, error: accept failed=-1, *SSL_error=5", "tls-handshake-lost-connection", Peer)
        .perhaps_passing()
        .general(),
    hints("STARTTLS=server, error: accept failed=-1", "tls-handshake-failed", Unknown)
        .perhaps_passing()
        .vague(),
    hints(
        "STARTTLS=client, error: connect failed=-1, *SSL_error=5",
        "tls-handshake-lost-connection",
        Unknown,
    )
    .perhaps_passing()
    .general(),
    hints("STARTTLS=client, error: connect failed=-1", "tls-handshake-failed", Unknown)
        .perhaps_passing()
        .vague(),
    hints("STARTTLS=client, error: connect failed=0", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing()
        .vague(),
    hints("STARTTLS=server: * *alert", "tls-handshake-failed", Unknown).vague(),
    hints("SSL_accept timed out", "tls-handshake-timeout", Unknown),
    hints("error: accept failed=*timedout=1", "tls-handshake-timeout", Unknown).strong(),
    hints("error: connect failed=*timedout=1", "tls-handshake-timeout", Unknown).strong(),
    says("file * unsafe: Group readable file", "cert-file-unreadable", This),
    says("file * unsafe: Group writable", "cert-file-unreadable", This),
    says("file * unsafe: World", "cert-file-unreadable", This),
    says("file * unsafe: Permission denied", "cert-file-unreadable", This),
    says("file * unsafe: No such file or directory", "cert-file-unreadable", This),
    says("STARTTLS=*SSL_CTX_use_PrivateKey_file(*) failed", "cert-file-unreadable", This),
    says("STARTTLS=*SSL_CTX_use_certificate_file(*) failed", "cert-file-unreadable", This),
    says("STARTTLS=*SSL_CTX_check_private_key failed", "cert-key-mismatch", This).strong(),
    says("STARTTLS=*load verify locs *failed", "trust-store-missing", This),
    says("STARTTLS=*CRLFile missing", "cert-revocation-unreachable", This),
    says("STARTTLS=*, error: cannot set DH parameters", "tls-config-invalid", This),
    says("STARTTLS: * incomplete", "cert-file-unreadable", This).likely(),
    says("STARTTLS=server, error: RSA", "tls-config-invalid", This).likely(),
    says("STARTTLS=*cipher list", "tls-config-invalid", This).likely(),
    hints("403 4.7.0 TLS handshake failed", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("403 4.7.0 TLS handshake", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    says("not authenticated by TLS", "cert-verify-failed", Unknown).likely(),
    says("CN * does not match", "cert-name-mismatch", Unknown).likely(),
    says("encryption too weak", "tls-cipher-weak", Peer),
    says("less than * 0 * bits of encryption", "starttls-missing", Peer).likely(),
    harmless("map_lookup: sts (*) no match", Peer).also(&["mta-sts-missing"]),
    says("did not issue MAIL/EXPN/VRFY/ETRN during connection to", "benign", Peer).likely().vague(),
    plain("stat=Deferred: Connection timed out", "port-timeout", Unknown),
    plain("stat=Deferred: Connection refused", "port-refused", Unknown),
    plain("stat=User unknown", "no-such-user", Unknown),
    plain("Relaying denied", "relay-denied", Unknown),
    plain("stat=Deferred: Name server:", "dns-failure", Unknown),
];
