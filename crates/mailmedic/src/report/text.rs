//! The report for people: the answer first, then what is wrong and what cures it.

mod finding;
mod listing;
mod names;
mod open;
mod page;
mod peers;
mod places;
mod records;
mod table;

use std::collections::BTreeSet;

pub(super) use finding::title;
pub(super) use page::Page;

use super::{PolicyReport, Report, TargetReport};
use crate::finding::Severity;
use crate::name::Host;
use crate::words;

/// How the report is to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colours.
    pub colour: bool,
    /// The width to wrap text to, in columns; commands are never wrapped.
    pub width: usize,
    /// Whether to tell every cure, every open question, and how full listings went.
    pub verbose: bool,
    /// The folder that full chains were written to, if they were.
    pub chain_dir: Option<String>,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 80, verbose: false, chain_dir: None }
    }
}

/// Writes the report as text.
pub fn render(report: &Report, style: &Style) -> String {
    let targets: Vec<String> = report.targets.iter().map(|one| target(one, report, style)).collect();
    targets.join("\n\n")
}

/// Tells whether a terminal might obey a character instead of showing it, or show text in another order.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Makes a text harmless that may hold foreign text, and leaves all that is only unusual.
pub(super) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            _ if !is_unsafe(c) => safe.push(c),
            '\n' => safe.push(' '),
            _ if (c as u32) < 0x80 => safe.push_str(&format!("\\x{:02x}", c as u32)),
            _ => safe.push_str(&format!("\\u{{{:x}}}", c as u32)),
        }
    }
    safe
}

fn target(report: &TargetReport, whole: &Report, style: &Style) -> String {
    let mut out = Page::new(style);
    let name = people(&report.input);
    out.wrapped("", &format!("{name}: {}", safe(&report.verdict)));
    if report.kind == "file" {
        out.wrapped("", &as_if(report));
    } else if report.endpoints.is_empty() && !report.questions.is_empty() {
        out.line(&format!(
            "{}, {}",
            words::count(report.questions.len() as u64, "question"),
            seconds(report)
        ));
    } else {
        out.line(&counts(report));
    }
    if let Some(grade) = &report.grade {
        out.wrapped("", &graded(grade, &report.grade_because));
    }
    if let Some(policy) = &report.policy {
        out.wrapped("", &compliance(policy));
    }
    for (unicode, ascii) in translated(report) {
        out.wrapped("", &format!("{unicode} is {ascii} in DNS and in certificates"));
    }
    let mut after_folded = false;
    for finding in &report.findings {
        let folded = finding.severity == Severity::Note && !style.verbose;
        // Folded ones stand line under line.
        if !(folded && after_folded) {
            out.blank();
        }
        finding::write(&mut out, finding, report, folded);
        after_folded = folded;
    }
    if report.kind == "file" {
        out.blank();
        table::certificates(&mut out, report, whole.now);
        peers::write(&mut out, report);
    } else if !report.endpoints.is_empty() {
        out.blank();
        table::write(&mut out, report, whole.now);
        peers::write(&mut out, report);
        if style.verbose {
            listing::write(&mut out, report);
        }
    }
    names::write(&mut out, report);
    records::write(&mut out, report);
    open::write(&mut out, report);
    out.into_text()
}

/// Writes how much was looked at, and how long it took.
fn counts(report: &TargetReport) -> String {
    let hosts: BTreeSet<&str> = report.endpoints.iter().map(|endpoint| endpoint.host.as_str()).collect();
    format!(
        "{}, {}, {}, {}",
        words::count(hosts.len() as u64, "host"),
        words::count(report.endpoints.len() as u64, "endpoint"),
        words::count(u64::from(report.connections), "connection"),
        seconds(report),
    )
}

fn seconds(report: &TargetReport) -> String {
    format!("{}.{} s", report.millis / 1000, report.millis % 1000 / 100)
}

/// Writes how many certificates a file holds, and in whose place they were judged.
fn as_if(report: &TargetReport) -> String {
    let number = words::count(report.certificates.len() as u64, "certificate");
    let Some(endpoint) = report.endpoints.first() else { return number };
    let host = people(&endpoint.host);
    let whom = match endpoint.role.as_str() {
        "mx" => "other mail servers",
        "submission" => "programs that send mail",
        _ => "programs that read mail",
    };
    let them = if report.certificates.len() == 1 { "it" } else { "them in this order" };
    format!("{number}, judged as if {host} sent {them} to {whom}")
}

/// Tells the grade, and what decides it.
fn graded(grade: &str, because: &[String]) -> String {
    if because.is_empty() {
        format!("grade {grade}")
    } else {
        format!("grade {grade}: {}", words::list(because))
    }
}

/// Tells how a target fares under a policy.
fn compliance(policy: &PolicyReport) -> String {
    let all = policy.requirements.len() as u64;
    let mut told = vec![format!("{} of {} met", policy.met, words::count(all, "requirement"))];
    for (number, what) in [
        (policy.unmet, "not met"),
        (policy.unknown, "could not be told"),
        (policy.not_applicable, "not applicable"),
    ] {
        if number > 0 {
            told.push(format!("{number} {what}"));
        }
    }
    format!("{}: {}", policy.title, told.join(", "))
}

/// Lists the names that people read otherwise than machines do, in both forms.
fn translated(report: &TargetReport) -> Vec<(String, String)> {
    let input = Host::new(&report.input).ok().map(|host| host.to_string());
    let hosts = report.endpoints.iter().map(|endpoint| endpoint.host.clone());
    let mut names: Vec<(String, String)> = Vec::new();
    for ascii in input.into_iter().chain(hosts) {
        let unicode = people(&ascii);
        if unicode != ascii && !names.iter().any(|(_, known)| *known == ascii) {
            names.push((unicode, ascii));
        }
    }
    names
}

/// Writes a host as people read it; anything else as it was typed.
fn people(host: &str) -> String {
    let unicode = Host::new(host).map_or_else(|_| host.to_owned(), |host| host.to_unicode());
    words::escape(&unicode, 300)
}
