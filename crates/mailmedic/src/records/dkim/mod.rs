//! DKIM: the keys by which receivers check who signed a message (RFC 6376, RFC 8301, RFC 8463).

mod fault;
mod key;
mod mend;
mod message;
mod public;
mod selector;

pub use fault::KeyFault;
pub use key::{KeyRecord, Slip, is_meant, read};
pub use mend::mended;
pub use message::{MOST_HEADER, signers};
pub use public::Key;
pub use selector::{Known, Selector, can_guess, guesses, is_related, told};

use super::dmarc::{self, Mode};
use super::{Answers, Family, Look, Missing, Presence, Shown};
use crate::name::Name;
use crate::observation::{Depth, DnsAnswer, DnsData, DnsOutcome, DnsType};

/// The family.
pub static FAMILY: Family = Family {
    name: "dkim",
    wants: |answers, look| {
        for sighting in keys(answers, look) {
            let _ = alignment(answers, look, &sighting.selector);
        }
    },
    shows: shown,
};

/// What stands at the name of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// A key record.
    Key(KeyRecord),
    /// Something that verifiers cannot use.
    Faulty(KeyFault),
    /// Nothing.
    Absent {
        /// Where the key stands instead, by a slip.
        misplaced: Option<Name>,
    },
}

/// A selector and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The selector.
    pub selector: Selector,
    /// What stands there, or why that cannot be told.
    pub state: Result<State, Missing>,
    /// The name that it is an alias of.
    pub alias: Option<Name>,
}

/// Returns what stands at every selector that is told, and those of the guessed ones that have a key.
pub fn keys(answers: &Answers<'_>, look: &Look<'_>) -> Vec<Sighting> {
    let sight = |selector: Selector| {
        let state = state(answers, &selector);
        let alias = alias(answers, &selector.name);
        Sighting { selector, state, alias }
    };
    let mut keys: Vec<Sighting> = told(look).into_iter().map(sight).collect();
    let guessed: Vec<Sighting> = guesses(look).into_iter().map(sight).collect();
    if !guessed.is_empty() && can_guess(answers, look) == Ok(true) {
        // That a guess has no key says nothing.
        keys.extend(guessed.into_iter().filter(|guess| match &guess.state {
            Ok(State::Key(_)) => true,
            Ok(State::Faulty(_)) => texts(answers, &guess.selector.name).iter().any(|text| is_meant(text)),
            Ok(State::Absent { .. }) | Err(_) => false,
        }));
    }
    keys
}

fn state(answers: &Answers<'_>, selector: &Selector) -> Result<State, Missing> {
    match read(&answers.texts(&selector.name)?) {
        Ok(Some(record)) => Ok(State::Key(record)),
        Err(fault) => Ok(State::Faulty(fault)),
        Ok(None) if selector.known == Known::Guessed => Ok(State::Absent { misplaced: None }),
        Ok(None) => Ok(State::Absent { misplaced: misplaced(answers, selector) }),
    }
}

/// Looks for a key where forms of DNS providers put it that add the domain by themselves, and at the domain itself.
fn misplaced(answers: &Answers<'_>, selector: &Selector) -> Option<Name> {
    let has_key = |texts: Vec<&str>| texts.iter().any(|text| is_meant(text));
    let doubled = Name::new(&format!("{}.{}", selector.name, selector.domain)).ok();
    // Where it cannot be told, nothing is said of it.
    let doubled = doubled.filter(|name| answers.texts(name).is_ok_and(has_key));
    doubled.or_else(|| has_key(texts(answers, &selector.domain)).then(|| selector.domain.clone()))
}

/// Returns the TXT records of a name, if they were asked for anyway.
pub fn texts<'a>(answers: &Answers<'a>, name: &Name) -> Vec<&'a str> {
    let records = answers.known(name, DnsType::Txt).map_or(&[][..], DnsAnswer::records);
    let text = |record: &'a DnsData| match record {
        DnsData::Txt(text) => Some(text.as_str()),
        _ => None,
    };
    records.iter().filter_map(text).collect()
}

