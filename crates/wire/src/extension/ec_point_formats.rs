//! `ec_point_formats`: how points may be written (RFC 8422 section 5.1.2).

use crate::names::PointFormat;
use crate::reader::{Malformed, Reader, put_list};

pub(super) fn put(out: &mut Vec<u8>, formats: &[PointFormat]) {
    put_list::<1, _>(out, formats, |out, format| out.push(format.0));
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<PointFormat>, Malformed> {
    Ok(reader.vec8()?.iter().copied().map(PointFormat).collect())
}
