//! PKCS #12, as `.p12` and `.pfx` files hold it (RFC 7292, RFC 9579).

use std::borrow::Cow;

use aws_lc_rs::hmac;

use super::lock::{self, Budget, Derivation, OpenError, Password};
use super::private::{Form, PrivateKey};
use super::{Contents, Item, MOST_ITEMS, ber};
use crate::certificate::der::{
    self, CONTEXT_0, Element, Elements, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
};
use crate::certificate::{Certificate, algorithm};

/// Opens a PFX: checks that the password fits, then takes out every certificate and key, the certificate of the key
/// first.
pub(super) fn open(der: &[u8], password: &Password, budget: &mut Budget) -> Result<Contents, OpenError> {
    let der = ber::settled(der);
    let mut parts = der::first(&der).ok_or(OUTSIDE)?.0.elements();
    parts.next_if(INTEGER).ok_or(OUTSIDE)?;
    let content = parts.next_if(SEQUENCE).ok_or(OUTSIDE)?;
    let safe = data(&content)?;
    let mac = parts.next_if(SEQUENCE).map(|mac| Mac::read(&mac)).transpose()?;
    let mut result = Err(OpenError::WrongPassword);
    for bmp in password.bmp() {
        if let Some(mac) = &mac
            && !mac.fits(safe, password, &bmp, budget)?
        {
            continue;
        }
        let mut opener = Opener { password, bmp: &bmp, budget, contents: Contents::default() };
        result = opener.all(safe).map(|()| opener.contents);
        if !matches!(result, Err(OpenError::WrongPassword)) {
            break;
        }
    }
    let mut contents = result?;
    own_first(&mut contents.items);
    Ok(contents)
}

struct Opener<'a> {
    password: &'a Password,
    bmp: &'a [u8],
    budget: &'a mut Budget,
    contents: Contents,
}

impl Opener<'_> {
    /// Reads an AuthenticatedSafe (RFC 7292 §4.1).
    fn all(&mut self, safe: &[u8]) -> Result<(), OpenError> {
        // What is signed is signed as it is; it may be BER all the same.
        let safe = ber::settled(safe);
        let (list, _) = der::first(&safe).ok_or(INSIDE)?;
        for info in Elements(list.tagged(SEQUENCE).ok_or(INSIDE)?).take(MOST_ITEMS) {
            let kind = info.elements().next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
            match kind.as_deref() {
                Some(DATA) => self.bags(&ber::settled(data(&info)?), 0)?,
                Some(ENCRYPTED_DATA) => {
                    let (algorithm, cipher) = encrypted(&info).ok_or(INSIDE)?;
                    let plain = lock::decrypt(&algorithm, &cipher, self.password, self.bmp, self.budget)?;
                    let plain = ber::settled(&plain);
                    // A wrong password slips past the padding once in 256 times; it comes to nonsense.
                    if der::first(&plain).is_none_or(|(list, _)| list.tag != SEQUENCE) {
                        return Err(OpenError::WrongPassword);
                    }
                    self.bags(&plain, 0)?;
                }
                _ => {
                    self.contents.left_out.push("a part that is locked with somebody's public key".to_owned())
                }
            }
        }
        Ok(())
    }

    /// Reads SafeContents (RFC 7292 §4.2).
    fn bags(&mut self, bytes: &[u8], depth: usize) -> Result<(), OpenError> {
        if depth > MOST_DEPTH {
            return Err(OpenError::Damaged("its bags lie too deep in each other"));
        }
        let (list, _) = der::first(bytes).ok_or(INSIDE)?;
        for bag in Elements(list.tagged(SEQUENCE).ok_or(INSIDE)?) {
            if self.contents.items.len() + self.contents.left_out.len() >= MOST_ITEMS {
                return Err(OpenError::Damaged("it holds more than anybody can use"));
            }
            let mut parts = bag.elements();
            let kind = parts.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
            let value = parts.next_if(CONTEXT_0).ok_or(INSIDE)?.content;
            match kind.as_deref() {
                Some(KEY_BAG) => self.contents.items.push(Item::Key(PrivateKey::read(Form::Pkcs8, value)?)),
                Some(SHROUDED_KEY_BAG) => {
                    let plain = lock::open_key(value, self.password, self.budget)?;
                    self.contents.items.push(Item::Key(PrivateKey::read(Form::Pkcs8, &plain)?));
                }
                Some(CERTIFICATE_BAG) => self.certificate(value)?,
                Some(SAFE_CONTENTS_BAG) => self.bags(value, depth + 1)?,
                Some(CRL_BAG) => self.contents.left_out.push("a revocation list".to_owned()),
                _ => self.contents.left_out.push("a bag of an unusual kind".to_owned()),
            }
        }
        Ok(())
    }

    /// Reads a CertBag (RFC 7292 §4.2.3).
    fn certificate(&mut self, value: &[u8]) -> Result<(), OpenError> {
        let (bag, _) = der::first(value).ok_or(INSIDE)?;
        let mut parts = bag.elements();
        let kind = parts.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
        if kind.as_deref() != Some(X509_CERTIFICATE) {
            self.contents.left_out.push("a certificate that is not of X.509".to_owned());
            return Ok(());
        }
        let wrapped = parts.next_if(CONTEXT_0).and_then(|value| value.elements().next_if(OCTET_STRING));
        let der = wrapped.ok_or(INSIDE)?.content;
        self.contents.items.push(Item::Certificate(der.to_vec()));
        Ok(())
    }
}

