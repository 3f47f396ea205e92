//! GnuTLS: `GNUTLS_E_…` by name, number or text (`gnutls/gnutls.h`), and the words of its verifier.
//!
//! Numbers are negative; as a code's number they stand without the sign. Alerts are in `alert.rs`.

use std::sync::LazyLock;

use super::Certainty::{Certain, Likely, Possible};
use super::Whose::{Network, Peer, ThisSide, Unknown};
use super::scan::{self, Phrases};
use super::{Code, CodeKind, MOST, Means, means};

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    for (at, word) in scan::identifiers(text) {
        if found.len() >= MOST {
            break;
        }
        let name = word.strip_prefix("GNUTLS_E_");
        let row = match name {
            Some(name) => ERRORS.iter().find(|(_, known, ..)| *known == name),
            None => by_number(text, &at, word),
        };
        let Some((number, name, _, means)) = row else { continue };
        found.push(Code { at, kind: CodeKind::GnuTls, name, number: Some(*number), means: *means });
    }
    for (at, row) in PHRASES.find(text).take(MOST) {
        let (name, number, means) = match row.checked_sub(ERRORS.len()) {
            None => (ERRORS[row].1, Some(ERRORS[row].0), ERRORS[row].3),
            Some(row) => (STATUSES[row].1, None, STATUSES[row].2),
        };
        found.push(Code { at, kind: CodeKind::GnuTls, name, number, means });
    }
}

/// A small negative number is an error of GnuTLS only beside its name.
fn by_number(text: &str, at: &std::ops::Range<usize>, word: &str) -> Option<&'static Row> {
    let number: u64 = Some(word).filter(|word| (1..=3).contains(&word.len()))?.parse().ok()?;
    let before = scan::line_before(text, at, 80);
    let is_error = before.ends_with('-') && scan::mentions(before, &["gnutls"]);
    ERRORS.iter().find(|(known, ..)| *known == number).filter(|_| is_error)
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let errors = ERRORS.iter().map(|(_, _, text, _)| *text);
    let statuses = STATUSES.iter().map(|(text, ..)| *text);
    let rows = errors.chain(statuses).enumerate().map(|(row, text)| (text, row));
    Phrases::new(rows.filter(|(text, _)| !text.is_empty()))
});

/// Number without its sign, name without `GNUTLS_E_`, text, meaning.
type Row = (u64, &'static str, &'static str, Option<Means>);

