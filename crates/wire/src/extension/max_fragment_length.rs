//! `max_fragment_length`: shorter records, as the exponent less 8 (RFC 6066 section 4).

use crate::reader::{Malformed, Reader};

pub(super) fn put(out: &mut Vec<u8>, code: u8) {
    out.push(code);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<u8, Malformed> {
    reader.u8()
}
