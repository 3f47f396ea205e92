//! Extensions of hellos: one file an extension; what is unknown or unreadable is kept as it came.
//!
//! `extended_master_secret` (RFC 7627) and `encrypt_then_mac` (RFC 7366) are empty and need no file.

mod alpn;
mod client;
mod cookie;
mod ec_point_formats;
mod heartbeat;
mod key_share;
mod max_fragment_length;
mod padding;
mod psk_key_exchange_modes;
mod record_size_limit;
mod renegotiation_info;
mod server;
mod server_name;
mod session_ticket;
mod signature_algorithms;
mod signed_certificate_timestamp;
mod status_request;
mod supported_groups;
mod supported_versions;

pub use client::ClientExtension;
pub use key_share::KeyShareEntry;
pub use server::ServerExtension;

use crate::names::ExtensionType;
use crate::reader::{Malformed, Reader, put_bytes};

/// An extension whose content is not understood, kept byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawExtension {
    /// Which extension it says it is.
    pub kind: ExtensionType,
    /// What it holds.
    pub body: Vec<u8>,
}

fn put_extension(out: &mut Vec<u8>, kind: ExtensionType, body: &[u8]) {
    out.extend_from_slice(&kind.0.to_be_bytes());
    put_bytes::<2>(out, body);
}

/// Reads a whole list of extensions; `None` when nothing is left, as SSL 3 and old servers send.
pub(crate) fn read_list<T>(
    reader: &mut Reader<'_>,
    read: impl Fn(ExtensionType, &[u8]) -> T,
) -> Result<Option<Vec<T>>, Malformed> {
    if reader.is_empty() {
        return Ok(None);
    }
    let mut list = Reader::new("extensions", reader.vec16()?);
    let mut extensions = Vec::new();
    while !list.is_empty() {
        let kind = ExtensionType(list.u16()?);
        extensions.push(read(kind, list.vec16()?));
    }
    Ok(Some(extensions))
}

/// Reads a body that `read` must use up.
fn read_whole<T>(
    body: &[u8],
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    let mut reader = Reader::new("extension", body);
    let value = read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

#[cfg(test)]
pub(crate) mod tests;
