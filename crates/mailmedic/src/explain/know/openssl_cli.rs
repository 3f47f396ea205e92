//! The command-line client of OpenSSL.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "openssl",
    signs: &[
        ("openssl s_client", Some(Role::Monitoring)),
        ("CONNECTED(0", Some(Role::Monitoring)),
        ("Verify return code:", Some(Role::Monitoring)),
        ("verify return:", Some(Role::Monitoring)),
        ("no peer certificate available", Some(Role::Monitoring)),
        ("SSL handshake has read", Some(Role::Monitoring)),
    ],
    rows: ROWS,
    cures: &[cure(
        "wrong-tls-mode",
        "Ports 465, 993 and 995 without -starttls; 25 and 587 with -starttls smtp, 143 with -starttls imap, 110 with -starttls pop3.",
    )],
};

const ROWS: &[Row] = &[
    hints("didn't find STARTTLS in server response, trying anyway", "wrong-tls-mode", This)
        .also(&["starttls-missing"]),
    hints("Server Temp Key: DH, 512 bits", "tls-dh-weak", Peer),
    hints("Server Temp Key: DH, 768 bits", "tls-dh-weak", Peer),
    hints("Server Temp Key: DH, 1024 bits", "tls-dh-weak", Peer),
    hints("no peer certificate available", "tls-handshake-failed", Unknown)
        .consequence()
        .also(&["wrong-tls-mode"]),
    says("Verify return code: 10 ", "cert-expired", Peer),
    says("Verify return code: 9 ", "cert-not-yet-valid", Unknown),
    says("Verify return code: 18 ", "cert-self-signed", Peer),
    says("Verify return code: 19 ", "cert-untrusted", Unknown).also(&["tls-intercepted"]).strong(),
    hints("Verify return code: 20 ", "chain-incomplete", Unknown)
        .also(&["cert-untrusted", "trust-store-missing"]),
    hints("Verify return code: 21 ", "chain-incomplete", Peer).also(&["cert-untrusted"]),
    says("Verify return code: 62 ", "cert-name-mismatch", Unknown),
    says("Verify return code: 64 ", "cert-ip-address-unnamed", This),
    says("Verify return code: 65 ", "dane-mismatch", Peer),
    says("DANE TLSA * no matching", "dane-mismatch", Peer),
    says("unsupported SSL protocol version", "tls-version-mismatch", Unknown),
    says("Secure Renegotiation IS NOT supported", "tls-renegotiation-insecure", Peer).likely().consequence(),
    says("OCSP response: no response sent", "cert-staple-missing", Peer).consequence(),
    says("unable to load certificate", "cert-file-unreadable", This),
    says("unable to load Private Key", "cert-file-unreadable", This),
    says("Can't open * for reading", "cert-file-unreadable", This).general(),
    hints("Could not read * of * from", "cert-file-unreadable", This).general(),
    hints("write:errno=104", "tls-handshake-lost-connection", Unknown).perhaps_passing().general(),
    hints("write:errno=0", "tls-handshake-lost-connection", Unknown).perhaps_passing().vague(),
    hints("read:errno=104", "tls-handshake-lost-connection", Unknown).perhaps_passing().general(),
    hints("read:errno=0", "tls-handshake-lost-connection", Unknown).perhaps_passing().vague(),
    plain("connect:errno=111", "port-refused", Unknown),
    plain("connect:errno=110", "port-timeout", Unknown),
    plain("connect:errno=113", "no-route", Unknown),
    plain("connect:errno=101", "no-route", Unknown),
    plain("system library:connect:Connection refused", "port-refused", Unknown),
    plain("BIO_lookup_ex:*Name or service not known", "dns-failure", Unknown),
];
