//! Signs a document as Apple wants profiles signed: CMS SignedData with the document inside (RFC 5652 §5).

use aws_lc_rs::digest::{self, SHA256, SHA384};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    RSA_PKCS1_SHA256,
};
use jiff::Timestamp;

use crate::certificate::Certificate;
use crate::certificate::der::{CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, first, wrap};
use crate::certificate::read::Parts;
use crate::keyfile::{Form, PrivateKey, PublicNumbers};

/// A key and its certificate, with what leads from that to a root.
#[derive(Debug)]
pub struct Signer {
    key: PrivateKey,
    kind: Kind,
    certificates: Vec<Vec<u8>>,
    issuer_and_serial: Vec<u8>,
}

/// Why nothing can be signed; each completes "…: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// There is no certificate.
    #[error("there is no certificate")]
    NoCertificate,
    /// The first certificate is of another key.
    #[error("the first certificate is not for this key")]
    OtherKey,
    /// A kind of key that devices do not take.
    #[error("a profile is signed with an RSA, P-256 or P-384 key; this one is of the kind {0}")]
    Kind(String),
    /// The certificate cannot be read as far as it must be.
    #[error("the certificate is damaged")]
    Damaged,
    /// The library refused.
    #[error("the key does not sign")]
    Failed,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Rsa,
    P256,
    P384,
}

impl Signer {
    /// Takes a key and its certificates, its own first.
    ///
    /// # Errors
    /// Says why they cannot sign.
    pub fn new(key: PrivateKey, certificates: Vec<Vec<u8>>) -> Result<Self, SignerError> {
        let der = certificates.first().ok_or(SignerError::NoCertificate)?;
        let certificate = Certificate::read(der);
        if key.belongs_to(&certificate) != Some(true) {
            return Err(SignerError::OtherKey);
        }
        let kind = match key.public() {
            PublicNumbers::Rsa { .. } => Kind::Rsa,
            PublicNumbers::Ec { curve, .. } if curve == "1.2.840.10045.3.1.7" => Kind::P256,
            PublicNumbers::Ec { curve, .. } if curve == "1.3.132.0.34" => Kind::P384,
            _ => return Err(SignerError::Kind(key.title().to_owned())),
        };
        let serial = Parts::read(der).serial.ok_or(SignerError::Damaged)?;
        let is_whole = |der: &Vec<u8>| first(der).is_some_and(|(_, rest)| rest.is_empty());
        if !certificates.iter().all(is_whole) || certificate.issuer_der.is_empty() {
            return Err(SignerError::Damaged);
        }
        let issuer_and_serial =
            wrap(SEQUENCE, &[certificate.issuer_der.as_slice(), &wrap(INTEGER, serial)].concat());
        Ok(Self { key, kind, certificates, issuer_and_serial })
    }

    /// Signs a document; what comes out holds it.
    ///
    /// # Errors
    /// The library refused the key.
    pub fn sign(&self, document: &[u8], now: Timestamp) -> Result<Vec<u8>, SignerError> {
        let attributes = self.attributes(document, now);
        // It is signed as a SET, and stands in the structure with a tag of its own (RFC 5652 §5.4).
        let signature = self.signature(&wrap(SET, &attributes))?;
        let signer_info = [
            integer(1),
            self.issuer_and_serial.clone(),
            self.digest_algorithm(),
            wrap(CONTEXT_0, &attributes),
            self.signature_algorithm(),
            wrap(OCTET_STRING, &signature),
        ]
        .concat();
        let content = wrap(SEQUENCE, &[oid(DATA), wrap(CONTEXT_0, &wrap(OCTET_STRING, document))].concat());
        let mut certificates = self.certificates.clone();
        certificates.sort();
        let signed_data = [
            integer(1),
            wrap(SET, &self.digest_algorithm()),
            content,
            wrap(CONTEXT_0, &certificates.concat()),
            wrap(SET, &wrap(SEQUENCE, &signer_info)),
        ]
        .concat();
        let signed_data = wrap(CONTEXT_0, &wrap(SEQUENCE, &signed_data));
        Ok(wrap(SEQUENCE, &[oid(SIGNED_DATA), signed_data].concat()))
    }

    /// Writes the signed attributes (RFC 5652 §11) in the order of DER.
    fn attributes(&self, document: &[u8], now: Timestamp) -> Vec<u8> {
        let attribute =
            |kind: &[u8], value: Vec<u8>| wrap(SEQUENCE, &[oid(kind), wrap(SET, &value)].concat());
        let hash = digest::digest(if matches!(self.kind, Kind::P384) { &SHA384 } else { &SHA256 }, document);
        let mut attributes = [
            attribute(CONTENT_TYPE, oid(DATA)),
            attribute(SIGNING_TIME, time(now)),
            attribute(MESSAGE_DIGEST, wrap(OCTET_STRING, hash.as_ref())),
        ];
        attributes.sort();
        attributes.concat()
    }

    fn digest_algorithm(&self) -> Vec<u8> {
        wrap(SEQUENCE, &oid(if matches!(self.kind, Kind::P384) { SHA384_OID } else { SHA256_OID }))
    }

    fn signature_algorithm(&self) -> Vec<u8> {
        match self.kind {
            Kind::Rsa => wrap(SEQUENCE, &[oid(RSA_ENCRYPTION), vec![NULL, 0]].concat()),
            Kind::P256 => wrap(SEQUENCE, &oid(ECDSA_SHA256)),
            Kind::P384 => wrap(SEQUENCE, &oid(ECDSA_SHA384)),
        }
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let secret = self.key.secret();
        match self.kind {
            Kind::Rsa => {
                let pair = match self.key.form() {
                    Form::Pkcs8 => rsa::KeyPair::from_pkcs8(secret),
                    _ => rsa::KeyPair::from_der(secret),
                };
                let pair = pair.map_err(|_| SignerError::Failed)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| SignerError::Failed)?;
                Ok(signature)
            }
            Kind::P256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, secret, message),
            Kind::P384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING, secret, message),
        }
    }
}

