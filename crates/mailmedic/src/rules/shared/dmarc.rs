//! The DMARC record that applies to the mail domain, as its rules see it.

use super::mail_dns;
use crate::finding::{Case, Verdict};
use crate::name::Name;
use crate::observation::{DnsData, DnsOutcome, DnsType};
use crate::records::dmarc::{Bearer, Policy, Step, Walk, place};
use crate::records::{Answers, Look};

/// Returns the way up from the domain.
pub(in crate::rules) fn walk<'a>(case: &Case<'a>) -> Result<(Answers<'a>, Look<'a>, Walk), Verdict> {
    let (answers, look) = mail_dns::domain(case)?;
    let exists = answers.known(look.domain, DnsType::Mx).map(|answer| &answer.outcome);
    if exists == Some(&DnsOutcome::NoName) {
        return Err(Verdict::NotApplicable("the domain does not exist"));
    }
    let walk = Walk::take(&answers, look.domain);
    Ok((answers, look, walk))
}

/// Returns the record that applies, as long as it is one of the domain's own organisation.
pub(in crate::rules) fn policy(walk: &Walk) -> Result<Policy<'_>, Verdict> {
    match walk.policy() {
        Err(missing) => Err(mail_dns::open(missing)),
        Ok(None) => Err(Verdict::NotApplicable("there is no DMARC record")),
        Ok(Some(policy)) if policy.bearer == Bearer::Suffix => {
            Err(Verdict::NotApplicable("the DMARC record is that of the public suffix"))
        }
        Ok(Some(policy)) => Ok(policy),
    }
}

/// Returns the names whose texts matter to the domain: its own where that has a record, else all on the way up.
pub(in crate::rules) fn steps(walk: &Walk) -> Result<&[Step], Verdict> {
    let own = walk.own().map_err(mail_dns::open)?;
    match own.only() {
        Some(_) => Ok(walk.steps().get(..1).unwrap_or_default()),
        None => Ok(walk.steps()),
    }
}

/// Returns the name that bears a record, for lines and sentences.
pub(in crate::rules) fn bearer(domain: &Name) -> Name {
    place(domain).unwrap_or_else(|| domain.clone())
}

/// Tells whether the domain says that it takes no mail, or has no host that could: then it mostly sends none.
pub(in crate::rules) fn is_parked(answers: &Answers<'_>, domain: &Name) -> bool {
    match answers.records(domain, DnsType::Mx) {
        Ok([DnsData::Mx { exchange: None, .. }]) => true,
        Ok([]) => [DnsType::A, DnsType::Aaaa]
            .iter()
            .all(|kind| answers.records(domain, *kind).is_ok_and(<[_]>::is_empty)),
        _ => false,
    }
}
