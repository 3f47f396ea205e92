//! Records under keys: how they are sealed, rightly or wrongly, and opened (RFC 5246 §6.2.3).

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use mailmedic_wire::names::{ContentType, ProtocolVersion};

use super::keys::Keys;
use super::suite::Protection;
use crate::probe::flight;

/// The bytes of an AES block.
const BLOCK: usize = 16;
/// The bytes of a GCM nonce that are sent.
const EXPLICIT: usize = 8;

/// What is wrong with a CBC record; all of them have the same length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Forgery {
    /// Nothing: over a block of padding, all of it right.
    None,
    /// Every byte of the padding but the last, which tells its length.
    Padding,
    /// One bit of the MAC.
    Mac,
    /// The last byte claims more padding than the record is long.
    Length,
}

enum Key {
    Cbc { encrypt: Box<EncryptingKey>, mac: Box<hmac::Key> },
    Aead { key: LessSafeKey, iv: Vec<u8> },
}

/// Protects what is sent.
pub(super) struct Sealer {
    key: Key,
    sequence: u64,
}

enum OpenKey {
    Cbc { decrypt: Box<DecryptingKey>, mac: Box<hmac::Key> },
    Aead { key: LessSafeKey, iv: Vec<u8> },
}

/// Opens what was received.
pub(super) struct Opener {
    key: OpenKey,
    sequence: u64,
}

impl Sealer {
    pub(super) fn new(protection: Protection, keys: &Keys) -> Result<Self, Unspecified> {
        let key = match protection {
            Protection::Cbc(algorithm, hash) => Key::Cbc {
                encrypt: Box::new(EncryptingKey::cbc(UnboundCipherKey::new(algorithm, &keys.key)?)?),
                mac: Box::new(hmac::Key::new(hash, &keys.mac)),
            },
            Protection::Gcm(algorithm) | Protection::ChaCha20(algorithm) => Key::Aead {
                key: LessSafeKey::new(UnboundKey::new(algorithm, &keys.key)?),
                iv: keys.iv.clone(),
            },
        };
        Ok(Self { key, sequence: 0 })
    }

    /// Returns the fragment of a record.
    pub(super) fn seal(
        &mut self,
        content: ContentType,
        plain: &[u8],
        forgery: Option<Forgery>,
    ) -> Result<Vec<u8>, Unspecified> {
        let header = header(self.sequence, content, plain.len());
        let fragment = match &self.key {
            Key::Cbc { encrypt, mac } => {
                let mut inner = padded(mac, &header, plain, forgery);
                let iv: [u8; BLOCK] = flight::random();
                encrypt.less_safe_encrypt(&mut inner, EncryptionContext::Iv128(FixedLength::from(iv)))?;
                [&iv[..], &inner].concat()
            }
            Key::Aead { key, iv } => {
                let (nonce, explicit) = nonce(iv, self.sequence.to_be_bytes())?;
                let mut inner = plain.to_vec();
                key.seal_in_place_append_tag(nonce, Aad::from(header), &mut inner)?;
                [explicit.as_slice(), &inner].concat()
            }
        };
        self.sequence += 1;
        Ok(fragment)
    }
}

/// Returns what is encrypted in CBC mode: the content, its MAC, the padding.
fn padded(mac: &hmac::Key, header: &[u8], plain: &[u8], forgery: Option<Forgery>) -> Vec<u8> {
    let tag = hmac::sign(mac, &[header, plain].concat());
    let mut inner = [plain, tag.as_ref()].concat();
    let short = BLOCK - 1 - inner.len() % BLOCK;
    let tag_end = inner.len();
    // One whole block more, so that there is enough that can be wrong.
    let padding = if forgery.is_some() { short + BLOCK } else { short };
    let length = u8::try_from(padding).unwrap_or(u8::MAX);
    let body = if forgery == Some(Forgery::Padding) { !length } else { length };
    inner.resize(tag_end + padding, body);
    inner.push(if forgery == Some(Forgery::Length) { u8::MAX } else { length });
    if let (Some(Forgery::Mac), Some(byte)) = (forgery, inner.get_mut(tag_end - 1)) {
        *byte ^= 1;
    }
    inner
}

