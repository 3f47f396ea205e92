//! `mailmedic explain`: what a message or a log means.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use clap::Args;
use mailmedic::explain::explain;
use mailmedic::explain::log::{Log, MOST_LINE};
use mailmedic::explanation::Explanation;
use mailmedic::finding::Severity;
use mailmedic::report::explanation::{log, message};

use crate::args::{Format, Printing};
use crate::exit::{Exit, Failure};

/// Says what an error message or a log of mail software means: the cause, where the fault is, the cure, and the
/// command that checks it. Nothing is contacted.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing that is an error, 1 an error was recognised, 3 nothing was recognised."
)]
pub(crate) struct Explain {
    /// The message; - reads it from standard input. All of it is taken as one message
    #[arg(value_name = "TEXT", required_unless_present = "log")]
    text: Option<String>,
    /// Read these logs line by line and group what they tell; - is standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "text")]
    log: Vec<PathBuf>,
    #[command(flatten)]
    printing: Printing,
}

/// The most of a message that is read from standard input.
const MOST: u64 = 1 << 20;

/// How files begin that are packed, and what unpacks them.
const PACKED: [(&[u8], &str); 4] =
    [(b"\x1f\x8b", "zcat"), (b"\x28\xb5\x2f\xfd", "zstdcat"), (b"\xfd7zXZ", "xzcat"), (b"BZh", "bzcat")];

/// Runs the verb.
pub(crate) fn run(explain: &Explain) -> Result<Exit, Failure> {
    match &explain.text {
        Some(text) => one(explain, text),
        None => logs(explain),
    }
}

fn one(this: &Explain, text: &str) -> Result<Exit, Failure> {
    let mut bytes = text.as_bytes().to_vec();
    if text == "-" {
        bytes.clear();
        let read = io::stdin().lock().take(MOST).read_to_end(&mut bytes);
        read.map_err(|why| Failure(format!("standard input: {why}")))?;
    }
    if bytes.trim_ascii().is_empty() {
        return Err(Failure(
            "there is no message to explain; give its text, or - and the text by standard input".to_owned(),
        ));
    }
    let seen = explain(&bytes);
    let text = match this.printing.format {
        Format::Text => message(&seen, &this.printing.style()),
        Format::Json => super::json(&seen)?,
    };
    this.printing.text(&text)?;
    Ok(exit(std::slice::from_ref(&seen)))
}

fn logs(this: &Explain) -> Result<Exit, Failure> {
    let mut all = Log::default();
    for path in &this.log {
        let read = if path.as_os_str() == "-" {
            feed(&mut all, &mut io::stdin().lock())
        } else {
            File::open(path)
                .map_err(Trouble::Io)
                .and_then(|file| feed(&mut all, &mut BufReader::with_capacity(1 << 18, file)))
        };
        read.map_err(|why| match why {
            Trouble::Io(why) => Failure::file(path, why),
            Trouble::Packed(tool) => Failure(format!(
                "{0} is packed; unpack it on the way: {tool} {0} | mailmedic explain --log -",
                path.display()
            )),
        })?;
    }
    let summary = all.finish();
    let text = match this.printing.format {
        Format::Text => {
            log(&summary.groups, summary.lines, summary.told, summary.left, &this.printing.style())
        }
        Format::Json => {
            let lines: Result<Vec<String>, _> = summary.groups.iter().map(serde_json::to_string).collect();
            let lines = lines.map_err(|why| Failure(why.to_string()))?;
            lines.iter().map(|line| format!("{line}\n")).collect()
        }
    };
    this.printing.text(&text)?;
    // A log with nothing to tell was examined all the same.
    Ok(if summary.groups.is_empty() && summary.lines > 0 { Exit::Clean } else { exit(&summary.groups) })
}

enum Trouble {
    Io(io::Error),
    Packed(&'static str),
}

impl From<io::Error> for Trouble {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

/// Feeds the lines of a log; of a line that is too long only the start is kept.
fn feed(log: &mut Log, from: &mut impl BufRead) -> Result<(), Trouble> {
    let start = from.fill_buf()?;
    if let Some((_, tool)) = PACKED.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Err(Trouble::Packed(tool));
    }
    let mut line = Vec::new();
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        line.extend_from_slice(&part[..part.len().min(MOST_LINE - line.len())]);
        let used = part.len() + usize::from(end.is_some());
        from.consume(used);
        if end.is_some() {
            log.line(&line);
            line.clear();
        }
    }
    if !line.is_empty() {
        log.line(&line);
    }
    Ok(())
}

fn exit(seen: &[Explanation]) -> Exit {
    let firsts: Vec<_> = seen.iter().filter_map(|seen| seen.causes.first()).collect();
    if firsts.is_empty() {
        Exit::NothingExamined
    } else if firsts.iter().any(|cause| cause.severity == Severity::Error) {
        Exit::Findings
    } else {
        Exit::Clean
    }
}
