//! Makes the mail records of a domain: from what is wanted and what is published, without any I/O.
//!
//! One module makes one kind of record. What comes out is [`Made`]: records, what to know about them, and what would be
//! wrong with them. Whoever calls shows it, compares it with what is published, and judges it by the rules as if it
//! were published.

pub mod caa;
pub mod dkim;
pub mod dmarc;
pub mod mta_sts;
pub mod spf;
pub mod srv;
pub mod tls_rpt;
pub mod tlsa;
pub mod zone;

use jiff::civil::Date;

use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsType};
use crate::records::Answers;
pub use zone::Record;

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The records to publish now.
    pub records: Vec<Record>,
    /// Where they belong: what is published there, is meant for the same and is not among them, goes.
    pub places: Vec<Place>,
    /// What to publish later, in the order of time.
    pub steps: Vec<Step>,
    /// Files that belong to the records.
    pub documents: Vec<Document>,
    /// What is good to know, each a sentence.
    pub remarks: Vec<String>,
    /// What is wrong with it: a reason not to publish it.
    pub objections: Vec<Objection>,
}

/// The records of one type and purpose at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name.
    pub name: Name,
    /// The type.
    pub kind: DnsType,
    /// Which of the records there are meant.
    pub meant: Meant,
}

/// Which records of a place are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meant {
    /// All of them.
    All,
    /// TXT records that begin with this version, in any case.
    Version(&'static str),
}

/// What to publish from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The first day.
    pub from: Date,
    /// The record.
    pub record: Record,
    /// What must be true before the next step, each a sentence; for the last step, what remains to be done.
    pub before_next: Vec<String>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is, in few words: `nginx`, `the policy`.
    pub title: String,
    /// Where it belongs: a URL, or words.
    pub place: String,
    /// Its text.
    pub text: String,
}

/// A reason not to publish something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The rule that would find it.
    pub rule: &'static str,
    /// What is wrong, a sentence.
    pub why: String,
}

/// One line of what differs from what is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It is published.
    Same(Record),
    /// It is to be added.
    Add(Record),
    /// It is published, and has to go.
    Remove(Record),
    /// What is published cannot be told; the reason completes "could not tell: …".
    Unknown(String),
}

impl Made {
    /// Adds a record that alone counts at its place.
    fn put(&mut self, record: Record, meant: Meant) {
        let place = Place { name: record.name.clone(), kind: record.kind(), meant };
        if !self.places.contains(&place) {
            self.places.push(place);
        }
        self.records.push(record);
    }

    fn remark(&mut self, text: impl Into<String>) {
        self.remarks.push(text.into());
    }

    fn object(&mut self, rule: &'static str, why: impl Into<String>) {
        self.objections.push(Objection { rule, why: why.into() });
    }

    /// Returns what differs from what is published; what was not asked of DNS is unknown.
    pub fn differences(&self, answers: &Answers<'_>) -> Vec<Difference> {
        let mut lines = Vec::new();
        for place in &self.places {
            let own: Vec<&Record> = self
                .records
                .iter()
                .filter(|own| own.name == place.name && own.kind() == place.kind)
                .collect();
            let published = match answers.records(&place.name, place.kind) {
                Ok(published) => published,
                Err(missing) => {
                    lines.push(Difference::Unknown(missing.why()));
                    &[]
                }
            };
            let ttl = answers.known(&place.name, place.kind).and_then(|answer| answer.evidence.ttl);
            for data in published.iter().filter(|data| place.meant.has(data)) {
                match own.iter().find(|own| own.says(data)) {
                    Some(own) => lines.push(Difference::Same((*own).clone())),
                    None => lines.push(Difference::Remove(Record {
                        name: place.name.clone(),
                        ttl: ttl.unwrap_or(DEFAULT_TTL),
                        data: data.clone(),
                    })),
                }
            }
            let is_new = |own: &&&Record| !published.iter().any(|data| own.says(data));
            lines.extend(own.iter().filter(is_new).map(|own| Difference::Add((*own).clone())));
        }
        lines
    }

    /// Returns the records that a place will have, given an answer on those that it has.
    pub fn afterwards(&self, place: &Place, answer: Option<&DnsAnswer>) -> Vec<DnsData> {
        let others = answer.map_or(&[][..], DnsAnswer::records).iter().filter(|data| !place.meant.has(data));
        let own = self.records.iter().filter(|own| own.name == place.name && own.kind() == place.kind);
        others.chain(own.map(|own| &own.data)).cloned().collect()
    }
}

impl Meant {
    /// Returns whether a record is meant.
    pub fn has(self, data: &DnsData) -> bool {
        match (self, data) {
            (Self::All, _) => true,
            (Self::Version(version), DnsData::Txt(text)) => text
                .trim_start()
                .get(..version.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(version)),
            (Self::Version(_), _) => false,
        }
    }
}

/// Seconds for which answers are kept unless something else is asked for.
pub const DEFAULT_TTL: u32 = 3600;

#[cfg(test)]
mod tests {
    use super::{Difference, Made, Meant, Record};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::records::Answers;

    fn name() -> Name {
        Name::new("example.org").unwrap()
    }

    fn published(outcome: DnsOutcome) -> [DnsAnswer; 1] {
        let evidence = DnsEvidence { ttl: Some(60), ..DnsEvidence::default() };
        [DnsAnswer { name: name(), kind: DnsType::Txt, outcome, state: DnsState::Insecure, evidence }]
    }

    fn found(texts: &[&str]) -> [DnsAnswer; 1] {
        let records = texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect();
        published(DnsOutcome::Found { aliases: Vec::new(), records })
    }

    fn lines(answers: &[DnsAnswer]) -> Vec<String> {
        let mut made = Made::default();
        made.put(Record::txt(name(), 300, "v=spf1 mx -all"), Meant::Version("v=spf1"));
        let line = |difference| match difference {
            Difference::Same(record) => format!("  {}", record.line()),
            Difference::Add(record) => format!("+ {}", record.line()),
            Difference::Remove(record) => format!("- {}", record.line()),
            Difference::Unknown(why) => format!("? {why}"),
        };
        made.differences(&Answers::new(answers)).into_iter().map(line).collect()
    }

    #[test]
    fn only_what_is_meant_for_the_same_goes() {
        let new = "+ example.org. 300 IN TXT \"v=spf1 mx -all\"";
        assert_eq!(lines(&published(DnsOutcome::NoData)), [new]);
        assert_eq!(
            lines(&found(&["site-verification=1", "V=SPF1 ~all"])),
            ["- example.org. 60 IN TXT \"V=SPF1 ~all\"", new]
        );
        assert_eq!(lines(&found(&["v=spf1 mx -all"])), ["  example.org. 300 IN TXT \"v=spf1 mx -all\""]);
    }

    #[test]
    fn what_cannot_be_told_is_no_absence() {
        let failed = lines(&published(DnsOutcome::Failed("SERVFAIL".into())));
        assert_eq!(failed[0], "? example.org: SERVFAIL");
        assert!(failed[1].starts_with("+ "));
        assert_eq!(lines(&[])[0], "? it was not asked for");
    }
}
