//! Explanations of messages and logs: for the terminal.

use jiff::Timestamp;

use super::text::{Page, Style};
use crate::explanation::{At, Cause, Explanation, Histogram, Outcome, Peers};
use crate::finding::{Fix, Severity};
use crate::words;

/// The indent of what stands below a label.
const BODY: &str = "          ";

/// Writes what a message means.
pub fn message(seen: &Explanation, style: &Style) -> String {
    let mut out = Page::new(style);
    write(&mut out, seen);
    out.into_text()
}

/// Writes what a log comes to: its groups, and how much of it told something.
pub fn log(groups: &[Explanation], lines: u64, told: u64, left: u64, style: &Style) -> String {
    let mut out = Page::new(style);
    let mut faults: Vec<&Explanation> = groups.iter().filter(|seen| kind(seen) == Kind::Fault).collect();
    while let Some(seen) = (!faults.is_empty()).then(|| faults.remove(0)) {
        let (alike, others) = faults.into_iter().partition(|other| is_alike(seen, other));
        faults = others;
        out.blank();
        group(&mut out, seen);
        likewise(&mut out, &alike);
    }
    scanners(&mut out, groups);
    others(&mut out, groups);
    out.blank();
    out.line(&format!("{}.", counts(groups, lines, told)));
    let quiet: u64 = groups.iter().filter(|seen| kind(seen) == Kind::Quiet).map(|seen| seen.count).sum();
    if quiet > 0 {
        out.line(&format!("Not shown, since no action is needed: {}.", words::count(quiet, "message")));
    }
    if left > 0 {
        out.line(&format!("{} more left out: too many kinds.", words::count(left, "message")));
    }
    out.into_text()
}

/// Writes a group of a log that is followed: in full when it begins, and a line each time that it has grown.
pub fn news(seen: &Explanation, style: &Style) -> String {
    let mut out = Page::new(style);
    match kind(seen) {
        Kind::Quiet => {}
        Kind::Fault if seen.count == 1 => {
            group(&mut out, seen);
            out.line("");
        }
        _ => {
            let name = seen.causes.first().map_or("", |cause| cause.rule);
            let peer = seen.peer.as_ref().map(|peer| format!(" with {}", words::escape(peer, 253)));
            let title = seen.causes.first().map_or("", |cause| &cause.title);
            let who = if seen.scanner { "scanner: " } else { "" };
            let times = if seen.count == 1 {
                String::new()
            } else {
                format!("{}, ", words::count(seen.count, "time"))
            };
            let since =
                seen.first.filter(|_| seen.count > 1).map(|first| format!(", since {}", second(first)));
            let text = format!(
                "{times}{who}{name}{}: {title}{}",
                peer.unwrap_or_default(),
                since.unwrap_or_default()
            );
            out.wrapped("", &text);
        }
    }
    out.into_text()
}

/// Writes what a log came to that was followed.
pub fn ended(groups: &[Explanation], lines: u64, told: u64) -> String {
    format!("{}.\n", counts(groups, lines, told))
}

fn counts(groups: &[Explanation], lines: u64, told: u64) -> String {
    let kinds = words::count(groups.len() as u64, "kind");
    format!("{} read, {told} of them tell of something: {kinds}", words::count(lines, "line"))
}

/// How a group is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Fault,
    Scanner,
    NotTls,
    /// What needs no action would bury the rest.
    Quiet,
}

fn kind(seen: &Explanation) -> Kind {
    match seen.causes.first().map(|cause| cause.rule) {
        Some(_) if seen.scanner => Kind::Scanner,
        Some("not-tls") => Kind::NotTls,
        None | Some("benign") => Kind::Quiet,
        Some(_) => Kind::Fault,
    }
}

fn group(out: &mut Page<'_>, seen: &Explanation) {
    write(out, seen);
    let times = match (seen.first, seen.last) {
        (Some(first), Some(last)) if first != last => {
            format!(", first {}, last {}", second(first), second(last))
        }
        (Some(first), _) => format!(", {}", second(first)),
        _ => String::new(),
    };
    let peer = match (&seen.peer, &seen.peers) {
        (Some(peer), _) => format!(" with {}", words::escape(peer, 253)),
        (None, Some(peers)) => format!(" with {}", words::count(peers.count, "peer")),
        (None, None) => String::new(),
    };
    out.wrapped("seen      ", &format!("{}{peer}{times}", words::count(seen.count, "time")));
    let histogram = seen.histogram.as_ref().filter(|histogram| histogram.counts.len() > 1 && seen.count > 1);
    if let Some(histogram) = histogram {
        out.line(&format!("when      |{}|", bars(histogram)));
        let text = format!("a bar is {}, the first {}", width(histogram.seconds), second(histogram.start));
        out.wrapped(BODY, &text);
    }
}

/// Tells whether two groups differ by their peers alone.
fn is_alike(one: &Explanation, other: &Explanation) -> bool {
    let rule = |seen: &Explanation| seen.causes.first().map(|cause| cause.rule);
    (rule(one), one.software, one.role) == (rule(other), other.software, other.role)
}

