//! How a run ends: exit codes, and complaints about what the user gave.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use mailmedic::finding::Severity;
use mailmedic::report::{Report, TargetReport};

/// The exit codes, a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing at or over `--fail-on`.
    Clean = 0,
    /// Findings at or over `--fail-on`.
    Findings = 1,
    /// What the user gave cannot be used.
    Usage = 2,
    /// No endpoint of any target was reached.
    NothingExamined = 3,
    /// Stopped by Ctrl-C, as shells count it: 128 and the number of SIGINT.
    Interrupted = 130,
}

impl Exit {
    /// Tells what a report comes to; `threshold` is none under `--fail-on never`.
    pub(crate) fn of(report: &Report, threshold: Option<Severity>) -> Self {
        let mut endpoints = report.targets.iter().flat_map(|target| &target.endpoints);
        if !endpoints.any(|endpoint| endpoint.reached) {
            return Self::NothingExamined;
        }
        Self::of_examined(report, threshold)
    }

    /// Does the same for a report of the mail DNS alone.
    pub(crate) fn of_dns(report: &Report, threshold: Option<Severity>) -> Self {
        if !report.targets.iter().any(TargetReport::has_answers) {
            return Self::NothingExamined;
        }
        Self::of_examined(report, threshold)
    }

    fn of_examined(report: &Report, threshold: Option<Severity>) -> Self {
        match threshold {
            Some(severity) if report.summary.at_least(severity) > 0 => Self::Findings,
            _ => Self::Clean,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Something that the user gave and that cannot be used; a line that stands after `mailmedic: `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) String);

impl Failure {
    /// Complains about a file.
    pub(crate) fn file(path: &Path, why: impl fmt::Display) -> Self {
        Self(format!("{}: {why}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
