//! Names of public keys, curves and signature algorithms by their object identifiers.

use super::der::{self, Element, Elements, INTEGER, OBJECT_IDENTIFIER, SEQUENCE};
use super::{PublicKey, SignatureAlgorithm};

/// An AlgorithmIdentifier (RFC 5280 §4.1.1.2).
#[derive(Clone, Debug)]
pub(crate) struct Identifier<'a> {
    /// The algorithm with dots.
    pub(crate) oid: String,
    /// The parameters, if there are any.
    pub(crate) parameters: Option<Element<'a>>,
}

impl<'a> Identifier<'a> {
    /// Reads it.
    pub(crate) fn read(element: &Element<'a>) -> Option<Self> {
        element.tagged(SEQUENCE)?;
        let mut parts = element.elements();
        let oid = der::dotted(parts.next_if(OBJECT_IDENTIFIER)?.content)?;
        Some(Self { oid, parameters: parts.next() })
    }
}

/// Names the algorithm of a signature and its hash.
pub(crate) fn signature(algorithm: &Identifier<'_>) -> SignatureAlgorithm {
    if algorithm.oid == RSASSA_PSS {
        let hash = Pss::read(algorithm).and_then(|pss| hash(&pss.hash)).map(str::to_owned);
        return SignatureAlgorithm { name: "rsassaPss".to_owned(), hash };
    }
    match SIGNATURES.iter().find(|(oid, _, _)| *oid == algorithm.oid) {
        Some((_, name, hash)) => SignatureAlgorithm {
            name: (*name).to_owned(),
            hash: (!hash.is_empty()).then(|| (*hash).to_owned()),
        },
        None => SignatureAlgorithm { name: algorithm.oid.clone(), hash: None },
    }
}

/// The parameters of RSASSA-PSS (RFC 4055 §3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pss {
    /// The OID of the hash.
    pub(crate) hash: String,
    /// The OID of the hash inside the mask generation function.
    pub(crate) mask_hash: String,
    /// The length of the salt in bytes.
    pub(crate) salt: u64,
}

impl Pss {
    /// Reads the parameters; what is left out has its default, SHA-1 with 20 bytes of salt.
    pub(crate) fn read(algorithm: &Identifier<'_>) -> Option<Self> {
        let mut pss = Self { hash: SHA1.to_owned(), mask_hash: SHA1.to_owned(), salt: 20 };
        for field in algorithm.parameters?.elements() {
            let inner = Elements(field.content).next()?;
            match field.tag {
                0xA0 => pss.hash = Identifier::read(&inner)?.oid,
                0xA1 => pss.mask_hash = Identifier::read(&Identifier::read(&inner)?.parameters?)?.oid,
                0xA2 => pss.salt = number(inner.tagged(INTEGER)?)?,
                _ => {}
            }
        }
        Some(pss)
    }
}

/// Reads a SubjectPublicKeyInfo.
pub(crate) fn public_key(spki: &Element<'_>) -> PublicKey {
    let mut parts = spki.elements();
    let Some(algorithm) = parts.next().and_then(|part| Identifier::read(&part)) else {
        return PublicKey::Unreadable;
    };
    let bits = parts.next().and_then(|part| part.bits());
    match algorithm.oid.as_str() {
        RSA_ENCRYPTION | RSASSA_PSS => match bits.and_then(modulus_bits) {
            Some(bits) => PublicKey::Rsa { bits },
            None => PublicKey::Unreadable,
        },
        EC_PUBLIC_KEY => elliptic(&algorithm, bits),
        oid => PublicKey::Other(key_name(oid).to_owned()),
    }
}

/// Returns the name of a kind of public key other than RSA and elliptic curves; its OID if it is not known.
pub(crate) fn key_name(oid: &str) -> &str {
    KEYS.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| name)
}

/// Returns the name of a curve; its OID if it is not known.
pub(crate) fn curve_name(oid: &str) -> &str {
    CURVES.iter().find(|(known, ..)| *known == oid).map_or(oid, |(_, name, _)| name)
}

/// Returns the hash of an OID by its short name.
pub(crate) fn hash(oid: &str) -> Option<&'static str> {
    HASHES.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)
}

fn elliptic(algorithm: &Identifier<'_>, point: Option<&[u8]>) -> PublicKey {
    let field = match point {
        Some([4, both @ ..]) => both.len() * 4,
        Some([2 | 3, one @ ..]) => one.len() * 8,
        _ => return PublicKey::Unreadable,
    };
    let field = u32::try_from(field).unwrap_or(u32::MAX);
    match algorithm.parameters {
        Some(parameters) if parameters.tag == OBJECT_IDENTIFIER => {
            let Some(oid) = der::dotted(parameters.content) else { return PublicKey::Unreadable };
            match CURVES.iter().find(|(known, _, _)| *known == oid) {
                Some((_, name, bits)) => PublicKey::Ec { curve: (*name).to_owned(), bits: *bits },
                None => PublicKey::Ec { curve: oid, bits: field },
            }
        }
        Some(parameters) if parameters.tag == SEQUENCE => {
            PublicKey::Ec { curve: "explicit parameters".to_owned(), bits: field }
        }
        _ => PublicKey::Unreadable,
    }
}

fn modulus_bits(key: &[u8]) -> Option<u32> {
    let (sequence, _) = der::first(key)?;
    let modulus = sequence.elements().next_if(INTEGER)?.content;
    // A negative modulus is no key.
    if modulus.first()? & 0x80 != 0 {
        return None;
    }
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let (first, rest) = modulus[zeros..].split_first()?;
    u32::try_from(rest.len() * 8).ok()?.checked_add(8 - first.leading_zeros())
}

