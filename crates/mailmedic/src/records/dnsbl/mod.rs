//! Block lists in DNS (RFC 5782): who lists the addresses and the domain, and which lists can be believed.
//!
//! A list is asked about its own test entries first. One that does not know them is dead, and one that answers with a
//! refusal says nothing of anybody: a refusal is never a listing.

mod lists;

pub use lists::LISTS;

use std::net::{IpAddr, Ipv4Addr};

use super::reverse::{self, reversed};
use super::{Answers, Family, Look, Missing, Presence, Shown};
use crate::finding::Severity;
use crate::name::Name;
use crate::observation::{DnsData, DnsType};
use crate::words;

/// The family.
pub static FAMILY: Family = Family {
    name: "dnsbl",
    wants: |answers, look| {
        if look.wishes.lists {
            for list in LISTS {
                // What is missing is wanted by looking for it.
                drop(of(answers, look, list));
            }
        }
    },
    shows: |answers, look| {
        if !look.wishes.lists {
            return Vec::new();
        }
        LISTS.iter().filter_map(|list| shown(answers, look, list)).collect()
    },
};

/// A block list.
pub struct List {
    /// What people call it.
    pub name: &'static str,
    /// The zone that is asked.
    pub zone: &'static str,
    /// What it lists.
    pub lists: Lists,
    /// What its answers mean.
    pub answers: Meanings,
    /// Answers that refuse to tell, beyond those that all lists share.
    pub refusals: &'static [(Ipv4Addr, &'static str)],
    /// How to come off it, in a sentence.
    pub delisting: &'static str,
    /// Where all that is published.
    pub source: &'static str,
}

/// What a list lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// IPv4 addresses.
    Ipv4,
    /// Addresses of both families.
    Addresses,
    /// Domains. Some keep a test entry of their own beside, or instead of, that of RFC 5782 §5.
    Domains {
        /// The domain that is always listed.
        test: &'static str,
    },
}

/// What the answers of a list mean. How bad a listing is: an error keeps mail from large receivers, a warning from
/// some, a note from few.
#[derive(Clone, Copy, Debug)]
pub enum Meanings {
    /// Each address has a meaning; others count as the first.
    Values(&'static [(Ipv4Addr, &'static str, Severity)]),
    /// The last octet is a sum of bits.
    Bits(&'static [(u8, &'static str, Severity)]),
}

/// Why a list says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// It refuses to answer whoever asks through this resolver.
    #[error("it answers {0}, which is a refusal: {1}")]
    Refused(Ipv4Addr, &'static str),
    /// Somebody on the way, mostly the resolver, puts an address in the place of an answer.
    #[error("{0} came for an answer, which no list gives: the resolver rewrites answers")]
    Rewritten(IpAddr),
    /// It does not know its own test entry, so that its silence says nothing.
    #[error("it does not list its own test entry {0}: it is gone, or does not answer this resolver")]
    Dead(Name),
    /// It lists what must not be listed.
    #[error("it lists {0}, which must not be listed: it lists everything")]
    ListsAll(Name),
}

impl Unusable {
    /// Returns whether another resolver would help.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(..) | Self::Rewritten(_))
    }
}

/// What a list says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing that can be believed.
    Nothing(Unusable),
    /// Who is listed; nobody where it is empty. The number is of those asked about.
    Listed(Vec<Listing>, usize),
    /// There is nothing that such a list could list.
    NotAsked,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The address or domain.
    pub whom: String,
    /// The answers.
    pub codes: Vec<Ipv4Addr>,
    /// What they mean.
    pub means: Vec<&'static str>,
    /// How bad it is.
    pub severity: Severity,
    /// The list's own words, if it gives any.
    pub text: Option<String>,
}

