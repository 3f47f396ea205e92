//! `mailmedic cert show`: who signed whom, and where it breaks.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use mailmedic::bytes::Fingerprint;
use mailmedic::chain::diagnose;
use mailmedic::endpoint::Role;
use mailmedic::examine::{Options, Presented};
use mailmedic::name::Host;
use mailmedic::observation::{Depth, Observation};
use mailmedic::report::certificates::{Certificates, SCHEMA, chains, text};
use mailmedic::target::Target;

use super::password::Passwords;
use super::{chain, examine, files};
use crate::args::{Connecting, Format, Printing};
use crate::command::{self, check};
use crate::exit::{Exit, Failure};

/// Shows the certificates of a file or a server as a tree: who signed whom, where it breaks, how long each is good.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Show {
    /// A file (PEM, DER, PKCS #7, PKCS #12), or a target as of mailmedic check: mail.example.org:993, smtp://mx.example.org
    #[arg(value_name = "FILE|TARGET", required = true)]
    sources: Vec<String>,
    /// A bare name is a host, to be examined on every mail port, and no mail domain
    #[arg(long)]
    host: bool,
    /// The clock by which days are counted, such as 2026-11-21T12:00:00Z, instead of now
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    connecting: Connecting,
    #[command(flatten)]
    printing: Printing,
}

/// Runs the verb.
pub(super) fn run(show: &Show) -> Result<Exit, Failure> {
    let options = show.connecting.options(Depth::Quick)?;
    let mut report = Certificates {
        schema: SCHEMA.to_owned(),
        version: mailmedic::VERSION.to_owned(),
        now: show.now.unwrap_or_default(),
        chains: Vec::new(),
    };
    let mut stopped = false;
    for source in &show.sources {
        let (observation, was_stopped, order) = show.observe(source, &options)?;
        stopped |= was_stopped;
        let now = show.now.unwrap_or(observation.taken);
        report.now = now;
        for seen in &observation.targets {
            let mut chains = chains(seen, &diagnose(seen, now), now);
            for link in chains.iter_mut().flat_map(|chain| &mut chain.certificates) {
                // In a file the leaf may stand anywhere.
                let in_file = order.iter().position(|one| one.to_string() == link.certificate.sha256);
                link.position = in_file.map(|index| index + 1).or(link.position);
            }
            report.chains.extend(chains);
        }
    }
    let told = match show.printing.format {
        Format::Json => command::json(&report)?,
        Format::Text if report.chains.is_empty() => "No certificate was shown.\n".to_owned(),
        Format::Text => text(&report, &show.printing.style()),
    };
    show.printing.text(&told)?;
    Ok(if stopped {
        Exit::Interrupted
    } else if report.chains.is_empty() {
        Exit::NothingExamined
    } else {
        Exit::Clean
    })
}

impl Show {
    /// Reads a file, or asks a server; of a file the order of its certificates comes too.
    fn observe(
        &self,
        source: &str,
        options: &Options,
    ) -> Result<(Observation, bool, Vec<Fingerprint>), Failure> {
        let path = Path::new(source);
        if path.exists() {
            let held = files::certificates(path, &self.passwords)?;
            let order = held.certificates.iter().map(|der| Fingerprint::of(der)).collect();
            let mut certificates = held.certificates;
            // Without one leaf all are shown as they stand.
            let leaf = chain::leaf(&certificates, &held.keys).unwrap_or_default();
            certificates[..=leaf].rotate_right(1);
            let (observation, stopped) = examine(presented(vec![path.to_owned()], certificates), options)?;
            return Ok((observation, stopped, order));
        }
        let target = Target::parse(source, self.host, None).map_err(|why| {
            Failure(format!("{source:?} is neither a file that exists nor a target: {why}"))
        })?;
        let seen = check::look(vec![(source.to_owned(), target)], options)?;
        Ok((seen.observation, seen.stopped, Vec::new()))
    }
}

/// Presents certificates to nobody in particular: for what does not hang on a name.
pub(super) fn presented(files: Vec<PathBuf>, certificates: Vec<Vec<u8>>) -> Presented {
    let host = Host::Address(std::net::Ipv4Addr::UNSPECIFIED.into());
    Presented { files, certificates, host, role: Role::Access }
}

const AFTER: &str = "Examples:
  mailmedic cert show fullchain.pem
  mailmedic cert show mail.example.org:993
  mailmedic cert show mail.p12 --format json

Exit codes:
  0  certificates were shown, whatever is wrong with them
  2  something given cannot be used
  3  no server showed a certificate
  130  stopped by Ctrl-C";
