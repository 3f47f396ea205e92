//! SPF (RFC 7208): what is wished for merged with what is published.

mod term;

pub use term::{Term, TermError};

use super::{Made, Meant, Record};
use crate::name::Name;
use crate::observation::DnsData;
use crate::records::Answers;
use crate::records::spf::{Found, MOST_LOOKUPS, Sender, Tally, walk_as_if};
use crate::words;

/// What becomes of mail from elsewhere: the qualifier of `all` (RFC 7208 §4.6.2), the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum All {
    /// `+all`: anybody may send.
    Pass,
    /// `?all`: nothing is said.
    Neutral,
    /// `~all`: it is suspicious.
    Softfail,
    /// `-all`: it is refused.
    Fail,
}

impl All {
    /// Returns the mechanism.
    pub fn term(self) -> &'static str {
        match self {
            Self::Pass => "+all",
            Self::Neutral => "?all",
            Self::Softfail => "~all",
            Self::Fail => "-all",
        }
    }
}

/// What the record is to say beyond what is published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Terms to add.
    pub terms: Vec<Term>,
    /// Terms to leave out, as they stand in the record.
    pub without: Vec<String>,
    /// What becomes of the rest; none keeps what is published.
    pub all: Option<All>,
}

/// Makes the record of a name out of what is wished for and the TXT records that are published there. Several SPF
/// records, of which receivers take none (§4.5), become one.
pub fn make(domain: &Name, wishes: &Wishes, published: &[&str], ttl: u32) -> Made {
    let mut made = Made::default();
    let there: Vec<Written> = published.iter().filter_map(|text| Written::read(text)).collect();
    if there.len() > 1 {
        made.remark(format!(
            "{} SPF records are published, of which receivers take none: this one stands for all of them.",
            there.len()
        ));
    }
    let mut parts = Parts::gather(&there, wishes, &mut made);
    let all = parts.all(wishes, &there, &mut made);
    let mut text: Vec<&str> = vec!["v=spf1"];
    text.extend(parts.mechanisms.iter().map(Term::as_str));
    text.extend(all.map(All::term));
    text.extend(parts.modifiers.iter().map(Term::as_str));
    let text = text.join(" ");
    judge(&text, &parts, all, &mut made);
    made.put(Record::txt(domain.clone(), ttl, text), Meant::Version("v=spf1"));
    made
}

/// Counts the look-ups of the record that was made, with all that it leads to, and says what is wrong with them.
pub fn weigh(made: &mut Made, domain: &Name, answers: &Answers<'_>) {
    let Some(text) = text(made) else { return };
    let tree = walk_as_if(answers, domain, &text);
    // Both families of senders look up the same terms.
    let Tally { lookups, is_least, is_endless, .. } = tree.tally(Sender::Ipv4);
    let least = if is_least || is_endless { "at least " } else { "" };
    made.remark(format!("{least}{lookups} of {MOST_LOOKUPS} look-ups"));
    if lookups > MOST_LOOKUPS {
        made.object(
            "spf-too-many-lookups",
            format!(
                "It takes {least}{lookups} look-ups; over {MOST_LOOKUPS} receivers give up (RFC 7208 §4.6.4)."
            ),
        );
    }
    let mut told: Vec<String> = Vec::new();
    for (branch, _) in tree.branches().into_iter().skip(1) {
        let name = words::escape(&branch.name, 80);
        let (rule, what) = match &branch.found {
            Found::Unknown(why) if why.contains(&branch.name) => (None, format!("not counted: {why}")),
            Found::Unknown(why) => (None, format!("not counted: {name}: {why}")),
            Found::NoName => (None, format!("not counted: no DNS name can be made of {name}")),
            Found::Nothing { .. } => (
                Some("spf-include-missing"),
                format!("{name}, which it names, has no SPF record: that breaks the whole (RFC 7208 §5.2)."),
            ),
            Found::Several(texts) => (
                Some("spf-multiple"),
                format!(
                    "{name}, which it names, has {} SPF records: that breaks the whole (RFC 7208 §4.5).",
                    texts.len()
                ),
            ),
            Found::Cycle(_) => (Some("spf-too-many-lookups"), format!("{name} leads back to itself.")),
            Found::Record { .. } | Found::Varies | Found::Cut => continue,
        };
        if told.contains(&what) {
            continue;
        }
        told.push(what.clone());
        match rule {
            Some(rule) => made.object(rule, what),
            None => made.remark(what),
        }
    }
}

/// Returns the text of the record that was made.
pub fn text(made: &Made) -> Option<String> {
    made.records.iter().find_map(|record| match &record.data {
        DnsData::Txt(text) => Some(text.clone()),
        _ => None,
    })
}

