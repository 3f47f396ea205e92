//! `heartbeat`: who may send heartbeats (RFC 6520 section 2).

use crate::names::HeartbeatMode;
use crate::reader::{Malformed, Reader};

pub(super) fn put(out: &mut Vec<u8>, mode: HeartbeatMode) {
    out.push(mode.0);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<HeartbeatMode, Malformed> {
    Ok(HeartbeatMode(reader.u8()?))
}
