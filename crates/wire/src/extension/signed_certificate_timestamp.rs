//! `signed_certificate_timestamp`: proofs of certificate transparency (RFC 6962 section 3.3).

use crate::reader::{Malformed, Reader, put_bytes, put_list};

pub(super) fn put(out: &mut Vec<u8>, timestamps: &[Vec<u8>]) {
    put_list::<2, _>(out, timestamps, |out, timestamp| put_bytes::<2>(out, timestamp));
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut list = Reader::new("signed_certificate_timestamp", reader.vec16()?);
    let mut timestamps = Vec::new();
    while !list.is_empty() {
        timestamps.push(list.vec16()?.to_vec());
    }
    Ok(timestamps)
}
