//! RSA signatures that aws-lc-rs refuses: small keys, MD5 and SHA-224, PSS with any salt (RFC 8017 §8.1.2, §8.2.2).
//!
//! Only public numbers are in it, so it need not take the same time for all. The power is `num-bigint`'s, which x509-parser
//! has anyway, and the hashes come from libraries too; what is ours is to compare a padding. The package `rsa` would do it
//! all, but brings 12 packages and one more for each hash: most of that for making keys and deciphering, of which
//! nothing is done here.

use num_bigint::BigUint;

use super::signature::{Outcome, digest};
use crate::certificate::RsaKey;
use crate::certificate::der::wrap;

/// Checks a signature with PKCS #1 v1.5 padding over a hash of this name.
pub(super) fn pkcs1(key: &RsaKey, hash: &str, signed: &[u8], signature: &[u8]) -> Outcome {
    let (Some(oid), Some(digest)) = (hash_oid(hash), digest(hash, signed)) else { return Outcome::Unchecked };
    let Some(block) = open(key, signature) else { return refusal(key) };
    // Of the parameters NULL may be there or not (RFC 8017 §9.2, note 1).
    let is_right = [&[5, 0][..], &[]].iter().any(|parameters| {
        let algorithm = wrap(0x30, &[&wrap(6, oid), *parameters].concat());
        let info = wrap(0x30, &[algorithm, wrap(4, &digest)].concat());
        let Some(filled) = block.len().checked_sub(info.len() + 3).filter(|filled| *filled >= 8) else {
            return false;
        };
        block == [&[0, 1][..], &vec![0xFF; filled], &[0], &info].concat()
    });
    if is_right { Outcome::Verified } else { Outcome::Wrong }
}

/// Checks a signature with PSS padding over a hash, with a mask made of another, and a salt of so many bytes.
pub(super) fn pss(
    key: &RsaKey,
    hash: &str,
    mask_hash: &str,
    salt: u64,
    signed: &[u8],
    signature: &[u8],
) -> Outcome {
    let (Some(message), Ok(salt)) = (digest(hash, signed), usize::try_from(salt)) else {
        return Outcome::Unchecked;
    };
    if digest(mask_hash, b"").is_none() {
        return Outcome::Unchecked;
    }
    let Some(block) = open(key, signature) else { return refusal(key) };
    let bits = bits(key) - 1;
    // A modulus of 8n+1 bits has a block of n bytes.
    let block = if bits.is_multiple_of(8) { &block[1..] } else { &block[..] };
    match is_pss(block, bits, &message, hash, mask_hash, salt) {
        Some(true) => Outcome::Verified,
        Some(false) | None => Outcome::Wrong,
    }
}

/// EMSA-PSS-VERIFY (RFC 8017 §9.1.2).
fn is_pss(
    block: &[u8],
    bits: usize,
    message: &[u8],
    hash: &str,
    mask_hash: &str,
    salt: usize,
) -> Option<bool> {
    let (0xBC, rest) = block.split_last().map(|(last, rest)| (*last, rest))? else { return None };
    let (masked, h) = rest.split_at_checked(rest.len().checked_sub(message.len())?)?;
    let unused = 8 * block.len() - bits;
    if masked.first()? >> (8 - unused).min(7) != 0 && unused > 0 {
        return None;
    }
    let mut data: Vec<u8> =
        masked.iter().zip(mask(mask_hash, h, masked.len())?).map(|(byte, mask)| byte ^ mask).collect();
    *data.first_mut()? &= 0xFF_u8.checked_shr(u32::try_from(unused).ok()?)?;
    let (zeros, tail) = data.split_at_checked(data.len().checked_sub(salt.checked_add(1)?)?)?;
    let (one, salt) = tail.split_first()?;
    if zeros.iter().any(|byte| *byte != 0) || *one != 1 {
        return None;
    }
    Some(digest(hash, &[&[0; 8][..], message, salt].concat())? == h)
}

/// MGF1 (RFC 8017 §B.2.1).
fn mask(hash: &str, seed: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut mask = Vec::with_capacity(length + 64);
    for counter in 0_u32.. {
        if mask.len() >= length {
            break;
        }
        mask.extend(digest(hash, &[seed, &counter.to_be_bytes()].concat())?);
    }
    mask.truncate(length);
    Some(mask)
}

