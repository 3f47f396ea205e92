//! RSA keys whose private half is known or can be worked out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use num_bigint::BigUint;

use super::RsaKey;

/// What gives a key away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The public exponent is even or 1, so that nothing is kept secret.
    Exponent,
    /// This prime divides the modulus.
    SmallFactor(u32),
    /// The modulus is the square of a number, or its two primes lie so close to each other that Fermat's method finds
    /// them at once (CVE-2022-26320).
    ClosePrimes,
    /// It has the mark of Infineon's library (ROCA, CVE-2017-15361).
    Roca,
}

/// Returns the first flaw that the numbers of a key show.
pub fn flaw(key: &RsaKey) -> Option<Flaw> {
    let is_odd = key.exponent.last().is_some_and(|last| last & 1 == 1);
    if !is_odd || key.exponent == [1] {
        return Some(Flaw::Exponent);
    }
    if key.modulus.is_empty() || key.modulus.len() > MOST_BYTES {
        return None;
    }
    let limbs = Limbs::of(&key.modulus);
    if let Some(factor) = small_factor(&limbs) {
        return Some(Flaw::SmallFactor(factor));
    }
    if key.modulus.len() < FEWEST_BYTES {
        return None;
    }
    if is_roca(&limbs) {
        return Some(Flaw::Roca);
    }
    has_close_primes(&BigUint::from_bytes_be(&key.modulus)).then_some(Flaw::ClosePrimes)
}

/// A modulus in digits of 32 bits, the lowest first.
struct Limbs(Vec<u32>);

impl Limbs {
    fn of(modulus: &[u8]) -> Self {
        let digit = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        Self(modulus.rchunks(4).map(digit).collect())
    }

    /// Returns the remainder by a small number.
    fn rem(&self, by: u32) -> u32 {
        let by = u64::from(by);
        let rest = self.0.iter().rev().fold(0, |rest: u64, digit| (rest << 32 | u64::from(*digit)) % by);
        u32::try_from(rest).unwrap_or(0)
    }
}

/// Finds a prime below 1,024 that divides a modulus: no RSA library makes such a key, a damaged one often has one.
fn small_factor(limbs: &Limbs) -> Option<u32> {
    if limbs.0.first().is_some_and(|low| low & 1 == 0) {
        return Some(2);
    }
    groups().iter().find_map(|group| {
        let rest = group.rem(limbs);
        group.primes.iter().copied().find(|prime| rest.is_multiple_of(*prime))
    })
}

/// Odd primes whose product fits 32 bits, so that one division serves three of them.
struct Group {
    primes: Vec<u32>,
    product: u32,
    /// The powers of 2^32 by the product: multiplying is many times faster than dividing digit by digit.
    powers: Vec<u32>,
}

impl Group {
    fn new(primes: &[u32]) -> Self {
        let product = primes.iter().product();
        let times = |power: &u64| Some((power << 32) % u64::from(product));
        let powers = std::iter::successors(Some(1), times).take(MOST_BYTES / 4);
        Self {
            primes: primes.to_vec(),
            product,
            powers: powers.map(|power| u32::try_from(power).unwrap_or(0)).collect(),
        }
    }

    /// Returns the remainder of a modulus of at most [`MOST_BYTES`] by the product.
    fn rem(&self, limbs: &Limbs) -> u32 {
        let terms = limbs.0.iter().zip(&self.powers);
        let sum: u128 = terms.map(|(digit, power)| u128::from(u64::from(*digit) * u64::from(*power))).sum();
        u32::try_from(sum % u128::from(self.product)).unwrap_or(0)
    }
}

/// Returns the odd primes below 1,024 in groups.
fn groups() -> &'static [Group] {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        let is_prime = |n: &u32| (3..32).step_by(2).all(|d| d * d > *n || !n.is_multiple_of(d));
        let odd: Vec<u32> = (3..SMALL).step_by(2).filter(is_prime).collect();
        odd.chunks(3).map(Group::new).collect()
    })
}

/// Tells whether a modulus has the mark of primes of the form k·M + 65537^a mod M, with M the product of the first
/// primes (Nemec, Sys, Svenda, Klinec, Matyas: The Return of Coppersmith's Attack, 2017, §2.3).
///
/// Modulo each of those primes the modulus is then a power of 65537, and all these powers agree on one exponent. By
/// chance that happens to one modulus in 2^154.
fn is_roca(limbs: &Limbs) -> bool {
    let mut powers: Vec<(u32, u32)> = Vec::new();
    for prime in (3..=ROCA_LAST).step_by(2).filter(|n| (3..*n).step_by(2).all(|d| !n.is_multiple_of(d))) {
        let Some((exponent, order)) = logarithm(limbs.rem(prime), prime) else { return false };
        let agrees = |(other, its_order): &(u32, u32)| {
            let common = gcd(order, *its_order);
            exponent % common == other % common
        };
        if !powers.iter().all(agrees) {
            return false;
        }
        powers.push((exponent, order));
    }
    true
}

