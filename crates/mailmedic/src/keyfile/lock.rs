//! What a password opens: PBES2 (RFC 8018 §6.2) and the schemes of PKCS #12 (RFC 7292 appendices B and C).

use std::fmt;
use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptingKey, DecryptionContext, UnboundCipherKey,
};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use zeroize::{Zeroize as _, Zeroizing};

use super::private::KeyError;
use super::rc2;
use crate::certificate::der::{self, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use crate::words;

/// A password; it is wiped from memory when it is dropped, and never shown.
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes a password.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the bytes that PBES2 is given (RFC 8018 §3: UTF-8 by convention).
    pub(super) fn utf8(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the bytes that PKCS #12's own schemes may be given (RFC 7292 appendix B.1): UTF-16 with a zero at its
    /// end. Programs disagree on what no password is.
    pub(super) fn bmp(&self) -> Vec<Zeroizing<Vec<u8>>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * self.0.len() + 2));
        bytes.extend(self.0.encode_utf16().flat_map(u16::to_be_bytes));
        bytes.extend([0, 0]);
        let mut ways = vec![bytes];
        if self.0.is_empty() {
            ways.push(Zeroizing::new(Vec::new()));
        }
        ways
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password")
    }
}

/// Why something stays locked; each completes "FILE: …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The password does not open it.
    #[error("the password is wrong")]
    WrongPassword,
    /// It asks for more work than any honest file does.
    #[error("it asks for more than {MOST_ROUNDS} rounds of hashing; that is not done")]
    TooCostly,
    /// It is locked in a way that is not known here.
    #[error("{0}, which mailmedic does not read")]
    Unsupported(String),
    /// It cannot be read.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// What was locked in it is a private key that cannot be used.
    #[error("{0}")]
    Key(#[from] KeyError),
}

/// The most rounds of hashing that a whole file may ask for: a few seconds. Firefox's exports, the slowest in use, ask for
/// 600,000 three times.
pub(super) const MOST_ROUNDS: u64 = 10_000_000;

/// The rounds of hashing that are left.
pub(super) struct Budget(u64);

impl Budget {
    /// Allows so many.
    pub(super) fn new(rounds: u64) -> Self {
        Self(rounds)
    }

    fn spend(&mut self, rounds: u64) -> Result<(), OpenError> {
        self.0 = self.0.checked_sub(rounds).ok_or(OpenError::TooCostly)?;
        Ok(())
    }
}

/// Opens an EncryptedPrivateKeyInfo (RFC 5958 §3).
pub(super) fn open_key(
    der: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let parts = der::first(der).map(|(whole, _)| whole.elements());
    let mut parts = parts.ok_or(OpenError::Damaged("the locked key is cut short"))?;
    let algorithm = parts.next_if(SEQUENCE).ok_or(OpenError::Damaged("the locked key names no scheme"))?;
    let data = parts.next_if(OCTET_STRING).ok_or(OpenError::Damaged("the locked key has no content"))?;
    let mut result = Err(OpenError::WrongPassword);
    for bmp in password.bmp() {
        result = decrypt(&algorithm, data.content, password, &bmp, budget);
        match &result {
            // A wrong password mostly shows by the padding; once in 256 times only here.
            Ok(plain) if der::first(plain).is_none_or(|(whole, _)| whole.tag != SEQUENCE) => {
                result = Err(OpenError::WrongPassword);
            }
            Err(OpenError::WrongPassword) => {}
            _ => break,
        }
    }
    result
}

/// Deciphers what an AlgorithmIdentifier says; a wrong password shows by the padding, with rare exceptions.
pub(super) fn decrypt(
    algorithm: &Element<'_>,
    data: &[u8],
    password: &Password,
    bmp: &[u8],
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut parts = algorithm.elements();
    let oid = parts.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
    let oid = oid.ok_or(OpenError::Damaged("the scheme cannot be read"))?;
    let parameters = parts.next_if(SEQUENCE).ok_or(OpenError::Damaged("the scheme has no parameters"))?;
    if oid == PBES2 {
        return pbes2(&parameters, data, password, budget);
    }
    let Some((_, cipher, length)) = PKCS12_SCHEMES.iter().find(|(known, ..)| *known == oid) else {
        return Err(unsupported("it is locked with", &oid));
    };
    let mut parts = parameters.elements();
    let salt = parts.next_if(OCTET_STRING).ok_or(OpenError::Damaged("the salt is missing"))?.content;
    let rounds = rounds(parts.next_if(INTEGER))?;
    let mut derive = |purpose, length| Derivation::SHA1.derive(purpose, bmp, salt, rounds, length, budget);
    let key = derive(KEY, *length)?;
    let iv = derive(IV, rc2::BLOCK)?;
    cipher.decrypt(&key, &iv, data)
}

