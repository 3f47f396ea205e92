//! What the hellos of a full listing prove: which versions, suites, groups and signature schemes a server takes, which
//! it refuses, and what is still open.
//!
//! A server takes a hello if one of its suites, and a group and a scheme where that suite needs them, are all
//! acceptable. So an answer proves all that it names, and a refusal proves that for each suite something was missing:
//! the suite itself, if the hello held a group and a scheme that are known to work; else the groups or the schemes, if it
//! held a suite that is known to work.

mod bound;
mod draw;
mod exchange;
mod heard;
mod set;
mod settle;
mod universe;

use std::collections::{BTreeMap, BTreeSet};

use super::Offered;
pub use exchange::sends_rsa;
pub use heard::{broke_off, has_brought, rides};
pub use set::NumberSet;
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
    pub yes: NumberSet,
    /// Refused.
    pub no: NumberSet,
}

impl Proven {
    /// Returns what is open of these.
    pub fn open(&self, all: impl IntoIterator<Item = u16>) -> Vec<u16> {
        all.into_iter().filter(|number| !self.yes.contains(*number) && !self.no.contains(*number)).collect()
    }

    fn refuse(&mut self, number: u16) -> bool {
        !self.yes.contains(number) && self.no.insert(number)
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
    /// Whether the server chooses suites with RSA key exchange and cannot finish a handshake with them.
    pub rsa_unfinished: bool,
    /// Whether the server used a finite field though the client named none.
    pub own_field: bool,
    /// Whether the first look, which offers TLS 1.3 and 1.2, was refused with the alert `protocol_version`.
    pub first_look_refused: bool,
    /// Versions that were offered and passed over for an older one.
    skipped: BTreeSet<u16>,
    /// Kinds of keys for which TLS 1.3 was offered schemes, and another kind signed: whether the server has them, too, is open.
    unanswered_kinds: BTreeSet<SignerKind>,
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
        static NONE: Proven = Proven { yes: NumberSet::new(), no: NumberSet::new() };
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
        open.into_iter().filter(|group| version == TLS13 || !known.contains(*group)).collect()
    }

    /// Returns the signature schemes of a version that are neither taken nor refused and that a key fits with which the
    /// server was seen to sign, or may sign as well.
    pub fn open_schemes(&self, version: u16) -> Vec<u16> {
        let mut signers = self.signers(version);
        if version == TLS13 {
            signers.extend(&self.unanswered_kinds);
        }
        let open = self.schemes(version).open(schemes_at(version).iter().copied());
        open.into_iter()
            .filter(|scheme| SignerKind::of(*scheme).is_some_and(|kind| signers.contains(&kind)))
            .collect()
    }

    /// Returns the kinds of keys with which the server was seen to sign in a version.
    pub fn signers(&self, version: u16) -> BTreeSet<SignerKind> {
        let schemes = self.schemes(version).yes.iter();
        schemes.filter_map(SignerKind::of).collect()
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

    /// Tells whether the server was offered a version and chose an older one.
    pub fn is_passed_over(&self, version: u16) -> bool {
        self.skipped.contains(&version)
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

    /// Returns whether every suite with a curve that was taken before TLS 1.3 is signed with ECDSA.
    pub fn has_only_ecdsa_curves(&self, version: u16) -> bool {
        let mut curves = self.suites(version).yes.iter().filter_map(suite_traits);
        curves.all(|traits| !traits.curve || traits.signed == Some(SignerKind::Ecdsa))
    }
}
