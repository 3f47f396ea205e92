//! A bounded reader over a peer's bytes, and its counterpart that writes length-prefixed lists.

use crate::names::{ContentType, HandshakeType};

/// What is wrong with the bytes a peer sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// A field goes on past the end of what holds it.
    EndsEarly(&'static str),
    /// Bytes are left where the structure is complete.
    Trailing(&'static str),
    /// A field has a value that its structure does not allow.
    Illegal(&'static str),
    /// A record's header is not one of SSL 3 or TLS.
    RecordHeader([u8; 5]),
    /// A record claims more than 2^14 + 2048 bytes.
    RecordTooLong(u16),
    /// A record of this type stands where it cannot.
    UnexpectedRecord(ContentType),
    /// A handshake message of this type stands where it cannot.
    UnexpectedMessage(HandshakeType),
    /// A handshake message claims more bytes than this reader keeps.
    MessageTooLong(HandshakeType, u32),
    /// More certificates came than are kept; the first ones are.
    TooManyCertificates,
    /// The flight is longer than this reader follows.
    FlightTooLong,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::EndsEarly(what) => write!(f, "{what} ends early"),
            Self::Trailing(what) => write!(f, "bytes are left after {what}"),
            Self::Illegal(what) => write!(f, "{what} has an illegal value"),
            Self::RecordHeader(header) => {
                write!(f, "no TLS record begins with")?;
                header.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
            }
            Self::RecordTooLong(length) => write!(f, "a record claims {length} bytes"),
            Self::UnexpectedRecord(content) => write!(f, "a record of type {content} stands where it cannot"),
            Self::UnexpectedMessage(kind) => write!(f, "a message of type {kind} stands where it cannot"),
            Self::MessageTooLong(kind, length) => write!(f, "a message of type {kind} claims {length} bytes"),
            Self::TooManyCertificates => write!(f, "more certificates came than are kept"),
            Self::FlightTooLong => write!(f, "the flight is longer than is followed"),
        }
    }
}

impl std::error::Error for Malformed {}

/// Takes values from the front of a byte slice; never reads past its end.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Begins at the front of `bytes`; `what` names the structure in errors.
    pub fn new(what: &'static str, bytes: &'a [u8]) -> Self {
        Self { rest: bytes, what }
    }

    /// Returns how many bytes are left.
    pub fn len(&self) -> usize {
        self.rest.len()
    }

    /// Tells whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes the next `count` bytes.
    ///
    /// # Errors
    /// [`Malformed::EndsEarly`] when fewer are left; nothing is taken then.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed::EndsEarly(self.what))?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes all that is left.
    pub fn take_rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// Takes a big-endian number of two bytes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// Takes a big-endian number of three bytes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn u24(&mut self) -> Result<u32, Malformed> {
        let [high, middle, low] = self.array()?;
        Ok(u32::from_be_bytes([0, high, middle, low]))
    }

    /// Takes exactly `N` bytes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let what = self.what;
        self.take(N)?.try_into().map_err(|_| Malformed::EndsEarly(what))
    }

    /// Takes bytes that a one-byte length precedes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn vec8(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u8()?;
        self.take(length.into())
    }

    /// Takes bytes that a two-byte length precedes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn vec16(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// Takes bytes that a three-byte length precedes.
    ///
    /// # Errors
    /// As [`Self::take`].
    pub fn vec24(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u24()?;
        self.take(length as usize)
    }

    /// Takes all that is left as a list of two-byte values.
    ///
    /// # Errors
    /// [`Malformed::EndsEarly`] when half a value is left over.
    pub fn rest_as_u16s<T>(mut self, wrap: impl Fn(u16) -> T) -> Result<Vec<T>, Malformed> {
        let mut values = Vec::with_capacity(self.len() / 2);
        while !self.is_empty() {
            values.push(wrap(self.u16()?));
        }
        Ok(values)
    }

    /// Ends the structure.
    ///
    /// # Errors
    /// [`Malformed::Trailing`] when bytes are left.
    pub fn finish(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed::Trailing(self.what)) }
    }
}

/// Writes `bytes` after a length of `WIDTH` bytes, cut to what that length can tell.
pub(crate) fn put_bytes<const WIDTH: usize>(out: &mut Vec<u8>, bytes: &[u8]) {
    let kept = bytes.get(..greatest(WIDTH)).unwrap_or(bytes);
    put_length::<WIDTH>(out, kept.len());
    out.extend_from_slice(kept);
}

/// Writes `items` after the length of them all in `WIDTH` bytes; ends before the first item that no longer fits.
pub(crate) fn put_list<const WIDTH: usize, T>(
    out: &mut Vec<u8>,
    items: &[T],
    mut put: impl FnMut(&mut Vec<u8>, &T),
) {
    let mut list = Vec::new();
    for item in items {
        let before = list.len();
        put(&mut list, item);
        if list.len() > greatest(WIDTH) {
            list.truncate(before);
            break;
        }
    }
    put_bytes::<WIDTH>(out, &list);
}

fn put_length<const WIDTH: usize>(out: &mut Vec<u8>, length: usize) {
    let bytes = (length as u64).to_be_bytes();
    out.extend_from_slice(&bytes[bytes.len() - WIDTH..]);
}

const fn greatest(width: usize) -> usize {
    (1 << (8 * width)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_nothing_when_too_little_is_left() {
        let mut reader = Reader::new("thing", &[0, 5, 1, 2]);
        let mut attempt = reader.clone();
        assert_eq!(attempt.vec16(), Err(Malformed::EndsEarly("thing")));
        assert_eq!(reader.u24(), Ok(0x0501));
        assert_eq!(reader.u16(), Err(Malformed::EndsEarly("thing")));
        assert_eq!(reader.len(), 1);
        assert_eq!(reader.finish(), Err(Malformed::Trailing("thing")));
    }

    #[test]
    fn lists_end_before_the_item_that_does_not_fit() {
        let mut out = Vec::new();
        put_list::<1, _>(&mut out, &[[7u8; 100]; 3], |out, item| out.extend_from_slice(item));
        assert_eq!((out.len(), out[0]), (201, 200));
        out.clear();
        put_bytes::<1>(&mut out, &[1; 300]);
        assert_eq!((out.len(), out[0]), (256, 255));
    }

    #[test]
    fn lengths_are_big_endian() {
        let mut out = Vec::new();
        put_bytes::<3>(&mut out, &[9; 258]);
        assert_eq!(out[..4], [0, 1, 2, 9]);
    }
}
