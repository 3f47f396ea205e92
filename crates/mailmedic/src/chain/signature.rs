//! Checks signatures of certificates: right, wrong, or beyond what can be checked.

use std::collections::HashMap;

use aws_lc_rs::digest::{self as aws_digest, Digest};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{self as aws, ParsedPublicKey, VerificationAlgorithm};
use md5::{Digest as _, Md5};

use super::rsa;
use crate::bytes::Fingerprint;
use crate::certificate::algorithm::{self, Identifier, Pss};
use crate::certificate::der;
use crate::certificate::read::Parts;
use crate::certificate::{Certificate, PublicKey, RsaKey};

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The issuer's key made the signature.
    Verified,
    /// It did not.
    Wrong,
    /// The algorithm or the key is beyond what can be checked here.
    Unchecked,
    /// There were too many signatures to check.
    OutOfBudget,
}

/// Checked signatures, so that none is checked twice, with a limit for each chain.
#[derive(Debug, Default)]
pub(super) struct Checks {
    known: HashMap<(Fingerprint, Fingerprint), Outcome>,
    left: usize,
}

impl Checks {
    /// Grants the checks of another chain.
    pub(super) fn refill(&mut self) {
        self.left = MOST_CHECKS;
        if self.known.len() > MOST_REMEMBERED {
            self.known.clear();
        }
    }

    /// Returns whether the issuer's key made the certificate's signature.
    pub(super) fn check(&mut self, certificate: &Certificate, issuer: &Certificate) -> Outcome {
        let pair = (certificate.fingerprint, issuer.fingerprint);
        if let Some(outcome) = self.known.get(&pair) {
            return *outcome;
        }
        if self.left == 0 {
            return Outcome::OutOfBudget;
        }
        self.left -= 1;
        let outcome = check(certificate, issuer);
        self.known.insert(pair, outcome);
        outcome
    }
}

/// Returns whether the issuer's key made the certificate's signature.
pub(super) fn check(certificate: &Certificate, issuer: &Certificate) -> Outcome {
    let parts = Parts::read(&certificate.der);
    let (Some(signed), Some(signature)) = (parts.to_be_signed, parts.signature) else {
        return Outcome::Unchecked;
    };
    let Some(algorithm) = parts.algorithm.as_ref().and_then(Identifier::read) else {
        return Outcome::Unchecked;
    };
    check_signed(signed, &algorithm, signature, issuer)
}

/// Returns whether the signer's key made the signature of anything that is signed as certificates are.
pub(super) fn check_signed(
    signed: &[u8],
    algorithm: &Identifier<'_>,
    signature: &[u8],
    issuer: &Certificate,
) -> Outcome {
    let told = algorithm::signature(algorithm);
    let hash = told.hash.as_deref().unwrap_or_default();
    match (told.name.as_str(), &issuer.key) {
        (_, PublicKey::Unreadable) => Outcome::Unchecked,
        (name, PublicKey::Rsa { bits }) if is_pkcs1(name) => rsa(hash, *bits, issuer, signed, signature),
        ("rsassaPss", PublicKey::Rsa { bits }) => pss(algorithm, *bits, issuer, signed, signature),
        (name, PublicKey::Ec { curve, .. }) if name.starts_with(ECDSA) => {
            ecdsa(curve, hash, issuer, signed, signature)
        }
        ("Ed25519", PublicKey::Other(name)) if name == "Ed25519" => {
            with(&aws::ED25519, issuer, |key| key.verify_sig(signed, signature))
        }
        // The issuer's key is of another kind, so it made no such signature.
        (name, _)
            if is_pkcs1(name) || name == "rsassaPss" || name == "Ed25519" || name.starts_with(ECDSA) =>
        {
            Outcome::Wrong
        }
        _ => Outcome::Unchecked,
    }
}

