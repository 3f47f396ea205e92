//! What is known of finite fields for Diffie-Hellman.

use num_bigint::BigUint;

use crate::bytes::Fingerprint;

/// Returns what people call a prime that many servers share: where it stands, or whose it is.
pub fn name(prime: &[u8]) -> Option<&'static str> {
    let digest = Fingerprint::of(significant(prime)).to_string();
    KNOWN.iter().find(|(known, _)| *known == digest).map(|(_, name)| *name)
}

/// Tells whether a modulus is certainly no prime; none where it is too long to find out in good time.
///
/// The bases of the test (Miller and Rabin) come from the modulus itself, so that nobody who makes one up can
/// prepare for a few that are always the same.
pub fn is_composite(modulus: &[u8]) -> Option<bool> {
    let modulus = significant(modulus);
    if modulus.len() > MOST_BYTES {
        return None;
    }
    let number = BigUint::from_bytes_be(modulus);
    let (one, four) = (BigUint::from(1_u8), BigUint::from(4_u8));
    if number < four {
        return Some(number <= one);
    }
    if !number.bit(0) {
        return Some(true);
    }
    let less = &number - &one;
    let twos = less.trailing_zeros().unwrap_or(0);
    let odd = &less >> twos;
    let digest = Fingerprint::of(modulus);
    let survives = |base: BigUint| {
        let base = base % &number;
        if base <= one || base == less {
            return true;
        }
        let mut power = base.modpow(&odd, &number);
        if power == one || power == less {
            return true;
        }
        for _ in 1..twos {
            power = &power * &power % &number;
            if power == less {
                return true;
            }
        }
        false
    };
    Some(!digest.0.chunks(BASE_BYTES).map(BigUint::from_bytes_be).all(survives))
}

/// Returns a number without leading zeros.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// The longest modulus that is tested: 4,096 bits take a fraction of a second.
const MOST_BYTES: usize = 512;

/// The bytes of one base: a digest has four.
const BASE_BYTES: usize = 8;

/// SHA-256 digests of primes, as big-endian numbers without leading zeros, with what people call them.
///
/// Those of the RFCs follow from the formulas there. Those that are built into software come from its sources and from
/// the collections of nmap (`ssl-dh-params`) and testssl.sh (`common-primes.txt`); the survey is that of
/// <https://weakdh.org>.
const KNOWN: &[(&str, &str)] = &[
    ("b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d", "group 1 of RFC 2409"),
    ("3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0", "group 2 of RFC 2409"),
    ("64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b", "group 5 of RFC 3526"),
    ("d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e", "group 14 of RFC 3526"),
    ("48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c", "group 15 of RFC 3526"),
    ("4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33", "group 16 of RFC 3526"),
    ("d1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd", "group 17 of RFC 3526"),
    ("39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf", "group 18 of RFC 3526"),
    ("44c55cfee5c075927cf682da5b681bdecbd5c3eb0784c14f5dce7610f0ef133d", "group 22 of RFC 5114"),
    ("bfe545862ca102ad1eeddb5fbfa5bf855ac4995c56a8b408ce3fe099dce93a9d", "group 23 of RFC 5114"),
    ("0b7835722cb619827610c2549fdda5587421686c4409a13865e76225522ddcc9", "group 24 of RFC 5114"),
    ("9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966", "ffdhe2048 of RFC 7919"),
    ("0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17", "ffdhe3072 of RFC 7919"),
    ("4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e", "ffdhe4096 of RFC 7919"),
    ("227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7", "ffdhe6144 of RFC 7919"),
    ("770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833", "ffdhe8192 of RFC 7919"),
    (
        "6c863838510bab3e2093066fc14976f0265b0da72c465eb306018587b5df6b6a",
        "the prime of old versions of Postfix",
    ),
    (
        "ef627d8cc44144f36a075d8dd8511bbd278cb5cf438f1052bdbdabe715232c1e",
        "the prime of old versions of Postfix",
    ),
    (
        "3cdb020b9ef298b2f3f6cf5a872af527337bf7b9f654b2e70c49da16a4d24137",
        "the prime of old versions of Apache",
    ),
    (
        "db01e702899166da28c9bc7896af62bcdf0c96d0fb341950ba80e68bd51a57ef",
        "the prime of old versions of Apache",
    ),
    (
        "f79d1db3c955a28fdeca462670a0712efee4b588c7858e4943883f903bd1354b",
        "the prime of old versions of Apache",
    ),
    (
        "bf910d9df4e0b2e76cda7443f592aa118e33ba2c224ebc27fb8978d873c8c2e3",
        "the prime of old versions of Apache",
    ),
    (
        "8ae47dca3d24e9b64640062686da234dcabada26b0da6f090c5449c1338d9a11",
        "the prime of old versions of nginx",
    ),
    ("73b391ec8da33ee197aed17d7cfce1321b94e04c5b55b3c02c1c7198eb88715b", "the prime of old versions of Java"),
    ("ee5483fe4b96caa10cb5b863ec409aab2762e6bf43af4a8a0a42817fef4dd7f3", "the prime of old versions of Java"),
    ("cc21a33dd1a3edf40bf636b5496e4aede198a437a8548e0cc1a621424e42419b", "the prime of old versions of Java"),
    ("f26e2403f3f07946654404909f0ff81d9354de17250411b4c04b89af73178425", "the sample prime of OpenSSL"),
    ("66d0bf38b0bdfacf2fdae33f35102ab6079fd5ff0feff8e436a4063745c72739", "the sample prime of OpenSSL"),
    ("bfa876fe4671a9c696c8e256c13d7fadaa05c8991660e0924604ff7b239c6d1a", "the prime of Cisco IronPort"),
    (
        "486e235226a927b22b9389bf43377084cb9be4c303f08fd490613ab4d9dfbd31",
        "the prime of old versions of HAProxy",
    ),
    ("6215d41bb617b390082b066d6856f8b361d6c77f316a84301f7c9717a8681485", "the prime of SKIP"),
    (
        "74a5cce5b6a93eb755e2f48250dc7cb3ea529484af916e1368034b6f70eb25fc",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "196085cb4281d1ff18efaad097bc1ec0af2581444026a6a3018b1479f6d89cdb",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "80571b97f71f89727ab0c40bb73b4f01a420469abd814b7b35090c8d6dff62b0",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "5f856a00120eee6d6b87ef8f596aefbbd284f8a611c8329a713d37cdec2a27b0",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "deb671287187265a5383df13708d3a757735f4af22dd171265385822f5aca5b9",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "bc19c041491e550f381d09415a82e1b359410e8e243744cc545a342455f5fcd8",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "ac0ff7a415f003c6503d4c126f2929769e6f3f89c29efa450764212fa13e2069",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "2b07d24b932aa7a015c45a3f06e75ba71cb8cff8d33980acebf628afff1c101e",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "8523c72057043833089915168751620b02dd60206beaa3ddb65df468acc9584e",
        "a prime that the Logjam survey met on many servers",
    ),
    (
        "52d4faa53003b8349dac3e984a6423bc1ab6ab927f1855d94757185f71b5d97d",
        "a prime that the Logjam survey met on many servers",
    ),
];

