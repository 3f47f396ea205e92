//! Tricks that ride on a question of the listing: a handshake that has to be begun anyway can ask for a suite that is still open.
//!
//! One that is known to work stands behind it, so that the handshake comes about all the same.

use std::collections::BTreeSet;

use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::KeyExchange;

use super::super::tricks::tls12::is_finished;
use super::{Planner, is_field};
use crate::job::{Attempt, Job, is_completable};
use crate::observation::{Offered, PADDING_WAYS, TLS12, Trick, has_brought, is_usual, rides, suite_traits};

impl Planner<'_> {
    /// Lets tricks of TLS 1.2 ask for open suites, as many as may ride at the same time; older versions have short lists.
    ///
    /// The questions under way ask for all open ones, from the first or from the last on, and so those are left to them.
    pub(super) fn ride(&self, tricks: &mut [Attempt]) {
        let riding = self.jobs.iter().filter(|job| job.rides()).count();
        let mut room = MOST_RIDING.saturating_sub(riding);
        if room == 0 || tricks.is_empty() || self.rides_in_vain() {
            return;
        }
        let mut free = self.free();
        // Those that need suites of one MAC choose first.
        let (choosy, others): (Vec<_>, Vec<_>) =
            tricks.iter_mut().partition(|attempt| matches!(attempt.trick, Trick::Padding(_)));
        let all = choosy.into_iter().chain(others);
        for attempt in all.filter(|attempt| attempt.offer.version.0 == TLS12) {
            let can_ride = |suite: &CipherSuite| serves(*suite, attempt) && self.lets_ride(*suite, attempt);
            let suites = chosen(free.iter().copied().filter(can_ride), attempt.trick);
            if room == 0 || suites.is_empty() {
                continue;
            }
            room -= 1;
            free.retain(|suite| !suites.contains(suite));
            attempt.offer.suites.truncate(1);
            attempt.offer.suites.splice(0..0, suites);
            attempt.rides = true;
        }
    }

    /// Tells whether a trick comes as far with this suite as with what is known: with most, a handshake has to be completed.
    fn lets_ride(&self, suite: CipherSuite, attempt: &Attempt) -> bool {
        let completes = matches!(attempt.trick, Trick::Renegotiation | Trick::Padding(_));
        !completes || is_finished(self.seen, suite)
    }

    /// Returns the open suites that tricks under way ask for at a version.
    pub(super) fn ridden(&self, version: u16) -> BTreeSet<u16> {
        let offers = self.jobs.iter().filter_map(Job::riders_offer);
        let offers = offers.filter(|offer| offer.version.0 == version);
        let taken = &self.listing.suites(version).yes;
        let suites = offers.flat_map(|offer| &offer.suites).map(|suite| suite.0);
        suites.filter(|suite| !taken.contains(*suite)).collect()
    }

    /// Returns the open suites of TLS 1.2 that are usual, of a family that the server takes, and asked for by no trick; none where few are left:
    /// what is put off for a trick costs more than it saves there.
    fn free(&self) -> Vec<CipherSuite> {
        let taken = &self.listing.suites(TLS12).yes;
        let family = |suite: u16| suite_traits(suite).map(|traits| traits.family);
        let families: BTreeSet<_> = taken.iter().filter_map(family).collect();
        let mut ridden = self.ridden(TLS12);
        // Before these the server preferred what was known.
        ridden.extend(self.rode_in_vain().flat_map(|offered| offered.suites.0.iter().copied()));
        let open = self.listing.open_suites(TLS12);
        let likely = self.likely_among(TLS12, &open).copied();
        let likely: Vec<u16> = likely.filter(|suite| is_usual(*suite) && !is_field(suite)).collect();
        if likely.len() < MANY_LIKELY {
            return Vec::new();
        }
        let is_sister = |suite: u16| family(suite).is_some_and(|family| families.contains(&family));
        let free = likely.into_iter().filter(|suite| !ridden.contains(suite) && is_sister(*suite));
        free.map(CipherSuite).collect()
    }

    /// Tells whether the server went on to choose what was known: it imposes its own order, or takes nothing of what is open.
    fn rides_in_vain(&self) -> bool {
        self.rode_in_vain().count() >= MOST_IN_VAIN
    }

    /// Returns what was offered by tricks that brought nothing new.
    fn rode_in_vain(&self) -> impl Iterator<Item = &Offered> {
        let rode = self.seen.sessions.iter().filter(|session| rides(session) && !has_brought(session));
        rode.filter_map(|session| session.offered.as_ref())
    }
}

/// Tells whether a trick tells the same with this suite.
fn serves(suite: CipherSuite, attempt: &Attempt) -> bool {
    match attempt.trick {
        Trick::EarlyChangeCipherSpec => true,
        Trick::Renegotiation => is_completable(suite),
        // How a server opens the block has nothing to do with what comes after it.
        Trick::Robot(_, 0) => suite.key_exchange() == Some(KeyExchange::Rsa),
        // Records are to be protected in the same way, but for the key.
        Trick::Padding(0..PADDING_WAYS) => {
            let known = attempt.offer.suites.first().copied();
            is_padded(suite) && known.is_some_and(|known| known.mac() == suite.mac())
        }
        _ => false,
    }
}

/// Returns what a trick asks for. Suites with CBC are left to the tricks that need them as far as there are others; but one of them stands
/// behind, since many servers have no other.
fn chosen(serve: impl Iterator<Item = CipherSuite>, trick: Trick) -> Vec<CipherSuite> {
    let (cbc, others): (Vec<_>, Vec<_>) = serve.partition(|suite| is_padded(*suite));
    match trick {
        Trick::Padding(_) => cbc.into_iter().take(1).collect(),
        Trick::Renegotiation => cbc.into_iter().chain(others).take(MOST_SUITES).collect(),
        _ => {
            // Those at either end are left to the questions under way.
            let middle = others.len() / 2;
            let others = others.into_iter().skip(middle).take(MOST_SUITES - 1);
            others.chain(cbc).take(MOST_SUITES).collect()
        }
    }
}

/// Tells whether records of this suite can be made with wrong padding.
fn is_padded(suite: CipherSuite) -> bool {
    is_completable(suite) && suite.is_cbc()
}

/// How many tricks ride at the same time: the listing waits for what each of them asks for.
const MOST_RIDING: usize = 3;

/// How many suites have to be open, and likely, for a trick to ask for some of them.
const MANY_LIKELY: usize = 5;

/// How many open suites a trick asks for.
const MOST_SUITES: usize = 2;

/// After how many tricks that brought nothing new no more of them ride.
const MOST_IN_VAIN: usize = 2;
