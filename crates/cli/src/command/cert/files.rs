//! What is in the files that the user names.

use std::fs;
use std::path::Path;

use mailmedic::certificate::Certificate;
use mailmedic::keyfile::{self, Contents, Item, Locked, LockedKind, OpenError, Password, PrivateKey};
use zeroize::Zeroizing;

use super::password::Passwords;
use crate::exit::Failure;

/// What a file holds.
#[derive(Debug, Default)]
pub(in crate::command) struct Held {
    /// Certificates as DER, in the order of the file.
    pub(in crate::command) certificates: Vec<Vec<u8>>,
    /// Private keys.
    pub(in crate::command) keys: Vec<PrivateKey>,
    /// What else is there.
    pub(in crate::command) left_out: Vec<String>,
}

/// Reads a file with all that is in it, and asks for a password where one is needed.
pub(in crate::command) fn everything(path: &Path, passwords: &Passwords) -> Result<Held, Failure> {
    read(path, passwords, true)
}

/// Reads the certificates of a file; locked keys beside them stay locked.
pub(in crate::command) fn certificates(path: &Path, passwords: &Passwords) -> Result<Held, Failure> {
    let held = read(path, passwords, false)?;
    if held.certificates.is_empty() {
        let what = match held.left_out.first() {
            Some(other) => other.clone(),
            None => "a private key".to_owned(),
        };
        return Err(Failure::file(path, format!("it holds no certificate, only {what}")));
    }
    Ok(held)
}

/// Reads whatever a file holds without a password for locked keys.
pub(in crate::command) fn anything(path: &Path, passwords: &Passwords) -> Result<Held, Failure> {
    read(path, passwords, false)
}

/// Reads the one private key of a file.
pub(in crate::command) fn only_key(path: &Path, passwords: &Passwords) -> Result<PrivateKey, Failure> {
    let mut keys = everything(path, passwords)?.keys;
    match (keys.pop(), keys.len()) {
        (Some(key), 0) => Ok(key),
        (None, _) => Err(Failure::file(path, "it holds no private key that can be used")),
        (Some(_), _) => Err(Failure::file(path, "it holds several private keys; one must be alone")),
    }
}

/// Returns what people call a certificate: its common name, its first name, or its serial number.
pub(in crate::command) fn title(certificate: &Certificate) -> String {
    let first = || certificate.names.as_ref().and_then(|names| names.dns.first().cloned());
    let own = certificate.common_name.clone().or_else(first);
    own.unwrap_or_else(|| format!("serial {}", certificate.serial))
}

fn read(path: &Path, passwords: &Passwords, keys: bool) -> Result<Held, Failure> {
    let bytes = Zeroizing::new(fs::read(path).map_err(|why| Failure::file(path, why))?);
    let contents = keyfile::read(&bytes).map_err(|why| Failure::file(path, why))?;
    let mut held = Held::default();
    add(&mut held, contents, path, passwords, keys)?;
    Ok(held)
}

fn add(
    held: &mut Held,
    contents: Contents,
    path: &Path,
    passwords: &Passwords,
    keys: bool,
) -> Result<(), Failure> {
    held.left_out.extend(contents.left_out);
    for item in contents.items {
        match item {
            Item::Certificate(der) => held.certificates.push(der),
            Item::Key(key) => held.keys.push(key),
            Item::Locked(locked) if keys || locked.kind() == LockedKind::Container => {
                let opened = open(&locked, path, passwords)?;
                add(held, opened, path, passwords, keys)?;
            }
            Item::Locked(_) => held.left_out.push("a locked private key".to_owned()),
        }
    }
    Ok(())
}

/// Opens what is locked; many containers have no password, so that none is asked for then.
fn open(locked: &Locked, path: &Path, passwords: &Passwords) -> Result<Contents, Failure> {
    match locked.open(&Password::new(String::new())) {
        Err(OpenError::WrongPassword) => {}
        result => return result.map_err(|why| Failure::file(path, why)),
    }
    locked.open(&passwords.of(path)?).map_err(|why| Failure::file(path, why))
}
