//! Where the description of a service comes from: options, a file, or what the domain shows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use mailmedic::certificate::Certificate;
use mailmedic::endpoint::{Protocol, Role, Source};
use mailmedic::generate::srv::Server;
use mailmedic::identity;
use mailmedic::name::{Host, Name};
use mailmedic::observation::{Depth, EndpointObservation, Examination};
use mailmedic::provision::file::{self, Services};
use mailmedic::provision::{LogIn, Service};
use mailmedic::target::Target;

use crate::args::Connecting;
use crate::command::check;
use crate::command::services::Services as Given;
use crate::exit::{Exit, Failure};
use crate::output;

/// What a service is.
#[derive(Debug, Args)]
pub(super) struct Describing {
    /// Take the description from this file: JSON, as docs/provision.md tells
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_check", "imap", "pop3", "submission", "sieve", "name", "short_name", "help_url", "log_in"])]
    file: Option<PathBuf>,
    /// Take the servers that examining the domain finds: those that it tells, else those that answer under usual names
    #[arg(long, conflicts_with_all = ["imap", "pop3", "submission", "sieve"])]
    from_check: bool,
    #[command(flatten)]
    given: Given,
    /// What people read: "Example Mail"; without it the domain
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The same in 20 letters
    #[arg(long, value_name = "TEXT")]
    short_name: Option<String>,
    /// A page that helps to set up a mail program
    #[arg(long, value_name = "URL")]
    help_url: Option<String>,
    /// What people log in with: address (the whole) or local-part (what stands before the @)
    #[arg(long, value_enum, value_name = "WHAT", hide_possible_values = true, default_value = "address")]
    log_in: LogInWord,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogInWord {
    Address,
    LocalPart,
}

/// A domain with its service.
pub(super) type Described = (Name, Arc<Service>);

impl Describing {
    /// Describes the service of every domain; a look that found none ends the run.
    pub(super) fn services(
        &self,
        domains: &[Name],
        connecting: &Connecting,
    ) -> Result<Result<Vec<Described>, Exit>, Failure> {
        if let Some(path) = &self.file {
            let services = read(path)?;
            let found = domains.iter().map(|domain| match services.get(domain) {
                Some(service) => Ok((domain.clone(), Arc::clone(service))),
                None => Err(Failure::file(path, format!("it does not describe {domain}"))),
            });
            return found.collect::<Result<_, _>>().map(Ok);
        }
        let mut described = Vec::new();
        if !self.from_check {
            let servers = self.given.servers()?;
            for domain in domains {
                described.push((domain.clone(), self.service(domain, servers.clone())?));
            }
            return Ok(Ok(described));
        }
        let targets =
            domains.iter().map(|domain| (domain.to_string(), Target::Domain(domain.clone()))).collect();
        let seen = check::look(targets, &connecting.options(Depth::Quick)?)?;
        if seen.stopped {
            return Ok(Err(Exit::Interrupted));
        }
        for (domain, seen) in domains.iter().zip(&seen.observation.targets) {
            let servers = found(seen);
            if servers.is_empty() {
                output::complain(&format!(
                    "{domain}: it tells mail programs of no server, and none answers under a usual name with a \
                     certificate for it; --imap and --submission name them"
                ));
                return Ok(Err(Exit::NothingExamined));
            }
            for server in &servers {
                output::complain(&format!("{domain}: found {} {server}", server.protocol.name()));
            }
            described.push((domain.clone(), self.service(domain, servers)?));
        }
        Ok(Ok(described))
    }

    fn service(&self, domain: &Name, servers: Vec<Server>) -> Result<Arc<Service>, Failure> {
        let say = |why| Failure(format!("{domain}: {why}"));
        let name = self.name.clone().unwrap_or_else(|| domain.to_unicode());
        let mut service = Service::new(&name, servers).map_err(say)?;
        if let Some(short_name) = &self.short_name {
            service.short_name.clone_from(short_name);
        }
        service.help.clone_from(&self.help_url);
        service.log_in = match self.log_in {
            LogInWord::Address => LogIn::Address,
            LogInWord::LocalPart => LogIn::LocalPart,
        };
        service.check().map_err(say)?;
        Ok(Arc::new(service))
    }
}

/// Reads a file of services.
pub(super) fn read(path: &Path) -> Result<Services, Failure> {
    let text = std::fs::read_to_string(path).map_err(|why| Failure::file(path, why))?;
    file::read(&text).map_err(|why| Failure::file(path, why))
}

/// Returns the servers that a domain tells; where it tells none, those that answer under usual names.
fn found(seen: &Examination) -> Vec<Server> {
    let told = seen.domain.iter().flat_map(|domain| &domain.told).filter_map(|told| {
        let host = Host::new(told.host.as_deref()?).ok()?.name()?.clone();
        Some(Server { protocol: told.protocol, host, port: told.port, security: told.security? })
    });
    let told = distinct(told);
    if !told.is_empty() {
        return told;
    }
    let guessed = seen.endpoints.iter().filter(|one| one.endpoint.sources.contains(&Source::Guess));
    let guessed = guessed.filter(|one| one.endpoint.role != Role::Mx && is_covered(seen, one));
    distinct(guessed.filter_map(|one| {
        let endpoint = &one.endpoint;
        let host = endpoint.host.name()?.clone();
        Some(Server { protocol: endpoint.protocol, host, port: endpoint.port, security: endpoint.security })
    }))
}

fn is_covered(seen: &Examination, one: &EndpointObservation) -> bool {
    let leaf = one.served().next().and_then(|served| seen.certificates.get(served.certificates.first()?));
    leaf.is_some_and(|leaf| identity::covers(&Certificate::read(&leaf.0), &one.endpoint.host))
}

fn distinct(servers: impl Iterator<Item = Server>) -> Vec<Server> {
    let mut all: Vec<Server> = Vec::new();
    for server in servers {
        let is_for_clients = matches!(
            server.protocol,
            Protocol::Imap | Protocol::Pop3 | Protocol::Submission | Protocol::Sieve
        );
        if is_for_clients && all.len() < MOST_SERVERS && !all.contains(&server) {
            all.push(server);
        }
    }
    all
}

/// Nobody's mail program needs more to choose from.
const MOST_SERVERS: usize = 20;
