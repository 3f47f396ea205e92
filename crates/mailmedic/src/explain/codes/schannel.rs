//! Windows: status codes of Schannel and its verifier (`winerror.h`), and the events that Schannel logs.
//!
//! An event's alert stands in its text: see `alert.rs`.

use super::Certainty::{Certain, Likely, Possible};
use super::Whose::{Network, Peer, ThisSide, Unknown};
use super::{Code, CodeKind, MOST, Means, means, scan};

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    for (at, word) in scan::identifiers(text) {
        if found.len() >= MOST {
            return;
        }
        let Some((number, name, means)) = by_name(word)
            .or_else(|| enumerated(text, &at, word))
            .or_else(|| by_number(text, &at, word))
            .or_else(|| event(text, &at, word))
        else {
            continue;
        };
        found.push(Code { at, kind: CodeKind::Schannel, name, number: Some(number.into()), means });
    }
}

type Status = (u32, &'static str, Option<Means>);

fn by_name(word: &str) -> Option<Status> {
    let could_be = word.contains("_E_") || word.contains("_I_");
    STATUSES.iter().find(|(_, name, _)| could_be && *name == word).copied()
}

/// Exchange and .NET name a status without its prefix and in one word, `UnknownCredentials`.
fn enumerated(text: &str, at: &std::ops::Range<usize>, word: &str) -> Option<Status> {
    let before = scan::line_before(text, at, 48);
    if !scan::mentions(
        before,
        &["negotiation failed with error", "sspi failed with inner exception", "status="],
    ) {
        return None;
    }
    let letters = |name: &str| {
        name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).collect::<Vec<u8>>()
    };
    let wanted = Some(word).filter(|word| word.len() < 40).map(letters)?;
    STATUSES
        .iter()
        .find(|(_, name, _)| name.strip_prefix("SEC_E_").is_some_and(|name| letters(name) == wanted))
        .copied()
}

/// Hexadecimal with or without `0x`, or the negative decimal that PowerShell and .NET show.
fn by_number(text: &str, at: &std::ops::Range<usize>, word: &str) -> Option<Status> {
    let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")).unwrap_or(word);
    let number = match hex.len() {
        8 => u32::from_str_radix(hex, 16).ok()?,
        10 if at.start > 0 && text.as_bytes()[at.start - 1] == b'-' => {
            0_u32.wrapping_sub(word.parse::<u32>().ok().filter(|number| *number > 0x7000_0000)?)
        }
        _ => return None,
    };
    STATUSES.iter().find(|(known, ..)| *known == number).copied()
}

/// Five digits are an event only beside a word that says so.
fn event(text: &str, at: &std::ops::Range<usize>, word: &str) -> Option<Status> {
    if word.len() != 5 {
        return None;
    }
    let row = word.parse().ok().and_then(|number: u32| EVENTS.iter().find(|(known, ..)| *known == number))?;
    let (before, after) = (scan::line_before(text, at, 120), scan::line_after(text, at, 160));
    let around = [before, after].concat();
    let words = ["schannel", "event", "credential", "certificate", "alert", "cipher suite", "tls", "ssl"];
    scan::mentions(&around, &words).then_some(*row)
}