/// Returns the block that was signed, as long as the modulus; none if the key or the signature is of the wrong size.
fn open(key: &RsaKey, signature: &[u8]) -> Option<Vec<u8>> {
    if !is_checkable(key) || signature.len() != key.modulus.len() {
        return None;
    }
    let modulus = BigUint::from_bytes_be(&key.modulus);
    let signature = BigUint::from_bytes_be(signature);
    if signature >= modulus {
        return None;
    }
    let block = signature.modpow(&BigUint::from_bytes_be(&key.exponent), &modulus).to_bytes_be();
    let mut whole = vec![0; key.modulus.len() - block.len().min(key.modulus.len())];
    whole.extend(block);
    Some(whole)
}

/// Returns what it means that a block cannot be opened: a key that is beyond reach proves nothing.
fn refusal(key: &RsaKey) -> Outcome {
    if is_checkable(key) { Outcome::Wrong } else { Outcome::Unchecked }
}

/// Returns whether a key is one that a signature can be checked with, in bounded time.
fn is_checkable(key: &RsaKey) -> bool {
    let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
    (LEAST_BITS..=MOST_BITS).contains(&bits(key))
        && is_odd(&key.modulus)
        && is_odd(&key.exponent)
        && key.exponent != [1]
        && key.exponent.len() <= MOST_EXPONENT_BYTES
}

fn bits(key: &RsaKey) -> usize {
    let zeros = key.modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    8 * key.modulus.len() - zeros
}

/// The object identifiers of hashes (RFC 8017 §B.1).
fn hash_oid(hash: &str) -> Option<&'static [u8]> {
    Some(match hash {
        "md5" => &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 5],
        "sha1" => &[0x2B, 0x0E, 3, 2, 0x1A],
        "sha224" => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4],
        "sha256" => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
        "sha384" => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2],
        "sha512" => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3],
        "sha3-256" => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8],
        "sha3-384" => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 9],
        "sha3-512" => &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 10],
        _ => return None,
    })
}

const LEAST_BITS: usize = 256;
const MOST_BITS: usize = 16_384;
const MOST_EXPONENT_BYTES: usize = 5;

#[cfg(test)]
mod tests {
    use super::{Outcome, pkcs1, pss};
    use crate::certificate::RsaKey;

    /// Keys of 512 and 1025 bits and signatures of "mailmedic", made with openssl 3.0.
    const SMALL: &str = "f120a57ee31f55ed833a53f43362e90377bfac5c761d47430cf406fe8096e89a8b0290a71c863d1a5c8a442797fae3e6\
         3c73a6e265869bccd80846764d549ef1";
    const ODD: &str = "01c7ac48993657af8a0d30f2e6086877517a328dd4830e0183e0c3c23e8f843de872d1a7dd87716318656cef1b2ada42\
         e95f523dbc2259e96d98b8f429f49d921e0379946ea9d9c5fa7917d6e587c99472fedb9fc8a3771568a057556065c56e\
         d4679507edf2112b73899376b97a3359c0bdc71abf43d377d657bcd2836d5824b1";

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn key(modulus: &str) -> RsaKey {
        RsaKey { modulus: bytes(modulus), exponent: vec![1, 0, 1] }
    }

    #[test]
    fn small_keys_and_old_hashes_are_checked() {
        for (hash, signature) in [
            (
                "md5",
                "ad984752f9fb35258011bd5676684907b9a612461e10b6910d8bb7223ae66f0e33b4f2143495f00f671b4c3cb2a13892\
         dade46cd1488470fa34867aeac794812",
            ),
            (
                "sha1",
                "a1c0c827eb9b6dfc988774a62b02614307077454fe256ea95805795fb1ed87e1d0684a17a2e0428537b42d6bc8e1ed54\
         cc47add7820e571bf6e3622a7e591ed7",
            ),
            (
                "sha224",
                "b15556b0200b909598e8bb15b9e0772a4f04ec0970bff4a3fc82f04b19e32f5cf77a01ca8cdb3ebb62b9550b248368c8\
         c382afc1cb02f54a56b099df39720d42",
            ),
            (
                "sha256",
                "025297e171e12b76a935ba8158c2a6beb097f043a984f36a242689264bbcaf33a0ed6997699a3eadb935bf7b5f9d3d56\
         61a6e47439b5d32987a6228838bce67f",
            ),
        ] {
            let signature = bytes(signature);
            let check = |hash, message: &[u8]| pkcs1(&key(SMALL), hash, message, &signature);
            assert_eq!(check(hash, b"mailmedic"), Outcome::Verified, "{hash}");
            assert_eq!(check(hash, b"mailmedia"), Outcome::Wrong, "{hash}");
            assert_eq!(check("sha384", b"mailmedic"), Outcome::Wrong, "{hash}");
            assert_eq!(check("md2", b"mailmedic"), Outcome::Unchecked, "{hash}");
            assert_eq!(pkcs1(&key(SMALL), hash, b"mailmedic", &signature[1..]), Outcome::Wrong);
            assert_eq!(pss(&key(SMALL), hash, hash, 0, b"mailmedic", &signature), Outcome::Wrong);
        }
    }

