//! The table of the names that mail clients may use.

use super::{Page, people, safe, table};
use crate::report::{ClientNameReport, TargetReport, ToldReport};
use crate::words;

/// Writes a line for each name and port, where one is not covered, where sources contradict each other, or with `verbose`;
/// below it what mends each name.
pub(super) fn write(out: &mut Page<'_>, target: &TargetReport) {
    let names = &target.client_names;
    let uncovered: Vec<&ClientNameReport> = names.iter().filter(|name| name.covered == Some(false)).collect();
    let conflict = target.findings.iter().any(|finding| finding.rule == CONFLICT);
    if names.is_empty() || !(out.style.verbose || !uncovered.is_empty() || conflict) {
        return;
    }
    out.blank();
    let rows: Vec<[String; 4]> = names.iter().map(row).collect();
    let headings = ["name for mail programs", "port", "certificate", "told by"];
    let mut text = table::rows(&headings, &rows, None);
    if table::widest(&text) > out.style.width {
        text = table::rows(&headings, &rows, Some(out.style.width));
    }
    text.lines().for_each(|line| out.line(line.trim_end()));
    let mut told: Vec<&str> = Vec::new();
    for name in uncovered {
        // Of the ports of one name the cures are the same, but for the places.
        if !told.contains(&name.name.as_str()) {
            told.push(&name.name);
            cures(out, name, names);
        }
    }
}

/// Writes both ways to mend a name, side by side.
fn cures(out: &mut Page<'_>, name: &ClientNameReport, all: &[ClientNameReport]) {
    let Some(first) = &name.cures else { return };
    let same = all.iter().filter(|other| other.name == name.name).filter_map(|other| other.cures.as_ref());
    let mut places: Vec<String> = Vec::new();
    for place in same.flat_map(|cures| &cures.change_at) {
        let place = safe(&words::escape(place.split('?').next().unwrap_or_default(), MOST_PLACE));
        if !places.contains(&place) {
            places.push(place);
        }
    }
    out.blank();
    out.wrapped("", &format!("{} is in no certificate that is served for it. Either", people(&name.name)));
    let to = first.change_to.as_deref().map_or_else(|| "a name that the certificate has".to_owned(), people);
    if places.is_empty() {
        out.wrapped(
            "  - ",
            &format!("publish {to} by SRV records and autoconfig, or remove the DNS record; or"),
        );
    } else {
        let each = words::list(&places);
        out.wrapped(
            "  - ",
            &format!("tell {to} instead, at {each} and in accounts that are set up already; or"),
        );
    }
    let names: Vec<String> = first.certificate_names.iter().map(|name| people(name)).collect();
    out.wrapped("  - ", &format!("get a certificate for {}; nothing else changes", words::list(&names)));
}

fn row(name: &ClientNameReport) -> [String; 4] {
    let mode = match (name.speaks.as_deref(), name.reached) {
        (Some("implicit"), _) => "TLS",
        (Some(_), _) => "STARTTLS",
        (None, true) => "no TLS",
        (None, false) => "no answer",
    };
    let cover = match (name.covered, &name.why) {
        (Some(true), _) => "has it".to_owned(),
        (Some(false), _) => "LACKS IT".to_owned(),
        (None, Some(_)) if !name.reached => "-".to_owned(),
        (None, why) => why.as_deref().map_or_else(|| "unknown".to_owned(), safe),
    };
    [people(&name.name), format!("{} {}, {mode}", name.port, name.protocol), cover, who(&name.told)]
}

/// Writes who tells a name, each kind of source once.
fn who(told: &[ToldReport]) -> String {
    let mut sources: Vec<&str> = Vec::new();
    for one in told {
        let word = match one.source.as_str() {
            "srv" => "SRV",
            "autodiscover" => "Autodiscover",
            "pacc" => "PACC",
            "profile" => "Apple profile",
            other => other,
        };
        if !sources.contains(&word) {
            sources.push(word);
        }
    }
    sources.join(", ")
}

/// The rule that says that sources contradict each other.
const CONFLICT: &str = "client-names-conflict";

/// The longest place that is shown.
const MOST_PLACE: usize = 200;
