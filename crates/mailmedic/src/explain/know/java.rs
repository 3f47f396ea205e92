//! Java: Jakarta Mail, `JavaMail`, and JSSE.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "javamail",
    signs: &[
        ("javax.mail", Some(Role::SmtpClient)),
        ("jakarta.mail", Some(Role::SmtpClient)),
        ("com.sun.mail.smtp", Some(Role::SmtpClient)),
        ("com.sun.mail.pop3", Some(Role::ImapClient)),
        ("com.sun.mail.imap", Some(Role::ImapClient)),
        ("javax.net.ssl", None),
        ("sun.security", None),
    ],
    rows: ROWS,
    cures: &[
        cure("wrong-tls-mode", "mail.smtp.ssl.enable=true belongs to port 465; for 587:")
            .set("mail.smtp.starttls.enable=true\nmail.smtp.starttls.required=true"),
        cure("cert-untrusted", "For a private CA. Otherwise the server has to send its full chain.")
            .run(&["keytool -importcert -cacerts -file root.pem"]),
        cure(
            "tls-version-obsolete",
            "Since Java 8u291 and 11.0.11 TLS 1.0 and 1.1 are off: update the server; set mail.smtp.ssl.protocols to TLSv1.2 TLSv1.3, and update old JavaMail to 1.6.2 or later.",
        ),
        cure(
            "trust-store-missing",
            "The file lib/security/cacerts of this Java is empty or missing: install ca-certificates-java, or set javax.net.ssl.trustStore.",
        ),
    ],
};

