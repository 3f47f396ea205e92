//! Errors of NSS and of Mozilla's verifier: Thunderbird, Firefox, and what else links NSS.
//!
//! Numbers are negative; as a code's number they stand without the sign.

mod meanings;
mod sec;
mod ssl;
mod texts;

use std::collections::HashMap;
use std::sync::LazyLock;

use super::scan::{self, Phrases};
use super::{Code, CodeKind, MOST, Means};
use meanings::*;

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    for (at, word) in scan::identifiers(text) {
        if found.len() >= MOST {
            return;
        }
        let by_name = || BY_NAME.get(word.trim_matches('_')).map(|row| (at.clone(), *row));
        let by_number = || {
            let number: u64 = Some(word).filter(|word| (4..=5).contains(&word.len()))?.parse().ok()?;
            let row = BY_NUMBER.get(&number)?;
            let before = scan::line_before(text, &at, 80);
            let is_error = scan::mentions(before, &["nss", "error", "pr_", "sec_", "ssl", "tls"]);
            (is_negative(before) && is_error).then(|| (at.start - 1..at.end, *row))
        };
        let Some((at, (number, name, means))) = by_name().or_else(by_number) else { continue };
        found.push(Code { at, kind: CodeKind::Nss, name, number: Some(number), means });
    }
    for (at, row) in PHRASES.find(text).take(MOST) {
        let Some((number, name, means)) = texts::TEXTS.get(row).and_then(|(_, name)| BY_NAME.get(name))
        else {
            continue;
        };
        found.push(Code { at, kind: CodeKind::Nss, name, number: Some(*number), means: *means });
    }
}

#[cfg(test)]
pub(super) const fn texts() -> &'static [(&'static str, &'static str)] {
    texts::TEXTS
}

static PHRASES: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::new(texts::TEXTS.iter().enumerate().map(|(row, (text, _))| (*text, row))));

/// Tells a sign from a hyphen within a name.
fn is_negative(before: &str) -> bool {
    let sign = before.strip_suffix('-');
    sign.is_some_and(|before| !before.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '-'))
}

/// Number without its sign, name, meaning.
type Error = (u64, &'static str, Option<Means>);

static BY_NAME: LazyLock<HashMap<&'static str, Error>> =
    LazyLock::new(|| all().map(|row| (row.1, row)).chain(ALIASES.iter().filter_map(alias)).collect());

static BY_NUMBER: LazyLock<HashMap<u64, Error>> = LazyLock::new(|| all().map(|row| (row.0, row)).collect());

fn all() -> impl Iterator<Item = Error> {
    [ssl::ERRORS, sec::ERRORS, PKIX, NSPR].into_iter().flatten().copied()
}

fn alias((alias, name): &(&'static str, &'static str)) -> Option<(&'static str, Error)> {
    Some((*alias, all().find(|row| row.1 == *name)?))
}

/// Names that Thunderbird shows beside NSS's own.
const ALIASES: &[(&str, &str)] = &[
    ("SSL_ERROR_NO_CERTIFICATE_ALERT", "SSL_ERROR_NO_CERTIFICATE"),
    ("SSL_ERROR_BAD_CERTIFICATE_ALERT", "SSL_ERROR_BAD_CERT_ALERT"),
];

/// Mozilla's verifier, `pkixnss.h`: the base is −0x4000.
const PKIX: &[Error] = &[
    (16384, "MOZILLA_PKIX_ERROR_KEY_PINNING_FAILURE", PIN),
    (16383, "MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY", IS_CA),
    (16382, "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE", KEY),
    (16381, "MOZILLA_PKIX_ERROR_V1_CERT_USED_AS_CA", V1_CA),
    (16380, "MOZILLA_PKIX_ERROR_NO_RFC822NAME_MATCH", None),
    (16379, "MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE", NOT_YET),
    (16378, "MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE", NOT_YET),
    (16377, "MOZILLA_PKIX_ERROR_SIGNATURE_ALGORITHM_MISMATCH", MALFORMED),
    (16376, "MOZILLA_PKIX_ERROR_OCSP_RESPONSE_FOR_CERT_MISSING", STAPLE),
    (16375, "MOZILLA_PKIX_ERROR_VALIDITY_TOO_LONG", TOO_LONG),
    (16374, "MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING", STAPLE_MISSING),
    (16373, "MOZILLA_PKIX_ERROR_INVALID_INTEGER_ENCODING", MALFORMED),
    (16372, "MOZILLA_PKIX_ERROR_EMPTY_ISSUER_NAME", MALFORMED),
    (16371, "MOZILLA_PKIX_ERROR_ADDITIONAL_POLICY_CONSTRAINT_FAILED", POLICY),
    (16370, "MOZILLA_PKIX_ERROR_SELF_SIGNED_CERT", SELF_SIGNED),
    (16369, "MOZILLA_PKIX_ERROR_MITM_DETECTED", INTERCEPTED),
    (16368, "MOZILLA_PKIX_ERROR_INSUFFICIENT_CERTIFICATE_TRANSPARENCY", SCT),
];

/// The runtime below, `prerr.h`.
const NSPR: &[Error] = &[
    (5990, "PR_IO_TIMEOUT_ERROR", TIMEOUT),
    (5981, "PR_CONNECT_REFUSED_ERROR", REFUSED),
    (5980, "PR_NETWORK_UNREACHABLE_ERROR", UNREACHABLE),
    (5979, "PR_CONNECT_TIMEOUT_ERROR", CONNECT_TIMEOUT),
    (5961, "PR_CONNECT_RESET_ERROR", LOST),
    (5938, "PR_END_OF_FILE_ERROR", LOST),
    (5928, "PR_CONNECT_ABORTED_ERROR", LOST),
    (5927, "PR_HOST_UNREACHABLE_ERROR", UNREACHABLE),
];
