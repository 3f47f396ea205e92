//! `mailmedic dns`: the mail DNS of domains, looked at alone.

mod generate;
mod list;
mod message;
mod workers;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use mailmedic::examine::Options;
use mailmedic::name::Name;
use mailmedic::observation::{Depth, TargetKind};
use mailmedic::target::Target;

use super::check::{judged, look};
use crate::args::{Connecting, Demands, Judging, Reporting};
use crate::exit::{Exit, Failure};

/// Examines the mail DNS of domains, says what is wrong and what cures it. No mail server is contacted.
#[derive(Debug, Args)]
#[command(after_help = AFTER, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Dns {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The mail domains
    #[arg(value_name = "DOMAIN", required_unless_present = "file")]
    domains: Vec<String>,
    /// Examine the domains in this file, one a line, or - for standard input, and write a line of JSON for each as
    /// soon as it is known
    #[arg(long, short, value_name = "FILE", conflicts_with = "domains")]
    file: Option<PathBuf>,
    /// Look at the DKIM keys that this message is signed with, if its signing domain is the domain or lies above or
    /// below it; - reads it from standard input. May be given several times
    #[arg(long, value_name = "FILE")]
    message: Vec<PathBuf>,
    /// The most DNS questions under way at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    queries_at_once: Option<u16>,
    /// Say what the domain's SPF record makes of mail from this address; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    ip: Vec<IpAddr>,
    /// The sender of that mail instead of postmaster at the domain; <> is the null sender of bounces
    #[arg(long, value_name = "ADDRESS", requires = "ip", value_parser = sender)]
    sender: Option<String>,
    /// The name that its server says after HELO or EHLO, which is evaluated, too
    #[arg(long, value_name = "NAME", requires = "ip", value_parser = helo)]
    helo: Option<String>,
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

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a record for a domain: SPF, DMARC, MTA-STS, TLS-RPT, TLSA, CAA, SRV, DKIM
    Generate(generate::Generate),
}

/// Runs the verb.
pub(crate) fn run(dns: &Dns) -> Result<Exit, Failure> {
    if let Some(Verb::Generate(generate)) = &dns.verb {
        return generate::run(generate);
    }
    let demands = dns.judging.demands()?;
    let mut options = dns.connecting.options(demands.depth())?;
    options.look.alone = true;
    options.look.signers = message::signers(&dns.message)?;
    options.look.senders.clone_from(&dns.ip);
    options.look.sender.clone_from(&dns.sender);
    options.look.helo.clone_from(&dns.helo);
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
        dns.domains.iter().map(|text| Ok((text.clone(), target(text)?))).collect::<Result<Vec<_>, _>>()?;
    if !dns.message.is_empty() {
        message::check(&options.look.signers, &targets)?;
    }
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

/// Reads the address of a sender, in brackets or without; an empty one is the null sender (RFC 5321 §4.5.5).
fn sender(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(text);
    if bare.is_empty() {
        return Ok(String::new());
    }
    let (_, domain) = bare.rsplit_once('@').ok_or("an address has an @")?;
    // In octets, of the whole path (RFC 5321 §4.5.3.1.3).
    if bare.len() > 254 || bare.chars().any(char::is_control) {
        return Err("it is too long, or has characters that no address has".to_owned());
    }
    Name::new(domain).map_err(|why| format!("{domain:?}: {why}"))?;
    Ok(bare.to_owned())
}

/// Reads what a server may say after HELO: any word, since SPF has to bear it.
fn helo(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.len() <= 255 && text.chars().all(|c| c.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("give the name that the server says, such as mail.example.org".to_owned())
    }
}

const AFTER: &str = "Examples:
  mailmedic dns example.org
  mailmedic dns example.org --ip 192.0.2.1 --ip 2001:db8::1
  mailmedic dns example.org --selector s2026 --depth full
  mailmedic dns example.org --message received.eml
  mailmedic dns example.org --lists
  mailmedic dns -f domains.txt > reports.jsonl
  mailmedic dns generate dmarc example.org --policy none --rua dmarc@example.org

Exit codes:
  0  no finding as bad as --fail-on
  1  findings as bad as --fail-on, or worse
  2  something given cannot be used
  3  no DNS question was answered
  130  stopped by Ctrl-C; what was known until then is reported";
