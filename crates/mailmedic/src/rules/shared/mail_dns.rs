//! The mail records of a domain, as its rules see them.

use crate::finding::{Case, Verdict};
use crate::observation::{DnsData, DnsType};
use crate::records::{Answers, Look, Missing};

/// Returns the answers and what was looked at, unless this is no mail domain, or one that does not exist.
pub(in crate::rules) fn domain<'a>(case: &Case<'a>) -> Result<(Answers<'a>, Look<'a>), Verdict> {
    let look = Look::of(case.seen).ok_or(Verdict::NotApplicable("this is no mail domain"))?;
    Ok((Answers::new(&case.seen.dns), look))
}

/// Does the same for what matters only where the domain takes mail (RFC 7505).
pub(in crate::rules) fn receiving<'a>(case: &Case<'a>) -> Result<(Answers<'a>, Look<'a>), Verdict> {
    let (answers, look) = domain(case)?;
    match answers.records(look.domain, DnsType::Mx) {
        Err(missing) => Err(open(missing)),
        Ok([DnsData::Mx { exchange: None, .. }]) => Err(Verdict::NotApplicable("the domain takes no mail")),
        Ok([]) if look.addresses(&answers).is_empty() => {
            Err(Verdict::NotApplicable("the domain takes no mail"))
        }
        Ok(_) => Ok((answers, look)),
    }
}

/// Makes an open question of what cannot be told.
pub(in crate::rules) fn open(missing: Missing) -> Verdict {
    Verdict::Unknown(missing.why())
}
