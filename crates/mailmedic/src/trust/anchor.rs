//! The roots that are compiled in.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;

use super::list::{self, Fact};
use super::{Store, Stores};
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::certificate::der::{self, BIT_STRING, CONTEXT_0, CONTEXT_3, INTEGER, OCTET_STRING, SEQUENCE};

/// A root that a list holds or held: of its certificate what it takes to trust what it signed.
#[derive(Debug)]
pub struct Anchor {
    /// The digest of the whole certificate.
    pub fingerprint: Fingerprint,
    /// The lists that hold it for TLS servers; whether they still take what is new under it is told by [`Self::standing`].
    pub holds: Stores,
    /// The lists that held it and have removed it or switched it off.
    pub held: Stores,
    /// The subject in DER.
    pub subject_der: &'static [u8],
    /// The SubjectPublicKeyInfo in DER.
    pub spki_der: &'static [u8],
    version: u8,
    not_before: i64,
    not_after: i64,
    facts: &'static [u8],
    extensions: &'static [u8],
    certificate: OnceLock<Certificate>,
}

/// How a list stands to a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It trusts the root.
    Trusted,
    /// It takes only certificates whose validity begins on this day (UTC) or before.
    Until(Date),
    /// It trusted the root and does no more; since this day, if it is known.
    Removed(Option<Date>),
    /// It is not known to have trusted it ever.
    Absent,
}

impl Anchor {
    /// Returns the root as a certificate, read when first asked for: it has no serial number, no signature, no form in
    /// DER, and of the extensions those that bind what is below; its issuer is itself.
    pub fn certificate(&self) -> &Certificate {
        self.certificate.get_or_init(|| {
            let time = |seconds: i64| {
                let least = Timestamp::MIN.as_second();
                Timestamp::from_second(seconds.clamp(least, Timestamp::MAX.as_second())).ok()
            };
            Certificate {
                fingerprint: self.fingerprint,
                der: Vec::new(),
                serial: String::new(),
                not_before: time(self.not_before),
                not_after: time(self.not_after),
                problems: Vec::new(),
                ..Certificate::read(&self.skeleton())
            }
        })
    }

    /// Returns the name constraints in DER (RFC 5280 §4.2.1.10), if it has some.
    pub fn name_constraints_der(&self) -> Option<&'static [u8]> {
        der::Elements(self.extensions).find_map(|extension| {
            let mut parts = extension.elements();
            let is_constraints = parts.next()?.content == NAME_CONSTRAINTS;
            parts.find(|part| part.tag == OCTET_STRING && is_constraints).map(|value| value.content)
        })
    }

    /// Returns what is known of distrust, in the order of the lists.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        self.facts.chunks_exact(FACT_BYTES).filter_map(list::fact)
    }

    /// Tells how a list stands to this root.
    pub fn standing(&self, store: Store) -> Standing {
        let days = |is_off: bool| {
            self.facts().filter(move |fact| fact.store == store && fact.is_off == is_off).map(|fact| fact.day)
        };
        if self.holds.has(store) {
            days(false).min().map_or(Standing::Trusted, Standing::Until)
        } else if self.held.has(store) || self.facts().any(|fact| fact.store == store) {
            Standing::Removed(days(true).min())
        } else {
            Standing::Absent
        }
    }

    /// Tells whether a list takes a certificate under this root whose validity begins then.
    pub fn is_trusted_by(&self, store: Store, issued: Timestamp) -> bool {
        match self.standing(store) {
            Standing::Trusted => true,
            Standing::Until(day) => list::day_of(issued) <= day,
            Standing::Removed(_) | Standing::Absent => false,
        }
    }

    /// Builds the frame of a certificate around the parts that are kept.
    pub(crate) fn skeleton(&self) -> Vec<u8> {
        let no_algorithm = wrap(SEQUENCE, &[]);
        let extensions = wrap(CONTEXT_3, &wrap(SEQUENCE, self.extensions));
        let signed: [&[u8]; 8] = [
            &wrap(CONTEXT_0, &wrap(INTEGER, &[self.version.saturating_sub(1)])),
            &wrap(INTEGER, &[0]),
            &no_algorithm,
            self.subject_der,
            &wrap(SEQUENCE, &[]),
            self.subject_der,
            self.spki_der,
            if self.extensions.is_empty() { &[] } else { &extensions },
        ];
        let whole = [wrap(SEQUENCE, &signed.concat()), no_algorithm, wrap(BIT_STRING, &[0])];
        wrap(SEQUENCE, &whole.concat())
    }
}

