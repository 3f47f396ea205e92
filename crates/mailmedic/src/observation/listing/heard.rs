//! What the sessions of an endpoint say of its listing.

use std::collections::BTreeSet;

use mailmedic_wire::names::AlertDescription;

use super::{
    FIELDS, Listed, Listing, Refusal, SignerKind, Success, TLS13, VERSIONS, suite_traits, suites_at,
};
use crate::observation::{Answer, Ask, EndpointObservation, Offered, Session, TlsEnd};

impl EndpointObservation {
    /// Returns whether a full listing was begun.
    pub fn has_listing(&self) -> bool {
        self.sessions.iter().any(|session| session.ask.listed_version().is_some())
    }

    /// Returns what the listing has proven.
    pub fn listing(&self) -> Listing {
        let mut listing = self.draw_listing(|session| self.answer_of(session));
        if listing.rsa_unfinished {
            listing.drop_rsa();
        }
        listing
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
        let heard = self.heard(answer);
        let mut listing = heard.clone();
        self.settle(&mut listing, |_| true);
        if !listing.choked.is_empty() {
            // What choked the server says nothing of what else was in the hello: all is drawn again without it.
            let choked = std::mem::replace(&mut listing, heard).choked;
            let taken = listing.clone();
            self.settle(&mut listing, |refusal| {
                let suites = &taken.suites(refusal.version).yes;
                !choked.contains(&refusal.version)
                    || !refusal.offered.suites.0.iter().any(|suite| suites.contains(*suite))
            });
            listing.choked.extend(choked);
        }
        listing
    }

    fn settle(&self, listing: &mut Listing, counts: impl Fn(&Refusal) -> bool) {
        listing.settle_versions();
        listing.settle_rsa();
        listing.settle_unoffered(&self.sessions);
        listing.settle_curves(&self.sessions);
        let refusals: Vec<Refusal> = listing.refusals.iter().filter(|one| counts(one)).cloned().collect();
        listing.draw_all(refusals.iter());
        listing.settle_fields();
    }

    /// Gathers what was answered and what was refused, and draws nothing from it.
    fn heard(&self, answer: impl Fn(&Session) -> Answer) -> Listing {
        let mut listing = Listing { rsa_unfinished: self.finishes_rsa().is_no(), ..Listing::default() };
        for session in &self.sessions {
            if let Some(success) = success(session) {
                listing.add(&success, offered_version(session.ask));
                listing.own_field |= has_own_field(session, &success);
            }
            listing.first_look_refused |= session.ask == Ask::Polite && refuses_version(session);
            let (Some(version), Some(offered)) = (listed_version(session), &session.offered) else {
                continue;
            };
            if let Some(unusable) = broke_off(session) {
                // Chosen, and then broken off: nobody can use it.
                listing.suites.entry(version).or_default().no.insert(unusable);
                continue;
            }
            match answer(session) {
                Answer::Yes => {
                    listing.unanswered_kinds.extend(unanswered_kinds(session, offered));
                    listing.longest_answered = listing.longest_answered.max(offered.suites.0.len());
                }
                Answer::No => {
                    if refuses_version(session) && version != TLS13 {
                        listing.versions_refused.insert(version);
                    }
                    listing.refusals.push(Refusal { version, offered: offered.clone() });
                }
                Answer::Unknown(why) => {
                    let doubt = listing.doubts.entry(version).or_insert((0, why));
                    doubt.0 += 1;
                }
            }
        }
        listing
    }

    /// Returns whether the list of these things is complete: yes, or the reason why not.
    pub fn listed(&self, what: Listed) -> Answer {
        if !self.has_listing() {
            return Answer::Unknown("not all was asked: that takes --depth list".to_owned());
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
            matches!(ask, Ask::Polite | Ask::Certificate(_) | Ask::Ssl2 | Ask::Control | Ask::Spare)
                || ask.listed_version().is_some()
        };
        let choice =
            |session: &Session| session.tls.as_ref().and_then(|tls| Some((tls.version?, tls.suite?)));
        // What a question of the listing told, too, the trick would have been made for without it.
        let listed = |session: &&Session| session.ask.listed_version().is_some();
        let told: BTreeSet<_> = self.sessions.iter().filter(listed).filter_map(choice).collect();
        let alone = |session: &Session| {
            has_brought(session) && choice(session).is_some_and(|choice| !told.contains(&choice))
        };
        self.sessions.iter().filter(|session| counts(session.ask) || alone(session)).count()
    }