/// A record in parts.
struct Written {
    mechanisms: Vec<Term>,
    all: Option<All>,
    modifiers: Vec<Term>,
}

impl Written {
    /// Reads a record; none if it is none (§4.5).
    fn read(text: &str) -> Option<Self> {
        let mut record = Self { mechanisms: Vec::new(), all: None, modifiers: Vec::new() };
        for word in term::words_of(text)?.take(MOST_TERMS) {
            let term = Term::of(word);
            if let Some(all) = term.all() {
                // What stands behind it is never reached.
                record.all = record.all.or(Some(all));
            } else if term.is_modifier() {
                record.modifiers.push(term);
            } else if record.all.is_none() {
                record.mechanisms.push(term);
            }
        }
        Some(record)
    }
}

/// The parts of the new record.
struct Parts {
    mechanisms: Vec<Term>,
    modifiers: Vec<Term>,
}

impl Parts {
    fn gather(there: &[Written], wishes: &Wishes, made: &mut Made) -> Self {
        let mut unused: Vec<&String> = wishes.without.iter().collect();
        let mut stays = |term: &Term| {
            let is_unwanted = |other: &str| term.is_same(&Term::of(other));
            unused.retain(|other| !is_unwanted(other));
            !wishes.without.iter().any(|other| is_unwanted(other))
        };
        let mut parts = Self { mechanisms: Vec::new(), modifiers: Vec::new() };
        let published = there.iter().flat_map(|record| &record.mechanisms).filter(|term| stays(term));
        for term in published.chain(&wishes.terms) {
            if !parts.mechanisms.iter().any(|other| other.is_same(term)) {
                parts.mechanisms.push(term.clone());
            }
        }
        for record in there {
            for modifier in record.modifiers.iter().filter(|term| stays(term)) {
                // Beside "all" it was dead already (§6.1).
                let is_dead = modifier.redirect().is_some() && record.all.is_some();
                let is_there =
                    parts.modifiers.iter().any(|other| other.is_same(modifier) || other.is_single(modifier));
                if !is_dead && !is_there {
                    parts.modifiers.push(modifier.clone());
                }
            }
        }
        for word in unused {
            made.remark(format!(
                "{:?} is not in the record, so it was not taken out.",
                words::escape(word, 80)
            ));
        }
        parts
    }

    /// Decides what becomes of the rest. What was a redirect becomes an include where there is an "all" (§6.1).
    fn all(&mut self, wishes: &Wishes, there: &[Written], made: &mut Made) -> Option<All> {
        let redirect = self.modifiers.iter().find_map(Term::redirect).map(str::to_owned);
        let published = there.iter().filter_map(|record| record.all).max();
        let all = match (wishes.all.or(published), &redirect) {
            (Some(all), _) => all,
            (None, Some(_)) => return None,
            // Nobody sends.
            (None, None) if self.mechanisms.is_empty() => All::Fail,
            (None, None) => All::Softfail,
        };
        if let Some(target) = redirect {
            self.modifiers.retain(|modifier| modifier.redirect().is_none());
            let include = Term::of(&format!("include:{target}"));
            if !self.mechanisms.iter().any(|other| other.is_same(&include)) {
                self.mechanisms.push(include);
            }
            made.remark(format!(
                "redirect={} counts only without \"all\": it became an include.",
                words::escape(&target, 80)
            ));
        }
        Some(all)
    }
}

/// Says what is wrong with the record itself.
fn judge(text: &str, parts: &Parts, all: Option<All>, made: &mut Made) {
    if all == Some(All::Pass) {
        made.object("spf-allows-all", "+all lets anybody send in the name of the domain.");
    }
    if all == Some(All::Neutral) {
        made.remark(
            "?all says nothing of mail from elsewhere: receivers treat it as if there were no record.",
        );
    }
    for term in &parts.mechanisms {
        let shown = words::escape(term.as_str(), 80);
        if term.covers_all() {
            made.object("spf-allows-all", format!("{shown} covers every address there is."));
        }
        if let Err(why) = term.check() {
            made.object("spf-syntax", format!("{shown:?} breaks the record: {why}."));
        }
        if term.is("ptr") {
            made.remark("ptr is slow and not to be used (RFC 7208 §5.5).");
        }
    }
    if text.len() > ADVISED_BYTES {
        made.remark(format!(
            "It has {} bytes: with what else stands at the name, answers no longer fit into one packet of 512.",
            text.len()
        ));
    }
}

/// Up to this length there is room for the rest of an answer (§3.4).
const ADVISED_BYTES: usize = 450;

/// Terms that are read of a published record.
const MOST_TERMS: usize = 200;

#[cfg(test)]
mod tests;
