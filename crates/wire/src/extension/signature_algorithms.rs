//! `signature_algorithms` and `signature_algorithms_cert` (RFC 8446 section 4.2.3).

use crate::names::SignatureScheme;
use crate::reader::{Malformed, Reader, put_list};

pub(super) fn put(out: &mut Vec<u8>, schemes: &[SignatureScheme]) {
    put_list::<2, _>(out, schemes, |out, scheme| out.extend_from_slice(&scheme.0.to_be_bytes()));
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<SignatureScheme>, Malformed> {
    Reader::new("signature_algorithms", reader.vec16()?).rest_as_u16s(SignatureScheme)
}
