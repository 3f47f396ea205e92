//! What a receiver makes of a client: `check_host()` (RFC 7208 §4).

use std::net::IpAddr;

use super::macros::{MacroString, Values};
use super::record::{Mechanism, Record};
use super::select::{Published, published};
use super::verdict::{Client, Limits, Outcome, Verdict};
use crate::name::Name;
use crate::observation::DnsType;
use crate::records::{Answers, Missing};

/// Checks the identity of MAIL FROM; for the null sender that is the HELO name (§2.4). Returns nothing while answers are
/// missing; they are wanted then.
pub fn mail_from(answers: &Answers<'_>, client: &Client<'_>, limits: Limits) -> Option<Verdict> {
    let (local, domain) = match client.sender.rsplit_once('@') {
        Some((local, domain)) => (local, domain),
        None if client.sender.is_empty() => ("", client.helo),
        None => ("", client.sender),
    };
    Evaluation::new(answers, client, local, domain, limits).run()
}

/// Checks the identity of HELO (§2.3), in the same way.
pub fn helo(answers: &Answers<'_>, client: &Client<'_>, limits: Limits) -> Option<Verdict> {
    Evaluation::new(answers, client, "", client.helo, limits).run()
}

/// One evaluation under way.
pub(super) struct Evaluation<'a, 'b> {
    pub(super) answers: &'a Answers<'b>,
    pub(super) ip: IpAddr,
    client: &'a Client<'a>,
    local: &'a str,
    sender_domain: &'a str,
    limits: Limits,
    lookups: usize,
    voids: usize,
    /// Whether an answer was missing. What follows is evaluated all the same, to learn what else will be asked.
    open: bool,
}

/// An evaluation that ends without a result of its own.
pub(super) struct Stop {
    outcome: Outcome,
    why: String,
}

/// What the evaluation of one record came to.
struct Reached {
    outcome: Outcome,
    matched: Option<(String, String)>,
    why: Option<String>,
    explanation: Option<(MacroString, String)>,
}

impl<'a, 'b> Evaluation<'a, 'b> {
    fn new(
        answers: &'a Answers<'b>,
        client: &'a Client<'a>,
        local: &'a str,
        sender_domain: &'a str,
        limits: Limits,
    ) -> Self {
        let local = if local.is_empty() { "postmaster" } else { local };
        let ip = client.ip.to_canonical();
        Self { answers, ip, client, local, sender_domain, limits, lookups: 0, voids: 0, open: false }
    }

    fn run(mut self) -> Option<Verdict> {
        // A literal in brackets, or a word without a dot, is no domain (§4.3).
        let reached = match Name::new(self.sender_domain) {
            Ok(_) if self.sender_domain.is_ascii() => self.check_host(self.sender_domain),
            Ok(name) => self.check_host(name.as_ascii()),
            Err(why) => Ok(Reached::none(format!("{:?}: {why}", self.sender_domain))),
        };
        let explanation = match &reached {
            Ok(Reached { outcome: Outcome::Fail, explanation: Some((at, domain)), .. }) => {
                self.explanation(at, domain)
            }
            _ => None,
        };
        if self.open {
            return None;
        }
        let (lookups, voids) = (self.lookups, self.voids);
        Some(match reached {
            Ok(Reached { outcome, matched, why, .. }) => {
                Verdict { outcome, matched, why, explanation, lookups, voids }
            }
            Err(Stop { outcome, why }) => {
                Verdict { outcome, matched: None, why: Some(why), explanation, lookups, voids }
            }
        })
    }

    /// Evaluates the record of a domain. Each call but the first has counted as a look-up, so the depth is bounded.
    fn check_host(&mut self, domain: &str) -> Result<Reached, Stop> {
        let asked = match Name::of_dns(domain) {
            Ok(name) if domain.trim_end_matches('.').contains('.') => name,
            Ok(_) => return Ok(Reached::none(format!("{domain:?} is no domain of several labels"))),
            Err(why) => return Ok(Reached::none(format!("{domain:?}: {why}"))),
        };
        let record = match self.answered(published(self.answers, &asked))? {
            None => return Ok(Reached::open()),
            Some(Published::Nothing { .. }) => {
                return Ok(Reached::none(format!("{asked} has no SPF record")));
            }
            Some(Published::Several(texts)) => {
                return Err(Stop::permanent(format!("{asked} has {} SPF records", texts.len())));
            }
            Some(Published::One { record, .. }) => record,
        };
        match record.faults.first() {
            Some(fault) => Err(Stop::permanent(format!("the record of {asked} has a fault: {fault}"))),
            None => self.evaluate(&record, domain),
        }
    }

