//! One finding: what, whom it hurts, the cure, and how to verify.

use super::places::places;
use super::{Page, safe};
use crate::finding::{Fix, Severity};
use crate::report::{FindingReport, TargetReport};

/// The column of the places in a heading.
const PLACES: usize = 31;

/// The indent of what is told of a finding.
const BODY: &str = "  ";

/// The indent of commands.
const COMMAND: &str = "          ";

/// Writes a finding; a folded one takes a line.
pub(super) fn write(out: &mut Page<'_>, finding: &FindingReport, target: &TargetReport, folded: bool) {
    let word = match finding.severity {
        Severity::Error => "ERROR",
        Severity::Warning => "WARN",
        Severity::Note => "NOTE",
    };
    let heading = format!("{word:<7}{:<22}  ", safe(&finding.rule));
    let places = places(&finding.endpoints, target);
    let title = safe(&finding.title);
    let beside = match (folded, places.is_empty()) {
        (true, true) => title,
        (true, false) => format!("{places}: {title}"),
        (false, _) => places,
    };
    let start = out.hanging(&heading, &" ".repeat(PLACES), &beside);
    let painted = out.paint(word, finding.severity);
    out.replace(start, word.len(), &painted);
    if folded {
        return;
    }
    let story = if finding.cause.is_empty() { &finding.title } else { &finding.cause };
    out.wrapped(BODY, &safe(story));
    if let Some(whom) = &finding.hurts {
        out.wrapped(&label("hurts"), &safe(whom));
    }
    // The cure of a file writes the chain itself.
    if target.kind != "file" || out.style.chain_dir.is_some() {
        chain(out, finding);
    }
    cures(out, finding, target);
    // The examination again, and the same look with a tool that every admin knows.
    let most = if out.style.verbose { finding.verify.len() } else { 2 };
    for (index, command) in finding.verify.iter().take(most).enumerate() {
        let label = label(if index == 0 { "verify" } else { "" });
        out.verbatim(&label, command);
    }
}

fn label(word: &str) -> String {
    format!("{BODY}{word:<8}")
}

fn chain(out: &mut Page<'_>, finding: &FindingReport) {
    let Some(chain) = &finding.chain else { return };
    let file = safe(&chain.file);
    match &out.style.chain_dir {
        Some(folder) => {
            out.wrapped(&label("chain"), &safe(&format!("the full chain is in {folder}/{file}")));
        }
        None => {
            out.wrapped(&label("chain"), &format!("{file}, the full chain, is written by"));
            let again = finding.verify.iter().find(|command| command.starts_with("mailmedic check "));
            let command = again.map_or("mailmedic check TARGET", String::as_str);
            out.verbatim(COMMAND, &format!("{command} --chain-dir ."));
        }
    }
}

fn cures(out: &mut Page<'_>, finding: &FindingReport, target: &TargetReport) {
    let chosen = chosen(finding, target, out.style.verbose);
    let told: Vec<&str> = chosen.iter().map(|fix| fix.for_.as_str()).collect();
    let alone = told.iter().all(|word| Some(word) == told.first());
    for (index, fix) in chosen.iter().enumerate() {
        let label = label(if index == 0 { "cure" } else { "" });
        let whom = if alone { String::new() } else { format!("{}: ", title(&fix.for_)) };
        if index > 0 {
            out.blank();
        }
        let mut first = label;
        if !fix.text.is_empty() || !whom.is_empty() {
            out.wrapped(&first, &safe(&format!("{whom}{}", fix.text)));
            first = COMMAND.to_owned();
        }
        if let Some(config) = &fix.config {
            for line in config.lines() {
                out.line(&format!("{first}  {}", safe(line)));
                first = COMMAND.to_owned();
            }
            if !fix.commands.is_empty() {
                out.line(&format!("{first}then"));
            }
        }
        for command in &fix.commands {
            out.verbatim(&first, command);
            first = COMMAND.to_owned();
        }
    }
}

/// Chooses the cures for the software that is really there, or the best one if none is for it.
fn chosen<'a>(finding: &'a FindingReport, target: &TargetReport, verbose: bool) -> Vec<&'a Fix> {
    if verbose {
        return finding.fixes.iter().collect();
    }
    let here: Vec<&str> = target
        .endpoints
        .iter()
        .filter(|endpoint| finding.endpoints.contains(&endpoint.id))
        .filter_map(|endpoint| endpoint.product.as_deref())
        .chain(["client", "dns"])
        .collect();
    let fitting: Vec<&Fix> = finding.fixes.iter().filter(|fix| here.contains(&fix.for_.as_str())).collect();
    if fitting.is_empty() { finding.fixes.iter().take(1).collect() } else { fitting }
}

/// Returns the name of a software as its makers write it, from its word in the report.
pub(in crate::report) fn title(word: &str) -> String {
    match word {
        "any" => "any server".to_owned(),
        "client" => "mail clients".to_owned(),
        "dns" => "DNS".to_owned(),
        "opensmtpd" => "OpenSMTPD".to_owned(),
        "maddy" => "maddy".to_owned(),
        "hmailserver" => "hMailServer".to_owned(),
        "microsoft365" => "Microsoft 365".to_owned(),
        _ => {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}
