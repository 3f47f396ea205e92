//! `cookie`: what a HelloRetryRequest wants back (RFC 8446 section 4.2.2).

use crate::reader::{Malformed, Reader, put_bytes};

pub(super) fn put(out: &mut Vec<u8>, cookie: &[u8]) {
    put_bytes::<2>(out, cookie);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    Ok(reader.vec16()?.to_vec())
}
