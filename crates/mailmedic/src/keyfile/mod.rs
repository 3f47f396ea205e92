//! Reads what people keep certificates and private keys in: PEM, DER, PKCS #7, PKCS #8, PKCS #12.
//!
//! A file may hold anything in any order. What needs a password comes as [`Locked`], to be opened if it is wanted.
//! Nothing secret is ever shown, and what was secret is wiped.

mod ber;
mod frame;
mod lock;
mod make;
mod pem;
mod pkcs12;
mod private;
mod public;
mod rc2;

use std::fmt;

use zeroize::Zeroizing;

pub(crate) use frame::certificates_of_signed_data;
pub use lock::{OpenError, Password};
pub use make::KeyKind;
pub use private::{Form, KeyError, PrivateKey};
pub use public::PublicNumbers;

/// What was found in a file, in its order.
#[derive(Debug, Default)]
pub struct Contents {
    /// What can be used.
    pub items: Vec<Item>,
    /// What else is there, in words that complete "left out: …".
    pub left_out: Vec<String>,
}

/// One thing in a file.
#[derive(Debug)]
pub enum Item {
    /// A certificate, as DER.
    Certificate(Vec<u8>),
    /// A private key.
    Key(PrivateKey),
    /// Something that a password opens.
    Locked(Locked),
}

/// Why a file cannot be used; each completes "FILE: …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is too long to be a file of certificates.
    #[error("it has {0} bytes; more than {MOST_BYTES} are not read")]
    TooLong(usize),
    /// It ends before its own length says so.
    #[error("it is cut short, or damaged at its beginning")]
    CutShort,
    /// A block of PEM cannot be decoded.
    #[error("block {number} ({label}) is damaged: {why}")]
    Block {
        /// The number of the block, from 1.
        number: usize,
        /// Its label, made harmless.
        label: String,
        /// What is wrong with it.
        why: String,
    },
    /// It is none of the kinds that are known.
    #[error("it holds no certificate and no private key, neither in PEM nor in DER")]
    Unknown,
    /// It holds a private key that cannot be used.
    #[error("{0}")]
    Key(#[from] KeyError),
}

/// A private key, or a whole container, that a password opens.
pub struct Locked {
    kind: LockedKind,
    der: Zeroizing<Vec<u8>>,
}

/// What is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockedKind {
    /// One private key (EncryptedPrivateKeyInfo, RFC 5958 §3).
    Key,
    /// A container of certificates and keys (PFX, RFC 7292 §4).
    Container,
}

impl Locked {
    fn new(kind: LockedKind, der: &[u8]) -> Self {
        Self { kind, der: Zeroizing::new(der.to_vec()) }
    }

    /// Returns what it is.
    pub fn kind(&self) -> LockedKind {
        self.kind
    }

    /// Opens it.
    ///
    /// # Errors
    /// Says whether the password is wrong, or why no password could open it here.
    pub fn open(&self, password: &Password) -> Result<Contents, OpenError> {
        self.open_within(password, lock::MOST_ROUNDS)
    }

    /// The same with another limit on the rounds of hashing that the file asks for.
    ///
    /// # Errors
    /// The same, and [`OpenError::TooCostly`] where the file asks for more.
    pub fn open_within(&self, password: &Password, rounds: u64) -> Result<Contents, OpenError> {
        let mut budget = lock::Budget::new(rounds);
        match self.kind {
            LockedKind::Key => {
                let plain = lock::open_key(&self.der, password, &mut budget)?;
                let key = PrivateKey::read(Form::Pkcs8, &plain)?;
                Ok(Contents { items: vec![Item::Key(key)], left_out: Vec::new() })
            }
            LockedKind::Container => pkcs12::open(&self.der, password, &mut budget),
        }
    }
}

impl fmt::Debug for Locked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Locked").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Reads a file of any of the known kinds: PEM blocks with anything between them, or DER.
///
/// # Errors
/// Says why nothing in it can be used. One damaged block of PEM spoils the file: what a server makes of the rest is
/// anybody's guess.
pub fn read(bytes: &[u8]) -> Result<Contents, FileError> {
    match bytes.len() {
        0 => return Err(FileError::Empty),
        MOST_BYTES.. => return Err(FileError::TooLong(bytes.len())),
        _ => {}
    }
    let mut contents = Contents::default();
    let blocks = pem::blocks(bytes);
    if blocks.is_empty() {
        frame::read(bytes, &mut contents)?;
    }
    for (number, block) in blocks.into_iter().enumerate() {
        block.read(number + 1, &mut contents)?;
    }
    if contents.items.is_empty() && contents.left_out.is_empty() {
        return Err(FileError::Unknown);
    }
    Ok(contents)
}

/// Private keys with a thousand certificates fit many times.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// No chain and no bundle of roots has more.
const MOST_ITEMS: usize = 1000;

#[cfg(test)]
mod tests;
