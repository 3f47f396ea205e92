//! What lists and responses have in common: something signed, an algorithm, a signature, and a time to live.

use jiff::{SignedDuration, Timestamp};

use crate::certificate::Certificate;
use crate::certificate::algorithm::Identifier;
use crate::certificate::der::{Element, Elements, SEQUENCE};
use crate::chain;
use crate::diagnosis::Flaw;

/// Three parts, as certificates have them too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    /// What is signed.
    pub(super) content: Element<'a>,
    algorithm: Element<'a>,
    signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// Takes the three parts.
    pub(super) fn read(parts: &mut Elements<'a>) -> Option<Self> {
        let content = parts.next_if(SEQUENCE)?;
        let algorithm = parts.next_if(SEQUENCE)?;
        let signature = parts.next()?.bits()?;
        Some(Self { content, algorithm, signature })
    }

    /// Returns whether this key made the signature; none where that cannot be told.
    pub(super) fn is_by(&self, signer: &Certificate) -> Option<bool> {
        chain::has_signed(signer, self.content.raw, &Identifier::read(&self.algorithm)?, self.signature)
    }
}

/// Holds the dates of an answer against the clock.
pub(super) fn is_current(
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), Flaw> {
    if this_update > latest(now, SKEW) {
        return Err(Flaw::NotYetValid(this_update));
    }
    match next_update {
        Some(end) if latest(end, SKEW) < now => Err(Flaw::Expired(end)),
        _ => Ok(()),
    }
}

/// Adds to a time, up to the last one there is.
pub fn latest(time: Timestamp, more: SignedDuration) -> Timestamp {
    time.checked_add(more).unwrap_or(Timestamp::MAX)
}

/// Clocks may differ by so much, as OpenSSL's `ocsp` has it.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
