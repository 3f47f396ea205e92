//! Thunderbird, and NSS, which others use too.

use super::row::Whose::{Network, Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "thunderbird",
    signs: &[
        ("MOZILLA_PKIX_", Some(Role::Mua)),
        ("SEC_ERROR_", Some(Role::Mua)),
        ("SSL_ERROR_", Some(Role::Mua)),
        ("mailnews", Some(Role::Mua)),
        ("thunderbird", Some(Role::Mua)),
        ("Security Exception", Some(Role::Mua)),
    ],
    rows: ROWS,
    cures: &[
        cure(
            "cert-untrusted",
            "For a private CA: Settings, Privacy & Security, Certificates, Manage Certificates, Authorities, Import. Otherwise the server has to send its full chain.",
        ),
        cure(
            "wrong-tls-mode",
            "In the account settings choose SSL/TLS with 993, 995, 465, and STARTTLS with 143, 110, 587.",
        ),
    ],
};

/// The usage may be that of the issuer, too.
const ISSUER: &[&str] = &["chain-intermediate-invalid"];

const ROWS: &[Row] = &[
    says("MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", "cert-self-signed", Peer),
    says("MOZILLA_PKIX_ERROR_ADDITIONAL_POLICY_CONSTRAINT_FAILED", "cert-root-distrusted", Peer),
    says("MOZILLA_PKIX_ERROR_MITM_DETECTED", "tls-intercepted", Network),
    says("MOZILLA_PKIX_ERROR_NOT_YET_VALID", "cert-not-yet-valid", Unknown).also(&["clock-skewed"]),
    says("MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY", "cert-usage-wrong", Peer)
        .also(&["cert-is-ca", "chain-intermediate-invalid"]),
    says("MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE", "cert-key-weak", Peer),
    says("MOZILLA_PKIX_ERROR_V1_CERT_USED_AS_CA", "chain-intermediate-invalid", Peer),
    says("MOZILLA_PKIX_ERROR_EMPTY_ISSUER_NAME", "cert-malformed", Peer),
    says("MOZILLA_PKIX_ERROR_OCSP_RESPONSE_FOR_CERT_MISSING", "cert-staple-missing", Peer),
    says("MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING", "cert-staple-missing", Peer),
    says("MOZILLA_PKIX_ERROR_KEY_PINNING_FAILURE", "tls-intercepted", Network).likely(),
    says("MOZILLA_PKIX_ERROR_INSUFFICIENT_CERTIFICATE_TRANSPARENCY", "cert-untrusted", Peer).likely(),
    says("SEC_ERROR_UNKNOWN_ISSUER", "cert-untrusted", Unknown).also(&["chain-incomplete"]),
    says("SEC_ERROR_UNTRUSTED_ISSUER", "cert-untrusted", Unknown),
    says("SEC_ERROR_UNTRUSTED_CERT", "cert-untrusted", Unknown),
    says("SEC_ERROR_EXPIRED_CERTIFICATE", "cert-expired", Peer),
    says("SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE", "chain-intermediate-expired", Peer),
    says("SEC_ERROR_REVOKED_CERTIFICATE", "cert-revoked", Peer),
    says("SEC_ERROR_CA_CERT_INVALID", "chain-intermediate-invalid", Peer),
    says("SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID", "chain-path-too-long", Peer),
    says("SEC_ERROR_INADEQUATE_KEY_USAGE", "cert-usage-wrong", Peer).likely().also(ISSUER),
    says("SEC_ERROR_INADEQUATE_CERT_TYPE", "cert-usage-wrong", Peer).likely().also(ISSUER),
    says("SEC_ERROR_CERT_NOT_IN_NAME_SPACE", "cert-name-constraint-violated", Peer),
    says("SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED", "cert-signature-weak", Peer),
    says("SEC_ERROR_BAD_SIGNATURE", "cert-signature-invalid", Peer),
    says("SEC_ERROR_BAD_DER", "cert-malformed", Peer),
    says("SEC_ERROR_INVALID_KEY", "cert-key-weak", Peer).also(&["cert-malformed"]),
    says("SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION", "cert-malformed", Peer),
    says("SEC_ERROR_REUSED_ISSUER_AND_SERIAL", "cert-malformed", Peer),
    says("SEC_ERROR_OCSP_", "cert-revocation-unreachable", Unknown).likely().general(),
    says("SEC_ERROR_OCSP_OLD_RESPONSE", "cert-staple-invalid", Peer),
    says("SEC_ERROR_OCSP_INVALID_SIGNING_CERT", "cert-staple-invalid", Peer),
    says("SEC_ERROR_OCSP_FUTURE_RESPONSE", "clock-skewed", This).likely().also(&["cert-staple-invalid"]),
    says("SEC_ERROR_CRL_", "cert-revocation-unreachable", Unknown).likely(),
    says("SSL_ERROR_BAD_CERT_DOMAIN", "cert-name-mismatch", Unknown),
    hints("SSL_ERROR_NO_CYPHER_OVERLAP", "tls-cipher-mismatch", Unknown).also(&["tls-version-mismatch"]),
    hints("SSL_ERROR_UNSUPPORTED_VERSION", "tls-version-obsolete", Peer).also(&["tls-version-mismatch"]),
    hints("SSL_ERROR_PROTOCOL_VERSION_ALERT", "tls-version-mismatch", Unknown)
        .also(&["tls-version-obsolete"]),
    says("SSL_ERROR_WEAK_SERVER_EPHEMERAL_DH_KEY", "tls-dh-weak", Peer),
    says("SSL_ERROR_WEAK_SERVER_CERT_KEY", "cert-key-weak", Peer),
    hints("SSL_ERROR_RX_RECORD_TOO_LONG", "wrong-tls-mode", Unknown).also(&["plaintext-on-tls-port"]),
    hints("SSL_ERROR_HANDSHAKE_FAILURE_ALERT", "tls-cipher-mismatch", Unknown),
    says("SSL_ERROR_BAD_CERT_ALERT", "client-certificate-rejected", Unknown).likely(),
    says("SSL_ERROR_UNKNOWN_CA_ALERT", "client-certificate-rejected", Unknown).likely(),
    says("SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT", "tls-client-certificate-required", This),
    says("SSL_ERROR_UNSAFE_NEGOTIATION", "tls-renegotiation-insecure", Peer),
    says("SSL_ERROR_RENEGOTIATION_NOT_ALLOWED", "tls-renegotiation-insecure", Unknown),
    says("SSL_ERROR_UNRECOGNIZED_NAME_ALERT", "sni-missing", Unknown).likely(),
    says("SSL_ERROR_INTERNAL_ERROR_ALERT", "tls-internal-error", Peer),
    says("SSL_ERROR_BAD_MAC", "tls-record-corrupt", Unknown),
    says("SSL_ERROR_NEXT_PROTOCOL", "tls-alpn-mismatch", Unknown),
    says("SSL_ERROR_INAPPROPRIATE_FALLBACK_ALERT", "tls-version-mismatch", Unknown),
    hints("PR_END_OF_FILE_ERROR", "tls-handshake-lost-connection", Unknown),
    hints("PR_CONNECT_RESET_ERROR", "tls-handshake-lost-connection", Unknown),
    says("Peer's certificate has expired", "cert-expired", Peer),
    says("Peer's certificate has been revoked", "cert-revoked", Peer),
    says("Peer's certificate issuer is not recognized", "cert-untrusted", Unknown)
        .also(&["trust-store-missing"]),
    says("Peer's certificate issuer has been marked as not trusted", "cert-untrusted", Unknown),
    says("Peer's public key is invalid", "cert-key-weak", Peer).also(&["cert-malformed"]),
    says("Peer's certificate has an invalid signature", "cert-signature-invalid", Peer),
    says("Certificate type not approved for application", "cert-usage-wrong", Peer).likely().also(ISSUER),
    says("Issuer certificate is invalid", "chain-intermediate-invalid", Peer),
    says("Certificate path length constraint is invalid", "chain-path-too-long", Peer),
    says("Certificate key usage inadequate for attempted operation", "cert-usage-wrong", Peer)
        .likely()
        .also(ISSUER),
    says("The signer's certificate has expired", "chain-intermediate-expired", Peer),
    says("Issuer certificate has expired", "chain-intermediate-expired", Peer),
    says("signature algorithm that is disabled because it is not secure", "cert-signature-weak", Peer),
    says(
        "Unable to communicate securely with peer: requested domain name does not match",
        "cert-name-mismatch",
        Unknown,
    ),
    hints(
        "Cannot communicate securely with peer: no common encryption algorithm",
        "tls-cipher-mismatch",
        Unknown,
    ),
    says("Peer using unsupported version of security protocol", "tls-version-obsolete", Peer),
    hints("SSL received a record that exceeded the maximum permissible length", "wrong-tls-mode", Unknown),
    says("SSL peer cannot verify your certificate", "client-certificate-rejected", Unknown),
    says("SSL peer rejected your certificate", "client-certificate-rejected", Unknown),
    hints(
        "SSL peer was unable to negotiate an acceptable set of security parameters",
        "tls-cipher-mismatch",
        Unknown,
    ),
    says("The CRL for the certificate's issuer has expired", "cert-revocation-unreachable", Unknown).strong(),
    says("The KRL for this site's certificate has expired", "cert-revocation-unreachable", Unknown).strong(),
    says("revocation list for this certificate is not yet valid", "cert-revocation-unreachable", Unknown)
        .likely()
        .strong(),
    hints("certificate was rejected by extra checks in the application", "cert-verify-failed", Unknown),
    says("weak ephemeral Diffie-Hellman", "tls-dh-weak", Peer),
    says("The certificate belongs to a different site", "cert-name-mismatch", Unknown),
    says("certificate belongs to a different site", "cert-name-mismatch", Unknown),
    says("Wrong Site", "cert-name-mismatch", Unknown).general(),
    says("Certificate is not trusted because it hasn't been verified", "cert-untrusted", Unknown),
    says(
        "unable to establish a secure link with Outgoing server (SMTP)*doesn't support",
        "starttls-missing",
        Unknown,
    ),
    hints("using STARTTLS since it doesn't advertise that feature", "starttls-missing", Peer)
        .also(&["starttls-stripped"]),
    plain("may be unavailable or is refusing", "port-refused", Unknown),
    plain("Login to server * failed", "auth-failed", Unknown),
    hints("doesn't advertise STARTTLS", "starttls-missing", Unknown),
    hints("doesn't seem to support STARTTLS", "starttls-missing", Unknown),
    hints("does not support the selected authentication method", "login-requires-tls", This)
        .also(&["not-tls"]),
    hints("doesn't seem to support encrypted passwords", "login-requires-tls", This).also(&["not-tls"]),
];
