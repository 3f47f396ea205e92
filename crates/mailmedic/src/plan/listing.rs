//! The full listing: which hello proves most, given what is proven already.
//!
//! Each hello asks for several things at once: it leaves out every suite, group and signature scheme that is known, so
//! that one answer brings a new one of each. Once it is refused, something has run out; the next hello holds all
//! that is known to work but for one list, and so tells which. Suites over finite fields go apart until one of them
//! works, since some servers list them, choose them, and then fail.
//!
//! `docs/listing.md` tells how many hellos that takes at least, and why.

use std::collections::BTreeSet;

use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::Wishes;
use crate::job::{Hello, Job, Offer, Stop};
use crate::observation::{
    Ask, EndpointObservation, FIELDS, KeyType, Listing, Numbers, SSL3, SignerKind, TLS12, TLS13, VERSIONS,
    groups_at, is_usual, schemes_at, suite_traits,
};

/// Which list a hello is to bring forward; one hello of each is under way at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Suites without a finite field, and all of TLS 1.3.
    Suites,
    /// Suites over a finite field.
    FieldSuites,
    /// Groups alone.
    Groups,
    /// Signature schemes alone.
    Schemes,
}

/// What is known, and what is under way.
struct Planner<'a> {
    listing: Listing,
    pending: Vec<(u16, Part)>,
    seen: &'a EndpointObservation,
    wishes: &'a Wishes,
}

/// Returns the hellos that can be sent now.
pub(super) fn next(seen: &EndpointObservation, pending: &[Job], wishes: &Wishes) -> Ahead {
    let listing = seen.listing_so_far();
    let pending = pending.iter().flat_map(|job| parts(job, &listing)).collect();
    let planner = Planner { listing, pending, seen, wishes };
    let mut ahead = Ahead { hellos: Vec::new(), more: 0 };
    for version in VERSIONS {
        if planner.is_given_up(version) {
            continue;
        }
        let hellos = planner.hellos(version).into_iter().filter(|hello| !planner.was_asked(version, hello));
        ahead.hellos.extend(hellos.map(|hello| (Ask::List(version), hello)));
        ahead.more += planner.outlook(version);
    }
    ahead.more += planner.pending.len();
    ahead
}

/// What the listing asks now, and how many hellos will probably follow.
pub(super) struct Ahead {
    pub(super) hellos: Vec<(Ask, Hello)>,
    pub(super) more: usize,
}

/// Tells which lists a hello under way belongs to.
fn parts(job: &Job, listing: &Listing) -> Vec<(u16, Part)> {
    let Ask::List(version) = job.ask else { return Vec::new() };
    let Hello::Flight(offer) = &job.hello else { return vec![(version, Part::Schemes)] };
    let known = &listing.suites(version).yes;
    let is_field = |suite: &CipherSuite| suite_traits(suite.0).is_some_and(|traits| traits.field);
    if offer.suites.iter().all(|suite| known.contains(&suite.0)) {
        let schemes = &listing.schemes(version).yes;
        let has_known_scheme = offer.signature_schemes.iter().any(|scheme| schemes.contains(&scheme.0));
        let is_about_schemes = version == TLS12 && !has_known_scheme;
        return vec![(version, if is_about_schemes { Part::Schemes } else { Part::Groups })];
    }
    let mut parts = Vec::new();
    if offer.suites.iter().any(is_field) {
        parts.push((version, Part::FieldSuites));
    }
    if !offer.suites.iter().all(is_field) {
        parts.push((version, Part::Suites));
    }
    parts
}