/// Returns every root that a list holds or held, in the order of the fingerprints.
pub fn anchors() -> &'static [Anchor] {
    static ANCHORS: OnceLock<Vec<Anchor>> = OnceLock::new();
    ANCHORS.get_or_init(|| read(DATA).expect("anchors.bin is as .ci/roots wrote it"))
}

/// Returns the root with this fingerprint.
pub fn find(fingerprint: &Fingerprint) -> Option<&'static Anchor> {
    let all = anchors();
    all.binary_search_by(|anchor| anchor.fingerprint.cmp(fingerprint)).ok().map(|at| &all[at])
}

/// Returns the roots whose fingerprint in lower-case hex begins so.
pub fn matching(start: &str) -> impl Iterator<Item = &'static Anchor> {
    anchors().iter().filter(move |anchor| anchor.fingerprint.to_string().starts_with(start))
}

/// Returns the roots with this subject in DER.
pub fn by_subject(subject_der: &[u8]) -> impl Iterator<Item = &'static Anchor> {
    static BY_SUBJECT: OnceLock<Vec<&'static Anchor>> = OnceLock::new();
    let sorted = BY_SUBJECT.get_or_init(|| {
        let mut sorted: Vec<&Anchor> = anchors().iter().collect();
        sorted.sort_by_key(|anchor| anchor.subject_der);
        sorted
    });
    let start = sorted.partition_point(|anchor| anchor.subject_der < subject_der);
    let end = start + sorted[start..].partition_point(|anchor| anchor.subject_der == subject_der);
    sorted[start..end].iter().copied()
}

/// Reads anchors.bin, whose format `.ci/roots` tells; none if it is damaged.
fn read(data: &'static [u8]) -> Option<Vec<Anchor>> {
    let mut rest = Reader(data.strip_prefix(MAGIC)?);
    let count = u16::from_be_bytes(rest.array()?);
    let mut anchors = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let fingerprint = Fingerprint(rest.array()?);
        let [holds, held, version] = rest.array()?;
        let not_before = i64::from_be_bytes(rest.array()?);
        let not_after = i64::from_be_bytes(rest.array()?);
        let [facts] = rest.array()?;
        anchors.push(Anchor {
            fingerprint,
            holds: Stores::of_embedded(holds),
            held: Stores::of_embedded(held),
            version,
            not_before,
            not_after,
            facts: rest.take(usize::from(facts) * FACT_BYTES)?,
            subject_der: rest.counted()?,
            spki_der: rest.counted()?,
            extensions: rest.counted()?,
            certificate: OnceLock::new(),
        });
    }
    rest.0.is_empty().then_some(anchors)
}

struct Reader(&'static [u8]);

impl Reader {
    fn take(&mut self, count: usize) -> Option<&'static [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn counted(&mut self) -> Option<&'static [u8]> {
        let count = u16::from_be_bytes(self.array()?);
        self.take(usize::from(count))
    }
}

/// Writes an element of DER.
fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut element = vec![tag];
    match digits {
        [] => element.push(0),
        [only] if *only < 0x80 => element.push(*only),
        digits => {
            element.extend(u8::try_from(digits.len()).map(|count| 0x80 | count));
            element.extend(digits);
        }
    }
    element.extend(content);
    element
}