/// `winerror.h`.
const STATUSES: &[Status] = &[
    (0x8009_0300, "SEC_E_INSUFFICIENT_MEMORY", means("tls-internal-error", ThisSide, Likely)),
    (0x8009_0301, "SEC_E_INVALID_HANDLE", None),
    (0x8009_0302, "SEC_E_UNSUPPORTED_FUNCTION", means("tls-version-mismatch", Unknown, Likely)),
    (0x8009_0303, "SEC_E_TARGET_UNKNOWN", None),
    (0x8009_0304, "SEC_E_INTERNAL_ERROR", means("tls-internal-error", Unknown, Likely)),
    (0x8009_0305, "SEC_E_SECPKG_NOT_FOUND", means("tls-config-invalid", ThisSide, Likely)),
    (0x8009_0308, "SEC_E_INVALID_TOKEN", means("wrong-tls-mode", Unknown, Possible)),
    (0x8009_030C, "SEC_E_LOGON_DENIED", means("not-tls", Unknown, Likely)),
    (0x8009_030D, "SEC_E_UNKNOWN_CREDENTIALS", means("cert-file-unreadable", ThisSide, Likely)),
    (0x8009_030E, "SEC_E_NO_CREDENTIALS", means("cert-file-unreadable", ThisSide, Likely)),
    (0x8009_030F, "SEC_E_MESSAGE_ALTERED", means("tls-record-corrupt", Unknown, Likely)),
    (0x8009_0310, "SEC_E_OUT_OF_SEQUENCE", means("tls-record-corrupt", Unknown, Likely)),
    (0x8009_0311, "SEC_E_NO_AUTHENTICATING_AUTHORITY", None),
    (0x8009_0317, "SEC_E_CONTEXT_EXPIRED", None),
    (0x8009_0318, "SEC_E_INCOMPLETE_MESSAGE", None),
    (0x8009_0320, "SEC_E_INCOMPLETE_CREDENTIALS", means("tls-client-certificate-required", ThisSide, Likely)),
    (0x0009_0320, "SEC_I_INCOMPLETE_CREDENTIALS", means("tls-client-certificate-required", ThisSide, Likely)),
    (0x0009_0321, "SEC_I_RENEGOTIATE", None),
    (0x8009_0321, "SEC_E_BUFFER_TOO_SMALL", None),
    (0x8009_0322, "SEC_E_WRONG_PRINCIPAL", means("cert-name-mismatch", Unknown, Certain)),
    (0x8009_0324, "SEC_E_TIME_SKEW", means("clock-skewed", ThisSide, Likely)),
    (0x8009_0325, "SEC_E_UNTRUSTED_ROOT", means("cert-untrusted", Unknown, Certain)),
    (0x8009_0326, "SEC_E_ILLEGAL_MESSAGE", means("tls-handshake-failed", Unknown, Likely)),
    (0x8009_0327, "SEC_E_CERT_UNKNOWN", means("cert-verify-failed", Unknown, Likely)),
    (0x8009_0328, "SEC_E_CERT_EXPIRED", means("cert-expired", Unknown, Certain)),
    (0x8009_0329, "SEC_E_ENCRYPT_FAILURE", means("tls-internal-error", Unknown, Likely)),
    (0x8009_0330, "SEC_E_DECRYPT_FAILURE", means("tls-record-corrupt", Unknown, Likely)),
    (0x8009_0331, "SEC_E_ALGORITHM_MISMATCH", means("tls-cipher-mismatch", Unknown, Likely)),
    (0x8009_0332, "SEC_E_SECURITY_QOS_FAILED", None),
    (0x8009_0333, "SEC_E_UNFINISHED_CONTEXT_DELETED", None),
    (0x8009_0349, "SEC_E_CERT_WRONG_USAGE", means("cert-usage-wrong", Peer, Certain)),
    (0x8009_0352, "SEC_E_ISSUING_CA_UNTRUSTED", means("cert-untrusted", Unknown, Certain)),
    (0x8009_0367, "SEC_E_APPLICATION_PROTOCOL_MISMATCH", means("tls-alpn-mismatch", Unknown, Certain)),
    (0x8009_2004, "CRYPT_E_NOT_FOUND", means("cert-file-unreadable", ThisSide, Possible)),
    (0x8009_2010, "CRYPT_E_REVOKED", means("cert-revoked", Peer, Certain)),
    (0x8009_2012, "CRYPT_E_NO_REVOCATION_CHECK", REVOCATION),
    (0x8009_2013, "CRYPT_E_REVOCATION_OFFLINE", REVOCATION),
    (0x8009_6004, "TRUST_E_CERT_SIGNATURE", means("cert-signature-invalid", Peer, Certain)),
    (0x8009_6019, "TRUST_E_BASIC_CONSTRAINTS", means("chain-intermediate-invalid", Peer, Certain)),
    (0x800B_0101, "CERT_E_EXPIRED", means("cert-expired", Unknown, Likely)),
    (0x800B_0102, "CERT_E_VALIDITYPERIODNESTING", None),
    (0x800B_0103, "CERT_E_ROLE", means("chain-intermediate-invalid", Peer, Certain)),
    (0x800B_0104, "CERT_E_PATHLENCONST", means("chain-path-too-long", Peer, Certain)),
    (0x800B_0105, "CERT_E_CRITICAL", means("cert-critical-extension-unknown", Peer, Certain)),
    (0x800B_0106, "CERT_E_PURPOSE", means("cert-usage-wrong", Peer, Certain)),
    (0x800B_0107, "CERT_E_ISSUERCHAINING", means("chain-incomplete", Peer, Possible)),
    (0x800B_0108, "CERT_E_MALFORMED", means("cert-malformed", Peer, Certain)),
    (0x800B_0109, "CERT_E_UNTRUSTEDROOT", means("cert-untrusted", Unknown, Certain)),
    (0x800B_010A, "CERT_E_CHAINING", means("chain-incomplete", Unknown, Likely)),
    (0x800B_010B, "TRUST_E_FAIL", means("cert-verify-failed", Unknown, Likely)),
    (0x800B_010C, "CERT_E_REVOKED", means("cert-revoked", Peer, Certain)),
    (0x800B_010D, "CERT_E_UNTRUSTEDTESTROOT", means("cert-untrusted", Peer, Certain)),
    (0x800B_010E, "CERT_E_REVOCATION_FAILURE", REVOCATION),
    (0x800B_010F, "CERT_E_CN_NO_MATCH", means("cert-name-mismatch", Unknown, Certain)),
    (0x800B_0110, "CERT_E_WRONG_USAGE", means("cert-usage-wrong", Peer, Certain)),
    (0x800B_0111, "TRUST_E_EXPLICIT_DISTRUST", means("cert-root-distrusted", Unknown, Certain)),
    (0x800B_0112, "CERT_E_UNTRUSTEDCA", means("cert-untrusted", Unknown, Certain)),
    (0x800B_0113, "CERT_E_INVALID_POLICY", means("cert-verify-failed", Unknown, Likely)),
    (0x800B_0114, "CERT_E_INVALID_NAME", means("cert-name-constraint-violated", Peer, Likely)),
];

