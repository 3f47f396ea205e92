//! `supported_versions`: what is really spoken (RFC 8446 section 4.2.1).

use crate::names::ProtocolVersion;
use crate::reader::{Malformed, Reader, put_list};

pub(super) fn put(out: &mut Vec<u8>, versions: &[ProtocolVersion]) {
    put_list::<1, _>(out, versions, |out, version| out.extend_from_slice(&version.0.to_be_bytes()));
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<ProtocolVersion>, Malformed> {
    Reader::new("supported_versions", reader.vec8()?).rest_as_u16s(ProtocolVersion)
}