/// Returns the exponent to which 65537 gives this remainder, and the order of 65537.
fn logarithm(rest: u32, prime: u32) -> Option<(u32, u32)> {
    let (mut power, mut steps, mut found) = (1, 0, None);
    loop {
        if power == rest && found.is_none() {
            found = Some(steps);
        }
        power = power * (65_537 % prime) % prime;
        steps += 1;
        if power == 1 {
            return found.map(|found| (found, steps));
        }
    }
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

/// Looks for a difference of two squares near the root of the modulus (Fermat).
fn has_close_primes(modulus: &BigUint) -> bool {
    let mut root = modulus.sqrt();
    if &root * &root < *modulus {
        root += 1_u8;
    }
    let mut rest = &root * &root - modulus;
    for _ in 0..FERMAT_ROUNDS {
        if is_square(&rest) {
            return true;
        }
        rest += &root + &root + 1_u8;
        root += 1_u8;
    }
    false
}

fn is_square(number: &BigUint) -> bool {
    // By each of these numbers squares leave half of the remainders or fewer; so next to no root has to be drawn.
    let is_left = |by: u64, rest: u64| (0..by).any(|root| (root * root) % by == rest % by);
    let low = number.iter_u64_digits().next().unwrap_or(0);
    let rest = (number % 45_045_u32).iter_u64_digits().next().unwrap_or(0);
    let possible = is_left(64, low) && [9, 7, 5, 13, 11].iter().all(|by| is_left(*by, rest));
    possible && {
        let root = number.sqrt();
        &root * &root == *number
    }
}

/// A list of keys that are known, by the form of Debian's package openssl-blacklist: of the SHA-1 of
/// `Modulus=` with the modulus in upper-case hex and a line end, the last 20 hex digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeakKeys {
    digests: BTreeSet<[u8; DIGEST]>,
}

impl WeakKeys {
    /// Reads a list: one digest a line, and comments behind `#`.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut digests = BTreeSet::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let digest =
                hex(line).ok_or_else(|| format!("line {}: it is no digest of 20 hex digits", number + 1))?;
            digests.insert(digest);
        }
        if digests.is_empty() { Err("it lists no key".to_owned()) } else { Ok(Self { digests }) }
    }

    /// Adds the keys of another list.
    pub fn join(&mut self, mut other: Self) {
        self.digests.append(&mut other.digests);
    }

    /// Tells whether a key is in the list.
    pub fn has(&self, key: &RsaKey) -> bool {
        !self.digests.is_empty() && self.digests.contains(&weak_digest(&key.modulus))
    }
}

fn weak_digest(modulus: &[u8]) -> [u8; DIGEST] {
    let mut text = String::from("Modulus=");
    for byte in modulus {
        let _ = write!(text, "{byte:02X}");
    }
    // OpenSSL prints no zeros in front, not even half of a byte.
    let digits = text.split_off("Modulus=".len());
    text.push_str(digits.trim_start_matches('0'));
    text.push('\n');
    let whole = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    let mut last = [0; DIGEST];
    last.copy_from_slice(&whole.as_ref()[whole.as_ref().len() - DIGEST..]);
    last
}

fn hex(text: &str) -> Option<[u8; DIGEST]> {
    if text.len() != 2 * DIGEST || !text.is_ascii() {
        return None;
    }
    let mut digest = [0; DIGEST];
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(digest)
}

/// A modulus that shares a prime with another one, as big-endian numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shared {
    /// The modulus.
    pub modulus: Vec<u8>,
    /// The prime; the whole modulus where others share each of its primes.
    pub prime: Vec<u8>,
}

/// Finds the moduli that share a prime with another one of the list, by products and remainders of
/// the whole (Bernstein: How to find smooth parts of integers, 2004); equal moduli are one key and count once.
///
/// Only the first [`MOST_MODULI`] are looked at; the second value tells whether there were more.
pub fn shared_primes(moduli: &[Vec<u8>]) -> (Vec<Shared>, bool) {
    let distinct: BTreeSet<&Vec<u8>> = moduli.iter().filter(|one| one.len() <= MOST_BYTES).collect();
    let mut numbers: Vec<BigUint> = distinct.into_iter().map(|one| BigUint::from_bytes_be(one)).collect();
    numbers.retain(|number| number.bits() > 1);
    let more = numbers.len() > MOST_MODULI;
    numbers.truncate(MOST_MODULI);
    if numbers.len() < 2 {
        return (Vec::new(), more);
    }
    let mut levels = vec![numbers];
    while let Some(level) = levels.last().filter(|level| level.len() > 1) {
        let next = level.chunks(2).map(|pair| pair.iter().product()).collect();
        levels.push(next);
    }
    // From the product of all down to its remainder by each square.
    let mut rests = levels.pop().unwrap_or_default();
    for level in levels.iter().rev() {
        rests = level.iter().enumerate().map(|(at, number)| &rests[at / 2] % (number * number)).collect();
    }
    let numbers = levels.into_iter().next().unwrap_or_default();
    let shared = |(number, rest): (&BigUint, BigUint)| {
        let common = common(number.clone(), rest / number);
        (common.bits() > 1).then(|| Shared { modulus: number.to_bytes_be(), prime: common.to_bytes_be() })
    };
    (numbers.iter().zip(rests).filter_map(shared).collect(), more)
}

/// Tells whether two numbers have a common divisor.
pub(crate) fn divides(one: &[u8], other: &[u8]) -> bool {
    common(BigUint::from_bytes_be(one), BigUint::from_bytes_be(other)).bits() > 1
}

/// The greatest common divisor (Euclid).
fn common(mut one: BigUint, mut other: BigUint) -> BigUint {
    while other.bits() > 0 {
        let rest = one % &other;
        one = other;
        other = rest;
    }
    one
}

/// So many different moduli are looked at for common primes.
pub const MOST_MODULI: usize = 2_000;
/// Trial division goes up to here; three primes below it multiply to less than 2^32.
const SMALL: u32 = 1_024;
/// The last prime in the product of Infineon's shortest keys; those of longer ones have it too.
const ROCA_LAST: u32 = 167;
/// Keys with close primes that were met are found in the first round.
const FERMAT_ROUNDS: usize = 16;
/// The bytes of a digest in Debian's lists.
const DIGEST: usize = 10;
/// Shorter moduli are as good as broken, and look like anything.
const FEWEST_BYTES: usize = 32;
/// Larger moduli, of over 16,384 bits, no client takes.
const MOST_BYTES: usize = 2_048;

#[cfg(test)]
pub(crate) mod tests;
