//! Blocks for RSA, padded rightly and wrongly (RFC 8017 §7.2.1), and RSA without any padding of its own.

use mailmedic_wire::names::ProtocolVersion;
use num_bigint::BigUint;

use crate::certificate::RsaKey;
use crate::probe::flight;

/// Pads a random premaster secret to `length` bytes in one of [`crate::observation::ROBOT_WAYS`]; none if it is too
/// long or the key unreasonably large.
pub(super) fn padded(length: usize, offered: ProtocolVersion, way: u8) -> Option<Vec<u8>> {
    if !(LEAST_KEY..=MOST_KEY).contains(&length) {
        return None;
    }
    // Without a zero, so that none stands anywhere but where it is put.
    let mut block: Vec<u8> = flight::random::<MOST_KEY>().iter().map(|byte| (*byte).max(1)).collect();
    block.truncate(length);
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = block.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    let zero = length - SECRET - 1;
    put(0, &[0, 2]);
    match way {
        WRONG_START => put(0, &[0x41, 0x17]),
        ZERO_ELSEWHERE => put(length - 2, &[0]),
        _ => {}
    }
    if !matches!(way, ZERO_ELSEWHERE | NO_ZERO) {
        let version = if way == WRONG_VERSION { NO_VERSION } else { offered };
        put(zero, &[0]);
        put(zero + 1, &version.0.to_be_bytes());
    }
    Some(block)
}

/// Encrypts a block as it is; none if the key is none.
pub(super) fn encrypt(block: &[u8], key: &RsaKey) -> Option<Vec<u8>> {
    if key.modulus.len() > MOST_KEY || key.exponent.len() > MOST_EXPONENT {
        return None;
    }
    let [modulus, exponent] = [&key.modulus, &key.exponent].map(|number| BigUint::from_bytes_be(number));
    // An even modulus, like an exponent of 0, is none.
    if !modulus.bit(0) || exponent == BigUint::ZERO {
        return None;
    }
    let number = BigUint::from_bytes_be(block).modpow(&exponent, &modulus).to_bytes_be();
    let mut encrypted = vec![0; key.modulus.len().saturating_sub(number.len())];
    encrypted.extend(number);
    Some(encrypted)
}

/// Ways to pad; 0 is the right one.
const WRONG_START: u8 = 1;
const ZERO_ELSEWHERE: u8 = 2;
const NO_ZERO: u8 = 3;
const WRONG_VERSION: u8 = 4;

/// A version that no client offers here.
const NO_VERSION: ProtocolVersion = ProtocolVersion(0x0202);

/// Bytes of a premaster secret.
const SECRET: usize = 48;
/// Bytes of the smallest key: the secret, eight bytes of padding, and three that frame it.
const LEAST_KEY: usize = SECRET + 11;
/// Bytes of the largest modulus and exponent that are worked with.
const MOST_KEY: usize = 2_048;
const MOST_EXPONENT: usize = 8;

#[cfg(test)]
mod tests {
    use mailmedic_wire::names::ProtocolVersion;

    use super::{LEAST_KEY, MOST_KEY, encrypt, padded};
    use crate::certificate::RsaKey;

    fn block(way: u8) -> Vec<u8> {
        padded(256, ProtocolVersion::TLSv1_2, way).unwrap()
    }

    fn zeros(block: &[u8]) -> Vec<usize> {
        (0..block.len()).filter(|at| block[*at] == 0).collect()
    }

    #[test]
    fn each_way_is_wrong_in_one_thing_only() {
        let right = block(0);
        assert_eq!((&right[..2], zeros(&right)), (&[0, 2][..], vec![0, 207]));
        assert_eq!(right[208..210], [3, 3]);
        let wrong_start = block(1);
        assert_eq!((&wrong_start[..2], zeros(&wrong_start)), (&[0x41, 0x17][..], vec![207]));
        assert_eq!(zeros(&block(2)), [0, 254]);
        assert_eq!(zeros(&block(3)), [0]);
        let wrong_version = block(4);
        assert_eq!((zeros(&wrong_version), &wrong_version[208..210]), (vec![0, 207], &[2, 2][..]));
    }

    #[test]
    fn keys_beyond_all_measure_are_left_alone() {
        let padded = |length| padded(length, ProtocolVersion::TLSv1_2, 0);
        assert!(padded(LEAST_KEY - 1).is_none() && padded(MOST_KEY + 1).is_none());
        assert_eq!(padded(LEAST_KEY).map(|block| block.len()), Some(LEAST_KEY));
        let key = |modulus: &[u8], exponent: &[u8]| RsaKey {
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
        };
        for none in [key(&[], &[3]), key(&[0x80], &[3]), key(&[0x81], &[]), key(&[0x81], &[1; 9])] {
            assert_eq!(encrypt(&[2], &none), None, "{none:?}");
        }
    }

    #[test]
    fn encrypts_without_a_padding_of_its_own() {
        // 65^17 mod 3233 = 2790, the example of most textbooks.
        let key = RsaKey { modulus: vec![0x0C, 0xA1], exponent: vec![17] };
        assert_eq!(encrypt(&[0, 65], &key), Some(2790u16.to_be_bytes().to_vec()));
        assert_eq!(encrypt(&[0, 1], &key), Some(vec![0, 1]));
    }
}