    /// Returns whether the server imposes its order of suites: yes, if it ever passed over a suite that it takes for one
    /// that stood later; no, if it always took the first, also where the order was turned.
    pub fn server_order(&self) -> Option<bool> {
        if !self.has_listing() {
            return None;
        }
        let listing = self.listing();
        let mut followed = [false; 2];
        for session in self.sessions.iter().filter(|session| session.ask.listed_version().is_some()) {
            let (Some(offered), Some(tls)) = (&session.offered, &session.tls) else { continue };
            let (Some(version), Some(chosen)) = (tls.version, tls.suite) else { continue };
            let proven = &listing.suites(version).yes;
            let taken: Vec<u16> =
                offered.suites.0.iter().copied().filter(|suite| proven.contains(*suite)).collect();
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

/// The newest version that a question offers.
fn offered_version(ask: Ask) -> u16 {
    match ask {
        Ask::Version(version) => version,
        _ => ask.listed_version().unwrap_or(0),
    }
}

/// Returns the kinds of keys for which a hello of TLS 1.3 held schemes, where another kind signed.
fn unanswered_kinds(session: &Session, offered: &Offered) -> BTreeSet<SignerKind> {
    let scheme =
        session.tls.as_ref().filter(|tls| tls.version == Some(TLS13)).and_then(|tls| tls.signature_scheme);
    let Some(answered) = scheme.map(SignerKind::of) else { return BTreeSet::new() };
    let kinds = offered.schemes.0.iter().filter_map(|scheme| SignerKind::of(*scheme));
    kinds.filter(|kind| Some(*kind) != answered).collect()
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

/// Returns the version of the full listing that a hello asked for, if it asked for one.
pub(super) fn listed_version(session: &Session) -> Option<u16> {
    match session.ask {
        Ask::Certificate(_) => session.offered.as_ref().map(|_| TLS13),
        ask => ask.listed_version(),
    }
}

/// Returns what an answer proves.
pub(super) fn success(session: &Session) -> Option<Success> {
    let tls = session.tls.as_ref()?;
    let (version, suite) = (tls.version?, tls.suite?);
    if !VERSIONS.contains(&version) || broke_off(session).is_some() {
        return None;
    }
    let is_complete = matches!(session.ask, Ask::Polite | Ask::Certificate(_) | Ask::WithoutServerName);
    let is_asked = listed_version(session).is_some() || rides(session);
    let counts = is_asked || (is_complete && tls.end == TlsEnd::Completed);
    counts.then_some(Success { version, suite, group: tls.group, scheme: tls.signature_scheme })
}

/// Returns the suite that the server chose and then broke off, since it lacks what the suite needs.
pub fn broke_off(session: &Session) -> Option<u16> {
    let tls = session.tls.as_ref()?;
    let traits = suite_traits(tls.suite?)?;
    let needs_exchange = (traits.curve || traits.field) && !traits.tls13;
    let is_cut_short = tls.exchange_key.is_none() && !matches!(tls.end, TlsEnd::Completed);
    let is_asked = matches!(session.ask, Ask::List(_)) || rides(session);
    (is_asked && needs_exchange && is_cut_short).then_some(traits.suite)
}

/// Tells whether a session is a trick on whose hello a question of the listing was put along.
pub fn rides(session: &Session) -> bool {
    matches!(session.ask, Ask::Try(_)) && session.offered.is_some()
}

/// Tells whether such a trick saved a question of its own: the server chose another suite than the one that was known before, which
/// stands last.
pub fn has_brought(session: &Session) -> bool {
    let chosen = session.tls.as_ref().and_then(|tls| tls.suite);
    let known = session.offered.as_ref().and_then(|offered| offered.suites.0.last());
    rides(session) && chosen.is_some() && chosen.as_ref() != known
}

/// Tells whether the server used a finite field though the client named none.
fn has_own_field(session: &Session, success: &Success) -> bool {
    let unnamed = |offered: &Offered| !offered.groups.0.iter().any(|group| FIELDS.contains(group));
    session.offered.as_ref().is_some_and(unnamed)
        && suite_traits(success.suite).is_some_and(|traits| traits.field)
}

fn refuses_version(session: &Session) -> bool {
    let alerts = session.tls.iter().flat_map(|tls| &tls.alerts);
    alerts.into_iter().any(|alert| alert.description == AlertDescription::PROTOCOL_VERSION.0)
}