fn pbes2(
    parameters: &Element<'_>,
    data: &[u8],
    password: &Password,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut parts = parameters.elements();
    let (Some(kdf), Some(scheme)) = (parts.next_if(SEQUENCE), parts.next_if(SEQUENCE)) else {
        return Err(OpenError::Damaged("the scheme's parameters cannot be read"));
    };
    let mut scheme = scheme.elements();
    let oid = scheme.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content)).unwrap_or_default();
    let Some((_, cipher, length)) = CIPHERS.iter().find(|(known, ..)| *known == oid) else {
        return Err(unsupported("it is enciphered with", &oid));
    };
    let iv = scheme.next_if(OCTET_STRING).ok_or(OpenError::Damaged("the cipher has no start value"))?;
    let key = pbkdf2(&kdf, password, *length, budget)?;
    cipher.decrypt(&key, iv.content, data)
}

/// Derives a key of so many bytes by PBKDF2 (RFC 8018 §5.2 and appendix A.2).
pub(super) fn pbkdf2(
    kdf: &Element<'_>,
    password: &Password,
    length: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let mut parts = kdf.elements();
    let oid = parts.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content)).unwrap_or_default();
    if oid != PBKDF2 {
        return Err(unsupported("its key is derived with", &oid));
    }
    let parameters = parts.next_if(SEQUENCE).ok_or(OpenError::Damaged("PBKDF2 has no parameters"))?;
    let mut parts = parameters.elements();
    let salt = parts.next_if(OCTET_STRING).ok_or(OpenError::Damaged("the salt is missing"))?.content;
    let rounds = rounds(parts.next_if(INTEGER))?;
    let _length = parts.next_if(INTEGER);
    let prf = match parts.next_if(SEQUENCE) {
        Some(prf) => prf.elements().next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content)),
        None => Some(HMAC_SHA1.to_owned()),
    };
    let prf = prf.unwrap_or_default();
    let Some((_, algorithm, output)) = PRFS.iter().find(|(known, ..)| *known == prf) else {
        return Err(unsupported("its key is derived with", &prf));
    };
    // Each block of output takes all rounds, of two hashes each.
    budget.spend(u64::from(rounds.get()) * 2 * length.div_ceil(*output) as u64)?;
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(*algorithm, rounds, salt, password.utf8(), &mut key);
    Ok(key)
}

/// Reads a number of rounds; a number without bound is what the budget is for.
pub(super) fn rounds(number: Option<Element<'_>>) -> Result<NonZeroU32, OpenError> {
    let content = number.ok_or(OpenError::Damaged("the number of rounds is missing"))?.content;
    let digits = content.iter().skip_while(|byte| **byte == 0);
    if digits.clone().count() > 4 {
        return Err(OpenError::TooCostly);
    }
    let number = digits.fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
    NonZeroU32::new(number).ok_or(OpenError::Damaged("the number of rounds is zero"))
}

pub(super) fn unsupported(what: &str, oid: &str) -> OpenError {
    let name = SCHEMES.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| name);
    OpenError::Unsupported(format!("{what} {}", words::escape(name, 80)))
}

/// PKCS #12's own derivation (RFC 7292 appendix B.2).
#[derive(Clone, Copy)]
pub(super) struct Derivation {
    algorithm: &'static digest::Algorithm,
    output: usize,
    block: usize,
}

/// What is derived (RFC 7292 appendix B.3).
pub(super) const KEY: u8 = 1;
const IV: u8 = 2;
pub(super) const MAC: u8 = 3;

