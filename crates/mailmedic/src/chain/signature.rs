//! Checks signatures of certificates: right, wrong, or beyond what can be checked.

use std::collections::HashMap;

use aws_lc_rs::signature::{self as aws, ParsedPublicKey, VerificationAlgorithm};

use crate::bytes::Fingerprint;
use crate::certificate::algorithm::{self, Identifier, Pss};
use crate::certificate::der::{self, INTEGER};
use crate::certificate::read::Parts;
use crate::certificate::{Certificate, PublicKey};

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
    let verification = match choose(algorithm, &algorithm::signature(algorithm).hash, issuer) {
        Choice::Verification(verification) => verification,
        Choice::None => return Outcome::Unchecked,
        Choice::OtherKey => return Outcome::Wrong,
    };
    let Some(key) = key_bits(issuer).and_then(|bits| ParsedPublicKey::new(verification, bits).ok()) else {
        return Outcome::Unchecked;
    };
    match key.verify_sig(signed, signature) {
        Ok(()) => Outcome::Verified,
        Err(_) => Outcome::Wrong,
    }
}

enum Choice {
    Verification(&'static dyn VerificationAlgorithm),
    /// Such a signature cannot be checked here.
    None,
    /// The issuer's key is of another kind, so it made no such signature.
    OtherKey,
}

fn choose(algorithm: &Identifier<'_>, hash: &Option<String>, issuer: &Certificate) -> Choice {
    let name = algorithm::signature(algorithm).name;
    let hash = hash.as_deref().unwrap_or_default();
    let family = match name.as_str() {
        "rsassaPss" => Family::Pss,
        "Ed25519" => Family::Ed25519,
        name if name.ends_with("WithRSAEncryption") => Family::Rsa,
        name if name.starts_with("ecdsa-with-") => Family::Ecdsa,
        _ => return Choice::None,
    };
    let found: Option<&'static dyn VerificationAlgorithm> = match (family, &issuer.key) {
        (_, PublicKey::Unreadable) => None,
        (Family::Rsa, PublicKey::Rsa { bits }) => rsa(hash, *bits, issuer),
        (Family::Pss, PublicKey::Rsa { bits }) => pss(algorithm, *bits, issuer),
        (Family::Ecdsa, PublicKey::Ec { curve, .. }) => ecdsa(curve, hash),
        (Family::Ed25519, PublicKey::Other(name)) if name == "Ed25519" => Some(&aws::ED25519),
        _ => return Choice::OtherKey,
    };
    found.map_or(Choice::None, Choice::Verification)
}

#[derive(Clone, Copy)]
enum Family {
    Rsa,
    Pss,
    Ecdsa,
    Ed25519,
}

fn rsa(hash: &str, bits: u32, issuer: &Certificate) -> Option<&'static dyn VerificationAlgorithm> {
    if !has_usual_exponent(issuer) {
        return None;
    }
    match (hash, bits) {
        ("sha1", 1024..=8192) => Some(&aws::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        ("sha256", 1024..=8192) => Some(&aws::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        ("sha384", 2048..=8192) => Some(&aws::RSA_PKCS1_2048_8192_SHA384),
        ("sha512", 1024..=8192) => Some(&aws::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    }
}

fn pss(
    algorithm: &Identifier<'_>,
    bits: u32,
    issuer: &Certificate,
) -> Option<&'static dyn VerificationAlgorithm> {
    let parameters = Pss::read(algorithm)?;
    if !(2048..=8192).contains(&bits)
        || parameters.hash != parameters.mask_hash
        || !has_usual_exponent(issuer)
    {
        return None;
    }
    match (algorithm::hash(&parameters.hash)?, parameters.salt) {
        ("sha256", 32) => Some(&aws::RSA_PSS_2048_8192_SHA256),
        ("sha384", 48) => Some(&aws::RSA_PSS_2048_8192_SHA384),
        ("sha512", 64) => Some(&aws::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

fn ecdsa(curve: &str, hash: &str) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (curve, hash) {
        ("secp256r1", "sha1") => &aws::ECDSA_P256_SHA1_ASN1,
        ("secp256r1", "sha256") => &aws::ECDSA_P256_SHA256_ASN1,
        ("secp256r1", "sha384") => &aws::ECDSA_P256_SHA384_ASN1,
        ("secp256r1", "sha512") => &aws::ECDSA_P256_SHA512_ASN1,
        ("secp384r1", "sha256") => &aws::ECDSA_P384_SHA256_ASN1,
        ("secp384r1", "sha384") => &aws::ECDSA_P384_SHA384_ASN1,
        ("secp384r1", "sha512") => &aws::ECDSA_P384_SHA512_ASN1,
        ("secp521r1", "sha1") => &aws::ECDSA_P521_SHA1_ASN1,
        ("secp521r1", "sha224") => &aws::ECDSA_P521_SHA224_ASN1,
        ("secp521r1", "sha256") => &aws::ECDSA_P521_SHA256_ASN1,
        ("secp521r1", "sha384") => &aws::ECDSA_P521_SHA384_ASN1,
        ("secp521r1", "sha512") => &aws::ECDSA_P521_SHA512_ASN1,
        ("secp256k1", "sha256") => &aws::ECDSA_P256K1_SHA256_ASN1,
        _ => return None,
    })
}

/// Returns whether the public exponent is odd and has at most 32 bits: larger ones are not checked, and a
/// refusal for that reason must not look like a wrong signature.
fn has_usual_exponent(issuer: &Certificate) -> bool {
    let exponent = key_bits(issuer).and_then(der::first).and_then(|(key, _)| {
        let mut numbers = key.elements();
        numbers.next_if(INTEGER)?;
        Some(numbers.next_if(INTEGER)?.content)
    });
    match exponent {
        Some([0, rest @ ..] | rest) => {
            (1..=4).contains(&rest.len()) && rest.last().is_some_and(|last| last & 1 == 1) && rest != [1]
        }
        None => false,
    }
}

fn key_bits(issuer: &Certificate) -> Option<&[u8]> {
    let (spki, _) = der::first(&issuer.spki_der)?;
    spki.elements().nth(1)?.bits()
}

const MOST_CHECKS: usize = 1000;

#[cfg(test)]
mod tests {
    use rcgen::{
        CertificateParams, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384,
        PKCS_ECDSA_P521_SHA256, PKCS_ECDSA_P521_SHA384, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
        PKCS_RSA_SHA256, PKCS_RSA_SHA384, PKCS_RSA_SHA512, SignatureAlgorithm,
    };

    use super::{Checks, Outcome, check};
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

    #[test]
    fn keys_beyond_reach_leave_it_open() {
        let (mut root, issued) = pair(&KeyPair::generate().unwrap());
        root.key = PublicKey::Ec { curve: "brainpoolP256r1".into(), bits: 256 };
        assert_eq!(check(&issued, &root), Outcome::Unchecked);
        root.key = PublicKey::Unreadable;
        assert_eq!(check(&issued, &root), Outcome::Unchecked);
        let (mut root, issued) = pair(&KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap());
        root.key = PublicKey::Rsa { bits: 1023 };
        assert_eq!(check(&issued, &root), Outcome::Unchecked);
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
}
