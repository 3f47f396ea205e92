//! The TXT record that announces a policy (RFC 8461 §3.1).

use crate::words;

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The word that changes with the policy.
    pub id: String,
}

/// Why senders take a record for none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordFault {
    /// More than one record.
    #[error("there are {0} records, so that none counts")]
    Several(usize),
    /// The record does not begin with the version and a semicolon.
    #[error("it does not begin with \"v=STSv1;\"")]
    Version,
    /// A field is no `name=value`.
    #[error("\"{0}\" is no field of the form name=value")]
    Field(String),
    /// There is no `id`.
    #[error("it has no id")]
    NoId,
    /// The id has other characters than letters and digits, or not 1 to 32 of them.
    #[error("its id \"{0}\" is not 1 to 32 letters and digits")]
    Id(String),
}

/// Reads the record among the TXT records of its name; none of them may be meant for it.
///
/// # Errors
/// Says why senders take it for none.
pub fn read_record(texts: &[&str]) -> Result<Option<Record>, RecordFault> {
    // Records that do not begin so are left out of the count.
    let counted: Vec<&str> = texts.iter().filter(|text| begins(text)).copied().collect();
    let [text] = counted.as_slice() else {
        return match (counted.len(), texts.iter().any(|text| is_meant(text))) {
            (0, false) => Ok(None),
            (0, true) => Err(RecordFault::Version),
            (several, _) => Err(RecordFault::Several(several)),
        };
    };
    let mut id = None;
    for field in text.split(';').skip(1).map(|field| field.trim_matches([' ', '\t'])) {
        if field.is_empty() {
            continue;
        }
        let (key, value) =
            field.split_once('=').ok_or_else(|| RecordFault::Field(words::escape(field, MOST_CHARACTERS)))?;
        if key == "id" && id.is_none() {
            id = Some(value);
        }
    }
    let id = id.ok_or(RecordFault::NoId)?;
    if !(1..=32).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(RecordFault::Id(words::escape(id, MOST_CHARACTERS)));
    }
    Ok(Some(Record { id: id.to_owned() }))
}

/// Tells whether a text is meant to be such a record.
pub fn is_meant(text: &str) -> bool {
    text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("v=sts"))
}

fn begins(text: &str) -> bool {
    text.strip_prefix("v=STSv1").is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(';'))
}

/// The most of a field that is shown.
const MOST_CHARACTERS: usize = 60;

#[cfg(test)]
mod tests {
    use super::{RecordFault, read_record};

    fn id(text: &str) -> Result<Option<String>, RecordFault> {
        Ok(read_record(&[text])?.map(|record| record.id))
    }

    #[test]
    fn one_record_with_an_id_is_read() {
        for text in
            ["v=STSv1; id=20260101T0000;", "v=STSv1;id=20260101T0000", "v=STSv1 ;\tid=20260101T0000 ;x=y"]
        {
            assert_eq!(id(text), Ok(Some("20260101T0000".into())), "{text}");
        }
        let beside = ["v=spf1 -all", "v=STSv1; id=a", "v=STSv2; id=b"];
        assert_eq!(read_record(&beside).unwrap().unwrap().id, "a");
        assert_eq!(read_record(&["v=spf1 -all", ""]), Ok(None));
        assert_eq!(id("v=STSv1; id=first; id=second"), Ok(Some("first".into())));
        assert_eq!(id(&format!("v=STSv1; id={}", "a".repeat(32))).unwrap().unwrap().len(), 32);
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(read_record(&["v=STSv1; id=1", "v=STSv1; id=2"]), Err(RecordFault::Several(2)));
        for text in ["v=STSv1", "V=STSv1; id=1", "v=stsv1; id=1", "v=STSv10; id=1", " v=STSv1; id=1"] {
            assert_eq!(id(text), Err(RecordFault::Version), "{text}");
        }
        assert_eq!(id("v=STSv1;"), Err(RecordFault::NoId));
        assert_eq!(id("v=STSv1; ID=1"), Err(RecordFault::NoId));
        assert_eq!(id("v=STSv1; id"), Err(RecordFault::Field("id".into())));
        for odd in ["", "2026-01-01", "a b", "é", &"a".repeat(33)] {
            assert!(matches!(id(&format!("v=STSv1; id={odd}")), Err(RecordFault::Id(_))), "{odd}");
        }
        // A foreign text drives no terminal.
        assert_eq!(
            id("v=STSv1; id=\u{1b}[2J").unwrap_err().to_string(),
            r#"its id "\x1b[2J" is not 1 to 32 letters and digits"#
        );
    }
}
