//! The tree of a record, drawn: one line a term, with counts.

use super::tree::{Branch, Doubt, Found, Sender, Step, Tally, Tree, Void};
use crate::words;

/// Draws a tree.
pub fn draw(tree: &Tree) -> Vec<String> {
    let mut drawing = Drawing { lines: Vec::new(), left_out: 0 };
    drawing.branch(&tree.root, "");
    if drawing.left_out > 0 {
        drawing.lines.push(format!("and {} more", words::count(drawing.left_out, "line")));
    }
    drawing.lines
}

struct Drawing {
    lines: Vec<String>,
    left_out: u64,
}

impl Drawing {
    fn branch(&mut self, branch: &Branch, indent: &str) {
        let faults = branch.record().map_or(&[][..], |(_, record)| &record.faults);
        let count = branch.steps.len() + faults.len();
        let joint = |index: usize| if index + 1 == count { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        for (index, step) in branch.steps.iter().enumerate() {
            let (here, below) = joint(index);
            let term = words::escape(&step.text, MOST_OF_A_TERM);
            let notes = notes(step);
            let gap = if notes.is_empty() { "" } else { "  " };
            self.line(format!("{indent}{here}{term}{gap}{notes}"));
            if let Some(next) = &step.branch {
                self.branch(next, &format!("{indent}{below}"));
            }
        }
        for (index, fault) in faults.iter().enumerate() {
            let (here, _) = joint(branch.steps.len() + index);
            self.line(format!("{indent}{here}permerror: {fault}"));
        }
    }

    fn line(&mut self, line: String) {
        if self.lines.len() < MOST_LINES {
            self.lines.push(line);
        } else {
            self.left_out += 1;
        }
    }
}

/// Says what comes of a term.
fn notes(step: &Step) -> String {
    if !step.is_live {
        return "never come to".to_owned();
    }
    let mut notes = Vec::new();
    if step.counts {
        notes.push(lookups(&step.tally(Sender::Ipv4)));
    }
    if let Some(branch) = &step.branch {
        notes.extend(found(&branch.found));
        notes.extend(voids_of(step));
    } else {
        if step.counts && !step.addresses.is_empty() {
            let addresses: Vec<String> = step.addresses.iter().map(ToString::to_string).collect();
            notes.push(words::list(&addresses));
        }
        notes.extend(step.voids.iter().map(void));
    }
    notes.extend(step.fault.clone());
    notes.extend(step.doubt.as_ref().map(|doubt| match doubt {
        Doubt::Varies => "hangs on the client".to_owned(),
        Doubt::Cut => "not looked up, the tree is too large".to_owned(),
        Doubt::Unknown(why) => format!("could not tell: {}", words::escape(why, MOST_OF_A_TERM)),
    }));
    notes.join("; ")
}

/// Says how many look-ups there are: `at least 4 look-ups`.
fn lookups(tally: &Tally<'_>) -> String {
    let least = if tally.is_least || tally.is_endless { "at least " } else { "" };
    format!("{least}{}", words::count(tally.lookups as u64, "look-up"))
}

/// Says how many questions of a record below were answered with nothing, if any.
fn voids_of(step: &Step) -> Option<String> {
    let [v4, v6] = Sender::BOTH.map(|family| step.tally(family).voids.len());
    match (v4, v6) {
        (0, 0) => None,
        (v4, v6) if v4 == v6 => Some(words::count(v4 as u64, "void")),
        (v4, v6) => Some(format!("{} by IPv4 and {v6} by IPv6", words::count(v4 as u64, "void"))),
    }
}

/// Says what was answered with nothing: `void: no AAAA record of x.example.org`.
pub(super) fn void(void: &Void) -> String {
    if void.no_name {
        format!("void: {} does not exist ({})", void.name, void.kind.name())
    } else {
        format!("void: no {} record of {}", void.kind.name(), void.name)
    }
}

fn found(found: &Found) -> Option<String> {
    Some(match found {
        Found::Record { .. } => return None,
        Found::Nothing { no_name: true, .. } => "permerror: no such name".to_owned(),
        Found::Nothing { no_name: false, .. } => "permerror: no SPF record there".to_owned(),
        Found::Several(texts) => format!("permerror: {} SPF records there", texts.len()),
        Found::Unknown(why) => format!("could not tell: {}", words::escape(why, MOST_OF_A_TERM)),
        Found::Varies => "which record hangs on the client".to_owned(),
        Found::NoName => "permerror: no DNS name".to_owned(),
        Found::Cycle(ring) => format!("permerror: it leads back to itself: {}", ring.join(" > ")),
        Found::Cut => "not looked at, the tree is too large".to_owned(),
    })
}

/// Of a term, in characters.
const MOST_OF_A_TERM: usize = 100;

/// Lines of a drawing; those of honest records have a few dozen.
const MOST_LINES: usize = 200;
