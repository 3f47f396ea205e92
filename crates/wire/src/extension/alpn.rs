//! `application_layer_protocol_negotiation` (RFC 7301).

use crate::reader::{Malformed, Reader, put_bytes, put_list};

pub(super) fn put(out: &mut Vec<u8>, protocols: &[Vec<u8>]) {
    put_list::<2, _>(out, protocols, |out, protocol| put_bytes::<1>(out, protocol));
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    let mut list = Reader::new("application_layer_protocol_negotiation", reader.vec16()?);
    let mut protocols = Vec::new();
    while !list.is_empty() {
        protocols.push(list.vec8()?.to_vec());
    }
    Ok(protocols)
}
