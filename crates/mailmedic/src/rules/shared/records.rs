//! What DNS says of the hosts that records lead to.

use std::net::IpAddr;

use crate::finding::{Case, Verdict};
use crate::name::{Host, Name};
use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, TargetKind};

/// A host as a record names it.
pub(in crate::rules) enum Target {
    /// A name of a legal form.
    Name(Name),
    /// An address in place of a name.
    Address(IpAddr),
    /// A text that cannot be a host name.
    Illegal,
}

/// Reads the target of a record as written.
pub(in crate::rules) fn target(text: &str) -> Target {
    let bare = text.strip_suffix('.').unwrap_or(text);
    match Host::new(bare) {
        Ok(Host::Address(address)) => Target::Address(address),
        Ok(Host::Name(name)) => Target::Name(name),
        Err(_) => Target::Illegal,
    }
}

/// Whether a host has an address.
pub(in crate::rules) enum Resolution {
    /// It has.
    Found,
    /// It has none; whether the name does not exist at all.
    None {
        /// NXDOMAIN.
        no_name: bool,
    },
    /// It cannot be told; the reason completes "could not tell: …".
    Unknown(String),
}

/// Looks whether a host has an address of either family.
pub(in crate::rules) fn resolution(case: &Case<'_>, host: &Name) -> Resolution {
    let answers = [DnsType::A, DnsType::Aaaa].map(|kind| case.seen.dns(host, kind));
    let known = || answers.iter().flatten();
    if known().any(|answer| !answer.records().is_empty()) {
        return Resolution::Found;
    }
    if let Some(why) = known().find_map(|answer| failure(answer)) {
        return Resolution::Unknown(format!("{host}: {why}"));
    }
    if known().any(|answer| answer.outcome == DnsOutcome::NoName) {
        return Resolution::None { no_name: true };
    }
    if known().count() < answers.len() {
        return Resolution::Unknown(format!("the addresses of {host} were not all asked for"));
    }
    Resolution::None { no_name: false }
}

/// Returns the name that a host is an alias of, if it is one.
pub(in crate::rules) fn alias(case: &Case<'_>, host: &Name) -> Option<Name> {
    [DnsType::A, DnsType::Aaaa].into_iter().find_map(|kind| match &case.seen.dns(host, kind)?.outcome {
        DnsOutcome::Found { aliases, .. } => aliases.last().cloned(),
        _ => None,
    })
}

/// Returns why an answer is none.
pub(in crate::rules) fn failure(answer: &DnsAnswer) -> Option<&str> {
    match &answer.outcome {
        DnsOutcome::Failed(why) => Some(why),
        // That something is absent must be signed like any record.
        _ if answer.is_absent() && answer.state == DnsState::Bogus => {
            Some("its DNSSEC signatures do not hold")
        }
        _ => None,
    }
}

/// Returns the answer about the mail domain's MX records, unless this is no mail domain.
pub(in crate::rules) fn mx<'a>(case: &Case<'a>) -> Result<(&'a Name, &'a DnsAnswer), Verdict> {
    let (TargetKind::Domain, Some(Host::Name(domain))) = (case.seen.kind, &case.seen.host) else {
        return Err(Verdict::NotApplicable("this is no mail domain"));
    };
    let answer = case
        .seen
        .dns(domain, DnsType::Mx)
        .ok_or_else(|| Verdict::Unknown("the domain's MX record was not asked for".to_owned()))?;
    match failure(answer) {
        Some(why) => Err(Verdict::Unknown(why.to_owned())),
        None => Ok((domain, answer)),
    }
}

/// Returns preference and exchange of every MX record; the null MX has no exchange.
pub(in crate::rules) fn exchanges(answer: &DnsAnswer) -> impl Iterator<Item = (u16, Option<&str>)> {
    answer.records().iter().filter_map(|data| match data {
        DnsData::Mx { preference, exchange } => Some((*preference, exchange.as_deref())),
        _ => None,
    })
}
