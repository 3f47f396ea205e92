//! .NET: `SslStream`, `System.Net.Mail`, `MailKit`.

use super::row::Whose::{Peer, This, Unknown};
use super::row::{Book, Row, cure, hints, plain, says};
use crate::explanation::Role;

pub(super) const BOOK: Book = Book {
    software: "dotnet",
    signs: &[
        ("error occurred while attempting to establish an SSL or TLS connection", None),
        ("System.Net.", Some(Role::SmtpClient)),
        ("MailKit", Some(Role::SmtpClient)),
        ("System.Security.Authentication", Some(Role::SmtpClient)),
        ("SslHandshakeException", Some(Role::SmtpClient)),
    ],
    rows: ROWS,
    cures: &[cure(
        "wrong-tls-mode",
        "MailKit: SecureSocketOptions.SslOnConnect with 465, 993, 995; StartTls with 587, 25, 143. System.Net.Mail knows STARTTLS only: use 587.",
    )],
};

const ROWS: &[Row] = &[
    hints(
        "remote certificate is invalid according to the validation procedure",
        "cert-verify-failed",
        Unknown,
    )
    .general(),
    hints(
        "remote certificate is invalid because of errors in the certificate chain",
        "cert-verify-failed",
        Unknown,
    )
    .general(),
    hints(
        "remote certificate was rejected by the provided RemoteCertificateValidationCallback",
        "cert-verify-failed",
        Unknown,
    )
    .general(),
    hints("server's SSL certificate could not be validated", "cert-verify-failed", Unknown).general(),
    says("RemoteCertificateNameMismatch", "cert-name-mismatch", Unknown),
    says("RemoteCertificateNotAvailable", "tls-handshake-failed", Unknown).likely(),
    hints("RemoteCertificateChainErrors", "cert-verify-failed", Unknown).general(),
    says("errors in the certificate chain: NotTimeValid", "cert-expired", Peer),
    says("chain: *NotTimeNested", "cert-malformed", Peer).likely(),
    says("chain: Revoked", "cert-revoked", Peer),
    says("chain: *NotSignatureValid", "cert-signature-invalid", Peer),
    says("chain: *NotValidForUsage", "cert-usage-wrong", Peer),
    says("chain: *InvalidBasicConstraints", "chain-intermediate-invalid", Peer),
    says("chain: *InvalidNameConstraints", "cert-name-constraint-violated", Peer),
    says("chain: *NameConstraint", "cert-name-constraint-violated", Peer).likely(),
    says("chain: *ExplicitDistrust", "cert-root-distrusted", Unknown),
    says("chain: *HasWeakSignature", "cert-signature-weak", Peer),
    says("chain: *HasNotSupportedCriticalExtension", "cert-malformed", Peer).likely(),
    says("chain: *InvalidExtension", "cert-malformed", Peer).likely(),
    says("chain: *CtlNotTimeValid", "cert-verify-failed", Unknown).likely().strong(),
    hints("The Local Security Authority cannot be contacted", "tls-handshake-failed", Unknown)
        .also(&["tls-version-mismatch"])
        .general(),
    hints("An unknown error occurred while processing the certificate", "cert-verify-failed", Unknown),
    hints(
        "The message or signature supplied for verification has been altered",
        "tls-record-corrupt",
        Unknown,
    ),
    hints("The token supplied to the function is invalid", "wrong-tls-mode", Unknown)
        .also(&["plaintext-on-tls-port", "tls-handshake-failed"]),
    hints("No credentials are available in the security package", "cert-file-unreadable", This),
    hints("The requested security package does not exist", "tls-config-invalid", This),
    says("NotTimeValid", "cert-expired", Unknown).likely().also(&["cert-not-yet-valid", "clock-skewed"]),
    says("errors in the certificate chain: PartialChain", "chain-incomplete", Unknown)
        .likely()
        .also(&["cert-untrusted", "trust-store-missing"]),
    says("PartialChain", "chain-incomplete", Unknown)
        .likely()
        .also(&["cert-untrusted", "trust-store-missing"]),
    says("UntrustedRoot", "cert-untrusted", Unknown),
    says("RevocationStatusUnknown", "cert-revocation-unreachable", Unknown).perhaps_passing(),
    says("OfflineRevocation", "cert-revocation-unreachable", Unknown).perhaps_passing(),
    says("the host name (*) did not match", "cert-name-mismatch", Unknown),
    says("host name did not match * certificate", "cert-name-mismatch", Unknown),
    hints("unexpected packet format", "wrong-tls-mode", This).also(&["plaintext-on-tls-port"]),
    hints("Cannot determine the frame size or a corrupted frame was received", "wrong-tls-mode", This)
        .also(&["plaintext-on-tls-port"]),
    hints("corrupted frame was received", "wrong-tls-mode", This).also(&["plaintext-on-tls-port"]),
    hints(
        "Received an unexpected EOF or 0 bytes from the transport stream",
        "tls-handshake-lost-connection",
        Unknown,
    )
    .perhaps_passing(),
    hints(
        "Authentication failed because the remote party has closed the transport stream",
        "tls-handshake-lost-connection",
        Unknown,
    )
    .perhaps_passing()
    .also(&["tls-version-mismatch"]),
    hints(
        "Authentication failed because the remote party sent a TLS alert: 'HandshakeFailure'",
        "tls-cipher-mismatch",
        Unknown,
    )
    .also(&["tls-version-mismatch"]),
    hints(
        "Authentication failed because the remote party sent a TLS alert: 'ProtocolVersion'",
        "tls-version-mismatch",
        Unknown,
    ),
    hints(
        "The client and server cannot communicate, because they do not possess a common algorithm",
        "tls-cipher-mismatch",
        Unknown,
    )
    .also(&["tls-version-mismatch", "tls-version-obsolete"]),
    hints("do not possess a common algorithm", "tls-cipher-mismatch", Unknown)
        .also(&["tls-version-mismatch", "tls-version-obsolete"]),
    hints("The message received was unexpected or badly formatted", "tls-handshake-failed", Unknown)
        .also(&["tls-version-mismatch", "tls-cipher-mismatch"])
        .general(),
    hints("The credentials supplied to the package were not recognized", "cert-file-unreadable", This),
    hints(
        "server mode SSL must use a certificate with the associated private key",
        "cert-file-unreadable",
        This,
    ),
    // Said only where the port does not fit the mode.
    hints("is typically reserved for plain-text connections. If you intended", "wrong-tls-mode", This),
    says("Server does not support secure connections", "starttls-missing", Unknown),
    says("server does not support the STARTTLS extension", "starttls-missing", Unknown),
    says("does not support the STARTTLS extension", "starttls-missing", Unknown),
    hints(
        "The SMTP server requires a secure connection or the client was not authenticated",
        "login-requires-tls",
        This,
    )
    .also(&["not-tls"]),
    hints(
        "An error occurred while attempting to establish an SSL or TLS connection",
        "tls-handshake-failed",
        Unknown,
    )
    .vague(),
    // What SmtpClient gets from a port that speaks TLS at once.
    hints("net_io_connectionclosed", "wrong-tls-mode", This)
        .general()
        .also(&["tls-handshake-lost-connection"]),
    hints("Unable to read data from the transport connection", "tls-handshake-lost-connection", Unknown)
        .vague()
        .also(&["wrong-tls-mode"]),
    hints("The SSL connection could not be established", "tls-handshake-failed", Unknown).vague(),
    hints("A call to SSPI failed", "tls-handshake-failed", Unknown).vague(),
    plain(
        "No connection could be made because the target machine actively refused it",
        "port-refused",
        Unknown,
    ),
    plain("did not properly respond after a period of time", "port-timeout", Unknown),
    plain("No such host is known", "dns-failure", Unknown),
];
