//! Whether a mechanism matches a client (RFC 7208 §5).

use super::check::{Evaluation, Stop};
use super::macros::{MacroString, dotted, version};
use super::record::{Mechanism, Prefixes};
use crate::name::Name;
use crate::observation::{DnsData, DnsType};

impl Evaluation<'_, '_> {
    /// Evaluates any mechanism but `include`.
    pub(super) fn matches(&mut self, mechanism: &Mechanism, domain: &str) -> Result<bool, Stop> {
        match mechanism {
            Mechanism::All => Ok(true),
            Mechanism::Ip(network) => Ok(network.contains(self.ip)),
            Mechanism::A(target, prefixes) => match self.target(target.as_ref(), domain) {
                Some(name) => self.has_address(&name, *prefixes),
                None => Ok(false),
            },
            Mechanism::Mx(target, prefixes) => match self.target(target.as_ref(), domain) {
                Some(name) => self.has_exchanger(&name, *prefixes),
                None => Ok(false),
            },
            Mechanism::Ptr(target) => {
                let Some(target) = self.target(target.as_ref(), domain) else { return Ok(false) };
                let (names, is_void) = self.validated_names();
                if let Some(place) = is_void {
                    self.count_void(&place)?;
                }
                Ok(names.iter().any(|name| is_within(name, &target)))
            }
            Mechanism::Exists(target) => {
                let Some(name) = self.target(Some(target), domain) else { return Ok(false) };
                // The type is A, whatever the client's family (§5.7).
                let Some(found) = self.answered(self.answers.records(&name, DnsType::A))? else {
                    return Ok(false);
                };
                if found.is_empty() {
                    self.count_void(&name)?;
                }
                Ok(!found.is_empty())
            }
            Mechanism::Include(_) => Ok(false),
        }
    }

    /// Returns the name that a mechanism is about; none where no question can be put for it, and then nothing matches.
    fn target(&mut self, target: Option<&MacroString>, domain: &str) -> Option<Name> {
        match target {
            Some(target) => Name::of_dns(&self.expand_domain(target, domain)).ok(),
            None => Name::of_dns(domain).ok(),
        }
    }

    fn has_address(&mut self, name: &Name, prefixes: Prefixes) -> Result<bool, Stop> {
        let Some(found) = self.answered(self.answers.records(name, self.address_type()))? else {
            return Ok(false);
        };
        if found.is_empty() {
            self.count_void(name)?;
        }
        let ip = self.ip;
        Ok(found
            .iter()
            .any(|record| matches!(record, DnsData::Address(own) if prefixes.around(*own).contains(ip))))
    }

    /// Looks at the mail exchangers of a domain, of which there must be no more than ten (§4.6.4).
    fn has_exchanger(&mut self, domain: &Name, prefixes: Prefixes) -> Result<bool, Stop> {
        let Some(found) = self.answered(self.answers.records(domain, DnsType::Mx))? else {
            return Ok(false);
        };
        if found.is_empty() {
            self.count_void(domain)?;
        }
        let exchangers = exchangers(found);
        for exchanger in exchangers.iter().take(MOST_NAMES) {
            if let Ok(name) = Name::of_dns(exchanger)
                && self.has_address(&name, prefixes)?
            {
                return Ok(true);
            }
        }
        if exchangers.len() > MOST_NAMES {
            return Err(Stop::permanent(format!("{domain} has more than {MOST_NAMES} mail exchangers")));
        }
        Ok(false)
    }

    /// Returns the names of the client that lead back to it, of the first ten (§5.5), and the name that has no PTR record,
    /// if that is so. A failure counts as no name.
    fn validated_names(&mut self) -> (Vec<Name>, Option<Name>) {
        let place = {
            let mut labels: Vec<String> = dotted(self.ip).split('.').map(str::to_owned).collect();
            labels.reverse();
            Name::new(&format!("{}.{}.arpa", labels.join("."), version(self.ip)))
        };
        let Ok(place) = place else { return (Vec::new(), None) };
        let Some(found) = self.unless_failed(self.answers.records(&place, DnsType::Ptr)) else {
            return (Vec::new(), None);
        };
        let mut names = Vec::new();
        for record in found.iter().take(MOST_NAMES) {
            let DnsData::Ptr(host) = record else { continue };
            let Ok(host) = Name::of_dns(host) else { continue };
            let addresses = self.unless_failed(self.answers.records(&host, self.address_type()));
            if addresses.unwrap_or_default().contains(&DnsData::Address(self.ip)) {
                names.push(host);
            }
        }
        (names, found.is_empty().then_some(place))
    }

    /// Returns the client's name for `%{p}`: the domain itself, else one below it, else any (§7.3).
    pub(super) fn validated_name(&mut self, domain: &str) -> Option<String> {
        let (names, _) = self.validated_names();
        let domain = Name::of_dns(domain).ok();
        let same = names.iter().find(|name| Some(*name) == domain.as_ref());
        let below =
            || names.iter().find(|name| domain.as_ref().is_some_and(|domain| is_within(name, domain)));
        same.or_else(below).or_else(|| names.first()).map(Name::to_string)
    }
}

/// Returns the hosts of MX records in the order of preference; the null MX is none.
pub(super) fn exchangers(records: &[DnsData]) -> Vec<&str> {
    let mut exchangers: Vec<(u16, &str)> = records
        .iter()
        .filter_map(|record| match record {
            DnsData::Mx { preference, exchange: Some(exchange) } => Some((*preference, exchange.as_str())),
            _ => None,
        })
        .collect();
    exchangers.sort_by_key(|row| row.0);
    exchangers.into_iter().map(|row| row.1).collect()
}

/// Tells whether a name is a domain or below it.
pub fn is_within(name: &Name, domain: &Name) -> bool {
    let rest = name.as_ascii().strip_suffix(domain.as_ascii());
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Mail exchangers of one `mx`, and names of one client, that are looked at (§4.6.4).
pub(super) const MOST_NAMES: usize = 10;
