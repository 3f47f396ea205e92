//! TLS alerts (RFC 8446 section 6, the older ones of RFC 5246 section 7.2 and RFC 6066) as libraries word them.

use std::sync::LazyLock;

use super::Certainty::{Certain, Likely, Possible};
use super::Whose::{Peer, ThisSide, Unknown};
use super::scan::{self, Phrases};
use super::{Code, CodeKind, Direction, MOST, Means, means};

/// An alert of the registry.
pub(super) struct Alert {
    pub(super) number: u8,
    /// The RFC's name.
    pub(super) name: &'static str,
    /// When the peer sent it.
    pub(super) received: Option<Means>,
    /// When this side sent it.
    sent: Option<Means>,
    /// How libraries say it beside the RFC's name, in letters and digits only.
    wordings: &'static [&'static str],
}

impl Alert {
    pub(super) fn means(&self, direction: Direction) -> Option<Means> {
        match direction {
            Direction::Received => self.received,
            Direction::Sent => self.sent,
            Direction::Unknown => None,
        }
    }
}

/// Finds the alert with this number.
pub(super) fn by_number(number: u64) -> Option<&'static Alert> {
    ALERTS.iter().find(|alert| u64::from(alert.number) == number)
}

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    for (at, row) in PHRASES.find(text).take(MOST) {
        let (_, direction) = INTRODUCTIONS[row];
        let Some((alert, length)) = read(text.get(at.end..).unwrap_or_default()) else { continue };
        found.push(Code {
            at: at.start..at.end + length,
            kind: CodeKind::Alert(direction),
            name: alert.name,
            number: Some(alert.number.into()),
            means: alert.means(direction),
        });
    }
}

/// Reads the alert that follows an introduction: a number or a wording. Also returns where it ends.
fn read(rest: &str) -> Option<(&'static Alert, usize)> {
    let rest = &rest[..rest.floor_char_boundary(MOST_BYTES)];
    let start = rest.find(|first: char| first.is_ascii_alphanumeric())?;
    if rest[..start].contains('\n') && !rest[..start].trim().is_empty() {
        return None;
    }
    let mut skipped = start;
    // GnuTLS and NSS write the number in brackets before the name, Erlang the level, Go its module.
    while let Some(length) = FILLERS.iter().find_map(|filler| starts(&rest[skipped..], filler)) {
        let after = &rest[skipped + length..];
        skipped += length + after.find(|first: char| first.is_ascii_alphanumeric())?;
    }
    if let Some((number, length)) = scan::number(&rest[skipped..]) {
        return by_number(number).map(|alert| (alert, skipped + length));
    }
    let wordings = ALERTS.iter().flat_map(|alert| {
        std::iter::once(alert.name).chain(alert.wordings.iter().copied()).map(move |wording| (alert, wording))
    });
    let matching = wordings.filter_map(|(alert, wording)| Some((alert, starts(&rest[skipped..], wording)?)));
    let (alert, length) = matching.max_by_key(|(_, length)| *length)?;
    Some((alert, skipped + length))
}

/// How many bytes of a text a wording takes, when only letters and digits count.
fn starts(text: &str, wording: &str) -> Option<usize> {
    let mut letters = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric());
    let mut end = 0;
    for wanted in wording.bytes().filter(u8::is_ascii_alphanumeric) {
        let (at, byte) = letters.next()?;
        // Letters of one word or of words that a blank, a hyphen or an underscore parts.
        if !byte.eq_ignore_ascii_case(&wanted) || at > end + 2 {
            return None;
        }
        end = at + 1;
    }
    let ends = text.as_bytes().get(end).is_none_or(|next| !next.is_ascii_lowercase());
    ends.then_some(end)
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(INTRODUCTIONS.iter().enumerate().map(|(row, (introduction, _))| (*introduction, row)))
});

const MOST_BYTES: usize = 96;

const FILLERS: &[&str] = &["tls:", "fatal", "warning", "error"];

