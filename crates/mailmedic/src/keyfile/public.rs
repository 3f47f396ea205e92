//! Public keys in a form that can be compared, however they were written.

use crate::certificate::der::{self, BIT_STRING, INTEGER, OBJECT_IDENTIFIER, SEQUENCE};

/// The numbers of a public key: equal if and only if the keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicNumbers {
    /// RSA (RFC 8017 appendix A.1.1), without leading zeros.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// An elliptic curve (RFC 5480 §2.2).
    Ec {
        /// The object identifier of the curve.
        curve: String,
        /// The compressed point.
        point: Vec<u8>,
    },
    /// Another kind, such as Ed25519 (RFC 8410 §4).
    Other {
        /// The object identifier of the algorithm.
        algorithm: String,
        /// The key as it stands in the certificate.
        key: Vec<u8>,
    },
}

impl PublicNumbers {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7); none if it cannot be read.
    pub fn of_spki(spki: &[u8]) -> Option<Self> {
        let (whole, _) = der::first(spki)?;
        whole.tagged(SEQUENCE)?;
        let mut parts = whole.elements();
        let mut algorithm = parts.next_if(SEQUENCE)?.elements();
        let key = parts.next_if(BIT_STRING)?.bits()?;
        let oid = der::dotted(algorithm.next_if(OBJECT_IDENTIFIER)?.content)?;
        match oid.as_str() {
            // A key bound to RSASSA-PSS is the same key.
            RSA | RSASSA_PSS => {
                let (numbers, _) = der::first(key)?;
                let mut numbers = numbers.elements();
                Self::rsa(numbers.next_if(INTEGER)?.content, numbers.next_if(INTEGER)?.content)
            }
            EC => {
                let curve = der::dotted(algorithm.next_if(OBJECT_IDENTIFIER)?.content)?;
                Self::ec(&curve, key)
            }
            _ => Some(Self::Other { algorithm: oid, key: key.to_vec() }),
        }
    }

    /// Makes an RSA key of two INTEGERs.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let bare = |number: &[u8]| {
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            (zeros < number.len()).then(|| number[zeros..].to_vec())
        };
        Some(Self::Rsa { modulus: bare(modulus)?, exponent: bare(exponent)? })
    }

    /// Makes an elliptic key of its point in either form (SEC 1 §2.3.3).
    pub(super) fn ec(curve: &str, point: &[u8]) -> Option<Self> {
        let point = match point {
            [2 | 3, x @ ..] if !x.is_empty() => point.to_vec(),
            [4, both @ ..] if both.len() >= 2 && both.len().is_multiple_of(2) => {
                let (x, y) = both.split_at(both.len() / 2);
                let parity = 2 + (y[y.len() - 1] & 1);
                [&[parity], x].concat()
            }
            _ => return None,
        };
        Some(Self::Ec { curve: curve.to_owned(), point })
    }
}

pub(super) const RSA: &str = "1.2.840.113549.1.1.1";
pub(super) const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
pub(super) const EC: &str = "1.2.840.10045.2.1";
pub(super) const ED25519: &str = "1.3.101.112";
