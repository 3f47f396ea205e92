//! `record_size_limit`: the longest record a peer wants (RFC 8449).

use crate::reader::{Malformed, Reader};

pub(super) fn put(out: &mut Vec<u8>, bytes: u16) {
    out.extend_from_slice(&bytes.to_be_bytes());
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<u16, Malformed> {
    reader.u16()
}