impl Opener {
    pub(super) fn new(protection: Protection, keys: &Keys) -> Result<Self, Unspecified> {
        let key = match protection {
            Protection::Cbc(algorithm, hash) => OpenKey::Cbc {
                decrypt: Box::new(DecryptingKey::cbc(UnboundCipherKey::new(algorithm, &keys.key)?)?),
                mac: Box::new(hmac::Key::new(hash, &keys.mac)),
            },
            Protection::Gcm(algorithm) | Protection::ChaCha20(algorithm) => OpenKey::Aead {
                key: LessSafeKey::new(UnboundKey::new(algorithm, &keys.key)?),
                iv: keys.iv.clone(),
            },
        };
        Ok(Self { key, sequence: 0 })
    }

    /// Returns what a record carries.
    pub(super) fn open(&mut self, content: ContentType, fragment: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let plain = match &self.key {
            OpenKey::Cbc { decrypt, mac } => {
                let (iv, sealed) = fragment.split_first_chunk::<BLOCK>().ok_or(Unspecified)?;
                let mut inner = sealed.to_vec();
                decrypt.decrypt(&mut inner, DecryptionContext::Iv128(FixedLength::from(*iv)))?;
                let padding = usize::from(*inner.last().ok_or(Unspecified)?) + 1;
                let end = inner.len().checked_sub(padding).ok_or(Unspecified)?;
                let tag = mac.algorithm().tag_len();
                let (plain, tag) = inner
                    .get(..end)
                    .and_then(|inner| inner.split_at_checked(end.checked_sub(tag)?))
                    .ok_or(Unspecified)?;
                let header = header(self.sequence, content, plain.len());
                hmac::verify(mac, &[&header, plain].concat(), tag)?;
                plain.to_vec()
            }
            OpenKey::Aead { key, iv } => {
                let explicit = EXPLICIT * usize::from(iv.len() == IMPLICIT);
                let (sent, sealed) = fragment.split_at_checked(explicit).ok_or(Unspecified)?;
                let counter = <[u8; EXPLICIT]>::try_from(sent).unwrap_or(self.sequence.to_be_bytes());
                let (nonce, _) = nonce(iv, counter)?;
                let length = sealed.len().checked_sub(key.algorithm().tag_len()).ok_or(Unspecified)?;
                let header = header(self.sequence, content, length);
                let mut inner = sealed.to_vec();
                key.open_in_place(nonce, Aad::from(header), &mut inner)?.to_vec()
            }
        };
        self.sequence += 1;
        Ok(plain)
    }
}

/// The bytes of a GCM nonce that are agreed on.
const IMPLICIT: usize = 4;

/// Returns a nonce and the part of it that is sent.
fn nonce(iv: &[u8], counter: [u8; EXPLICIT]) -> Result<(Nonce, Vec<u8>), Unspecified> {
    if iv.len() == IMPLICIT {
        return Ok((Nonce::try_assume_unique_for_key(&[iv, &counter].concat())?, counter.to_vec()));
    }
    let padded = [&[0; IMPLICIT], &counter[..]].concat();
    let mixed: Vec<u8> = iv.iter().zip(padded).map(|(one, two)| one ^ two).collect();
    Ok((Nonce::try_assume_unique_for_key(&mixed)?, Vec::new()))
}

/// What is protected beside the content: its place, its type, its length.
fn header(sequence: u64, content: ContentType, length: usize) -> [u8; 13] {
    let mut header = [0; 13];
    header[..8].copy_from_slice(&sequence.to_be_bytes());
    header[8] = content.0;
    header[9..11].copy_from_slice(&ProtocolVersion::TLSv1_2.0.to_be_bytes());
    // A fragment is at most 2^14 + 2048 bytes long.
    header[11..].copy_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    header
}
