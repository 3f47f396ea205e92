//! Errors of OpenSSL and its kin: numbers of 1.x and 3.x in hexadecimal or decimal, and reasons in words.
//!
//! 1.x packs `library << 24 | function << 12 | reason`, 3.x `library << 23 | reason` and system errors with the
//! highest bit (`openssl/err.h`). `LibreSSL` keeps the layout of 1.x. The reasons of SSL are the same in all.

mod meanings;
mod reasons;

use std::ops::Range;
use std::sync::LazyLock;

use super::Certainty::{Certain, Likely};
use super::Whose::{Peer, ThisSide, Unknown};
use super::scan::{self, Phrases};
use super::{Code, CodeKind, Direction, MOST, Means, alert, means};
use meanings::{
    DH, EOF, INTERNAL, KEY_MISMATCH, MALFORMED, NO_STORE, PLAINTEXT, REFUSED, TIMEOUT, UNREADABLE, VERSION,
};
use reasons::Reason;

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    for (at, word) in scan::identifiers(text) {
        let Some(packed) = packed(word) else { continue };
        if found.len() >= MOST {
            break;
        }
        if is_told_as_error(text, &at) {
            found.extend(numbered(text, at, packed));
        }
    }
    for (at, row) in PHRASES.find(text).take(MOST) {
        let Some((number, name, means)) = REASONS_IN_WORDS.get(row).copied() else { continue };
        if is_told_as_reason(text, &at, name) {
            let means = seen_from(text, &at, means);
            found.push(Code { at, kind: CodeKind::OpenSsl, name, number: Some(number), means });
        }
    }
}

