//! One DKIM key record (RFC 6376 §3.6.1, RFC 8301, RFC 8463).

use super::fault::{KeyFault, diagnose, is_split};
use super::public::{self, Key};
use crate::records::tags::{fields, trim};
use crate::words;

/// What a key record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key.
    pub key: Key,
    /// Whether the domain is only trying (`t=y`): verifiers must not treat its mail otherwise than unsigned mail.
    pub testing: bool,
    /// Whether the key signs for the very domain alone, and not for names below (`t=s`).
    pub strict: bool,
    /// What some verifiers stumble over.
    pub slips: Vec<Slip>,
}

/// Something that is allowed, or no matter by the letter, and that some software does not bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Slip {
    /// Blanks inside the key, which RFC 6376 §3.6.1 allows.
    #[error("blanks stand inside the key")]
    Blanks,
    /// The version does not stand first, as it must (§3.6.1).
    #[error("its v= does not stand at the front")]
    VersionLater,
    /// `g=`, which RFC 6376 has removed.
    #[error("its g= is a remnant of DomainKeys")]
    Granularity,
}

/// Reads the TXT records of a selector; none is certain absence.
///
/// # Errors
/// Says why verifiers cannot use them.
pub fn read(texts: &[&str]) -> Result<Option<KeyRecord>, KeyFault> {
    match texts {
        [] => Ok(None),
        [text] => one(text).map(Some).map_err(|fault| diagnose(text, fault)),
        several if is_split(several) => Err(KeyFault::Split),
        several => Err(KeyFault::Several(several.len())),
    }
}

/// Tells whether a text is meant to be a key record.
pub fn is_meant(text: &str) -> bool {
    let mut fields = fields(text.trim_start_matches('"'));
    fields.any(|(tag, value)| match value {
        Some(value) => tag == "p" || (tag == "v" && value.to_ascii_uppercase().starts_with("DKIM")),
        None => false,
    })
}

fn one(text: &str) -> Result<KeyRecord, KeyFault> {
    let mut seen: Vec<&str> = Vec::new();
    let mut slips = Vec::new();
    let (mut kind, mut material, mut testing, mut strict) = ("rsa", None, false, false);
    for (tag, value) in fields(text) {
        let Some(value) = value else { return Err(KeyFault::Field(words::escape(tag, MOST_SHOWN))) };
        if seen.contains(&tag) {
            return Err(KeyFault::Twice(words::escape(tag, MOST_SHOWN)));
        }
        match tag {
            "v" if value != "DKIM1" => return Err(KeyFault::Version(words::escape(value, MOST_SHOWN))),
            "v" if !seen.is_empty() => slips.push(Slip::VersionLater),
            "k" => kind = value,
            "p" => material = Some(value),
            "h" if !has(value, &["sha256"]) => {
                return Err(KeyFault::Hashes(words::escape(value, MOST_SHOWN)));
            }
            "s" if !has(value, &["*", "email"]) => {
                return Err(KeyFault::Services(words::escape(value, MOST_SHOWN)));
            }
            "t" => (testing, strict) = (has(value, &["y"]), has(value, &["s"])),
            "g" => slips.push(Slip::Granularity),
            // Notes, and what a later version may add.
            _ => {}
        }
        seen.push(tag);
    }
    let material = material.ok_or(KeyFault::Missing)?;
    let key = public::read(kind, material)?;
    if key != Key::Revoked && material.contains(public::is_blank) {
        slips.push(Slip::Blanks);
    }
    Ok(KeyRecord { key, testing, strict, slips })
}

/// Tells whether a list with colons has one of these words.
fn has(list: &str, words: &[&str]) -> bool {
    list.split(':').map(trim).any(|item| words.iter().any(|word| item.eq_ignore_ascii_case(word)))
}

/// The most characters of a text that are shown.
const MOST_SHOWN: usize = 40;

#[cfg(test)]
mod tests;
