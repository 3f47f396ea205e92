//! Postfix: smtp, smtpd, postscreen, tlsproxy, posttls-finger.

use super::row::Whose::{AClient, Peer, Server, This, Unknown};
use super::row::{Book, Remedy, Row, cure, harmless, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "postfix",
    signs: &[
        ("posttls-finger", Some(Role::Monitoring)),
        ("/smtpd[", Some(Role::SmtpServer)),
        ("/smtpd:", Some(Role::SmtpServer)),
        ("/postscreen[", Some(Role::SmtpServer)),
        ("/tlsproxy[", Some(Role::SmtpServer)),
        ("postfix*/smtp[", Some(Role::SmtpClient)),
        ("postfix*/smtp:", Some(Role::SmtpClient)),
        ("postfix*/lmtp[", Some(Role::SmtpClient)),
        ("postfix/error[", Some(Role::SmtpClient)),
        ("postfix/qmgr[", Some(Role::SmtpClient)),
        ("SSL_accept error from", Some(Role::SmtpServer)),
        ("SSL_connect error to", Some(Role::SmtpClient)),
        ("lost connection after STARTTLS from", Some(Role::SmtpServer)),
        ("lost connection after CONNECT from", Some(Role::SmtpServer)),
        ("server certificate verification failed for", Some(Role::SmtpClient)),
        ("TLS connection established to", Some(Role::SmtpClient)),
        ("TLS connection established from", Some(Role::SmtpServer)),
        ("diagnostic-code: x-postfix", Some(Role::Bounce)),
        ("status=deferred (", Some(Role::SmtpClient)),
        ("the mail system", Some(Role::Bounce)),
        ("postfix/", None),
        ("TLS library problem", None),
        ("Out: 220 ", Some(Role::SmtpServer)),
    ],
    rows: ROWS,
    cures: CURES,
};

