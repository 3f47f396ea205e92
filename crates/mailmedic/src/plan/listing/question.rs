//! What to ask before TLS 1.3: suites with new groups and schemes beside, and groups and schemes alone.

use std::collections::BTreeSet;

use super::{Part, Planner, is_field};
use crate::job::Hello;
use crate::observation::{
    FIELDS, Refusal, SSL3, SignerKind, TLS12, TLS13, VERSIONS, groups_at, is_usual, schemes_at, suite_traits,
};

impl Planner<'_> {
    /// Asks for suites, and for a new group and a new scheme at the same time unless that was refused already.
    pub(super) fn question(&self, version: u16, mut suites: Vec<u16>) -> Option<Hello> {
        let only_fields = suites.iter().all(is_field);
        if only_fields && !self.fields_work() {
            return self.first_field(version, suites);
        }
        // Where few servers have the schemes that are left, they are settled alone, and the suites go with those that work.
        let none_left = !self.listing.open_schemes(version).into_iter().any(is_usual_scheme);
        if none_left && !only_fields && !self.is_pending(version, Part::Schemes) {
            let alone = self.schemes_alone(version).filter(|hello| !self.was_asked(version, hello));
            if alone.is_some() {
                return alone;
            }
        }
        // Also those that are refused: a certificate may lie on a curve that the server uses for nothing else.
        let mut all_groups = groups_at(version).to_vec();
        if suites.iter().any(is_field) && version != TLS12 {
            // In TLS 1.2 the first look is without, since the server's own finite field is worth seeing.
            all_groups.extend(FIELDS);
        }
        // One version is enough to tell them.
        let news = self.newest_old() == Some(version)
            && !only_fields
            && !self.groups_come_from_tls13()
            && !self.listing.has_only_ecdsa_curves(version)
            && !self.listing.open_groups(version).is_empty();
        if news && !self.curves_are_left(version, &suites) {
            // With suites that work the refusal settles the groups, and all suites that need none.
            suites.extend(self.known_curves(version));
        }
        let open = self.listing.groups(version).open(groups_at(version).iter().copied());
        let groups = if news { open } else { all_groups.clone() };
        // Nor are they asked for with suites that were refused beside them before.
        let is_refused = |refusal: &Refusal| {
            refusal.version == version && suites.iter().all(|suite| refusal.offered.suites.has(*suite))
        };
        let with_known = none_left || self.listing.refusals.iter().any(is_refused);
        let schemes = self.schemes_for(version, with_known);
        if !self.was_refused(version, &suites, &groups, &schemes) {
            return Some(self.hello(version, suites, groups, schemes));
        }
        let all_schemes = self.schemes_for(version, true);
        // Schemes that are probably left prove, once one of them works, that the refusal was meant for the suites.
        let likely = self.listing.open_schemes(version).into_iter().any(is_usual_scheme);
        if likely && schemes.len() < all_schemes.len() {
            if only_fields && self.is_pending(version, Part::Suites) {
                // The other suites bring them forward, too.
                return None;
            }
            if let Some(hello) = self.schemes_alone(version).filter(|hello| !self.was_asked(version, hello)) {
                return (!self.is_pending(version, Part::Schemes)).then_some(hello);
            }
        }
        let with_fields = all_groups.iter().copied().chain(FIELDS).collect();
        // What was refused once is not asked again: it would be refused again.
        let groups = [all_groups, with_fields].into_iter();
        let mut groups = groups.filter(|groups| !self.was_refused(version, &suites, groups, &all_schemes));
        groups.next().map(|groups| self.hello(version, suites, groups, all_schemes))
    }

    /// Returns the newest version before TLS 1.3 that is known to be spoken.
    fn newest_old(&self) -> Option<u16> {
        VERSIONS.into_iter().find(|version| *version != TLS13 && self.listing.speaks(*version))
    }

    /// Asks for finite fields as long as none is known to work: with all that they can need, so that a refusal settles them.
    fn first_field(&self, version: u16, suites: Vec<u16>) -> Option<Hello> {
        let schemes = self.schemes_for(version, true);
        let groups = groups_at(version).to_vec();
        let named: Vec<u16> = groups.iter().copied().chain(FIELDS).collect();
        let knows_names = FIELDS.iter().any(|field| self.listing.groups(TLS13).yes.contains(*field));
        // In TLS 1.2 the first look is without names, since the server's own finite field is worth seeing; one that knows the
        // names takes them, if it takes any.
        let choices = if version == TLS12 && !knows_names { vec![groups, named] } else { vec![named] };
        let mut choices =
            choices.into_iter().filter(|groups| !self.was_refused(version, &suites, groups, &schemes));
        choices.next().map(|groups| self.hello(version, suites, groups, schemes))
    }

    /// Tells whether a suite with a curve that is usual in a version, and signed with a kind of key that the server was seen to
    /// have, is among these.
    fn curves_are_left(&self, version: u16, suites: &[u16]) -> bool {
        let known = self.known_curves(version);
        let kinds: Vec<_> = known.iter().filter_map(|suite| suite_traits(*suite)?.signed).collect();
        let usual = suites.iter().filter(|suite| is_usual(**suite)).filter_map(|suite| suite_traits(*suite));
        let mut usual = usual.filter(|traits| traits.curve && (version == TLS12 || !traits.only_tls12));
        usual.any(|traits| known.is_empty() || traits.signed.is_none_or(|kind| kinds.contains(&kind)))
    }

    /// Returns the suites with a curve that are known to work and do not need the curve of a certificate.
    fn known_curves(&self, version: u16) -> Vec<u16> {
        let curve = |suite: &u16| {
            let traits = suite_traits(*suite);
            traits.is_some_and(|traits| traits.curve && traits.signed != Some(SignerKind::Ecdsa))
        };
        self.listing.suites(version).yes.iter().filter(curve).collect()
    }

    /// Returns the schemes to offer: those of a key whose list is complete are all known; of others the open ones,
    /// and the known ones where `all` is wanted.
    pub(super) fn schemes_for(&self, version: u16, all: bool) -> Vec<u16> {
        let proven = self.listing.schemes(version);
        let open = self.listing.open_schemes(version);
        let is_closed = |kind: Option<SignerKind>| open.iter().all(|scheme| SignerKind::of(*scheme) != kind);
        let schemes = schemes_at(version).iter().copied();
        schemes
            .filter(|scheme| {
                let known = proven.yes.contains(*scheme);
                let kind = SignerKind::of(*scheme);
                let refused = proven.no.contains(*scheme);
                !refused && (!known || all || is_closed(kind))
            })
            .collect()
    }

    /// Tells whether the groups are known from TLS 1.3 first, or will be.
    fn groups_come_from_tls13(&self) -> bool {
        self.listing.speaks(TLS13) || !self.listing.open_suites(TLS13).is_empty()
    }

    /// Asks for groups that are left before TLS 1.3, with suites that are known to need one.
    pub(super) fn groups(&self, version: u16) -> Option<Hello> {
        let listing = &self.listing;
        let tls13_is_done = !listing.speaks(TLS13) || listing.open_groups(TLS13).is_empty();
        let busy = self.is_pending(version, Part::Groups);
        let waits = !self.groups_come_from_tls13() && !listing.open_suites(version).is_empty();
        let open = listing.open_groups(version);
        if self.newest_old() != Some(version)
            || version == SSL3
            || !tls13_is_done
            || busy
            || waits
            || open.is_empty()
        {
            return None;
        }
        let curve = |suite: &u16| suite_traits(*suite).is_some_and(|traits| traits.curve);
        let ecdsa =
            |suite: &u16| suite_traits(*suite).is_some_and(|traits| traits.signed == Some(SignerKind::Ecdsa));
        let known: Vec<u16> = listing.suites(version).yes.iter().filter(curve).collect();
        let (ecdsa, others): (Vec<u16>, Vec<u16>) = known.into_iter().partition(ecdsa);
        let schemes = self.schemes_for(version, true);
        let (suites, groups) = match (others.is_empty(), ecdsa.is_empty()) {
            (false, _) => (others, open),
            // The curve of the certificate must be there; it comes last.
            (true, false) if listing.open_suites(version).is_empty() => {
                (ecdsa, open.into_iter().chain(listing.groups(version).yes.iter()).collect())
            }
            (true, _) => return None,
        };
        Some(self.hello(version, suites, groups, schemes))
    }

    /// Asks for signature schemes that are left in TLS 1.2, once no suite is.
    pub(super) fn schemes(&self, version: u16) -> Option<Hello> {
        let busy = [Part::Suites, Part::FieldSuites, Part::Schemes];
        let idle = !busy.into_iter().any(|part| self.is_pending(version, part));
        let suites_are_known = self.listing.open_suites(version).is_empty();
        (version == TLS12 && idle && suites_are_known).then(|| self.schemes_alone(version))?
    }

    /// Asks for open signature schemes with suites that are known to work: of all kinds of keys while usual schemes are left, then of
    /// one kind at a time, since beside others a refusal would leave open what it means.
    fn schemes_alone(&self, version: u16) -> Option<Hello> {
        let open = self.listing.open_schemes(version);
        let kinds: BTreeSet<SignerKind> = open.iter().filter_map(|scheme| SignerKind::of(*scheme)).collect();
        let all = open.iter().any(|scheme| is_usual_scheme(*scheme)).then(|| kinds.clone());
        let each = kinds.into_iter().map(|kind| BTreeSet::from([kind]));
        all.into_iter().chain(each).find_map(|kinds| {
            let is_of = |kind: Option<SignerKind>| kind.is_some_and(|kind| kinds.contains(&kind));
            let signed = |suite: &u16| suite_traits(*suite).is_some_and(|traits| is_of(traits.signed));
            let suites: Vec<u16> = self.listing.suites(version).yes.iter().filter(signed).collect();
            let schemes =
                open.iter().copied().filter(|scheme| is_of(SignerKind::of(*scheme))).collect::<Vec<_>>();
            let groups = groups_at(version).to_vec();
            let is_worth_it = !suites.is_empty() && !self.was_refused(version, &suites, &groups, &schemes);
            is_worth_it.then(|| self.hello(version, suites, groups, schemes))
        })
    }
}

/// Tells whether servers commonly sign with a scheme.
pub(super) fn is_usual_scheme(scheme: u16) -> bool {
    matches!(scheme, 0x0401 | 0x0501 | 0x0601 | 0x0403 | 0x0503 | 0x0603 | 0x0804..=0x0806)
}
