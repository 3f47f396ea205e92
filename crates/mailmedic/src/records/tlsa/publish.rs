//! What is published for a service, and whether it counts: signatures, aliases, and the MX records that lead there.

use super::Tlsa;
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};
use crate::records::{Answers, Missing};

/// What DANE says of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dane {
    /// Nothing.
    Absent {
        /// Whether DNSSEC vouches for that.
        is_signed: bool,
    },
    /// These records, in vain: nobody may believe them (RFC 7672 §2.2).
    Unsigned(Published, Unsigned),
    /// DNSSEC speaks against the answers: senders treat the host as if it were down (RFC 7672 §2.1.1).
    Bogus,
    /// These records.
    Published(Published),
}

/// What is not signed, so that records do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// The records themselves.
    Records,
    /// The addresses of the host (RFC 7672 §2.2.3).
    Addresses,
}

/// The records of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The TLSA base domain (RFC 7672 §2.2.3): the host, or what it is an alias of.
    pub base: Name,
    /// The name that bears the records: `_25._tcp.mx.example.org`.
    pub name: Name,
    /// The records, as published.
    pub records: Vec<Tlsa>,
    /// Their least time to live in seconds.
    pub ttl: Option<u32>,
}

/// Returns the name that bears the records of a service over TCP (RFC 6698 §3).
pub fn place(host: &Name, port: u16) -> Option<Name> {
    host.under("_tcp").ok()?.under(&format!("_{port}")).ok()
}

/// Returns the host and the port of which a name bears the records.
pub fn service(name: &Name) -> Option<(Name, u16)> {
    let (port, rest) = name.as_ascii().strip_prefix('_')?.split_once('.')?;
    Some((Name::new(rest.strip_prefix("_tcp.")?).ok()?, port.parse().ok()?))
}

/// Looks for the records of a service; what was not asked for yet is wanted then.
///
/// # Errors
/// Says why it cannot be told.
pub fn of(answers: &Answers<'_>, host: &Name, port: u16) -> Result<Dane, Missing> {
    let addresses: Vec<&DnsAnswer> =
        [DnsType::A, DnsType::Aaaa].into_iter().filter_map(|kind| answers.known(host, kind)).collect();
    let any = |state| addresses.iter().any(|answer| answer.state == state);
    if any(DnsState::Bogus) {
        return Ok(Dane::Bogus);
    }
    let alias = addresses.iter().find_map(|answer| match &answer.outcome {
        DnsOutcome::Found { aliases, .. } => aliases.last(),
        _ => None,
    });
    // The end of an alias counts where every step to it is signed, and then first (RFC 7672 §2.2.3).
    let is_signed = !addresses.is_empty() && addresses.iter().all(|answer| answer.state == DnsState::Secure);
    let mut bases: Vec<&Name> = alias.filter(|_| is_signed).into_iter().collect();
    bases.push(host);
    let mut absent_is_signed = true;
    let mut unsigned = None;
    for base in bases {
        let Some(name) = place(base, port) else { continue };
        let answer = answers.answer(&name, DnsType::Tlsa).ok_or(Missing::Open)?;
        let published = |answer: &DnsAnswer| Published {
            base: base.clone(),
            name: name.clone(),
            records: answer.records().iter().filter_map(Tlsa::read).collect(),
            ttl: answer.evidence.ttl,
        };
        match (&answer.outcome, answer.state) {
            (DnsOutcome::Failed(why), _) => return Err(Missing::Failed(format!("{name}: {why}"))),
            (_, DnsState::Bogus) => return Ok(Dane::Bogus),
            (DnsOutcome::NoData | DnsOutcome::NoName, state) => absent_is_signed &= state == DnsState::Secure,
            (DnsOutcome::Found { .. }, DnsState::Indeterminate) => {
                return Err(Missing::Failed("DNSSEC was not validated".to_owned()));
            }
            (DnsOutcome::Found { .. }, DnsState::Insecure) => {
                unsigned.get_or_insert((published(answer), Unsigned::Records));
            }
            // Where the host itself lies in an unsigned zone, nobody looks for its records.
            (DnsOutcome::Found { .. }, DnsState::Secure) if alias.is_none() && any(DnsState::Insecure) => {
                unsigned.get_or_insert((published(answer), Unsigned::Addresses));
            }
            (DnsOutcome::Found { .. }, DnsState::Secure) => return Ok(Dane::Published(published(answer))),
        }
    }
    Ok(match unsigned {
        Some((published, what)) => Dane::Unsigned(published, what),
        None => Dane::Absent { is_signed: absent_is_signed && is_signed },
    })
}

/// Tells whether MX records that are not signed lead to a host: senders then need not heed its TLSA records
/// (RFC 7672 §2.2.1).
pub fn is_led_unsigned(dns: &[DnsAnswer], host: &Name) -> bool {
    let leads = |record: &DnsData| {
        matches!(record, DnsData::Mx { exchange: Some(exchange), .. }
            if Name::new(exchange).is_ok_and(|exchange| exchange == *host))
    };
    dns.iter().any(|answer| {
        answer.kind == DnsType::Mx && answer.state != DnsState::Secure && answer.records().iter().any(leads)
    })
}