/// The errors that a handshake or the loading of files ends with; everyday texts are left out.
const ERRORS: &[Row] = &[
    (8, "UNSUPPORTED_VERSION_PACKET", "A packet with illegal or unsupported version was received", VERSION),
    (9, "UNEXPECTED_PACKET_LENGTH", "Error decoding the received TLS packet", NOT_TLS),
    (10, "INVALID_SESSION", "The specified session has been invalidated for some reason", LOST),
    (
        12,
        "FATAL_ALERT_RECEIVED",
        "A TLS fatal alert has been received",
        means("tls-handshake-failed", Unknown, Possible),
    ),
    (15, "UNEXPECTED_PACKET", "An unexpected TLS packet was received", NOT_TLS),
    (16, "WARNING_ALERT_RECEIVED", "A TLS warning alert has been received", None),
    (
        18,
        "ERROR_IN_FINISHED_PACKET",
        "An error was encountered at the TLS Finished packet calculation",
        CORRUPT,
    ),
    (19, "UNEXPECTED_HANDSHAKE_PACKET", "An unexpected TLS handshake packet was received", FAILED),
    (21, "UNKNOWN_CIPHER_SUITE", "Could not negotiate a supported cipher suite", CIPHER),
    (22, "UNWANTED_ALGORITHM", "An algorithm that is not enabled was negotiated", CIPHER),
    (24, "DECRYPTION_FAILED", "Decryption has failed", CORRUPT),
    (25, "MEMORY_ERROR", "Internal error in memory allocation", INTERNAL),
    (26, "DECOMPRESSION_FAILED", "Decompression of the TLS record packet has failed", CORRUPT),
    (28, "AGAIN", "", None),
    (29, "EXPIRED", "The session or certificate has expired", means("cert-expired", Unknown, Possible)),
    (31, "KEYFILE_ERROR", "Error in password/key file", UNREADABLE),
    (
        32,
        "INSUFFICIENT_CREDENTIALS",
        "Insufficient credentials for that request",
        means("tls-config-invalid", ThisSide, Likely),
    ),
    (34, "BASE64_DECODING_ERROR", "Base64 decoding error", UNREADABLE),
    (37, "REHANDSHAKE", "Rehandshake was requested by the peer", None),
    (43, "CERTIFICATE_ERROR", "Error in the certificate", means("cert-verify-failed", Unknown, Likely)),
    (45, "PK_DECRYPTION_FAILED", "Public key decryption has failed", CORRUPT),
    (46, "PK_SIGN_FAILED", "Public key signing has failed", INTERNAL),
    (
        47,
        "X509_UNSUPPORTED_CRITICAL_EXTENSION",
        "Unsupported critical extension in X.509 certificate",
        means("cert-critical-extension-unknown", Peer, Certain),
    ),
    (
        48,
        "KEY_USAGE_VIOLATION",
        "Key usage violation in certificate has been detected",
        means("cert-usage-wrong", Peer, Likely),
    ),
    (
        49,
        "NO_CERTIFICATE_FOUND",
        "No certificate was found",
        means("tls-client-certificate-required", Unknown, Possible),
    ),
    (50, "INVALID_REQUEST", "", None),
    (53, "PUSH_ERROR", "Error in the push function", LOST),
    (54, "PULL_ERROR", "Error in the pull function", LOST),
    (55, "RECEIVED_ILLEGAL_PARAMETER", "An illegal parameter has been received", FAILED),
    (58, "RECEIVED_ILLEGAL_EXTENSION", "An illegal TLS extension was received", FAILED),
    (59, "INTERNAL_ERROR", "GnuTLS internal error", INTERNAL),
    (
        60,
        "CERTIFICATE_KEY_MISMATCH",
        "The certificate and the given key do not match",
        means("cert-key-mismatch", ThisSide, Certain),
    ),
    (61, "UNSUPPORTED_CERTIFICATE_TYPE", "The certificate type is not supported", FAILED),
    (
        63,
        "DH_PRIME_UNACCEPTABLE",
        "The Diffie-Hellman prime sent by the server is not acceptable",
        means("tls-dh-weak", Peer, Certain),
    ),
    (64, "FILE_ERROR", "Error while reading file", UNREADABLE),
    (69, "ASN1_DER_ERROR", "ASN1 parser: Error in DER parsing", means("cert-malformed", Unknown, Likely)),
    (
        71,
        "ASN1_GENERIC_ERROR",
        "ASN1 parser: Generic parsing error",
        means("cert-malformed", Unknown, Likely),
    ),
    (73, "ASN1_TAG_ERROR", "ASN1 parser: Error in TAG", means("cert-malformed", Unknown, Likely)),
    (82, "RECEIVED_DISALLOWED_NAME", "A disallowed SNI server name has been received", SNI),
    (87, "NO_CIPHER_SUITES", "No supported cipher suites have been found", CIPHER),
    (89, "PK_SIG_VERIFY_FAILED", "Public key signature verification has failed", CORRUPT),
    (91, "KEYFILE_PARSING_ERROR", "Parsing error in password/key file", UNREADABLE),
    (
        93,
        "NO_TEMPORARY_DH_PARAMS",
        "No temporary DH parameters were found",
        means("tls-config-invalid", ThisSide, Likely),
    ),
    (106, "UNSUPPORTED_SIGNATURE_ALGORITHM", "The signature algorithm is not supported", CIPHER),
    (107, "SAFE_RENEGOTIATION_FAILED", "Safe renegotiation failed", RENEGOTIATION),
    (108, "UNSAFE_RENEGOTIATION_DENIED", "Unsafe renegotiation denied", RENEGOTIATION),
    (110, "PREMATURE_TERMINATION", "The TLS connection was non-properly terminated", LOST),
    (
        112,
        "CERTIFICATE_REQUIRED",
        "Certificate is required",
        means("tls-client-certificate-required", Unknown, Certain),
    ),
    (207, "BASE64_UNEXPECTED_HEADER_ERROR", "Base64 unexpected header error", UNREADABLE),
    (217, "INSUFFICIENT_SECURITY", "One of the involved algorithms has insufficient security level", CIPHER),
    (294, "UNRECOGNIZED_NAME", "The SNI host name not recognised", SNI),
    (319, "TIMEDOUT", "", means("tls-handshake-timeout", Unknown, Likely)),
    (321, "ECC_NO_SUPPORTED_CURVES", "No supported ECC curves were found", CIPHER),
    (
        324,
        "CERTIFICATE_LIST_UNSORTED",
        "The provided X.509 certificate list is not sorted",
        means("chain-misordered", Unknown, Certain),
    ),
    (325, "ILLEGAL_PARAMETER", "An illegal parameter was found", FAILED),
    (
        326,
        "NO_PRIORITIES_WERE_SET",
        "No or insufficient priorities were set",
        means("tls-config-invalid", ThisSide, Certain),
    ),
    (328, "SESSION_EOF", "Peer has terminated the connection", LOST),
    (
        340,
        "NO_CERTIFICATE_STATUS",
        "There is no certificate status (OCSP)",
        means("cert-staple-missing", Peer, Certain),
    ),
    (341, "OCSP_RESPONSE_ERROR", "The OCSP response is invalid", means("cert-staple-invalid", Peer, Certain)),
    (343, "AUTH_ERROR", "Could not authenticate peer", means("cert-verify-failed", Unknown, Likely)),
    (
        344,
        "NO_APPLICATION_PROTOCOL",
        "No common application protocol could be negotiated",
        means("tls-alpn-mismatch", Unknown, Certain),
    ),
    (347, "INAPPROPRIATE_FALLBACK", "A connection with inappropriate fallback was attempted", VERSION),
    (
        348,
        "CERTIFICATE_VERIFICATION_ERROR",
        "Error in the certificate verification",
        means("cert-verify-failed", Unknown, Likely),
    ),
    (
        411,
        "NOT_YET_ACTIVATED",
        "The certificate is not yet activated",
        means("cert-not-yet-valid", Unknown, Certain),
    ),
    (
        416,
        "CERTIFICATE_TIME_ERROR",
        "Error in the time fields of certificate",
        means("cert-malformed", Peer, Likely),
    ),
    (417, "RECORD_OVERFLOW", "A TLS record packet with invalid length was received", NOT_TLS),
    (
        422,
        "OCSP_MISMATCH_WITH_CERTS",
        "The OCSP response provided doesn't match the available certificates",
        means("cert-staple-invalid", ThisSide, Certain),
    ),
    (423, "NO_COMMON_KEY_SHARE", "No common key share with peer", CIPHER),
    (427, "MISSING_EXTENSION", "", FAILED),
];