const ROWS: &[Row] = &[
    hints("timestamp check failed", "cert-expired", Peer).also(&["cert-not-yet-valid", "clock-skewed"]),
    says("Could not determine revocation status", "cert-revocation-unreachable", Unknown),
    hints("CertPathValidatorException: signature check failed", "cert-signature-invalid", Peer)
        .also(&["cert-untrusted"]),
    hints("Path does not chain with any of the trust anchors", "cert-untrusted", Unknown)
        .also(&["chain-incomplete"]),
    says("CertPathValidatorException: name constraints", "cert-name-constraint-violated", Peer),
    hints("subject/issuer name chaining check failed", "chain-incomplete", Peer).also(&["chain-misordered"]),
    hints("ValidatorException: No trusted certificate found", "cert-untrusted", Unknown)
        .also(&["chain-incomplete"]),
    hints("End user tried to act as a CA", "chain-intermediate-invalid", Peer),
    says("pathLenConstraint violated", "chain-path-too-long", Peer).strong(),
    hints("null cert chain", "tls-client-certificate-required", Peer),
    hints("Empty client certificate chain", "tls-client-certificate-required", Peer),
    hints("Empty server certificate chain", "tls-handshake-failed", Peer),
    hints("does not conform to algorithm constraints", "cert-signature-weak", Peer).also(&["cert-key-weak"]),
    hints("SSLHandshakeException: unrecognized_name", "sni-missing", Unknown),
    hints("SSLHandshakeException: Tag mismatch", "tls-record-corrupt", Unknown),
    hints("Insufficient buffer remaining for AEAD cipher fragment", "tls-record-corrupt", Unknown),
    hints("Invalid TLS padding data", "tls-record-corrupt", Unknown),
    hints("Failed to negotiate the use of secure renegotiation", "tls-renegotiation-insecure", Peer),
    hints("No available authentication scheme", "tls-cipher-mismatch", Unknown)
        .also(&["cert-file-unreadable"]),
    hints("closing inbound before receiving peer's close_notify", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing(),
    hints("CertificateParsingException", "cert-malformed", Peer),
    says("PKIX path building failed", "cert-untrusted", Unknown).likely().also(&[
        "chain-incomplete",
        "cert-self-signed",
        "trust-store-missing",
    ]),
    says("unable to find valid certification path to requested target", "cert-untrusted", Unknown)
        .likely()
        .also(&["chain-incomplete", "trust-store-missing"]),
    hints("PKIX path validation failed", "cert-verify-failed", Unknown).general(),
    says("the trustAnchors parameter must be non-empty", "trust-store-missing", This),
    says("CertificateExpiredException", "cert-expired", Peer).strong(),
    says("validity check failed", "cert-expired", Peer).likely().also(&["cert-not-yet-valid"]),
    says("CertificateNotYetValidException", "cert-not-yet-valid", Unknown).also(&["clock-skewed"]).strong(),
    says("NotAfter: ", "cert-expired", Peer).likely(),
    says("NotBefore: ", "cert-not-yet-valid", Unknown).likely(),
    says("CertificateRevokedException", "cert-revoked", Peer),
    says("UndeterminedRevocationStatus", "cert-revocation-unreachable", Unknown),
    says("No subject alternative DNS name matching", "cert-name-mismatch", Unknown),
    says("No subject alternative names matching IP address", "cert-ip-address-unnamed", This)
        .also(&["cert-name-mismatch"]),
    says("No subject alternative names present", "cert-ip-address-unnamed", Unknown)
        .likely()
        .also(&["cert-name-mismatch"]),
    says("No name matching * found", "cert-name-mismatch", Unknown),
    says("Can't verify identity of server", "cert-name-mismatch", Unknown),
    says("Server is not trusted: ", "cert-untrusted", Unknown).likely(),
    says("Certificates do not conform to algorithm constraints", "cert-signature-weak", Peer)
        .likely()
        .also(&["cert-key-weak"]),
    says("Algorithm constraints check failed on signature algorithm", "cert-signature-weak", Peer),
    says("Algorithm constraints check failed on keysize", "cert-key-weak", Peer),
    says("CA key usage check failed", "chain-intermediate-invalid", Peer),
    says("basic constraints check failed", "chain-intermediate-invalid", Peer),
    says("Extended key usage does not permit", "cert-usage-wrong", Peer)
        .likely()
        .also(&["chain-intermediate-invalid"]),
    says("KeyUsage does not allow", "cert-usage-wrong", Peer),
    says("Netscape cert type does not permit", "cert-usage-wrong", Peer),
    says("No appropriate protocol", "tls-version-obsolete", This)
        .likely()
        .also(&["tls-version-mismatch", "tls-cipher-mismatch"]),
    hints("Server chose TLSv1*but that protocol version is not enabled", "tls-version-obsolete", Peer),
    says("The server selected protocol version TLS1", "tls-version-obsolete", Peer),
    says("is not accepted by client preferences", "tls-version-obsolete", Peer).likely(),
    hints("Client requested protocol * not enabled or not supported", "tls-version-obsolete", Peer),
    hints("Unsupported or unrecognized SSL message", "wrong-tls-mode", This).also(&["plaintext-on-tls-port"]),
    hints("Unrecognized SSL message, plaintext connection?", "wrong-tls-mode", This)
        .also(&["plaintext-on-tls-port"]),
    hints("Unrecognized SSL message", "wrong-tls-mode", This).also(&["plaintext-on-tls-port"]),
    hints("NotSslRecordException", "plaintext-on-tls-port", Peer),
    hints("Remote host closed connection during handshake", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing()
        .also(&["tls-version-mismatch"]),
    hints("Remote host terminated the handshake", "tls-handshake-lost-connection", Unknown)
        .perhaps_passing()
        .also(&["tls-version-mismatch"]),
    hints("SSL peer shut down incorrectly", "tls-handshake-lost-connection", Unknown).perhaps_passing(),
    hints("Received fatal alert: handshake_failure", "tls-cipher-mismatch", Unknown)
        .also(&["tls-version-mismatch", "tls-handshake-failed"]),
    hints("Received fatal alert: protocol_version", "tls-version-mismatch", Unknown)
        .also(&["tls-version-obsolete"]),
    hints("Received fatal alert: internal_error", "tls-internal-error", Peer),
    says("Received fatal alert: certificate_unknown", "cert-rejected-by-peer", This)
        .likely()
        .strong()
        .also(&["cert-untrusted"]),
    says("Received fatal alert: bad_certificate", "cert-rejected-by-peer", This).likely().strong(),
    says("Received fatal alert: unknown_ca", "cert-rejected-by-peer", This)
        .likely()
        .strong()
        .also(&["cert-untrusted"]),
    says("Received fatal alert: certificate_expired", "cert-rejected-by-peer", This).likely().strong(),
    says("Received fatal alert: certificate_revoked", "cert-rejected-by-peer", This).likely().strong(),
    says("Received fatal alert: unsupported_certificate", "cert-rejected-by-peer", This).likely().strong(),
    hints("Received fatal alert: unrecognized_name", "sni-missing", Unknown),
    hints("handshake alert: unrecognized_name", "sni-missing", Unknown),
    hints("Received fatal alert: bad_record_mac", "tls-record-corrupt", Unknown),
    says("Received fatal alert: certificate_required", "tls-client-certificate-required", This),
    hints("Received fatal alert: insufficient_security", "tls-cipher-mismatch", Unknown),
    hints("Received fatal alert: unexpected_message", "tls-handshake-failed", Unknown).general(),
    hints("Received fatal alert: illegal_parameter", "tls-handshake-failed", Unknown).general(),
    hints("no cipher suites in common", "tls-cipher-mismatch", Unknown),
    says("DH ServerKeyExchange does not comply to algorithm constraints", "tls-dh-weak", Peer),
    says("Could not generate DH keypair", "tls-dh-weak", Unknown).likely(),
    says("Prime size must be multiple of 64", "tls-dh-weak", Unknown).likely(),
    says("unsafe legacy renegotiation", "tls-renegotiation-insecure", Peer).likely(),
    says("Failed to establish chain from reply", "cert-file-unreadable", This).likely(),
    says("Keystore was tampered with, or password was incorrect", "cert-file-unreadable", This),
    says("Cannot recover key", "cert-file-unreadable", This),
    says("STARTTLS is required but host does not support STARTTLS", "starttls-missing", Unknown),
    says("STARTTLS is required but server doesn't support STARTTLS", "starttls-missing", Unknown),
    says("STLS required but not supported", "starttls-missing", Unknown),
    says("STARTTLS required but not supported", "starttls-missing", Unknown),
    hints("Could not convert socket to TLS", "tls-handshake-failed", Unknown).vague(),
    hints("javax.net.ssl.SSLHandshakeException", "tls-handshake-failed", Unknown).vague(),
    hints("Couldn't kickstart handshaking", "tls-handshake-failed", Unknown).vague(),
    hints("SSLPeerUnverifiedException", "cert-verify-failed", Unknown).general(),
    hints("peer not authenticated", "cert-verify-failed", Unknown).general(),
    hints("Can't send command to SMTP host", "tls-handshake-failed", Unknown).consequence(),
    plain("AuthenticationFailedException", "auth-failed", Unknown),
    plain("java.net.ConnectException: Connection refused", "port-refused", Unknown),
    plain("java.net.ConnectException: Connection timed out", "port-timeout", Unknown),
    plain("java.net.SocketTimeoutException: connect timed out", "port-timeout", Unknown),
    plain("java.net.UnknownHostException", "dns-failure", Unknown),
    plain("Couldn't connect to host, port:", "port-timeout", Unknown).consequence(),
];
