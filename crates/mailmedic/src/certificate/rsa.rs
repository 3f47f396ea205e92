//! The numbers of an RSA key (RFC 8017 appendix A.1.1).

use super::der::{self, BIT_STRING, Element, INTEGER};
use super::read::Parts;
use super::{Certificate, PublicKey, algorithm};

/// An RSA key as big-endian numbers without leading zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaKey {
    /// The modulus.
    pub modulus: Vec<u8>,
    /// The public exponent.
    pub exponent: Vec<u8>,
}

impl Certificate {
    /// Returns the numbers of the key, if it is one of RSA.
    pub fn rsa_key(&self) -> Option<RsaKey> {
        if !matches!(self.key, PublicKey::Rsa { .. }) {
            return None;
        }
        numbers(&der::first(&self.spki_der)?.0)
    }
}

/// Returns the numbers of the RSA key in a certificate, without reading the rest of it.
pub fn rsa_key_of(certificate: &[u8]) -> Option<RsaKey> {
    let spki = Parts::read(certificate).public_key?;
    matches!(algorithm::public_key(&spki), PublicKey::Rsa { .. }).then(|| numbers(&spki))?
}

fn numbers(spki: &Element<'_>) -> Option<RsaKey> {
    let mut parts = spki.elements();
    parts.next()?;
    let (key, _) = der::first(parts.next_if(BIT_STRING)?.bits()?)?;
    let mut numbers = key.elements();
    let mut number = || {
        let content = numbers.next_if(INTEGER)?.content;
        let zeros = content.iter().take_while(|byte| **byte == 0).count();
        Some(content[zeros..].to_vec())
    };
    Some(RsaKey { modulus: number()?, exponent: number()? })
}

#[cfg(test)]
mod tests {
    use super::RsaKey;
    use crate::certificate::{Certificate, PublicKey};
    use crate::sample;

    fn certificate(spki_der: &[u8]) -> Certificate {
        Certificate { spki_der: spki_der.to_vec(), ..sample::certificate("mail.example.org", "R99", 80) }
    }

    #[test]
    fn leading_zeros_are_no_part_of_the_numbers() {
        // An algorithm without content; then modulus 0x80FF and exponent 3.
        let spki = [0x30, 15, 0x30, 0, 3, 11, 0, 0x30, 8, 2, 3, 0, 0x80, 0xFF, 2, 1, 3];
        let key = RsaKey { modulus: vec![0x80, 0xFF], exponent: vec![3] };
        assert_eq!(certificate(&spki).rsa_key(), Some(key));
    }

    #[test]
    fn other_and_broken_keys_have_none() {
        assert_eq!(certificate(&[0x30, 3, 0x30, 0, 3]).rsa_key(), None);
        assert_eq!(certificate(b"").rsa_key(), None);
        let ed25519 = Certificate { key: PublicKey::Other("Ed25519".into()), ..certificate(b"") };
        assert_eq!(ed25519.rsa_key(), None);
    }
}