/// Reads eight hexadecimal digits or nine decimal ones.
fn packed(word: &str) -> Option<u32> {
    let hex = word.strip_prefix("0x").unwrap_or(word);
    match hex.len() {
        8 if hex.bytes().all(|digit| digit.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok(),
        9 if word.len() == 9 && word.bytes().all(|digit| digit.is_ascii_digit()) => word.parse().ok(),
        _ => None,
    }
}

/// Eight digits may be a date: only what the line calls an error is one.
fn is_told_as_error(text: &str, at: &Range<usize>) -> bool {
    let before = scan::line_before(text, at, 80);
    let after = scan::line_after(text, at, 24);
    // BoringSSL has numbers of its own beside reasons in the same words.
    if scan::mentions(after, &["openssl_internal"]) {
        return false;
    }
    let told = before.trim_end_matches("0x").trim_end_matches([' ', ':', '[', '(']);
    let ends_as_error = ["error", "err", "code", "routines"].iter().any(|word| {
        let Some(start) = told.len().checked_sub(word.len()) else { return false };
        told.as_bytes()[start..].eq_ignore_ascii_case(word.as_bytes())
    });
    ends_as_error || scan::mentions(after, &["routines", ":lib("]) || scan::mentions(before, &["openssl"])
}

/// Some reasons are everyday words: those count behind the name of a library only.
fn is_told_as_reason(text: &str, at: &Range<usize>, reason: &str) -> bool {
    let before = scan::line_before(text, at, 160);
    if scan::mentions(before, &["routines", "[ssl", "[x509", "[pem", "openssl_internal", "openssl error"]) {
        return true;
    }
    let words = reason.split(' ').count();
    words > 2 && (words > 3 || scan::mentions(before, &["ssl", "tls", "error"]) || before.trim().is_empty())
}

fn numbered(text: &str, at: Range<usize>, packed: u32) -> Option<Code> {
    let Packed { library, reason, is_common } = unpack(packed);
    let code =
        |kind, name, number, means| Some(Code { at: at.clone(), kind, name, number: Some(number), means });
    if is_common {
        let (_, name, means) = *COMMON.iter().find(|(number, ..)| *number == reason)?;
        return code(CodeKind::OpenSsl, name, reason, means);
    }
    match library {
        SSL => {
            if let Some(alert) = reason.checked_sub(1000).and_then(alert::by_number) {
                let kind = CodeKind::Alert(Direction::Received);
                return code(kind, alert.name, alert.number.into(), alert.received);
            }
            let (number, name, means) = *reasons::by_number(reason).unwrap_or(&(0, "SSL routines", None));
            let number = if number == 0 { reason } else { number };
            code(CodeKind::OpenSsl, name, number, seen_from(text, &at, means))
        }
        _ => {
            let table =
                TABLES.iter().find(|(number, _)| *number == library).map_or(&[][..], |(_, table)| table);
            let library = LIBRARIES.iter().find(|(number, _)| *number == library).map(|(_, name)| *name)?;
            let known = table.iter().find(|(number, ..)| *number == reason);
            let (_, name, means) = known.copied().unwrap_or((reason, library, None));
            code(CodeKind::OpenSsl, name, reason, means)
        }
    }
}

fn is_library(number: u32) -> bool {
    number == SSL || LIBRARIES.iter().any(|(known, _)| *known == number)
}

/// What a number holds.
struct Packed {
    library: u32,
    reason: u64,
    /// The reason is one that all libraries of 3.x share, `ERR_RFLAG_COMMON`.
    is_common: bool,
}

/// Takes a number apart.
fn unpack(packed: u32) -> Packed {
    const COMMON_OF_3: u32 = 2 << 18;
    const FLAGS_OF_3: u32 = 0x3F << 18;
    if packed & 0x8000_0000 != 0 {
        return Packed { library: SYSTEM, reason: (packed & 0x7FFF_FFFF).into(), is_common: false };
    }
    let (library_of_1, library_of_3) = (packed >> 24, (packed >> 23) & 0xFF);
    // 1.x always names a function, in bits that a reason of 3.x does not reach.
    let names_no_function = (packed >> 12) & 0x7FF == 0;
    let is_of_3 = library_of_3 == SSL || names_no_function || !is_library(library_of_1);
    if library_of_1 != SSL && is_of_3 {
        let reason = (packed & 0x007F_FFFF & !FLAGS_OF_3).into();
        Packed { library: library_of_3, reason, is_common: packed & COMMON_OF_3 != 0 }
    } else {
        Packed { library: library_of_1, reason: (packed & 0xFFF).into(), is_common: false }
    }
}

/// Turns a meaning by the side that met it, where the words around tell which it is.
fn seen_from(text: &str, at: &Range<usize>, means: Option<Means>) -> Option<Means> {
    let around = scan::around(text, at, 200, 120);
    let words = text.get(around).unwrap_or_default();
    if means == PLAINTEXT {
        // Its state machine had read a hello: the version in it is too old. The digits are function and reason.
        if scan::mentions(words, &["accept_sr_clnt_hello", "tls_process_client_hello", "1417d0fc"]) {
            return VERSION;
        }
        return match side(words) {
            Side::Client => super::means("wrong-tls-mode", ThisSide, Likely),
            Side::Server => super::means("wrong-tls-mode", Peer, Likely),
            Side::Unknown => means,
        };
    }
    if means == DH && scan::mentions(words, &["tmp_dh", "set_dh", "ctx_ctrl", "ssl_ctrl"]) {
        return super::means("tls-dh-weak", ThisSide, Certain);
    }
    means
}

enum Side {
    Client,
    Server,
    Unknown,
}

/// Tells which side of the handshake speaks.
fn side(words: &str) -> Side {
    let is_server = scan::mentions(words, SERVER_WORDS);
    let is_client = scan::mentions(words, CLIENT_WORDS);
    match (is_client, is_server) {
        (true, false) => Side::Client,
        (false, true) => Side::Server,
        _ => Side::Unknown,
    }
}

const SERVER_WORDS: &[&str] = &["ssl_accept", "client_hello", "smtpd[", "-login", "accept error"];
const CLIENT_WORDS: &[&str] = &["ssl_connect", "server_hello", "server_certificate", "smtp[", "connect()"];

const SSL: u32 = 20;
const SYSTEM: u32 = 2;

/// The reasons that are told in words alone often enough.
static REASONS_IN_WORDS: LazyLock<Vec<Reason>> = LazyLock::new(|| {
    let other = TABLES.iter().filter(|(library, _)| in_words(*library)).flat_map(|(_, table)| table.iter());
    reasons::REASONS.iter().chain(other).filter(|(_, _, means)| means.is_some()).copied().collect()
});

/// Errors of the system and words like `unsupported` are everyday words.
const fn in_words(library: u32) -> bool {
    !matches!(library, SYSTEM | 35 | 60)
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(REASONS_IN_WORDS.iter().enumerate().map(|(row, (_, text, _))| (*text, row)))
});

/// Libraries beside SSL whose reasons say something of mail's TLS.
const TABLES: &[(u32, &[Reason])] =
    &[(SYSTEM, SYSTEM_ERRORS), (9, PEM), (11, X509), (6, EVP), (60, DECODER), (35, PKCS12)];

