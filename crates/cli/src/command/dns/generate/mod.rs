//! `mailmedic dns generate`: records for a mail domain: made, checked, and compared with what is published.

mod ask;
mod caa;
mod check;
mod dkim;
mod dmarc;
mod mta_sts;
mod show;
mod spf;
mod srv;
mod tls_rpt;
mod tlsa;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use mailmedic::dns::Anchors;
use mailmedic::examine::Options;
use mailmedic::generate::{DEFAULT_TTL, Difference, Made};
use mailmedic::name::{Host, Name, NameError};
use mailmedic::words;

use crate::args::{Printing, duration, resolver};
use crate::exit::{Exit, Failure};
use crate::output;
use ask::Asker;
use check::About;

/// Makes records for a domain in the words of a zone file. What mailmedic's own rules would call an error is refused, with
/// the reason; nothing is published.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true, after_help = AFTER)]
pub(crate) struct Generate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make the SPF record of a domain out of what is published and what is to be added, and count its look-ups
    Spf(Box<spf::Spf>),
    /// Make the DMARC record of a domain, or a plan from p=none to p=reject with dates
    Dmarc(Box<dmarc::Dmarc>),
    /// Make an MTA-STS policy, its record, and the configuration of a web server that serves it
    MtaSts(Box<mta_sts::MtaSts>),
    /// Make the record that asks senders for reports on TLS
    TlsRpt(Box<tls_rpt::TlsRpt>),
    /// Make the TLSA records of a mail server from what it serves, from a certificate or from keys
    Tlsa(Box<tlsa::Tlsa>),
    /// Make the records that say which CAs may issue certificates, from the CA in use or by name
    Caa(Box<caa::Caa>),
    /// Make the SRV records by which mail clients find their servers
    Srv(Box<srv::Srv>),
    /// Make a DKIM key and its record
    Dkim(Box<dkim::Dkim>),
}

/// Runs the verb.
pub(super) fn run(generate: &Generate) -> Result<Exit, Failure> {
    match &generate.what {
        What::Spf(spf) => spf::run(spf),
        What::Dmarc(dmarc) => dmarc::run(dmarc),
        What::MtaSts(mta_sts) => mta_sts::run(mta_sts),
        What::TlsRpt(tls_rpt) => tls_rpt::run(tls_rpt),
        What::Tlsa(tlsa) => tlsa::run(tlsa),
        What::Caa(caa) => caa::run(caa),
        What::Srv(srv) => srv::run(srv),
        What::Dkim(dkim) => dkim::run(dkim),
    }
}

/// What every kind of record takes.
#[derive(Debug, Args)]
struct Making {
    /// Compare with what is published now: lines with + are to be added, lines with - to be taken away
    #[arg(long)]
    diff: bool,
    /// Write even what is wrong, and do not ask the rules
    #[arg(long)]
    force: bool,
    /// The time to live of the records in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=604_800), default_value_t = DEFAULT_TTL)]
    ttl: u32,
    #[command(flatten)]
    printing: Printing,
}

/// Whom to ask: the options of what needs DNS and nothing else.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Connecting")]
struct Asking {
    /// Ask this DNS server instead of the system's; may be given several times
    #[arg(long, value_name = "IP[:PORT]", value_parser = resolver)]
    resolver: Vec<SocketAddr>,
    /// Validate DNSSEC from the DS or DNSKEY records in this file instead of the root's
    #[arg(long, value_name = "FILE")]
    dnssec_anchor: Option<PathBuf>,
    /// The limit of each wait: 15s, 500ms, 2m
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5s")]
    timeout: Option<Duration>,
}

impl Asking {
    fn options(&self) -> Result<Options, Failure> {
        let mut options = Options { resolvers: self.resolver.clone(), ..Options::default() };
        if let Some(file) = &self.dnssec_anchor {
            let text = std::fs::read_to_string(file).map_err(|why| Failure::file(file, why))?;
            options.dnssec_anchors = Some(Anchors::parse(&text).map_err(|why| Failure::file(file, why))?);
        }
        options.timeout = self.timeout.unwrap_or(options.timeout);
        Ok(options)
    }

    fn asker(&self) -> Result<Asker, Failure> {
        Asker::new(&self.options()?)
    }
}

/// Checks what was made, and prints it, or says why not.
fn finish(making: &Making, asker: &mut Asker, mut made: Made, about: &About<'_>) -> Result<Exit, Failure> {
    if is_refused(making, asker, &mut made, about) {
        Ok(Exit::Findings)
    } else {
        show(making, asker, &made, about)
    }
}

/// Checks what was made, and says why it is refused, if it is.
fn is_refused(making: &Making, asker: &mut Asker, made: &mut Made, about: &About<'_>) -> bool {
    if making.force {
        return false;
    }
    check::judge(asker, made, about);
    for objection in &made.objections {
        output::complain(&format!("refused ({}): {}", objection.rule, objection.why));
    }
    if made.objections.is_empty() {
        return false;
    }
    output::complain(&"--force writes it all the same");
    true
}

/// Prints what was made, compared with what is published if that is wished for.
fn show(making: &Making, asker: &mut Asker, made: &Made, about: &About<'_>) -> Result<Exit, Failure> {
    let differences = making.diff.then(|| {
        asker.ask(made.places.iter().map(|place| (place.name.clone(), place.kind)).collect());
        made.differences(&asker.answers())
    });
    making.printing.text(&show::page(made, differences.as_deref(), about, making.printing.format)?)?;
    let is_open = |one: &Difference| matches!(one, Difference::Unknown(_));
    Ok(if differences.iter().flatten().any(is_open) { Exit::NothingExamined } else { Exit::Clean })
}

/// Reads a domain.
fn domain(text: &str) -> Result<Name, Failure> {
    match Host::new(text) {
        Ok(Host::Name(name)) if name.as_ascii().contains('.') => Ok(name),
        Ok(_) => Err(Failure(format!("{text:?} is no domain name"))),
        Err(why) => Err(Failure(format!("{text:?} is no domain name: {why}"))),
    }
}

/// Complains about a domain whose records would have too long a name.
fn too_long(domain: &Name) -> impl FnOnce(NameError) -> Failure + '_ {
    move |why| {
        Failure(format!("{}: the name of its record cannot be: {why}", words::escape(domain.as_ascii(), 253)))
    }
}

/// The day of today in UTC.
fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

const AFTER: &str = "Examples:
  mailmedic dns generate spf example.org --include _spf.example.net --diff
  mailmedic dns generate dmarc example.org --plan --rua dmarc@example.org
  mailmedic dns generate mta-sts example.org --mode testing
  mailmedic dns generate tlsa mail.example.org --next next.key
  mailmedic dns generate dkim example.org --selector s2026 --key s2026.key

Exit codes:
  0  it is written
  1  it was refused, since a rule would call it an error; standard error says why
  2  something given cannot be used
  3  what is published, or served, could not be told";