/// Writes with whom the same was met.
fn likewise(out: &mut Page<'_>, groups: &[&Explanation]) {
    let told = |seen: &&Explanation| {
        let times = words::count(seen.count, "time");
        match (&seen.peer, &seen.peers) {
            (Some(peer), _) => format!("{} ({times})", words::escape(peer, 253)),
            (None, Some(peers)) => format!("{} more ({times})", words::count(peers.count, "peer")),
            (None, None) => format!("a peer without a name ({times})"),
        }
    };
    let told: Vec<String> = groups.iter().map(told).collect();
    if !told.is_empty() {
        out.wrapped("likewise  ", &format!("with {}", words::list(&told)));
    }
    groups.iter().for_each(|seen| checked(out, seen));
}

/// Writes who fails on purpose.
fn scanners(out: &mut Page<'_>, groups: &[Explanation]) {
    let all: Vec<&Explanation> = groups.iter().filter(|seen| kind(seen) == Kind::Scanner).collect();
    if all.is_empty() {
        return;
    }
    out.blank();
    out.wrapped("", "Scanners of the internet, as far as can be told from here. This needs no action:");
    for seen in all {
        let Some(cause) = seen.causes.first() else { continue };
        let rule = if cause.rule == "benign" { "known scanners and tests" } else { cause.rule };
        let peers = seen.peers.as_ref().map(of_peers).unwrap_or_default();
        out.wrapped(BODY, &format!("{rule}: {}{peers}", words::count(seen.count, "time")));
    }
}

/// Writes how many there are, and which of them come again and again: those may be clients in the wrong mode.
fn of_peers(peers: &Peers) -> String {
    const OFTEN: u64 = 10;
    let more = if peers.more { "more than " } else { "" };
    let from = if peers.count == 1 { "address" } else { "addresses" };
    let often: Vec<String> = peers
        .most
        .iter()
        .filter(|peer| peer.count >= OFTEN)
        .map(|peer| format!("{} ({} times)", words::escape(&peer.peer, 253), peer.count))
        .collect();
    let often = if often.is_empty() {
        String::new()
    } else {
        format!("; perhaps a client in the wrong mode: {}", words::list(&often))
    };
    format!(" from {more}{} {from}{often}", peers.count)
}

/// Writes what is no TLS fault, a line each.
fn others(out: &mut Page<'_>, groups: &[Explanation]) {
    let mut all: Vec<(&str, u64)> = Vec::new();
    for seen in groups.iter().filter(|seen| kind(seen) == Kind::NotTls) {
        let cause = seen.causes.first().and_then(|cause| cause.evidence.get("cause"));
        let cause = cause.and_then(serde_json::Value::as_str).unwrap_or("other");
        match all.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, count)) => *count += seen.count,
            None => all.push((cause, seen.count)),
        }
    }
    if all.is_empty() {
        return;
    }
    all.sort_by_key(|(cause, count)| (std::cmp::Reverse(*count), *cause));
    let told: Vec<String> = all.iter().map(|(cause, count)| format!("{cause} ({count})")).collect();
    out.blank();
    out.wrapped("", &format!("No TLS problem, with how many times: {}.", told.join(", ")));
}

/// Draws bars; an empty one is a blank, and whatever is there is seen.
fn bars(histogram: &Histogram) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = histogram.counts.iter().copied().max().unwrap_or(1).max(1);
    let level = |count: u64| match count {
        0 => ' ',
        _ => LEVELS[(count * LEVELS.len() as u64).div_ceil(most).saturating_sub(1).min(7) as usize],
    };
    histogram.counts.iter().map(|count| level(*count)).collect()
}

/// Writes a width in its largest whole unit.
fn width(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units.iter().find(|(unit, _)| seconds.is_multiple_of(*unit));
    whole.map_or_else(|| words::count(seconds, "second"), |(unit, noun)| words::count(seconds / unit, noun))
}

/// Writes a time to the second.
fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
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
    for cause in seen.causes.iter().skip(1) {
        other(out, cause);
    }
    for fix in &first.fixes {
        cure(out, fix);
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
    checked(out, seen);
}

/// Writes what an examination of the peer showed.
fn checked(out: &mut Page<'_>, seen: &Explanation) {
    let Some(checked) = &seen.checked else { return };
    let severity = match checked.outcome {
        Outcome::StillThere | Outcome::Another => Severity::Error,
        Outcome::Gone | Outcome::Unknown => Severity::Note,
    };
    let start = out.wrapped("checked   ", &format!("{} just now: {}", checked.target, checked.text));
    let painted = out.paint("checked", severity);
    out.replace(start, "checked".len(), &painted);
}

fn cure(out: &mut Page<'_>, fix: &Fix) {
    let text = if fix.for_ == "any" { fix.text.clone() } else { format!("{}: {}", fix.for_, fix.text) };
    out.wrapped("cure      ", &text);
    if let Some(config) = &fix.config {
        config.lines().for_each(|line| out.verbatim("            ", line));
    }
    for command in &fix.commands {
        out.verbatim(BODY, command);
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

#[cfg(test)]
mod tests {
    use super::{bars, width};
    use crate::explanation::Histogram;

    #[test]
    fn what_is_there_is_seen() {
        let histogram =
            |counts: &[u64]| Histogram { start: Default::default(), seconds: 1, counts: counts.to_vec() };
        assert_eq!(bars(&histogram(&[0, 1, 500, 1000])), " ▁▄█");
        assert_eq!(bars(&histogram(&[1, 1])), "██");
    }

    #[test]
    fn widths_are_whole() {
        assert_eq!((width(1).as_str(), width(300).as_str()), ("1 second", "5 minutes"));
        assert_eq!((width(21_600).as_str(), width(604_800).as_str()), ("6 hours", "7 days"));
    }
}