fn number(content: &[u8]) -> Option<u64> {
    if content.is_empty() || content.len() > 7 {
        return None;
    }
    Some(content.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

const SHA1: &str = "1.3.14.3.2.26";
const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";

/// Hashes (RFC 3279 §2.1, RFC 4055 §2.1, FIPS 202).
const HASHES: &[(&str, &str)] = &[
    ("1.2.840.113549.2.2", "md2"),
    ("1.2.840.113549.2.5", "md5"),
    (SHA1, "sha1"),
    ("2.16.840.1.101.3.4.2.1", "sha256"),
    ("2.16.840.1.101.3.4.2.2", "sha384"),
    ("2.16.840.1.101.3.4.2.3", "sha512"),
    ("2.16.840.1.101.3.4.2.4", "sha224"),
    ("2.16.840.1.101.3.4.2.7", "sha3-224"),
    ("2.16.840.1.101.3.4.2.8", "sha3-256"),
    ("2.16.840.1.101.3.4.2.9", "sha3-384"),
    ("2.16.840.1.101.3.4.2.10", "sha3-512"),
];

/// Signature algorithms with their hash (RFC 3279 §2.2, RFC 4055 §5, RFC 5758, RFC 8410, FIPS 204).
const SIGNATURES: &[(&str, &str, &str)] = &[
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption", "md2"),
    ("1.2.840.113549.1.1.3", "md4WithRSAEncryption", "md4"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption", "md5"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption", "sha1"),
    ("1.3.14.3.2.29", "sha1WithRSAEncryption", "sha1"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption", "sha224"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "sha256"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption", "sha384"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption", "sha512"),
    ("2.16.840.1.101.3.4.3.13", "id-rsassa-pkcs1-v1_5-with-sha3-224", "sha3-224"),
    ("2.16.840.1.101.3.4.3.14", "id-rsassa-pkcs1-v1_5-with-sha3-256", "sha3-256"),
    ("2.16.840.1.101.3.4.3.15", "id-rsassa-pkcs1-v1_5-with-sha3-384", "sha3-384"),
    ("2.16.840.1.101.3.4.3.16", "id-rsassa-pkcs1-v1_5-with-sha3-512", "sha3-512"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1", "sha1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224", "sha224"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256", "sha256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384", "sha384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512", "sha512"),
    ("1.2.840.10040.4.3", "dsa-with-sha1", "sha1"),
    ("2.16.840.1.101.3.4.3.1", "dsa-with-sha224", "sha224"),
    ("2.16.840.1.101.3.4.3.2", "dsa-with-sha256", "sha256"),
    ("1.3.101.112", "Ed25519", ""),
    ("1.3.101.113", "Ed448", ""),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44", ""),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", ""),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87", ""),
];

/// Public keys of other kinds than RSA and elliptic curves with a choice.
const KEYS: &[(&str, &str)] = &[
    ("1.2.840.10040.4.1", "DSA"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
];

/// Curves with the bits of their field (SEC 2, RFC 5639).
const CURVES: &[(&str, &str, u32)] = &[
    ("1.2.840.10045.3.1.1", "secp192r1", 192),
    ("1.2.840.10045.3.1.7", "secp256r1", 256),
    ("1.3.132.0.8", "secp160r1", 160),
    ("1.3.132.0.9", "secp160k1", 160),
    ("1.3.132.0.30", "secp160r2", 160),
    ("1.3.132.0.31", "secp192k1", 192),
    ("1.3.132.0.32", "secp224k1", 224),
    ("1.3.132.0.33", "secp224r1", 224),
    ("1.3.132.0.10", "secp256k1", 256),
    ("1.3.132.0.34", "secp384r1", 384),
    ("1.3.132.0.35", "secp521r1", 521),
    ("1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1", 160),
    ("1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1", 192),
    ("1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1", 224),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1", 256),
    ("1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1", 320),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1", 384),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1", 512),
];

#[cfg(test)]
mod tests {
    use super::{Identifier, Pss, modulus_bits, signature};
    use crate::certificate::der;

    #[test]
    fn the_modulus_counts_in_exact_bits() {
        let key = |modulus: &[u8]| {
            let mut integer = vec![2, u8::try_from(modulus.len()).unwrap()];
            integer.extend(modulus);
            let mut key = vec![0x30, u8::try_from(integer.len()).unwrap()];
            key.extend(integer);
            key
        };
        assert_eq!(modulus_bits(&key(&[0, 0x80, 1])), Some(16));
        assert_eq!(modulus_bits(&key(&[0x7F, 1])), Some(15));
        assert_eq!(modulus_bits(&key(&[0x80, 1])), None);
        assert_eq!(modulus_bits(&key(&[0])), None);
        assert_eq!(modulus_bits(&[]), None);
    }

    #[test]
    fn signatures_have_their_names_and_hashes() {
        let read = |bytes: &[u8]| {
            let (element, _) = der::first(bytes).unwrap();
            let algorithm = Identifier::read(&element).unwrap();
            (signature(&algorithm), Pss::read(&algorithm))
        };
        let (md5, _) = read(&[0x30, 11, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 4]);
        assert_eq!((md5.name.as_str(), md5.hash.as_deref()), ("md5WithRSAEncryption", Some("md5")));
        // RSASSA-PSS with empty parameters means SHA-1 throughout.
        let (pss, parameters) =
            read(&[0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10, 0x30, 0]);
        assert_eq!((pss.name.as_str(), pss.hash.as_deref()), ("rsassaPss", Some("sha1")));
        assert_eq!(parameters.unwrap().salt, 20);
        let (unknown, _) = read(&[0x30, 4, 6, 2, 0x2A, 3]);
        assert_eq!((unknown.name.as_str(), unknown.hash), ("1.2.3", None));
    }
}
