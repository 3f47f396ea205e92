//! Problem types of ACME (RFC 8555 section 6.7, RFC 8737, 8738, 9444, 9773), as certificate clients print them.

use super::Certainty::Certain;
use super::Whose::{Peer, ThisSide, Unknown};
use super::{Code, CodeKind, MOST, Whose, means, scan};

pub(super) fn decode(text: &str, found: &mut Vec<Code>) {
    for (start, prefix) in text.match_indices("urn:").take(MOST) {
        let rest = &text[start + prefix.len()..];
        let Some(named) = PREFIXES.iter().find_map(|prefix| rest.strip_prefix(prefix)) else { continue };
        let name_at = text.len() - named.len();
        let Some((word, _)) = scan::identifiers(&named[..named.floor_char_boundary(40)]).next() else {
            continue;
        };
        let known = TYPES.iter().find(|(name, _)| word.start == 0 && named[word.clone()] == **name);
        let (name, whose) = known.copied().unwrap_or(("another type", Unknown));
        let at = start..name_at + if word.start == 0 { word.end } else { 0 };
        found.push(Code {
            at,
            kind: CodeKind::Acme,
            name,
            number: None,
            means: means("renewal-failed", whose, Certain),
        });
    }
}

/// The second is of the drafts before the RFC.
const PREFIXES: &[&str] = &["ietf:params:acme:error:", "acme:error:"];

/// Type and who is to mend it: the client of the authority, its DNS or network, or the authority.
const TYPES: &[(&str, Whose)] = &[
    ("accountDoesNotExist", ThisSide),
    ("alreadyReplaced", ThisSide),
    ("alreadyRevoked", ThisSide),
    ("autoRenewalCanceled", ThisSide),
    ("autoRenewalCancellationInvalid", ThisSide),
    ("autoRenewalExpired", ThisSide),
    ("autoRenewalRevocationNotSupported", ThisSide),
    ("badCSR", ThisSide),
    ("badNonce", Peer),
    ("badPublicKey", ThisSide),
    ("badRevocationReason", ThisSide),
    ("badSignatureAlgorithm", ThisSide),
    ("caa", ThisSide),
    ("compound", Unknown),
    ("connection", ThisSide),
    ("dns", ThisSide),
    ("externalAccountRequired", ThisSide),
    ("incorrectResponse", ThisSide),
    ("invalidContact", ThisSide),
    ("invalidProfile", ThisSide),
    ("malformed", ThisSide),
    ("orderNotReady", ThisSide),
    ("rateLimited", ThisSide),
    ("rejectedIdentifier", ThisSide),
    ("serverInternal", Peer),
    ("tls", ThisSide),
    ("unauthorized", ThisSide),
    ("unknownDelegation", ThisSide),
    ("unsupportedContact", ThisSide),
    ("unsupportedIdentifier", ThisSide),
    ("userActionRequired", ThisSide),
    ("unknownHost", ThisSide),
    ("onionCAARequired", ThisSide),
];
