//! `mailmedic rule`: what the rules say, and what cures each fault.

use clap::Args;
use mailmedic::finding;
use mailmedic::report::rule::{RuleReport, Rules, SCHEMA, list, page};
use mailmedic::{rules, server};

use crate::args::{Format, Printing, no_rule};
use crate::exit::{Exit, Failure};

/// Lists the rules; or tells all about one: what, why, whom it hurts, the cure for each server, sources.
#[derive(Debug, Args)]
pub(crate) struct Rule {
    /// The rule to tell about: cert-expired
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    printing: Printing,
}

/// Runs the verb.
pub(crate) fn run(rule: &Rule) -> Result<Exit, Failure> {
    let printing = &rule.printing;
    let text = match &rule.id {
        None => {
            let rules: Vec<RuleReport> = rules::RULES.iter().map(|rule| report(rule)).collect();
            match printing.format {
                Format::Text => list(&rules, &printing.style()),
                Format::Json => super::json(&Rules {
                    schema: SCHEMA.to_owned(),
                    version: mailmedic::VERSION.to_owned(),
                    rules,
                })?,
            }
        }
        Some(id) => {
            let rule = report(rules::find(id).ok_or_else(|| no_rule(id))?);
            match printing.format {
                Format::Text => page(&rule, &printing.style()),
                Format::Json => super::json(&rule)?,
            }
        }
    };
    printing.text(&text)?;
    Ok(Exit::Clean)
}

/// Tells of a rule with its cures.
pub(crate) fn report(rule: &finding::Rule) -> RuleReport {
    let fixes = rule.change.map(server::cures_for_documentation).unwrap_or_default();
    RuleReport::new(rule, fixes)
}
