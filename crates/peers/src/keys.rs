//! Where a server takes its random bytes, public keys and signatures from.

use mailmedic_wire::hello::DhParams;
use mailmedic_wire::names::{NamedGroup, SignatureScheme};

use crate::bytes::Stream;
use crate::dh::DhGroup;
use crate::personality::{Key, Personality};

/// What a server needs that is not the same in each handshake.
pub(crate) trait Keys {
    /// Returns so many random bytes.
    fn random(&mut self, count: usize) -> Vec<u8>;
    /// Returns a public key in this group, as a key share or a ServerKeyExchange writes it.
    fn share(&mut self, group: NamedGroup) -> Vec<u8>;
    /// Returns a group and a public key in it.
    fn dh(&mut self, group: &DhGroup) -> DhParams;
    /// Returns the modulus of a temporary RSA key.
    fn modulus(&mut self, bits: usize) -> Vec<u8>;
    /// Signs; `None` stands for the one way before TLS 1.2.
    fn sign(&mut self, key: Key, scheme: Option<SignatureScheme>, bytes: &[u8]) -> Vec<u8>;
}

/// Keys and signatures in shape only: right in length and range, and nobody knows the secret. All that a client sees
/// before it has answered is as from a real server, unless it verifies the signature.
pub(crate) struct Shapes {
    random: Stream,
    dh: Stream,
    ecdh: Stream,
}

impl Shapes {
    pub(crate) fn new(server: &Personality, connection: u64) -> Self {
        let fresh = |reuses: bool| if reuses { u64::MAX } else { connection };
        Self {
            random: Stream::new(&[server.seed, connection, 0]),
            dh: Stream::new(&[server.seed, fresh(server.quirks.reuses_dh), 1]),
            ecdh: Stream::new(&[server.seed, fresh(server.quirks.reuses_ecdh), 2]),
        }
    }
}

impl Keys for Shapes {
    fn random(&mut self, count: usize) -> Vec<u8> {
        self.random.bytes(count)
    }

    fn share(&mut self, group: NamedGroup) -> Vec<u8> {
        if let Some(group) = DhGroup::named(group) {
            return self.ecdh.bytes(group.prime.len());
        }
        let (point, length) = share_shape(group);
        let mut key = self.ecdh.bytes(length);
        if let (true, Some(first)) = (point, key.first_mut()) {
            *first = UNCOMPRESSED;
        }
        key
    }

    fn dh(&mut self, group: &DhGroup) -> DhParams {
        let mut public = self.dh.bytes(group.prime.len());
        // Less than the prime, whose first bit is set.
        if let Some(first) = public.first_mut() {
            *first = *first & 0x7F | 0x40;
        }
        DhParams { prime: group.prime.clone(), generator: group.generator.clone(), public }
    }

    fn modulus(&mut self, bits: usize) -> Vec<u8> {
        let mut modulus = self.random.bytes(bits / 8);
        if let [first, .., last] = modulus.as_mut_slice() {
            (*first, *last) = (*first | 0x80, *last | 1);
        }
        modulus
    }

    fn sign(&mut self, key: Key, _: Option<SignatureScheme>, _: &[u8]) -> Vec<u8> {
        let length = match key {
            Key::Rsa(bits) | Key::RsaPss(bits) => usize::from(bits) / 8,
            Key::Ed25519 => 64,
            Key::Ed448 => 114,
            Key::Dsa => 40 + 6,
            Key::Ec(curve) => 2 * field_bytes(curve) + 6,
            Key::Dh => 0,
        };
        self.random.bytes(length)
    }
}

/// Tells whether a server's key in this group begins as a point does, and its length in bytes.
fn share_shape(group: NamedGroup) -> (bool, usize) {
    match group {
        NamedGroup::X25519 => (false, 32),
        NamedGroup::X448 => (false, 56),
        NamedGroup::MLKEM512 => (false, 768),
        NamedGroup::MLKEM768 => (false, 1088),
        NamedGroup::MLKEM1024 => (false, 1568),
        NamedGroup::X25519MLKEM768 | NamedGroup::X25519KYBER768DRAFT00 => (false, 1088 + 32),
        NamedGroup::SECP256R1MLKEM768
        | NamedGroup::SECP256R1KYBER768DRAFT00
        | NamedGroup::CURVE_SM2MLKEM768 => (true, 65 + 1088),
        NamedGroup::SECP384R1MLKEM1024 => (true, 97 + 1568),
        NamedGroup::FFDHE6144 => (false, 768),
        NamedGroup::FFDHE8192 => (false, 1024),
        curve => (true, 1 + 2 * field_bytes(curve)),
    }
}

/// Returns the bytes of a coordinate; a curve's strength is half the bits of its field.
fn field_bytes(curve: NamedGroup) -> usize {
    (usize::from(curve.bits().unwrap_or(128)) * 2).div_ceil(8)
}

const UNCOMPRESSED: u8 = 4;