static DATA: &[u8] = include_bytes!("anchors.bin");
const MAGIC: &[u8] = b"mmroots1";
/// The list, the kind, the day in two bytes, the source.
const FACT_BYTES: usize = 5;
/// 2.5.29.30
const NAME_CONSTRAINTS: [u8; 3] = [0x55, 0x1D, 30];

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::{Anchor, DATA, Standing, anchors, by_subject, find, matching, read, wrap};
    use crate::bytes::Fingerprint;
    use crate::certificate::PublicKey;
    use crate::trust::{Store, Stores};

    fn root(start: &str) -> &'static Anchor {
        let found: Vec<_> = matching(start).collect();
        assert_eq!(found.len(), 1, "{start}");
        found[0]
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn every_root_can_be_read() {
        for anchor in anchors() {
            let certificate = anchor.certificate();
            let name = &certificate.subject;
            assert_eq!(certificate.fingerprint, anchor.fingerprint);
            assert_eq!(certificate.subject_der, anchor.subject_der, "{name}");
            assert_eq!(certificate.spki_der, anchor.spki_der, "{name}");
            assert!(!name.is_empty() && certificate.key != PublicKey::Unreadable, "{}", anchor.fingerprint);
            assert!(certificate.not_before < certificate.not_after, "{name}");
            assert_eq!(certificate.is_ca, (certificate.version == 3).then_some(true), "{name}");
            assert!(!anchor.holds.and(anchor.held).is_empty(), "{name} belongs to no list");
            assert!(
                Store::EMBEDDED.iter().all(|store| !(anchor.holds.has(*store) && anchor.held.has(*store)))
            );
        }
    }

    #[test]
    fn the_roots_are_in_order_and_each_once() {
        assert!(anchors().windows(2).all(|pair| pair[0].fingerprint < pair[1].fingerprint));
        for store in Store::EMBEDDED {
            assert!(
                anchors().iter().filter(|anchor| anchor.holds.has(store)).count() > 100,
                "{}",
                store.name()
            );
        }
        let everywhere =
            anchors().iter().filter(|anchor| anchor.holds == Stores::of(&Store::EMBEDDED)).count();
        assert!((40..100).contains(&everywhere), "{everywhere}");
    }

    #[test]
    fn a_root_is_found_by_fingerprint_and_by_subject() {
        let x1 = root("96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6");
        assert_eq!(x1.holds, Stores::of(&Store::EMBEDDED));
        let certificate = x1.certificate();
        assert_eq!(certificate.common_name.as_deref(), Some("ISRG Root X1"));
        assert_eq!(certificate.key, PublicKey::Rsa { bits: 4096 });
        assert_eq!(certificate.not_after, Some(time("2035-06-04T11:04:38Z")));
        assert!(certificate.key_usage.unwrap().certificate_sign);
        assert_eq!(certificate.subject_key_id.as_deref().map(<[u8]>::len), Some(20));
        assert_eq!(find(&x1.fingerprint).unwrap().fingerprint, x1.fingerprint);
        assert!(find(&Fingerprint([0; 32])).is_none());
        assert_eq!(
            by_subject(x1.subject_der).map(|found| found.fingerprint).collect::<Vec<_>>(),
            [x1.fingerprint]
        );
        assert_eq!(by_subject(b"").count(), 0);
        let all =
            anchors().iter().filter(|one| by_subject(one.subject_der).any(|other| std::ptr::eq(other, *one)));
        assert_eq!(all.count(), anchors().len());
    }

    #[test]
    fn distrust_goes_by_the_day_that_a_certificate_begins() {
        let entrust = root("43df5774b03e7fef5fe40d931a7bedf1bb2e6b42738c4e6d3841103d3aa7f339");
        assert_eq!(entrust.standing(Store::Apple), Standing::Until(date(2024, 11, 15)));
        assert_eq!(entrust.standing(Store::Java), Standing::Until(date(2024, 11, 11)));
        assert_eq!(entrust.standing(Store::Microsoft), Standing::Until(date(2025, 4, 15)));
        assert_eq!(entrust.standing(Store::Mozilla), Standing::Removed(None));
        assert_eq!(entrust.standing(Store::Debian12), Standing::Trusted);
        assert!(entrust.is_trusted_by(Store::Java, time("2024-11-11T23:59:59Z")));
        assert!(!entrust.is_trusted_by(Store::Java, time("2024-11-12T00:00:00Z")));
        assert!(!entrust.is_trusted_by(Store::Mozilla, time("2020-01-01T00:00:00Z")));
        let globaltrust = root("9a296a5182d1d451");
        assert_eq!(globaltrust.standing(Store::Mozilla), Standing::Removed(Some(date(2026, 4, 9))));
        let x1 = root("96bcec06264976f3");
        assert!(Store::EMBEDDED.iter().all(|store| x1.standing(*store) == Standing::Trusted));
        assert_eq!(x1.standing(Store::System), Standing::Absent);
    }

    #[test]
    fn damaged_data_is_refused() {
        for cut in [0, 7, 9, 40, DATA.len() - 1] {
            assert!(read(&DATA[..cut]).is_none(), "{cut}");
        }
    }

    #[test]
    fn elements_have_the_shortest_length() {
        assert_eq!(wrap(4, &[]), [4, 0]);
        assert_eq!(wrap(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(wrap(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(wrap(4, &[7; 256])[..4], [4, 0x82, 1, 0]);
    }
}
