//! Record sets with their signatures as a message has them, and what is wrong with a signature (RFC 4035 §5.3).

use std::time::{SystemTime, UNIX_EPOCH};

use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_resolver::proto::dnssec::{Algorithm, PublicKey, Verifier};
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use jiff::Timestamp;

use super::parts::Part;
use crate::words;

/// The records of one name and type, with their signatures.
pub(super) struct Set<'m> {
    owner: &'m Name,
    kind: RecordType,
    /// The records.
    pub(super) records: Vec<&'m Record>,
    /// The signatures.
    pub(super) signatures: Vec<&'m RRSIG>,
}

/// Why no signature of a set holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// There is none.
    Missing,
    /// The last one ran out, in seconds since 1970.
    Expired(u32),
    /// It begins later, in seconds since 1970.
    Early(u32),
    /// It was made by this zone, which may not sign here.
    Signer(Name),
    /// It was made by a key with this tag, which the zone does not have.
    Key(u16),
    /// It is of a kind that cannot be checked here.
    Unsupported(u8),
    /// It is of other data.
    Wrong,
}

impl<'m> Set<'m> {
    /// Picks a set out of a section.
    pub(super) fn of(
        section: impl IntoIterator<Item = &'m Record> + Clone,
        owner: &'m Name,
        kind: RecordType,
    ) -> Self {
        let here = || section.clone().into_iter().filter(|record| record.name == *owner);
        let signatures = here().filter_map(signature).filter(|one| one.input().type_covered == kind);
        Self {
            owner,
            kind,
            records: here().filter(|record| record.record_type() == kind).collect(),
            signatures: signatures.take(MOST_TRIES).collect(),
        }
    }

    /// Checks that one of these keys of a zone made a signature of the set, and that it is in force.
    ///
    /// # Errors
    /// Says what is wrong with the signature that comes closest.
    pub(super) fn verify(&self, zone: &Name, keys: &[&DNSKEY]) -> Result<(), Flaw> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut flaws = Vec::new();
        for signature in &self.signatures {
            match self.check(signature, zone, keys, now) {
                Ok(()) => return Ok(()),
                Err(flaw) => flaws.push(flaw),
            }
        }
        Err(flaws.into_iter().min_by_key(Flaw::rank).unwrap_or(Flaw::Missing))
    }

    fn check(&self, signature: &RRSIG, zone: &Name, keys: &[&DNSKEY], now: u64) -> Result<(), Flaw> {
        let input = signature.input();
        if input.signer_name != *zone {
            return Err(Flaw::Signer(input.signer_name.clone()));
        }
        if u64::from(input.sig_expiration.get()) < now {
            return Err(Flaw::Expired(input.sig_expiration.get()));
        }
        if u64::from(input.sig_inception.get()) > now {
            return Err(Flaw::Early(input.sig_inception.get()));
        }
        if !input.algorithm.is_supported() {
            return Err(Flaw::Unsupported(input.algorithm.into()));
        }
        let mut fitting = keys
            .iter()
            .filter(|key| is_named(key, input.key_tag, input.algorithm))
            .take(MOST_TRIES)
            .peekable();
        if fitting.peek().is_none() {
            return Err(Flaw::Key(input.key_tag));
        }
        let records = || self.records.iter().copied();
        let holds =
            fitting.any(|key| key.verify_rrsig(self.owner, DNSClass::IN, signature, records()).is_ok());
        if holds { Ok(()) } else { Err(Flaw::Wrong) }
    }

    /// Names it: `mx1.example.org A`.
    pub(super) fn called(&self) -> String {
        format!("{} {}", text(self.owner), self.kind)
    }
}

impl Flaw {
    /// The smaller, the closer to a good signature.
    fn rank(&self) -> u8 {
        match self {
            Self::Expired(_) => 0,
            Self::Early(_) => 1,
            Self::Wrong => 2,
            Self::Key(_) => 3,
            Self::Unsupported(_) => 4,
            Self::Signer(_) => 5,
            Self::Missing => 6,
        }
    }

    /// Writes it of a set: `the signature of mx1.example.org A ran out on 2026-11-18`.
    pub(super) fn of(&self, what: &str) -> String {
        match self {
            Self::Missing => format!("{what} bears no signature"),
            Self::Expired(at) => format!("the signature of {what} ran out on {}", date(*at)),
            Self::Early(at) => format!("the signature of {what} begins only on {}", date(*at)),
            Self::Signer(zone) => format!("the signature of {what} was made by {}", text(zone)),
            Self::Key(tag) => {
                format!("the signature of {what} was made by key {tag}, which the zone does not have")
            }
            Self::Unsupported(number) => {
                format!("the signature of {what} is of algorithm {number}, which few can check")
            }
            Self::Wrong => format!("the signature of {what} was made of other data"),
        }
    }
}

/// Returns the zone that a part of an answer claims to come from: its signer, the owner of its SOA record, or as much as
/// the name itself.
pub(super) fn claimed_zone(part: &Part<'_>) -> Name {
    let section = || {
        let section = if part.answers.is_empty() { &part.authorities } else { &part.answers };
        section.iter().copied()
    };
    let signer = section().find_map(signature).map(|signature| &signature.input().signer_name);
    let soa = section().find(|record| record.record_type() == RecordType::SOA);
    let zone = signer.or(soa.map(|record| &record.name)).filter(|zone| zone.zone_of(&part.owner));
    zone.unwrap_or(&part.owner).to_lowercase()
}

/// Returns the keys of a zone that may sign.
pub(super) fn keys<'m>(message: &'m Message, zone: &Name) -> Vec<&'m DNSKEY> {
    let of_zone = message.answers.iter().filter(|record| record.name == *zone);
    let keys = of_zone.filter_map(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::DNSKEY(key)) => Some(key),
        _ => None,
    });
    keys.take(MOST_KEYS).collect()
}

/// Tells whether a record is part of what proves that something does not exist.
pub(super) fn is_of_denial(record: &Record) -> bool {
    let kind = signature(record).map_or(record.record_type(), |signature| signature.input().type_covered);
    matches!(kind, RecordType::SOA | RecordType::NSEC | RecordType::NSEC3)
}

/// Returns the name as people write it.
pub(super) fn text(name: &Name) -> String {
    let text = name.to_ascii();
    match text.strip_suffix('.') {
        Some(bare) if !bare.is_empty() => words::escape(bare, MOST_CHARACTERS),
        _ => "the root".to_owned(),
    }
}

/// Reads a signature.
pub(super) fn signature(record: &Record) -> Option<&RRSIG> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => Some(signature),
        _ => None,
    }
}

fn is_named(key: &DNSKEY, tag: u16, algorithm: Algorithm) -> bool {
    key.public_key().algorithm() == algorithm && key.calculate_key_tag().is_ok_and(|own| own == tag)
}

fn date(seconds: u32) -> String {
    Timestamp::from_second(i64::from(seconds)).map_or_else(|_| seconds.to_string(), words::date)
}

/// A set with more signatures, or keys of one tag, than this wants to waste our time.
const MOST_TRIES: usize = 8;

/// Keys of one zone; honest ones have a few.
const MOST_KEYS: usize = 64;

/// The longest name.
const MOST_CHARACTERS: usize = 255;