fn alias(answers: &Answers<'_>, name: &Name) -> Option<Name> {
    match &answers.known(name, DnsType::Txt)?.outcome {
        DnsOutcome::Found { aliases, .. } => aliases.last().cloned(),
        _ => None,
    }
}

/// Tells whether signatures of another name count for the domain's DMARC; none where it is the same name, or where
/// there is no DMARC.
fn alignment(answers: &Answers<'_>, look: &Look<'_>, selector: &Selector) -> Option<(Mode, bool)> {
    if selector.domain == *look.domain {
        return None;
    }
    let walk = dmarc::Walk::take(answers, look.domain);
    let mode = walk.policy().ok()??.record.adkim;
    let counts = dmarc::aligned(answers, look.domain, &selector.domain, mode).ok()?;
    Some((mode, counts))
}

fn shown(answers: &Answers<'_>, look: &Look<'_>) -> Vec<Shown> {
    let rows: Vec<Shown> =
        keys(answers, look).iter().filter_map(|sighting| row(answers, look, sighting)).collect();
    if rows.is_empty() { nothing(answers, look).into_iter().collect() } else { rows }
}

fn row(answers: &Answers<'_>, look: &Look<'_>, sighting: &Sighting) -> Option<Shown> {
    let selector = &sighting.selector;
    let row = Shown::of(answers, FAMILY.name, &selector.name, DnsType::Txt)?;
    let mut word = selector.word.clone();
    if selector.domain != *look.domain {
        word = format!("{word} of {}", selector.domain);
    }
    let summary = match &sighting.state {
        Ok(State::Key(record)) => {
            let mut parts = vec![format!("{word}: {}", record.key.name())];
            parts.extend(record.testing.then(|| "test mode".to_owned()));
            parts.extend(record.slips.iter().map(ToString::to_string));
            parts.join(", ")
        }
        Ok(State::Faulty(fault)) => format!("{word}: no verifier can use it: {fault}"),
        Ok(State::Absent { misplaced: Some(at) }) => format!("{word}: the key stands at {at}"),
        Ok(State::Absent { misplaced: None }) => word,
        Err(_) => return Some(row),
    };
    let values = texts(answers, &selector.name).into_iter().map(str::to_owned).collect();
    let mut row = row.with(values, summary);
    row.details.extend(sighting.alias.as_ref().map(|alias| format!("an alias of {alias}")));
    row.details.extend(alignment(answers, look, selector).map(|(mode, counts)| match (counts, mode) {
        (true, _) => format!("its signatures count for DMARC of {}", look.domain),
        (false, Mode::Strict) => {
            format!("its signatures do not count for DMARC of {}, which says adkim=s", look.domain)
        }
        (false, Mode::Relaxed) => {
            format!("its signatures do not count for DMARC of {}: another organisation", look.domain)
        }
    }));
    Some(row)
}

/// Says why no key is shown.
fn nothing(answers: &Answers<'_>, look: &Look<'_>) -> Option<Shown> {
    if !told(look).is_empty() {
        // Not asked yet.
        return None;
    }
    let why = match (look.depth >= Depth::Full).then(|| can_guess(answers, look)) {
        Some(Err(Missing::Open)) => return None,
        Some(Err(Missing::Failed(why))) => why,
        Some(Ok(true)) => {
            "selectors cannot be listed, and none of the usual ones has a key; give yours".to_owned()
        }
        Some(Ok(false)) => {
            "selectors cannot be listed, and a wildcard answers for all; give yours".to_owned()
        }
        None => "selectors cannot be listed; give yours, or a message".to_owned(),
    };
    Some(Shown {
        family: FAMILY.name,
        name: look.domain.under("_domainkey").ok()?,
        presence: Presence::Unknown(why),
        state: None,
        ttl: None,
        values: Vec::new(),
        summary: String::new(),
        details: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
