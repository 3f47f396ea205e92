//! The public key in `p=` (RFC 6376 §3.6.1, RFC 8463 §4).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::fault::KeyFault;
use crate::certificate::RsaKey;
use crate::certificate::der::{self, INTEGER, SEQUENCE};
use crate::keyfile::PublicNumbers;
use crate::words;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// RSA.
    Rsa {
        /// The size of the modulus.
        bits: u32,
        /// Its numbers.
        numbers: RsaKey,
    },
    /// Ed25519.
    Ed25519,
    /// None: it was there, and counts no more.
    Revoked,
}

impl Key {
    /// Returns the words for it: `RSA 2048`.
    pub fn name(&self) -> String {
        match self {
            Self::Rsa { bits, .. } => format!("RSA {bits}"),
            Self::Ed25519 => "Ed25519".to_owned(),
            Self::Revoked => "revoked".to_owned(),
        }
    }
}

/// Reads the key of a kind (`k=`).
///
/// # Errors
/// Says what is wrong with it.
pub(super) fn read(kind: &str, material: &str) -> Result<Key, KeyFault> {
    if !["rsa", "ed25519"].iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(KeyFault::Kind(words::escape(kind, 40)));
    }
    let bare: String = material.chars().filter(|c| !is_blank(*c)).collect();
    if bare.is_empty() {
        return Ok(Key::Revoked);
    }
    match decoded(kind, &bare) {
        // Forms on the web turn a plus into a blank.
        Err(_) if decoded(kind, &material.replace(' ', "+")).is_ok() => Err(KeyFault::Plus),
        result => result,
    }
}

fn decoded(kind: &str, text: &str) -> Result<Key, KeyFault> {
    let bytes = bytes(text).ok_or_else(|| undecodable(text))?;
    if kind.eq_ignore_ascii_case("ed25519") { ed25519(&bytes) } else { rsa(&bytes) }
}

/// What may stand inside base64 without being part of it (RFC 6376 §2.8).
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn ed25519(bytes: &[u8]) -> Result<Key, KeyFault> {
    if bytes.len() == ED25519_BYTES {
        return Ok(Key::Ed25519);
    }
    Err(match PublicNumbers::of_spki(bytes) {
        Some(PublicNumbers::Other { algorithm, .. }) if algorithm == ED25519 => KeyFault::Wrapped,
        Some(PublicNumbers::Rsa { .. }) => KeyFault::OtherKind { named: "ed25519", is: "RSA" },
        _ => KeyFault::Ed25519Length(bytes.len()),
    })
}

/// Reads a SubjectPublicKeyInfo, or the RSAPublicKey alone, which RFC 6376 speaks of and few publish.
fn rsa(bytes: &[u8]) -> Result<Key, KeyFault> {
    let Some((outer, _)) = der::first(bytes).filter(|(outer, _)| outer.tag == SEQUENCE) else {
        return Err(match declared(bytes) {
            Some(needs) if needs > bytes.len() => KeyFault::Cut { has: bytes.len(), needs },
            // What is no DER and as long as a key of Ed25519 is one, by all odds.
            _ if bytes.len() == ED25519_BYTES => KeyFault::OtherKind { named: "rsa", is: "Ed25519" },
            _ => KeyFault::Unreadable,
        });
    };
    let mut parts = outer.elements();
    let numbers = match parts.next_if(INTEGER) {
        Some(modulus) => (modulus.content, parts.next_if(INTEGER).map(|exponent| exponent.content)),
        None => match PublicNumbers::of_spki(bytes) {
            Some(PublicNumbers::Rsa { modulus, exponent }) => return key(modulus, exponent),
            Some(PublicNumbers::Other { algorithm, .. }) if algorithm == ED25519 => {
                return Err(KeyFault::OtherKind { named: "rsa", is: "Ed25519" });
            }
            Some(_) => return Err(KeyFault::OtherKind { named: "rsa", is: "no RSA" }),
            None => return Err(KeyFault::Unreadable),
        },
    };
    match numbers {
        (modulus, Some(exponent)) => key(bare(modulus), bare(exponent)),
        _ => Err(KeyFault::Unreadable),
    }
}

fn key(modulus: Vec<u8>, exponent: Vec<u8>) -> Result<Key, KeyFault> {
    let first = modulus.first().ok_or(KeyFault::Unreadable)?;
    let bits = u32::try_from(modulus.len()).unwrap_or(u32::MAX).saturating_mul(8) - first.leading_zeros();
    Ok(Key::Rsa { bits, numbers: RsaKey { modulus, exponent } })
}

/// Takes the leading zeros away.
fn bare(number: &[u8]) -> Vec<u8> {
    number.iter().skip_while(|byte| **byte == 0).copied().collect()
}

/// Says why base64 cannot be decoded: it may be cut in the middle of a group.
fn undecodable(text: &str) -> KeyFault {
    let whole = text.get(..text.len() / 4 * 4).and_then(bytes).unwrap_or_default();
    match declared(&whole) {
        Some(needs) if needs > whole.len() + 3 => KeyFault::Cut { has: whole.len(), needs },
        _ => KeyFault::Base64,
    }
}

/// Decodes base64 with or without its padding, which not everybody writes.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&STANDARD, config).decode(text).ok()
}

/// Returns how many bytes a SEQUENCE says that it has.
fn declared(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [SEQUENCE, length @ 0..=0x7F, ..] => Some(2 + usize::from(*length)),
        [SEQUENCE, 0x81, length, ..] => Some(3 + usize::from(*length)),
        [SEQUENCE, 0x82, high, low, ..] => Some(4 + usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

/// RFC 8463 §4.
const ED25519_BYTES: usize = 32;

/// RFC 8410 §3.
const ED25519: &str = "1.3.101.112";