const ROWS: &[Row] = &[
    // Handshakes.
    hints("SSL_accept error from *: Connection timed out", "tls-handshake-timeout", Unknown)
        .perhaps_passing(),
    hints("SSL_accept error from *: Operation timed out", "tls-handshake-timeout", Unknown).perhaps_passing(),
    hints("SSL_accept error from *: lost connection", "tls-handshake-lost-connection", Peer)
        .perhaps_passing(),
    hints("SSL_accept error from *: Connection reset by peer", "tls-handshake-lost-connection", Peer)
        .perhaps_passing(),
    hints("SSL_accept error from *: Broken pipe", "tls-handshake-lost-connection", Peer).perhaps_passing(),
    hints("SSL_accept error from *: 0", "tls-handshake-lost-connection", Peer).perhaps_passing().vague(),
    hints("SSL_accept error from *: -1", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("SSL_accept: ", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("SSL_connect error to *: Connection timed out", "tls-handshake-timeout", Unknown).perhaps_passing(),
    hints("SSL_connect error to *: Operation timed out", "tls-handshake-timeout", Unknown).perhaps_passing(),
    hints("SSL_connect error to *: lost connection", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
    hints("SSL_connect error to *: Connection reset by peer", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
    hints("SSL_connect error to *: 0", "tls-handshake-lost-connection", Unknown).perhaps_passing().vague(),
    hints("SSL_connect error to *: -1", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("SSL_connect error to", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("Cannot start TLS: handshake failure", "tls-handshake-failed", Unknown).perhaps_passing().vague(),
    hints("lost connection after STARTTLS from", "starttls-lost-connection", Peer)
        .perhaps_passing()
        .consequence(),
    hints("lost connection with * while performing the EHLO handshake", "starttls-lost-connection", Unknown)
        .perhaps_passing()
        .consequence(),
    hints("starttls=0/", "tls-handshake-failed", Unknown).perhaps_passing().consequence(),
    harmless("lost connection after CONNECT from", Peer).consequence(),
    harmless("lost connection after * from", Peer).consequence(),
    harmless("statistics: max ", Peer).consequence(),
    hints("TLS SNI * not matched, using default chain", "sni-missing", This)
        .vague()
        .also(&["cert-name-mismatch"]),
    harmless("disconnect from * commands=", Peer).consequence(),
    harmless("TLSRPT: status=success", Peer),
    hints("TLS handshake failed for service=smtpd", "tls-handshake-failed", Unknown)
        .perhaps_passing()
        .vague(),
    hints("improper command pipelining after STARTTLS", "starttls-injection", Peer).likely(),
    // The first bytes of a TLS hello.
    hints("command pipelining after * from *: \\026\\003", "tls-on-starttls-port", Peer)
        .also(&["wrong-tls-mode"]),
    hints("non-SMTP command from *: \\026\\003", "tls-on-starttls-port", Peer).also(&["wrong-tls-mode"]),
    // The peer's certificate.
    says("certificate verification failed for *: untrusted issuer", "cert-untrusted", Peer)
        .also(&["chain-incomplete"]),
    says("certificate verification failed for *: self-signed certificate", "cert-self-signed", Peer),
    says("certificate verification failed for *: certificate has expired", "cert-expired", Peer),
    says("certificate verification failed for *: not designated for use as", "cert-usage-wrong", Peer),
    says("certificate verification failed for *: not yet valid", "cert-not-yet-valid", Unknown)
        .also(&["clock-skewed"]),
    says("certificate verification failed for *num=62", "cert-name-mismatch", Peer),
    says("certificate verification failed for *num=10:", "cert-expired", Peer),
    says("certificate verification failed for *num=65:", "dane-mismatch", Peer),
    says("certificate peer name verification failed for", "cert-name-mismatch", Peer),
    says("peer verification: CommonName mis-match", "cert-name-mismatch", Peer),
    hints("Server certificate not verified", "cert-verify-failed", Unknown).general(),
    hints("Server certificate not trusted", "cert-untrusted", Unknown).general(),
    hints("certificate * fingerprint * not match", "cert-pin-mismatch", Unknown),
    harmless("Untrusted TLS connection established", Unknown).also(&["trust-store-missing"]),
    harmless("Anonymous TLS connection established", Unknown),
    harmless("Trusted TLS connection established", Unknown),
    harmless("Verified TLS connection established", Unknown),
    says("certificate chain longer than limit(", "chain-path-too-long", Peer),
    hints("not trusted by local or TLSA policy", "cert-untrusted", Unknown).also(&["dane-mismatch"]),
    hints("dns resolver options incompatible with", "tls-config-invalid", This),
    hints(": empty \"*\" cipherlist", "tls-config-invalid", This),
    hints("invalid cipher grade:", "tls-config-invalid", This),
    hints("unknown TLS policy '", "tls-config-invalid", This),
    hints("TLS policy lookup error for", "tls-config-invalid", This),
    hints("with TLS disabled", "tls-config-invalid", This).general(),
    hints("error enabling DANE-based certificate validation", "tls-config-invalid", This),
    hints("Need a server cert to request client certs", "tls-config-invalid", This),
    hints("Can't require client certs unless TLS is required", "tls-config-invalid", This),
    hints("warning: No certs for key at index", "cert-file-unreadable", This),
    hints("TLS SNI from * is invalid", "sni-missing", Peer),
    hints("private/tlsmgr: ", "tls-config-invalid", This).strong(),
    hints("private/tlsproxy: ", "tls-config-invalid", This).strong(),
    hints("problem talking to service tlsmgr", "tls-config-invalid", This).strong(),
    hints("while receiving the STARTTLS response", "starttls-lost-connection", Peer)
        .strong()
        .perhaps_passing(),
    hints("timed out while setting up TLS connection", "tls-handshake-timeout", Unknown)
        .strong()
        .perhaps_passing(),
    harmless("using backwards-compatible default setting", This),
    plain("Refusing STARTTLS request from", "rate-limited", Peer),
    says("client certificate not trusted", "client-certificate-rejected", Peer),
    hints("No client certificate presented", "tls-client-certificate-required", Peer),
    // What the peer does not offer.
    says("TLS is required, but was not offered by", "starttls-missing", Peer).also(&["starttls-stripped"]),
    says("TLS is required, but was not offered", "starttls-missing", Peer).also(&["starttls-stripped"]),
    says("MUST_NOT_BE_SENT_IN_CLEAR", "starttls-missing", Peer),
    hints("TLS is required, but host * refused to start TLS", "starttls-refused", Peer)
        .strong()
        .perhaps_passing(),
    says("TLS not available due to local problem", "starttls-refused", Server)
        .perhaps_passing()
        .also(&["cert-file-unreadable"]),
    says("TLS is required, but our TLS engine is unavailable", "tls-config-invalid", This),
    says("TLS is required, but unavailable", "tls-config-invalid", This).likely(),
    // DANE.
    hints("non DNSSEC destination", "dnssec-missing", Unknown),
    hints("non-DNSSEC destination", "dnssec-missing", Unknown),
    hints("no DNSSEC validation", "dnssec-missing", Unknown),
    hints("no TLSA records found", "dane-missing", Unknown),
    says("no usable TLSA records", "dane-missing", Peer).likely(),
    says("TLSA records unusable", "dane-missing", Peer).likely(),
    hints("DANE TLSA lookup problem", "dnssec-bogus", Unknown).perhaps_passing(),
    hints("TLSA lookup error for", "dnssec-bogus", Unknown).perhaps_passing(),
    harmless("TLSA RRs found, MX RRset insecure", Peer).also(&["dnssec-missing"]),
    hints("resolver configuration or insecure", "dnssec-missing", This),
    hints("DNSSEC validation may be unavailable", "dnssec-missing", This),
    // Own files.
    says("cannot get * certificate from file", "cert-file-unreadable", This),
    says("cannot get * private key from file", "cert-file-unreadable", This).also(&["cert-key-mismatch"]),
    says("error loading private keys and certificates from", "cert-file-unreadable", This),
    says("error loading chain from", "cert-file-unreadable", This),
    says("error opening chain file", "cert-file-unreadable", This),
    says("No server certs available", "cert-file-unreadable", This),
    says("Certificate not found in", "cert-file-unreadable", This).likely(),
    hints("Wrapper-mode request dropped", "cert-file-unreadable", This).vague().also(&["tls-config-invalid"]),
    says("cannot load Certification Authority data", "trust-store-missing", This),
    says("cannot load Certificate Authority data", "trust-store-missing", This),
    says("cannot load Certification Authority", "trust-store-missing", This),
    harmless("cannot load *DH parameters from file", This).likely().also(&["cert-file-unreadable"]),
    says("private key does not match", "cert-key-mismatch", This).strong(),
    // Own settings.
    hints("client TLS configuration problem", "tls-config-invalid", This).perhaps_passing(),
    says("policy_maps, next-hop destination *:", "tls-config-invalid", This).strong(),
    says("_tls_policy_maps * invalid", "tls-config-invalid", This).strong(),
    says("invalid attribute name:", "tls-config-invalid", This),
    says("malformed attribute/value pair", "tls-config-invalid", This),
    says("TLS policy table, *: invalid", "tls-config-invalid", This).strong(),
    says("invalid security level", "tls-config-invalid", This),
    says("Invalid TLS security level", "tls-config-invalid", This),
    says("invalid TLS level", "tls-config-invalid", This),
    says("unknown TLS security level", "tls-config-invalid", This),
    says("Invalid TLS protocol list", "tls-config-invalid", This),
    says("invalid * cipher grade", "tls-config-invalid", This),
    says("invalid ciphers", "tls-config-invalid", This),
    says("tls_*_protocols: unknown protocol", "tls-config-invalid", This).strong(),
    says("tls_eecdh_*: unknown", "tls-config-invalid", This),
    says("unable to create * TLS session cache", "tls-config-invalid", This).likely(),
    says("TLS support is not compiled in", "tls-config-invalid", This),
    says("TLS has been selected, but TLS support is not compiled in", "tls-config-invalid", This),
    hints("smtpd_tls_security_level * unsupported", "tls-config-invalid", This),
    hints("disabling TLS support", "tls-config-invalid", This).vague(),
    hints("TLS configuration problem", "tls-config-invalid", This).general(),
    hints("SMTPS wrappermode (TCP port 465) requires setting", "wrong-tls-mode", This),
    hints("CLIENT wrappermode (port smtps/465) is unimplemented", "wrong-tls-mode", This),
    hints("tls_random_source * unable", "tls-config-invalid", This),
    hints("no entropy for TLS key generation", "tls-config-invalid", This),
    says("run-time library vs. compile-time header version mismatch", "tls-config-invalid", This).likely(),
    // No TLS fault.
    plain("connect to *: Connection timed out", "port-timeout", Unknown),
    plain("connect to *: Operation timed out", "port-timeout", Unknown),
    plain("connect to *: Connection refused", "port-refused", Unknown),
    plain("connect to *: No route to host", "no-route", Unknown),
    plain("connect to *: Network is unreachable", "no-route", Unknown),
    plain("Name service error for name=", "dns-failure", Unknown),
    plain("refused to talk to me:", "access-denied", Unknown),
    plain("SASL * authentication failed", "auth-failed", Unknown),
    plain("mail for * loops back to myself", "mail-loop", This),
    plain("lost connection with * while", "connection-lost", Unknown),
    plain("timed out while * from", "connection-lost", Unknown).vague(),
    plain("conversation with * timed out while", "connection-lost", Unknown),
    plain("PREGREET * after * from", "bot", Peer).vague(),
    plain("COMMAND PIPELINING from", "bot", Peer).vague(),
    plain("NON-SMTP COMMAND from", "bot", Peer).vague(),
    plain("BARE NEWLINE from", "bot", Peer).vague(),
    plain("HANGUP after * from", "bot", Peer).vague(),
    plain("DNSBL rank", "ip-blocked", Peer).vague(),
    plain("improper command pipelining after", "bot", Peer).vague(),
    plain("non-SMTP command from", "bot", Peer).vague(),
    plain("too many errors after", "malformed-command", Peer).vague(),
    plain("no SASL authentication mechanisms", "auth-failed", This),
    plain("NOQUEUE: reject:", "access-denied", Unknown).consequence(),
    hints("TLS library problem", "tls-handshake-failed", AClient).consequence(),
];

const CURES: &[Remedy] = &[
    cure(
        "cert-file-unreadable",
        "The files that smtpd_tls_chain_files, or smtpd_tls_cert_file and smtpd_tls_key_file, name must be there, in PEM, and readable by root.",
    )
    .run(&["postconf smtpd_tls_chain_files smtpd_tls_cert_file smtpd_tls_key_file", "postfix reload"]),
    cure(
        "cert-key-mismatch",
        "Put the key and the certificate that belong together into smtpd_tls_key_file and smtpd_tls_cert_file, or both into one file, key first, for smtpd_tls_chain_files.",
    )
    .run(&["postconf smtpd_tls_chain_files smtpd_tls_cert_file smtpd_tls_key_file", "postfix reload"]),
    cure(
        "cert-rejected-by-peer",
        "smtpd_tls_cert_file or smtpd_tls_chain_files must hold your certificate and after it the intermediates.",
    )
    .run(&["postconf smtpd_tls_chain_files smtpd_tls_cert_file", "postfix reload"]),
    cure(
        "trust-store-missing",
        "Name the roots, with the package ca-certificates installed. In a chroot the file must be copied into it, or give it as a CAfile, which is read before.",
    )
    .run(&["postconf -e smtp_tls_CAfile=/etc/ssl/certs/ca-certificates.crt", "postfix reload"]),
    cure(
        "tls-config-invalid",
        "The warning right before names the setting: in main.cf, in the policy table (postmap -q DOMAIN TABLE), or in the daemon behind it.",
    )
    .run(&["postconf -n | grep tls", "postfix check"]),
    cure("login-requires-tls", "For a relay that wants TLS. On port 465 also smtp_tls_wrappermode=yes.")
        .run(&["postconf -e smtp_tls_security_level=encrypt", "postfix reload"]),
    cure(
        "wrong-tls-mode",
        "A relay on port 465 wants smtp_tls_wrappermode=yes and smtp_tls_security_level=encrypt, one on port 587 smtp_tls_wrappermode=no. In master.cf -o smtpd_tls_wrappermode=yes belongs to smtps (465) only.",
    )
    .run(&[
        "postconf relayhost smtp_tls_wrappermode smtp_tls_security_level",
        "postconf -P | grep wrappermode",
    ]),
    cure("tls-version-obsolete", "What is too old should be updated. This tells the least version here:")
        .run(&["postconf smtpd_tls_protocols smtp_tls_protocols"]),
    cure(
        "tls-cipher-mismatch",
        "See that a certificate is set, and leave the lists of ciphers at their defaults.",
    )
    .run(&[
        "postconf smtpd_tls_chain_files smtpd_tls_cert_file",
        "postconf -n smtpd_tls_ciphers tls_medium_cipherlist",
    ]),
    cure(
        "dnssec-missing",
        "For DANE let /etc/resolv.conf name a validating resolver on this host; for a domain without DNSSEC use the level encrypt or verify in the policy table.",
    )
    .run(&["postconf -e smtp_dns_support_level=dnssec", "postfix reload"]),
    cure(
        "sent-in-clear",
        "To have mail for this receiver wait instead, demand TLS for its domain in the policy table. If smtp_tls_loglevel was lowered at that time, it is only the log that no longer tells of TLS.",
    )
    .set("example.org encrypt")
    .run(&["postconf smtp_tls_policy_maps smtp_tls_security_level smtp_tls_loglevel"]),
    cure("dnssec-bogus", "Ask the resolver of this host. The message stays in the queue and is tried again.")
        .run(&["delv TLSA _25._tcp.HOST"]),
];
