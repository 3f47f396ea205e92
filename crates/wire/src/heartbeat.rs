//! Heartbeats (RFC 6520 section 4).

use crate::names::{ContentType, HeartbeatMessageType, ProtocolVersion};
use crate::reader::{Malformed, Reader};
use crate::record;

/// A HeartbeatMessage; the length that it claims need not be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat<'a> {
    /// Whether it asks or answers.
    pub kind: HeartbeatMessageType,
    /// The bytes of payload that it claims.
    pub payload_length: u16,
    /// What follows: the payload and at least [`MIN_PADDING`] bytes of padding, in an honest one.
    pub rest: &'a [u8],
}

impl<'a> Heartbeat<'a> {
    /// Reads the fragment of a record.
    ///
    /// # Errors
    /// [`Malformed`] when not even the length is whole; what it claims is not checked.
    pub fn read(fragment: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new("heartbeat", fragment);
        let kind = HeartbeatMessageType(reader.u8()?);
        Ok(Self { kind, payload_length: reader.u16()?, rest: reader.take_rest() })
    }

    /// Writes it as records; one, if `rest` is short enough.
    pub fn encode_records(&self, version: ProtocolVersion) -> Vec<u8> {
        let mut fragment = vec![self.kind.0];
        fragment.extend_from_slice(&self.payload_length.to_be_bytes());
        fragment.extend_from_slice(self.rest);
        record::write(ContentType::HEARTBEAT, version, &fragment)
    }
}

/// Bytes of a message before its payload.
pub const HEADER: usize = 3;
/// Fewest bytes of padding.
pub const MIN_PADDING: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_believes_no_length() {
        let lying = Heartbeat {
            kind: HeartbeatMessageType::HEARTBEAT_REQUEST,
            payload_length: 0x4000,
            rest: &[7, 8],
        };
        let bytes = lying.encode_records(ProtocolVersion::TLSv1_1);
        assert_eq!(bytes, [24, 3, 2, 0, 5, 1, 0x40, 0, 7, 8]);
        assert_eq!(Heartbeat::read(&bytes[record::HEADER..]), Ok(lying));
        assert_eq!(Heartbeat::read(&[2, 0]), Err(Malformed::EndsEarly("heartbeat")));
    }
}
