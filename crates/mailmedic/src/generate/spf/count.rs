//! How many look-ups a record takes (RFC 7208 §4.6.4), over the whole tree of includes.

use super::term::{Term, words_of};
use crate::name::Name;
use crate::records::{Answers, Missing};
use crate::words;

/// What a record takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Look-ups, in the worst case.
    pub lookups: usize,
    /// Whether there may be more: a name hangs on who sends, or the tree has no end.
    pub is_least: bool,
    /// Names that it includes and that have no record of their own.
    pub without_record: Vec<Name>,
    /// Names that lead back to themselves.
    pub rings: Vec<Name>,
    /// What could not be told, each with its reason.
    pub open: Vec<String>,
}

/// Counts the look-ups of a record, as if it were published; what was not asked yet is wanted of the answers.
pub fn count(answers: &Answers<'_>, domain: &Name, text: &str) -> Count {
    let mut count = Count::default();
    walk(answers, text, &mut vec![domain.clone()], &mut count);
    count
}

fn walk(answers: &Answers<'_>, text: &str, path: &mut Vec<Name>, count: &mut Count) {
    let Some(terms) = words_of(text) else { return };
    let terms: Vec<Term> = terms.take(MOST_TERMS).map(Term::of).collect();
    let has_all = terms.iter().any(|term| term.all().is_some());
    for term in terms {
        // A redirect beside "all" is never followed (§6.1).
        if !term.is_lookup() || (term.redirect().is_some() && has_all) {
            continue;
        }
        if count.lookups == MOST_COUNTED {
            count.is_least = true;
            return;
        }
        count.lookups += 1;
        let Some(target) = term.leads_to() else { continue };
        if target.contains('%') {
            count.is_least = true;
            continue;
        }
        match Name::new(target) {
            Ok(name) => follow(answers, name, path, count),
            Err(why) => note(count, format!("{}: {why}", words::escape(target, 80))),
        }
    }
}

fn follow(answers: &Answers<'_>, name: Name, path: &mut Vec<Name>, count: &mut Count) {
    if path.contains(&name) {
        if !count.rings.contains(&name) {
            count.rings.push(name);
        }
        return;
    }
    if path.len() == MOST_DEEP {
        count.is_least = true;
        return;
    }
    match answers.texts(&name) {
        Err(Missing::Open) => note(count, format!("{name} was not asked")),
        Err(Missing::Failed(why)) => note(count, why),
        Ok(texts) => match texts.iter().find(|text| words_of(text).is_some()) {
            None if count.without_record.contains(&name) => {}
            None => count.without_record.push(name),
            Some(text) => {
                path.push(name);
                walk(answers, text, path, count);
                path.pop();
            }
        },
    }
}

fn note(count: &mut Count, why: String) {
    if !count.open.contains(&why) {
        count.open.push(why);
    }
}

/// Nobody follows a record that far.
const MOST_COUNTED: usize = 100;
const MOST_DEEP: usize = 12;
const MOST_TERMS: usize = 200;
