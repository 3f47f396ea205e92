//! The answers so far, and the questions that whoever reads them finds missing.

use std::cell::RefCell;

use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, Fetch};

/// What DNS said; remembers what was looked for in vain.
#[derive(Clone, Debug)]
pub struct Answers<'a> {
    seen: &'a [DnsAnswer],
    fetches: &'a [Fetch],
    wanted: RefCell<Vec<(Name, DnsType)>>,
}

/// Why records cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The question was not put yet.
    Open,
    /// There is no usable answer; the reason completes "could not tell: …".
    Failed(String),
}

impl Missing {
    /// Returns the reason in words that complete "could not tell: …".
    pub fn why(self) -> String {
        match self {
            Self::Open => "it was not asked for".to_owned(),
            Self::Failed(why) => why,
        }
    }
}

impl<'a> Answers<'a> {
    /// Takes the answers so far.
    pub fn new(seen: &'a [DnsAnswer]) -> Self {
        Self { seen, fetches: &[], wanted: RefCell::default() }
    }

    /// Adds the documents that were fetched.
    #[must_use]
    pub fn with_fetches(mut self, fetches: &'a [Fetch]) -> Self {
        self.fetches = fetches;
        self
    }

    /// Returns the documents that were fetched.
    pub fn fetches(&self) -> &'a [Fetch] {
        self.fetches
    }

    /// Returns the answer to a question; if there is none, the question is wanted.
    pub fn answer(&self, name: &Name, kind: DnsType) -> Option<&'a DnsAnswer> {
        let known = self.known(name, kind);
        if known.is_none() {
            let mut wanted = self.wanted.borrow_mut();
            if !wanted.iter().any(|row| row.0 == *name && row.1 == kind) {
                wanted.push((name.clone(), kind));
            }
        }
        known
    }

    /// Returns the answer to a question if there is one, and does not ask for it.
    pub fn known(&self, name: &Name, kind: DnsType) -> Option<&'a DnsAnswer> {
        self.seen.iter().find(|answer| answer.kind == kind && answer.name == *name)
    }

    /// Returns the records of a name; none is certain absence.
    ///
    /// # Errors
    /// Says why they cannot be told, which is never absence: SERVFAIL, silence, signatures that do not hold.
    pub fn records(&self, name: &Name, kind: DnsType) -> Result<&'a [DnsData], Missing> {
        let answer = self.answer(name, kind).ok_or(Missing::Open)?;
        match (&answer.outcome, answer.state) {
            (DnsOutcome::Failed(why), _) => Err(Missing::Failed(format!("{name}: {why}"))),
            (_, DnsState::Bogus) => {
                Err(Missing::Failed(format!("{name}: its DNSSEC signatures do not hold")))
            }
            _ => Ok(answer.records()),
        }
    }

    /// Returns the TXT records of a name, the strings of each joined.
    ///
    /// # Errors
    /// The same as [`Answers::records`].
    pub fn texts(&self, name: &Name) -> Result<Vec<&'a str>, Missing> {
        let records = self.records(name, DnsType::Txt)?.iter();
        Ok(records
            .filter_map(|record| match record {
                DnsData::Txt(text) => Some(text.as_str()),
                _ => None,
            })
            .collect())
    }

    /// Returns the questions that had no answer, each once, in the order put.
    pub fn into_wanted(self) -> Vec<(Name, DnsType)> {
        self.wanted.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Missing};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsEvidence, DnsOutcome, DnsState, DnsType};

    fn answer(outcome: DnsOutcome, state: DnsState) -> DnsAnswer {
        let name = Name::new("example.org").unwrap();
        DnsAnswer { name, kind: DnsType::Txt, outcome, state, evidence: DnsEvidence::default() }
    }

    #[test]
    fn what_is_missing_is_wanted_once() {
        let answers = Answers::new(&[]);
        let name = Name::new("example.org").unwrap();
        assert_eq!(answers.texts(&name), Err(Missing::Open));
        assert_eq!(answers.texts(&name), Err(Missing::Open));
        assert!(answers.known(&name, DnsType::Mx).is_none());
        assert_eq!(answers.into_wanted(), [(name, DnsType::Txt)]);
    }

    #[test]
    fn a_failure_is_never_absence() {
        let name = Name::new("example.org").unwrap();
        let failed = [answer(DnsOutcome::Failed("SERVFAIL from 192.0.2.53".into()), DnsState::Insecure)];
        let bogus = [answer(DnsOutcome::NoData, DnsState::Bogus)];
        let absent = [answer(DnsOutcome::NoName, DnsState::Secure)];
        assert!(
            matches!(Answers::new(&failed).texts(&name), Err(Missing::Failed(why)) if why.contains("SERVFAIL"))
        );
        assert!(matches!(Answers::new(&bogus).texts(&name), Err(Missing::Failed(_))));
        assert_eq!(Answers::new(&absent).texts(&name), Ok(Vec::new()));
    }
}
