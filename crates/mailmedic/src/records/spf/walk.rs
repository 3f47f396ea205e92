//! Walks the whole tree of a record, whichever part of it an evaluation would come to.

use std::net::{IpAddr, Ipv4Addr};

use super::macros::{MacroString, Values};
use super::matching::{MOST_NAMES, exchangers};
use super::parse::parse;
use super::record::{Directive, Kind, Mechanism, Modifier, Qualifier, Record, Term};
use super::select::{Published, published};
use super::tree::{Branch, Doubt, Found, Sender, Step, Tree, Via, Void};
use crate::name::Name;
use crate::observation::{DnsData, DnsOutcome, DnsType};
use crate::records::{Answers, Missing};

/// Looks at the record of a domain and at all that it leads to; what has no answer yet is wanted.
pub fn walk(answers: &Answers<'_>, domain: &Name) -> Tree {
    let mut walker = Walker::new(answers, domain);
    let root = walker.branch(domain, Via::Root);
    Tree { root, is_open: walker.is_open }
}

/// Does the same as if this text were the record of the domain.
pub fn walk_as_if(answers: &Answers<'_>, domain: &Name, text: &str) -> Tree {
    let mut walker = Walker::new(answers, domain);
    let mut root = Branch { name: domain.to_string(), via: Via::Root, found: Found::Cut, steps: Vec::new() };
    walker.records += 1;
    walker.enter(&mut root, domain, text.to_owned(), parse(text));
    Tree { root, is_open: walker.is_open }
}

struct Walker<'a, 'b> {
    answers: &'a Answers<'b>,
    /// What `%{o}` stands for, as long as nobody sends from a subdomain.
    sender_domain: &'a str,
    /// The names above.
    path: Vec<Name>,
    /// Records looked at.
    records: usize,
    /// Terms looked up.
    asked: usize,
    is_open: bool,
}

impl<'a, 'b> Walker<'a, 'b> {
    fn new(answers: &'a Answers<'b>, domain: &'a Name) -> Self {
        Self {
            answers,
            sender_domain: domain.as_ascii(),
            path: Vec::new(),
            records: 0,
            asked: 0,
            is_open: false,
        }
    }

    fn branch(&mut self, name: &Name, via: Via) -> Branch {
        let mut branch = Branch { name: name.to_string(), via, found: Found::Cut, steps: Vec::new() };
        if let Some(at) = self.path.iter().position(|above| above == name) {
            let ring = self.path.iter().skip(at).chain([name]).map(Name::to_string).collect();
            branch.found = Found::Cycle(ring);
            return branch;
        }
        if self.records >= MOST_RECORDS || self.path.len() >= MOST_DEPTH {
            return branch;
        }
        self.records += 1;
        branch.found = match published(self.answers, name) {
            Ok(Published::One { text, record }) => {
                self.enter(&mut branch, name, text, record);
                return branch;
            }
            Ok(Published::Nothing { no_name, meant }) => Found::Nothing { no_name, meant },
            Ok(Published::Several(texts)) => Found::Several(texts),
            Err(missing) => Found::Unknown(self.missing(missing)),
        };
        branch
    }

    /// Walks a record in its place.
    fn enter(&mut self, branch: &mut Branch, name: &Name, text: String, record: Record) {
        self.path.push(name.clone());
        branch.steps = self.steps(&record, name);
        self.path.pop();
        branch.found = Found::Record { text, record };
    }

    fn steps(&mut self, record: &Record, domain: &Name) -> Vec<Step> {
        let (live, redirect) = (record.live(), record.redirect().map(|(term, _)| term));
        let terms = record.terms.iter().take(MOST_TERMS).enumerate();
        terms
            .map(|(index, term)| match &term.kind {
                Kind::Directive(directive) => self.directive(term, directive, index < live, domain),
                Kind::Modifier(modifier) => self.modifier(
                    term,
                    modifier,
                    redirect.is_some_and(|live| std::ptr::eq(live, term)),
                    domain,
                ),
            })
            .collect()
    }

    fn directive(&mut self, term: &Term, directive: &Directive, is_live: bool, domain: &Name) -> Step {
        let mut step = Step::of(term, is_live, directive.mechanism.is_looked_up());
        if let Mechanism::Ip(network) = &directive.mechanism {
            step.addresses.push(network.address);
        }
        if !is_live || !step.counts {
            return step;
        }
        self.asked += 1;
        match &directive.mechanism {
            Mechanism::Include(target) => {
                self.follow(&mut step, target, Via::Include(directive.qualifier), domain);
            }
            _ if self.asked > MOST_ASKED => step.doubt = Some(Doubt::Cut),
            Mechanism::A(target, _) => {
                if let Some(name) = self.target(&mut step, target.as_ref(), domain) {
                    self.addresses(&mut step, &name);
                }
            }
            Mechanism::Mx(target, _) => {
                if let Some(name) = self.target(&mut step, target.as_ref(), domain) {
                    self.exchangers(&mut step, &name);
                }
            }
            Mechanism::Exists(target) => {
                if let Some(name) = self.target(&mut step, Some(target), domain) {
                    self.ask(&mut step, &name, DnsType::A, None);
                }
            }
            Mechanism::Ptr(_) => step.doubt = Some(Doubt::Varies),
            Mechanism::All | Mechanism::Ip(_) => {}
        }
        step
    }

