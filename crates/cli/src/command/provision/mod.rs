//! `mailmedic provision`: what mail programs set themselves up by, written from one description.

mod describe;
mod documents;
mod live;
mod serve;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use mailmedic::generate::DEFAULT_TTL;
use mailmedic::keyfile::PrivateKey;
use mailmedic::name::{Host, Name};
use mailmedic::provision::cms::Signer;
use mailmedic::provision::{Address, Service};

use crate::args::Connecting;
use crate::command::cert::files;
use crate::command::cert::password::Passwords;
use crate::exit::{Exit, Failure};
use crate::output;
use describe::Describing;
use documents::Document;

/// Writes what mail programs set themselves up by: Thunderbird's autoconfig, Outlook's Autodiscover, a profile for Apple's
/// devices, PACC, and SRV records, all from one description. A server name that its certificate does not have is refused:
/// every mail program would warn of it.
#[derive(Debug, Args)]
#[command(after_help = AFTER, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Provision {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// The mail domains
    #[arg(value_name = "DOMAIN", required = true)]
    domains: Vec<String>,
    #[command(flatten)]
    describing: Describing,
    /// Write for this one person, so that no program asks for what to log in with
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    email: Option<Address>,
    /// Sign Apple's profile with the private key in this file
    #[arg(long, value_name = "FILE", requires = "sign_cert")]
    sign_key: Option<PathBuf>,
    /// The certificate of that key, with its intermediates
    #[arg(long, value_name = "FILE", requires = "sign_key")]
    sign_cert: Option<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
    /// Write every document into a folder of the domain's name in this folder
    #[arg(long, value_name = "DIR", required_unless_present = "only")]
    output_dir: Option<PathBuf>,
    /// Write one document to standard output: autoconfig, autodiscover, mobileconfig, pacc or records
    #[arg(
        long,
        value_enum,
        value_name = "DOCUMENT",
        hide_possible_values = true,
        conflicts_with = "output_dir"
    )]
    only: Option<Kind>,
    /// Replace files that are there already, and write names that a certificate does not have
    #[arg(long)]
    force: bool,
    /// The time to live of the records in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=604_800), default_value_t = DEFAULT_TTL)]
    ttl: u32,
    #[command(flatten)]
    connecting: Connecting,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the documents of many domains over HTTP or HTTPS
    Serve(serve::Serve),
}

/// A document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Autoconfig,
    Autodiscover,
    Mobileconfig,
    Pacc,
    #[value(alias = "srv")]
    Records,
}

/// Runs the verb.
pub(crate) fn run(provision: &Provision) -> Result<Exit, Failure> {
    if let Some(Verb::Serve(serve)) = &provision.verb {
        return serve::run(serve);
    }
    let domains = provision.domains.iter().map(|text| domain(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some(email) = &provision.email
        && !domains.contains(email.domain())
    {
        return Err(Failure(format!("{email} is of none of the domains")));
    }
    if provision.only.is_some() && domains.len() > 1 {
        return Err(Failure("--only writes for one domain; --output-dir takes several".to_owned()));
    }
    let signer = signer(provision.sign_key.as_deref(), provision.sign_cert.as_deref(), &provision.passwords)?;
    let services = match provision.describing.services(&domains, &provision.connecting)? {
        Ok(services) => services,
        Err(exit) => return Ok(exit),
    };
    if let Err(exit) = live::check(&services, &provision.connecting, provision.force)? {
        return Ok(exit);
    }
    let mut all = Vec::new();
    for (domain, service) in &services {
        all.push((domain, provision.documents(domain, service, signer.as_ref())?));
    }
    match (&provision.only, &provision.output_dir) {
        (Some(kind), _) => one(&all, *kind),
        (None, Some(folder)) => {
            documents::write(folder, &all, provision.force)?;
            Ok(Exit::Clean)
        }
        (None, None) => Err(Failure("give --output-dir or --only".to_owned())),
    }
}

impl Provision {
    fn documents(
        &self,
        domain: &Name,
        service: &Service,
        signer: Option<&Signer>,
    ) -> Result<Vec<Document>, Failure> {
        let address = self.email.as_ref().filter(|address| address.domain() == domain);
        documents::of(domain, service, address, self.ttl, |profile| match signer {
            None => Ok(profile.into_bytes()),
            Some(signer) => signer
                .sign(profile.as_bytes(), Timestamp::now())
                .map_err(|why| Failure(format!("the profile cannot be signed: {why}"))),
        })
    }
}

/// Prints one document.
fn one(all: &[(&Name, Vec<Document>)], kind: Kind) -> Result<Exit, Failure> {
    let found = all.iter().flat_map(|(_, documents)| documents).find(|document| document.kind == kind);
    match found {
        Some(document) => {
            output::print_bytes(&document.content)?;
            Ok(Exit::Clean)
        }
        // PACC alone may be missing.
        None => Err(Failure(documents::NO_PACC.to_owned())),
    }
}

/// Reads what profiles are signed with.
fn signer(
    key: Option<&Path>,
    certificate: Option<&Path>,
    passwords: &Passwords,
) -> Result<Option<Signer>, Failure> {
    let (Some(key), Some(certificate)) = (key, certificate) else { return Ok(None) };
    let secret: PrivateKey = files::only_key(key, passwords)?;
    let chain = files::certificates(certificate, passwords)?.certificates;
    Signer::new(secret, chain).map(Some).map_err(|why| Failure::file(certificate, why))
}

fn domain(text: &str) -> Result<Name, Failure> {
    match Host::new(text) {
        Ok(Host::Name(name)) if name.as_ascii().contains('.') => Ok(name),
        Ok(_) => Err(Failure(format!("{text:?} is no mail domain"))),
        Err(why) => Err(Failure(format!("{text:?} is no mail domain: {why}"))),
    }
}

fn address(text: &str) -> Result<Address, String> {
    Address::new(text).map_err(|why| why.to_string())
}

const AFTER: &str = "Examples:
  mailmedic provision example.org --imap mail.example.org --submission mail.example.org --output-dir out
  mailmedic provision example.org --from-check --only autoconfig
  mailmedic provision serve --file services.json --listen 127.0.0.1:8080

Exit codes:
  0  it is written
  1  it was refused, since a certificate does not have the name of its server; standard error says what cures it
  2  something given cannot be used
  3  --from-check found no servers
  130  stopped by Ctrl-C";
