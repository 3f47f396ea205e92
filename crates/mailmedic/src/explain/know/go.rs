//! Go: crypto/tls, crypto/x509, and mail servers in Go (maddy, go-smtp).

use super::row::Whose::{Network, Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "go",
    signs: &[
        ("x509:", None),
        ("remote error: tls", None),
        ("tls: ", None),
        ("smtpd", None),
        ("maddy", Some(Role::SmtpServer)),
        ("TLS handshake  failed", Some(Role::SmtpServer)),
        ("TLS handshake error from", Some(Role::SmtpServer)),
    ],
    rows: ROWS,
    cures: &[
        cure("wrong-tls-mode", "tls.Dial belongs to port 465; smtp.Dial and then StartTLS to 587 and 25."),
        cure(
            "trust-store-missing",
            "Install ca-certificates; in an image from scratch copy /etc/ssl/certs/ca-certificates.crt.",
        ),
    ],
};

const ROWS: &[Row] = &[
    says("x509: certificate signed by unknown authority", "cert-untrusted", Unknown)
        .likely()
        .also(&["cert-self-signed", "chain-incomplete"]),
    says("x509: certificate has expired or is not yet valid: current time * is after", "cert-expired", Peer)
        .strong(),
    says(
        "x509: certificate has expired or is not yet valid: current time * is before",
        "cert-not-yet-valid",
        Unknown,
    )
    .also(&["clock-skewed"])
    .strong(),
    says("x509: certificate has expired or is not yet valid", "cert-expired", Peer)
        .likely()
        .also(&["cert-not-yet-valid", "clock-skewed"]),
    says("x509: certificate is valid for *, not", "cert-name-mismatch", Unknown),
    says("x509: certificate is not valid for any names", "cert-name-mismatch", Unknown),
    says("x509: certificate relies on legacy Common Name field", "cert-san-missing", Peer),
    says(
        "x509: cannot validate certificate for * because it doesn't contain any IP SANs",
        "cert-ip-address-unnamed",
        This,
    )
    .also(&["cert-name-mismatch"]),
    says("x509: failed to load system roots", "trust-store-missing", This),
    says("x509: system root", "trust-store-missing", This).likely(),
    says("x509: certificate specifies an incompatible key usage", "cert-usage-wrong", Peer)
        .likely()
        .also(&["chain-intermediate-invalid"]),
    says("x509: invalid signature: parent certificate cannot sign", "chain-intermediate-invalid", Peer),
    says(
        "x509: certificate is not authorized to sign other certificates",
        "chain-intermediate-invalid",
        Peer,
    ),
    says("x509: too many intermediates", "chain-path-too-long", Peer),
    says(
        "x509: a root or intermediate certificate is not authorized to sign for this name",
        "cert-name-constraint-violated",
        Peer,
    ),
    says("x509: cannot verify signature: insecure algorithm", "cert-signature-weak", Peer)
        .likely()
        .also(&["cert-untrusted"]),
    says("x509: cannot verify signature: algorithm unimplemented", "cert-signature-weak", Peer).likely(),
    says("x509: unhandled critical extension", "cert-malformed", Peer)
        .likely()
        .also(&["cert-critical-extension-unknown"]),
    says("x509: negative serial number", "cert-malformed", Peer),
    says("x509: malformed", "cert-malformed", Peer),
    says("x509: invalid", "cert-malformed", Peer).likely().general(),
    says("tls: failed to parse certificate from server", "cert-malformed", Peer),
    says("tls: private key does not match public key", "cert-key-mismatch", This).strong(),
    says("tls: failed to find any PEM data", "cert-file-unreadable", This),
    says("tls: failed to find certificate PEM data", "cert-file-unreadable", This),
    says("tls: failed to find PEM block with type ending in", "cert-file-unreadable", This),
    says("tls: failed to parse private key", "cert-file-unreadable", This),
    says("tls: no certificates configured", "cert-file-unreadable", This),
    hints("first record does not look like a TLS handshake", "wrong-tls-mode", This)
        .also(&["plaintext-on-tls-port"]),
    hints(
        "TLS handshake error from *first record does not look like a TLS handshake",
        "plaintext-on-tls-port",
        Peer,
    )
    .strong()
    .also(&["wrong-tls-mode"]),
    hints("tls: unsupported SSLv2 handshake received", "tls-version-obsolete", Peer),
    hints("tls: client offered only unsupported versions", "tls-version-obsolete", Peer),
    hints("tls: server selected unsupported protocol version", "tls-version-obsolete", Peer),
    hints("tls: no cipher suite supported by both client and server", "tls-cipher-mismatch", Unknown),
    hints("tls: no supported versions satisfy MinVersion and MaxVersion", "tls-config-invalid", This),
    hints("remote error: tls: handshake failure", "tls-cipher-mismatch", Unknown)
        .also(&["tls-version-mismatch", "tls-handshake-failed"]),
    hints("remote error: handshake failure", "tls-cipher-mismatch", Unknown).also(&["tls-version-mismatch"]),
    hints("tls: protocol version not supported", "tls-version-mismatch", Unknown)
        .also(&["tls-version-obsolete"]),
    hints("tls: internal error", "tls-internal-error", Peer),
    hints("tls: unrecognized name", "sni-missing", Unknown),
    says("remote error: tls: bad certificate", "cert-rejected-by-peer", This).likely().strong(),
    says("remote error: bad certificate", "cert-rejected-by-peer", This).likely().strong(),
    says("remote error: tls: unknown certificate", "cert-rejected-by-peer", This)
        .likely()
        .strong()
        .also(&["cert-untrusted"]),
    says("remote error: unknown certificate", "cert-rejected-by-peer", This).likely().strong(),
    says("remote error: tls: expired certificate", "cert-rejected-by-peer", This).likely().strong(),
    says("remote error: tls: revoked certificate", "cert-rejected-by-peer", This).likely().strong(),
    hints("remote error: tls: access denied", "client-certificate-rejected", Unknown).strong(),
    hints("remote error: tls: ", "tls-handshake-failed", Unknown).vague(),
    hints("tls: oversized record received", "wrong-tls-mode", Unknown).also(&["plaintext-on-tls-port"]),
    says("tls: failed to find \"CERTIFICATE\" PEM block", "cert-file-unreadable", This),
    says("tls: failed to find PEM block", "cert-file-unreadable", This),
    says("tls: found a certificate rather than a key", "cert-file-unreadable", This),
    hints("tls: unknown private key type", "cert-file-unreadable", This),
    hints("tls: unknown public key algorithm", "cert-file-unreadable", This),
    says("tls: neither Certificates, GetCertificate", "cert-file-unreadable", This),
    says("not authorized for an extended key usage", "cert-usage-wrong", Peer)
        .likely()
        .also(&["chain-intermediate-invalid"]),
    says("x509: ECDSA verification failure", "cert-signature-invalid", Peer).likely(),
    says("crypto/rsa: verification error", "cert-signature-invalid", Peer).likely().general(),
    says("x509: RSA key missing NULL parameters", "cert-malformed", Peer),
    says("x509: trailing data", "cert-malformed", Unknown).likely(),
    says("asn1: structure error", "cert-malformed", Unknown).likely(),
    says("asn1: syntax error", "cert-malformed", Unknown).likely(),
    hints("x509: OSStatus", "cert-verify-failed", Unknown),
    hints("x509: * certificate is not trusted", "cert-untrusted", Unknown),
    hints("x509: * certificate is not standards compliant", "cert-verify-failed", Peer)
        .also(&["cert-malformed", "cert-validity-too-long", "cert-key-weak"])
        .general(),
    hints("tls: received unexpected handshake message", "tls-handshake-failed", Unknown),
    hints("tls: handshake message of length", "tls-handshake-failed", Unknown),
    hints("tls: server's identity changed during renegotiation", "tls-renegotiation-insecure", Peer),
    hints("tls: server sent certificate containing RSA key larger", "tls-handshake-failed", Peer),
    says("tls: peer doesn't support any of the certificate's signature", "tls-cipher-mismatch", Unknown),
    says("tls: server selected unadvertised ALPN protocol", "tls-alpn-mismatch", Peer),
    says("tls: no supported elliptic curves offered", "tls-cipher-mismatch", Unknown),
    says("tls: ECDHE requested", "tls-cipher-mismatch", Unknown).likely(),
    says("tls: server chose an unconfigured cipher suite", "tls-cipher-mismatch", Peer),
    says("tls: downgrade attempt detected", "tls-intercepted", Network).likely(),
    hints("tls: received record with version", "tls-version-mismatch", Unknown),
    hints("issuer name does not match subject from issuing", "chain-incomplete", Unknown)
        .strong()
        .also(&["cert-untrusted"]),
    hints("x509: too many constraints", "cert-malformed", Peer).strong(),
    says("remote error: tls: certificate required", "tls-client-certificate-required", This),
    says("tls: client didn't provide a certificate", "tls-client-certificate-required", Peer),
    says("tls: no application protocol", "tls-alpn-mismatch", Peer),
    says("tls: client requested unsupported application protocols", "tls-alpn-mismatch", Peer),
    hints("tls: bad record MAC", "tls-record-corrupt", Unknown),
    hints("tls: error decrypting message", "tls-handshake-failed", Unknown).general(),
    hints("tls: unexpected message", "tls-handshake-failed", Unknown).general(),
    hints("tls: illegal parameter", "tls-handshake-failed", Unknown).general(),
    says("tls: either ServerName or InsecureSkipVerify must be specified", "tls-config-invalid", This),
    hints("net/http: TLS handshake timeout", "tls-handshake-timeout", Unknown),
    hints("TLS handshake error from *: EOF", "tls-handshake-lost-connection", Peer).perhaps_passing(),
    hints("TLS handshake error from *: i/o timeout", "tls-handshake-timeout", Peer).perhaps_passing(),
    hints(
        "TLS handshake error from *: read: connection reset by peer",
        "tls-handshake-lost-connection",
        Peer,
    )
    .perhaps_passing(),
    hints("TLS handshake failed", "tls-handshake-failed", Unknown).vague(),
    says("server doesn't support STARTTLS", "starttls-missing", Unknown),
    says("server does not support STARTTLS", "starttls-missing", Unknown),
    says("target host does not support STARTTLS", "starttls-missing", Unknown),
    says("smtp: server doesn't support AUTH", "login-requires-tls", Unknown).likely().also(&["not-tls"]),
    says("unencrypted connection", "login-requires-tls", This).likely(),
    plain("connect: connection refused", "port-refused", Unknown),
    plain("i/o timeout", "port-timeout", Unknown),
    plain("no such host", "dns-failure", Unknown),
    plain("connect: connection timed out", "port-timeout", Unknown),
];
