//! From a message to its meaning: where do the records lead, and what do they say.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name as DomainName, RData, Record, RecordType};

use crate::bytes::Bytes;
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsType};

/// Where the records of a message lead, seen from a name.
pub(super) enum End {
    Records(Vec<DnsData>),
    NoData,
    NoName,
    Onward(DomainName),
    Ring,
    Referral,
}

pub(super) fn read(message: &Message, start: &DomainName, kind: RecordType, aliases: &mut Vec<Name>) -> End {
    let mut at = start.clone();
    let mut passed = Vec::new();
    loop {
        let here = || message.answers.iter().filter(|record| record.name == at);
        let records: Vec<DnsData> =
            here().filter(|record| record.record_type() == kind).filter_map(data).collect();
        if !records.is_empty() {
            return End::Records(records);
        }
        let Some(next) = here().find_map(|record| match &record.data {
            RData::CNAME(target) => Some(target.0.to_lowercase()),
            _ => None,
        }) else {
            break;
        };
        passed.push(at);
        if passed.contains(&next) || aliases.len() >= MOST_ALIASES {
            return End::Ring;
        }
        aliases.extend(text(&next).and_then(|name| Name::new(&name).ok()));
        at = next;
    }
    let has = |kind| message.authorities.iter().any(|record: &Record| record.record_type() == kind);
    // With aliases the code is about the last name (RFC 6604 §3).
    if message.metadata.response_code == ResponseCode::NXDomain {
        End::NoName
    } else if has(RecordType::SOA) {
        End::NoData
    } else if at != *start {
        End::Onward(at)
    } else if has(RecordType::NS) && !message.metadata.authoritative && !message.metadata.recursion_available
    {
        End::Referral
    } else {
        End::NoData
    }
}

fn data(record: &Record) -> Option<DnsData> {
    Some(match &record.data {
        RData::A(address) => DnsData::Address(IpAddr::V4(address.0)),
        RData::AAAA(address) => DnsData::Address(IpAddr::V6(address.0)),
        RData::MX(mx) => DnsData::Mx { preference: mx.preference, exchange: text(&mx.exchange) },
        RData::SRV(srv) => DnsData::Srv {
            priority: srv.priority,
            weight: srv.weight,
            port: srv.port,
            target: text(&srv.target),
        },
        RData::TLSA(tlsa) => DnsData::Tlsa {
            usage: tlsa.cert_usage.into(),
            selector: tlsa.selector.into(),
            matching: tlsa.matching.into(),
            data: Bytes(tlsa.cert_data.clone()),
        },
        RData::CAA(caa) => DnsData::Caa {
            critical: caa.issuer_critical,
            tag: caa.tag.clone(),
            value: String::from_utf8_lossy(&caa.value).into_owned(),
        },
        RData::PTR(host) => DnsData::Ptr(text(&host.0)?),
        RData::TXT(txt) => DnsData::Txt(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
        _ => return None,
    })
}

pub(super) fn addresses_in(answer: &DnsAnswer) -> impl Iterator<Item = IpAddr> + '_ {
    answer.records().iter().filter_map(|record| match record {
        DnsData::Address(address) => Some(*address),
        _ => None,
    })
}

pub(super) fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    }
}

/// Returns a name as text without the final dot, odd bytes escaped; the root is `None`.
fn text(name: &DomainName) -> Option<String> {
    let text = name.to_ascii();
    let text = text.strip_suffix('.').unwrap_or(&text);
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn record_type(kind: DnsType) -> RecordType {
    match kind {
        DnsType::A => RecordType::A,
        DnsType::Aaaa => RecordType::AAAA,
        DnsType::Caa => RecordType::CAA,
        DnsType::Mx => RecordType::MX,
        DnsType::Ptr => RecordType::PTR,
        DnsType::Srv => RecordType::SRV,
        DnsType::Tlsa => RecordType::TLSA,
        DnsType::Txt => RecordType::TXT,
    }
}

/// Aliases followed for one question; resolvers stop at a similar number.
pub(super) const MOST_ALIASES: usize = 12;
