//! Handshake messages in the clear: what a client says first, and what a server answers (RFC 5246 and RFC 8446 section 4).

mod certificate;
mod certificate_request;
mod client;
mod client_key_exchange;
mod key_exchange;
mod server;

pub use certificate::{CertificateList, CertificateStatus, MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES};
pub use certificate_request::CertificateRequest;
pub use client::ClientHello;
pub use client_key_exchange::rsa_client_key_exchange;
pub use key_exchange::{Curve, DhParams, RsaParams, ServerKeyExchange, ServerParams, Signature, SrpParams};
pub use server::{Downgrade, ServerHello};

use crate::names::HandshakeType;
use crate::reader::put_bytes;

/// Bytes of a handshake message's header.
pub const HEADER: usize = 4;

/// Writes a handshake message: its type, its length, its body.
pub fn write_message(kind: HandshakeType, body: &[u8]) -> Vec<u8> {
    let mut out = vec![kind.0];
    put_bytes::<3>(&mut out, body);
    out
}

/// Returns the bits of a big-endian number.
fn bits(number: &[u8]) -> usize {
    match number.iter().position(|byte| *byte != 0) {
        Some(first) => (number.len() - first) * 8 - number[first].leading_zeros() as usize,
        None => 0,
    }
}

#[cfg(test)]
mod tests;
