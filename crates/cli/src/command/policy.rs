//! `mailmedic policy`: what can be demanded, section by section, and how the grade is drawn.

use clap::Args;
use mailmedic::policy;
use mailmedic::report::policy::{Policies, PolicyPage, SCHEMA, list, page};

use crate::args::{Format, Printing, no_policy};
use crate::exit::{Exit, Failure};

/// Lists the policies; or tells what one asks, section by section, with its source.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// The policy to tell about: ncsc-nl; mail tells how the grade is drawn
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    printing: Printing,
}

/// Runs the verb.
pub(crate) fn run(policy: &Policy) -> Result<Exit, Failure> {
    let printing = &policy.printing;
    let text = match &policy.name {
        None => match printing.format {
            Format::Text => list(policy::POLICIES, &printing.style()),
            Format::Json => {
                let policies = policy::POLICIES.iter().map(|policy| PolicyPage::new(policy)).collect();
                super::json(&Policies { schema: SCHEMA, version: mailmedic::VERSION, policies })?
            }
        },
        Some(name) => {
            let policy = policy::find(name).ok_or_else(|| no_policy(name))?;
            match printing.format {
                Format::Text => page(policy, &printing.style()),
                Format::Json => super::json(&PolicyPage::new(policy))?,
            }
        }
    };
    printing.text(&text)?;
    Ok(Exit::Clean)
}
