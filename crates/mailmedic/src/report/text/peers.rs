//! Who is let in: what each kind of peer makes of each endpoint.

use super::places::places;
use super::{Page, safe};
use crate::finding::Severity;
use crate::report::{EndpointReport, PeerVerdict, TargetReport};

/// The widest first column.
const LABEL: usize = 34;

/// The width of a column of verdicts.
const CELL: usize = 6;

/// Nobody's program: it is only told where everything is.
const STRICT: &str = "strict";

/// Writes the matrix of peers and endpoints; what everybody accepts is one line.
pub(super) fn write(out: &mut Page<'_>, target: &TargetReport) {
    let verbose = out.style.verbose;
    let columns = columns(target, verbose);
    let (told, fine): (Vec<Column<'_>>, Vec<Column<'_>>) =
        columns.into_iter().partition(|column| verbose || column.is_telling());
    if told.is_empty() && fine.is_empty() {
        return;
    }
    let width = out.style.width;
    let most = width.saturating_sub(LABEL + 2).max(CELL) / CELL;
    for block in told.chunks(most.min(LETTERS.len())) {
        out.blank();
        matrix(out, block, verbose);
        for (letter, column) in LETTERS.iter().zip(block) {
            out.hanging(&format!("{letter}  "), "   ", &places(&column.ids, target));
        }
        for why in reasons(block) {
            out.hanging("?  ", "   ", &safe(why));
        }
    }
    if fine.is_empty() {
        return;
    }
    out.blank();
    let ids: Vec<String> = fine.iter().flat_map(|column| column.ids.iter().cloned()).collect();
    let open = fine.iter().any(|column| column.verdicts.iter().any(|verdict| verdict.verdict == "unknown"));
    let whom = if open { "refused by no peer, as far as could be told" } else { "accepted by all peers" };
    out.hanging(&format!("{whom}: "), "  ", &places(&ids, target));
}

fn matrix(out: &mut Page<'_>, block: &[Column<'_>], verbose: bool) {
    let rows = rows(block, verbose);
    let widest = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or_default();
    let label = widest.clamp(4, LABEL);
    let letters: Vec<String> =
        LETTERS.iter().take(block.len()).map(|letter| format!("{letter:<CELL$}")).collect();
    out.line(&format!("{:<label$}  {}", "peer", letters.concat()));
    for row in rows {
        let options = textwrap::Options::new(label).word_splitter(textwrap::WordSplitter::NoHyphenation);
        for (index, line) in textwrap::wrap(&row.label, options).into_iter().enumerate() {
            let cells = if index == 0 { cells(out, &row.cells) } else { String::new() };
            out.line(&format!("{line:<label$}  {cells}"));
        }
    }
}

fn cells(out: &Page<'_>, cells: &[&str]) -> String {
    let painted = cells.iter().map(|cell| {
        let text = match *cell {
            "NO" => out.paint(cell, Severity::Error),
            "asks" => out.paint(cell, Severity::Warning),
            other => other.to_owned(),
        };
        format!("{text}{}", " ".repeat(CELL.saturating_sub(cell.len())))
    });
    painted.collect()
}

/// Endpoints of which every peer makes the same.
struct Column<'a> {
    ids: Vec<String>,
    verdicts: Vec<&'a PeerVerdict>,
}

impl Column<'_> {
    fn is_telling(&self) -> bool {
        self.verdicts.iter().any(|verdict| matches!(verdict.verdict.as_ref(), "warn" | "reject"))
    }

    fn cell(&self, peer: &str) -> &'static str {
        match self.verdicts.iter().find(|verdict| verdict.peer == peer).map(|found| found.verdict.as_ref()) {
            Some("accept") => "ok",
            Some("warn") => "asks",
            Some("reject") => "NO",
            Some(_) => "?",
            None => "",
        }
    }
}

fn columns(target: &TargetReport, verbose: bool) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    let shown = |endpoint: &&EndpointReport| endpoint.reached && !endpoint.verdicts.is_empty();
    for endpoint in target.endpoints.iter().filter(shown) {
        let verdicts: Vec<&PeerVerdict> =
            endpoint.verdicts.iter().filter(|verdict| verbose || verdict.peer != STRICT).collect();
        let same = |column: &&mut Column<'_>| {
            column.verdicts.len() == verdicts.len()
                && column
                    .verdicts
                    .iter()
                    .zip(&verdicts)
                    .all(|(one, other)| one.peer == other.peer && one.verdict == other.verdict)
        };
        match columns.iter_mut().find(same) {
            Some(column) => column.ids.push(endpoint.id.clone()),
            None => columns.push(Column { ids: vec![endpoint.id.clone()], verdicts }),
        }
    }
    columns
}

/// Peers that all do the same.
struct Row {
    label: String,
    cells: Vec<&'static str>,
}

fn rows(block: &[Column<'_>], verbose: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut others: Vec<(String, &str)> = Vec::new();
    for (peer, name) in peers(block) {
        let cells: Vec<&'static str> = block.iter().map(|column| column.cell(peer)).collect();
        if !verbose && cells.iter().all(|cell| matches!(*cell, "ok" | "")) {
            others.push((name, peer));
            continue;
        }
        match rows.iter_mut().find(|row| row.cells == cells) {
            Some(row) => row.label.push_str(&format!(", {name}")),
            None => rows.push(Row { label: name, cells }),
        }
    }
    let label = match others.as_slice() {
        [] => return rows,
        [(only, _)] => only.clone(),
        many => format!("the other {}", many.len()),
    };
    // Nobody of them may connect to some of the endpoints.
    let cells = block
        .iter()
        .map(|column| if others.iter().any(|(_, peer)| !column.cell(peer).is_empty()) { "ok" } else { "" });
    rows.push(Row { label, cells: cells.collect() });
    rows
}

/// Returns why peers have a question mark, each reason once.
fn reasons<'a>(block: &[Column<'a>]) -> Vec<&'a str> {
    let mut reasons: Vec<&str> = Vec::new();
    for verdict in block.iter().flat_map(|column| &column.verdicts) {
        if verdict.verdict != "unknown" {
            continue;
        }
        if let Some(why) = verdict.why.as_deref().filter(|why| !reasons.contains(why)) {
            reasons.push(why);
        }
    }
    reasons
}

/// Returns the peers of all columns, each once, in an order that fits every column.
fn peers<'a>(block: &[Column<'a>]) -> Vec<(&'a str, String)> {
    let mut all: Vec<(&str, String)> = Vec::new();
    for column in block {
        let mut at = 0;
        for verdict in &column.verdicts {
            match all.iter().position(|(known, _)| *known == verdict.peer) {
                Some(position) => at = position + 1,
                None => {
                    all.insert(at, (&verdict.peer, safe(&verdict.name)));
                    at += 1;
                }
            }
        }
    }
    all
}

/// What columns are called.
const LETTERS: [char; 26] = [
    'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', 'P', 'Q', 'R', 'S', 'T', 'U',
    'V', 'W', 'X', 'Y', 'Z',
];
