//! One file is one verb.

mod again;
mod check;
pub(crate) mod crls;
mod demo;
mod policy;
mod replay;
pub(crate) mod roots;
pub(crate) mod rule;

use clap::Subcommand;

use crate::exit::{Exit, Failure};

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Examine mail domains, hosts or ports
    Check(Box<check::Check>),
    /// Examine a ward of sick mail servers inside this program: no root, no network
    Demo(demo::Demo),
    /// List the rules, or tell all about one
    Rule(rule::Rule),
    /// List the policies for --policy, or tell what one asks
    Policy(policy::Policy),
}

/// Does what was asked.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(check) => check::run(check),
        Command::Demo(demo) => demo::run(demo),
        Command::Rule(rule) => rule::run(rule),
        Command::Policy(policy) => policy::run(policy),
    }
}

/// Writes a value as indented JSON with a line feed at the end.
fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|why| Failure(why.to_string()))?;
    Ok(text + "\n")
}
