//! A certificate with its key, for handshakes that are completed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{self, RsaEncoding};
use mailmedic_wire::names::SignatureScheme;
use num_bigint::BigUint;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, date_time_ymd,
};

use crate::personality::{Certificate, Key};

/// An RSA key of 2048 bits, a certificate for it, and the root that vouches for it.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<Vec<u8>>,
    root: Vec<u8>,
    key: String,
    pair: RsaKeyPair,
    modulus: BigUint,
    private: BigUint,
}

impl Identity {
    /// Makes an identity for a host name or an address, valid from ten days ago for ninety days. It takes a moment.
    ///
    /// # Errors
    /// What the generator of keys and certificates has to say.
    pub fn rsa(name: &str) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let at = |second: u64| date_time_ymd(1970, 1, 1) + Duration::from_secs(second);
        params.not_before = at(now.saturating_sub(10 * DAY));
        params.not_after = at(now + 80 * DAY);
        let leaf = params.signed_by(&key, &root)?;
        let der = key.serialize_der();
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
        let [modulus, private] = numbers(&der).ok_or(rcgen::Error::CouldNotParseKeyPair)?;
        Ok(Self {
            chain: vec![leaf.der().to_vec()],
            root: root.der().to_vec(),
            key: key.serialize_pem(),
            pair,
            modulus,
            private,
        })
    }

    /// Returns the certificate, for a personality.
    pub fn certificate(&self) -> Certificate {
        Certificate { key: Key::Rsa(2048), chain: self.chain.clone() }
    }

    /// Returns the key in PKCS #8, as PEM.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the root's certificate as DER.
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// Signs, or returns nothing where the scheme is none of RSA with SHA-2.
    pub(crate) fn sign(&self, scheme: SignatureScheme, bytes: &[u8]) -> Vec<u8> {
        let padding: &'static dyn RsaEncoding = match scheme {
            SignatureScheme::RSA_PKCS1_SHA256 => &signature::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384 => &signature::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512 => &signature::RSA_PKCS1_SHA512,
            SignatureScheme::RSA_PSS_RSAE_SHA256 => &signature::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_RSAE_SHA384 => &signature::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_RSAE_SHA512 => &signature::RSA_PSS_SHA512,
            _ => return Vec::new(),
        };
        let mut signed = vec![0; self.pair.public_modulus_len()];
        match self.pair.sign(padding, &SystemRandom::new(), bytes, &mut signed) {
            Ok(()) => signed,
            Err(_) => Vec::new(),
        }
    }

    /// Applies the public key to a block of 256 bytes, whatever its padding: what a client does that tries an oracle.
    pub fn apply_public(&self, block: &[u8]) -> Vec<u8> {
        self.power(block, &BigUint::from(PUBLIC_EXPONENT))
    }

    /// Applies the private key to bytes, and looks at nothing: not at padding, not at length.
    pub(crate) fn apply_private(&self, bytes: &[u8]) -> Vec<u8> {
        self.power(bytes, &self.private)
    }

    fn power(&self, bytes: &[u8], exponent: &BigUint) -> Vec<u8> {
        let number = BigUint::from_bytes_be(bytes).modpow(exponent, &self.modulus).to_bytes_be();
        let length = self.pair.public_modulus_len();
        let mut whole = vec![0; length.saturating_sub(number.len())];
        whole.extend(number);
        whole
    }

    /// The schemes it signs with.
    pub const SCHEMES: [SignatureScheme; 6] = [
        SignatureScheme::RSA_PSS_RSAE_SHA256,
        SignatureScheme::RSA_PSS_RSAE_SHA384,
        SignatureScheme::RSA_PSS_RSAE_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512,
    ];
}

/// Returns the modulus and the private exponent of a key in PKCS #8 (RFC 5208 section 5, RFC 8017 appendix A.1.2).
fn numbers(pkcs8: &[u8]) -> Option<[BigUint; 2]> {
    let (outer, _) = element(pkcs8)?;
    let (_version, rest) = element(outer)?;
    let (_algorithm, rest) = element(rest)?;
    let (key, _) = element(rest)?;
    let (inner, _) = element(key)?;
    let (_version, rest) = element(inner)?;
    let (modulus, rest) = element(rest)?;
    let (_public, rest) = element(rest)?;
    let (private, _) = element(rest)?;
    Some([modulus, private].map(BigUint::from_bytes_be))
}

/// Splits a DER element off: its content, and what follows it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[_tag, length], rest) = der.split_first_chunk()?;
    let (length, rest) = match usize::from(length) {
        short @ 0..=0x7F => (short, rest),
        long => {
            let (bytes, rest) = rest.split_at_checked(long & 0x7F)?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
    };
    rest.split_at_checked(length)
}

const DAY: u64 = 86_400;
/// The public exponent of all keys that are made today.
const PUBLIC_EXPONENT: u32 = 65_537;
