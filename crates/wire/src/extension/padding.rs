//! `padding`: zeros that lift a hello over sizes that break servers (RFC 7685).

use crate::reader::{Malformed, Reader};

pub(super) fn put(out: &mut Vec<u8>, zeros: u16) {
    out.resize(out.len() + usize::from(zeros), 0);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<u16, Malformed> {
    let zeros = reader.take_rest();
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(Malformed::Illegal("padding"));
    }
    u16::try_from(zeros.len()).map_err(|_| Malformed::Illegal("padding"))
}
