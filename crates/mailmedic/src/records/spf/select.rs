//! The record of a domain among its TXT records (RFC 7208 §4.4, §4.5).

use super::parse::{is_meant, is_record, parse};
use super::record::Record;
use crate::name::Name;
use crate::observation::{DnsOutcome, DnsType};
use crate::records::{Answers, Missing};

/// What a domain publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// One record.
    One {
        /// As published.
        text: String,
        /// What it says.
        record: Record,
    },
    /// None, and that is certain.
    Nothing {
        /// Whether the name does not exist at all (NXDOMAIN).
        no_name: bool,
        /// TXT records that look like one and are none.
        meant: Vec<String>,
    },
    /// Several, of which none counts: a permerror.
    Several(Vec<String>),
}

/// Returns what a domain publishes.
///
/// # Errors
/// Says why it cannot be told.
pub fn published(answers: &Answers<'_>, name: &Name) -> Result<Published, Missing> {
    let texts = answers.texts(name)?;
    let records: Vec<&str> = texts.iter().copied().filter(|text| is_record(text)).collect();
    Ok(match records.as_slice() {
        [text] => Published::One { text: (*text).to_owned(), record: parse(text) },
        [] => Published::Nothing {
            no_name: answers.known(name, DnsType::Txt).is_some_and(|seen| seen.outcome == DnsOutcome::NoName),
            meant: texts.iter().filter(|text| is_meant(text)).map(|text| (*text).to_owned()).collect(),
        },
        several => Published::Several(several.iter().map(|text| (*text).to_owned()).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::{Published, published};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::records::{Answers, Missing};

    fn told(outcome: DnsOutcome) -> Result<Published, Missing> {
        let name = Name::new("example.org").unwrap();
        let (state, evidence) = (DnsState::Insecure, DnsEvidence::default());
        let seen = [DnsAnswer { name: name.clone(), kind: DnsType::Txt, outcome, state, evidence }];
        published(&Answers::new(&seen), &name)
    }

    fn texts(texts: &[&str]) -> Published {
        let records = texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect();
        told(DnsOutcome::Found { aliases: Vec::new(), records }).unwrap()
    }

    #[test]
    fn one_record_counts_whatever_else_is_there() {
        let found = texts(&["v=spf10", "v=spf1 mx -all", "\u{96}", ""]);
        assert!(matches!(found, Published::One { text, .. } if text == "v=spf1 mx -all"));
    }

    #[test]
    fn of_several_none_counts() {
        let several = ["v=spf1 mx -all", "V=SPF1 +all"];
        assert_eq!(texts(&several), Published::Several(several.map(String::from).to_vec()));
    }

    #[test]
    fn absence_is_told_from_failure() {
        let nothing = |no_name| Published::Nothing { no_name, meant: Vec::new() };
        assert_eq!(told(DnsOutcome::NoName), Ok(nothing(true)));
        assert_eq!(told(DnsOutcome::NoData), Ok(nothing(false)));
        assert_eq!(texts(&["unrelated"]), nothing(false));
        assert!(matches!(told(DnsOutcome::Failed("SERVFAIL".into())), Err(Missing::Failed(_))));
        let looks_like_one = texts(&["v=spf1, mx"]);
        assert!(matches!(looks_like_one, Published::Nothing { meant, .. } if meant == ["v=spf1, mx"]));
    }
}
