//! Where a chain of signatures breaks: walks from the anchor down, zone by zone, and looks at each link.
//!
//! The verdict is the validator's; this only finds out whom to tell, and says nothing where it is not sure.

use hickory_resolver::proto::dnssec::rdata::{DNSKEY, DNSSECRData, DS};
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};

use super::parts::{Part, parts};
use super::signed::{self, Flaw, Set};
use super::validate::Validator;

/// The link that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// The zone that has to mend it, or its parent.
    pub(super) zone: Name,
    /// What is wrong, in words that complete "the chain of signatures breaks at ZONE: …".
    pub(super) why: String,
}

/// A zone whose keys are vouched for.
struct Zone {
    name: Name,
    keys: Vec<DNSKEY>,
}

impl Zone {
    fn new(name: &Name, message: &Message) -> Self {
        Self { name: name.clone(), keys: signed::keys(message, name).into_iter().cloned().collect() }
    }

    fn verify(&self, set: &Set<'_>) -> Result<(), Flaw> {
        set.verify(&self.name, &self.keys.iter().collect::<Vec<_>>())
    }

    fn broken(&self, why: String) -> Broken {
        Broken { zone: self.name.clone(), why }
    }
}

/// Finds the first broken link on the way to an answer; `keys` are those of the anchored zone, which are vouched for.
pub(super) async fn find(
    validator: &Validator,
    anchored: &Name,
    keys: &Message,
    name: &Name,
    kind: RecordType,
) -> Option<Broken> {
    let answer = validator.heard(name, kind).await?;
    for part in parts(&answer, name, kind) {
        let zone = match descend(validator, Zone::new(anchored, keys), &part.owner).await {
            Descent::Arrived(zone) => zone,
            Descent::Broken(broken) => return Some(broken),
            Descent::Untold => return None,
        };
        let broken = if part.answers.is_empty() {
            denial(&zone, &part)
        } else {
            let set = Set::of(part.answers.iter().copied(), &part.owner, part.kind);
            zone.verify(&set).err().map(|flaw| zone.broken(flaw.of(&set.called())))
        };
        if broken.is_some() {
            return broken;
        }
    }
    None
}

/// What came of the way down to a name.
enum Descent {
    /// This zone has the name, and its keys are vouched for.
    Arrived(Zone),
    /// A link before it is broken.
    Broken(Broken),
    /// A server does not answer, or the way is too long.
    Untold,
}

async fn descend(validator: &Validator, mut zone: Zone, owner: &Name) -> Descent {
    let first = usize::from(zone.name.num_labels()) + 1;
    let last = usize::from(owner.num_labels());
    if last >= first + MOST_LABELS {
        return Descent::Untold;
    }
    for labels in first..=last {
        let cut = owner.trim_to(labels);
        let Some(message) = validator.heard(&cut, RecordType::DS).await else { return Descent::Untold };
        let parents = Set::of(&message.answers, &cut, RecordType::DS);
        if parents.records.is_empty() {
            // No delegation, as it seems; one that is proven to be unsigned leaves nothing to be bogus.
            continue;
        }
        if let Err(flaw) = zone.verify(&parents) {
            return Descent::Broken(zone.broken(flaw.of(&parents.called())));
        }
        let digests: Vec<&DS> = parents.records.iter().filter_map(|record| digest(record)).collect();
        let Some(message) = validator.heard(&cut, RecordType::DNSKEY).await else { return Descent::Untold };
        let below = Zone::new(&cut, &message);
        let set = Set::of(&message.answers, &cut, RecordType::DNSKEY);
        let broken = |why: &str| Descent::Broken(below.broken(why.to_owned()));
        if below.keys.is_empty() {
            return broken("its parent has a DS record for it, and it has no DNSKEY record");
        }
        let vouched: Vec<&DNSKEY> = below
            .keys
            .iter()
            .filter(|key| digests.iter().any(|digest| digest.covers(&cut, key).unwrap_or(false)))
            .collect();
        if vouched.is_empty() {
            return broken("none of its keys fits the DS record at its parent");
        }
        if let Err(flaw) = set.verify(&cut, &vouched) {
            return Descent::Broken(below.broken(match flaw {
                Flaw::Key(_) | Flaw::Signer(_) => {
                    "no key that its parent vouches for signed its keys".to_owned()
                }
                flaw => flaw.of(&set.called()),
            }));
        }
        zone = below;
    }
    Descent::Arrived(zone)
}

/// Looks at what shall prove that a name has no such record.
fn denial(zone: &Zone, part: &Part<'_>) -> Option<Broken> {
    let section = || part.authorities.iter().copied();
    let mut denies = false;
    for record in section() {
        let kind = record.record_type();
        if kind == RecordType::RRSIG {
            continue;
        }
        denies |= kind != RecordType::SOA;
        let set = Set::of(section(), &record.name, kind);
        if let Err(flaw) = zone.verify(&set) {
            return Some(zone.broken(flaw.of(&set.called())));
        }
    }
    let what = format!("{} {}", signed::text(&part.owner), part.kind);
    Some(zone.broken(match denies {
        true => format!("its NSEC records do not prove that {what} does not exist"),
        false => format!("no NSEC record proves that {what} does not exist"),
    }))
}

fn digest(record: &Record) -> Option<&DS> {
    match &record.data {
        RData::DNSSEC(DNSSECRData::DS(digest)) => Some(digest),
        _ => None,
    }
}

/// Labels below the anchor; names of mail have a few, those of addresses some more.
const MOST_LABELS: usize = 40;
