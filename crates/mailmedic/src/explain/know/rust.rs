//! Rust: rustls and webpki, lettre, Stalwart.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, harmless, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "rustls",
    signs: &[
        ("stalwart", Some(Role::SmtpClient)),
        ("smtp::outbound", Some(Role::SmtpClient)),
        ("TLS error from '", Some(Role::SmtpClient)),
        ("lettre", Some(Role::SmtpClient)),
        ("vaultwarden", Some(Role::SmtpClient)),
        ("received fatal alert", None),
        ("invalid peer certificate", None),
        ("listenerId = \"smtp", Some(Role::SmtpServer)),
        ("listenerId = \"imap", Some(Role::ImapServer)),
        ("queueId = ", Some(Role::SmtpClient)),
    ],
    rows: ROWS,
    cures: &[],
};

const ROWS: &[Row] = &[
    says("invalid peer certificate: UnknownIssuer", "cert-untrusted", Unknown).also(&["chain-incomplete"]),
    says("invalid peer certificate: CertNotValidForName", "cert-name-mismatch", Unknown),
    says("invalid peer certificate: NotValidForName", "cert-name-mismatch", Unknown),
    says("NotValidForName", "cert-name-mismatch", Unknown),
    says("certificate not valid for name", "cert-name-mismatch", Unknown),
    says("invalid peer certificate: Expired", "cert-expired", Peer),
    says("invalid peer certificate: certificate expired", "cert-expired", Peer),
    says("CertExpired", "cert-expired", Peer),
    says("invalid peer certificate: NotValidYet", "cert-not-yet-valid", Unknown).also(&["clock-skewed"]),
    says("CertNotValidYet", "cert-not-yet-valid", Unknown).also(&["clock-skewed"]),
    says("invalid peer certificate: certificate not valid yet", "cert-not-yet-valid", Unknown)
        .also(&["clock-skewed"]),
    says("invalid peer certificate: Revoked", "cert-revoked", Peer),
    says("invalid peer certificate: BadSignature", "cert-signature-invalid", Peer),
    says("invalid peer certificate: BadEncoding", "cert-malformed", Peer),
    says("invalid peer certificate: InvalidPurpose", "cert-usage-wrong", Peer),
    says("invalid peer certificate: UnhandledCriticalExtension", "cert-malformed", Peer),
    says("invalid peer certificate: UnknownRevocationStatus", "cert-revocation-unreachable", Unknown),
    says("CaUsedAsEndEntity", "chain-intermediate-invalid", Peer)
        .also(&["cert-usage-wrong", "cert-self-signed"]),
    says("UnsupportedCertVersion", "cert-malformed", Peer),
    says("NameConstraintViolation", "cert-name-constraint-violated", Peer),
    says("RequiredEkuNotFound", "cert-usage-wrong", Peer),
    says("UnsupportedSignatureAlgorithm", "cert-signature-weak", Peer).likely(),
    says("BadDer", "cert-malformed", Peer).likely(),
    says("PathLenConstraintViolated", "chain-path-too-long", Peer),
    says("MaximumPathDepthExceeded", "chain-path-too-long", Peer).likely(),
    says("EndEntityUsedAsCa", "chain-intermediate-invalid", Peer),
    says("CertDistrusted", "cert-root-distrusted", Peer).likely(),
    says("UnsupportedCriticalExtension", "cert-malformed", Peer)
        .likely()
        .also(&["cert-critical-extension-unknown"]),
    says("invalid peer certificate: InvalidOcspResponse", "cert-staple-invalid", Peer),
    says("ExpiredRevocationList", "cert-revocation-unreachable", Unknown).strong(),
    says("certificate revocation list expired", "cert-revocation-unreachable", Unknown).strong(),
    hints("invalid certificate revocation list", "cert-revocation-unreachable", Unknown),
    says("InvalidCertValidity", "cert-malformed", Peer),
    says("ExtensionValueInvalid", "cert-malformed", Peer),
    says("BadDerTime", "cert-malformed", Peer),
    says("InvalidSerialNumber", "cert-malformed", Peer),
    says("SignatureAlgorithmMismatch", "cert-malformed", Peer).likely().also(&["cert-signature-invalid"]),
    says("InvalidSignatureForPublicKey", "cert-signature-invalid", Peer),
    says("certificate does not allow extended key usage", "cert-usage-wrong", Peer),
    says("received fatal alert: CertificateRevoked", "cert-rejected-by-peer", This).likely().strong(),
    hints("peer sent no certificates", "tls-client-certificate-required", Unknown)
        .also(&["tls-handshake-failed"]),
    hints("peer doesn't support any known protocol", "tls-alpn-mismatch", Peer),
    hints("received unexpected message: got", "tls-handshake-failed", Unknown),
    hints("received unexpected handshake message: got", "tls-handshake-failed", Unknown),
    says("keys may not be consistent: KeyMismatch", "cert-key-mismatch", This),
    hints("peer sent excess record size", "wrong-tls-mode", Unknown).also(&["plaintext-on-tls-port"]),
    hints("no private key found", "cert-file-unreadable", This),
    hints("no server certificate chain resolved", "sni-missing", Unknown).also(&["cert-file-unreadable"]),
    hints("peer is incompatible: NoSignatureSchemesInCommon", "tls-cipher-mismatch", Unknown),
    hints("peer is incompatible: NoEcPointFormatsInCommon", "tls-cipher-mismatch", Unknown),
    hints("peer is incompatible: NamedGroupsExtensionRequired", "tls-cipher-mismatch", Unknown),
    hints("peer is incompatible: ServerTlsVersionIsDisabledByOurConfig", "tls-version-mismatch", Unknown),
    hints("peer is incompatible: Tls13RequiredForQuic", "tls-version-mismatch", Unknown),
    hints("invalid peer certificate", "cert-verify-failed", Unknown).vague(),
    hints("received corrupt message", "wrong-tls-mode", This).also(&["plaintext-on-tls-port"]),
    hints("received corrupt message of type InvalidContentType", "wrong-tls-mode", This)
        .also(&["plaintext-on-tls-port"]),
    hints("CorruptMessage", "wrong-tls-mode", This).also(&["plaintext-on-tls-port"]),
    hints("InvalidContentType", "wrong-tls-mode", Unknown).also(&["plaintext-on-tls-port"]),
    hints("received fatal alert: HandshakeFailure", "tls-cipher-mismatch", Unknown)
        .also(&["tls-version-mismatch", "tls-handshake-failed"]),
    hints(
        "fatal alert: the peer could not negotiate an acceptable set of security parameters",
        "tls-cipher-mismatch",
        Unknown,
    )
    .also(&["tls-version-mismatch"]),
    hints("fatal alert: the server requires ciphers more secure", "tls-cipher-mismatch", Unknown),
    hints("received fatal alert: ProtocolVersion", "tls-version-obsolete", Peer)
        .also(&["tls-version-mismatch"]),
    hints("the peer did not support a suitable TLS version", "tls-version-obsolete", Peer)
        .also(&["tls-version-mismatch"]),
    hints("received fatal alert: InternalError", "tls-internal-error", Peer),
    hints("the peer encountered an unexpected internal error", "tls-internal-error", Peer),
    hints("received fatal alert: UnrecognisedName", "sni-missing", Unknown),
    hints("received fatal alert: UnrecognizedName", "sni-missing", Unknown),
    says("the peer required a client certificate", "tls-client-certificate-required", This),
    says("received fatal alert: CertificateRequired", "tls-client-certificate-required", This),
    hints("the peer failed to verify a message", "tls-record-corrupt", Unknown).perhaps_passing(),
    hints("received fatal alert: BadRecordMac", "tls-record-corrupt", Unknown).perhaps_passing(),
    hints("cannot decrypt peer's message", "tls-record-corrupt", Unknown),
    says("received fatal alert: BadCertificate", "cert-rejected-by-peer", This).likely().strong(),
    says("received fatal alert: CertificateUnknown", "cert-rejected-by-peer", This)
        .likely()
        .strong()
        .also(&["cert-untrusted"]),
    says("received fatal alert: UnknownCA", "cert-rejected-by-peer", This)
        .likely()
        .strong()
        .also(&["cert-untrusted"]),
    says("received fatal alert: CertificateExpired", "cert-rejected-by-peer", This).likely().strong(),
    says("received fatal alert: UnsupportedCertificate", "cert-rejected-by-peer", This).likely().strong(),
    says("the peer's certificate chain is", "cert-rejected-by-peer", This).vague(),
    says("fatal alert: the peer did not like our certificate", "cert-rejected-by-peer", This)
        .likely()
        .strong(),
    says("received fatal alert: NoApplicationProtocol", "tls-alpn-mismatch", Peer),
    hints("received fatal alert: AccessDenied", "client-certificate-rejected", Unknown),
    hints("received fatal alert: DecodeError", "tls-handshake-failed", Unknown).general(),
    hints("received fatal alert: IllegalParameter", "tls-handshake-failed", Unknown).general(),
    hints("received fatal alert: UnexpectedMessage", "tls-handshake-failed", Unknown).general(),
    hints("received fatal alert", "tls-handshake-failed", Unknown).vague(),
    hints("peer is incompatible: no usable", "tls-version-mismatch", Peer),
    hints("peer is incompatible: Server does not support TLS12Or13", "tls-version-obsolete", Peer),
    hints("peer is incompatible: ServerDoesNotSupportTls12Or13", "tls-version-obsolete", Peer),
    hints("peer is incompatible: SupportedVersionsExtensionRequired", "tls-version-obsolete", Peer),
    hints("peer is incompatible: Tls12NotOffered", "tls-version-obsolete", Peer),
    hints("peer is incompatible: NoCipherSuitesInCommon", "tls-cipher-mismatch", Unknown),
    hints(
        "peer is incompatible: NoCertificateRequestSignatureSchemesInCommon",
        "tls-cipher-mismatch",
        Unknown,
    ),
    hints("peer is incompatible: NoKxGroupsInCommon", "tls-cipher-mismatch", Unknown),
    hints("peer is incompatible", "tls-handshake-failed", Unknown)
        .general()
        .also(&["tls-version-mismatch", "tls-cipher-mismatch"]),
    hints("peer misbehaved", "tls-handshake-failed", Peer).general(),
    hints("tls handshake eof", "tls-handshake-lost-connection", Unknown).perhaps_passing(),
    hints(
        "peer closed connection without sending TLS close_notify",
        "tls-handshake-lost-connection",
        Unknown,
    )
    .vague()
    .perhaps_passing(),
    says("STARTTLS was not advertised by host", "starttls-missing", Unknown).also(&["starttls-stripped"]),
    says("STARTTLS not advertised", "starttls-missing", Peer).also(&["starttls-stripped"]),
    says("STARTTLS is not supported on this server", "starttls-missing", Unknown),
    hints("reason=\"STARTTLS was rejected by host\"", "starttls-refused", Peer),
    says("no certificates available", "cert-file-unreadable", This).likely(),
    says("No native root CA certificates found", "trust-store-missing", This),
    says("no certificates found * SNI", "sni-missing", Unknown).likely(),
    says("MX host is not authorized by policy", "mta-sts-mx-unlisted", Peer).likely(),
    says("not authorized by policy", "mta-sts-mx-unlisted", Peer).likely(),
    says("No TLSA records found", "dane-missing", Peer).likely(),
    says("No TLSA DNSSEC records found", "dane-missing", Peer).likely(),
    says("no TLSA records matched", "dane-mismatch", Peer).likely(),
    // The words in brackets are Stalwart's names of events.
    hints("(delivery.start-tls-unavailable)", "starttls-missing", Peer).also(&["starttls-stripped"]),
    hints("(delivery.start-tls-error)", "tls-handshake-failed", Unknown).vague(),
    harmless("(dane.tlsa-record-not-found)", Peer).also(&["dane-missing"]),
    harmless("TLSA record not found", Peer).also(&["dane-missing"]),
    hints("(dane.authentication-failure)", "dane-mismatch", Peer),
    hints("(dane.tlsa-record-invalid)", "dane-unusable", Peer),
    hints("(dane.tlsa-record-not-dnssec-signed)", "dnssec-missing", Peer),
    hints("(dane.tlsa-record-fetch-error)", "dnssec-bogus", Unknown).perhaps_passing(),
    hints("(mta-sts.policy-fetch-error)", "mta-sts-policy-unreachable", Peer).perhaps_passing(),
    hints("(mta-sts.invalid-policy)", "mta-sts-policy-invalid", Peer),
    hints("(mta-sts.not-authorized)", "mta-sts-mx-unlisted", Peer),
    harmless("(mta-sts.policy-not-found)", Peer).also(&["mta-sts-missing"]),
    hints("(tls.handshake-error)", "tls-handshake-failed", Unknown).vague().perhaps_passing(),
    hints("(tls.no-certificates-available)", "cert-file-unreadable", This),
    hints("(tls.not-configured)", "tls-config-invalid", This),
    hints("(tls.certificate-not-found)", "sni-missing", Unknown).general(),
    hints("(acme.*error)", "renewal-failed", This),
    hints("(acme.auth-*invalid)", "renewal-failed", This),
    hints("(acme.order-invalid)", "renewal-failed", This),
    hints("Handshake failed: ", "tls-handshake-failed", Unknown).vague(),
    plain("Connection refused (os error 111)", "port-refused", Unknown),
    plain("Connection timed out (os error 110)", "port-timeout", Unknown),
];
