//! The result types of TLS reports (RFC 8460 section 4.3).

use super::Certainty::{Certain, Likely};
use super::Whose::{Peer, ThisSide, Unknown};
use super::{Code, CodeKind, MOST, Means, means, scan};

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
        // A report tells the domain that was sent to of itself; a sender's log tells of its peer.
        let before = scan::line_before(text, &(start..from), 48);
        let whose = match () {
            () if scan::mentions(before, &["result-type", "result type"]) => ThisSide,
            () if scan::mentions(before, &["failure_type"]) => Peer,
            () => Unknown,
        };
        let means = means.map(|means| Means { whose, ..means });
        found.push(Code { at: start..from, kind: CodeKind::TlsRpt, name, number: None, means });
        if found.len() >= MOST {
            return;
        }
    }
}

/// The types; whose fault it is depends on where they stand.
const TYPES: &[(&str, Option<Means>)] = &[
    ("starttls-not-supported", means("starttls-missing", Unknown, Certain)),
    ("certificate-host-mismatch", means("cert-name-mismatch", Unknown, Certain)),
    ("certificate-expired", means("cert-expired", Unknown, Certain)),
    ("certificate-not-trusted", means("cert-untrusted", Unknown, Certain)),
    ("validation-failure", means("cert-verify-failed", Unknown, Likely)),
    ("tlsa-invalid", means("dane-mismatch", Unknown, Likely)),
    ("dnssec-invalid", means("dnssec-bogus", Unknown, Likely)),
    ("dane-required", means("dane-missing", Unknown, Certain)),
    ("sts-policy-fetch-error", means("mta-sts-policy-unreachable", Unknown, Certain)),
    ("sts-policy-invalid", means("mta-sts-policy-invalid", Unknown, Certain)),
    ("sts-webpki-invalid", means("mta-sts-policy-unreachable", Unknown, Certain)),
];
