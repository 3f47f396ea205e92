//! The way up the tree of names: whose record applies, and where an organisation begins (RFC 9989 §4.10).

use super::place;
use super::record::{Ignored, Psd, Record};
use crate::name::Name;
use crate::records::{Answers, Missing};

/// What the TXT records of one name are as DMARC records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The policy records, as published and as read. More than one is as good as none.
    pub records: Vec<(String, Record)>,
    /// Texts that are meant to be one and are passed over.
    pub ignored: Vec<(String, Ignored)>,
}

/// One name of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The name, without `_dmarc`.
    pub domain: Name,
    /// What stands there.
    pub reading: Reading,
}

/// The way from a name up, as far as receivers go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    start: Name,
    steps: Vec<Step>,
    failed: Option<Missing>,
}

/// How the name that bears a record stands to the name that it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// It is the same.
    Itself,
    /// It is its organisational domain.
    Organisation,
    /// It is the public suffix above the organisation.
    Suffix,
}

/// The record that applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// The name that bears it, without `_dmarc`.
    pub domain: &'a Name,
    /// How that name stands to the one in question.
    pub bearer: Bearer,
    /// The record as published.
    pub text: &'a str,
    /// The record.
    pub record: &'a Record,
}

impl Reading {
    /// Reads the TXT records of a name.
    pub fn of(texts: &[&str]) -> Self {
        let mut reading = Self::default();
        for text in texts.iter().take(MOST_RECORDS) {
            match Record::read(text) {
                Ok(record) => reading.records.push(((*text).to_owned(), record)),
                Err(why) if is_meant(text) => reading.ignored.push(((*text).to_owned(), why)),
                Err(_) => {}
            }
        }
        reading
    }

    /// Returns the only record.
    pub fn only(&self) -> Option<&(String, Record)> {
        match self.records.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl Walk {
    /// Walks up from a name. Above a name of two labels with a record of its own stands nothing but a public suffix, which
    /// has no say then, so it is not asked.
    pub fn take(answers: &Answers<'_>, start: &Name) -> Self {
        let own = place(start).map_or(Ok(Vec::new()), |name| answers.texts(&name));
        match own.map(|texts| Reading::of(&texts)) {
            Ok(reading) if labels(start) <= 2 && reading.only().is_some() => Self {
                start: start.clone(),
                steps: vec![Step { domain: start.clone(), reading }],
                failed: Some(Missing::Open),
            },
            // Most have one, so it is seen first whether there is anything to ask above.
            Err(Missing::Open) if labels(start) <= 2 => {
                Self { start: start.clone(), steps: Vec::new(), failed: Some(Missing::Open) }
            }
            _ => Self::whole(answers, start),
        }
    }

    /// Walks up to the end, as it takes to find the organisation. All questions of the way are put at once: few ways end
    /// early.
    pub fn whole(answers: &Answers<'_>, start: &Name) -> Self {
        let mut walk = Self { start: start.clone(), steps: Vec::new(), failed: None };
        let texts: Vec<_> = targets(start)
            .into_iter()
            .map(|domain| {
                let texts = place(&domain).map_or(Ok(Vec::new()), |name| answers.texts(&name));
                (domain, texts)
            })
            .collect();
        for (domain, texts) in texts {
            match texts {
                Ok(texts) => {
                    let reading = Reading::of(&texts);
                    let ends = reading.only().is_some_and(|(_, record)| record.psd != Psd::Unsaid);
                    walk.steps.push(Step { domain, reading });
                    if ends {
                        break;
                    }
                }
                Err(missing) => {
                    walk.failed = Some(missing);
                    break;
                }
            }
        }
        walk
    }

    /// Returns what stands at the name itself.
    ///
    /// # Errors
    /// Says why it cannot be told.
    pub fn own(&self) -> Result<&Reading, Missing> {
        match self.steps.first() {
            Some(step) => Ok(&step.reading),
            None => Err(self.failed.clone().unwrap_or(Missing::Open)),
        }
    }

    /// Returns the names of the way, the longest first, as far as their records are known.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the organisational domain (§4.10.2).
    ///
    /// # Errors
    /// Says why it cannot be told: a name further up might decide otherwise.
    pub fn organisation(&self) -> Result<Name, Missing> {
        self.complete()?;
        Ok(self.organisation_of(&self.start, &self.steps))
    }

    /// Returns the record that applies to the name (§4.10.1); none is certain absence.
    ///
    /// # Errors
    /// Says why it cannot be told.
    pub fn policy(&self) -> Result<Option<Policy<'_>>, Missing> {
        // Nothing above matters to a name with a record of its own.
        if let Some((text, record)) = self.own()?.only() {
            return Ok(Some(Policy { domain: &self.start, bearer: Bearer::Itself, text, record }));
        }
        self.complete()?;
        Ok(self.inherited(&self.start, &self.steps))
    }

    /// Returns the record that applies to names right below that have none; none is certain absence.
    ///
    /// # Errors
    /// Says why it cannot be told.
    pub fn policy_below(&self) -> Result<Option<Policy<'_>>, Missing> {
        self.complete()?;
        let Ok(below) = self.start.under("x") else { return Ok(None) };
        // From far down the way jumps over this name.
        let steps = if labels(&below) > MOST_STEPS { self.steps.get(1..) } else { self.steps.get(..) };
        Ok(self.inherited(&below, steps.unwrap_or_default()))
    }

