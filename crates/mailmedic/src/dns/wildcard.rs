//! Answers that a wildcard gave.
//!
//! The library's own proof demands a record that covers the wildcard's name. Where the record that denies the name is
//! the wildcard's own, as it mostly is, there is none, and a sound answer would be called forged.

use hickory_resolver::proto::dnssec::Proof;
use hickory_resolver::proto::dnssec::rdata::{DNSSECRData, NSEC};
use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use super::signed;

/// Tells whether an answer whose signatures hold came from a wildcard, and it is proven that no name closer to the one that was asked
/// for exists (RFC 4035 §5.3.4).
pub(super) fn is_proven(query: &Query, message: &Message) -> bool {
    let (name, kind) = (query.name(), query.query_type());
    let mut answers = message.answers.iter();
    let is_sound = message.response_code == ResponseCode::NoError
        && answers.all(|record| {
            let own = [kind, RecordType::RRSIG].contains(&record.record_type());
            own && record.name == *name && record.proof == Proof::Secure
        });
    let labels = message.answers.iter().filter_map(signed::signature).map(|signature| {
        let input = signature.input();
        (input.num_labels, input.signer_name.clone())
    });
    let Some((labels, zone)) = labels.min_by_key(|(labels, _)| *labels).filter(|_| is_sound) else {
        return false;
    };
    // What lies one label below the wildcard's own place, on the way to the name.
    let closer = name.trim_to(usize::from(labels) + 1);
    labels < name.num_labels()
        && message.authorities.iter().any(|record| {
            let RData::DNSSEC(DNSSECRData::NSEC(denial)) = &record.data else { return false };
            record.proof == Proof::Secure
                && zone.zone_of(&record.name)
                && denies(&record.name, denial, &closer)
        })
}

/// Tells whether a record denies that a name, or anything below it, exists (RFC 4034 §4.1.1).
fn denies(owner: &Name, denial: &NSEC, name: &Name) -> bool {
    let next = denial.next_domain_name();
    let types = denial.type_set();
    // The parent's record at a delegation says nothing of what is below (RFC 6840 §4.1).
    let is_cut = types.contains(RecordType::NS) && !types.contains(RecordType::SOA) && owner.zone_of(name);
    let is_between = name > owner && (name < next || (next <= owner && next.zone_of(name)));
    is_between && !is_cut && !name.zone_of(next)
}

#[cfg(test)]
mod tests {
    use super::{NSEC, Name, RecordType, denies};

    #[test]
    fn a_gap_denies_what_lies_in_it_and_not_its_ends() {
        let name = |text: &str| Name::from_ascii(text).unwrap();
        let gap = |next: &str, types: &[RecordType]| NSEC::new(name(next), types.iter().copied());
        let wild = name("*._tcp.mx.example.");
        let plain = gap("www.example.", &[RecordType::TLSA]);
        assert!(denies(&wild, &plain, &name("_25._tcp.mx.example.")));
        assert!(!denies(&wild, &plain, &wild) && !denies(&wild, &plain, &name("www.example.")));
        assert!(!denies(&wild, &plain, &name("a.example.")) && !denies(&wild, &plain, &name("x.example.")));
        // Something stands below it.
        assert!(!denies(
            &wild,
            &gap("a._25._tcp.mx.example.", &[RecordType::TLSA]),
            &name("_25._tcp.mx.example.")
        ));
        // The last gap goes round to the apex, and not to another zone's.
        assert!(denies(&wild, &gap("example.", &[RecordType::TLSA]), &name("z.example.")));
        assert!(!denies(&wild, &gap("aaa.", &[RecordType::TLSA]), &name("z.example.")));
        // The parent's side of a delegation.
        assert!(!denies(
            &name("mx.example."),
            &gap("www.example.", &[RecordType::NS]),
            &name("a.mx.example.")
        ));
    }
}