/// Returns what a list says of the domain and the addresses that its mail comes from.
///
/// # Errors
/// Says why it cannot be told.
pub fn of(answers: &Answers<'_>, look: &Look<'_>, list: &List) -> Result<Told, Missing> {
    let whom = asked_about(answers, look, list);
    if whom.is_empty() {
        return Ok(Told::NotAsked);
    }
    let has_v6 = whom.iter().any(|(_, label)| label.len() > LONGEST_V4);
    if let Some(unusable) = unusable(answers, list, has_v6)? {
        return Ok(Told::Nothing(unusable));
    }
    let number = whom.len();
    let (mut listings, mut missing) = (Vec::new(), None);
    // All questions are put before the first failure is told.
    for (whom, label) in whom {
        let Some(name) = under(&label, list) else { continue };
        match look_up(answers, list, &name) {
            Err(why) => missing = Some(why),
            Ok(Heard::Absent) => {}
            Ok(Heard::Odd(unusable)) => return Ok(Told::Nothing(unusable)),
            Ok(Heard::Listed(codes)) => listings.push(listing(answers, list, whom, &name, codes)),
        }
    }
    match missing {
        Some(why) if listings.is_empty() => Err(why),
        _ => Ok(Told::Listed(listings, number)),
    }
}

/// Returns whether a name lies in the zone of a block list.
pub fn is_of_a_list(name: &Name) -> bool {
    list_of(name).is_some()
}

