//! What the hellos of a full listing prove: which versions, suites, groups and signature schemes a server takes, which
//! it refuses, and what is still open.
//!
//! A server takes a hello if one of its suites, and a group and a scheme where that suite needs them, are all
//! acceptable. So an answer proves all that it names, and a refusal proves that for each suite something was missing:
//! the suite itself, if the hello held a group and a scheme that are known to work; else the groups or the schemes, if it
//! held a suite that is known to work.

mod bound;
mod universe;

use std::collections::{BTreeMap, BTreeSet};

use mailmedic_wire::names::AlertDescription;

use super::{Answer, Ask, EndpointObservation, Offered, Session, TlsEnd};
use universe::Needs;
pub use universe::{
    FIELDS, SSL3, SignerKind, SuiteTraits, TLS12, TLS13, VERSIONS, groups_at, is_usual, schemes_at,
    suite_traits, suites_at,
};

/// A kind of thing that a full listing lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Versions and the suites of each.
    Suites,
    /// Groups.
    Groups,
    /// Signature schemes.
    Schemes,
}

/// What is proven of each number; what is in neither set is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proven {
    /// Taken.
    pub yes: BTreeSet<u16>,
    /// Refused.
    pub no: BTreeSet<u16>,
}

impl Proven {
    /// Returns what is open of these.
    pub fn open(&self, all: impl IntoIterator<Item = u16>) -> Vec<u16> {
        all.into_iter().filter(|number| !self.yes.contains(number) && !self.no.contains(number)).collect()
    }

    fn refuse(&mut self, number: u16) -> bool {
        !self.yes.contains(&number) && self.no.insert(number)
    }
}

/// What a listing has proven so far.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Suites by version.
    suites: BTreeMap<u16, Proven>,
    /// Groups before TLS 1.3 and in it.
    groups: [Proven; 2],
    /// Signature schemes of TLS 1.2 and of TLS 1.3.
    schemes: [Proven; 2],
    /// Versions that were offered and passed over for an older one.
    skipped: BTreeSet<u16>,
    /// Versions for which the server refused a hello though all that it needs was in it: it chokes on long
    /// lists, or on a suite that it has and cannot use.
    pub choked: BTreeSet<u16>,
    /// The most suites in a hello that was answered.
    pub longest_answered: usize,
    /// Every refusal.
    pub refusals: Vec<Refusal>,
    /// Versions that the server refused with the alert `protocol_version`.
    versions_refused: BTreeSet<u16>,
    /// For each version how many hellos were answered so that nothing can be told: a silence, garbage.
    pub doubts: BTreeMap<u16, (usize, String)>,
}

/// A hello that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The version, and none newer.
    pub version: u16,
    /// What was offered.
    pub offered: Offered,
}

/// What a hello was answered with.
struct Success {
    version: u16,
    suite: u16,
    group: Option<u16>,
    scheme: Option<u16>,
}

impl Listing {
    /// Returns what is proven of the suites of a version.
    pub fn suites(&self, version: u16) -> &Proven {
        static NONE: Proven = Proven { yes: BTreeSet::new(), no: BTreeSet::new() };
        self.suites.get(&version).unwrap_or(&NONE)
    }

    /// Returns what is proven of the groups of a version.
    pub fn groups(&self, version: u16) -> &Proven {
        &self.groups[usize::from(version == TLS13)]
    }

    /// Returns what is proven of the signature schemes of a version.
    pub fn schemes(&self, version: u16) -> &Proven {
        &self.schemes[usize::from(version == TLS13)]
    }

    /// Returns whether the server was seen to speak a version.
    pub fn speaks(&self, version: u16) -> bool {
        !self.suites(version).yes.is_empty()
    }

    /// Returns the suites of a version that are neither taken nor refused, in the order of preference.
    pub fn open_suites(&self, version: u16) -> Vec<u16> {
        self.suites(version).open(suites_at(version).map(|traits| traits.suite))
    }