#[cfg(test)]
mod tests {
    use super::{Dane, Unsigned, is_led_unsigned, of, place, service};
    use crate::bytes::Bytes;
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};
    use crate::records::{Answers, Missing};

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn answer(at: &str, kind: DnsType, state: DnsState, outcome: DnsOutcome) -> DnsAnswer {
        DnsAnswer { name: name(at), kind, outcome, state, evidence: Default::default() }
    }

    fn addresses(at: &str, alias: Option<&str>, state: DnsState) -> DnsAnswer {
        let aliases = alias.map(name).into_iter().collect();
        let records = vec![DnsData::Address("192.0.2.1".parse().unwrap())];
        answer(at, DnsType::A, state, DnsOutcome::Found { aliases, records })
    }

    fn tlsa(base: &str, state: DnsState) -> DnsAnswer {
        let data = DnsData::Tlsa { usage: 3, selector: 1, matching: 1, data: Bytes(vec![7; 32]) };
        let outcome = DnsOutcome::Found { aliases: Vec::new(), records: vec![data] };
        answer(&format!("_25._tcp.{base}"), DnsType::Tlsa, state, outcome)
    }

    fn none(base: &str, state: DnsState) -> DnsAnswer {
        answer(&format!("_25._tcp.{base}"), DnsType::Tlsa, state, DnsOutcome::NoName)
    }

    fn said(dns: &[DnsAnswer]) -> Result<Dane, Missing> {
        of(&Answers::new(dns), &name("mx.example.org"), 25)
    }

    fn base(dns: &[DnsAnswer]) -> Option<String> {
        match said(dns) {
            Ok(Dane::Published(published)) => Some(published.base.to_string()),
            _ => None,
        }
    }

    #[test]
    fn signed_records_count() {
        use DnsState::{Bogus, Indeterminate, Insecure, Secure};
        let host = |state| addresses("mx.example.org", None, state);
        assert_eq!(base(&[host(Secure), tlsa("mx.example.org", Secure)]).unwrap(), "mx.example.org");
        assert!(matches!(
            said(&[host(Secure), tlsa("mx.example.org", Insecure)]),
            Ok(Dane::Unsigned(_, Unsigned::Records))
        ));
        assert!(matches!(
            said(&[host(Insecure), tlsa("mx.example.org", Secure)]),
            Ok(Dane::Unsigned(_, Unsigned::Addresses))
        ));
        assert_eq!(said(&[host(Secure), tlsa("mx.example.org", Bogus)]), Ok(Dane::Bogus));
        assert_eq!(said(&[host(Bogus)]), Ok(Dane::Bogus));
        assert!(matches!(said(&[tlsa("mx.example.org", Indeterminate)]), Err(Missing::Failed(_))));
        assert_eq!(said(&[host(Secure)]), Err(Missing::Open));
        let failed = DnsOutcome::Failed("SERVFAIL".into());
        let failed = answer("_25._tcp.mx.example.org", DnsType::Tlsa, Secure, failed);
        assert!(
            matches!(said(&[host(Secure), failed]), Err(Missing::Failed(why)) if why.contains("SERVFAIL"))
        );
        for (address, denial, is_signed) in
            [(Secure, Secure, true), (Secure, Insecure, false), (Insecure, Secure, false)]
        {
            let dns = [host(address), none("mx.example.org", denial)];
            assert_eq!(said(&dns), Ok(Dane::Absent { is_signed }));
        }
    }

    #[test]
    fn the_end_of_a_signed_alias_counts_first() {
        use DnsState::{Insecure, Secure};
        let alias = |state| addresses("mx.example.org", Some("mx.hoster.example"), state);
        let both = [alias(Secure), tlsa("mx.hoster.example", Secure), tlsa("mx.example.org", Secure)];
        assert_eq!(base(&both).unwrap(), "mx.hoster.example");
        let only_own = [alias(Secure), none("mx.hoster.example", Secure), tlsa("mx.example.org", Secure)];
        assert_eq!(base(&only_own).unwrap(), "mx.example.org");
        // A step that is not signed leaves the first name.
        let unsigned = [alias(Insecure), tlsa("mx.example.org", Secure)];
        assert_eq!(base(&unsigned).unwrap(), "mx.example.org");
        let answers = Answers::new(&both[..1]);
        assert_eq!(of(&answers, &name("mx.example.org"), 25), Err(Missing::Open));
        assert_eq!(answers.into_wanted(), [(name("_25._tcp.mx.hoster.example"), DnsType::Tlsa)]);
    }

    #[test]
    fn mx_records_without_signatures_lead_nowhere() {
        let mx = |state| {
            let exchange = Some("MX.example.org".to_owned());
            let records = vec![DnsData::Mx { preference: 1, exchange }];
            answer("example.org", DnsType::Mx, state, DnsOutcome::Found { aliases: Vec::new(), records })
        };
        assert!(is_led_unsigned(&[mx(DnsState::Insecure)], &name("mx.example.org")));
        assert!(!is_led_unsigned(&[mx(DnsState::Secure)], &name("mx.example.org")));
        assert!(!is_led_unsigned(&[mx(DnsState::Insecure)], &name("mx2.example.org")));
    }

    #[test]
    fn names_of_services_are_read_back() {
        let host = name("mx.example.org");
        assert_eq!(service(&place(&host, 25).unwrap()), Some((host, 25)));
        for other in ["_25._udp.mx.example.org", "_x._tcp.mx.example.org", "mx.example.org", "_25._tcp"] {
            assert_eq!(service(&name(other)), None, "{other}");
        }
    }
}