/// Returns the block list in whose zone a name lies.
pub fn list_of(name: &Name) -> Option<&'static List> {
    LISTS.iter().find(|list| {
        let above = name.as_ascii().strip_suffix(list.zone);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

/// Returns those a list can know, each with its label under the zone.
fn asked_about(answers: &Answers<'_>, look: &Look<'_>, list: &List) -> Vec<(String, String)> {
    if let Lists::Domains { .. } = list.lists {
        return vec![(look.domain.to_string(), look.domain.to_string())];
    }
    let takes = |address: &IpAddr| address.is_ipv4() || list.lists == Lists::Addresses;
    let senders = reverse::senders(answers, look).into_iter().map(|sender| sender.address).filter(takes);
    senders.take(MOST_ADDRESSES).map(|address| (address.to_string(), reversed(address))).collect()
}

/// Asks a list about its test entries (RFC 5782 §5): none if it can be believed.
fn unusable(answers: &Answers<'_>, list: &List, has_v6: bool) -> Result<Option<Unusable>, Missing> {
    let v4 = ["2.0.0.127", "1.0.0.127"].map(str::to_owned);
    let v6 = ["::ffff:7f00:2", "::ffff:7f00:1"].map(|text| text.parse().map(reversed).unwrap_or_default());
    let points: Vec<[String; 2]> = match list.lists {
        Lists::Ipv4 => vec![v4],
        Lists::Addresses if has_v6 => vec![v4, v6],
        Lists::Addresses => vec![v4],
        Lists::Domains { .. } => vec![["test", "invalid"].map(str::to_owned)],
    };
    // All questions are put before the first answer is looked at.
    let asked: Vec<_> = points
        .iter()
        .filter_map(|[listed, unlisted]| Some((under(listed, list)?, under(unlisted, list)?)))
        .map(|(listed, unlisted)| {
            let heard = (look_up(answers, list, &listed), look_up(answers, list, &unlisted));
            (listed, unlisted, heard)
        })
        .collect();
    for (listed, unlisted, (first, second)) in asked {
        match second? {
            Heard::Absent => {}
            Heard::Odd(why) => return Ok(Some(why)),
            Heard::Listed(_) => return Ok(Some(Unusable::ListsAll(unlisted))),
        }
        let first = match (first?, list.lists) {
            (Heard::Absent, Lists::Domains { test }) => match under(test, list) {
                Some(own) => look_up(answers, list, &own)?,
                None => Heard::Absent,
            },
            (heard, _) => heard,
        };
        match first {
            Heard::Listed(_) => {}
            Heard::Odd(why) => return Ok(Some(why)),
            Heard::Absent => return Ok(Some(Unusable::Dead(listed))),
        }
    }
    Ok(None)
}

/// What came for a question to a list.
enum Heard {
    Absent,
    Listed(Vec<Ipv4Addr>),
    Odd(Unusable),
}

fn look_up(answers: &Answers<'_>, list: &List, name: &Name) -> Result<Heard, Missing> {
    let mut codes = Vec::new();
    for record in answers.records(name, DnsType::A)? {
        let DnsData::Address(address) = record else { continue };
        let IpAddr::V4(code) = address else { return Ok(Heard::Odd(Unusable::Rewritten(*address))) };
        if !code.is_loopback() {
            return Ok(Heard::Odd(Unusable::Rewritten(*address)));
        }
        let own = list.refusals.iter().find(|row| row.0 == *code).map(|row| row.1);
        if let Some(why) = own.or_else(|| refusal_of_all(*code)) {
            return Ok(Heard::Odd(Unusable::Refused(*code, why)));
        }
        if !codes.contains(code) && codes.len() < MOST_CODES {
            codes.push(*code);
        }
    }
    codes.sort_unstable();
    Ok(if codes.is_empty() { Heard::Absent } else { Heard::Listed(codes) })
}

/// Returns why an answer is none on any list: 127.0.0.1 is never an entry, and Spamhaus's block of errors is used by others,
/// too.
fn refusal_of_all(code: Ipv4Addr) -> Option<&'static str> {
    match code.octets() {
        [127, 0, 0, 1] => Some("this resolver may not ask"),
        [127, 255, 255, 252] => Some("the name of the list is mistyped"),
        [127, 255, 255, 254] => Some("the question came through a public resolver"),
        [127, 255, 255, 255] => Some("this resolver asks too much"),
        [127, 255, 255, _] => Some("this resolver may not ask"),
        _ => None,
    }
}

fn listing(answers: &Answers<'_>, list: &List, whom: String, name: &Name, codes: Vec<Ipv4Addr>) -> Listing {
    let mut means: Vec<(&'static str, Severity)> = Vec::new();
    for code in &codes {
        match list.answers {
            Meanings::Values(rows) => {
                let row = rows.iter().find(|row| row.0 == *code).or(rows.first());
                means.extend(row.map(|row| (row.1, row.2)));
            }
            Meanings::Bits(rows) => {
                let [.., last] = code.octets();
                means.extend(rows.iter().filter(|row| last & row.0 != 0).map(|row| (row.1, row.2)));
            }
        }
    }
    let severity = means.iter().map(|row| row.1).max().unwrap_or(Severity::Note);
    let mut means: Vec<&'static str> = means.into_iter().map(|row| row.0).collect();
    means.dedup();
    // That there is no reason to be had takes nothing from the listing.
    let texts = answers.texts(name).unwrap_or_default();
    let text = texts.first().map(|text| words::escape(text, MOST_TEXT));
    Listing { whom, codes, means, severity, text }
}

fn under(label: &str, list: &List) -> Option<Name> {
    Name::new(&format!("{label}.{}", list.zone)).ok()
}

fn shown(answers: &Answers<'_>, look: &Look<'_>, list: &List) -> Option<Shown> {
    let (presence, values, summary) = match of(answers, look, list) {
        Ok(Told::NotAsked) | Err(Missing::Open) => return None,
        Err(Missing::Failed(why)) => unknown(list, &why),
        Ok(Told::Nothing(why)) => unknown(list, &why.to_string()),
        Ok(Told::Listed(listings, number)) if listings.is_empty() => {
            let whom = match (list.lists, number) {
                (Lists::Domains { .. }, _) => "the domain".to_owned(),
                (_, 1) => "the address".to_owned(),
                (_, number) => format!("the {number} addresses"),
            };
            (Presence::Absent, Vec::new(), format!("{} does not list {whom}", list.name))
        }
        Ok(Told::Listed(listings, _)) => {
            let each: Vec<String> =
                listings.iter().map(|one| format!("{} ({})", one.whom, words::list(&one.means))).collect();
            let values = listings.iter().map(|one| format!("{}: {}", one.whom, row_of(&one.codes))).collect();
            (Presence::Present, values, format!("{} lists {}", list.name, words::list(&each)))
        }
    };
    let name = Name::new(list.zone).ok()?;
    let (family, details) = (FAMILY.name, Vec::new());
    Some(Shown { family, name, presence, state: None, ttl: None, values, summary, details })
}

fn unknown(list: &List, why: &str) -> (Presence, Vec<String>, String) {
    (Presence::Unknown(format!("{}: {why}", list.name)), Vec::new(), String::new())
}

/// Writes codes in a row.
pub fn row_of(codes: &[Ipv4Addr]) -> String {
    codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Addresses that lists are asked about: they are other people's servers.
const MOST_ADDRESSES: usize = 8;

/// Answers of one list to one question that are read.
const MOST_CODES: usize = 8;

/// The longest IPv4 address written backwards.
const LONGEST_V4: usize = 15;

/// A list's words are cut after this many characters.
const MOST_TEXT: usize = 200;

#[cfg(test)]
mod tests;
