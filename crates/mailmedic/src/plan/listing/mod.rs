//! The full listing: which hello proves most, given what is proven already.
//!
//! Each hello asks for several things at once: it leaves out every suite, group and signature scheme that is known, so
//! that one answer brings a new one of each. Once it is refused, something has run out; the next hello holds all
//! that is known to work but for one list, and so tells which. Suites over finite fields go apart until one of them
//! works, since some servers list them, choose them, and then fail.
//!
//! `docs/listing.md` tells how many hellos that takes at least, and why.

mod exchange;
mod question;
mod riding;
mod suites;
mod tls13;

pub(super) use tls13::widened;

use mailmedic_wire::names::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::Wishes;
use crate::endpoint::Security;
use crate::job::{Attempt, Hello, Job, Offer, Stop};
use crate::observation::{
    Ask, EndpointObservation, FIELDS, Listing, Numbers, SSL3, Session, TLS12, TLS13, VERSIONS, suite_traits,
};
use question::is_usual_scheme;
use suites::Suites;

/// Which list a hello is to bring forward; one hello of each is under way at a time, but several where many suites are likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Suites without a finite field, and all of TLS 1.3.
    Suites,
    /// Suites over a finite field.
    FieldSuites,
    /// Groups alone.
    Groups,
    /// Finite fields of TLS 1.3.
    Fields,
    /// Signature schemes alone.
    Schemes,
    /// Whether handshakes with RSA key exchange come to their end.
    RsaExchange,
}

/// What is known, and what is under way.
struct Planner<'a> {
    listing: Listing,
    pending: Vec<(u16, Part)>,
    /// The jobs under way.
    jobs: &'a [Job],
    seen: &'a EndpointObservation,
    wishes: &'a Wishes,
}

/// Returns the hellos that can be sent now.
///
/// Of `tricks` those that can ride on a question do so from then on.
pub(super) fn next(
    seen: &EndpointObservation,
    under_way: &[Job],
    wishes: &Wishes,
    tricks: &mut [Attempt],
) -> Ahead {
    let listing = seen.listing_so_far();
    let pending = under_way.iter().flat_map(|job| parts(job, &listing)).collect();
    let planner = Planner { listing, pending, jobs: under_way, seen, wishes };
    planner.ride(tricks);
    let mut ahead = Ahead { hellos: Vec::new(), more: 0 };
    for version in VERSIONS {
        if planner.is_given_up(version) {
            continue;
        }
        let exchange = planner.rsa_exchange(version);
        let hellos = planner.hellos(version, exchange.is_some()).into_iter();
        let hellos = hellos.filter(|hello| !planner.was_asked(version, hello));
        ahead.hellos.extend(exchange.map(|hello| (Ask::RsaExchange, hello)));
        for hello in hellos {
            // The same may follow from what is asked and from what is under way.
            let twice = |(_, other): &(Ask, Hello)| *other == hello;
            if !ahead.hellos.iter().any(twice) && !under_way.iter().any(|job| job.hello == hello) {
                ahead.hellos.push((Ask::List(version), hello));
            }
        }
        ahead.more += planner.outlook(version);
    }
    // So that none of the lists is left over at the end, when it could only be asked for one by one.
    ahead.hellos.sort_by_cached_key(|(ask, hello)| std::cmp::Reverse(planner.likely_to_follow(*ask, hello)));
    ahead
}

/// What the listing asks now, and how many hellos will probably follow.
pub(super) struct Ahead {
    pub(super) hellos: Vec<(Ask, Hello)>,
    pub(super) more: usize,
}

