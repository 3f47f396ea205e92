//! `mailmedic dns`: the mail DNS of domains, looked at alone.

mod list;

use std::path::PathBuf;

use clap::Args;
use mailmedic::examine::Options;
use mailmedic::observation::{Depth, TargetKind};
use mailmedic::target::Target;

use super::check::{judged, look};
use crate::args::{Connecting, Demands, Judging, Reporting};
use crate::exit::{Exit, Failure};

/// Examines the mail DNS of domains, says what is wrong and what cures it. No mail server is contacted.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(crate) struct Dns {
    /// The mail domains
    #[arg(value_name = "DOMAIN", required_unless_present = "file")]
    domains: Vec<String>,
    /// Examine the domains in this file, one a line, or - for standard input, and write a line of JSON for each as
    /// soon as it is known
    #[arg(long, short, value_name = "FILE", conflicts_with = "domains")]
    file: Option<PathBuf>,
    /// The most DNS questions under way at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    queries_at_once: Option<u16>,
    /// Ask block lists about the domain and the addresses that its mail comes from, too; depth full does so by itself
    #[arg(long)]
    lists: bool,
    #[command(flatten)]
    connecting: Connecting,
    #[command(flatten)]
    judging: Judging,
    #[command(flatten)]
    reporting: Reporting,
}

/// Runs the verb.
pub(crate) fn run(dns: &Dns) -> Result<Exit, Failure> {
    let demands = dns.judging.demands()?;
    let mut options = dns.connecting.options(demands.depth())?;
    options.look.alone = true;
    options.look.lists = dns.lists || options.depth == Depth::Full;
    if let Some(number) = dns.queries_at_once {
        options.dns_at_once = number.into();
    }
    match &dns.file {
        Some(file) => list::run(file, dns, options, &demands),
        None => some(dns, &options, &demands),
    }
}

/// Examines the domains of the command line, and reports once all are known.
fn some(dns: &Dns, options: &Options, demands: &Demands) -> Result<Exit, Failure> {
    let targets =
        dns.domains.iter().map(|text| Ok((text.clone(), target(text)?))).collect::<Result<_, _>>()?;
    let seen = look(targets, options)?;
    let report = judged(seen.observation, demands);
    dns.reporting.report(&report)?;
    Ok(if seen.stopped { Exit::Interrupted } else { Exit::of_dns(&report, demands.fail_on) })
}

/// Reads a mail domain.
fn target(text: &str) -> Result<Target, Failure> {
    match Target::parse(text, false, None) {
        Ok(target) if target.kind() == TargetKind::Domain => Ok(target),
        Ok(_) => Err(Failure(format!("{text:?} is no mail domain; mailmedic check takes hosts and ports"))),
        Err(why) => Err(Failure(format!("{text:?} is no mail domain: {why}"))),
    }
}

const AFTER: &str = "Examples:
  mailmedic dns example.org
  mailmedic dns example.org --selector s2026 --depth full
  mailmedic dns example.org --lists
  mailmedic dns -f domains.txt > reports.jsonl

Exit codes:
  0  no finding as bad as --fail-on
  1  findings as bad as --fail-on, or worse
  2  something given cannot be used
  3  no DNS question was answered
  130  stopped by Ctrl-C; what was known until then is reported";