/// Returns the digest of a message by the name of the hash; none for those that cannot be made here.
pub(super) fn digest(hash: &str, message: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match hash {
        "md5" => return Some(Md5::digest(message).to_vec()),
        "sha1" => &aws_digest::SHA1_FOR_LEGACY_USE_ONLY,
        "sha224" => &aws_digest::SHA224,
        "sha256" => &aws_digest::SHA256,
        "sha384" => &aws_digest::SHA384,
        "sha512" => &aws_digest::SHA512,
        "sha3-256" => &aws_digest::SHA3_256,
        "sha3-384" => &aws_digest::SHA3_384,
        "sha3-512" => &aws_digest::SHA3_512,
        _ => return None,
    };
    Some(aws_digest::digest(algorithm, message).as_ref().to_vec())
}

const ECDSA: &str = "ecdsa-with-";

fn is_pkcs1(name: &str) -> bool {
    name.ends_with("WithRSAEncryption") || name.starts_with("id-rsassa-pkcs1-v1_5-with-")
}

fn with(
    algorithm: &'static dyn VerificationAlgorithm,
    issuer: &Certificate,
    check: impl Fn(&ParsedPublicKey) -> Result<(), Unspecified>,
) -> Outcome {
    let Some(key) = key_bits(issuer).and_then(|bits| ParsedPublicKey::new(algorithm, bits).ok()) else {
        return Outcome::Unchecked;
    };
    if check(&key).is_ok() { Outcome::Verified } else { Outcome::Wrong }
}

