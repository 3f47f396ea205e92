//! SPF: who may send for a domain (RFC 7208).
//!
//! A record is read as data ([`parse()`]), evaluated for one client as a receiver does ([`mail_from`]), and walked as a
//! whole ([`walk()`]), whichever part of it a receiver would come to. None of it does I/O: questions without an answer are
//! wanted from the [`Answers`].

mod check;
mod clients;
mod draw;
mod lapse;
mod macros;
mod matching;
mod mend;
mod network;
mod parse;
mod record;
mod rewrite;
mod select;
#[cfg(test)]
pub(crate) mod tests;
mod tree;
mod verdict;
mod walk;

pub use check::{helo, mail_from};
pub use clients::{OwnServer, own_servers};
pub use draw::draw;
pub use lapse::lapsed;
pub use macros::{MacroString, Values};
pub use matching::is_within;
pub use mend::{meant_as_mechanism, mend};
pub use network::Network;
pub use parse::{is_meant, is_record, parse};
pub use record::{Directive, Fault, Kind, Mechanism, Modifier, Prefixes, Qualifier, Reason, Record, Term};
pub use rewrite::{merged, slimmer, with, without, without_voids, zone_line};
pub use select::{Published, published};
pub use tree::{Branch, Doubt, Found, Sender, Step, Tally, Tree, Via, Void};
pub use verdict::{Client, Limits, Outcome, Verdict};
pub use walk::{walk, walk_as_if};

use super::{Answers, Family, Look, Shown};
use crate::name::Name;
use crate::observation::DnsType;
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "spf",
    wants: |answers, look| {
        for name in gone(&walk(answers, look.domain), look.domain) {
            lapsed(answers, &name);
        }
        own_servers(answers, look);
        clients::asked(answers, look, FAMILY.name);
    },
    shows: |answers, look| {
        let mut rows = Vec::new();
        rows.extend(row(answers, look));
        rows.extend(clients::asked(answers, look, FAMILY.name));
        rows
    },
};

/// Terms of a record, with all that it leads to, that a receiver looks up (§4.6.4).
pub const MOST_LOOKUPS: usize = 10;

/// Questions of an evaluation that may be answered with nothing (§4.6.4).
pub const MOST_VOIDS: usize = 2;

/// Returns the names that do not exist, and are not the domain's own affair, each once.
pub fn gone(tree: &Tree, domain: &Name) -> Vec<Name> {
    let branches = tree.branches();
    let voids = branches.iter().flat_map(|(branch, _)| &branch.steps).flat_map(|step| &step.voids);
    let mut names: Vec<Name> = Vec::new();
    for void in voids.filter(|void| void.no_name && !is_within(&void.name, domain)) {
        if names.len() < MOST_GONE && !names.contains(&void.name) {
            names.push(void.name.clone());
        }
    }
    names
}

fn row(answers: &Answers<'_>, look: &Look<'_>) -> Option<Shown> {
    let row = Shown::of(answers, FAMILY.name, look.domain, DnsType::Txt)?;
    let Ok(published) = published(answers, look.domain) else { return Some(row) };
    Some(match published {
        Published::Several(texts) => {
            let summary = format!("{} records, so that none counts", texts.len());
            row.with(texts, summary)
        }
        Published::Nothing { meant, .. } => match meant.first() {
            Some(text) => row.with(Vec::new(), format!("{:?} is no record", words::escape(text, 60))),
            None => row.with(Vec::new(), ""),
        },
        Published::One { text, .. } => {
            let tree = walk(answers, look.domain);
            if tree.is_open {
                return None;
            }
            let mut row = row.with(vec![text], summary(&tree));
            row.details = draw(&tree);
            row
        }
    })
}

/// Says what a tree comes to: `4 of 10 look-ups, 0 voids, ends in -all`.
fn summary(tree: &Tree) -> String {
    let [v4, v6] = Sender::BOTH.map(|family| tree.tally(family));
    let least = if v4.is_least || v4.is_endless { "at least " } else { "" };
    let least_voids = if v4.is_least_of_voids { "at least " } else { "" };
    let voids = match (v4.voids.len(), v6.voids.len()) {
        (v4, v6) if v4 == v6 => words::count(v4 as u64, "void"),
        (v4, v6) => {
            format!("{} by IPv4 and {v6} by IPv6", words::count(v4 as u64, "void"))
        }
    };
    let last = tree.last();
    let end = match last.record().map(|(_, record)| record.all()) {
        Some(Some(qualifier)) => format!("ends in {}all", qualifier.sign()),
        Some(None) => "has no all".to_owned(),
        None => format!("ends in redirect={}", words::escape(&last.name, 80)),
    };
    let records = tree.branches().into_iter().filter_map(|(branch, _)| branch.record());
    let faults: usize = records.map(|(_, record)| record.faults.len()).sum();
    let faults =
        if faults > 0 { format!(", {}", words::count(faults as u64, "fault")) } else { String::new() };
    format!("{least}{} of {MOST_LOOKUPS} look-ups, {least_voids}{voids}, {end}{faults}", v4.lookups)
}

/// Names that are looked into for having lapsed.
const MOST_GONE: usize = 20;