impl Derivation {
    pub(super) const SHA1: Self =
        Self { algorithm: &digest::SHA1_FOR_LEGACY_USE_ONLY, output: 20, block: 64 };

    /// Returns the derivation with this hash.
    pub(super) fn of(hash: &str) -> Option<Self> {
        let (algorithm, output, block) = match hash {
            "sha1" => return Some(Self::SHA1),
            "sha224" => (&digest::SHA224, 28, 64),
            "sha256" => (&digest::SHA256, 32, 64),
            "sha384" => (&digest::SHA384, 48, 128),
            "sha512" => (&digest::SHA512, 64, 128),
            _ => return None,
        };
        Some(Self { algorithm, output, block })
    }

    /// Returns the bytes of the hash.
    pub(super) fn output(self) -> usize {
        self.output
    }

    /// Derives so many bytes.
    pub(super) fn derive(
        self,
        purpose: u8,
        password: &[u8],
        salt: &[u8],
        rounds: NonZeroU32,
        length: usize,
        budget: &mut Budget,
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        if salt.len() > MOST_SALT {
            return Err(OpenError::Damaged("the salt is absurdly long"));
        }
        // The first round hashes all of salt and password.
        let first = (salt.len() + password.len()) as u64 / 32;
        budget.spend((u64::from(rounds.get()) + first) * length.div_ceil(self.output) as u64)?;
        let filled = |bytes: &[u8]| {
            let length = bytes.len().div_ceil(self.block) * self.block;
            bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>()
        };
        let start = vec![purpose; self.block];
        let mut inner = Zeroizing::new([filled(salt), filled(password)].concat());
        let mut derived = Zeroizing::new(Vec::with_capacity(length + self.output));
        while derived.len() < length {
            let mut context = digest::Context::new(self.algorithm);
            context.update(&start);
            context.update(&inner);
            let mut hash = Zeroizing::new(context.finish().as_ref().to_vec());
            for _ in 1..rounds.get() {
                let next = digest::digest(self.algorithm, &hash);
                hash.copy_from_slice(next.as_ref());
            }
            derived.extend_from_slice(&hash);
            for block in inner.chunks_exact_mut(self.block) {
                let mut carry = 1_u16;
                for (byte, add) in
                    block.iter_mut().zip(hash.iter().cycle().take(self.block).collect::<Vec<_>>()).rev()
                {
                    carry += u16::from(*byte) + u16::from(*add);
                    *byte = carry.to_be_bytes()[1];
                    carry >>= 8;
                }
            }
        }
        derived[length..].zeroize();
        derived.truncate(length);
        Ok(derived)
    }
}

/// A block cipher in CBC mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cipher {
    Aes,
    TripleDes,
    /// With so many effective bits.
    Rc2(usize),
}

impl Cipher {
    fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let block = if self == Self::Aes { 16 } else { 8 };
        if data.is_empty() || !data.len().is_multiple_of(block) {
            return Err(OpenError::Damaged("the enciphered part is cut short"));
        }
        let mut plain = Zeroizing::new(data.to_vec());
        match self {
            Self::Aes => {
                let algorithm = match key.len() {
                    16 => &AES_128,
                    24 => &AES_192,
                    _ => &AES_256,
                };
                let iv = <[u8; 16]>::try_from(iv).map_err(|_| BAD_START)?;
                library(algorithm, key, DecryptionContext::Iv128(FixedLength::from(iv)), &mut plain)?;
            }
            Self::TripleDes => {
                let iv = <[u8; 8]>::try_from(iv).map_err(|_| BAD_START)?;
                let context = DecryptionContext::Iv64(FixedLength::from(iv));
                // With two keys the first is also the third.
                let algorithm = if key.len() == 16 { &TRIPLE_DES_OF_TWO_KEYS } else { &TRIPLE_DES };
                library(algorithm, key, context, &mut plain)?;
            }
            Self::Rc2(bits) => {
                let iv = <[u8; rc2::BLOCK]>::try_from(iv).map_err(|_| BAD_START)?;
                rc2::decrypt_cbc(key, bits, iv, &mut plain);
            }
        }
        let padding = plain.last().copied().map(usize::from).unwrap_or_default();
        let kept = plain.len().checked_sub(padding).filter(|_| (1..=block).contains(&padding));
        let kept = kept.ok_or(OpenError::WrongPassword)?;
        if plain[kept..].iter().any(|byte| usize::from(*byte) != padding) {
            return Err(OpenError::WrongPassword);
        }
        plain.truncate(kept);
        Ok(plain)
    }
}

