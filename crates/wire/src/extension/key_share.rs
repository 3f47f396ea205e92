//! `key_share`: public keys of TLS 1.3 (RFC 8446 section 4.2.8).

use crate::names::NamedGroup;
use crate::reader::{Malformed, Reader, put_bytes, put_list};

/// One public key in one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyShareEntry {
    /// The group.
    pub group: NamedGroup,
    /// The public key as the group writes it.
    pub key: Vec<u8>,
}

pub(super) fn put_client(out: &mut Vec<u8>, entries: &[KeyShareEntry]) {
    put_list::<2, _>(out, entries, put_server);
}

pub(super) fn read_client(reader: &mut Reader<'_>) -> Result<Vec<KeyShareEntry>, Malformed> {
    let mut list = Reader::new("key_share", reader.vec16()?);
    let mut entries = Vec::new();
    while !list.is_empty() {
        entries.push(read_server(&mut list)?);
    }
    Ok(entries)
}

pub(super) fn put_server(out: &mut Vec<u8>, entry: &KeyShareEntry) {
    out.extend_from_slice(&entry.group.0.to_be_bytes());
    put_bytes::<2>(out, &entry.key);
}

pub(super) fn read_server(reader: &mut Reader<'_>) -> Result<KeyShareEntry, Malformed> {
    Ok(KeyShareEntry { group: NamedGroup(reader.u16()?), key: reader.vec16()?.to_vec() })
}