/// The words of the verifier: text, the name of its flag, meaning.
const STATUSES: &[(&str, &str, Option<Means>)] = &[
    ("The certificate is NOT trusted", "INVALID", means("cert-verify-failed", Unknown, Likely)),
    ("The certificate issuer is unknown", "SIGNER_NOT_FOUND", means("cert-untrusted", Unknown, Likely)),
    (
        "The certificate issuer is not a CA",
        "SIGNER_NOT_CA",
        means("chain-intermediate-invalid", Peer, Likely),
    ),
    ("The certificate chain uses expired certificate", "EXPIRED", means("cert-expired", Peer, Certain)),
    (
        "The certificate chain uses not yet valid certificate",
        "NOT_ACTIVATED",
        means("cert-not-yet-valid", Unknown, Certain),
    ),
    ("The certificate chain is revoked", "REVOKED", means("cert-revoked", Peer, Certain)),
    (
        "The name in the certificate does not match the expected",
        "UNEXPECTED_OWNER",
        means("cert-name-mismatch", Unknown, Certain),
    ),
    (
        "The certificate chain uses insecure algorithm",
        "INSECURE_ALGORITHM",
        means("cert-signature-weak", Peer, Likely),
    ),
    (
        "The certificate chain violates the signer's constraints",
        "SIGNER_CONSTRAINTS_FAILURE",
        means("cert-name-constraint-violated", Peer, Likely),
    ),
    (
        "The signature in the certificate is invalid",
        "SIGNATURE_FAILURE",
        means("cert-signature-invalid", Peer, Certain),
    ),
    (
        "The certificate doesn't match the intended purpose",
        "PURPOSE_MISMATCH",
        means("cert-usage-wrong", Peer, Certain),
    ),
    (
        "The certificate requires the server to include an OCSP status in its response, but the OCSP status is missing",
        "MISSING_OCSP_STATUS",
        means("cert-staple-missing", Peer, Certain),
    ),
    (
        "The received OCSP status response is invalid",
        "INVALID_OCSP_STATUS",
        means("cert-staple-invalid", Peer, Certain),
    ),
    (
        "contains unknown critical extension",
        "UNKNOWN_CRIT_EXTENSIONS",
        means("cert-critical-extension-unknown", Peer, Certain),
    ),
    (
        "The revocation or OCSP data are issued with a future date",
        "REVOCATION_DATA_ISSUED_IN_FUTURE",
        means("clock-skewed", ThisSide, Likely),
    ),
    (
        "The certificate doesn't match the local copy (TOFU)",
        "UNEXPECTED_OWNER",
        means("cert-pin-mismatch", Unknown, Certain),
    ),
    (
        "The revocation or OCSP data are old and have been superseded",
        "REVOCATION_DATA_SUPERSEDED",
        means("cert-revocation-unreachable", Network, Likely),
    ),
    (
        "The revocation or OCSP data are issued with a future date",
        "REVOCATION_DATA_ISSUED_IN_FUTURE",
        means("clock-skewed", Unknown, Possible),
    ),
];

/// The first bytes were no TLS record: most often SMTP, IMAP or POP3 in clear.
const NOT_TLS: Option<Means> = means("wrong-tls-mode", Unknown, Likely);
const VERSION: Option<Means> = means("tls-version-mismatch", Unknown, Likely);
const CIPHER: Option<Means> = means("tls-cipher-mismatch", Unknown, Likely);
const CORRUPT: Option<Means> = means("tls-record-corrupt", Unknown, Likely);
const FAILED: Option<Means> = means("tls-handshake-failed", Unknown, Likely);
const INTERNAL: Option<Means> = means("tls-internal-error", ThisSide, Likely);
const LOST: Option<Means> = means("tls-handshake-lost-connection", Unknown, Likely);
const RENEGOTIATION: Option<Means> = means("tls-renegotiation-insecure", Peer, Certain);
const SNI: Option<Means> = means("sni-missing", Unknown, Likely);
const UNREADABLE: Option<Means> = means("cert-file-unreadable", ThisSide, Likely);
