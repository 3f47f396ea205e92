//! Completes chains: fetches the issuers that certificates name, and adds the system's roots.

use std::time::Instant;

use super::{FETCH_LIMIT, Run};
use crate::bytes::{Bytes, Fingerprint};
use crate::chain;
use crate::fetch::Fetcher;
use crate::observation::{Examination, FetchOutcome, FetchPurpose};
use crate::reach::Fetches as _;

/// A chain has at most so many certificates to fetch one after the other.
const ROUNDS: usize = 4;

/// All of them together may take as long as so many that time out.
const WAITS: u32 = 3;

impl Run {
    /// Fetches missing issuers round by round: each may name the next.
    pub(super) async fn fetch_issuers(&self, seen: &mut Examination, fetcher: &Fetcher) {
        if self.options.offline {
            return;
        }
        // Whoever makes a certificate chooses how many URLs it names, and how slow they are.
        let deadline = Instant::now() + self.options.timeout.min(FETCH_LIMIT) * WAITS;
        for _ in 0..ROUNDS {
            let wanted = chain::wanted_issuers(seen);
            if wanted.is_empty() {
                return;
            }
            for url in wanted {
                if Instant::now() >= deadline {
                    return;
                }
                let fetch = fetcher.fetch(url, FetchPurpose::Issuer).await;
                if let FetchOutcome::Found(body) = &fetch.outcome {
                    for der in chain::fetched_certificates(&body.0) {
                        seen.certificates.entry(Fingerprint::of(&der)).or_insert(Bytes(der));
                    }
                }
                seen.fetches.push(fetch);
            }
        }
    }

    /// Adds those roots of the system's store that a certificate names as its issuer.
    pub(super) fn add_system_roots(&self, seen: &mut Examination) {
        if seen.trust.public {
            let wanted = chain::system_roots_wanted(seen, &self.options.system_roots);
            seen.trust.system = wanted.into_iter().map(Bytes).collect();
        }
    }
}