/// Linux's errno numbers.
const SYSTEM_ERRORS: &[Reason] = &[
    (2, "No such file or directory", UNREADABLE),
    (13, "Permission denied", UNREADABLE),
    (20, "Not a directory", UNREADABLE),
    (21, "Is a directory", UNREADABLE),
    (32, "Broken pipe", EOF),
    (104, "Connection reset by peer", EOF),
    (110, "Connection timed out", TIMEOUT),
    (111, "Connection refused", REFUSED),
];

/// `openssl/pemerr.h`.
const PEM: &[Reason] = &[
    (100, "bad base64 decode", UNREADABLE),
    (101, "bad decrypt", UNREADABLE),
    (102, "bad end line", UNREADABLE),
    (103, "bad iv chars", UNREADABLE),
    (104, "bad password read", UNREADABLE),
    (105, "not dek info", UNREADABLE),
    (106, "not encrypted", UNREADABLE),
    (107, "not proc type", UNREADABLE),
    (108, "no start line", UNREADABLE),
    (109, "problems getting password", UNREADABLE),
    (110, "unsupported public key type", UNREADABLE),
    (111, "read key", UNREADABLE),
    (112, "short header", UNREADABLE),
    (113, "unsupported cipher", UNREADABLE),
    (114, "unsupported encryption", UNREADABLE),
    (115, "error converting private key", UNREADABLE),
];

/// `openssl/x509err.h`.
const X509: &[Reason] = &[
    (101, "cert already in hash table", None),
    (103, "loading cert dir", NO_STORE),
    (104, "loading defaults", NO_STORE),
    (105, "no cert set for us to verify", None),
    (108, "unable to get certs public key", MALFORMED),
    (111, "unsupported algorithm", MALFORMED),
    (113, "invalid directory", NO_STORE),
    (115, "key type mismatch", KEY_MISMATCH),
    (116, "key values mismatch", KEY_MISMATCH),
    (118, "base64 decode error", UNREADABLE),
    (125, "public key decode error", MALFORMED),
    (135, "no certificate found", UNREADABLE),
    (136, "no certificate or crl found", NO_STORE),
    (139, "certificate verification failed", means("cert-verify-failed", Unknown, Likely)),
];

/// `openssl/evperr.h`: a key file with a password that is not the one.
const EVP: &[Reason] = &[(100, "bad decrypt", UNREADABLE)];

/// `openssl/decodererr.h`: no decoder knows the file for a key or a certificate.
const DECODER: &[Reason] = &[(268, "unsupported", UNREADABLE)];

/// `openssl/pkcs12err.h`: a password that is not the one, or a damaged file.
const PKCS12: &[Reason] = &[
    (113, "mac verify failure", UNREADABLE),
    (114, "parse error", UNREADABLE),
    (101, "decode error", UNREADABLE),
];

/// What every library of 3.x may meet, `ERR_RFLAG_COMMON`; nothing to do with the reasons of its own.
const COMMON: &[Reason] = &[
    (9, "PEM lib", UNREADABLE),
    (13, "ASN1 lib", UNREADABLE),
    (256, "malloc failure", INTERNAL),
    (259, "internal error", INTERNAL),
    (268, "unsupported", UNREADABLE),
];

/// `ERR_LIB_…` of `openssl/err.h` as their names are printed.
const LIBRARIES: &[(u32, &str)] = &[
    (2, "system library"),
    (3, "bignum routines"),
    (4, "rsa routines"),
    (5, "Diffie-Hellman routines"),
    (6, "digital envelope routines"),
    (8, "object identifier routines"),
    (9, "PEM routines"),
    (10, "dsa routines"),
    (11, "x509 certificate routines"),
    (13, "asn1 encoding routines"),
    (14, "configuration file routines"),
    (15, "common libcrypto routines"),
    (16, "elliptic curve routines"),
    (32, "BIO routines"),
    (33, "PKCS7 routines"),
    (34, "X509 V3 routines"),
    (35, "PKCS12 routines"),
    (36, "random number generator"),
    (37, "DSO support routines"),
    (38, "engine routines"),
    (39, "OCSP routines"),
    (40, "UI routines"),
    (44, "STORE routines"),
    (50, "Certificate Transparency routines"),
    (57, "Provider routines"),
    (58, "CMP routines"),
    (59, "ENCODER routines"),
    (60, "DECODER routines"),
    (61, "HTTP routines"),
];