    /// Returns the groups of a version that are neither taken nor refused. Before TLS 1.3 a group that is known from
    /// TLS 1.3 is not open: it is in the list already.
    pub fn open_groups(&self, version: u16) -> Vec<u16> {
        let open = self.groups(version).open(groups_at(version).iter().copied());
        let known = &self.groups(TLS13).yes;
        open.into_iter().filter(|group| version == TLS13 || !known.contains(group)).collect()
    }

    /// Returns the signature schemes of a version that are neither taken nor refused and that a key fits with which the
    /// server was seen to sign.
    pub fn open_schemes(&self, version: u16) -> Vec<u16> {
        let signers = self.signers(version);
        let open = self.schemes(version).open(schemes_at(version).iter().copied());
        open.into_iter()
            .filter(|scheme| SignerKind::of(*scheme).is_some_and(|kind| signers.contains(&kind)))
            .collect()
    }

    /// Returns the kinds of keys with which the server was seen to sign in a version.
    pub fn signers(&self, version: u16) -> BTreeSet<SignerKind> {
        let schemes = self.schemes(version).yes.iter();
        schemes.filter_map(|scheme| SignerKind::of(*scheme)).collect()
    }

    fn add(&mut self, success: &Success, offered_version: u16) {
        let Success { version, suite, group, scheme } = *success;
        self.suites.entry(version).or_default().yes.insert(suite);
        self.groups[usize::from(version == TLS13)].yes.extend(group);
        self.schemes[usize::from(version == TLS13)].yes.extend(scheme);
        // The newest version that both know is chosen: those between are not spoken.
        let between = VERSIONS.into_iter().filter(|other| *other > version && *other <= offered_version);
        self.skipped.extend(between);
    }

    /// Settles the versions that the server cannot speak: those between the newest offered and the one chosen, and
    /// those up to one that it refused by name.
    fn settle_versions(&mut self) {
        for version in VERSIONS.into_iter().filter(|version| *version != TLS13) {
            if self.skipped.contains(&version) || self.is_refused_by_name(version) {
                let all = suites_at(version).map(|traits| traits.suite);
                let proven = self.suites.entry(version).or_default();
                all.for_each(|suite| {
                    proven.refuse(suite);
                });
            }
        }
    }

    /// Tells whether the server was offered a version and chose an older one.
    pub fn is_passed_over(&self, version: u16) -> bool {
        self.skipped.contains(&version)
    }

    /// Settles suites over finite fields at a version of whose other suites none is taken, below one where none of
    /// them is taken either: a server has them in every version or in none, since they are older than TLS.
    fn settle_fields(&mut self) {
        for version in VERSIONS.into_iter().filter(|version| *version < TLS12) {
            let open = self.open_suites(version);
            let field = |suite: &u16| suite_traits(*suite).is_some_and(|traits| traits.field);
            let newer = VERSIONS.into_iter().filter(|newer| *newer > version && *newer != TLS13);
            let refused_above = newer.clone().any(|newer| self.speaks(newer))
                && newer.filter(|newer| self.speaks(*newer)).all(|newer| {
                    let all = suites_at(newer).map(|traits| traits.suite).filter(field);
                    all.into_iter().all(|suite| self.suites(newer).no.contains(&suite))
                });
            if !self.speaks(version) && !open.is_empty() && open.iter().all(field) && refused_above {
                let proven = self.suites.entry(version).or_default();
                for suite in open {
                    proven.refuse(suite);
                }
            }
        }
    }

    /// Tells whether the server said by an alert that it does not speak a version. Such an alert speaks for older versions
    /// too, unless one of them is spoken. A server that never answered may choke on whatever it is offered, and call
    /// that the version.
    pub fn is_refused_by_name(&self, version: u16) -> bool {
        let answered = VERSIONS.into_iter().any(|version| self.speaks(version));
        let speaks_for = |refused: u16| {
            let older = VERSIONS.into_iter().filter(|older| *older <= refused && *older != TLS13);
            refused == version || (refused > version && !older.clone().any(|older| self.speaks(older)))
        };
        answered && !self.speaks(version) && self.versions_refused.iter().any(|refused| speaks_for(*refused))
    }