/// What stands before an alert, and who sent it. A client of Erlang receives the server's alert and generates its own.
const INTRODUCTIONS: &[(&str, Direction)] = &[
    // OpenSSL, ssl/ssl_stat.c and the reasons of ssl/ssl_err.c.
    ("SSL alert number", Direction::Received),
    ("sslv3 alert", Direction::Received),
    ("tlsv1 alert", Direction::Received),
    ("tlsv13 alert", Direction::Received),
    ("tls alert", Direction::Received),
    ("ssl/tls alert", Direction::Received),
    ("alert read:", Direction::Received),
    ("alert write:", Direction::Sent),
    ("tlsv1 unrecognized", Direction::Received),
    // Go, crypto/tls/alert.go and net.OpError.
    ("remote error: tls:", Direction::Received),
    ("remote error:", Direction::Received),
    ("local error: tls:", Direction::Sent),
    // rustls, Java, GnuTLS.
    ("received fatal alert:", Direction::Received),
    ("received fatal_alert:", Direction::Received),
    ("received alert", Direction::Received),
    ("sent alert", Direction::Sent),
    ("A TLS fatal alert has been received:", Direction::Received),
    ("A TLS warning alert has been received:", Direction::Received),
    // Erlang, ssl_alert.erl.
    ("received SERVER ALERT:", Direction::Received),
    ("received CLIENT ALERT:", Direction::Received),
    ("generated SERVER ALERT:", Direction::Sent),
    ("generated CLIENT ALERT:", Direction::Sent),
    // Schannel's events 36887 and 36888 in their two wordings.
    ("fatal alert was received:", Direction::Received),
    ("fatal alert was generated:", Direction::Sent),
    (
        "fatal alert was received from the remote endpoint. The TLS protocol defined fatal alert code is",
        Direction::Received,
    ),
    (
        "fatal alert was generated and sent to the remote endpoint. This may result in termination of the \
         connection. The TLS protocol defined fatal error code is",
        Direction::Sent,
    ),
    ("TLS protocol defined fatal error code is", Direction::Sent),
    ("TLS protocol defined fatal alert code is", Direction::Received),
];

const OUR_CERTIFICATE: Option<Means> = means("cert-rejected-by-peer", ThisSide, Certain);

const fn row(
    number: u8,
    name: &'static str,
    wordings: &'static [&'static str],
    received: Option<Means>,
    sent: Option<Means>,
) -> Alert {
    Alert { number, name, received, sent, wordings }
}

