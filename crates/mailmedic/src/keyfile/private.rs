//! Private keys: PKCS #8 (RFC 5958), PKCS #1 (RFC 8017 appendix A.1.2), SEC 1 (RFC 5915).

use std::fmt;

use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
    ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use zeroize::Zeroizing;

use super::public::{EC, ED25519, PublicNumbers, RSA, RSASSA_PSS};
use crate::certificate::Certificate;
use crate::certificate::algorithm;
use crate::certificate::der::{self, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// PrivateKeyInfo (RFC 5958 §2).
    Pkcs8,
    /// RSAPrivateKey (RFC 8017 appendix A.1.2).
    Pkcs1,
    /// ECPrivateKey (RFC 5915 §3).
    Sec1,
}

/// Why a private key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The structure cannot be read.
    #[error("the private key in it is damaged")]
    Damaged,
    /// Its numbers contradict each other.
    #[error("the private key in it is damaged: its numbers do not belong together")]
    Inconsistent,
    /// Its public half cannot be told here.
    #[error("the private key in it is of a kind that mailmedic cannot use ({0})")]
    Unsupported(String),
    /// No key could be made: the system gave no randomness.
    #[error("no key could be made")]
    NotMade,
}

/// A private key; it is wiped from memory when it is dropped, and never shown.
pub struct PrivateKey {
    form: Form,
    der: Zeroizing<Vec<u8>>,
    public: PublicNumbers,
    title: String,
}

impl PrivateKey {
    /// Reads a private key and finds its public half.
    ///
    /// # Errors
    /// Says why it cannot be used.
    pub fn read(form: Form, der: &[u8]) -> Result<Self, KeyError> {
        let (whole, rest) = der::first(der).ok_or(KeyError::Damaged)?;
        if whole.tag != SEQUENCE || !rest.is_empty() {
            return Err(KeyError::Damaged);
        }
        let (public, title) = match form {
            Form::Pkcs8 => from_pkcs8(&whole)?,
            Form::Pkcs1 => from_pkcs1(&whole)?,
            Form::Sec1 => from_sec1(&whole, None, der)?,
        };
        Ok(Self { form, der: Zeroizing::new(der.to_vec()), public, title })
    }

    /// Returns how it is written.
    pub fn form(&self) -> Form {
        self.form
    }

    /// Returns the secret itself, as DER in its form. Whoever copies it must wipe the copy.
    pub fn secret(&self) -> &[u8] {
        &self.der
    }

    /// Returns its public half.
    pub fn public(&self) -> &PublicNumbers {
        &self.public
    }

    /// Returns its kind and size: `RSA 2048`, `EC secp256r1`.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns whether a certificate is for this key; none if the certificate's key cannot be read.
    pub fn belongs_to(&self, certificate: &Certificate) -> Option<bool> {
        Some(PublicNumbers::of_spki(&certificate.spki_der)? == self.public)
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PrivateKey").field("title", &self.title).finish_non_exhaustive()
    }
}

type Found = (PublicNumbers, String);

fn from_pkcs8(whole: &Element<'_>) -> Result<Found, KeyError> {
    let mut parts = whole.elements();
    parts.next_if(INTEGER).ok_or(KeyError::Damaged)?;
    let identifier = parts.next_if(SEQUENCE).ok_or(KeyError::Damaged)?;
    let mut algorithm = identifier.elements();
    let oid = algorithm.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
    let oid = oid.ok_or(KeyError::Damaged)?;
    let key = parts.next_if(OCTET_STRING).ok_or(KeyError::Damaged)?.content;
    match oid.as_str() {
        RSA | RSASSA_PSS => {
            let (numbers, _) = der::first(key).ok_or(KeyError::Damaged)?;
            from_pkcs1(&numbers)
        }
        EC => {
            let curve = algorithm.next_if(OBJECT_IDENTIFIER).and_then(|curve| der::dotted(curve.content));
            let (inner, _) = der::first(key).ok_or(KeyError::Damaged)?;
            from_sec1(&inner, Some(curve.ok_or_else(explicit)?), whole.raw)
        }
        ED25519 => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(whole.raw);
            let pair = pair.map_err(|_| KeyError::Damaged)?;
            let key = pair.public_key().as_ref().to_vec();
            Ok((PublicNumbers::Other { algorithm: oid, key }, "Ed25519".to_owned()))
        }
        _ => Err(KeyError::Unsupported(algorithm::key_name(&oid).to_owned())),
    }
}

fn from_pkcs1(whole: &Element<'_>) -> Result<Found, KeyError> {
    let mut numbers = whole.elements();
    let mut number = || numbers.next_if(INTEGER).map(|number| number.content).ok_or(KeyError::Damaged);
    let version = number()?;
    let public = PublicNumbers::rsa(number()?, number()?).ok_or(KeyError::Damaged)?;
    let PublicNumbers::Rsa { modulus, exponent } = &public else { return Err(KeyError::Damaged) };
    let first = modulus.first().copied().unwrap_or_default();
    let bits = modulus.len() * 8 - first.leading_zeros() as usize;
    // The rest of the numbers is checked where the library can: keys of other sizes, with more than two primes (version
    // 1) or with rare exponents it does not take.
    let can_check =
        version == [0] && exponent == &[1, 0, 1] && (2048..=8192).contains(&bits) && bits.is_multiple_of(8);
    if can_check && rsa::KeyPair::from_der(whole.raw).is_err() {
        return Err(KeyError::Inconsistent);
    }
    Ok((public, format!("RSA {bits}")))
}

/// Reads an ECPrivateKey; `curve` is told by what surrounds it, if anything does, and `der` is that whole.
fn from_sec1(inner: &Element<'_>, curve: Option<String>, der: &[u8]) -> Result<Found, KeyError> {
    let mut parts = inner.elements();
    parts.next_if(INTEGER).ok_or(KeyError::Damaged)?;
    parts.next_if(OCTET_STRING).ok_or(KeyError::Damaged)?;
    let (mut own, mut point) = (None, None);
    for part in parts {
        let content = part.elements().next();
        match part.tag {
            0xA0 => own = content.and_then(|curve| der::dotted(curve.tagged(OBJECT_IDENTIFIER)?)),
            0xA1 => point = content.and_then(|point| point.bits()),
            _ => {}
        }
    }
    let curve = curve.or(own).ok_or_else(explicit)?;
    let title = format!("EC {}", algorithm::curve_name(&curve));
    let public = match CURVES.iter().find(|(known, _)| *known == curve) {
        Some((_, algorithm)) => {
            let pair = EcdsaKeyPair::from_private_key_der(algorithm, der);
            let pair = pair.map_err(|_| KeyError::Inconsistent)?;
            PublicNumbers::ec(&curve, pair.public_key().as_ref())
        }
        // The library does not know the curve, but the key says its public half itself.
        None => point.and_then(|point| PublicNumbers::ec(&curve, point)),
    };
    Ok((public.ok_or_else(|| KeyError::Unsupported(title.clone()))?, title))
}

fn explicit() -> KeyError {
    KeyError::Unsupported("an elliptic curve without a name".to_owned())
}

/// The curves that the library computes on.
pub(super) static CURVES: [(&str, &EcdsaSigningAlgorithm); 4] = [
    ("1.2.840.10045.3.1.7", &ECDSA_P256_SHA256_ASN1_SIGNING),
    ("1.3.132.0.34", &ECDSA_P384_SHA384_ASN1_SIGNING),
    ("1.3.132.0.35", &ECDSA_P521_SHA512_ASN1_SIGNING),
    ("1.3.132.0.10", &ECDSA_P256K1_SHA256_ASN1_SIGNING),
];
