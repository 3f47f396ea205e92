//! The `mailmedic` command: the only place that prints.

mod args;
mod cache;
mod command;
#[cfg(test)]
mod docs;
mod exit;
mod output;
mod progress;
mod suggest;
mod ward;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use args::Cli;
use exit::Exit;

fn main() -> ExitCode {
    log_if_asked();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader that has gone away wants no more.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Clean.into() };
        }
    };
    match command::run(&cli.command) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output::complain(&failure);
            Exit::Usage.into()
        }
    }
}

/// Writes what mailmedic itself does to stderr, if `MAILMEDIC_LOG` names a level or a filter.
fn log_if_asked() {
    if let Ok(filter) = EnvFilter::try_from_env("MAILMEDIC_LOG") {
        tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .init();
    }
}