fn ecdsa(
    algorithm: &'static EcdsaSigningAlgorithm,
    secret: &[u8],
    message: &[u8],
) -> Result<Vec<u8>, SignerError> {
    let pair = EcdsaKeyPair::from_private_key_der(algorithm, secret).map_err(|_| SignerError::Failed)?;
    let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| SignerError::Failed)?;
    Ok(signature.as_ref().to_vec())
}

fn oid(content: &[u8]) -> Vec<u8> {
    wrap(OBJECT_IDENTIFIER, content)
}

fn integer(number: u8) -> Vec<u8> {
    wrap(INTEGER, &[number])
}

/// Writes a time: UTCTime up to 2049, GeneralizedTime after that (RFC 5652 §11.3).
fn time(now: Timestamp) -> Vec<u8> {
    let year: i32 = now.strftime("%Y").to_string().parse().unwrap_or(0);
    if (1950..2050).contains(&year) {
        wrap(0x17, now.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
    } else {
        wrap(0x18, now.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes())
    }
}

const SET: u8 = 0x31;
const NULL: u8 = 0x05;
/// 1.2.840.113549.1.7.1
const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2];
/// 1.2.840.113549.1.9.3
const CONTENT_TYPE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 3];
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4];
/// 1.2.840.113549.1.9.5
const SIGNING_TIME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 5];
/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
/// 1.2.840.10045.4.3.2
const ECDSA_SHA256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];
/// 1.2.840.10045.4.3.3
const ECDSA_SHA384: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3];
/// 2.16.840.1.101.3.4.2.1
const SHA256_OID: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
/// 2.16.840.1.101.3.4.2.2
const SHA384_OID: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
        VerificationAlgorithm,
    };
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};

    use super::{SET, Signer, SignerError, time};
    use crate::certificate::Certificate;
    use crate::certificate::der::{CONTEXT_0, Element, OCTET_STRING, SEQUENCE, first, wrap};
    use crate::keyfile::{Form, PrivateKey};

    fn identity(algorithm: &'static SignatureAlgorithm) -> (PrivateKey, Vec<u8>) {
        let pair = KeyPair::generate_for(algorithm).unwrap();
        let certificate =
            CertificateParams::new(["example.org".to_owned()]).unwrap().self_signed(&pair).unwrap();
        (PrivateKey::read(Form::Pkcs8, pair.serialized_der()).unwrap(), certificate.der().to_vec())
    }

    fn parts<'a>(element: &Element<'a>) -> Vec<Element<'a>> {
        element.elements().collect()
    }

    #[test]
    fn the_document_its_digest_and_the_signature_belong_together() {
        let kinds: [(&SignatureAlgorithm, &dyn VerificationAlgorithm); 3] = [
            (&rcgen::PKCS_RSA_SHA256, &RSA_PKCS1_2048_8192_SHA256),
            (&rcgen::PKCS_ECDSA_P256_SHA256, &ECDSA_P256_SHA256_ASN1),
            (&rcgen::PKCS_ECDSA_P384_SHA384, &ECDSA_P384_SHA384_ASN1),
        ];
        for (algorithm, verify) in kinds {
            let (key, certificate) = identity(algorithm);
            let signer = Signer::new(key, vec![certificate.clone()]).unwrap();
            let signed = signer.sign(b"<plist/>", "2026-11-21T12:00:00Z".parse().unwrap()).unwrap();
            let (outer, rest) = first(&signed).unwrap();
            assert!(outer.tag == SEQUENCE && rest.is_empty());
            let data = parts(&parts(&parts(&outer)[1])[0]);
            let content = parts(&data[2]);
            assert_eq!(parts(&content[1])[0].tagged(OCTET_STRING).unwrap(), b"<plist/>");
            assert_eq!(data[3].tagged(CONTEXT_0).unwrap(), certificate);
            let info = parts(&parts(&data[4])[0]);
            let attributes = wrap(SET, info[3].tagged(CONTEXT_0).unwrap());
            let spki = Certificate::read(&certificate);
            UnparsedPublicKey::new(verify, spki.key_bits().unwrap())
                .verify(&attributes, info[5].tagged(OCTET_STRING).unwrap())
                .unwrap();
        }
    }

    #[test]
    fn keys_and_certificates_that_do_not_fit_are_refused() {
        let (key, _) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
        let (_, other) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
        assert_eq!(Signer::new(key, vec![other]).unwrap_err(), SignerError::OtherKey);
        let (key, _) = identity(&rcgen::PKCS_ECDSA_P256_SHA256);
        assert_eq!(Signer::new(key, Vec::new()).unwrap_err(), SignerError::NoCertificate);
        let (key, certificate) = identity(&rcgen::PKCS_ED25519);
        assert_eq!(Signer::new(key, vec![certificate]).unwrap_err(), SignerError::Kind("Ed25519".into()));
    }

    #[test]
    fn times_change_their_form_in_2050() {
        assert_eq!(time("2049-12-31T23:59:59Z".parse().unwrap()), b"\x17\x0D491231235959Z");
        assert_eq!(time("2050-01-01T00:00:00Z".parse().unwrap()), b"\x18\x0F20500101000000Z");
    }
}
