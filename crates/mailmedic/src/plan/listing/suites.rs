//! Which suites to ask for before TLS 1.3.

use std::collections::BTreeSet;

use super::{MOST_AT_ONCE, Part, Planner, is_field};
use crate::observation::{FIELDS, TLS13, VERSIONS, is_usual, sends_rsa, suite_traits};

impl Planner<'_> {
    /// Returns the suites to ask for next before TLS 1.3.
    pub(super) fn suites(&self, version: u16, busy: bool) -> Suites {
        let open = self.listing.open_suites(version);
        let (field, plain): (Vec<u16>, Vec<u16>) = open.into_iter().partition(is_field);
        let pending =
            [busy || self.is_pending(version, Part::Suites), self.is_pending(version, Part::FieldSuites)];
        let fields_work = self.fields_work();
        if self.listing.choked.contains(&version) {
            return Suites::Apart([family(plain), family(field)].map(|suites| self.unless(pending, suites)));
        }
        if plain.is_empty() && !pending[0] {
            // A refusal of so many suites at once may be a refusal of their number: once more with few.
            if let Some(usual) = self.second_look(version) {
                return Suites::Apart([Some(usual), None]);
            }
        }
        let rare_left =
            |suites: &[u16]| !suites.is_empty() && self.likely_among(version, suites).next().is_none();
        if fields_work && rare_left(&plain) && rare_left(&field) && pending == [false, false] {
            return Suites::Together(plain.into_iter().chain(field).collect());
        }
        // What is rare waits, so that one refusal speaks for both.
        let waits = |suites: &[u16], other: &[u16]| fields_work && rare_left(suites) && !other.is_empty();
        let plain_now = !waits(&plain, &field) && !pending[0];
        let field_now = !waits(&field, &plain)
            && !pending[1]
            && self.fields_may_begin(version)
            && (self.listing.speaks(version) || (plain.is_empty() && !pending[0]));
        Suites::Apart([
            Some(plain).filter(|suites| plain_now && !suites.is_empty()),
            Some(field).filter(|suites| field_now && !suites.is_empty()),
        ])
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

    fn unless(&self, pending: [bool; 2], suites: Option<Vec<u16>>) -> Option<Vec<u16>> {
        suites.filter(|_| pending == [false, false])
    }

    /// Returns those of these suites that the server probably takes: usual ones, and sisters of what was taken.
    pub(super) fn likely_among<'s>(&self, version: u16, suites: &'s [u16]) -> impl Iterator<Item = &'s u16> {
        let family = |suite: u16| suite_traits(suite).map(|traits| traits.family);
        let sisters: BTreeSet<_> = self.listing.suites(version).yes.iter().map(family).collect();
        let taken: BTreeSet<u16> =
            VERSIONS.into_iter().flat_map(|other| self.listing.suites(other).yes.iter()).collect();
        suites.iter().filter(move |suite| {
            is_usual(**suite) || taken.contains(suite) || sisters.contains(&family(**suite))
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

/// Suites to ask for: those without and those with a finite field, or all in one hello.
pub(super) enum Suites {
    Apart([Option<Vec<u16>>; 2]),
    Together(Vec<u16>),
}

/// Returns the first family of these suites, few at a time: a server that chokes on one says nothing of the others.
fn family(suites: Vec<u16>) -> Option<Vec<u16>> {
    let family = |suite: &u16| suite_traits(*suite).map(|traits| traits.family);
    let first = family(suites.first()?);
    Some(suites.into_iter().filter(|suite| family(suite) == first).take(MOST_AT_ONCE).collect())
}
