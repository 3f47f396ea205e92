//! `renegotiation_info`: secure renegotiation (RFC 5746 section 3.2).

use crate::reader::{Malformed, Reader, put_bytes};

pub(super) fn put(out: &mut Vec<u8>, renegotiated_connection: &[u8]) {
    put_bytes::<1>(out, renegotiated_connection);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    Ok(reader.vec8()?.to_vec())
}