/// The wordings are those of Go, rustls and GnuTLS where they differ from the name.
const ALERTS: &[Alert] = &[
    row(0, "close_notify", &[], None, None),
    row(
        10,
        "unexpected_message",
        &["thepeerreceivedanunexpectedmessage"],
        means("tls-handshake-failed", Unknown, Likely),
        means("tls-handshake-failed", Unknown, Likely),
    ),
    row(20, "bad_record_mac", &["thepeerfailedtoverifyarecord"], CORRUPT, CORRUPT),
    row(21, "decryption_failed", &["decryptionfailedreserved"], CORRUPT, CORRUPT),
    row(22, "record_overflow", &[], CORRUPT, CORRUPT),
    row(30, "decompression_failure", &["decompressionfailed"], CORRUPT, CORRUPT),
    row(
        40,
        "handshake_failure",
        &["handshakefailed"],
        // Most often no cipher suite, group or signature scheme is shared.
        means("tls-cipher-mismatch", Unknown, Likely),
        means("tls-cipher-mismatch", Unknown, Likely),
    ),
    row(
        41,
        "no_certificate",
        &["nocertificateSSL30"],
        means("tls-client-certificate-required", ThisSide, Likely),
        None,
    ),
    row(
        42,
        "bad_certificate",
        &["certificateisbad"],
        OUR_CERTIFICATE,
        means("cert-verify-failed", Peer, Likely),
    ),
    row(
        43,
        "unsupported_certificate",
        &["certificateisnotsupported"],
        OUR_CERTIFICATE,
        means("cert-usage-wrong", Peer, Possible),
    ),
    row(
        44,
        "certificate_revoked",
        &["revokedcertificate", "certificatewasrevoked"],
        OUR_CERTIFICATE,
        means("cert-revoked", Peer, Certain),
    ),
    row(
        45,
        "certificate_expired",
        &["expiredcertificate", "certificateisexpired"],
        OUR_CERTIFICATE,
        means("cert-expired", Unknown, Likely),
    ),
    row(
        46,
        "certificate_unknown",
        &["unknowncertificate"],
        OUR_CERTIFICATE,
        means("cert-verify-failed", Unknown, Likely),
    ),
    row(47, "illegal_parameter", &[], FAILED, FAILED),
    row(
        48,
        "unknown_ca",
        &["unknowncertificateauthority", "caisunknown"],
        OUR_CERTIFICATE,
        means("cert-untrusted", Unknown, Likely),
    ),
    row(49, "access_denied", &["accesswasdenied"], means("cert-rejected-by-peer", ThisSide, Likely), None),
    row(50, "decode_error", &["errordecodingmessage"], FAILED, FAILED),
    row(51, "decrypt_error", &["errordecryptingmessage", "thepeerfailedtoverifyamessage"], CORRUPT, CORRUPT),
    row(60, "export_restriction", &[], means("tls-cipher-mismatch", Unknown, Likely), None),
    row(
        70,
        "protocol_version",
        &["protocolversionnotsupported", "errorinprotocolversion", "thepeerdidnotsupportasuitableTLSversion"],
        VERSION,
        VERSION,
    ),
    row(71, "insufficient_security", &["insufficientsecuritylevel"], CIPHER, CIPHER),
    row(
        80,
        "internal_error",
        &[],
        means("tls-internal-error", Peer, Certain),
        means("tls-internal-error", ThisSide, Likely),
    ),
    row(86, "inappropriate_fallback", &[], VERSION, VERSION),
    row(90, "user_canceled", &["usercancelled"], None, None),
    row(100, "no_renegotiation", &["norenegotiationisallowed"], RENEGOTIATION, RENEGOTIATION),
    row(109, "missing_extension", &["anextensionwasexpectedbutwasnotseen"], FAILED, FAILED),
    row(110, "unsupported_extension", &["anunsupportedextensionwassent"], FAILED, FAILED),
    row(111, "certificate_unobtainable", &["couldnotretrievethespecifiedcertificate"], FAILED, None),
    row(
        112,
        "unrecognized_name",
        &["theservernamesentwasnotrecognized", "name"],
        means("sni-missing", Unknown, Likely),
        means("sni-missing", Peer, Likely),
    ),
    row(
        113,
        "bad_certificate_status_response",
        &[],
        means("cert-staple-invalid", ThisSide, Certain),
        means("cert-staple-invalid", Peer, Certain),
    ),
    row(114, "bad_certificate_hash_value", &[], FAILED, FAILED),
    row(115, "unknown_psk_identity", &["theSRPPSKusernameismissingornotknown"], FAILED, FAILED),
    row(
        116,
        "certificate_required",
        &["certificateisrequired", "thepeerrequiredaclientcertificate"],
        means("tls-client-certificate-required", ThisSide, Certain),
        means("tls-client-certificate-required", Peer, Certain),
    ),
    row(
        120,
        "no_application_protocol",
        &["nosupportedapplicationprotocolcouldbenegotiated"],
        means("tls-alpn-mismatch", Unknown, Certain),
        means("tls-alpn-mismatch", Unknown, Certain),
    ),
    row(121, "ech_required", &["encryptedclienthellorequired"], FAILED, FAILED),
];

const CORRUPT: Option<Means> = means("tls-record-corrupt", Unknown, Likely);
const FAILED: Option<Means> = means("tls-handshake-failed", Unknown, Likely);
const VERSION: Option<Means> = means("tls-version-mismatch", Unknown, Certain);
const CIPHER: Option<Means> = means("tls-cipher-mismatch", Unknown, Likely);
const RENEGOTIATION: Option<Means> = means("tls-renegotiation-insecure", Unknown, Likely);
