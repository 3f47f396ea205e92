//! Record protection of TLS 1.2: AES in CBC with HMAC-SHA-1, and AES in GCM (RFC 5246 section 6.2.3, RFC 5288).

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use mailmedic_wire::names::{AlertDescription, ContentType};

use crate::habits::Cbc;

/// One direction of a connection.
pub(crate) struct Protector {
    cipher: Cipher,
    sequence: u64,
}

enum Cipher {
    Cbc { key: Vec<u8>, mac: Box<hmac::Key> },
    Gcm { key: LessSafeKey, salt: [u8; 4] },
}

impl Protector {
    /// Makes the protection of a CBC suite.
    pub(crate) fn cbc(key: &[u8], mac: &[u8]) -> Self {
        let mac = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, mac);
        Self { cipher: Cipher::Cbc { key: key.to_vec(), mac: Box::new(mac) }, sequence: 0 }
    }

    /// Makes the protection of a GCM suite.
    pub(crate) fn gcm(key: &[u8], salt: [u8; 4]) -> Result<Self, Unspecified> {
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key)?);
        Ok(Self { cipher: Cipher::Gcm { key, salt }, sequence: 0 })
    }

    /// Protects what a record holds.
    pub(crate) fn seal(
        &mut self,
        content: ContentType,
        plain: &[u8],
        iv: [u8; 16],
    ) -> Result<Vec<u8>, Unspecified> {
        let head = self.head(content, plain.len());
        match &self.cipher {
            Cipher::Cbc { key, mac } => {
                let mut body = [plain, tag(mac, &head, plain).as_ref()].concat();
                let padding = BLOCK - 1 - body.len() % BLOCK;
                body.resize(body.len() + padding + 1, padding as u8);
                let key = EncryptingKey::cbc(UnboundCipherKey::new(&AES_128, key)?)?;
                key.less_safe_encrypt(&mut body, EncryptionContext::Iv128(FixedLength::from(&iv)))?;
                Ok([&iv[..], &body].concat())
            }
            Cipher::Gcm { key, salt } => {
                let explicit = &head[..8];
                let mut body = plain.to_vec();
                key.seal_in_place_append_tag(nonce(*salt, explicit), Aad::from(&head), &mut body)?;
                Ok([explicit, &body].concat())
            }
        }
    }

    /// Takes the protection off; bad records are told as `habit` tells them.
    pub(crate) fn open(
        &mut self,
        content: ContentType,
        fragment: &[u8],
        habit: Cbc,
    ) -> Result<Vec<u8>, AlertDescription> {
        let bad = AlertDescription::BAD_RECORD_MAC;
        if let Cipher::Gcm { key, salt } = &self.cipher {
            let (explicit, body) = fragment.split_at_checked(8).ok_or(bad)?;
            let nonce = nonce(*salt, explicit);
            let mut body = body.to_vec();
            let length = body.len().checked_sub(AES_128_GCM.tag_len()).ok_or(bad)?;
            let aad = header(self.sequence, content, length);
            self.sequence += 1;
            let plain = key.open_in_place(nonce, Aad::from(&aad), &mut body).map_err(|_| bad)?;
            return Ok(plain.to_vec());
        }
        self.open_cbc(content, fragment, habit)
    }

    fn open_cbc(
        &mut self,
        content: ContentType,
        fragment: &[u8],
        habit: Cbc,
    ) -> Result<Vec<u8>, AlertDescription> {
        let bad = AlertDescription::BAD_RECORD_MAC;
        let bad_padding = if habit == Cbc::TellsPadding { AlertDescription::DECRYPTION_FAILED } else { bad };
        let (iv, body) = fragment.split_first_chunk::<BLOCK>().ok_or(bad)?;
        let mut body = body.to_vec();
        let Cipher::Cbc { key, .. } = &self.cipher else { return Err(bad) };
        let key = UnboundCipherKey::new(&AES_128, key).and_then(DecryptingKey::cbc).map_err(|_| bad)?;
        key.decrypt(&mut body, DecryptionContext::Iv128(FixedLength::from(iv))).map_err(|_| bad)?;
        let padding = usize::from(*body.last().ok_or(bad)?);
        let length = body.len().checked_sub(padding + 1 + MAC).ok_or(bad_padding)?;
        let (plain, rest) = body.split_at(length);
        let (sent, filling) = rest.split_at(MAC);
        if habit != Cbc::IgnoresPadding && filling.iter().any(|byte| usize::from(*byte) != padding) {
            return Err(bad_padding);
        }
        let head = self.head(content, length);
        let Cipher::Cbc { mac, .. } = &self.cipher else { return Err(bad) };
        if habit != Cbc::IgnoresMac && tag(mac, &head, plain).as_ref() != sent {
            return Err(bad);
        }
        Ok(plain.to_vec())
    }

    /// Returns what is authenticated besides the content, and counts.
    fn head(&mut self, content: ContentType, length: usize) -> [u8; 13] {
        let head = header(self.sequence, content, length);
        self.sequence += 1;
        head
    }
}

