//! What keeps verifiers from using a key record, and how it came about.

use crate::records::tags::trim;

/// Why verifiers cannot use what a selector's name bears.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// More than one TXT record (RFC 6376 §3.6.2.2).
    #[error("{0} TXT records stand there, and it is chance which of them a verifier takes")]
    Several(usize),
    /// One record was split over several.
    #[error("the key is split over several TXT records, where it must be several strings of one record")]
    Split,
    /// The version is another.
    #[error("its version is {0:?} and not \"DKIM1\"")]
    Version(String),
    /// A field is no `tag=value`.
    #[error("{0:?} is no field of the form tag=value")]
    Field(String),
    /// A tag stands there twice (§3.2).
    #[error("the tag {0}= stands there twice")]
    Twice(String),
    /// There is no `p`.
    #[error("it has no p= tag, so there is no key")]
    Missing,
    /// An unknown `k`.
    #[error("its kind of key, k={0}, is unknown")]
    Kind(String),
    /// `h` leaves SHA-256 out.
    #[error("its h={0} does not allow SHA-256, and SHA-1 counts no more")]
    Hashes(String),
    /// `s` leaves mail out.
    #[error("it is for the service {0} and not for mail")]
    Services(String),
    /// Quotation marks of a zone file were stored.
    #[error(
        "quotation marks are part of it: those of a zone file do not belong into the form of a DNS provider"
    )]
    Quoted,
    /// Backslashes of a zone file were stored.
    #[error("backslashes are part of it: those of a zone file do not belong into the form of a DNS provider")]
    Backslash,
    /// The lines around a PEM block.
    #[error("the lines BEGIN and END of the key's file were pasted with it")]
    Pem,
    /// Something cut the key.
    #[error("the key is cut short: {has} of its {needs} bytes are there")]
    Cut {
        /// The bytes that are there.
        has: usize,
        /// The bytes that it says it has.
        needs: usize,
    },
    /// The whole record ends where a string ends at the latest.
    #[error(
        "it ends at {length} characters, where a string of a TXT record is full, and the rest is lost: {has} of the \
         key's {needs} bytes are there"
    )]
    CutAtString {
        /// The characters of the record.
        length: usize,
        /// The bytes that are there.
        has: usize,
        /// The bytes that it says it has.
        needs: usize,
    },
    /// Each plus has become a blank.
    #[error("blanks stand in the key where a plus belongs")]
    Plus,
    /// `p` is no base64.
    #[error("its p= is no base64")]
    Base64,
    /// It is the key of another algorithm than `k` says.
    #[error("it says k={named}, and the key is {is}")]
    OtherKind {
        /// What it says.
        named: &'static str,
        /// What it is.
        is: &'static str,
    },
    /// An Ed25519 key with its wrapping (RFC 8463 §4).
    #[error("the Ed25519 key stands there in its wrapping of DER, and only its last 32 bytes belong there")]
    Wrapped,
    /// An Ed25519 key of another length.
    #[error("an Ed25519 key has 32 bytes, and this one has {0}")]
    Ed25519Length(usize),
    /// What was decoded is no key.
    #[error("what its p= decodes to is no public key")]
    Unreadable,
}

/// Says how a fault came about, where the text shows it.
pub(super) fn diagnose(text: &str, fault: KeyFault) -> KeyFault {
    if text.contains("-----") || text.contains("BEGIN PUBLIC KEY") {
        return KeyFault::Pem;
    }
    if text.contains('"') {
        return KeyFault::Quoted;
    }
    if text.contains('\\') {
        return KeyFault::Backslash;
    }
    match fault {
        KeyFault::Cut { has, needs } if text.len().is_multiple_of(STRING) => {
            KeyFault::CutAtString { length: text.len(), has, needs }
        }
        fault => fault,
    }
}

/// Tells whether these are the pieces of one record: a start with a tag, and base64 without one.
pub(super) fn is_split(texts: &[&str]) -> bool {
    let is_rest = |text: &&str| {
        let bare = trim(text).trim_matches('"').trim_end_matches(';').trim_end_matches('=');
        bare.len() >= FEWEST_REST && bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
    };
    let starts = texts.iter().filter(|text| super::key::is_meant(text)).count();
    starts == 1 && texts.iter().filter(|text| is_rest(text)).count() + 1 == texts.len()
}

/// The most characters of one string (RFC 1035 §3.3).
const STRING: usize = 255;

/// Characters from which on a text without a tag is the rest of a key, and not somebody's token.
const FEWEST_REST: usize = 60;
