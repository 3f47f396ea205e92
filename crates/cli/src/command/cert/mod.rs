//! `mailmedic cert`: certificates and keys in files.

mod chain;
mod csr;
pub(super) mod files;
mod known;
mod matches;
pub(super) mod password;
mod show;
mod verify;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use mailmedic::examine::{Options, Presented, examine_files};
use mailmedic::observation::Observation;

use crate::args::{duration, resolver};
use crate::command::{check, crls, roots};
use crate::exit::{Exit, Failure};

/// Shows, verifies and matches certificates in files, builds their chain, and requests new ones.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cert {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the certificates of a file or a server as a tree: who signed whom, and where it breaks
    Show(Box<show::Show>),
    /// Say whether a server could use the certificates of a file, and who would refuse them
    Verify(Box<verify::Verify>),
    /// Build the full chain of a certificate: itself, the intermediates, no root
    Chain(Box<chain::Chain>),
    /// Say whether a private key and a certificate belong together
    Match(matches::Match),
    /// Make a key and a request for a certificate with all names that a mail domain or host needs
    Csr(Box<csr::Csr>),
}

/// Runs the verb.
pub(crate) fn run(cert: &Cert) -> Result<Exit, Failure> {
    match &cert.verb {
        Verb::Show(show) => show::run(show),
        Verb::Verify(verify) => verify::run(verify),
        Verb::Chain(chain) => chain::run(chain),
        Verb::Match(matches) => matches::run(matches),
        Verb::Csr(csr) => csr::run(csr),
    }
}

/// Which roots count, and how missing issuers are fetched: the options of verbs that only read files.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Trust")]
struct Trusting {
    /// Trust the roots in this file too, PEM or DER; may be given several times
    #[arg(long, value_name = "FILE")]
    ca_file: Vec<PathBuf>,
    /// Trust the roots of --ca-file and no others
    #[arg(long, requires = "ca_file")]
    only_ca_file: bool,
    /// Look for revoked certificates in this list too, PEM or DER; may be given several times
    #[arg(long, value_name = "FILE")]
    crl_file: Vec<PathBuf>,
    /// Contact nothing: fetch no issuer that a certificate names
    #[arg(long)]
    offline: bool,
    /// Fetch from another address for this host and port, as in curl; may be given several times
    #[arg(long, value_name = "HOST:PORT:ADDR:PORT")]
    connect_to: Vec<String>,
    /// Ask this DNS server instead of the system's; may be given several times
    #[arg(long, value_name = "IP[:PORT]", value_parser = resolver)]
    resolver: Vec<SocketAddr>,
    /// The limit of each wait: 15s, 500ms, 2m
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "20s")]
    timeout: Option<Duration>,
}

impl Trusting {
    fn options(&self) -> Result<Options, Failure> {
        let mut options = Options {
            offline: self.offline,
            only_given_roots: self.only_ca_file,
            resolvers: self.resolver.clone(),
            ..Options::default()
        };
        for text in &self.connect_to {
            let instead = text.parse().map_err(|why| Failure(format!("--connect-to \"{text}\": {why}")))?;
            options.connect_to.push(instead);
        }
        for file in &self.ca_file {
            options.roots.extend(roots::read(file)?);
        }
        for file in &self.crl_file {
            options.crls.extend(crls::read(file)?);
        }
        if !self.only_ca_file {
            options.system_roots = roots::system();
        }
        options.timeout = self.timeout.unwrap_or(options.timeout);
        Ok(options)
    }

    /// Returns the options that decide what is trusted, as words of a command.
    fn again(&self) -> Vec<String> {
        let of = |option: &'static str, files: &[PathBuf]| -> Vec<String> {
            files.iter().flat_map(|file| [option.to_owned(), file.display().to_string()]).collect()
        };
        let mut words = of("--ca-file", &self.ca_file);
        words.extend(of("--crl-file", &self.crl_file));
        words.extend(self.only_ca_file.then(|| "--only-ca-file".to_owned()));
        words
    }
}

/// Examines certificates as if a server sent them; tells whether Ctrl-C ended it early.
fn examine(presented: Presented, options: &Options) -> Result<(Observation, bool), Failure> {
    let name = presented.files.first().map(|file| file.display().to_string()).unwrap_or_default();
    let seen = check::watched(&name, async |_, stop| Ok(examine_files(presented, options, stop).await))?;
    Ok((seen.observation, seen.stopped))
}
