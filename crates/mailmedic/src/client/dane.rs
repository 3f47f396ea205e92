//! What DANE says to a sender that follows it (RFC 7672).

use crate::diagnosis::ServedChain;
use crate::endpoint::Protocol;
use crate::finding::Case;
use crate::name::Host;
use crate::observation::EndpointObservation;
use crate::records::tlsa::{self, Published, Tlsa};
use crate::records::{Answers, Missing};

/// What DANE says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dane {
    /// Nothing is published, or nothing that DNSSEC vouches for.
    Silent,
    /// Only records that senders cannot use: TLS is demanded, whatever the certificate (RFC 7672 §2.2).
    Unusable,
    /// A record fits the server's own certificate; names and dates do not count (RFC 7672 §3.1.1).
    Fits,
    /// Records of usage 2 pin certificates; the chain up to one of them counts with name and dates
    /// (RFC 7672 §3.1.2).
    Anchored(Published),
    /// Records are there, and none fits.
    Differs,
    /// DNSSEC speaks against the answer.
    Bogus,
    /// It could not be told.
    Unknown(String),
}

/// Asks what was published for an endpoint; `unsigned_mx` lets it count behind MX records that are not signed, too.
pub(super) fn says(
    case: &Case<'_>,
    seen: &EndpointObservation,
    chain: Option<&ServedChain>,
    unsigned_mx: bool,
) -> Dane {
    let Host::Name(host) = &seen.endpoint.host else { return Dane::Silent };
    let port = seen.endpoint.port;
    if seen.endpoint.protocol != Protocol::Smtp {
        return Dane::Silent;
    }
    let mut published = match tlsa::of(&Answers::new(&case.seen.dns), host, port) {
        Ok(tlsa::Dane::Published(published)) => published,
        Ok(tlsa::Dane::Absent { .. } | tlsa::Dane::Unsigned(..)) => return Dane::Silent,
        Ok(tlsa::Dane::Bogus) => return Dane::Bogus,
        Err(Missing::Open) => {
            return Dane::Unknown("whether there are TLSA records was not looked at".to_owned());
        }
        Err(Missing::Failed(why)) => {
            return Dane::Unknown(format!("whether there are TLSA records could not be told: {why}"));
        }
    };
    if !unsigned_mx && tlsa::is_led_unsigned(&case.seen.dns, host) {
        return Dane::Silent;
    }
    // The rules of SMTP hold wherever it is spoken.
    published.records.retain(|record| record.is_usable(25));
    if published.records.is_empty() {
        return Dane::Unusable;
    }
    let Some(leaf) = chain.and_then(|chain| case.diagnosis.leaf(chain)) else {
        return Dane::Unknown("no certificate was seen to hold TLSA records against".to_owned());
    };
    if published.records.iter().any(|record| record.is_of_server() && record.fits(leaf)) {
        return Dane::Fits;
    }
    published.records.retain(|record: &Tlsa| !record.is_of_server());
    if published.records.is_empty() { Dane::Differs } else { Dane::Anchored(published) }
}
