//! Which suites to ask for before TLS 1.3.

use std::collections::{BTreeSet, HashSet};

use super::question::is_usual_scheme;
use super::{MOST_AT_ONCE, Part, Planner, is_field};
use crate::job::Hello;
use crate::observation::{Ask, FIELDS, TLS12, TLS13, VERSIONS, is_usual, sends_rsa, suite_traits};

impl Planner<'_> {
    /// Returns the suites to ask for next before TLS 1.3.
    pub(super) fn suites(&self, version: u16, busy: bool) -> Suites {
        let ridden = self.ridden(version);
        let mut open = self.listing.open_suites(version);
        open.retain(|suite| !ridden.contains(suite));
        let (field, plain): (Vec<u16>, Vec<u16>) = open.into_iter().partition(is_field);
        // A refusal is to speak for what tricks ask for, too.
        let busy = busy || (!ridden.is_empty() && self.likely_among(version, &plain).next().is_none());
        let pending =
            [busy || self.is_pending(version, Part::Suites), self.is_pending(version, Part::FieldSuites)];
        let fields_work = self.fields_work();
        if self.listing.choked.contains(&version) {
            let families = [family(plain), family(field)].into_iter().flatten();
            return Suites::Apart(families.filter(|_| pending == [false, false]).collect());
        }
        if plain.is_empty() && !pending[0] {
            // A refusal of so many suites at once may be a refusal of their number: once more with few.
            if let Some(usual) = self.second_look(version) {
                return Suites::Apart(vec![usual]);
            }
        }
        let rare_left = |suites: &[u16]| {
            let likely: Vec<&u16> = self.likely_among(version, suites).take(MOST_RARE + 1).collect();
            !suites.is_empty()
                && likely.len() <= MOST_RARE
                && !likely.into_iter().any(|suite| is_usual(*suite))
        };
        // One refusal is to speak for both: at the end, and where a version is perhaps not spoken. That so long a hello is no reason to
        // refuse it, an answer to one shows first.
        let is_untried = !self.is_swift() && self.listing.longest_answered < plain.len() + field.len();
        let left = [&plain, &field].map(|suites| self.likely_among(version, suites).count());
        // The last answers of the one kind leave nothing to refuse of the other then.
        let are_near = left.iter().sum::<usize>() < LIKELY_IN_SHARE && !is_untried;
        let are_last = if are_near {
            rare_left(&plain) || rare_left(&field)
        } else {
            rare_left(&plain) && rare_left(&field)
        };
        let is_worth_it = are_last || is_untried || !self.listing.speaks(version);
        if fields_work && is_worth_it && !plain.is_empty() && !field.is_empty() && pending == [false, false] {
            return Suites::Together(plain.into_iter().chain(field).collect());
        }
        // What is rare waits, so that one refusal speaks for both.
        let waits = |suites: &[u16], other: &[u16]| fields_work && rare_left(suites) && !other.is_empty();
        let plain_now = !waits(&plain, &field);
        let field_now = !waits(&field, &plain)
            && self.fields_may_begin(version)
            && (self.listing.speaks(version) || (plain.is_empty() && !pending[0]));
        let mut shares = Vec::new();
        if plain_now {
            shares.extend(self.shares(version, plain, pending[0]));
        }
        if field_now {
            shares.extend(self.shares(version, field, pending[1]));
        }
        Suites::Apart(shares)
    }

    /// Returns the suites of one kind as one hello, unless one is under way; or, where many are probably taken, the
    /// likely ones as several hellos side by side: whatever the answers, each names another suite.
    fn shares(&self, version: u16, suites: Vec<u16>, is_pending: bool) -> Vec<Vec<u16>> {
        let likely: Vec<u16> = self.likely_among(version, &suites).copied().collect();
        let ways = self.ways(version, &suites, likely.len());
        if ways < 2 {
            return if is_pending || suites.is_empty() { Vec::new() } else { vec![suites] };
        }
        let under_way = self.under_way(version, &suites);
        let free: Vec<u16> =
            likely.into_iter().filter(|suite| !under_way.iter().any(|hello| hello.contains(suite))).collect();
        let ways = ways.saturating_sub(under_way.len());
        let share = |way| free.iter().copied().skip(way).step_by(ways).collect::<Vec<u16>>();
        (0..ways).map(share).filter(|share| !share.is_empty()).collect()
    }

    /// Returns the suites of each hello under way that asks for some of these.
    fn under_way(&self, version: u16, suites: &[u16]) -> Vec<BTreeSet<u16>> {
        let offers = self.jobs.iter().filter(|job| job.ask == Ask::List(version));
        let offers = offers.filter_map(|job| match &job.hello {
            Hello::Flight(offer) => Some(offer.suites.iter().map(|suite| suite.0).collect::<BTreeSet<u16>>()),
            _ => None,
        });
        offers.filter(|offered| suites.iter().any(|suite| offered.contains(suite))).collect()
    }

    /// Returns how many hellos for these suites are worth it side by side, of which so many are likely: only in TLS 1.2, which has by far
    /// the longest lists, once many suites are taken and until some are refused, since each hello beside costs one refusal more.
    /// Where schemes are the longer list, an answer is to bring one of them, too.
    fn ways(&self, version: u16, suites: &[u16], likely: usize) -> usize {
        let are_fields = suites.iter().all(is_field);
        let proven = self.listing.suites(version);
        let is_alike = |suite: &u16| is_field(suite) == are_fields;
        let has_run_dry = self.listing.refusals.iter().any(|refusal| {
            let mut alike = refusal.offered.suites.0.iter().filter(|suite| is_alike(suite)).peekable();
            refusal.version == version
                && alike.peek().is_some()
                && alike.all(|suite| proven.no.contains(*suite))
        });
        let takes_many =
            proven.yes.iter().count() >= MANY_TAKEN && proven.yes.iter().any(|suite| is_alike(&suite));
        if version != TLS12 || (self.is_swift() && !are_fields) || !takes_many || has_run_dry {
            return 1;
        }
        let schemes = self.listing.open_schemes(version);
        let schemes = schemes.iter().filter(|scheme| is_usual_scheme(**scheme)).count();
        (likely.saturating_sub(schemes) / LIKELY_IN_SHARE).min(MOST_SHARES)
    }

    /// Tells whether a suite over a finite field is known to work before TLS 1.3.
    pub(super) fn fields_work(&self) -> bool {
        VERSIONS.into_iter().any(|version| {
            self.listing.suites(version).yes.iter().any(|suite| version != TLS13 && is_field(&suite))
        })
    }

    /// The first question for finite fields waits until what it hangs on is known: whether the server knows them by name, which
    /// TLS 1.3 tells, and whether a newer version, where they are refused, speaks for one that seems not to be spoken.
    fn fields_may_begin(&self, version: u16) -> bool {
        let listing = &self.listing;
        let named = listing.groups(TLS13);
        let by_name = !listing.speaks(TLS13)
            || self.is_given_up(TLS13)
            || FIELDS.iter().any(|field| named.yes.contains(*field))
            || FIELDS.iter().all(|field| named.no.contains(*field));
        let newer = VERSIONS.into_iter().filter(|newer| *newer > version && *newer != TLS13);
        let undecided = |newer: u16| {
            listing.speaks(newer)
                && !self.is_given_up(newer)
                && listing.open_suites(newer).iter().any(is_field)
        };
        self.fields_work() || by_name && (listing.speaks(version) || !newer.into_iter().any(undecided))
    }

    /// Returns those of these suites that the server probably takes: those that it takes at another version, usual ones that its
    /// keys can sign, and sisters of what was taken; once many are taken, with a cipher that it was seen to have.
    pub(super) fn likely_among<'s>(&self, version: u16, suites: &'s [u16]) -> impl Iterator<Item = &'s u16> {
        let listing = &self.listing;
        let taken = VERSIONS.into_iter().flat_map(|other| listing.suites(other).yes.iter());
        let taken: BTreeSet<u16> = taken.collect();
        let protection = |suite: &u16| suite_traits(*suite)?.protection;
        let protections: HashSet<_> = taken.iter().filter_map(protection).collect();
        let here = &listing.suites(version).yes;
        let families: BTreeSet<_> =
            here.iter().filter_map(|suite| Some(suite_traits(suite)?.family)).collect();
        let signers = listing.signers(version);
        // Where a question can follow at once, what is put off costs more than a refusal.
        let any_cipher = self.is_swift() || here.len() < MANY_TAKEN;
        suites.iter().filter(move |suite| {
            let traits = suite_traits(**suite).filter(|traits| version >= TLS12 || !traits.only_tls12);
            let Some(traits) = traits else { return false };
            let has_cipher = any_cipher || traits.protection.is_some_and(|it| protections.contains(&it));
            let can_sign = signers.is_empty() || traits.signed.is_none_or(|kind| signers.contains(&kind));
            taken.contains(suite)
                || (has_cipher && is_usual(**suite) && can_sign)
                || (has_cipher && families.contains(&traits.family))
        })
    }

    /// Returns few and usual suites, where only a hello with more than was ever answered was refused, and not for its
    /// version.
    fn second_look(&self, version: u16) -> Option<Vec<u16>> {
        if self.listing.is_refused_by_name(version) || self.listing.is_passed_over(version) {
            return None;
        }
        let usual =
            |suite: &u16| is_usual(*suite) && suite_traits(*suite).is_some_and(|traits| !traits.field);
        // What cannot be used though it is chosen was not refused.
        let refused = |suite: &u16| !(self.listing.rsa_unfinished && sends_rsa(*suite));
        let suites = self.listing.suites(version).no.iter();
        let suites: Vec<u16> = suites.filter(|suite| usual(suite) && refused(suite)).collect();
        let suites: Vec<u16> = suites.into_iter().take(MOST_AT_ONCE).collect();
        let bearable = self.listing.longest_answered.max(MOST_AT_ONCE);
        let mut refusals = self.listing.refusals.iter().filter(|refusal| refusal.version == version);
        let is_sure = refusals.any(|refusal| {
            let offered = &refusal.offered.suites;
            offered.0.len() <= bearable && suites.iter().all(|suite| offered.has(*suite))
        });
        (!suites.is_empty() && !is_sure).then_some(suites)
    }
}

/// How many suites have to be likely for each hello that is sent side by side with others.
const LIKELY_IN_SHARE: usize = 6;

/// How many suites a server has to take before hellos for more of them are sent side by side: a careful one has fewer.
const MANY_TAKEN: usize = 8;

/// How many suites that only sisters make likely are rare all the same.
const MOST_RARE: usize = 2;

/// The most hellos side by side.
const MOST_SHARES: usize = 3;

/// Suites to ask for: in several hellos, those without and those with a finite field apart, or all in one.
pub(super) enum Suites {
    Apart(Vec<Vec<u16>>),
    Together(Vec<u16>),
}

/// Returns the first family of these suites, few at a time: a server that chokes on one says nothing of the others.
fn family(suites: Vec<u16>) -> Option<Vec<u16>> {
    let family = |suite: &u16| suite_traits(*suite).map(|traits| traits.family);
    let first = family(suites.first()?);
    Some(suites.into_iter().filter(|suite| family(suite) == first).take(MOST_AT_ONCE).collect())
}