/// Returns the content of a ContentInfo of type data (RFC 5652 §4).
fn data<'a>(info: &Element<'a>) -> Result<&'a [u8], OpenError> {
    let mut parts = info.elements();
    let kind = parts.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
    match kind.as_deref() {
        Some(DATA) => {}
        Some(SIGNED_DATA) => {
            return Err(OpenError::Unsupported("it is protected by a signature, not by a password".into()));
        }
        _ => return Err(OUTSIDE),
    }
    let content = parts.next_if(CONTEXT_0).ok_or(OUTSIDE)?.elements().next().ok_or(OUTSIDE)?;
    match content.tag {
        OCTET_STRING => Ok(content.content),
        _ => Err(OUTSIDE),
    }
}

/// Returns the scheme and the enciphered part of a ContentInfo of type encryptedData (RFC 5652 §8).
fn encrypted<'a>(info: &Element<'a>) -> Option<(Element<'a>, Cow<'a, [u8]>)> {
    let content = info.elements().find(|part| part.tag == CONTEXT_0)?;
    let mut parts = content.elements().next_if(SEQUENCE)?.elements();
    parts.next_if(INTEGER)?;
    let mut parts = parts.next_if(SEQUENCE)?.elements();
    parts.next_if(OBJECT_IDENTIFIER)?;
    let algorithm = parts.next_if(SEQUENCE)?;
    let cipher = parts.next()?;
    let cipher = match cipher.tag {
        0x80 => Cow::Borrowed(cipher.content),
        // A string in pieces.
        CONTEXT_0 => Cow::Owned(ber::joined(cipher.content)?.to_vec()),
        _ => return None,
    };
    Some((algorithm, cipher))
}

/// What shows that the password fits (RFC 7292 §4 and appendix A).
struct Mac<'a> {
    algorithm: Element<'a>,
    digest: &'a [u8],
    salt: &'a [u8],
    rounds: Option<Element<'a>>,
}

impl<'a> Mac<'a> {
    fn read(mac: &Element<'a>) -> Result<Self, OpenError> {
        let mut parts = mac.elements();
        let mut info = parts.next_if(SEQUENCE).ok_or(MAC)?.elements();
        Ok(Self {
            algorithm: info.next_if(SEQUENCE).ok_or(MAC)?,
            digest: info.next_if(OCTET_STRING).ok_or(MAC)?.content,
            salt: parts.next_if(OCTET_STRING).ok_or(MAC)?.content,
            rounds: parts.next_if(INTEGER),
        })
    }

