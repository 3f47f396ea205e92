//! Runs the binary as a user would: arguments in, text and exit code out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod cert;
mod dns;
mod explain;
mod generate;
mod live;
mod provision;
mod replay;
mod trust;
mod usage;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The binary with an empty environment.
fn mailmedic(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
    command.env_clear().args(args);
    command
}

/// What a run came to.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn run(args: &[&str]) -> Run {
    mailmedic(args).output().unwrap().into()
}

/// An observation of the corpus.
fn observation(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/observations").join(name)
}
