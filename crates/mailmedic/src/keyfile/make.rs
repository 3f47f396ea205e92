//! New private keys, and how a key is written.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::private::{CURVES, Form, KeyError, PrivateKey};
use super::public::PublicNumbers;
use crate::certificate::der::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, wrap};

/// A kind of key that can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of 2048 bits.
    Rsa2048,
    /// Ed25519 (RFC 8032).
    Ed25519,
}

impl PrivateKey {
    /// Makes a new key, written as PKCS #8.
    ///
    /// # Errors
    /// The library could not make one: it had no randomness.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyError> {
        let failed = |_| KeyError::NotMade;
        let der = match kind {
            KeyKind::Rsa2048 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
                Zeroizing::new(der.as_ref().to_vec())
            }
            // Of version 1, without the public half: older OpenSSL reads no other.
            KeyKind::Ed25519 => {
                let pair = Ed25519KeyPair::generate().map_err(failed)?;
                Zeroizing::new(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
            }
        };
        Self::read(Form::Pkcs8, &der)
    }

    /// Writes it as PEM, as secret as the key itself.
    pub fn pem(&self) -> Zeroizing<String> {
        let label = match self.form() {
            Form::Pkcs8 => "PRIVATE KEY",
            Form::Pkcs1 => "RSA PRIVATE KEY",
            Form::Sec1 => "EC PRIVATE KEY",
        };
        let body = Zeroizing::new(STANDARD.encode(self.secret()));
        // It must not grow: what is left behind would not be wiped.
        let mut text = Zeroizing::new(String::with_capacity(body.len() * 2 + 128));
        text.push_str(&format!("-----BEGIN {label}-----\n"));
        let mut rest: &str = &body;
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(64));
            text.push_str(line);
            text.push('\n');
            rest = more;
        }
        text.push_str(&format!("-----END {label}-----\n"));
        text
    }

    /// Writes its public half as a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7); none for a curve that the library does not
    /// compute on.
    pub fn spki(&self) -> Option<Vec<u8>> {
        match self.public() {
            PublicNumbers::Rsa { modulus, exponent } => {
                let key = wrap(SEQUENCE, &[integer(modulus), integer(exponent)].concat());
                Some(spki(RSA_ENCRYPTION, &key))
            }
            PublicNumbers::Other { key, .. } => Some(spki(ED25519, key)),
            PublicNumbers::Ec { curve, .. } => {
                let (_, algorithm) = CURVES.iter().find(|(known, _)| known == curve)?;
                let pair = EcdsaKeyPair::from_private_key_der(algorithm, self.secret()).ok()?;
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
                Some(der.as_ref().to_vec())
            }
        }
    }
}

/// Writes a positive INTEGER; a leading bit of one would make it negative.
fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    wrap(INTEGER, &[sign, number].concat())
}

fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let bits = wrap(BIT_STRING, &[&[0], key].concat());
    wrap(SEQUENCE, &[wrap(SEQUENCE, algorithm), bits].concat())
}

/// rsaEncryption with NULL (RFC 3279 §2.3.1).
const RSA_ENCRYPTION: &[u8] = &[OBJECT_IDENTIFIER, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0];

/// Ed25519 without parameters (RFC 8410 §3).
const ED25519: &[u8] = &[OBJECT_IDENTIFIER, 3, 0x2B, 0x65, 0x70];

#[cfg(test)]
mod tests {
    use super::KeyKind;
    use crate::keyfile::{Item, PrivateKey, PublicNumbers, read};

    #[test]
    fn what_is_made_is_read_again() {
        for (kind, title) in [(KeyKind::Rsa2048, "RSA 2048"), (KeyKind::Ed25519, "Ed25519")] {
            let key = PrivateKey::generate(kind).unwrap();
            assert_eq!(key.title(), title);
            let contents = read(key.pem().as_bytes()).unwrap();
            let [Item::Key(again)] = contents.items.as_slice() else { panic!("{contents:?}") };
            assert_eq!(again.public(), key.public());
            assert_ne!(PrivateKey::generate(kind).unwrap().public(), key.public(), "each is new");
        }
    }

    #[test]
    fn public_halves_are_written_as_in_certificates() {
        for kind in [
            &rcgen::PKCS_ECDSA_P256_SHA256,
            &rcgen::PKCS_ECDSA_P384_SHA384,
            &rcgen::PKCS_RSA_SHA256,
            &rcgen::PKCS_ED25519,
        ] {
            let pair = rcgen::KeyPair::generate_for(kind).unwrap();
            let contents = read(pair.serialized_der()).unwrap();
            let [Item::Key(key)] = contents.items.as_slice() else { panic!("{contents:?}") };
            let spki = key.spki().unwrap();
            assert_eq!(spki, rcgen::PublicKeyData::subject_public_key_info(&pair));
            assert_eq!(PublicNumbers::of_spki(&spki).as_ref(), Some(key.public()));
        }
    }
}
