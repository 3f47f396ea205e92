//! `supported_groups`: curves and other groups in order of preference (RFC 8446 section 4.2.7).

use crate::names::NamedGroup;
use crate::reader::{Malformed, Reader, put_list};

pub(super) fn put(out: &mut Vec<u8>, groups: &[NamedGroup]) {
    put_list::<2, _>(out, groups, |out, group| out.extend_from_slice(&group.0.to_be_bytes()));
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<NamedGroup>, Malformed> {
    Reader::new("supported_groups", reader.vec16()?).rest_as_u16s(NamedGroup)
}
