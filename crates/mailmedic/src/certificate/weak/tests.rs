use num_bigint::BigUint;

use super::{Flaw, Shared, WeakKeys, common, flaw, shared_primes, weak_digest};
use crate::certificate::RsaKey;

/// A key with the usual exponent.
pub(crate) fn key(modulus: &BigUint) -> RsaKey {
    RsaKey { modulus: modulus.to_bytes_be(), exponent: vec![1, 0, 1] }
}

/// Numbers without end that are the same in each run.
fn numbers(seed: u64) -> impl Iterator<Item = BigUint> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        let mut digits = Vec::new();
        for _ in 0..16 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            digits.push(u32::try_from(state >> 32).unwrap());
        }
        // 512 bits, the highest and the lowest set.
        digits[0] |= 1;
        digits[15] |= 0x8000_0000;
        BigUint::new(digits)
    })
}

/// A prime of 512 bits, or nearly: nothing below 2^11 divides it.
pub(crate) fn prime(seed: u64) -> BigUint {
    numbers(seed).find(has_no_small_factor).unwrap()
}

fn has_no_small_factor(number: &BigUint) -> bool {
    (2_u32..2_048).all(|divisor| number % divisor != BigUint::ZERO)
}

/// A number of the form that Infineon's library took its primes from.
fn infineon(seed: u64) -> BigUint {
    let is_prime = |n: &u32| (2..*n).all(|d| !n.is_multiple_of(d));
    let product: BigUint = (2..=167_u32).filter(is_prime).map(BigUint::from).product();
    let power = BigUint::from(65_537_u32).modpow(&BigUint::from(seed * 1_000 + 77), &product);
    (1_u64..).map(|k| BigUint::from(k * 12_345 + seed) * &product + &power).find(has_no_small_factor).unwrap()
}

#[test]
fn an_honest_key_has_no_flaw() {
    for seed in 0..20 {
        assert_eq!(flaw(&key(&(prime(seed) * prime(seed + 1_000)))), None, "{seed}");
    }
}

#[test]
fn rsa_as_rcgen_makes_it_has_no_flaw() {
    let made = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let der = rcgen::CertificateParams::default().self_signed(&made).unwrap();
    let key = crate::certificate::Certificate::read(der.der()).rsa_key().unwrap();
    assert_eq!(flaw(&key), None);
}

#[test]
fn each_flaw_is_found() {
    let (one, two) = (prime(1), prime(2));
    let good = &one * &two;
    for exponent in [vec![], vec![1], vec![2], vec![1, 0, 0]] {
        assert_eq!(flaw(&RsaKey { exponent, ..key(&good) }), Some(Flaw::Exponent));
    }
    assert_eq!(flaw(&RsaKey { exponent: vec![3], ..key(&good) }), None);
    for factor in [2_u32, 3, 5, 7, 541, 1_021] {
        assert_eq!(flaw(&key(&(&good * factor))), Some(Flaw::SmallFactor(factor)));
    }
    // The next prime lies beyond.
    assert_eq!(flaw(&key(&(&good * 2_053_u32))), None);
    assert_eq!(flaw(&key(&(&one * &one))), Some(Flaw::ClosePrimes));
    let near = (1_u32..).map(|more| &one + more * 2).find(has_no_small_factor).unwrap();
    assert_eq!(flaw(&key(&(&one * near))), Some(Flaw::ClosePrimes));
    assert_eq!(flaw(&key(&(infineon(3) * infineon(8)))), Some(Flaw::Roca));
}

#[test]
fn one_prime_of_infineons_form_is_no_roca() {
    assert_eq!(flaw(&key(&(infineon(3) * prime(4)))), None);
}

#[test]
fn moduli_out_of_bounds_are_left_alone() {
    for length in [0, 2_049] {
        let key = RsaKey { modulus: vec![0xFF; length], exponent: vec![3] };
        assert_eq!(flaw(&key), None);
    }
    assert_eq!(flaw(&RsaKey { modulus: vec![1], exponent: vec![3] }), None);
}

#[test]
fn shared_primes_are_found_and_the_same_key_twice_is_none() {
    let [a, b, c, d, e] = [11, 12, 13, 14, 15].map(prime);
    let good = (&d * &e).to_bytes_be();
    let (one, two) = ((&a * &b).to_bytes_be(), (&a * &c).to_bytes_be());
    let shared = |modulus: &Vec<u8>| Shared { modulus: modulus.clone(), prime: a.to_bytes_be() };
    let all = [one.clone(), good.clone(), two.clone(), good];
    let (mut found, more) = shared_primes(&all);
    found.sort();
    let mut expected = vec![shared(&one), shared(&two)];
    expected.sort();
    assert_eq!((found, more), (expected, false));
    assert_eq!(shared_primes(&[one.clone(), one.clone()]), (Vec::new(), false));
    assert_eq!(shared_primes(&[one]), (Vec::new(), false));
    assert_eq!(shared_primes(&[Vec::new(), vec![0], vec![1], vec![0xFF; 3_000]]), (Vec::new(), false));
}

#[test]
fn a_key_whose_two_primes_are_both_shared_is_found_whole() {
    let [a, b, c, d] = [21, 22, 23, 24].map(prime);
    let all = [&a * &b, &a * &c, &b * &d].map(|one| one.to_bytes_be());
    let (found, _) = shared_primes(&all);
    assert_eq!(found.len(), 3);
    assert_eq!(found.iter().find(|one| one.modulus == all[0]).unwrap().prime, all[0]);
}

#[test]
fn common_divisors_are_euclids() {
    let number = |number: u32| BigUint::from(number);
    assert_eq!(common(number(84), number(36)), number(12));
    assert_eq!(common(number(84), number(0)), number(84));
}

#[test]
fn lists_have_the_form_of_debians_package() {
    let good = prime(31) * prime(32);
    let digest: String = weak_digest(&good.to_bytes_be()).iter().map(|byte| format!("{byte:02x}")).collect();
    let list = WeakKeys::read(&format!("# made up\n\n{digest}\n00005890bc78bcbee3ca # another\n")).unwrap();
    assert!(list.has(&key(&good)));
    assert!(!list.has(&key(&prime(33))));
    let mut other = WeakKeys::read("00005c9c49fd31e889a3\n").unwrap();
    assert!(!other.has(&key(&good)));
    other.join(list);
    assert!(other.has(&key(&good)));
    assert_eq!(WeakKeys::read("# none\n").unwrap_err(), "it lists no key");
    for odd in ["3c3f", "zz005c9c49fd31e889a3", "00005c9c49fd31e889a3ff", "é0005c9c49fd31e889a"] {
        assert_eq!(
            WeakKeys::read(&format!("#\n{odd}")).unwrap_err(),
            "line 2: it is no digest of 20 hex digits"
        );
    }
}

/// What `openssl rsa -modulus | sha1sum` says of 0xC0FFEE and of 0x0C0FFEE1.
#[test]
fn the_digest_is_openssls() {
    let digest = |modulus: &[u8]| -> String {
        weak_digest(modulus).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(digest(&[0xC0, 0xFF, 0xEE]), "6149ed99475722f13e18");
    assert_eq!(digest(&[0x0C, 0x0F, 0xFE, 0xE1]), "7af60e32a1d3acdbe4f3");
}
