//! What DANE says to a sender that follows it (RFC 7672).

use aws_lc_rs::digest;

use crate::certificate::Certificate;
use crate::diagnosis::{Diagnosis, ServedChain};
use crate::endpoint::Protocol;
use crate::finding::Case;
use crate::name::Host;
use crate::observation::{DnsData, DnsOutcome, DnsState, DnsType, EndpointObservation};

/// What DANE says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dane {
    /// Nothing is published, or nothing that DNSSEC vouches for.
    Silent,
    /// Only records that senders cannot use: TLS is demanded, whatever the certificate (RFC 7672 §2.2).
    Unusable,
    /// A record fits the server's own certificate; names and dates do not count (RFC 7672 §3.1.1).
    Fits,
    /// Records of usage 2 pin these certificates; the chain up to one of them counts with name and dates
    /// (RFC 7672 §3.1.2).
    Anchored(Vec<Record>),
    /// Records are there, and none fits.
    Differs,
    /// DNSSEC speaks against the answer.
    Bogus,
    /// It could not be told.
    Unknown(String),
}

/// A TLSA record (RFC 6698 §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    selector: u8,
    matching: u8,
    data: Vec<u8>,
}

impl Record {
    /// Tells whether it is about this certificate.
    pub(super) fn fits(&self, certificate: &Certificate) -> bool {
        let bytes = match self.selector {
            0 => &certificate.der,
            1 => &certificate.spki_der,
            _ => return false,
        };
        let digest = match self.matching {
            0 => return *bytes == self.data,
            1 => digest::digest(&digest::SHA256, bytes),
            2 => digest::digest(&digest::SHA512, bytes),
            _ => return false,
        };
        digest.as_ref() == self.data.as_slice()
    }
}

/// Asks what was published for an endpoint.
pub(super) fn says(
    case: &Case<'_>,
    seen: &EndpointObservation,
    chain: Option<&ServedChain>,
    diagnosis: &Diagnosis,
) -> Dane {
    let Host::Name(host) = &seen.endpoint.host else { return Dane::Silent };
    if seen.endpoint.protocol != Protocol::Smtp {
        return Dane::Silent;
    }
    let base = host.under("_tcp").and_then(|base| base.under(&format!("_{}", seen.endpoint.port)));
    let answer = base.ok().and_then(|name| case.seen.dns(&name, DnsType::Tlsa));
    let Some(answer) = answer else {
        return Dane::Unknown("whether there are TLSA records was not looked at".to_owned());
    };
    match (&answer.outcome, answer.state) {
        (DnsOutcome::Failed(why), _) => {
            return Dane::Unknown(format!("whether there are TLSA records could not be told: {why}"));
        }
        (_, DnsState::Bogus) => return Dane::Bogus,
        (DnsOutcome::NoData | DnsOutcome::NoName, _) | (_, DnsState::Insecure) => return Dane::Silent,
        (DnsOutcome::Found { .. }, DnsState::Indeterminate) => {
            return Dane::Unknown("DNSSEC was not validated".to_owned());
        }
        (DnsOutcome::Found { .. }, DnsState::Secure) => {}
    }
    if leads_here_unsigned(case, seen) {
        return Dane::Silent;
    }
    let of_usage = |wanted: u8| -> Vec<Record> {
        let records = answer.records().iter().filter_map(|data| match data {
            DnsData::Tlsa { usage, selector, matching, data } if *usage == wanted => {
                Some(Record { selector: *selector, matching: *matching, data: data.0.clone() })
            }
            _ => None,
        });
        records.filter(|record| record.selector <= 1 && record.matching <= 2).collect()
    };
    let (own, anchors) = (of_usage(3), of_usage(2));
    if own.is_empty() && anchors.is_empty() {
        return Dane::Unusable;
    }
    let Some(leaf) = chain.and_then(|chain| diagnosis.leaf(chain)) else {
        return Dane::Unknown("no certificate was seen to hold TLSA records against".to_owned());
    };
    if own.iter().any(|record| record.fits(leaf)) {
        Dane::Fits
    } else if anchors.is_empty() {
        Dane::Differs
    } else {
        Dane::Anchored(anchors)
    }
}

/// Without DNSSEC on the MX record, a sender cannot be led to a host by DANE (RFC 7672 §2.2.1).
fn leads_here_unsigned(case: &Case<'_>, seen: &EndpointObservation) -> bool {
    let leads = |data: &DnsData| {
        matches!(data, DnsData::Mx { exchange: Some(exchange), .. }
            if Host::new(exchange).is_ok_and(|exchange| exchange == seen.endpoint.host))
    };
    case.seen.dns.iter().any(|answer| {
        answer.kind == DnsType::Mx && answer.state != DnsState::Secure && answer.records().iter().any(leads)
    })
}
