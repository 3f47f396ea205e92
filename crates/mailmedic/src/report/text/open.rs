//! What could not be told, grouped by the reason.

use super::places::places;
use super::{Page, safe};
use crate::report::TargetReport;
use crate::words;

/// How many rules are named before they are counted.
const MOST: usize = 3;

/// Writes a line for each reason.
pub(super) fn write(out: &mut Page<'_>, target: &TargetReport) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for open in &target.unknown {
        match groups.iter_mut().find(|group| group.why == open.why) {
            Some(group) => group.add(&open.rule, &open.endpoints),
            None => groups.push(Group {
                why: &open.why,
                rules: vec![&open.rule],
                endpoints: open.endpoints.clone(),
            }),
        }
    }
    if groups.is_empty() {
        return;
    }
    out.blank();
    for group in groups {
        let what = if group.rules.len() > MOST && !out.style.verbose {
            words::count(group.rules.len() as u64, "question")
        } else {
            group.rules.join(", ")
        };
        let places = places(&group.endpoints, target);
        let at = if places.is_empty() { String::new() } else { format!(" on {places}") };
        out.hanging("could not tell: ", "  ", &safe(&format!("{what}{at}: {}", group.why)));
    }
}

struct Group<'a> {
    why: &'a str,
    rules: Vec<&'a str>,
    endpoints: Vec<String>,
}

impl<'a> Group<'a> {
    fn add(&mut self, rule: &'a str, endpoints: &[String]) {
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
        for endpoint in endpoints {
            if !self.endpoints.contains(endpoint) {
                self.endpoints.push(endpoint.clone());
            }
        }
    }
}
