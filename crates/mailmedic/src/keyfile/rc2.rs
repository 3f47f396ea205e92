//! RC2 in CBC mode, deciphering only (RFC 2268): what Windows and OpenSSL wrote PKCS #12 with until 2021.

use ::rc2::Rc2;
use cbc::Decryptor;
use cbc::cipher::{Block, BlockModeDecrypt as _, InnerIvInit as _};

/// The bytes of a block.
pub(super) const BLOCK: usize = 8;

/// Deciphers whole blocks in place; `bits` is the effective length of the key (RFC 2268 §2).
///
/// A key has 1 to 128 bytes and `bits` are 1 to 1024; the schemes that call for it name both.
pub(super) fn decrypt_cbc(key: &[u8], bits: usize, iv: [u8; BLOCK], data: &mut [u8]) {
    let cipher = Rc2::new_with_eff_key_len(key, bits);
    let (blocks, _) = Block::<Rc2>::slice_as_chunks_mut(data);
    Decryptor::inner_iv_init(cipher, &iv.into()).decrypt_blocks(blocks);
}

#[cfg(test)]
mod tests {
    use super::decrypt_cbc;

    /// The examples of RFC 2268 §5, backwards.
    #[test]
    fn deciphers_the_examples_of_the_rfc() {
        let long = [
            0x88, 0xbc, 0xa9, 0x0e, 0x90, 0x87, 0x5a, 0x7f, 0x0f, 0x79, 0xc3, 0x84, 0x62, 0x7b, 0xaf, 0xb2,
            0x16, 0xf8, 0x0a, 0x6f, 0x85, 0x92, 0x05, 0x84, 0xc4, 0x2f, 0xce, 0xb0, 0xbe, 0x25, 0x5d, 0xaf,
            0x1e,
        ];
        type Example<'a> = (&'a [u8], usize, [u8; 8], [u8; 8]);
        let cases: [Example<'_>; 7] = [
            (&[0; 8], 63, [0; 8], [0xeb, 0xb7, 0x73, 0xf9, 0x93, 0x27, 0x8e, 0xff]),
            (&[0xff; 8], 64, [0xff; 8], [0x27, 0x8b, 0x27, 0xe4, 0x2e, 0x2f, 0x0d, 0x49]),
            (
                &[0x30, 0, 0, 0, 0, 0, 0, 0],
                64,
                [0x10, 0, 0, 0, 0, 0, 0, 1],
                [0x30, 0x64, 0x9e, 0xdf, 0x9b, 0xe7, 0xd2, 0xc2],
            ),
            (&[0x88], 64, [0; 8], [0x61, 0xa8, 0xa2, 0x44, 0xad, 0xac, 0xcc, 0xf0]),
            (&long[..7], 64, [0; 8], [0x6c, 0xcf, 0x43, 0x08, 0x97, 0x4c, 0x26, 0x7f]),
            (&long[..16], 64, [0; 8], [0x1a, 0x80, 0x7d, 0x27, 0x2b, 0xbe, 0x5d, 0xb1]),
            (&long, 129, [0; 8], [0x5b, 0x78, 0xd3, 0xa4, 0x3d, 0xff, 0xf1, 0xf1]),
        ];
        for (key, bits, plain, mut cipher) in cases {
            decrypt_cbc(key, bits, [0; 8], &mut cipher);
            assert_eq!(cipher, plain, "a key of {} bytes, {bits} bits", key.len());
        }
    }
}