    /// Settles what a server passed over for something that was not offered at all: it takes nothing of the offer.
    fn settle_unoffered(&mut self, sessions: &[Session]) {
        for session in sessions {
            let (Ask::List(_), Some(offered), Some(success)) =
                (session.ask, &session.offered, success(session))
            else {
                continue;
            };
            let index = usize::from(success.version == TLS13);
            if let Some(scheme) = success.scheme.filter(|scheme| !offered.schemes.has(*scheme)) {
                let kind = SignerKind::of(scheme);
                for other in offered.schemes.0.iter().filter(|other| SignerKind::of(**other) == kind) {
                    self.schemes[index].refuse(*other);
                }
            }
            if success.group.is_some_and(|group| !offered.groups.has(group)) {
                for other in &offered.groups.0 {
                    self.groups[index].refuse(*other);
                }
            }
        }
    }

    /// Returns whether every suite with a curve that was taken before TLS 1.3 is signed with ECDSA.
    pub fn has_only_ecdsa_curves(&self, version: u16) -> bool {
        let mut curves = self.suites(version).yes.iter().filter_map(|suite| suite_traits(*suite));
        curves.all(|traits| !traits.curve || traits.signed == Some(SignerKind::Ecdsa))
    }

    /// Settles the groups before TLS 1.3 of a server whose suites with curves are all signed with ECDSA: it takes only hellos with the curve of
    /// its certificate, so that the known ones stand last; one of them chosen speaks against those before.
    fn settle_curves(&mut self, sessions: &[Session]) {
        for version in [TLS12, 0x0302, 0x0301] {
            if !self.has_only_ecdsa_curves(version) {
                continue;
            }
            for session in sessions.iter().filter(|session| session.ask == Ask::List(version)) {
                let (Some(offered), Some(tls)) = (&session.offered, &session.tls) else { continue };
                let is_about_groups =
                    offered.suites.0.iter().all(|suite| self.suites(version).yes.contains(suite));
                if is_about_groups && tls.group.is_some() {
                    for group in &offered.groups.0 {
                        self.groups[0].refuse(*group);
                    }
                }
            }
        }
    }

