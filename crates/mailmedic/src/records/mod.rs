//! What the mail records of a domain say: read, walked and weighed without any I/O.
//!
//! One module is one family of records. It says which questions it needs, given the answers so far, and what is to be
//! shown of them; discovery puts the questions until no family has one left. Rules walk the same answers again, so
//! what is replayed comes to the same end. To add a family, write its file and put it in the list.

mod answers;
pub mod bimi;
pub mod caa;
pub mod dkim;
pub mod dmarc;
pub mod dnsbl;
pub mod dnssec;
pub mod mta_sts;
pub mod mx;
pub mod reverse;
mod shown;
pub mod spf;
mod tags;
pub mod tls_rpt;
pub mod tlsa;

#[cfg(test)]
pub(crate) mod sample;

pub use answers::{Answers, Missing};
pub use shown::{Presence, Shown};

use std::net::IpAddr;

use crate::name::{Host, Name};
use crate::observation::{Depth, DnsAnswer, DnsData, DnsLook, DnsType, Examination, TargetKind, Told};

/// A family of records.
pub struct Family {
    /// The word of overview and JSON: `spf`.
    pub name: &'static str,
    /// Puts the questions that it needs and that have no answer yet.
    pub wants: fn(&Answers<'_>, &Look<'_>),
    /// Returns what is to be shown; nothing while answers are missing that it would need for that.
    pub shows: fn(&Answers<'_>, &Look<'_>) -> Vec<Shown>,
}

/// Every family, in the order of the overview.
pub const FAMILIES: &[&Family] = &[
    &mx::FAMILY,
    &dnssec::FAMILY,
    &tlsa::FAMILY,
    &mta_sts::FAMILY,
    &tls_rpt::FAMILY,
    &spf::FAMILY,
    &dkim::FAMILY,
    &dmarc::FAMILY,
    &bimi::FAMILY,
    &caa::FAMILY,
    &reverse::FAMILY,
    &dnsbl::FAMILY,
];

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The mail domain.
    pub domain: &'a Name,
    /// How much is asked.
    pub depth: Depth,
    /// What the user wishes beyond that.
    pub wishes: &'a DnsLook,
    /// The services that the domain tells mail clients.
    pub told: &'a [Told],
}

impl<'a> Look<'a> {
    /// Returns what was looked at; none where the target is no mail domain.
    pub fn of(seen: &'a Examination) -> Option<Self> {
        let (TargetKind::Domain, Some(Host::Name(domain))) = (seen.kind, &seen.host) else { return None };
        let told = seen.domain.as_ref().map_or(&[][..], |domain| &domain.told);
        Some(Self { domain, depth: seen.depth, wishes: &seen.look, told })
    }

    /// Returns the hosts that take mail for the domain, in the order of preference; without MX records the domain itself
    /// (RFC 5321 §5.1). Nothing where it is not known, or takes none (RFC 7505).
    pub fn exchangers(&self, answers: &Answers<'_>) -> Vec<Name> {
        let Ok(records) = answers.records(self.domain, DnsType::Mx) else { return Vec::new() };
        if records.is_empty() {
            return vec![self.domain.clone()];
        }
        let mut exchangers: Vec<(u16, Name)> = records
            .iter()
            .filter_map(|record| match record {
                DnsData::Mx { preference, exchange: Some(exchange) } => match Host::new(exchange) {
                    Ok(Host::Name(name)) => Some((*preference, name)),
                    // An address in place of a name leads nowhere.
                    Ok(Host::Address(_)) | Err(_) => None,
                },
                _ => None,
            })
            .collect();
        exchangers.sort();
        exchangers.dedup_by(|one, two| one.1 == two.1);
        exchangers.truncate(MOST_EXCHANGERS);
        exchangers.into_iter().map(|row| row.1).collect()
    }

    /// Returns the addresses of those hosts, as far as they are known.
    pub fn addresses(&self, answers: &Answers<'_>) -> Vec<IpAddr> {
        let mut addresses = Vec::new();
        for host in self.exchangers(answers) {
            for kind in [DnsType::A, DnsType::Aaaa] {
                for record in answers.known(&host, kind).map_or(&[][..], DnsAnswer::records) {
                    if let DnsData::Address(address) = record
                        && !addresses.contains(address)
                    {
                        addresses.push(*address);
                    }
                }
            }
        }
        addresses
    }

    /// Returns whether questions are put that only a look at the servers themselves, or the deepest one, is worth.
    pub fn is_thorough(&self) -> bool {
        !self.wishes.alone || self.depth >= Depth::Full
    }
}

/// Returns the questions that some family needs and that have no answer yet, each once.
pub fn open_questions(seen: &[DnsAnswer], look: &Look<'_>) -> Vec<(Name, DnsType)> {
    let answers = Answers::new(seen);
    for family in FAMILIES {
        (family.wants)(&answers, look);
    }
    answers.into_wanted()
}

/// Hosts that are looked at; discovery examines no more either.
const MOST_EXCHANGERS: usize = 20;
