//! `psk_key_exchange_modes`: how TLS 1.3 tickets may be used (RFC 8446 section 4.2.9).

use crate::names::PskKeyExchangeMode;
use crate::reader::{Malformed, Reader, put_list};

pub(super) fn put(out: &mut Vec<u8>, modes: &[PskKeyExchangeMode]) {
    put_list::<1, _>(out, modes, |out, mode| out.push(mode.0));
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<PskKeyExchangeMode>, Malformed> {
    Ok(reader.vec8()?.iter().copied().map(PskKeyExchangeMode).collect())
}
