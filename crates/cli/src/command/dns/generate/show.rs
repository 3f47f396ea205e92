//! How records are shown: lines of a zone file with comments, or JSON.

use mailmedic::generate::{Difference, Made, Record, zone};
use mailmedic::observation::DnsData;
use serde::Serialize;

use super::check::About;
use crate::args::Format;
use crate::command;
use crate::exit::Failure;
use crate::output::comment;

/// Writes what was made; `differences` where it was compared with what is published.
pub(super) fn page(
    made: &Made,
    differences: Option<&[Difference]>,
    about: &About<'_>,
    format: Format,
) -> Result<String, Failure> {
    match format {
        Format::Json => command::json(&Page::new(made, differences, about)),
        Format::Text => Ok(text(made, differences)),
    }
}

fn text(made: &Made, differences: Option<&[Difference]>) -> String {
    let mut out = String::new();
    // Only what is forced gets here with any.
    for objection in &made.objections {
        comment(&mut out, &format!("wrong ({}): {}", objection.rule, objection.why));
    }
    for remark in &made.remarks {
        comment(&mut out, remark);
    }
    match differences {
        Some(lines) => lines.iter().for_each(|line| difference(&mut out, line)),
        None => made.records.iter().for_each(|record| line(&mut out, "", record)),
    }
    for (index, step) in made.steps.iter().enumerate() {
        out.push('\n');
        comment(&mut out, &format!("from {}", step.from));
        // The first is above. The others must not be published together with it, so that they are no lines yet.
        if index > 0 {
            line(&mut out, "; ", &step.record);
        }
        let next = if index + 1 < made.steps.len() { "before the next step" } else { "then" };
        for condition in &step.before_next {
            comment(&mut out, &format!("{next}: {condition}"));
        }
    }
    for document in &made.documents {
        out.push('\n');
        comment(&mut out, &format!("{}: {}", document.title, document.place));
        out.push_str(&document.text);
    }
    out
}

fn difference(out: &mut String, difference: &Difference) {
    match difference {
        Difference::Same(record) => line(out, "  ", record),
        Difference::Add(record) => line(out, "+ ", record),
        Difference::Remove(record) => line(out, "- ", record),
        Difference::Unknown(why) => comment(out, &format!("what is published could not be told: {why}")),
    }
}

fn line(out: &mut String, before: &str, record: &Record) {
    out.push_str(before);
    out.push_str(&record.line());
    out.push('\n');
}

/// Everything, in JSON.
#[derive(Serialize)]
struct Page<'a> {
    schema: &'static str,
    version: &'static str,
    what: &'static str,
    domain: &'a str,
    /// The records to publish.
    records: Vec<Row>,
    /// Published records that go; none where it was not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    remove: Option<Vec<Row>>,
    /// What of DNS could not be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepRow<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<DocumentRow<'a>>,
    remarks: &'a [String],
    /// What a rule would call an error; under --force alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objections: Vec<ObjectionRow<'a>>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    ttl: u32,
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it says: of a TXT record the whole text, of others the words of a zone file.
    value: String,
    /// The line of a zone file.
    line: String,
    /// Whether it is published already; none where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<bool>,
}

#[derive(Serialize)]
struct StepRow<'a> {
    from: String,
    record: Row,
    before_next: &'a [String],
}

#[derive(Serialize)]
struct DocumentRow<'a> {
    title: &'a str,
    place: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct ObjectionRow<'a> {
    rule: &'static str,
    why: &'a str,
}

impl<'a> Page<'a> {
    fn new(made: &'a Made, differences: Option<&'a [Difference]>, about: &About<'a>) -> Self {
        let all = differences.unwrap_or_default();
        let is_same = |record: &Record| all.contains(&Difference::Same(record.clone()));
        let unknown: Vec<&str> = all
            .iter()
            .filter_map(|one| match one {
                Difference::Unknown(why) => Some(why.as_str()),
                _ => None,
            })
            .collect();
        let removed = all.iter().filter_map(|one| match one {
            Difference::Remove(record) => Some(Row::new(record, Some(true))),
            _ => None,
        });
        let compared = differences.is_some() && unknown.is_empty();
        Self {
            schema: SCHEMA,
            version: mailmedic::VERSION,
            what: about.what,
            domain: about.domain.as_ascii(),
            records: made.records.iter().map(|one| Row::new(one, compared.then(|| is_same(one)))).collect(),
            remove: differences.map(|_| removed.collect()),
            unknown,
            steps: made
                .steps
                .iter()
                .map(|step| StepRow {
                    from: step.from.to_string(),
                    record: Row::new(&step.record, None),
                    before_next: &step.before_next,
                })
                .collect(),
            documents: made
                .documents
                .iter()
                .map(|one| DocumentRow { title: &one.title, place: &one.place, text: &one.text })
                .collect(),
            remarks: &made.remarks,
            objections: made
                .objections
                .iter()
                .map(|one| ObjectionRow { rule: one.rule, why: &one.why })
                .collect(),
        }
    }
}

impl Row {
    fn new(record: &Record, published: Option<bool>) -> Self {
        Self {
            name: record.name.to_string(),
            ttl: record.ttl,
            kind: record.kind().name(),
            value: match &record.data {
                DnsData::Txt(text) => text.clone(),
                data => zone::rdata(data),
            },
            line: record.line(),
            published,
        }
    }
}

/// The word that opens the JSON.
const SCHEMA: &str = "mailmedic.generated/1";
