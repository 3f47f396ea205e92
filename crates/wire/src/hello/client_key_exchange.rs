//! What a client answers to a server that its RSA key is to transport the premaster secret (RFC 5246 section 7.4.7.1).

use super::write_message;
use crate::names::{HandshakeType, ProtocolVersion};
use crate::reader::put_bytes;

/// Writes a ClientKeyExchange with a premaster secret that was encrypted to the server's RSA key, header and all.
///
/// SSL 3 leaves out the length of what is encrypted (RFC 6101 section 5.6.7.1).
pub fn rsa_client_key_exchange(version: ProtocolVersion, encrypted: &[u8]) -> Vec<u8> {
    if version <= ProtocolVersion::SSLv3 {
        return write_message(HandshakeType::CLIENT_KEY_EXCHANGE, encrypted);
    }
    let mut body = Vec::with_capacity(encrypted.len() + 2);
    put_bytes::<2>(&mut body, encrypted);
    write_message(HandshakeType::CLIENT_KEY_EXCHANGE, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ssl3_leaves_out_the_length() {
        let written = |version| rsa_client_key_exchange(version, &[7, 8, 9]);
        assert_eq!(written(ProtocolVersion::SSLv3), [16, 0, 0, 3, 7, 8, 9]);
        assert_eq!(written(ProtocolVersion::TLSv1_0), [16, 0, 0, 5, 0, 3, 7, 8, 9]);
    }
}
