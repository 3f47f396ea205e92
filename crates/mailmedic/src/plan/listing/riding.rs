//! Tricks that ride on a question of the listing: a handshake that has to be begun anyway can ask for a suite that is still open.
//!
//! One that is known to work stands behind it, so that the handshake comes about all the same.

use std::collections::BTreeSet;

use mailmedic_wire::names::CipherSuite;
use mailmedic_wire::names::cipher_suite::{KeyExchange, Mode};

use super::{Planner, is_field};
use crate::job::{Attempt, Hello, Job, Offer, is_completable};
use crate::observation::{Ask, Session, TLS12, Trick, has_brought, is_usual, suite_traits};

impl Planner<'_> {
    /// Lets tricks ask for open suites, as many as may ride at the same time.
    pub(super) fn ride(&self, tricks: &mut [Attempt]) {
        let riding = self.jobs.iter().filter(|job| job.rides()).count();
        if self.rides_in_vain() {
            return;
        }
        let mut ridden = BTreeSet::new();
        let mut room = MOST_RIDING.saturating_sub(riding);
        for attempt in tricks {
            if room == 0 {
                break;
            }
            let suites = self.suites_for(attempt, &ridden);
            if suites.is_empty() {
                continue;
            }
            ridden.extend(suites.iter().map(|suite| suite.0));
            attempt.offer.suites.truncate(1);
            attempt.offer.suites.splice(0..0, suites);
            attempt.rides = true;
            room -= 1;
        }
    }

    /// Returns the open suites that tricks under way ask for at a version.
    pub(super) fn ridden(&self, version: u16) -> BTreeSet<u16> {
        let offers = self.jobs.iter().filter_map(riders_offer).filter(|offer| offer.version.0 == version);
        let taken = &self.listing.suites(version).yes;
        let suites = offers.flat_map(|offer| &offer.suites).map(|suite| suite.0);
        suites.filter(|suite| !taken.contains(*suite)).collect()
    }

    /// Returns a few open suites with which a trick tells the same as with those that it has; none where it has to have its own.
    ///
    /// The questions under way ask for all open ones, from the first or from the last on; those in the middle are the least likely to be
    /// chosen there.
    fn suites_for(&self, attempt: &Attempt, ridden: &BTreeSet<u16>) -> Vec<CipherSuite> {
        // Older versions have short lists.
        let version = attempt.offer.version.0;
        if version != TLS12 {
            return Vec::new();
        }
        let taken = &self.listing.suites(version).yes;
        let families: Vec<_> = taken.iter().filter_map(|suite| Some(suite_traits(suite)?.family)).collect();
        let open = self.listing.open_suites(version);
        let likely =
            self.likely_among(version, &open).copied().filter(|suite| is_usual(*suite) && !is_field(suite));
        let likely: Vec<u16> = likely.collect();
        // Where few are left to ask for, what is put off for a trick costs more than it saves.
        if likely.len() < MANY_LIKELY {
            return Vec::new();
        }
        let pending = self.ridden(version);
        let is_free = |suite: &u16| !ridden.contains(suite) && !pending.contains(suite);
        let is_sister =
            |suite: &u16| suite_traits(*suite).is_some_and(|traits| families.contains(&traits.family));
        let serve = likely.into_iter().filter(|suite| is_free(suite) && is_sister(suite)).map(CipherSuite);
        let serve: Vec<CipherSuite> = serve.filter(|suite| serves(*suite, attempt)).collect();
        let first = (serve.len() / 2).saturating_sub(MOST_SUITES / 2);
        serve.into_iter().skip(first).take(MOST_SUITES).collect()
    }

    /// Tells whether the server went on to choose what was known: it imposes its own order, or takes nothing of what is open.
    fn rides_in_vain(&self) -> bool {
        let rode = |session: &&Session| matches!(session.ask, Ask::Try(_)) && session.offered.is_some();
        let in_vain = self.seen.sessions.iter().filter(rode).filter(|session| !has_brought(session));
        in_vain.count() >= MOST_IN_VAIN
    }
}

fn riders_offer(job: &Job) -> Option<&Offer> {
    match &job.hello {
        Hello::Try(attempt) if attempt.rides => Some(&attempt.offer),
        _ => None,
    }
}

/// Tells whether a trick tells the same with this suite.
fn serves(suite: CipherSuite, attempt: &Attempt) -> bool {
    match attempt.trick {
        Trick::EarlyChangeCipherSpec => true,
        Trick::Ticket | Trick::Renegotiation => is_completable(suite),
        // How a server opens the block has nothing to do with what comes after it.
        Trick::Robot(_, 0) => suite.key_exchange() == Some(KeyExchange::Rsa),
        // Records are to be protected in the same way, but for the key.
        Trick::Padding(0..4) => {
            let known = attempt.offer.suites.first().copied();
            is_completable(suite)
                && suite.encryption().is_some_and(|encryption| encryption.mode == Mode::Cbc)
                && known.is_some_and(|known| known.mac() == suite.mac())
        }
        _ => false,
    }
}

/// How many tricks ride at the same time: the listing waits for what each of them asks for.
const MOST_RIDING: usize = 2;

/// How many suites have to be open, and likely, for a trick to ask for some of them.
const MANY_LIKELY: usize = 8;

/// How many open suites a trick asks for.
const MOST_SUITES: usize = 2;

/// After how many tricks that brought nothing new no more of them ride.
const MOST_IN_VAIN: usize = 2;