    /// Draws from a refusal what can be drawn; tells whether anything is new.
    fn draw(&mut self, refusal: &Refusal) -> bool {
        let Refusal { version, offered } = refusal;
        if self.is_spoilt(*version, offered) {
            return false;
        }
        let spoken_of = self.versions_of(*version);
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
            let is_taken = self.suites(*version).yes.contains(suite);
            match (is_taken, *suffice) {
                (false, (true, true)) => {
                    for version in &spoken_of {
                        new |= self.suites.entry(*version).or_default().refuse(*suite);
                    }
                }
                (true, (true, true)) => new |= self.choked.insert(*version),
                // Curves that an ECDSA certificate needs beside are no fault of the groups offered.
                (true, (false, true)) if traits.signed != Some(SignerKind::Ecdsa) => {
                    let proven = &mut self.groups[usize::from(*version == TLS13)];
                    new |= offered.groups.0.iter().filter(|group| proven.refuse(**group)).count() > 0;
                }
                (true, (true, false)) => {
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
        let used = VERSIONS.into_iter().filter(|version| *version != TLS13).any(|version| {
            let taken = self.suites(version).yes.iter();
            taken.filter_map(|suite| suite_traits(*suite)).any(|traits| traits.field)
        });
        let unknown = FIELDS.iter().all(|field| self.groups(TLS13).no.contains(field));
        used || unknown || version == SSL3 || FIELDS.iter().all(|field| offered.groups.has(*field))
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
    let mut known = proven.yes.iter().copied().filter(|number| fits(*number)).peekable();
    if known.peek().is_some() && offered.iter().any(|number| proven.yes.contains(number) && fits(*number)) {
        return true;
    }
    all.iter().filter(|number| fits(**number)).all(|number| offered.contains(number))
}

impl EndpointObservation {
    /// Returns whether a full listing was begun.
    pub fn has_listing(&self) -> bool {
        self.sessions.iter().any(|session| matches!(session.ask, Ask::List(_)))
    }

    /// Returns what the listing has proven.
    pub fn listing(&self) -> Listing {
        self.draw_listing(|session| self.answer_of(session))
    }

    /// Returns what the listing proves if a close without an alert is a refusal, as it is on some servers: whether it was
    /// one, a control tells in the end.
    pub fn listing_so_far(&self) -> Listing {
        let answered = self.sessions.iter().any(Session::has_tls);
        self.draw_listing(|session| match session.tls.as_ref().map(|tls| &tls.end) {
            Some(TlsEnd::Closed | TlsEnd::Reset) if answered && !session.has_tls() => Answer::No,
            _ => self.answer_of(session),
        })
    }

    fn draw_listing(&self, answer: impl Fn(&Session) -> Answer) -> Listing {
        let mut listing = Listing::default();
        let mut refusals = Vec::new();
        for session in &self.sessions {
            if let Some(success) = success(session) {
                listing.add(&success, offered_version(session.ask));
            }
            let (Ask::List(version), Some(offered)) = (session.ask, &session.offered) else { continue };
            if let Some(unusable) = unusable(session) {
                // Chosen, and then broken off: nobody can use it.
                listing.suites.entry(version).or_default().no.insert(unusable);
                continue;
            }
            match answer(session) {
                Answer::Yes => {
                    listing.longest_answered = listing.longest_answered.max(offered.suites.0.len());
                }
                Answer::No => {
                    if refuses_version(session) && version != TLS13 {
                        listing.versions_refused.insert(version);
                    }
                    refusals.push(Refusal { version, offered: offered.clone() });
                }
                Answer::Unknown(why) => {
                    let doubt = listing.doubts.entry(version).or_insert((0, why));
                    doubt.0 += 1;
                }
            }
        }
        listing.settle_versions();
        listing.settle_unoffered(&self.sessions);
        listing.settle_curves(&self.sessions);
        while refusals.iter().fold(false, |new, refusal| listing.draw(refusal) | new) {}
        listing.settle_fields();
        // What choked the server says nothing of what else was in the hello: draw again without it.
        if !listing.choked.is_empty() {
            listing.forget_choking(&refusals);
        }
        listing.refusals = refusals;
        listing
    }

    /// Returns whether the list of these things is complete: yes, or the reason why not.
    pub fn listed(&self, what: Listed) -> Answer {
        if !self.has_listing() {
            return Answer::Unknown("not all was asked: that takes --depth full".to_owned());
        }
        let listing = self.listing();
        if !VERSIONS.into_iter().any(|version| listing.speaks(version)) {
            return Answer::Unknown("the server answered no hello".to_owned());
        }
        let open = |version: u16| match what {
            Listed::Suites => !listing.open_suites(version).is_empty(),
            Listed::Groups => listing.speaks(version) && !listing.open_groups(version).is_empty(),
            Listed::Schemes => listing.speaks(version) && !listing.open_schemes(version).is_empty(),
        };
        match VERSIONS.into_iter().find(|version| open(*version)) {
            None => Answer::Yes,
            Some(version) => Answer::Unknown(match listing.doubts.get(&version) {
                Some((_, why)) => why.clone(),
                None => self.why_unasked(Ask::List(version)),
            }),
        }
    }

    /// Returns how many connections the listing took, with those that it shares with the first look.
    pub fn listing_connections(&self) -> usize {
        let counts = |ask: Ask| {
            matches!(
                ask,
                Ask::Polite | Ask::Certificate(_) | Ask::List(_) | Ask::Ssl2 | Ask::Control | Ask::Spare
            )
        };
        self.sessions.iter().filter(|session| counts(session.ask)).count()
    }

    /// Returns whether the server imposes its order of suites: yes, if it ever passed over a suite that it takes for one
    /// that stood later; no, if it always took the first, also where the order was turned.
    pub fn server_order(&self) -> Option<bool> {
        let listing = self.listing();
        let mut followed = [false; 2];
        for session in self.sessions.iter().filter(|session| matches!(session.ask, Ask::List(_))) {
            let (Some(offered), Some(tls)) = (&session.offered, &session.tls) else { continue };
            let (Some(version), Some(chosen)) = (tls.version, tls.suite) else { continue };
            let proven = &listing.suites(version).yes;
            let taken: Vec<u16> =
                offered.suites.0.iter().copied().filter(|suite| proven.contains(suite)).collect();
            let Some(first) = taken.first().copied() else { continue };
            // What a curve, a scheme or a certificate stands against may be passed over by a server that follows.
            let comparable = |other: u16| same_needs(first, other);
            if first != chosen && comparable(chosen) {
                return Some(true);
            }
            if first == chosen && taken.iter().skip(1).any(|later| comparable(*later)) {
                followed[usize::from(is_turned(version, &taken))] = true;
            }
        }
        (followed == [true; 2]).then_some(false)
    }

    /// Returns the signature schemes that the server was seen to sign with.
    pub fn schemes(&self) -> Vec<u16> {
        let schemes = self.sessions.iter().filter_map(|session| session.tls.as_ref()?.signature_scheme);
        schemes.collect::<BTreeSet<u16>>().into_iter().collect()
    }
}

impl Listing {
    /// Keeps only what refusals prove that cannot have choked the server: those with few suites.
    fn forget_choking(&mut self, refusals: &[Refusal]) {
        for version in self.choked.clone() {
            if let Some(proven) = self.suites.get_mut(&version) {
                proven.no.clear();
            }
        }
        let sound: Vec<&Refusal> = refusals
            .iter()
            .filter(|refusal| {
                let taken = &self.suites(refusal.version).yes;
                !self.choked.contains(&refusal.version)
                    || !refusal.offered.suites.0.iter().any(|suite| taken.contains(suite))
            })
            .collect();
        let choked = std::mem::take(&mut self.choked);
        while sound.iter().fold(false, |new, refusal| self.draw(refusal) | new) {}
        self.choked.extend(choked);
    }
}

/// The newest version that a question offers.
fn offered_version(ask: Ask) -> u16 {
    match ask {
        Ask::List(version) | Ask::Version(version) => version,
        _ => 0,
    }
}

/// Tells whether suites stand in the opposite order of [`suites_at`].
fn is_turned(version: u16, suites: &[u16]) -> bool {
    let rank = |suite: Option<&u16>| suites_at(version).position(|traits| Some(&traits.suite) == suite);
    rank(suites.first()) > rank(suites.last())
}

/// Tells whether a server that can use the second suite can use the first as well.
fn same_needs(first: u16, second: u16) -> bool {
    let needs = |suite| suite_traits(suite).map(|traits| (traits.curve, traits.field, traits.signed));
    needs(first) == needs(second)
}

fn success(session: &Session) -> Option<Success> {
    let tls = session.tls.as_ref()?;
    let (version, suite) = (tls.version?, tls.suite?);
    if !VERSIONS.contains(&version) || unusable(session).is_some() {
        return None;
    }
    let is_complete = matches!(session.ask, Ask::Polite | Ask::Certificate(_) | Ask::WithoutServerName);
    let counts = matches!(session.ask, Ask::List(_)) || (is_complete && tls.end == TlsEnd::Completed);
    counts.then_some(Success { version, suite, group: tls.group, scheme: tls.signature_scheme })
}

/// Returns the suite that the server chose and then broke off, since it lacks what the suite needs.
fn unusable(session: &Session) -> Option<u16> {
    let tls = session.tls.as_ref()?;
    let traits = suite_traits(tls.suite?)?;
    let needs_exchange = (traits.curve || traits.field) && !traits.tls13;
    let broke_off = tls.exchange_key.is_none() && !matches!(tls.end, TlsEnd::Completed);
    (matches!(session.ask, Ask::List(_)) && needs_exchange && broke_off).then_some(traits.suite)
}

fn refuses_version(session: &Session) -> bool {
    let alerts = session.tls.iter().flat_map(|tls| &tls.alerts);
    alerts.into_iter().any(|alert| alert.description == AlertDescription::PROTOCOL_VERSION.0)
}