fn library(
    algorithm: &'static Algorithm,
    key: &[u8],
    context: DecryptionContext,
    data: &mut [u8],
) -> Result<(), OpenError> {
    // A derived key is refused only where it is one of the few weak ones of DES, which no honest file comes to.
    let refused = |_| OpenError::WrongPassword;
    let key = UnboundCipherKey::new(algorithm, key).and_then(DecryptingKey::cbc).map_err(refused)?;
    key.decrypt(data, context).map_err(refused)?;
    Ok(())
}

#[expect(deprecated, reason = "files of the past are read; nothing is enciphered with it")]
static TRIPLE_DES: Algorithm = aws_lc_rs::cipher::DES_EDE3_FOR_LEGACY_USE_ONLY;

#[expect(deprecated, reason = "files of the past are read; nothing is enciphered with it")]
static TRIPLE_DES_OF_TWO_KEYS: Algorithm = aws_lc_rs::cipher::DES_EDE_FOR_LEGACY_USE_ONLY;

const BAD_START: OpenError = OpenError::Damaged("the cipher's start value has the wrong length");

/// Honest salts have 8 to 64 bytes.
const MOST_SALT: usize = 1024;

const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const HMAC_SHA1: &str = "1.2.840.113549.2.7";

/// Ciphers of PBES2 with the bytes of their key (RFC 8018 appendix B.2).
const CIPHERS: [(&str, Cipher, usize); 4] = [
    ("2.16.840.1.101.3.4.1.2", Cipher::Aes, 16),
    ("2.16.840.1.101.3.4.1.22", Cipher::Aes, 24),
    ("2.16.840.1.101.3.4.1.42", Cipher::Aes, 32),
    ("1.2.840.113549.3.7", Cipher::TripleDes, 24),
];

/// PKCS #12's own schemes with the bytes of their key (RFC 7292 appendix C).
const PKCS12_SCHEMES: [(&str, Cipher, usize); 4] = [
    ("1.2.840.113549.1.12.1.3", Cipher::TripleDes, 24),
    ("1.2.840.113549.1.12.1.4", Cipher::TripleDes, 16),
    ("1.2.840.113549.1.12.1.5", Cipher::Rc2(128), 16),
    ("1.2.840.113549.1.12.1.6", Cipher::Rc2(40), 5),
];

/// The functions under PBKDF2 with the bytes of their output (RFC 8018 appendix B.1).
static PRFS: [(&str, pbkdf2::Algorithm, usize); 4] = [
    (HMAC_SHA1, pbkdf2::PBKDF2_HMAC_SHA1, 20),
    ("1.2.840.113549.2.9", pbkdf2::PBKDF2_HMAC_SHA256, 32),
    ("1.2.840.113549.2.10", pbkdf2::PBKDF2_HMAC_SHA384, 48),
    ("1.2.840.113549.2.11", pbkdf2::PBKDF2_HMAC_SHA512, 64),
];

/// Names of what is not read.
const SCHEMES: &[(&str, &str)] = &[
    ("1.2.840.113549.1.5.1", "MD2 and DES"),
    ("1.2.840.113549.1.5.3", "MD5 and DES"),
    ("1.2.840.113549.1.5.6", "MD5 and RC2"),
    ("1.2.840.113549.1.5.10", "SHA-1 and DES"),
    ("1.2.840.113549.1.5.11", "SHA-1 and RC2"),
    ("1.2.840.113549.1.12.1.1", "SHA-1 and RC4"),
    ("1.2.840.113549.1.12.1.2", "SHA-1 and RC4"),
    ("1.2.840.113549.3.2", "RC2"),
    ("1.3.14.3.2.7", "DES"),
    ("1.3.6.1.4.1.11591.4.11", "scrypt"),
    ("1.2.840.113549.2.8", "HMAC with SHA-224"),
];