    fn modifier(&mut self, term: &Term, modifier: &Modifier, is_redirect: bool, domain: &Name) -> Step {
        match modifier {
            Modifier::Redirect(target) => {
                let mut step = Step::of(term, is_redirect, true);
                if is_redirect {
                    self.asked += 1;
                    self.follow(&mut step, target, Via::Redirect, domain);
                }
                step
            }
            Modifier::Explanation(_) | Modifier::Unknown { .. } => Step::of(term, true, false),
        }
    }

    /// Goes on to another record.
    fn follow(&mut self, step: &mut Step, target: &MacroString, via: Via, domain: &Name) {
        let unreachable = |found| Branch { name: target.as_str().to_owned(), via, found, steps: Vec::new() };
        if target.varies() {
            step.branch = Some(unreachable(Found::Varies));
            return;
        }
        step.branch = Some(match self.fixed(target, domain) {
            // Without several labels no question is put (§4.3).
            Some(name) if name.as_ascii().contains('.') => self.branch(&name, via),
            _ => unreachable(Found::NoName),
        });
        if let Some(Branch { found: Found::Nothing { no_name, .. }, name, .. }) = &step.branch
            && let Ok(name) = Name::of_dns(name)
            && self.answers.records(&name, DnsType::Txt).is_ok_and(<[DnsData]>::is_empty)
        {
            step.voids.push(Void { name, kind: DnsType::Txt, no_name: *no_name, family: None });
        }
    }

    /// Returns the name that a term looks up; none where it hangs on the client, or is no name.
    fn target(&self, step: &mut Step, target: Option<&MacroString>, domain: &Name) -> Option<Name> {
        let Some(target) = target else { return Some(domain.clone()) };
        if target.varies() {
            step.doubt = Some(Doubt::Varies);
            return None;
        }
        let name = self.fixed(target, domain);
        if name.is_none() {
            step.fault = Some("no DNS name can be made of it, so it matches nobody".to_owned());
        }
        name
    }

    fn fixed(&self, target: &MacroString, domain: &Name) -> Option<Name> {
        let values = Values {
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            local: "",
            sender_domain: self.sender_domain,
            domain: domain.as_ascii(),
            helo: "",
            receiver: "",
            seconds: 0,
            validated: "",
        };
        Name::of_dns(&target.expand_domain(&values)).ok()
    }

    fn addresses(&mut self, step: &mut Step, name: &Name) {
        for (kind, family) in [(DnsType::A, Sender::Ipv4), (DnsType::Aaaa, Sender::Ipv6)] {
            let found = self.ask(step, name, kind, Some(family)).unwrap_or_default();
            step.addresses.extend(found.iter().filter_map(|record| match record {
                DnsData::Address(address) => Some(*address),
                _ => None,
            }));
        }
    }

    fn exchangers(&mut self, step: &mut Step, domain: &Name) {
        let Some(found) = self.ask(step, domain, DnsType::Mx, None) else { return };
        let exchangers = exchangers(found);
        for exchanger in exchangers.iter().take(MOST_NAMES) {
            if let Ok(name) = Name::of_dns(exchanger) {
                self.addresses(step, &name);
            }
        }
        if exchangers.len() > MOST_NAMES {
            step.fault = Some(format!(
                "{domain} has {} mail exchangers, and more than {MOST_NAMES} are a permerror",
                exchangers.len()
            ));
        }
    }

    /// Returns the records, and keeps in mind where there are none.
    fn ask(
        &mut self,
        step: &mut Step,
        name: &Name,
        kind: DnsType,
        family: Option<Sender>,
    ) -> Option<&'b [DnsData]> {
        match self.answers.records(name, kind) {
            Ok([]) => {
                let no_name =
                    self.answers.known(name, kind).is_some_and(|seen| seen.outcome == DnsOutcome::NoName);
                step.voids.push(Void { name: name.clone(), kind, no_name, family });
                Some(&[])
            }
            Ok(found) => Some(found),
            Err(missing) => {
                step.doubt = Some(Doubt::Unknown(self.missing(missing)));
                None
            }
        }
    }

    fn missing(&mut self, missing: Missing) -> String {
        self.is_open |= missing == Missing::Open;
        missing.why()
    }
}

impl Step {
    fn of(term: &Term, is_live: bool, counts: bool) -> Self {
        Self {
            text: term.text.clone(),
            kind: term.kind.clone(),
            is_live,
            counts,
            addresses: Vec::new(),
            voids: Vec::new(),
            doubt: None,
            fault: None,
            branch: None,
        }
    }

    /// Returns the qualifier; none for a modifier.
    pub fn qualifier(&self) -> Option<Qualifier> {
        match &self.kind {
            Kind::Directive(directive) => Some(directive.qualifier),
            Kind::Modifier(_) => None,
        }
    }
}

/// Records of one tree that are looked at; honest trees have a dozen.
const MOST_RECORDS: usize = 100;

/// Records above one another that are looked at; evaluation gives up at eleven.
const MOST_DEPTH: usize = 20;

/// Terms of one record that are looked at.
const MOST_TERMS: usize = 500;

/// Terms of one tree whose addresses are asked for.
const MOST_ASKED: usize = 60;
