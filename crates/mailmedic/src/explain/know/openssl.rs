//! The reasons of OpenSSL and its kin (LibreSSL, `BoringSSL`), whoever prints them.

use super::row::End::{Client, Server};
use super::row::Whose::{self, AClient, Peer, This, Unknown};
use super::row::{Book, Row, hints, says};

pub(super) const BOOK: Book = Book { software: "", signs: &[], rows: ROWS, cures: &[] };

const REFUSED: &[&str] = &["cert-untrusted", "chain-incomplete"];

const ROWS: &[Row] = &[
    // Plaintext where TLS was due, or the other way round.
    hints("wrong version number", "wrong-tls-mode", This),
    hints("wrong version number", "plaintext-on-tls-port", Peer)
        .also(&["wrong-tls-mode"])
        .on(Server)
        .strong(),
    hints("CLNT_HELLO*:wrong version number", "tls-version-obsolete", Peer).strong(),
    hints("client_hello*:wrong version number", "tls-version-obsolete", Peer).strong(),
    hints("GET_CLIENT_HELLO:unknown protocol", "plaintext-on-tls-port", Peer)
        .also(&["wrong-tls-mode"])
        .strong(),
    hints("process_client_hello:unknown protocol", "tls-version-obsolete", Peer),
    hints("unknown protocol", "wrong-tls-mode", This).general(),
    says("SSL routines:*:http request", "plaintext-on-tls-port", Peer),
    says("SSL routines:*:https proxy request", "plaintext-on-tls-port", Peer),
    hints("packet length too long", "wrong-tls-mode", Unknown).also(&["plaintext-on-tls-port"]),
    // Versions.
    hints("unsupported protocol", "tls-version-obsolete", Peer).also(&["tls-version-mismatch"]),
    hints("version too low", "tls-version-obsolete", Peer).also(&["tls-version-mismatch"]),
    hints("version too high", "tls-version-mismatch", Unknown),
    hints("UNSUPPORTED_PROTOCOL", "tls-version-obsolete", Peer).also(&["tls-version-mismatch"]),
    says("no protocols available", "tls-config-invalid", This),
    says("inappropriate fallback", "tls-version-mismatch", Unknown),
    says("unsupported ssl version", "tls-version-mismatch", Unknown),
    // Nothing in common.
    says("no shared cipher", "tls-cipher-mismatch", Unknown)
        .also(&["cert-file-unreadable", "tls-version-obsolete"]),
    says("NO_SHARED_CIPHER", "tls-cipher-mismatch", Unknown).also(&["cert-file-unreadable"]),
    says("no suitable signature algorithm", "tls-cipher-mismatch", Unknown),
    says("no shared signature algorithms", "tls-cipher-mismatch", Unknown),
    says("no suitable key share", "tls-cipher-mismatch", Unknown),
    says("no shared group", "tls-cipher-mismatch", Unknown),
    says("unsupported elliptic curve", "tls-cipher-mismatch", Unknown),
    says("wrong curve", "tls-cipher-mismatch", Unknown),
    says("wrong cipher returned", "tls-cipher-mismatch", Peer),
    says("wrong signature type", "tls-cipher-mismatch", Unknown),
    says("no ciphers available", "tls-cipher-mismatch", This).likely().also(&["tls-config-invalid"]),
    says("no cipher match", "tls-config-invalid", This),
    says("no certificate set", "cert-file-unreadable", This),
    says("no certificate assigned", "cert-file-unreadable", This),
    // Weakness.
    says("set_tmp_dh*dh key too small", "tls-dh-weak", This).strong(),
    says("dh key too small", "tls-dh-weak", Peer),
    says("DH_KEY_TOO_SMALL", "tls-dh-weak", Peer),
    says("dh_s_key * small", "tls-dh-weak", Peer),
    says("bad dh p length", "tls-dh-weak", Peer),
    says("modulus too small", "tls-dh-weak", Unknown).likely(),
    says("ca md too weak", "cert-signature-weak", This),
    says("CA_MD_TOO_WEAK", "cert-signature-weak", This),
    says("ee key too small", "cert-key-weak", This),
    says("EE_KEY_TOO_SMALL", "cert-key-weak", This),
    says("ca key too small", "cert-key-weak", This),
    says("unsafe legacy renegotiation disabled", "tls-renegotiation-insecure", Peer),
    says("UNSAFE_LEGACY_RENEGOTIATION_DISABLED", "tls-renegotiation-insecure", Peer),
    says("SSL_renegotiate:wrong ssl version", "tls-renegotiation-insecure", Unknown),
    says(":no renegotiation", "tls-renegotiation-insecure", Unknown).likely(),
    says("alert no renegotiation", "tls-renegotiation-insecure", Unknown).likely(),
    // Files.
    says("key values mismatch", "cert-key-mismatch", This).strong(),
    says("KEY_VALUES_MISMATCH", "cert-key-mismatch", This).strong(),
    says("key type mismatch", "cert-key-mismatch", This).strong(),
    says("PEM *no start line", "cert-file-unreadable", This),
    says("PEM *bad end line", "cert-file-unreadable", This),
    says("PEM *bad base64 decode", "cert-file-unreadable", This),
    says("PEM *bad password read", "cert-file-unreadable", This),
    says("PEM *bad decrypt", "cert-file-unreadable", This),
    says("PEM *problems getting password", "cert-file-unreadable", This),
    says("no start line", "cert-file-unreadable", This).general(),
    hints("PEM routines:", "cert-file-unreadable", This).general(),
    hints("DECODER routines::unsupported", "cert-file-unreadable", This),
    hints("PKCS12 routines:*mac verify failure", "cert-file-unreadable", This),
    hints("[SSL] PEM lib", "cert-file-unreadable", This),
    hints("[SSL: PEM_LIB]", "cert-file-unreadable", This),
    says("system library:fopen", "cert-file-unreadable", This).likely(),
    says("BIO_new_file:no such file", "cert-file-unreadable", This).likely(),
    says("SSL_CTX_use_*:system lib", "cert-file-unreadable", This).likely(),
    says("SSL_CTX_use_*PEM lib", "cert-file-unreadable", This).likely(),
    says("ASN1_*:header too long", "cert-malformed", Unknown).likely(),
    says("asn1 encoding routines:*:wrong tag", "cert-malformed", Unknown).likely(),
    says("asn1 encoding routines:*:nested asn1 error", "cert-malformed", Unknown).likely(),
    says("asn1 encoding routines:*:not enough data", "cert-malformed", Unknown).likely(),
    // The connection.
    hints("unexpected eof while reading", "tls-handshake-lost-connection", AClient).perhaps_passing(),
    hints("UNEXPECTED_EOF_WHILE_READING", "tls-handshake-lost-connection", AClient).perhaps_passing(),
    hints("SSL_ERROR_SYSCALL", "tls-handshake-lost-connection", AClient).perhaps_passing().general(),
    hints("record layer failure", "tls-handshake-failed", Unknown).vague().also(&["wrong-tls-mode"]),
    hints("ssl handshake failure", "tls-handshake-failed", Unknown).vague().perhaps_passing(),
    says("bad record mac", "tls-record-corrupt", Unknown).perhaps_passing(),
    says("BAD_RECORD_MAC", "tls-record-corrupt", Unknown).perhaps_passing(),
    says("decryption failed or bad record mac", "tls-record-corrupt", Unknown).perhaps_passing(),
    says("block cipher pad is wrong", "tls-record-corrupt", Unknown).perhaps_passing(),
    hints("SSL routines:*:internal error", "tls-internal-error", This).general(),
    hints("[SSL: INTERNAL_ERROR]", "tls-internal-error", This).general(),
    hints("[X509: *PARSE", "cert-file-unreadable", This).general(),
    hints("[ASN1: NOT_ENOUGH_DATA]", "trust-store-missing", This).also(&["cert-malformed"]),
    hints("dane tlsa bad", "dane-unusable", Peer),
    hints("unsolicited extension", "tls-handshake-failed", Unknown).strong(),
    hints("no certificate returned", "tls-client-certificate-required", Peer),
    says("length mismatch", "tls-handshake-failed", Unknown).likely().general(),
    says("peer did not return a certificate", "tls-client-certificate-required", Peer),
    says("PEER_DID_NOT_RETURN_A_CERTIFICATE", "tls-client-certificate-required", Peer),
    says("no application protocol", "tls-alpn-mismatch", AClient),
    says("certificate too large", "cert-malformed", Peer),
    says("excessive message size", "cert-malformed", Peer).likely(),
    says("bad signature", "cert-signature-invalid", Unknown).likely(),
    says("invalid status response", "cert-staple-invalid", Peer),
    // Alerts that were received: who sends one refuses the other side.
    refused("alert bad certificate"),
    refused("alert unsupported certificate"),
    refused("alert certificate revoked"),
    refused("alert certificate expired"),
    refused("alert certificate unknown"),
    refused("alert unknown ca"),
    refused("TLSV1_ALERT_UNKNOWN_CA"),
    refused("ALERT_BAD_CERTIFICATE"),
    refused("ALERT_CERTIFICATE_UNKNOWN"),
    refused_client("alert bad certificate"),
    refused_client("alert unsupported certificate"),
    refused_client("alert certificate revoked"),
    refused_client("alert certificate expired"),
    refused_client("alert certificate unknown"),
    refused_client("alert unknown ca"),
    alert("alert handshake failure", "tls-cipher-mismatch")
        .also(&["tls-version-mismatch", "tls-client-certificate-required"]),
    alert("ALERT_HANDSHAKE_FAILURE", "tls-cipher-mismatch").also(&["tls-version-mismatch"]),
    alert("alert number 40", "tls-cipher-mismatch").also(&["tls-version-mismatch"]).general(),
    alert("alert insufficient security", "tls-cipher-mismatch"),
    alert("alert protocol version", "tls-version-mismatch").also(&["tls-version-obsolete"]),
    alert("ALERT_PROTOCOL_VERSION", "tls-version-mismatch").also(&["tls-version-obsolete"]),
    alert("alert illegal parameter", "tls-handshake-failed").also(&["tls-version-mismatch"]).general(),
    alert("alert decode error", "tls-handshake-failed").general(),
    alert("alert unexpected message", "tls-handshake-failed").general(),
    alert("alert decrypt error", "tls-handshake-failed").also(&["cert-key-mismatch"]).general(),
    alert("alert access denied", "client-certificate-rejected"),
    hints("alert internal error", "tls-internal-error", Peer).perhaps_passing(),
    alert("alert unrecognized name", "sni-missing").also(&["cert-name-mismatch"]),
    hints("alert no application protocol", "tls-alpn-mismatch", Peer),
    says("alert certificate required", "tls-client-certificate-required", This),
    says("alert no certificate", "tls-client-certificate-required", Unknown).likely(),
    says("alert bad certificate status response", "cert-staple-invalid", This),
    says("alert missing extension", "tls-handshake-failed", Unknown).likely().general(),
    says("alert user cancelled", "tls-handshake-lost-connection", Peer).likely(),
];

/// The peer refuses our certificate.
const fn refused(pattern: &'static str) -> Row {
    says(pattern, "cert-rejected-by-peer", This).likely().also(REFUSED).strong()
}

/// The server refuses the certificate of a client.
const fn refused_client(pattern: &'static str) -> Row {
    says(pattern, "client-certificate-rejected", This).likely().strong().on(Client)
}

const fn alert(pattern: &'static str, rule: &'static str) -> Row {
    hints(pattern, rule, Whose::Unknown)
}
