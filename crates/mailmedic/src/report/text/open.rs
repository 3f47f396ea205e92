//! What could not be told, grouped by the reason.

use super::places::places;
use super::{Page, safe};
use crate::report::{TargetReport, UnknownReport};
use crate::words;

/// How many rules are named before they are counted.
const MOST_RULES: usize = 3;

/// How many reasons are told before they are counted.
const MOST_REASONS: usize = 6;

/// Writes a line for each reason. What follows from an endpoint that shows no TLS at all is only counted,
/// unless everything is wanted.
pub(super) fn write(out: &mut Page<'_>, target: &TargetReport) {
    let verbose = out.style.verbose;
    let (plain, moot): (Vec<&UnknownReport>, Vec<&UnknownReport>) =
        target.unknown.iter().partition(|open| verbose || !is_moot(open, target));
    let moot: Vec<&UnknownReport> = moot.into_iter().filter(|open| !target.is_moot(open)).collect();
    if plain.is_empty() && moot.is_empty() {
        return;
    }
    out.blank();
    let groups = group(&plain);
    let most = if verbose { groups.len() } else { MOST_REASONS };
    for group in groups.iter().take(most) {
        let what = if group.rules.len() > MOST_RULES && !verbose {
            words::count(group.rules.len() as u64, "question")
        } else {
            group.rules.join(", ")
        };
        tell(out, &format!("{what}{}: {}", at(&group.endpoints, target), group.why));
    }
    let rest: usize = groups.iter().skip(most).map(|group| group.rules.len()).sum();
    if rest > 0 {
        tell(out, &format!("{} for other reasons (--verbose lists them)", more(rest)));
    }
    if !moot.is_empty() {
        let mut endpoints: Vec<String> = Vec::new();
        for open in &moot {
            add(&mut endpoints, &open.endpoints);
        }
        let why = if target.endpoints.iter().any(|endpoint| endpoint.reached) {
            "TLS was not reached"
        } else {
            "nothing was reached"
        };
        let questions = words::count(moot.len() as u64, "question");
        tell(out, &format!("{questions}{}: {why} (--verbose lists them)", at(&endpoints, target)));
    }
}

/// Tells whether a question is open only because nothing of TLS was seen where it was asked.
fn is_moot(open: &UnknownReport, target: &TargetReport) -> bool {
    let shows_tls =
        |id: &String| target.endpoints.iter().any(|endpoint| endpoint.id == *id && endpoint.speaks.is_some());
    let reached = target.endpoints.iter().any(|endpoint| endpoint.reached);
    // Of certificates in files nobody expects a connection.
    target.kind != "file"
        && !target.endpoints.is_empty()
        && (!reached || (!open.endpoints.is_empty() && !open.endpoints.iter().any(shows_tls)))
}

fn tell(out: &mut Page<'_>, text: &str) {
    out.hanging("could not tell: ", "  ", &safe(text));
}

fn at(endpoints: &[String], target: &TargetReport) -> String {
    let places = places(endpoints, target);
    if places.is_empty() { String::new() } else { format!(" on {places}") }
}

fn more(number: usize) -> String {
    if number == 1 { "1 more question".to_owned() } else { format!("{number} more questions") }
}

fn group<'a>(open: &[&'a UnknownReport]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for open in open {
        match groups.iter_mut().find(|group| group.why == open.why) {
            Some(group) => {
                if !group.rules.contains(&open.rule.as_ref()) {
                    group.rules.push(&open.rule);
                }
                add(&mut group.endpoints, &open.endpoints);
            }
            None => groups.push(Group {
                why: &open.why,
                rules: vec![&open.rule],
                endpoints: open.endpoints.clone(),
            }),
        }
    }
    groups
}

fn add(known: &mut Vec<String>, new: &[String]) {
    for endpoint in new {
        if !known.contains(endpoint) {
            known.push(endpoint.clone());
        }
    }
}

struct Group<'a> {
    why: &'a str,
    rules: Vec<&'a str>,
    endpoints: Vec<String>,
}
