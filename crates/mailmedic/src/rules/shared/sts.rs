//! The MTA-STS policy of a domain, as its rules see it.

use super::mail_dns;
use crate::finding::{Case, Change, Verdict};
use crate::name::Name;
use crate::observation::{Fetch, FetchOutcome, MtaStsMode};
use crate::records::mta_sts::{self, Policy, PolicyFault};
use crate::records::{Answers, Look};

/// Returns what was looked at, where senders find a record that announces a policy.
pub(in crate::rules) fn announced<'a>(case: &Case<'a>) -> Result<(Answers<'a>, Look<'a>), Verdict> {
    let (answers, look) = mail_dns::receiving(case)?;
    match mta_sts::record_of(&answers, &look) {
        Err(missing) => Err(mail_dns::open(missing)),
        Ok(Ok(Some(_))) => Ok((answers, look)),
        Ok(Ok(None)) => Err(Verdict::NotApplicable("no MTA-STS policy is announced")),
        Ok(Err(_)) => Err(Verdict::NotApplicable("the MTA-STS record cannot be used")),
    }
}

/// Returns what came of fetching the policy that is announced.
pub(in crate::rules) fn fetch<'a>(case: &Case<'a>) -> Result<(Answers<'a>, Look<'a>, &'a Fetch), Verdict> {
    let (answers, look) = announced(case)?;
    match mta_sts::fetched(&case.seen.fetches) {
        Some(fetch) => Ok((answers, look, fetch)),
        None => Err(Verdict::Unknown("the MTA-STS policy was not fetched".to_owned())),
    }
}

/// A policy that was fetched.
pub(in crate::rules) struct Found<'a> {
    /// What DNS said.
    pub(in crate::rules) answers: Answers<'a>,
    /// What was looked at.
    pub(in crate::rules) look: Look<'a>,
    /// How it was fetched.
    pub(in crate::rules) fetch: &'a Fetch,
    /// What it says, or why senders do not take it for one.
    pub(in crate::rules) policy: Result<Policy, PolicyFault>,
}

/// Returns the document that was fetched as the policy.
pub(in crate::rules) fn document<'a>(case: &Case<'a>) -> Result<Found<'a>, Verdict> {
    let (answers, look, fetch) = fetch(case)?;
    match &fetch.outcome {
        FetchOutcome::Found(body) => {
            Ok(Found { answers, look, fetch, policy: mta_sts::read_policy(&body.0) })
        }
        _ => Err(Verdict::NotApplicable("the MTA-STS policy cannot be fetched")),
    }
}

/// Returns the policy that senders go by; one that says that there is none any more is not meant.
pub(in crate::rules) fn policy<'a>(case: &Case<'a>) -> Result<(Answers<'a>, Look<'a>, Policy), Verdict> {
    let found = document(case)?;
    match found.policy {
        Ok(policy) if policy.mode == MtaStsMode::None => {
            Err(Verdict::NotApplicable("the policy says that there is none any more"))
        }
        Ok(policy) => Ok((found.answers, found.look, policy)),
        Err(_) => Err(Verdict::NotApplicable("the MTA-STS policy cannot be used")),
    }
}

/// Returns the change that puts this policy in the place of what is there. Its id is the time of the verdict, so that senders
/// have not seen it.
pub(in crate::rules) fn change(case: &Case<'_>, domain: &Name, policy: &Policy) -> Change {
    Change::MtaStsPolicy {
        domain: domain.as_ascii().to_owned(),
        lines: policy.lines(),
        id: case.now.strftime("%Y%m%dT%H%M%S").to_string(),
    }
}

/// Returns a policy to begin with: every exchanger is listed, and senders only report.
pub(in crate::rules) fn first_policy(exchangers: &[Name]) -> Policy {
    Policy {
        mode: MtaStsMode::Testing,
        max_age: mta_sts::LEAST_ADVISED,
        mx: exchangers.iter().map(|host| host.as_ascii().to_owned()).collect(),
        oddities: Vec::new(),
    }
}
