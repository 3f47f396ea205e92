//! `status_request`: asks for a stapled OCSP response (RFC 6066 section 8).

use crate::reader::{Malformed, Reader};

/// Asks for OCSP from any responder, with no request extensions.
pub(super) fn put(out: &mut Vec<u8>) {
    out.extend_from_slice(&ANY_OCSP);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    if reader.array()? == ANY_OCSP { Ok(()) } else { Err(Malformed::Illegal("status_request")) }
}

/// Type `ocsp`, then two empty lists.
const ANY_OCSP: [u8; 5] = [1, 0, 0, 0, 0];