fn rsa(hash: &str, bits: u32, issuer: &Certificate, signed: &[u8], signature: &[u8]) -> Outcome {
    let Some(key) = issuer.rsa_key() else { return Outcome::Unchecked };
    let algorithm: Option<&'static dyn VerificationAlgorithm> = match (hash, bits) {
        _ if !has_usual_exponent(&key) => None,
        ("sha1", 1024..=8192) => Some(&aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        ("sha256", 1024..=8192) => Some(&aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        ("sha384", 2048..=8192) => Some(&aws::RSA_PKCS1_2048_8192_SHA384),
        ("sha512", 1024..=8192) => Some(&aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    };
    match algorithm {
        Some(algorithm) => with(algorithm, issuer, |key| key.verify_sig(signed, signature)),
        None => rsa::pkcs1(&key, hash, signed, signature),
    }
}

fn pss(
    algorithm: &Identifier<'_>,
    bits: u32,
    issuer: &Certificate,
    signed: &[u8],
    signature: &[u8],
) -> Outcome {
    let (Some(parameters), Some(key)) = (Pss::read(algorithm), issuer.rsa_key()) else {
        return Outcome::Unchecked;
    };
    let names = (algorithm::hash(&parameters.hash), algorithm::hash(&parameters.mask_hash));
    let (Some(hash), Some(mask)) = names else { return Outcome::Unchecked };
    let is_usual = hash == mask && (2048..=8192).contains(&bits) && has_usual_exponent(&key);
    let algorithm: &'static dyn VerificationAlgorithm = match (hash, parameters.salt) {
        ("sha256", 32) if is_usual => &aws::RSA_PSS_2048_8192_SHA256,
        ("sha384", 48) if is_usual => &aws::RSA_PSS_2048_8192_SHA384,
        ("sha512", 64) if is_usual => &aws::RSA_PSS_2048_8192_SHA512,
        (_, salt) => return rsa::pss(&key, hash, mask, salt, signed, signature),
    };
    with(algorithm, issuer, |key| key.verify_sig(signed, signature))
}

/// Checks a signature of any hash: of the digest the curve's order takes as many bits from the left as it has
/// itself (FIPS 186-5 §6.4.2), so a digest of another length is cut or filled up for the one that aws-lc-rs knows.
fn ecdsa(curve: &str, hash: &str, issuer: &Certificate, signed: &[u8], signature: &[u8]) -> Outcome {
    let (algorithm, shape): (&'static dyn VerificationAlgorithm, _) = match curve {
        "secp256r1" => (&aws::ECDSA_P256_SHA256_ASN1, &aws_digest::SHA256),
        "secp384r1" => (&aws::ECDSA_P384_SHA384_ASN1, &aws_digest::SHA384),
        "secp521r1" => (&aws::ECDSA_P521_SHA512_ASN1, &aws_digest::SHA512),
        "secp256k1" => (&aws::ECDSA_P256K1_SHA256_ASN1, &aws_digest::SHA256),
        _ => return Outcome::Unchecked,
    };
    let Some(digest) = digest(hash, signed) else { return Outcome::Unchecked };
    let mut fitted = vec![0; shape.output_len().saturating_sub(digest.len())];
    fitted.extend(digest.iter().take(shape.output_len()));
    let Ok(digest) = Digest::import_less_safe(&fitted, shape) else { return Outcome::Unchecked };
    with(algorithm, issuer, |key| key.verify_digest_sig(&digest, signature))
}

/// Returns whether the public exponent is odd and has at most 32 bits: aws-lc-rs refuses larger ones, and a
/// refusal for that reason must not look like a wrong signature.
fn has_usual_exponent(key: &RsaKey) -> bool {
    let exponent = key.exponent.as_slice();
    (1..=4).contains(&exponent.len()) && exponent.last().is_some_and(|last| last & 1 == 1) && exponent != [1]
}

fn key_bits(issuer: &Certificate) -> Option<&[u8]> {
    let (spki, _) = der::first(&issuer.spki_der)?;
    spki.elements().nth(1)?.bits()
}

const MOST_CHECKS: usize = 1000;
/// About 100 bytes each.
const MOST_REMEMBERED: usize = 200_000;

#[cfg(test)]
mod tests {
    use rcgen::{
        CertificateParams, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
        PKCS_ECDSA_P521_SHA256, PKCS_ECDSA_P521_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
        PKCS_RSA_SHA256, PKCS_RSA_SHA384, PKCS_RSA_SHA512, SignatureAlgorithm,
    };

    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{self as aws, EcdsaKeyPair, KeyPair as _};

    use super::{Checks, Outcome, check, digest, ecdsa};
    use crate::certificate::{Certificate, PublicKey};

    /// A root and a certificate that it issued.
    fn pair(key: &KeyPair) -> (Certificate, Certificate) {
        let params = CertificateParams::default();
        let root = params.self_signed(key).unwrap();
        let issuer = Issuer::from_params(&params, key);
        let issued = params.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        (Certificate::read(root.der()), Certificate::read(issued.der()))
    }

    #[test]
    fn what_the_key_signed_is_verified_and_nothing_else() {
        let rsa = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap().serialize_der();
        let with_rsa = |algorithm: &'static SignatureAlgorithm| {
            KeyPair::from_pkcs8_der_and_sign_algo(&rsa.as_slice().into(), algorithm).unwrap()
        };
        let new = |algorithm: &'static SignatureAlgorithm| KeyPair::generate_for(algorithm).unwrap();
        let (stranger, _) = pair(&new(&PKCS_ECDSA_P256_SHA256));
        for key in [
            new(&PKCS_ECDSA_P256_SHA256),
            new(&PKCS_ECDSA_P384_SHA384),
            new(&PKCS_ECDSA_P521_SHA256),
            new(&PKCS_ECDSA_P521_SHA384),
            new(&PKCS_ECDSA_P521_SHA512),
            new(&PKCS_ED25519),
            with_rsa(&PKCS_RSA_SHA256),
            with_rsa(&PKCS_RSA_SHA384),
            with_rsa(&PKCS_RSA_SHA512),
        ] {
            let (root, issued) = pair(&key);
            let name = &issued.signature.name;
            assert_eq!(check(&root, &root), Outcome::Verified, "{name}");
            assert_eq!(check(&issued, &root), Outcome::Verified, "{name}");
            // By another key of the same kind or of another kind.
            assert_eq!(check(&root, &issued), Outcome::Wrong, "{name}");
            assert_eq!(check(&issued, &stranger), Outcome::Wrong, "{name}");
            let mut der = issued.der.clone();
            let last = der.len() - 1;
            der[last] ^= 1;
            assert_eq!(check(&Certificate::read(&der), &root), Outcome::Wrong, "{name}");
        }
    }

    /// A curve takes of a digest what fits, so a digest filled up or cut by hand must come out the same.
    #[test]
    fn any_hash_goes_with_any_curve() {
        let rng = SystemRandom::new();
        for (curve, signing, hashes) in [
            ("secp256r1", &aws::ECDSA_P256_SHA256_ASN1_SIGNING, &["sha256"][..]),
            ("secp384r1", &aws::ECDSA_P384_SHA384_ASN1_SIGNING, &["sha384"]),
            ("secp521r1", &aws::ECDSA_P521_SHA224_ASN1_SIGNING, &["sha224"]),
            ("secp521r1", &aws::ECDSA_P521_SHA256_ASN1_SIGNING, &["sha256"]),
            ("secp521r1", &aws::ECDSA_P521_SHA512_ASN1_SIGNING, &["sha512"]),
            ("secp256k1", &aws::ECDSA_P256K1_SHA256_ASN1_SIGNING, &["sha256"]),
            ("secp384r1", &aws::ECDSA_P384_SHA3_384_ASN1_SIGNING, &["sha3-384"]),
        ] {
            let key = EcdsaKeyPair::generate(signing).unwrap();
            let signature = key.sign(&rng, b"signed").unwrap();
            let point = [&[0x30, 0x81, 0, 0x30, 0, 3, 0x81, 0, 0], key.public_key().as_ref()].concat();
            let mut issuer = crate::sample::certificate("mail.example.org", "R99", 80);
            issuer.spki_der = point;
            let length = u8::try_from(issuer.spki_der.len()).unwrap();
            issuer.spki_der[2] = length - 3;
            issuer.spki_der[7] = length - 8;
            for hash in ["sha1", "sha224", "sha256", "sha384", "sha512", "sha3-384"] {
                let outcome = ecdsa(curve, hash, &issuer, b"signed", signature.as_ref());
                let is_right = hashes.contains(&hash);
                assert_eq!(
                    outcome,
                    if is_right { Outcome::Verified } else { Outcome::Wrong },
                    "{curve} {hash}"
                );
            }
        }
    }

    #[test]
    fn keys_beyond_reach_leave_it_open() {
        let (mut root, issued) = pair(&KeyPair::generate().unwrap());
        root.key = PublicKey::Ec { curve: "brainpoolP256r1".into(), bits: 256 };
        assert_eq!(check(&issued, &root), Outcome::Unchecked);
        root.key = PublicKey::Unreadable;
        assert_eq!(check(&issued, &root), Outcome::Unchecked);
        // Its hash is MD2 in both notes of the algorithm.
        let (root, issued) = pair(&KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap());
        let mut der = issued.der.clone();
        let sha256 = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
        while let Some(at) = der.windows(9).position(|window| window == sha256) {
            der[at + 8] = 2;
        }
        assert_eq!(check(&Certificate::read(&der), &root), Outcome::Unchecked);
        assert_eq!(check(&Certificate::read(b"none"), &root), Outcome::Unchecked);
    }

    #[test]
    fn known_answers_cost_nothing_and_the_rest_is_bounded() {
        let (root, issued) = pair(&KeyPair::generate().unwrap());
        let mut checks = Checks { left: 1, ..Checks::default() };
        assert_eq!(checks.check(&issued, &root), Outcome::Verified);
        assert_eq!(checks.check(&issued, &root), Outcome::Verified);
        assert_eq!(checks.check(&root, &issued), Outcome::OutOfBudget);
        checks.refill();
        assert_eq!(checks.check(&root, &issued), Outcome::Wrong);
    }

    /// The test suite of RFC 1321 §A.5.
    #[test]
    fn md5_is_as_its_rfc_says() {
        for (message, expected) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            (&"1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"),
        ] {
            let made = digest("md5", message.as_bytes()).unwrap();
            let made: String = made.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(made, expected, "{message}");
        }
    }
}
