//! An answer in parts that can be proven one by one: each step of an alias, and what stands at its end.
//!
//! Hickory's proof that something does not exist looks at the name that was asked, and not at the one to which aliases
//! lead; and the alias that a server makes of a DNAME record bears no signature (RFC 6672 §5.3.1).

use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::read::MOST_ALIASES;
use super::signed::{is_of_denial, signature};

/// A part of an answer.
pub(super) struct Part<'m> {
    /// The name that is asked for.
    pub(super) owner: Name,
    /// The type that is asked for.
    pub(super) kind: RecordType,
    /// The records, with their signatures; none where this part says that there is none.
    pub(super) answers: Vec<&'m Record>,
    /// What denies something, with its signatures.
    pub(super) authorities: Vec<&'m Record>,
    code: ResponseCode,
}

impl Part<'_> {
    /// Makes a message of it, that answers its question and nothing else.
    pub(super) fn message(&self) -> Message {
        let mut message = Message::query();
        message.add_query(Query::query(self.owner.clone(), self.kind));
        let mut message = message.into_response();
        message.metadata.response_code = self.code;
        message.answers = self.answers.iter().copied().cloned().collect();
        message.authorities = self.authorities.iter().copied().cloned().collect();
        message
    }
}

/// Cuts an answer into parts, each with the question that it answers.
pub(super) fn parts<'m>(message: &'m Message, name: &Name, kind: RecordType) -> Vec<Part<'m>> {
    let mut parts = Vec::new();
    let mut at = name.clone();
    for _ in 0..=MOST_ALIASES {
        if has(message, &at, kind) {
            parts.push(found(message, &at, kind));
            return parts;
        }
        let Some(target) = alias(message, &at) else { break };
        let is_signed = message
            .answers
            .iter()
            .any(|record| record.name == at && covers(record) == Some(RecordType::CNAME));
        let made_of = if is_signed { None } else { source(message, &at, &target) };
        parts.push(match made_of {
            Some(owner) => found(message, &owner, RecordType::DNAME),
            None => found(message, &at, RecordType::CNAME),
        });
        at = target;
    }
    let says_no = message.metadata.response_code == ResponseCode::NXDomain
        || message.authorities.iter().any(is_of_denial);
    // A server may leave it to us to follow an alias to its end.
    if parts.is_empty() || says_no {
        parts.push(denied(message, &at, kind));
    }
    parts
}

fn has(message: &Message, owner: &Name, kind: RecordType) -> bool {
    message.answers.iter().any(|record| record.name == *owner && record.record_type() == kind)
}

fn alias(message: &Message, owner: &Name) -> Option<Name> {
    message.answers.iter().find_map(|record| match &record.data {
        RData::CNAME(target) if record.name == *owner => Some(target.0.to_lowercase()),
        _ => None,
    })
}

/// Returns the owner of the DNAME record of which an alias was made (RFC 6672 §3.1).
fn source(message: &Message, alias: &Name, target: &Name) -> Option<Name> {
    message.answers.iter().find_map(|record| {
        let RData::Unknown { code: RecordType::DNAME, rdata } = &record.data else { return None };
        let is_above = record.name != *alias && record.name.zone_of(alias);
        let (to, labels) = (labels(&rdata.anything)?, alias.iter().len() - record.name.iter().len());
        let expected = alias.iter().take(labels).chain(to);
        let fits = is_above && expected.map(<[u8]>::to_ascii_lowercase).eq(target.iter().map(<[u8]>::to_vec));
        fits.then(|| record.name.to_lowercase())
    })
}

/// Reads a name that is written out in full.
fn labels(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut labels = Vec::new();
    loop {
        let (length, rest) = bytes.split_first()?;
        match usize::from(*length) {
            0 => return rest.is_empty().then_some(labels),
            length @ 1..=63 => {
                let (label, rest) = rest.split_at_checked(length)?;
                labels.push(label);
                bytes = rest;
            }
            _ => return None,
        }
    }
}

/// Takes a set out, with its signatures; with what proves that nothing closer exists where a wildcard made it
/// (RFC 4035 §5.3.4).
fn found<'m>(message: &'m Message, owner: &Name, kind: RecordType) -> Part<'m> {
    let of_set = |record: &&Record| {
        record.name == *owner && (record.record_type() == kind || covers(record) == Some(kind))
    };
    let answers: Vec<&Record> = message.answers.iter().filter(of_set).collect();
    let of_wildcard = |record: &&Record| {
        signature(record).is_some_and(|signature| signature.input().num_labels < owner.num_labels())
    };
    let proves = |record: &&Record| {
        is_of_denial(record) && covers(record).unwrap_or(record.record_type()) != RecordType::SOA
    };
    let authorities = if answers.iter().any(of_wildcard) {
        message.authorities.iter().filter(proves).collect()
    } else {
        Vec::new()
    };
    Part { owner: owner.clone(), kind, answers, authorities, code: ResponseCode::NoError }
}

/// Takes out what says that a name has no such record.
fn denied<'m>(message: &'m Message, owner: &Name, kind: RecordType) -> Part<'m> {
    let authorities = message.authorities.iter().filter(|record| is_of_denial(record)).collect();
    let code = message.metadata.response_code;
    Part { owner: owner.clone(), kind, answers: Vec::new(), authorities, code }
}

/// Returns the type that a signature is of; none for other records.
fn covers(record: &Record) -> Option<RecordType> {
    signature(record).map(|signature| signature.input().type_covered)
}
