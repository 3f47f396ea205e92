//! The record layer of SSL 3 to TLS 1.3 in the clear (RFC 8446 section 5.1).

use crate::names::{ContentType, ProtocolVersion};
use crate::reader::Malformed;

/// Greatest number of bytes in a record of plain text.
pub const MAX_FRAGMENT: usize = 1 << 14;
/// Greatest length that a record's header may claim, encrypted and compressed (RFC 5246 section 6.2.3).
pub const MAX_RECORD: usize = MAX_FRAGMENT + 2048;
/// Bytes of a record's header.
pub const HEADER: usize = 5;

/// One record, borrowed from the bytes it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it carries.
    pub content: ContentType,
    /// The version in its header, which need not be the one in use.
    pub version: ProtocolVersion,
    /// What it carries, without the header.
    pub fragment: &'a [u8],
}

impl<'a> Record<'a> {
    /// Reads the record at the front of `bytes`: the record and its length with the header, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`Malformed::RecordHeader`] or [`Malformed::RecordTooLong`] when the header is whole and cannot be one.
    pub fn read(bytes: &'a [u8]) -> Result<Option<(Self, usize)>, Malformed> {
        let Some((&header, rest)) = bytes.split_first_chunk::<HEADER>() else {
            return Ok(None);
        };
        if !looks_like_header(&header) {
            return Err(Malformed::RecordHeader(header));
        }
        let [content, major, minor, high, low] = header;
        let length = u16::from_be_bytes([high, low]);
        if usize::from(length) > MAX_RECORD {
            return Err(Malformed::RecordTooLong(length));
        }
        let version = ProtocolVersion(u16::from_be_bytes([major, minor]));
        let record = rest.get(..length.into()).map(|fragment| {
            (Self { content: ContentType(content), version, fragment }, HEADER + usize::from(length))
        });
        Ok(record)
    }
}

/// Writes `payload` as records of one type, at most [`MAX_FRAGMENT`] bytes each; an empty payload makes one empty record.
pub fn write(content: ContentType, version: ProtocolVersion, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + HEADER);
    let mut rest = payload;
    loop {
        let (fragment, after) = rest.split_at(rest.len().min(MAX_FRAGMENT));
        out.push(content.0);
        out.extend_from_slice(&version.0.to_be_bytes());
        crate::reader::put_bytes::<2>(&mut out, fragment);
        rest = after;
        if rest.is_empty() {
            return out;
        }
    }
}

/// Tells whether what there is of a header can be one: a type of SSL 3 or TLS, then major version 3.
pub(crate) fn looks_like_header(bytes: &[u8]) -> bool {
    let content = bytes.first().is_none_or(|byte| (20..=24).contains(byte));
    content && bytes.get(1).is_none_or(|major| *major == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_for_whole_records() {
        let bytes = write(ContentType::ALERT, ProtocolVersion::TLSv1_2, &[2, 40]);
        for cut in 0..bytes.len() {
            assert_eq!(Record::read(&bytes[..cut]), Ok(None), "{cut}");
        }
        let (record, length) = Record::read(&bytes).unwrap().unwrap();
        assert_eq!((record.content, record.fragment, length), (ContentType::ALERT, &[2, 40][..], 7));
    }

    #[test]
    fn splits_what_is_longer_than_a_record() {
        let payload: Vec<u8> = (0..MAX_FRAGMENT + 7).map(|i| i as u8).collect();
        let bytes = write(ContentType::HANDSHAKE, ProtocolVersion::SSLv3, &payload);
        let (first, length) = Record::read(&bytes).unwrap().unwrap();
        let (second, _) = Record::read(&bytes[length..]).unwrap().unwrap();
        assert_eq!([first.fragment, second.fragment].concat(), payload);
        assert_eq!(second.fragment.len(), 7);
    }

    #[test]
    fn refuses_what_is_no_record() {
        assert!(matches!(Record::read(b"220 mail"), Err(Malformed::RecordHeader(_))));
        assert!(matches!(Record::read(&[22, 2, 0, 0, 1]), Err(Malformed::RecordHeader(_))));
        assert_eq!(Record::read(&[22, 3, 1, 0x48, 0x01]), Err(Malformed::RecordTooLong(0x4801)));
        assert_eq!(Record::read(&[22, 3, 1, 0x48, 0x00]), Ok(None));
    }
}