    fn evaluate(&mut self, record: &Record, domain: &str) -> Result<Reached, Stop> {
        for (term, directive) in record.directives() {
            if directive.mechanism.is_looked_up() {
                self.count_lookup(&term.text, domain)?;
            }
            let (matches, inner) = match &directive.mechanism {
                Mechanism::Include(target) => self.includes(target, domain)?,
                mechanism => (self.matches(mechanism, domain)?, None),
            };
            if matches {
                let explanation = record.explanation().map(|at| (at.clone(), domain.to_owned()));
                let matched = inner.or_else(|| Some((term.text.clone(), domain.to_owned())));
                return Ok(Reached { outcome: directive.qualifier.into(), matched, why: None, explanation });
            }
        }
        let Some((term, target)) = record.redirect() else {
            let why = Some(format!("nothing in the record of {domain} matches"));
            return Ok(Reached { outcome: Outcome::Neutral, matched: None, why, explanation: None });
        };
        self.count_lookup(&term.text, domain)?;
        let target = self.expand_domain(target, domain);
        match self.check_host(&target)? {
            // Without a record to go on with, the one that leads there is broken (§6.1).
            Reached { outcome: Outcome::None, why: Some(why), .. } => {
                Err(Stop::permanent(format!("redirect={target}: {why}")))
            }
            reached => Ok(reached),
        }
    }

    /// Evaluates an include (§5.2); what matched inside is told.
    fn includes(
        &mut self,
        target: &MacroString,
        domain: &str,
    ) -> Result<(bool, Option<(String, String)>), Stop> {
        let target = self.expand_domain(target, domain);
        match self.check_host(&target)? {
            Reached { outcome: Outcome::Pass, matched, .. } => Ok((true, matched)),
            Reached { outcome: Outcome::None, why: Some(why), .. } => {
                Err(Stop::permanent(format!("include:{target}: {why}")))
            }
            _ => Ok((false, None)),
        }
    }

    /// Fetches the text for a refused sender; whatever is wrong with it, there is none (§6.2).
    fn explanation(&mut self, at: &MacroString, domain: &str) -> Option<String> {
        let place = Name::of_dns(&self.expand_domain(at, domain)).ok()?;
        let texts = self.unless_failed(self.answers.texts(&place))?;
        let [text] = texts.as_slice() else { return None };
        let text = MacroString::explanation(text).ok()?;
        let text = self.expand(&text, domain);
        text.is_ascii().then_some(text)
    }

    fn expand(&mut self, text: &MacroString, domain: &str) -> String {
        let validated = if text.needs_validated() { self.validated_name(domain) } else { None };
        text.expand(&self.values(domain, validated.as_deref()))
    }

    pub(super) fn expand_domain(&mut self, text: &MacroString, domain: &str) -> String {
        let validated = if text.needs_validated() { self.validated_name(domain) } else { None };
        text.expand_domain(&self.values(domain, validated.as_deref()))
    }

    fn values<'v>(&'v self, domain: &'v str, validated: Option<&'v str>) -> Values<'v> {
        Values {
            ip: self.ip,
            local: self.local,
            sender_domain: self.sender_domain,
            domain,
            helo: self.client.helo,
            receiver: self.client.receiver,
            seconds: self.client.seconds,
            validated: validated.unwrap_or("unknown"),
        }
    }

    /// Returns the type of the client's address records.
    pub(super) fn address_type(&self) -> DnsType {
        if self.ip.is_ipv4() { DnsType::A } else { DnsType::Aaaa }
    }

    fn count_lookup(&mut self, term: &str, domain: &str) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups <= self.limits.lookups {
            return Ok(());
        }
        let most = self.limits.lookups;
        Err(Stop::permanent(format!("more than {most} look-ups: {term:?} in {domain} is one too many")))
    }

    /// Counts a question that was answered with nothing.
    pub(super) fn count_void(&mut self, name: &Name) -> Result<(), Stop> {
        self.voids += 1;
        if self.voids <= self.limits.voids {
            return Ok(());
        }
        Err(Stop::permanent(format!("more than {} void look-ups, the last of {name}", self.limits.voids)))
    }

    /// Takes an answer; without one the evaluation stays open, and a failure ends it.
    pub(super) fn answered<T>(&mut self, answer: Result<T, Missing>) -> Result<Option<T>, Stop> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Missing::Open) => {
                self.open = true;
                Ok(None)
            }
            Err(Missing::Failed(why)) => Err(Stop { outcome: Outcome::TempError, why }),
        }
    }

    /// Takes an answer whose failure does not matter.
    pub(super) fn unless_failed<T>(&mut self, answer: Result<T, Missing>) -> Option<T> {
        self.answered(answer).ok().flatten()
    }
}

impl Stop {
    pub(super) fn permanent(why: String) -> Self {
        Self { outcome: Outcome::PermError, why }
    }
}

impl Reached {
    /// There is no answer yet.
    fn open() -> Self {
        Self { outcome: Outcome::None, matched: None, why: None, explanation: None }
    }

    fn none(why: String) -> Self {
        Self { outcome: Outcome::None, matched: None, why: Some(why), explanation: None }
    }
}
