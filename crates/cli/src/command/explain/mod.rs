//! `mailmedic explain`: what a message or a log means.

mod check;
mod follow;
mod logs;
mod tail;

use std::io::{self, Read as _};
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use mailmedic::explain::explain;
use mailmedic::explanation::Explanation;
use mailmedic::finding::Severity;
use mailmedic::report::explanation::message;

use crate::args::{Connecting, Format, Printing};
use crate::exit::{Exit, Failure};

/// Says what an error message or a log of mail software means: the cause, where the fault is, the cure, and the
/// command that checks it. Nothing is contacted without --check.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Explain {
    /// The message; - reads it from standard input. All of it is taken as one message
    #[arg(value_name = "TEXT", required_unless_present_any = ["log", "journal", "follow"])]
    text: Option<String>,
    /// Read these logs and group what they tell; - is standard input. What gzip or zstd packed is unpacked
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "text")]
    log: Vec<PathBuf>,
    /// Read a journal of systemd and group what it tells, from standard input or this file: as journalctl -o export,
    /// -o json or its own form write it. On a terminal journalctl is asked for what the facility mail has
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        default_missing_value = "-",
        conflicts_with_all = ["text", "log"]
    )]
    journal: Option<PathBuf>,
    /// Read what is added to a log and print each new explanation as it comes, until Ctrl-C. A file that is rotated,
    /// cut short or not there yet is waited for
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "log", "journal", "check"])]
    follow: Option<PathBuf>,
    /// Examine the servers that are named, the worst eight of a log, and say whether the fault is still there
    #[arg(long)]
    check: bool,
    /// When the log was written at the latest, such as 2026-11-21T12:00:00Z: dates without a year are the last ones
    /// before it. Else it is when the file was changed
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    connecting: Connecting,
    #[command(flatten)]
    printing: Printing,
}

/// The most of a message that is read from standard input.
const MOST: u64 = 1 << 20;

/// Runs the verb.
pub(crate) fn run(explain: &Explain) -> Result<Exit, Failure> {
    match (&explain.text, &explain.follow) {
        (Some(text), _) => one(explain, text),
        (None, Some(file)) => follow::run(explain, file),
        (None, None) => logs::run(explain),
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
    let mut seen = explain(&bytes);
    let stopped = this.check && check::check(&this.connecting, std::slice::from_mut(&mut seen))?;
    let text = match this.printing.format {
        Format::Text => message(&seen, &this.printing.style()),
        Format::Json => super::json(&seen)?,
    };
    this.printing.text(&text)?;
    Ok(if stopped { Exit::Interrupted } else { exit(std::slice::from_ref(&seen)) })
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

/// Writes an explanation as one line of JSON.
fn line(seen: &Explanation) -> Result<String, Failure> {
    serde_json::to_string(seen).map(|line| line + "\n").map_err(|why| Failure(why.to_string()))
}

const AFTER: &str = "Examples:
  mailmedic explain 'SSL_connect error to mx.example.org[192.0.2.1]:25: lost connection'
  mailmedic explain --log /var/log/mail.log /var/log/mail.log.*.gz
  journalctl -o export -u postfix@- | mailmedic explain --journal
  mailmedic explain --follow /var/log/mail.log

Exit codes:
  0  nothing that is an error
  1  an error was recognised
  2  something given cannot be used
  3  nothing was recognised in the message
  130  stopped by Ctrl-C, as --follow always is";
