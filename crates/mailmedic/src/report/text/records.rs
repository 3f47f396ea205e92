//! The overview of a domain's mail records.

use unicode_width::UnicodeWidthStr as _;

use super::{Page, safe};
use crate::report::{QuestionReport, RecordReport, TargetReport};
use crate::words;

/// Writes a line for each record or its certain absence, where nothing else was looked at or with `verbose`; with it
/// what is published, too, and every question.
pub(super) fn write(out: &mut Page<'_>, target: &TargetReport) {
    if target.records.is_empty() || !(out.style.verbose || target.endpoints.is_empty()) {
        return;
    }
    out.blank();
    let widest = target.records.iter().map(|row| label(row).width()).max().unwrap_or_default();
    let mut last = "";
    for row in &target.records {
        // What one family says of several names stands under its word.
        let label = if row.family == last { String::new() } else { label(row) };
        last = &row.family;
        let gap = " ".repeat(widest.saturating_sub(label.width()) + 2);
        out.wrapped(&format!("{label}{gap}"), &safe(&said(row)));
        let indent = " ".repeat(widest + 2);
        for line in &row.details {
            out.line(&format!("{indent}{}", words::escape(line, MOST_LINE)));
        }
        if out.style.verbose {
            for value in &row.values {
                out.hanging(&indent, &indent, &words::escape(value, MOST_VALUE));
            }
        }
    }
    if out.style.verbose {
        out.blank();
        for question in &target.questions {
            out.line(&safe(&asked(question)));
        }
    }
}

/// The longest line of a tree, and the most of a record that is shown.
const MOST_LINE: usize = 200;
const MOST_VALUE: usize = 1000;

fn label(row: &RecordReport) -> String {
    match row.family.as_str() {
        "mta-sts" => "MTA-STS".to_owned(),
        "dnssec" => "DNSSEC".to_owned(),
        other => other.to_uppercase(),
    }
}

fn said(row: &RecordReport) -> String {
    let signed = match row.dnssec.as_deref() {
        Some("secure") => " (signed)",
        Some("bogus") => " (bogus)",
        _ => "",
    };
    match (row.state.as_str(), &row.why) {
        ("unknown", Some(why)) => format!("could not tell: {}", words::escape(why, MOST_LINE)),
        ("absent", _) if row.summary.is_empty() => format!("none{signed}"),
        // What a list does not have is said in a whole sentence.
        ("absent", _) if row.family == "dnsbl" => words::escape(&row.summary, MOST_LINE),
        ("absent", _) => format!("none: {}{signed}", words::escape(&row.summary, MOST_LINE)),
        _ => format!("{}{signed}", words::escape(&row.summary, MOST_VALUE)),
    }
}

/// Writes a question with its answer, as evidence.
fn asked(question: &QuestionReport) -> String {
    let answer = match (question.answer.as_str(), &question.why) {
        ("records", _) => words::count(u64::from(question.records), "record"),
        ("no-data", _) => "no record of this type".to_owned(),
        ("no-name", _) => "no such name".to_owned(),
        (_, Some(why)) => words::escape(why, MOST_LINE),
        (other, None) => other.to_owned(),
    };
    let from = question.server.as_ref().map(|server| format!(", from {server}")).unwrap_or_default();
    let at = question.at.map(|at| format!(", {}", words::time(at))).unwrap_or_default();
    format!("{} {}: {answer}, {}{from}{at}", question.name, question.kind, question.dnssec)
}