impl Planner<'_> {
    /// Tells whether a version is left alone: two hellos in vain, or the server limits us.
    fn is_given_up(&self, version: u16) -> bool {
        let asked = self.seen.sessions.iter().filter(|session| matches!(session.ask, Ask::List(_))).count();
        let in_vain =
            asked >= MOST_HELLOS || self.listing.doubts.get(&version).is_some_and(|(count, _)| *count > 1);
        in_vain || self.seen.unasked.iter().any(|unasked| unasked.ask == Ask::List(version))
    }

    /// Tells whether the same was asked and answered before: a server that heeds no list answers it the same way for ever.
    fn was_asked(&self, version: u16, hello: &Hello) -> bool {
        let same = |offered: &Numbers, wanted: &[u16]| {
            offered.0.len() == wanted.len() && wanted.iter().all(|number| offered.has(*number))
        };
        let (suites, groups, schemes) = match hello {
            Hello::Flight(offer) => (
                offer.suites.iter().map(|suite| suite.0).collect(),
                offer.groups.iter().map(|group| group.0).collect(),
                offer.signature_schemes.iter().map(|scheme| scheme.0).collect(),
            ),
            Hello::Complete { signature_schemes, .. } => (
                Vec::new(),
                Vec::new(),
                signature_schemes.iter().map(|scheme| scheme.0).collect::<Vec<u16>>(),
            ),
            Hello::Ssl2 | Hello::Try(_) => return false,
        };
        self.seen.sessions.iter().filter(|session| session.ask == Ask::List(version)).any(|session| {
            let Some(offered) = &session.offered else { return false };
            // What a library offers beside the schemes is always the same.
            let fixed = suites.is_empty();
            session.has_tls()
                && (fixed || same(&offered.suites, &suites) && same(&offered.groups, &groups))
                && same(&offered.schemes, &schemes)
        })
    }

    fn is_pending(&self, version: u16, part: Part) -> bool {
        self.pending.contains(&(version, part))
    }

    fn hellos(&self, version: u16) -> Vec<Hello> {
        if version == TLS13 {
            return [self.tls13(), self.schemes_of_tls13()].into_iter().flatten().collect();
        }
        if !self.may_begin(version) {
            return Vec::new();
        }
        let mut hellos = Vec::new();
        match self.suites(version) {
            Suites::Apart(suites) => {
                let asked = suites.into_iter().flatten().filter_map(|suites| self.question(version, suites));
                hellos.extend(asked);
            }
            Suites::Together(suites) => hellos.extend(self.question(version, suites)),
        }
        hellos.extend(self.groups(version));
        hellos.extend(self.schemes(version));
        hellos
    }

    /// An old version is asked for once the next newer one is known to be spoken: else the refusal of that one speaks
    /// for it.
    fn may_begin(&self, version: u16) -> bool {
        version >= 0x0302
            || self.listing.speaks(version)
            || VERSIONS.into_iter().any(|newer| newer == version + 1 && self.listing.speaks(newer))
    }

    // TLS 1.3: an empty key share makes the server name its suite and its group in one answer (RFC 8446 §4.1.4).
    fn tls13(&self) -> Option<Hello> {
        if self.is_pending(TLS13, Part::Suites) || self.is_pending(TLS13, Part::Groups) {
            return None;
        }
        let listing = &self.listing;
        let (suites, groups) = (listing.open_suites(TLS13), listing.open_groups(TLS13));
        let known_suites: Vec<u16> = listing.suites(TLS13).yes.iter().copied().collect();
        let known_groups: Vec<u16> = listing.groups(TLS13).yes.iter().copied().collect();
        let nothing_known = known_suites.is_empty();
        if nothing_known && suites.is_empty() {
            return None;
        }
        // Rare suites are worth one refusal of their own, not one that leaves open what it means.
        let rare_left = !nothing_known && !suites.iter().any(|suite| is_usual(*suite));
        let (suites, groups) = match (suites.is_empty(), groups.is_empty()) {
            (true, true) => return None,
            (false, false) if rare_left || self.was_refused(TLS13, &suites, &groups, &[]) => {
                (suites, known_groups)
            }
            (false, false) => (suites, groups),
            (false, true) => (suites, known_groups),
            (true, false) => (known_suites, groups),
        };
        let schemes = schemes_at(TLS13).to_vec();
        Some(self.hello(TLS13, suites, groups, schemes))
    }

    /// A scheme of TLS 1.3 shows only in a complete handshake: it comes encrypted.
    fn schemes_of_tls13(&self) -> Option<Hello> {
        let completed = !self.listing.schemes(TLS13).yes.is_empty();
        // The handshake with the other kind of key shows one of its schemes, and which kinds there are.
        let other = self.seen.polite().and_then(super::other_key_type);
        let other_is_known =
            other.is_none_or(|kind: KeyType| !super::is_new(self.seen, Ask::Certificate(kind)));
        let schemes = self.listing.open_schemes(TLS13);
        if !completed || !other_is_known || schemes.is_empty() || self.is_pending(TLS13, Part::Schemes) {
            return None;
        }
        let signature_schemes = schemes.into_iter().map(SignatureScheme).collect();
        Some(Hello::Complete { server_name: self.wishes.server_name.clone(), signature_schemes })
    }

    /// Returns the suites to ask for next before TLS 1.3.
    fn suites(&self, version: u16) -> Suites {
        let open = self.listing.open_suites(version);
        let (field, plain): (Vec<u16>, Vec<u16>) = open.into_iter().partition(is_field);
        let pending = [Part::Suites, Part::FieldSuites].map(|part| self.is_pending(version, part));
        let fields_work = VERSIONS.into_iter().any(|version| {
            self.listing.suites(version).yes.iter().any(|suite| version != TLS13 && is_field(suite))
        });
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
            && (self.listing.speaks(version) || (plain.is_empty() && !pending[0]));
        Suites::Apart([
            Some(plain).filter(|suites| plain_now && !suites.is_empty()),
            Some(field).filter(|suites| field_now && !suites.is_empty()),
        ])
    }

    fn unless(&self, pending: [bool; 2], suites: Option<Vec<u16>>) -> Option<Vec<u16>> {
        suites.filter(|_| pending == [false, false])
    }

    /// Returns those of these suites that the server probably takes: usual ones, and sisters of what was taken.
    fn likely_among<'s>(&self, version: u16, suites: &'s [u16]) -> impl Iterator<Item = &'s u16> {
        let family = |suite: &u16| suite_traits(*suite).map(|traits| traits.family);
        let sisters: BTreeSet<_> = self.listing.suites(version).yes.iter().map(family).collect();
        let taken: BTreeSet<u16> =
            VERSIONS.into_iter().flat_map(|other| self.listing.suites(other).yes.iter().copied()).collect();
        suites.iter().filter(move |suite| {
            is_usual(**suite) || taken.contains(suite) || sisters.contains(&family(suite))
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
        let suites: Vec<u16> = self.listing.suites(version).no.iter().copied().filter(usual).collect();
        let suites: Vec<u16> = suites.into_iter().take(MOST_AT_ONCE).collect();
        let bearable = self.listing.longest_answered.max(MOST_AT_ONCE);
        let mut refusals = self.listing.refusals.iter().filter(|refusal| refusal.version == version);
        let is_sure = refusals.any(|refusal| {
            let offered = &refusal.offered.suites;
            offered.0.len() <= bearable && suites.iter().all(|suite| offered.has(*suite))
        });
        (!suites.is_empty() && !is_sure).then_some(suites)
    }

    /// Asks for suites, and for a new group and a new scheme at the same time unless that was refused already.
    fn question(&self, version: u16, suites: Vec<u16>) -> Option<Hello> {
        let only_fields = suites.iter().all(is_field);
        // Also those that are refused: a certificate may lie on a curve that the server uses for nothing else.
        let mut all_groups = groups_at(version).to_vec();
        if only_fields && version != TLS12 {
            // In TLS 1.2 the first look is without, since the server's own finite field is worth seeing.
            all_groups.extend(FIELDS);
        }
        let news = !only_fields
            && !self.groups_come_from_tls13()
            && !self.listing.has_only_ecdsa_curves(version)
            && !self.listing.open_groups(version).is_empty();
        let open = self.listing.groups(version).open(groups_at(version).iter().copied());
        let groups = if news { open } else { all_groups.clone() };
        let schemes = self.schemes_for(version, false);
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

    /// Returns the schemes to offer: those of a key whose list is complete are all known; of others the open ones,
    /// and the known ones where `all` is wanted.
    fn schemes_for(&self, version: u16, all: bool) -> Vec<u16> {
        let proven = self.listing.schemes(version);
        let open = self.listing.open_schemes(version);
        let is_closed = |kind: Option<SignerKind>| open.iter().all(|scheme| SignerKind::of(*scheme) != kind);
        let schemes = schemes_at(version).iter().copied();
        schemes
            .filter(|scheme| {
                let known = proven.yes.contains(scheme);
                let kind = SignerKind::of(*scheme);
                let refused = proven.no.contains(scheme);
                !refused && (!known || all || is_closed(kind))
            })
            .collect()
    }

    /// Tells whether the groups are known from TLS 1.3 first, or will be.
    fn groups_come_from_tls13(&self) -> bool {
        self.listing.speaks(TLS13) || !self.listing.open_suites(TLS13).is_empty()
    }

    /// Asks for groups that are left before TLS 1.3, with suites that are known to need one.
    fn groups(&self, version: u16) -> Option<Hello> {
        let listing = &self.listing;
        let newest = VERSIONS.into_iter().find(|version| *version != TLS13 && listing.speaks(*version));
        let tls13_is_done = !listing.speaks(TLS13) || listing.open_groups(TLS13).is_empty();
        let busy = self.is_pending(version, Part::Groups);
        let waits = !self.groups_come_from_tls13() && !listing.open_suites(version).is_empty();
        let open = listing.open_groups(version);
        if newest != Some(version) || version == SSL3 || !tls13_is_done || busy || waits || open.is_empty() {
            return None;
        }
        let curve = |suite: &u16| suite_traits(*suite).is_some_and(|traits| traits.curve);
        let ecdsa =
            |suite: &u16| suite_traits(*suite).is_some_and(|traits| traits.signed == Some(SignerKind::Ecdsa));
        let known: Vec<u16> = listing.suites(version).yes.iter().copied().filter(curve).collect();
        let (ecdsa, others): (Vec<u16>, Vec<u16>) = known.into_iter().partition(ecdsa);
        let schemes = self.schemes_for(version, true);
        let (suites, groups) = match (others.is_empty(), ecdsa.is_empty()) {
            (false, _) => (others, open),
            // The curve of the certificate must be there; it comes last.
            (true, false) if listing.open_suites(version).is_empty() => {
                (ecdsa, open.into_iter().chain(listing.groups(version).yes.iter().copied()).collect())
            }
            (true, _) => return None,
        };
        Some(self.hello(version, suites, groups, schemes))
    }

    /// Asks for signature schemes that are left in TLS 1.2, once no suite is.
    fn schemes(&self, version: u16) -> Option<Hello> {
        let busy = [Part::Suites, Part::FieldSuites, Part::Schemes];
        let idle = !busy.into_iter().any(|part| self.is_pending(version, part));
        let suites_are_known = self.listing.open_suites(version).is_empty();
        (version == TLS12 && idle && suites_are_known).then(|| self.schemes_alone(version))?
    }

    /// Asks for open signature schemes with suites that are known to work.
    fn schemes_alone(&self, version: u16) -> Option<Hello> {
        let listing = &self.listing;
        let schemes = listing.open_schemes(version);
        let kinds: Vec<_> = schemes.iter().map(|scheme| SignerKind::of(*scheme)).collect();
        let signed = |suite: &u16| {
            suite_traits(*suite)
                .is_some_and(|traits| traits.signed.is_some() && kinds.contains(&traits.signed))
        };
        let suites: Vec<u16> = listing.suites(version).yes.iter().copied().filter(signed).collect();
        let groups = groups_at(version).to_vec();
        (!suites.is_empty()).then(|| self.hello(version, suites, groups, schemes))
    }

    /// Tells whether a hello with all of these was refused before.
    fn was_refused(&self, version: u16, suites: &[u16], groups: &[u16], schemes: &[u16]) -> bool {
        let has_all = |offered: &Numbers, wanted: &[u16]| wanted.iter().all(|number| offered.has(*number));
        self.listing.refusals.iter().any(|refusal| {
            refusal.version == version
                && has_all(&refusal.offered.suites, suites)
                && has_all(&refusal.offered.groups, groups)
                && has_all(&refusal.offered.schemes, schemes)
        })
    }

    /// Returns how many hellos of a version will probably follow those that can be sent now.
    fn outlook(&self, version: u16) -> usize {
        if version != TLS13 && !self.may_begin(version) {
            return 0;
        }
        let suites = self.listing.open_suites(version);
        let likely = self.likely_among(version, &suites).take(MOST_AHEAD).count();
        let groups = usize::from(version == TLS13 && !self.listing.open_groups(version).is_empty());
        match self.listing.speaks(version) {
            true => likely + groups,
            false => 0,
        }
    }

    fn hello(&self, version: u16, suites: Vec<u16>, groups: Vec<u16>, schemes: Vec<u16>) -> Hello {
        // A server that always takes the client's first shows it by following when the order turns.
        let turned = self.listing.suites(version).yes.len() % 2 == 1;
        let mut suites: Vec<CipherSuite> = suites.into_iter().map(CipherSuite).collect();
        if turned {
            suites.reverse();
        }
        Hello::Flight(Offer {
            version: ProtocolVersion(version),
            suites,
            groups: groups.into_iter().map(NamedGroup).collect(),
            signature_schemes: schemes.into_iter().map(SignatureScheme).collect(),
            server_name: self.wishes.server_name.clone(),
            stop: Stop::KeyExchange,
            curious: true,
        })
    }
}

/// Suites to ask for: those without and those with a finite field, or all in one hello.
enum Suites {
    Apart([Option<Vec<u16>>; 2]),
    Together(Vec<u16>),
}

/// Returns the first family of these suites, few at a time: a server that chokes on one says nothing of the others.
fn family(suites: Vec<u16>) -> Option<Vec<u16>> {
    let family = |suite: &u16| suite_traits(*suite).map(|traits| traits.family);
    let first = family(suites.first()?);
    Some(suites.into_iter().filter(|suite| family(suite) == first).take(MOST_AT_ONCE).collect())
}

/// Tells whether a suite needs a finite field.
fn is_field(suite: &u16) -> bool {
    suite_traits(*suite).is_some_and(|traits| traits.field)
}

/// Tells whether servers commonly sign with a scheme.
fn is_usual_scheme(scheme: u16) -> bool {
    matches!(scheme, 0x0401 | 0x0501 | 0x0601 | 0x0403 | 0x0503 | 0x0603 | 0x0804..=0x0806)
}

/// The most suites in a hello to a server that was seen to choke.
const MOST_AT_ONCE: usize = 64;

/// The most hellos of a listing: more than the largest list of suites and schemes that is known takes twice.
const MOST_HELLOS: usize = 600;

/// The most hellos of a version for which connections are opened ahead.
const MOST_AHEAD: usize = 3;
