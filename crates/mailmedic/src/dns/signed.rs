//! Record sets with their signatures as a message has them, and what is wrong with a signature (RFC 4035 §5.3).

use std::time::{SystemTime, UNIX_EPOCH};

use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, RRSIG};
use hickory_resolver::proto::dnssec::{Algorithm, PublicKey, Verifier};
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use jiff::Timestamp;

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
    pub(super) fn of(section: &'m [Record], owner: &'m Name, kind: RecordType) -> Self {
        let here = || section.iter().filter(|record| record.name == *owner);
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

/// Returns every name whose records an answer has, or that it says has none, with the zone that the answer claims to
/// come from there: the signer, the owner of the SOA record, or as much as the name itself. None where there are more
/// than an honest answer has.
pub(super) fn claims(message: &Message, name: &Name, kind: RecordType) -> Option<Vec<(Name, Name)>> {
    let mut claims: Vec<(Name, Name)> = Vec::new();
    let mut add = |owner: &Name, zone: Option<&Name>| {
        if claims.iter().all(|row| row.0 != *owner) {
            let zone = zone.filter(|zone| zone.zone_of(owner)).unwrap_or(owner);
            claims.push((owner.to_lowercase(), zone.to_lowercase()));
        }
        claims.len() <= MOST_NAMES
    };
    for record in message.answers.iter().filter(|record| signature(record).is_none()) {
        let signer = message.answers.iter().filter(|other| other.name == record.name).find_map(signature);
        if !add(&record.name, signer.map(|signature| &signature.input().signer_name)) {
            return None;
        }
    }
    if !message.answers.iter().any(|record| record.record_type() == kind) {
        let last = last(message, name);
        let signer = message.authorities.iter().find_map(signature);
        let soa = message.authorities.iter().find(|record| record.record_type() == RecordType::SOA);
        let zone = signer.map(|signature| &signature.input().signer_name).or(soa.map(|record| &record.name));
        if !add(&last, zone) {
            return None;
        }
    }
    Some(claims)
}

/// Returns the name at which the aliases of a message end.
pub(super) fn last(message: &Message, name: &Name) -> Name {
    let mut at = name.clone();
    for _ in 0..MOST_NAMES {
        let next = message.answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == at => Some(target.0.to_lowercase()),
            _ => None,
        });
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at
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

fn signature(record: &Record) -> Option<&RRSIG> {
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

/// Names that one answer leads through.
const MOST_NAMES: usize = 16;

/// The longest name.
const MOST_CHARACTERS: usize = 255;
