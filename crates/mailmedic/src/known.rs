//! What a judgement knows beyond its target: lists that the user gave, and what the keys of a whole run have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::bytes::Fingerprint;
use crate::certificate::logs::LogList;
use crate::certificate::weak::{self, WeakKeys};
use crate::certificate::{Certificate, rsa_key_of};
use crate::observation::Observation;
use crate::words;

/// Lists that the user gave.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    /// `--ct-log-list`.
    pub logs: Option<Arc<LogList>>,
    /// `--weak-key-list`.
    pub weak_keys: Option<Arc<WeakKeys>>,
}

/// What is known beyond one target.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Lists that the user gave.
    pub lists: Lists,
    /// The RSA moduli among the served leaves of the run that share a prime with another one; with the titles of
    /// certificates that have the others.
    pub shared_primes: BTreeMap<Vec<u8>, Vec<String>>,
    /// Whether there were more moduli than are compared.
    pub more_moduli: bool,
    /// Whether the rules are to judge by another clock than that of the look.
    pub clock_is_chosen: bool,
}

impl Known {
    /// Gathers what is known when this observation is judged at that time.
    pub fn of(observation: &Observation, lists: &Lists, now: Timestamp) -> Self {
        let apart = now.duration_since(observation.taken).abs().as_secs();
        let mut known = Self { lists: lists.clone(), clock_is_chosen: apart > SAME_CLOCK, ..Self::default() };
        let mut moduli: BTreeMap<Vec<u8>, &[u8]> = BTreeMap::new();
        for (_, der) in leaves(observation) {
            if let Some(key) = rsa_key_of(der) {
                moduli.entry(key.modulus).or_insert(der);
            }
        }
        if moduli.len() < 2 {
            return known;
        }
        let all: Vec<Vec<u8>> = moduli.keys().cloned().collect();
        let (shared, more) = weak::shared_primes(&all);
        known.more_moduli = more;
        for one in &shared {
            let others =
                shared.iter().filter(|other| *other != one && weak::divides(&one.prime, &other.modulus));
            let titles =
                others.take(MOST_TITLES).filter_map(|other| Some(title(moduli.get(&other.modulus)?)));
            known.shared_primes.insert(one.modulus.clone(), titles.collect());
        }
        known
    }
}

/// Returns each certificate that was served as a leaf, by target and in DER.
fn leaves(observation: &Observation) -> impl Iterator<Item = (Fingerprint, &[u8])> {
    observation.targets.iter().flat_map(|seen| {
        let mut leaves: Vec<Fingerprint> = seen
            .endpoints
            .iter()
            .flat_map(|endpoint| endpoint.served().filter_map(|served| served.certificates.first().copied()))
            .collect();
        leaves.sort_unstable();
        leaves.dedup();
        leaves.into_iter().filter_map(|leaf| Some((leaf, seen.certificates.get(&leaf)?.0.as_slice())))
    })
}

fn title(der: &[u8]) -> String {
    let certificate = Certificate::read(der);
    words::escape(&certificate.common_name.unwrap_or(certificate.subject), 120)
}

/// Clocks that differ by so many seconds are one: between the look and the verdict some time may pass.
const SAME_CLOCK: i64 = 60;
/// So many certificates with the same prime are named.
const MOST_TITLES: usize = 5;

#[cfg(test)]
mod tests {
    use super::{Known, Lists};
    use crate::bytes::{Bytes, Fingerprint};
    use crate::certificate::weak::tests::prime;
    use crate::observation::{Depth, Observation, SCHEMA, Settings};
    use crate::sample::{self, Sample};

    fn observation(samples: Vec<Sample>) -> Observation {
        Observation {
            schema: SCHEMA.into(),
            version: String::new(),
            taken: sample::now(),
            settings: Settings {
                depth: Depth::Standard,
                ehlo: String::new(),
                offline: true,
                timeout_ms: 1,
                again: Vec::new(),
            },
            targets: samples.into_iter().map(|sample| sample.seen).collect(),
        }
    }

    /// A target whose one leaf has this RSA modulus.
    fn target(modulus: &num_bigint::BigUint) -> Sample {
        let mut sample = sample::healthy().only(25);
        let der = sample::rsa_certificate(&modulus.to_bytes_be());
        let leaf = Fingerprint::of(&der);
        for tls in sample.seen.endpoints[0].sessions.iter_mut().filter_map(|session| session.tls.as_mut()) {
            if let Some(first) = tls.certificates.first_mut() {
                *first = leaf;
            }
        }
        sample.seen.certificates.insert(leaf, Bytes(der));
        sample
    }

    #[test]
    fn keys_of_all_targets_are_compared() {
        let [a, b, c, d, e] = [41, 42, 43, 44, 45].map(prime);
        let (one, two, good) = (&a * &b, &a * &c, &d * &e);
        let run = observation(vec![target(&one), target(&good), target(&two), target(&two)]);
        let known = Known::of(&run, &Lists::default(), sample::now());
        assert_eq!(known.shared_primes.len(), 2);
        assert_eq!(known.shared_primes[&one.to_bytes_be()], ["mail.example.org"]);
        assert!(!known.shared_primes.contains_key(&good.to_bytes_be()) && !known.more_moduli);
        let alone = Known::of(&observation(vec![target(&one)]), &Lists::default(), sample::now());
        assert!(alone.shared_primes.is_empty());
    }

    #[test]
    fn a_clock_that_is_not_the_looks_was_chosen() {
        let run = observation(Vec::new());
        let at = |seconds| {
            let now = sample::now() + jiff::SignedDuration::from_secs(seconds);
            Known::of(&run, &Lists::default(), now).clock_is_chosen
        };
        assert!(!at(0) && !at(60) && at(61) && at(-61));
    }
}