#[cfg(test)]
mod tests {
    use super::{KNOWN, is_composite, name};

    fn bytes(hex: &str) -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2);
        pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    #[test]
    fn standard_and_built_in_primes_have_names() {
        assert_eq!(name(&bytes(GROUP2)), Some("group 2 of RFC 2409"));
        assert_eq!(name(&bytes(POSTFIX)), Some("the prime of old versions of Postfix"));
        let padded = [vec![0, 0], bytes(GROUP2)].concat();
        assert_eq!(name(&padded), Some("group 2 of RFC 2409"));
        assert_eq!(name(&bytes(SOCAT)), None);
        assert_eq!(name(&[]), None);
    }

    #[test]
    fn every_digest_is_there_once() {
        let mut digests: Vec<&str> = KNOWN.iter().map(|(digest, _)| *digest).collect();
        assert!(digests.iter().all(|digest| digest.len() == 64));
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), KNOWN.len());
    }

    #[test]
    fn primes_are_told_from_other_numbers() {
        for (number, composite) in [(0_u16, true), (1, true), (2, false), (3, false), (4, true), (9, true)] {
            assert_eq!(is_composite(&number.to_be_bytes()), Some(composite), "{number}");
        }
        // Carmichael numbers, and strong pseudoprimes to the base 2.
        for number in [561_u16, 1105, 2047, 3277, 4033, 29_341] {
            assert_eq!(is_composite(&number.to_be_bytes()), Some(true), "{number}");
        }
        let is_prime = |number: u16| {
            (2..number).take_while(|root| root * root <= number).all(|root| !number.is_multiple_of(root))
        };
        for number in 2..3_000_u16 {
            assert_eq!(is_composite(&number.to_be_bytes()), Some(!is_prime(number)), "{number}");
        }
        assert_eq!(is_composite(&bytes(GROUP2)), Some(false));
        assert_eq!(is_composite(&bytes(POSTFIX)), Some(false));
        assert_eq!(is_composite(&[0xFF; 513]), None);
    }

    #[test]
    fn what_socat_shipped_as_a_prime_is_none() {
        assert_eq!(is_composite(&bytes(SOCAT)), Some(true));
    }

    const GROUP2: &str = "\
        ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74\
        020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437\
        4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
        ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff";

    const POSTFIX: &str = "\
        883f00affc0c8ab835cde5c20f55df063f1607bfce1335e41c1e03f3ab17f663\
        5063673e10d73eb4eb468c4050e691a56e0145dec9b11f6454fad9ab4f70ba5b";

    /// Its security advisory 7 (2016).
    const SOCAT: &str = "\
        cc17f2dc96df59a446c53e0eb826550ce388c1cea7bcb3bf1694d8a945a2cea9\
        5b22255f9259941c22bfcbc8c857cbbfbc0ee840f98703bf609b08c68e99c605\
        fc00d66d90a8f5f8d38d43c88f7abdbb28ac04694a0b867337f06d4f04f6f5af\
        bfab8ece75534d7f7d17780e12464aaf9599efbca6c54177437ab9ec8e073c6d";
}