    fn complete(&self) -> Result<(), Missing> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Returns the record of the organisation that a name belongs to, or else of the public suffix.
    fn inherited<'a>(&'a self, start: &Name, steps: &'a [Step]) -> Option<Policy<'a>> {
        let organisation = self.organisation_of(start, steps);
        let found = |step: &'a Step, bearer| {
            let (text, record) = step.reading.only()?;
            Some(Policy { domain: &step.domain, bearer, text, record })
        };
        let of_organisation = steps.iter().find(|step| step.domain == organisation);
        let suffix = || steps.iter().find(|step| is_suffix(step));
        of_organisation
            .and_then(|step| found(step, Bearer::Organisation))
            .or_else(|| suffix().and_then(|step| found(step, Bearer::Suffix)))
    }

    fn organisation_of(&self, start: &Name, steps: &[Step]) -> Name {
        let mut highest = None;
        for step in steps {
            let Some((_, record)) = step.reading.only() else { continue };
            match record.psd {
                Psd::No => return step.domain.clone(),
                Psd::Yes if step.domain != *start => {
                    return last_labels(start, labels(&step.domain) + 1).unwrap_or_else(|| start.clone());
                }
                Psd::Yes | Psd::Unsaid => highest = Some(&step.domain),
            }
        }
        highest.unwrap_or(start).clone()
    }
}

fn is_suffix(step: &Step) -> bool {
    step.reading.only().is_some_and(|(_, record)| record.psd == Psd::Yes)
}

/// Returns the names that are asked on the way up from a name: eight at most, with a jump to seven labels (§4.10).
fn targets(start: &Name) -> Vec<Name> {
    let mut targets = vec![start.clone()];
    let above = labels(start).saturating_sub(1).min(MOST_STEPS - 1);
    targets.extend((1..=above).rev().filter_map(|number| last_labels(start, number)));
    targets
}

/// Returns the name of the last labels of another.
fn last_labels(name: &Name, number: usize) -> Option<Name> {
    let skipped = labels(name).checked_sub(number)?;
    let text: Vec<&str> = name.as_ascii().split('.').skip(skipped).collect();
    Name::new(&text.join(".")).ok()
}

fn labels(name: &Name) -> usize {
    name.as_ascii().split('.').count()
}

/// Tells whether a text is meant to be a policy record.
fn is_meant(text: &str) -> bool {
    let start: String = text.chars().filter(|c| !c.is_whitespace()).take(MOST_SEARCHED).collect();
    start.to_ascii_lowercase().contains("v=dmarc")
}

/// Names that are asked on one way (§4.10).
const MOST_STEPS: usize = 8;

/// TXT records of one name that are read.
const MOST_RECORDS: usize = 50;

/// Characters of a text in which the version is looked for.
const MOST_SEARCHED: usize = 600;

#[cfg(test)]
mod tests;
