//! Erlang and Elixir: ssl, `gen_smtp`, Swoosh; Haskell and others.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "erlang",
    signs: &[
        ("SERVER ALERT", None),
        ("CLIENT ALERT", None),
        ("gen_smtp", Some(Role::SmtpClient)),
        ("tls_alert", None),
        ("HandshakeFailed", Some(Role::SmtpClient)),
    ],
    rows: ROWS,
    cures: &[cure(
        "trust-store-missing",
        "Pass cacerts: :public_key.cacerts_get(), or cacertfile: with the roots of the system.",
    )],
};

const ROWS: &[Row] = &[
    says("generated CLIENT ALERT: Fatal - Unknown CA", "cert-untrusted", Unknown)
        .likely()
        .also(&["trust-store-missing", "chain-incomplete"])
        .strong(),
    says("CLIENT ALERT: Fatal - Unknown CA", "cert-untrusted", Unknown)
        .likely()
        .also(&["trust-store-missing", "chain-incomplete"])
        .strong(),
    says("generated CLIENT ALERT: Fatal - Certificate Expired", "cert-expired", Peer).strong(),
    says("CLIENT ALERT: Fatal - Certificate Expired", "cert-expired", Peer).strong(),
    hints("CLIENT ALERT: Fatal - Handshake Failure*hostname_check_failed", "cert-name-mismatch", Unknown)
        .strong(),
    says("hostname_check_failed", "cert-name-mismatch", Unknown),
    says("selfsigned_peer", "cert-self-signed", Peer),
    says("{bad_cert,cert_expired}", "cert-expired", Peer),
    says("{bad_cert,unknown_ca}", "cert-untrusted", Unknown),
    says("{bad_cert,invalid_issuer}", "cert-untrusted", Unknown),
    says("{bad_cert,*hostname", "cert-name-mismatch", Unknown),
    hints("CLIENT ALERT: Fatal - Handshake Failure", "cert-verify-failed", Unknown).general(),
    hints("CLIENT ALERT: Fatal - Protocol Version", "tls-version-obsolete", Peer),
    hints("received SERVER ALERT: Fatal - Handshake Failure", "tls-cipher-mismatch", Unknown)
        .also(&["tls-version-mismatch"]),
    hints("SERVER ALERT: Fatal - Handshake Failure", "tls-cipher-mismatch", Unknown)
        .also(&["tls-version-mismatch"]),
    hints("SERVER ALERT: Fatal - Protocol Version", "tls-version-mismatch", Unknown)
        .also(&["tls-version-obsolete"]),
    hints("SERVER ALERT: Fatal - Internal Error", "tls-internal-error", Peer),
    hints("Unexpected Message*unexpected_message", "wrong-tls-mode", Unknown).general(),
    says("options incompatible: [{verify,verify_peer},{cacerts,undefined}]", "trust-store-missing", This),
    says("{cacerts,undefined}", "trust-store-missing", This),
    says("cacerts: :undefined", "trust-store-missing", This),
    says("no_cacerts_found", "trust-store-missing", This),
    says("missing_requirement, tls", "starttls-missing", Unknown).likely(),
    plain("{error,timeout}", "port-timeout", Unknown),
    plain("{:error, :timeout}", "port-timeout", Unknown),
    plain("{error,econnrefused}", "port-refused", Unknown),
    plain("{:error, :econnrefused}", "port-refused", Unknown),
    plain("{error,nxdomain}", "dns-failure", Unknown),
    plain("{:error, :nxdomain}", "dns-failure", Unknown),
    plain("{error,ehostunreach}", "no-route", Unknown),
    plain("{:error, :ehostunreach}", "no-route", Unknown),
    hints("{tls_failed", "tls-handshake-failed", Unknown).vague(),
    hints("tls_failed", "tls-handshake-failed", Unknown).vague(),
    hints("invalid header type: 50", "wrong-tls-mode", This),
    hints("invalid header type", "wrong-tls-mode", This),
    says("CertificateUnknown", "cert-verify-failed", Unknown).likely().vague(),
    hints("HandshakeFailed (Error_Protocol", "tls-handshake-failed", Unknown).vague(),
    hints("HandshakeFailed (Error_Packet_Parsing", "wrong-tls-mode", This),
    hints("no_more_hosts", "tls-handshake-failed", Unknown).consequence(),
    says("STARTTLS command used when not advertised", "tls-config-invalid", This)
        .also(&["starttls-refused"])
        .likely(),
];