/// Tells which lists a hello under way belongs to.
fn parts(job: &Job, listing: &Listing) -> Vec<(u16, Part)> {
    if job.ask == Ask::RsaExchange {
        return vec![(TLS12, Part::RsaExchange), (TLS12, Part::Suites)];
    }
    if let (Ask::Certificate(_), Hello::Complete { only: Some(_), .. }) = (job.ask, &job.hello) {
        return vec![(TLS13, Part::Schemes)];
    }
    let Ask::List(version) = job.ask else { return Vec::new() };
    let Hello::Flight(offer) = &job.hello else { return vec![(version, Part::Schemes)] };
    if version == TLS13 && offer.groups.iter().all(|group| FIELDS.contains(&group.0)) {
        return vec![(version, Part::Fields)];
    }
    let known = &listing.suites(version).yes;
    let is_field = |suite: &CipherSuite| suite_traits(suite.0).is_some_and(|traits| traits.field);
    if offer.suites.iter().all(|suite| known.contains(suite.0)) {
        let schemes = &listing.schemes(version).yes;
        let has_known_scheme = offer.signature_schemes.iter().any(|scheme| schemes.contains(scheme.0));
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
        let asked =
            self.seen.sessions.iter().filter(|session| session.ask.listed_version().is_some()).count();
        let in_vain =
            asked >= MOST_HELLOS || self.listing.doubts.get(&version).is_some_and(|(count, _)| *count > 1);
        in_vain || self.seen.unasked.iter().any(|unasked| unasked.ask == Ask::List(version))
    }

    /// Tells whether the same was asked and answered before: a server that heeds no list answers it the same way for ever.
    fn was_asked(&self, version: u16, hello: &Hello) -> bool {
        let same = |offered: &Numbers, wanted: &[u16]| {
            offered.0.len() == wanted.len() && wanted.iter().all(|number| offered.has(*number))
        };
        let (suites, groups, schemes): (Vec<u16>, Vec<u16>, Vec<u16>) = match hello {
            Hello::Flight(offer) => (
                offer.suites.iter().map(|suite| suite.0).collect(),
                offer.groups.iter().map(|group| group.0).collect(),
                offer.signature_schemes.iter().map(|scheme| scheme.0).collect(),
            ),
            Hello::Complete { signature_schemes, only: Some(only), .. } => (
                only.suites.iter().map(|suite| suite.0).collect(),
                only.groups.iter().map(|group| group.0).collect(),
                signature_schemes.iter().map(|scheme| scheme.0).collect(),
            ),
            Hello::Complete { only: None, .. } | Hello::Ssl2 | Hello::Try(_) => return false,
        };
        self.seen.sessions.iter().filter(|session| session.ask == Ask::List(version)).any(|session| {
            let Some(offered) = &session.offered else { return false };
            session.has_tls()
                && same(&offered.suites, &suites)
                && same(&offered.groups, &groups)
                && same(&offered.schemes, &schemes)
        })
    }

    /// Tells whether a question can follow at once, so that one after the other would leave connections idle: with STARTTLS a
    /// connection takes so long to bring up that a question in each round trip keeps all of them busy.
    fn is_swift(&self) -> bool {
        self.seen.endpoint.security == Security::Implicit
    }

    fn is_pending(&self, version: u16, part: Part) -> bool {
        self.pending.contains(&(version, part))
    }

    /// Returns what can be asked at a version; `busy` tells that suites without a finite field are asked for already.
    fn hellos(&self, version: u16, busy: bool) -> Vec<Hello> {
        if version == TLS13 {
            return self.hello_of_tls13().into_iter().chain(self.fields_of_tls13()).collect();
        }
        if !self.may_begin(version) {
            return Vec::new();
        }
        let mut hellos = Vec::new();
        match self.suites(version, busy) {
            Suites::Apart(suites) => {
                let asked = suites.into_iter().filter_map(|suites| self.question(version, suites));
                hellos.extend(asked);
            }
            Suites::Together(suites) => hellos.extend(self.question(version, suites)),
        }
        hellos.extend(self.groups(version));
        hellos.extend(self.schemes(version));
        hellos
    }

    /// An old version is asked for once the next newer one is known to be spoken: else the refusal of that one speaks
    /// for it. TLS 1.1 is asked at once where the first look went well; else TLS 1.2 may be answered with it.
    fn may_begin(&self, version: u16) -> bool {
        let speaks = |version: u16| self.listing.speaks(version);
        let newer_is_told = || {
            let asked = |session: &Session| session.ask == Ask::List(TLS12);
            speaks(TLS13) || speaks(TLS12) || self.seen.sessions.iter().any(asked) || self.is_given_up(TLS12)
        };
        // One hello is to speak for suites with and without finite fields.
        let waits_for_fields = || {
            let is_open = self.listing.open_suites(TLS12).iter().any(is_field);
            is_open && !self.fields_work() && !self.is_given_up(TLS12)
        };
        match version {
            TLS12 => true,
            // Only where a question can follow at once nothing is lost by that.
            0x0302 => speaks(version) || (newer_is_told() && !(self.is_swift() && waits_for_fields())),
            // This one is hardly ever spoken, and so asked for once.
            SSL3 => speaks(version) || (speaks(version + 1) && !waits_for_fields()),
            _ => speaks(version) || speaks(version + 1),
        }
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

    /// Returns how many hellos of a version will probably follow those that can be sent now, as far as it pays to open connections for
    /// them.
    fn outlook(&self, version: u16) -> usize {
        let pending = self.pending.iter().filter(|(other, _)| *other == version).count();
        if version != TLS13 && !self.may_begin(version) || !self.listing.speaks(version) {
            return pending;
        }
        let suites = self.listing.open_suites(version);
        let suites = self.likely_among(version, &suites).count();
        let groups = usize::from(version == TLS13 && !self.listing.open_groups(version).is_empty());
        let schemes =
            self.listing.open_schemes(version).into_iter().filter(|scheme| is_usual_scheme(*scheme));
        match suites.max(schemes.count()).min(MOST_AHEAD) + groups {
            // What is under way will be refused.
            0 => 0,
            // Where a question can follow at once, each answer raises one at most.
            likely if self.is_swift() => likely.min(pending),
            likely => likely + pending,
        }
    }

    /// Returns how many hellos will probably follow one after the other where this one is answered; those of TLS 1.3 come first of all, and
    /// what is asked only once.
    fn likely_to_follow(&self, ask: Ask, hello: &Hello) -> usize {
        let (Ask::List(version), Hello::Flight(offer)) = (ask, hello) else { return usize::MAX };
        if version == TLS13 {
            return usize::MAX;
        }
        let suites: Vec<u16> = offer.suites.iter().map(|suite| suite.0).collect();
        self.likely_among(version, &suites).count()
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

/// Tells whether a suite needs a finite field.
fn is_field(suite: &u16) -> bool {
    suite_traits(*suite).is_some_and(|traits| traits.field)
}

/// The most suites in a hello to a server that was seen to choke.
const MOST_AT_ONCE: usize = 64;

/// The most hellos of a listing: more than the largest list of suites and schemes that is known takes twice.
const MOST_HELLOS: usize = 600;

/// The most hellos of a version for which connections are opened ahead.
const MOST_AHEAD: usize = 3;
