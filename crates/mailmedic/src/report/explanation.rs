//! Explanations of messages and logs: for the terminal.

use super::text::{Page, Style};
use crate::explanation::{At, Cause, Explanation};
use crate::words;

/// Writes what a message means.
pub fn message(seen: &Explanation, style: &Style) -> String {
    let mut out = Page::new(style);
    write(&mut out, seen);
    out.into_text()
}

/// Writes what a log comes to: its groups, and how much of it told something.
pub fn log(groups: &[Explanation], lines: u64, told: u64, left: u64, style: &Style) -> String {
    let mut out = Page::new(style);
    // What needs no action would bury the rest: every delivery with TLS is told of.
    let is_quiet = |seen: &&Explanation| seen.causes.first().is_none_or(|cause| cause.rule == "benign");
    for seen in groups.iter().filter(|seen| !is_quiet(seen)) {
        out.blank();
        write(&mut out, seen);
        let times = match (&seen.first, &seen.last) {
            (Some(first), Some(last)) if first != last => format!(", first {first}, last {last}"),
            (Some(first), _) => format!(", {first}"),
            _ => String::new(),
        };
        let peer =
            seen.peer.as_ref().map(|peer| format!(" with {}", words::escape(peer, 253))).unwrap_or_default();
        out.wrapped(
            "seen      ",
            &format!("{}{peer}{}", words::count(seen.count, "time"), words::escape(&times, 120)),
        );
    }
    out.blank();
    let kinds = words::count(groups.len() as u64, "kind");
    out.line(&format!("{} read, {told} of them tell of something: {kinds}.", words::count(lines, "line")));
    let quiet: u64 = groups.iter().filter(is_quiet).map(|seen| seen.count).sum();
    if quiet > 0 {
        out.line(&format!("Not shown, since no action is needed: {}.", words::count(quiet, "message")));
    }
    if left > 0 {
        out.line(&format!("{} more left out: too many kinds.", words::count(left, "message")));
    }
    out.into_text()
}

fn write(out: &mut Page<'_>, seen: &Explanation) {
    let Some(first) = seen.causes.first() else {
        out.wrapped("", "It is not known what this means.");
        for what in &seen.unrecognised {
            out.wrapped("but       ", what);
        }
        return;
    };
    out.wrapped("", &first.title);
    out.wrapped(
        "means     ",
        &format!("{} ({}), {}", first.rule, first.certainty.name(), first.severity.name()),
    );
    out.wrapped("where     ", place(first.at));
    out.wrapped("decided   ", &format!("\"{}\"", first.decided_by));
    if !seen.consequences.is_empty() {
        let (count, verb) = (
            words::count(seen.consequences.len() as u64, "other line"),
            if seen.consequences.len() == 1 { "follows" } else { "follow" },
        );
        out.wrapped("also      ", &format!("{count} of this text {verb} from it"));
    }
    for cause in &seen.causes[1..] {
        other(out, cause);
    }
    for fix in &first.fixes {
        let text = if fix.r#for == "any" { fix.text.clone() } else { format!("{}: {}", fix.r#for, fix.text) };
        out.wrapped("cure      ", &text);
    }
    match first.transient {
        Some(true) => _ = out.wrapped("passes    ", "by itself: it is tried again"),
        None if first.rule != "not-tls" => {
            _ = out.wrapped("passes    ", "perhaps by itself; see whether it comes again")
        }
        _ => {}
    }
    if let Some(check) = &first.check {
        out.verbatim("check     ", check);
    }
}

fn other(out: &mut Page<'_>, cause: &Cause) {
    let label = format!("{:<10}", cause.certainty.name());
    out.wrapped(&label, &format!("{}: {}", cause.rule, cause.title));
}

fn place(at: At) -> &'static str {
    match at {
        At::ThisSide => "this side: the machine, software or domain that the text is from",
        At::Peer => "the other end",
        At::Network => "between: the network, a provider, or a program that reads along",
        At::Unknown => "cannot be told from this text alone",
    }
}