    #[test]
    fn pss_takes_any_salt() {
        for (modulus, hash, salt, signature) in [
            (
                SMALL,
                "sha1",
                11,
                "e580911ee088dd33f4930a5dbcb890fd64be8d24cebb9bcdc9b50b536013ffa1b15a167b2357e6a39df8030789bfc345\
         eff7c9c1a41424f3e102650c2079c95e",
            ),
            (
                SMALL,
                "sha224",
                0,
                "19d2a4ca1c2ab37276e4ffd9a67c0625d207434bb9edb78cdefc8d6bd6239e41a95bd9992aa6554fef7ef406888a2e4d\
         0e02be4d9dd72c6ebaf22bee6f561638",
            ),
            (
                ODD,
                "sha256",
                94,
                "010e20a878e0b6c456cf44c4c18eb1723630d599301e247a68a4f164702f61fa400fdff6dbd0d438c0176e4521117324\
         22edb289f8c7d1bd68cce4c3131e2dd0499f4dbed6920a36f545485f282a365915b8d263c3f8fef6ff613eb458517db4\
         0a3978a05412244e4950dc8b2dbaf27380065419df5bde4f114d4cd6cb5acddde0",
            ),
            (
                ODD,
                "sha512",
                32,
                "009a3cb6731a65964e892fbefe49d3c117dd60b917428e5c5093d2e8d9bc4ed60d6896ca0a8f56ad15730d8aef52ccc4\
         0952b6106a6b1b10519953fd3c81bd19d26ac432a25e8ceee21e5450e638543c9eff18189665dfe69580fc017dbc2412\
         db1e1ac8745c0b2a5d5daff9c1aecc5bc3c0fa5d5ce3a52fa0ebb204a3ce7c8788",
            ),
        ] {
            let signature = bytes(signature);
            let check =
                |hash, mask, salt, message: &[u8]| pss(&key(modulus), hash, mask, salt, message, &signature);
            assert_eq!(check(hash, hash, salt, b"mailmedic"), Outcome::Verified, "{hash}");
            assert_eq!(check(hash, hash, salt + 1, b"mailmedic"), Outcome::Wrong, "{hash}");
            assert_eq!(check(hash, hash, u64::MAX, b"mailmedic"), Outcome::Wrong, "{hash}");
            assert_eq!(check(hash, "md5", salt, b"mailmedic"), Outcome::Wrong, "{hash}");
            assert_eq!(check(hash, "md2", salt, b"mailmedic"), Outcome::Unchecked, "{hash}");
            assert_eq!(check(hash, hash, salt, b"mailmedia"), Outcome::Wrong, "{hash}");
            assert_eq!(pkcs1(&key(modulus), hash, b"mailmedic", &signature), Outcome::Wrong);
        }
    }

    #[test]
    fn keys_beyond_reach_prove_nothing() {
        let huge = RsaKey { modulus: vec![0xFF; 2049], exponent: vec![3] };
        let slow = RsaKey { modulus: bytes(SMALL), exponent: vec![0xFF; 6] };
        let even = RsaKey { modulus: vec![0xFE; 64], exponent: vec![3] };
        let empty = RsaKey { modulus: Vec::new(), exponent: Vec::new() };
        for key in [huge, slow, even, empty] {
            let signature = vec![1; key.modulus.len()];
            assert_eq!(pkcs1(&key, "sha256", b"", &signature), Outcome::Unchecked);
            assert_eq!(pss(&key, "sha256", "sha256", 32, b"", &signature), Outcome::Unchecked);
        }
    }
}
