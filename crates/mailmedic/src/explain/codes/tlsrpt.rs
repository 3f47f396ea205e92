//! The result types of TLS reports (RFC 8460 section 4.3).

use super::Certainty::{Certain, Likely};
use super::Whose::{Peer, Unknown};
use super::{Code, CodeKind, MOST, Means, means};

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    let bytes = text.as_bytes();
    let joins = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let mut from = 0;
    while let Some(start) = bytes[from..].iter().position(|byte| joins(*byte)).map(|start| from + start) {
        let length = bytes[start..].iter().position(|byte| !joins(*byte)).unwrap_or(bytes.len() - start);
        from = start + length;
        let Some((name, means)) = TYPES.iter().find(|(name, _)| name.as_bytes() == &bytes[start..from])
        else {
            continue;
        };
        found.push(Code { at: start..from, kind: CodeKind::TlsRpt, name, number: None, means: *means });
        if found.len() >= MOST {
            return;
        }
    }
}

/// The types; who prints one failed to deliver, or quotes one who did.
const TYPES: &[(&str, Option<Means>)] = &[
    ("starttls-not-supported", means("starttls-missing", Peer, Certain)),
    ("certificate-host-mismatch", means("cert-name-mismatch", Peer, Certain)),
    ("certificate-expired", means("cert-expired", Peer, Certain)),
    ("certificate-not-trusted", means("cert-untrusted", Peer, Certain)),
    ("validation-failure", means("cert-verify-failed", Unknown, Likely)),
    ("tlsa-invalid", means("dane-mismatch", Peer, Likely)),
    ("dnssec-invalid", means("dnssec-bogus", Peer, Likely)),
    ("dane-required", means("dane-missing", Peer, Certain)),
    ("sts-policy-fetch-error", means("mta-sts-policy-unreachable", Peer, Certain)),
    ("sts-policy-invalid", means("mta-sts-policy-invalid", Peer, Certain)),
    ("sts-webpki-invalid", means("mta-sts-policy-unreachable", Peer, Certain)),
];
