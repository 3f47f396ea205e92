//! `session_ticket`: a ticket to resume with, or empty to ask for one (RFC 5077).

use crate::reader::{Malformed, Reader};

pub(super) fn put(out: &mut Vec<u8>, ticket: &[u8]) {
    out.extend_from_slice(ticket);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<u8>, Malformed> {
    Ok(reader.take_rest().to_vec())
}
