//! A record with all that it leads to, as data.

use std::net::IpAddr;

use super::record::{Kind, Qualifier, Record};
use crate::name::Name;
use crate::observation::DnsType;

/// The record of a domain with all records that it leads to, whichever of them an evaluation would come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The record of the domain itself.
    pub root: Branch,
    /// Whether answers are missing that were not asked for yet.
    pub is_open: bool,
}

/// A record in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The name that bears it; the domain as written where no name can be made of it.
    pub name: String,
    /// How one comes to it.
    pub via: Via,
    /// What is there.
    pub found: Found,
    /// The terms of the record in their order.
    pub steps: Vec<Step>,
}

/// How one comes to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// It is the domain's own.
    Root,
    /// By an include with this qualifier.
    Include(Qualifier),
    /// By a redirect.
    Redirect,
}

/// What is at the name of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// One record.
    Record {
        /// As published.
        text: String,
        /// What it says.
        record: Record,
    },
    /// None, and that is certain.
    Nothing {
        /// Whether the name does not exist at all (NXDOMAIN).
        no_name: bool,
        /// TXT records that look like one and are none.
        meant: Vec<String>,
    },
    /// Several, of which none counts.
    Several(Vec<String>),
    /// It could not be told; the reason completes "could not tell: …".
    Unknown(String),
    /// The name hangs on the client or the sender.
    Varies,
    /// No DNS name can be made of the domain.
    NoName,
    /// It stands above itself: the names of the ring in their order.
    Cycle(Vec<String>),
    /// It was not looked at, since the tree is too large.
    Cut,
}

/// One term in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// As published.
    pub text: String,
    /// What it is.
    pub kind: Kind,
    /// Whether an evaluation can come to it: nothing behind `all` is come to.
    pub is_live: bool,
    /// Whether it counts against the limit of look-ups.
    pub counts: bool,
    /// Addresses that it leads to.
    pub addresses: Vec<IpAddr>,
    /// Questions that were answered with nothing.
    pub voids: Vec<Void>,
    /// Why more may come of it than is known.
    pub doubt: Option<Doubt>,
    /// What is wrong with it that its own text does not show.
    pub fault: Option<String>,
    /// The record that it leads to.
    pub branch: Option<Branch>,
}

/// Why more may come of a term than is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// What it looks up hangs on the client or the sender.
    Varies,
    /// The tree is too large to look at all of it.
    Cut,
    /// It could not be told; the reason completes "could not tell: …".
    Unknown(String),
}

/// A question that was answered with nothing (RFC 7208 §4.6.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Void {
    /// The name.
    pub name: Name,
    /// The type.
    pub kind: DnsType,
    /// Whether the name does not exist at all (NXDOMAIN).
    pub no_name: bool,
    /// Whose evaluation asks it; none where every one does.
    pub family: Option<Sender>,
}

/// The family of the address that a client sends from. Evaluation asks for addresses of this family only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// A records are asked for.
    Ipv4,
    /// AAAA records are asked for.
    Ipv6,
}

impl Sender {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ipv4, Self::Ipv6];

    /// Returns its name: `IPv4`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        }
    }
}

/// What evaluation of a whole tree costs at most: for a client that nothing matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally<'a> {
    /// Terms that count as look-ups.
    pub lookups: usize,
    /// Whether there may be more.
    pub is_least: bool,
    /// Whether records lead back to themselves, so that any limit is passed.
    pub is_endless: bool,
    /// Questions that were answered with nothing.
    pub voids: Vec<&'a Void>,
    /// Terms that have such questions.
    pub void_terms: usize,
    /// Whether there may be more of those.
    pub is_least_of_voids: bool,
}

impl Tree {
    /// Returns the record of the domain, if it has exactly one.
    pub fn record(&self) -> Option<(&str, &Record)> {
        self.root.record()
    }

    /// Returns every record of the tree with the names that lead to it, the domain's own first.
    pub fn branches(&self) -> Vec<(&Branch, Vec<&str>)> {
        let mut all = Vec::new();
        self.root.collect(&mut Vec::new(), &mut all);
        all
    }

    /// Returns the record whose end decides: the one where redirects end.
    pub fn last(&self) -> &Branch {
        let mut at = &self.root;
        // A tree has a bottom.
        while let Some(next) = at.steps.iter().find_map(|step| match &step.branch {
            Some(branch) if step.is_live && branch.via == Via::Redirect => Some(branch),
            _ => None,
        }) {
            at = next;
        }
        at
    }

    /// Counts for a client of one family.
    pub fn tally(&self, family: Sender) -> Tally<'_> {
        self.root.tally(family)
    }

    /// Returns why some record of it could not be told.
    pub fn doubt(&self) -> Option<String> {
        self.branches().into_iter().find_map(|(branch, _)| match &branch.found {
            Found::Unknown(why) => Some(why.clone()),
            Found::Cut => Some("the tree is too large to be looked at".to_owned()),
            _ => None,
        })
    }

    /// Returns why some answer of it could not be told, be it a record or what a term looks up.
    pub fn doubt_of_terms(&self) -> Option<String> {
        let of_terms = self.branches().into_iter().flat_map(|(branch, _)| &branch.steps);
        self.doubt().or_else(|| {
            of_terms.into_iter().find_map(|step| match &step.doubt {
                Some(Doubt::Unknown(why)) => Some(why.clone()),
                Some(Doubt::Cut) => Some("the tree is too large to be looked at".to_owned()),
                Some(Doubt::Varies) | None => None,
            })
        })
    }
}

impl Branch {
    /// Returns the record, if there is exactly one.
    pub fn record(&self) -> Option<(&str, &Record)> {
        match &self.found {
            Found::Record { text, record } => Some((text, record)),
            _ => None,
        }
    }

    fn collect<'a>(&'a self, path: &mut Vec<&'a str>, all: &mut Vec<(&'a Self, Vec<&'a str>)>) {
        all.push((self, path.clone()));
        path.push(&self.name);
        for branch in self.steps.iter().filter_map(|step| step.branch.as_ref()) {
            branch.collect(path, all);
        }
        path.pop();
    }

    /// Counts for a client of one family.
    pub fn tally(&self, family: Sender) -> Tally<'_> {
        let mut tally = Tally::default();
        match self.found {
            Found::Unknown(_) | Found::Varies | Found::Cut => {
                tally.is_least = true;
                tally.is_least_of_voids = true;
            }
            Found::Cycle(_) => tally.is_endless = true,
            Found::Record { .. } | Found::Nothing { .. } | Found::Several(_) | Found::NoName => {}
        }
        self.steps.iter().filter(|step| step.is_live).for_each(|step| tally.add(step.tally(family)));
        tally
    }
}

impl Step {
    /// Counts for a client of one family.
    pub fn tally(&self, family: Sender) -> Tally<'_> {
        let is_asked = |void: &&Void| void.family.is_none_or(|only| only == family);
        let voids: Vec<&Void> = self.voids.iter().filter(is_asked).collect();
        let mut tally = Tally {
            lookups: self.counts.into(),
            void_terms: (!voids.is_empty()).into(),
            voids,
            is_least_of_voids: self.doubt.is_some(),
            ..Tally::default()
        };
        if let Some(branch) = &self.branch {
            tally.add(branch.tally(family));
        }
        tally
    }
}

impl<'a> Tally<'a> {
    fn add(&mut self, other: Tally<'a>) {
        self.lookups += other.lookups;
        self.is_least |= other.is_least;
        self.is_endless |= other.is_endless;
        self.voids.extend(other.voids);
        self.void_terms += other.void_terms;
        self.is_least_of_voids |= other.is_least_of_voids;
    }
}