const REVOCATION: Option<Means> = means("cert-revocation-unreachable", Network, Likely);

/// Events of the source Schannel in the system's log.
const EVENTS: &[Status] = &[
    (36867, "creating a credential", None),
    (36868, "private key loaded", None),
    (36869, "credential has no private key", means("cert-file-unreadable", ThisSide, Certain)),
    (36870, "private key unreadable", means("cert-file-unreadable", ThisSide, Certain)),
    (36871, "credential not created", means("tls-config-invalid", ThisSide, Likely)),
    (36872, "no default server credential", means("tls-config-invalid", ThisSide, Likely)),
    (36873, "no cipher suite to offer", means("tls-cipher-mismatch", ThisSide, Certain)),
    (36874, "no cipher suite shared", means("tls-cipher-mismatch", Unknown, Certain)),
    (36875, "client certificate wanted", means("tls-client-certificate-required", ThisSide, Likely)),
    (36876, "server certificate not valid", means("cert-verify-failed", Peer, Likely)),
    (36877, "client certificate not valid", means("client-certificate-rejected", Peer, Likely)),
    (36879, "client certificate not mapped", means("client-certificate-rejected", Unknown, Likely)),
    (36880, "handshake complete", None),
    (36881, "server certificate expired", means("cert-expired", Unknown, Certain)),
    (36882, "server certificate untrusted", means("cert-untrusted", Unknown, Certain)),
    (36883, "server certificate revoked", means("cert-revoked", Peer, Certain)),
    (36884, "server certificate for another name", means("cert-name-mismatch", Peer, Certain)),
    (36885, "too many authorities to announce", means("tls-config-invalid", ThisSide, Likely)),
    (36886, "no default server credential", means("tls-config-invalid", ThisSide, Likely)),
    (36887, "alert received", None),
    (36888, "alert sent", None),
];