    fn fits(
        &self,
        content: &[u8],
        password: &Password,
        bmp: &[u8],
        budget: &mut Budget,
    ) -> Result<bool, OpenError> {
        let mut parts = self.algorithm.elements();
        let oid = parts.next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content)).ok_or(MAC)?;
        let (algorithm, key) = if oid == PBMAC1 {
            let mut parts = parts.next_if(SEQUENCE).ok_or(MAC)?.elements();
            let kdf = parts.next_if(SEQUENCE).ok_or(MAC)?;
            let scheme = parts.next_if(SEQUENCE).ok_or(MAC)?;
            let oid = scheme.elements().next_if(OBJECT_IDENTIFIER).and_then(|oid| der::dotted(oid.content));
            let oid = oid.unwrap_or_default();
            let Some((_, algorithm, length)) = MACS.iter().find(|(known, ..)| *known == oid) else {
                return Err(lock::unsupported("its password is checked with", &oid));
            };
            (*algorithm, lock::pbkdf2(&kdf, password, key_length(&kdf).unwrap_or(*length), budget)?)
        } else {
            let hash = algorithm::hash(&oid).unwrap_or_default();
            let Some((derivation, algorithm)) = Derivation::of(hash).zip(hmac_of(hash)) else {
                return Err(lock::unsupported("its password is checked with", &oid));
            };
            let rounds = match self.rounds {
                Some(rounds) => lock::rounds(Some(rounds))?,
                None => std::num::NonZeroU32::MIN,
            };
            let length = derivation.output();
            (algorithm, derivation.derive(lock::MAC, bmp, self.salt, rounds, length, budget)?)
        };
        Ok(hmac::verify(&hmac::Key::new(algorithm, &key), content, self.digest).is_ok())
    }
}

/// Returns the length that PBKDF2 is asked for; PBMAC1 must name it (RFC 9579 §5).
fn key_length(kdf: &Element<'_>) -> Option<usize> {
    let mut parts = kdf.elements();
    parts.next_if(OBJECT_IDENTIFIER)?;
    let mut parts = parts.next_if(SEQUENCE)?.elements();
    parts.next_if(OCTET_STRING)?;
    parts.next_if(INTEGER)?;
    match parts.next_if(INTEGER)?.content {
        [length] | [0, length] if (16..=128).contains(length) => Some(usize::from(*length)),
        _ => None,
    }
}

fn hmac_of(hash: &str) -> Option<hmac::Algorithm> {
    Some(match hash {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha224" => hmac::HMAC_SHA224,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return None,
    })
}

/// Puts the certificate of a key first: the order in a container means nothing.
fn own_first(items: &mut [Item]) {
    let keys: Vec<_> = items
        .iter()
        .filter_map(|item| match item {
            Item::Key(key) => Some(key.public().clone()),
            _ => None,
        })
        .collect();
    let is_own = |item: &Item| match item {
        Item::Certificate(der) => {
            let spki = Certificate::read(der).spki_der;
            super::PublicNumbers::of_spki(&spki).is_some_and(|public| keys.contains(&public))
        }
        _ => false,
    };
    if let Some(at) = items.iter().position(is_own) {
        items[..=at].rotate_right(1);
    }
}

const OUTSIDE: OpenError = OpenError::Damaged("the container cannot be read");
const INSIDE: OpenError = OpenError::Damaged("a part of the container cannot be read");
const MAC: OpenError = OpenError::Damaged("what protects the container cannot be read");

/// Bags in bags are allowed and nobody makes them.
const MOST_DEPTH: usize = 4;

const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const CRL_BAG: &str = "1.2.840.113549.1.12.10.1.4";
const SAFE_CONTENTS_BAG: &str = "1.2.840.113549.1.12.10.1.6";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
const PBMAC1: &str = "1.2.840.113549.1.5.14";

/// What PBMAC1 may sign with, and the bytes of the key where none are told.
static MACS: [(&str, hmac::Algorithm, usize); 4] = [
    ("1.2.840.113549.2.7", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, 20),
    ("1.2.840.113549.2.9", hmac::HMAC_SHA256, 32),
    ("1.2.840.113549.2.10", hmac::HMAC_SHA384, 48),
    ("1.2.840.113549.2.11", hmac::HMAC_SHA512, 64),
];
