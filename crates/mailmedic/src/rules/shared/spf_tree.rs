//! The SPF record of a domain with all that it leads to, as its rules see it.

use super::mail_dns;
use crate::finding::{Case, Finding, Verdict};
use crate::name::Name;
use crate::records::spf::{Branch, Found, Record, Tree, is_within, walk};
use crate::records::{Answers, Look};
use crate::words;

/// The record with what it rests on.
pub(in crate::rules) struct Spf<'a> {
    pub(in crate::rules) answers: Answers<'a>,
    pub(in crate::rules) look: Look<'a>,
    pub(in crate::rules) tree: &'a Tree,
}

/// Returns the tree of the domain, whatever is at its root.
pub(in crate::rules) fn any<'a>(case: &'a Case<'_>) -> Result<Spf<'a>, Verdict> {
    let (answers, look) = mail_dns::domain(case)?;
    let tree = case.spf.get_or_init(|| walk(&answers, look.domain));
    match &tree.root.found {
        Found::Unknown(why) => Err(Verdict::Unknown(why.clone())),
        Found::Nothing { .. } => Err(Verdict::NotApplicable("there is no SPF record")),
        _ => Ok(Spf { answers, look, tree }),
    }
}

/// Returns it where the domain has exactly one record.
pub(in crate::rules) fn one<'a>(case: &'a Case<'_>) -> Result<Spf<'a>, Verdict> {
    let spf = any(case)?;
    match spf.tree.root.found {
        Found::Record { .. } => Ok(spf),
        _ => Err(Verdict::NotApplicable("there are several SPF records, of which none counts")),
    }
}

impl Spf<'_> {
    /// Fails with findings; without any, says whether all could be looked at.
    pub(in crate::rules) fn verdict(&self, findings: Vec<Finding>) -> Verdict {
        match self.tree.doubt() {
            _ if !findings.is_empty() => Verdict::Fail(findings),
            Some(why) => Verdict::Unknown(why),
            None => Verdict::Pass,
        }
    }

    /// Returns the domain's own record.
    pub(in crate::rules) fn own(&self) -> Option<(&str, &Record)> {
        self.tree.record()
    }

    /// Returns whether a record is the domain's own affair: at it or below it.
    pub(in crate::rules) fn is_own(&self, branch: &Branch) -> bool {
        Name::of_dns(&branch.name).is_ok_and(|name| is_within(&name, self.look.domain))
    }

    /// Returns the domain for people.
    pub(in crate::rules) fn shown(&self) -> String {
        self.look.domain.to_unicode()
    }
}

/// Says where a record stands: `_spf.example.net, which example.org includes by way of b.example`.
pub(in crate::rules) fn place(branch: &Branch, path: &[&str]) -> String {
    let name = words::escape(&branch.name, MOST_SHOWN);
    match path {
        [] => name,
        [only] => format!("{name}, to which {} leads", words::escape(only, MOST_SHOWN)),
        [first, between @ ..] => {
            let names: Vec<String> = between.iter().map(|name| words::escape(name, MOST_SHOWN)).collect();
            format!(
                "{name}, to which {} leads by way of {}",
                words::escape(first, MOST_SHOWN),
                words::list(&names)
            )
        }
    }
}

/// Of a foreign text, in characters.
pub(in crate::rules) const MOST_SHOWN: usize = 100;

#[cfg(test)]
pub(crate) mod tests {
    use crate::finding::{Case, Verdict};
    use crate::records::spf::tests::zone;
    use crate::rules::tests::judged_target;
    use crate::sample::Sample;

    /// Puts these answers in place of what the sample says, one a line; see [`zone`].
    pub(crate) fn set(sample: &mut Sample, lines: &str) {
        for answer in zone(lines) {
            sample.seen.dns.retain(|old| old.name != answer.name || old.kind != answer.kind);
            sample.seen.dns.push(answer);
        }
    }

    /// Judges the healthy domain with these answers.
    pub(crate) fn judged_with(check: fn(&Case<'_>) -> Verdict, lines: &str) -> Verdict {
        judged_target(check, |sample| set(sample, lines))
    }
}
