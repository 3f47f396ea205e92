//! What refusals prove, drawn together until nothing new comes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::universe::Needs;
use super::{
    FIELDS, Listing, Proven, Refusal, SSL3, SignerKind, SuiteTraits, TLS12, TLS13, VERSIONS, groups_at,
    schemes_at, suite_traits,
};
use crate::observation::Offered;

impl Listing {
    /// Draws all that can be drawn from these.
    pub(super) fn draw_all<'a>(&mut self, refusals: impl Iterator<Item = &'a Refusal> + Clone) {
        while refusals.clone().fold(false, |new, refusal| self.draw(refusal) | new) {}
    }

    /// Draws from a refusal what can be drawn; tells whether anything is new.
    fn draw(&mut self, refusal: &Refusal) -> bool {
        let Refusal { version, offered } = refusal;
        if self.is_spoilt(*version, offered) {
            return false;
        }
        let spoken_of = self.versions_of(*version);
        let lacking = self.lacking(*version, offered);
        let is_sound = |kind: Option<SignerKind>| lacking.iter().all(|lacking| Some(*lacking) == kind);
        let mut known: BTreeMap<Needs, (bool, bool)> = BTreeMap::new();
        let mut new = false;
        for suite in &offered.suites.0 {
            let Some(traits) = suite_traits(*suite) else { continue };
            let needs = traits.needs();
            // What suffices for one suffices for all that need the same.
            let suffice = known.entry(needs).or_insert_with(|| {
                (
                    self.groups_suffice(*version, offered, needs),
                    self.schemes_suffice(*version, offered, needs),
                )
            });
            let is_taken = self.suites(*version).yes.contains(*suite);
            match (is_taken, *suffice) {
                (false, (true, true)) if is_sound(None) => {
                    for version in &spoken_of {
                        new |= self.suites.entry(*version).or_default().refuse(*suite);
                    }
                }
                (true, (true, true)) if is_sound(None) => new |= self.choked.insert(*version),
                // Curves that an ECDSA certificate needs beside are no fault of the groups offered.
                (true, (false, true)) if is_sound(None) && traits.signed != Some(SignerKind::Ecdsa) => {
                    let proven = &mut self.groups[usize::from(*version == TLS13)];
                    new |= offered.groups.0.iter().filter(|group| proven.refuse(**group)).count() > 0;
                }
                (true, (true, false)) if is_sound(traits.signed) => {
                    let fits = |scheme: &&u16| match traits.signed {
                        Some(kind) => SignerKind::of(**scheme) == Some(kind),
                        None => traits.tls13,
                    };
                    let proven = &mut self.schemes[usize::from(*version == TLS13)];
                    let fitting = offered.schemes.0.iter().filter(fits);
                    new |= fitting.filter(|scheme| proven.refuse(**scheme)).count() > 0;
                }
                _ => {}
            }
        }
        new
    }

    /// Tells whether suites with RSA key exchange may have spoilt a hello: OpenSSL can choose one, and then fails for want
    /// of a scheme that fits the key, though nothing is to be signed.
    fn is_spoilt(&self, version: u16, offered: &Offered) -> bool {
        let fits = |scheme: u16| SignerKind::of(scheme) == Some(SignerKind::Rsa);
        version == TLS12
            && !suffices(&offered.schemes.0, self.schemes(version), schemes_at(version), fits)
            && offered.suites.0.iter().filter_map(|suite| suite_traits(*suite)).any(SuiteTraits::is_plain_rsa)
    }

    /// Returns the kinds of keys that the server has, that a suite of a hello is signed with, and for which the hello may hold no scheme
    /// that works: OpenSSL can choose such a suite and then fail, though another one would do.
    fn lacking(&self, version: u16, offered: &Offered) -> BTreeSet<SignerKind> {
        if version != TLS12 {
            return BTreeSet::new();
        }
        let refused = &self.suites(version).no;
        let possible = offered.suites.0.iter().filter(|suite| !refused.contains(**suite));
        let kinds: BTreeSet<SignerKind> = possible.filter_map(|suite| suite_traits(*suite)?.signed).collect();
        let signers = &self.signers(TLS12) | &self.signers(TLS13);
        let fit = |kind: &SignerKind| {
            let fits = |scheme: u16| SignerKind::of(scheme) == Some(*kind);
            suffices(&offered.schemes.0, self.schemes(version), schemes_at(version), fits)
        };
        kinds.into_iter().filter(|kind| signers.contains(kind) && !fit(kind)).collect()
    }

    /// Returns the versions that a refusal at `version` speaks of: older ones too, where none of them is spoken.
    fn versions_of(&self, version: u16) -> Vec<u16> {
        let older = VERSIONS.into_iter().filter(|older| *older <= version);
        if version == TLS13 || older.clone().any(|older| self.speaks(older)) {
            return vec![version];
        }
        older.collect()
    }

    fn groups_suffice(&self, version: u16, offered: &Offered, needs: Needs) -> bool {
        if needs.field {
            return self.fields_suffice(version, offered);
        }
        if !needs.curve && !needs.tls13 {
            return !needs.static_curve || groups_at(version).iter().all(|group| offered.groups.has(*group));
        }
        // Before TLS 1.0 there was no extension to offer groups in: any would do.
        let all = groups_at(version);
        if version != SSL3 && !needs.tls13 && needs.signed == Some(SignerKind::Ecdsa) {
            return all.iter().all(|group| offered.groups.has(*group));
        }
        version == SSL3 || suffices(&offered.groups.0, self.groups(version), all, |_| true)
    }

    /// Some servers use a finite field only if the client names one that they know (RFC 7919 §4). That is ruled out where
    /// one was used without, and where TLS 1.3 shows that the server knows none.
    fn fields_suffice(&self, version: u16, offered: &Offered) -> bool {
        let unknown = FIELDS.iter().all(|field| self.groups(TLS13).no.contains(*field));
        self.own_field || unknown || version == SSL3 || FIELDS.iter().all(|field| offered.groups.has(*field))
    }

    fn schemes_suffice(&self, version: u16, offered: &Offered, needs: Needs) -> bool {
        let all = schemes_at(version);
        if version == TLS13 {
            return suffices(&offered.schemes.0, self.schemes(version), all, |_| true);
        }
        // Some libraries look for a scheme of the key's kind even where nothing is signed.
        let kind = needs.signed;
        let fits = |scheme: u16| kind.is_none() || SignerKind::of(scheme) == kind;
        suffices(&offered.schemes.0, self.schemes(version), all, fits)
    }
}

/// Tells whether an offer held something that is known to work, or, where nothing is known, all that there is.
fn suffices(offered: &[u16], proven: &Proven, all: &[u16], fits: impl Fn(u16) -> bool) -> bool {
    let mut known = proven.yes.iter().filter(|number| fits(*number)).peekable();
    if known.peek().is_some() && offered.iter().any(|number| proven.yes.contains(*number) && fits(*number)) {
        return true;
    }
    all.iter().filter(|number| fits(**number)).all(|number| offered.contains(number))
}
