//! GnuTLS: its command-line client, and whoever prints its words.

use super::row::Whose::{AClient, Peer, This, Unknown};
use super::row::{Book, Row, hints, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "gnutls",
    signs: &[
        ("gnutls-cli", Some(Role::Monitoring)),
        ("*** Fatal error:", None),
        ("GNUTLS_E_", None),
        ("gnutls", None),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    hints("An unexpected TLS packet was received", "wrong-tls-mode", This).also(&["plaintext-on-tls-port"]),
    hints("A packet with illegal or unsupported version was received", "tls-version-mismatch", Unknown)
        .also(&["plaintext-on-tls-port"]),
    hints("A record packet with illegal version was received", "wrong-tls-mode", Unknown)
        .also(&["tls-version-mismatch", "plaintext-on-tls-port"]),
    hints("The TLS connection was non-properly terminated", "tls-handshake-lost-connection", AClient)
        .perhaps_passing(),
    hints("GNUTLS_E_PREMATURE_TERMINATION", "tls-handshake-lost-connection", AClient).perhaps_passing(),
    hints("Error in the pull function", "tls-handshake-lost-connection", AClient).perhaps_passing(),
    hints("Error in the push function", "tls-handshake-lost-connection", AClient).perhaps_passing(),
    says("Could not negotiate a supported cipher suite", "tls-cipher-mismatch", Unknown),
    says("No supported cipher suites have been found", "tls-cipher-mismatch", Unknown),
    says("No common application protocol could be negotiated", "tls-alpn-mismatch", Unknown),
    says("No or insufficient priorities were set", "tls-config-invalid", This),
    says("The Diffie-Hellman prime sent by the server is not acceptable", "tls-dh-weak", Peer),
    says("Diffie-Hellman prime sent by the server is not acceptable", "tls-dh-weak", Peer),
    says("Safe renegotiation failed", "tls-renegotiation-insecure", Peer),
    says("unsafe renegotiation", "tls-renegotiation-insecure", Peer).likely(),
    says("certificate issuer is unknown", "cert-untrusted", Unknown)
        .also(&["chain-incomplete", "trust-store-missing"]),
    says("The signature in the certificate is invalid", "cert-signature-invalid", Peer).strong(),
    says("certificate doesn't match the local copy (TOFU)", "cert-pin-mismatch", Unknown).strong(),
    says("The received OCSP status response is invalid", "cert-staple-invalid", Peer).strong(),
    says("revocation or OCSP data are issued with a future date", "clock-skewed", This)
        .likely()
        .strong()
        .also(&["cert-staple-invalid"]),
    says("certificate is NOT trusted", "cert-verify-failed", Unknown).general(),
    hints("The Message Authentication Code verification failed", "tls-record-corrupt", Unknown),
    hints("ASN1 parser: ", "cert-malformed", Unknown).general(),
    says("certificate issuer is not a CA", "chain-intermediate-invalid", Peer),
    says("certificate uses insecure algorithm", "cert-signature-weak", Peer),
    says("chain uses insecure algorithm", "cert-signature-weak", Peer),
    says("The certificate chain is revoked", "cert-revoked", Peer),
    says("The certificate chain uses expired certificate", "cert-expired", Peer)
        .likely()
        .also(&["chain-intermediate-expired"]),
    says("The certificate chain uses not yet valid certificate", "cert-not-yet-valid", Unknown)
        .also(&["clock-skewed"]),
    // Names, the length of the path, the usage of the key: GnuTLS has one word for all.
    says("chain violates the signer's constraints", "cert-name-constraint-violated", Peer)
        .likely()
        .also(&["chain-path-too-long", "chain-intermediate-invalid"]),
    says("contains an unknown critical extension", "cert-malformed", Peer)
        .likely()
        .also(&["cert-critical-extension-unknown"]),
    says("gnutls_priority_set", "tls-config-invalid", This),
    says("gnutls_priority_init", "tls-config-invalid", This),
    says("The name in the certificate does not match the expected", "cert-name-mismatch", Unknown),
    says("certificate requires the server to include an OCSP status", "cert-staple-missing", Peer),
    says("TLS server certificate status is missing", "cert-staple-missing", Peer).likely(),
    says("The revocation or OCSP data are old", "cert-staple-invalid", Unknown),
    says(
        "The certificate is not trusted. The certificate chain does not match the intended purpose",
        "cert-usage-wrong",
        Peer,
    ),
    says("chain does not match the intended purpose", "cert-usage-wrong", Peer),
    says("Key usage violation in certificate has been detected", "cert-usage-wrong", Peer),
    says("The certificate and the given key do not match", "cert-key-mismatch", This).strong(),
    says("Base64 unexpected header error", "cert-file-unreadable", This).likely(),
    says("Error while reading file", "cert-file-unreadable", This).general(),
    says("No certificate was found", "tls-client-certificate-required", Unknown).likely().general(),
    says("Certificate is required", "tls-client-certificate-required", This),
    says("ASN1 parser: Error in DER parsing", "cert-malformed", Unknown).likely(),
    says("Public key signature verification has failed", "cert-signature-invalid", Unknown),
    says("Error in the certificate verification", "cert-verify-failed", Unknown).general(),
    says("Error in the certificate", "cert-verify-failed", Unknown).vague(),
    says("fatal alert has been received*Certificate is bad", "cert-rejected-by-peer", This).likely().strong(),
    says("fatal alert has been received*Certificate was revoked", "cert-rejected-by-peer", This)
        .likely()
        .strong(),
    says("fatal alert has been received*Certificate is expired", "cert-rejected-by-peer", This)
        .likely()
        .strong(),
    says("fatal alert has been received*Certificate was expired", "cert-rejected-by-peer", This)
        .likely()
        .strong(),
    says("fatal alert has been received*Certificate is not supported", "cert-rejected-by-peer", This)
        .likely()
        .strong(),
    says("fatal alert has been received*Unknown certificate", "cert-rejected-by-peer", This)
        .likely()
        .strong(),
    says("fatal alert has been received*CA is unknown", "cert-rejected-by-peer", This)
        .likely()
        .strong()
        .also(&["cert-untrusted"]),
    hints("alert has been received*Handshake failed", "tls-cipher-mismatch", Unknown)
        .also(&["tls-version-mismatch"]),
    hints("alert has been received*Insufficient security", "tls-cipher-mismatch", Unknown),
    hints("alert has been received*Error in protocol version", "tls-version-mismatch", Unknown)
        .also(&["tls-version-obsolete"]),
    hints("alert has been received*Internal error", "tls-internal-error", Peer).perhaps_passing(),
    hints("alert has been received*The server name sent was not recognized", "sni-missing", Unknown),
    hints("server name sent was not recognized", "sni-missing", Unknown).general(),
    hints("alert has been received*Bad record MAC", "tls-record-corrupt", Unknown),
    hints("alert has been received*Illegal parameter", "tls-handshake-failed", Unknown).general(),
    hints("A TLS fatal alert has been received", "tls-handshake-failed", Unknown).vague(),
    hints("Decryption has failed", "tls-record-corrupt", Unknown),
    hints("Processed 0 CA certificate(s)", "trust-store-missing", This).general(),
    hints("The operation timed out", "tls-handshake-timeout", Unknown).vague(),
    hints("*** handshake has failed:", "tls-handshake-failed", Unknown).vague(),
];