fn header(sequence: u64, content: ContentType, length: usize) -> [u8; 13] {
    let mut head = [0; 13];
    head[..8].copy_from_slice(&sequence.to_be_bytes());
    head[8..11].copy_from_slice(&[content.0, 3, 3]);
    head[11..].copy_from_slice(&(length as u16).to_be_bytes());
    head
}

fn tag(mac: &hmac::Key, head: &[u8], plain: &[u8]) -> hmac::Tag {
    hmac::sign(mac, &[head, plain].concat())
}

fn nonce(salt: [u8; 4], explicit: &[u8]) -> Nonce {
    let mut nonce = [0; 12];
    nonce[..4].copy_from_slice(&salt);
    nonce[4..].copy_from_slice(explicit);
    Nonce::assume_unique_for_key(nonce)
}

const BLOCK: usize = 16;
/// Bytes of a MAC with SHA-1.
const MAC: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: ContentType = ContentType::APPLICATION_DATA;

    fn pair() -> [Protector; 2] {
        [0; 2].map(|_| Protector::cbc(&[1; 16], &[2; 20]))
    }

    /// Encrypts with a padding of this byte, as long as it says, and a MAC with one bit wrong.
    fn crooked(padding: impl Fn(usize) -> u8, wrong_mac: u8) -> Vec<u8> {
        let [_, sealer] = pair();
        let Cipher::Cbc { key, mac } = &sealer.cipher else { unreachable!("made so") };
        let plain = *b"data";
        let mut body = [&plain[..], tag(mac, &header(0, DATA, 4), &plain).as_ref()].concat();
        body[10] ^= wrong_mac;
        body.extend((0..7).map(padding).chain([7]));
        let key = EncryptingKey::cbc(UnboundCipherKey::new(&AES_128, key).unwrap()).unwrap();
        key.less_safe_encrypt(&mut body, EncryptionContext::Iv128(FixedLength::from(&[9; 16]))).unwrap();
        [&[9; 16][..], &body].concat()
    }

    #[test]
    fn what_is_sealed_opens() {
        let [mut one, mut other] = pair();
        for length in [0, 1, 11, 12, 300] {
            let plain = vec![7; length];
            let sealed = one.seal(DATA, &plain, [3; 16]).unwrap();
            assert_eq!(other.open(DATA, &sealed, Cbc::Sane), Ok(plain.clone()));
        }
        let [mut one, mut other] = [0; 2].map(|_| Protector::gcm(&[1; 16], [5; 4]).unwrap());
        let sealed = one.seal(DATA, b"secret", [0; 16]).unwrap();
        assert_eq!(other.open(DATA, &sealed, Cbc::Sane), Ok(b"secret".to_vec()));
        assert_eq!(other.open(DATA, &sealed, Cbc::Sane), Err(AlertDescription::BAD_RECORD_MAC));
    }

    #[test]
    fn wrong_padding_and_wrong_macs_are_told_by_habit() {
        let open = |bytes: &[u8], habit| pair()[0].open(DATA, bytes, habit);
        let (sane, lax, wrong) = (crooked(|_| 7, 0), crooked(|_| 1, 0), crooked(|_| 7, 1));
        let bad = AlertDescription::BAD_RECORD_MAC;
        for habit in [Cbc::Sane, Cbc::TellsPadding, Cbc::IgnoresPadding, Cbc::IgnoresMac] {
            assert_eq!(open(&sane, habit), Ok(b"data".to_vec()));
        }
        assert_eq!((open(&lax, Cbc::Sane), open(&wrong, Cbc::Sane)), (Err(bad), Err(bad)));
        assert_eq!(open(&lax, Cbc::TellsPadding), Err(AlertDescription::DECRYPTION_FAILED));
        assert_eq!(open(&wrong, Cbc::TellsPadding), Err(bad));
        assert_eq!(open(&lax, Cbc::IgnoresPadding), Ok(b"data".to_vec()));
        assert_eq!(open(&wrong, Cbc::IgnoresPadding), Err(bad));
        assert_eq!(open(&wrong, Cbc::IgnoresMac), Ok(b"data".to_vec()));
    }
}
