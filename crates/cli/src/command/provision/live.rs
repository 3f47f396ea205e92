//! Whether the servers have certificates for the names that mail programs would be told.

use mailmedic::certificate::Certificate;
use mailmedic::finding::Severity;
use mailmedic::generate::srv::Server;
use mailmedic::identity;
use mailmedic::known::Lists;
use mailmedic::name::Host;
use mailmedic::observation::{Depth, Examination};
use mailmedic::policy;
use mailmedic::report::TargetReport;
use mailmedic::target::Target;
use mailmedic::words;

use super::describe::Described;
use crate::args::{Connecting, Demands};
use crate::command::check;
use crate::exit::{Exit, Failure};
use crate::output;

/// Connects to every server of the services; one whose certificate lacks its name ends the run unless it is forced.
pub(super) fn check(
    services: &[Described],
    connecting: &Connecting,
    force: bool,
) -> Result<Result<(), Exit>, Failure> {
    let options = connecting.options(Depth::Quick)?;
    let mut servers: Vec<&Server> = Vec::new();
    for server in services.iter().flat_map(|(_, service)| &service.servers) {
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    if options.offline {
        output::complain(&"offline: that the certificates have the names of their servers is not looked at");
        return Ok(Ok(()));
    }
    let targets = servers.iter().map(|server| {
        let target = Target::Endpoint {
            host: Host::Name(server.host.clone()),
            port: server.port,
            protocol: server.protocol,
            security: server.security,
        };
        (format!("{}:{}", server.host, server.port), target)
    });
    let seen = check::look(targets.collect(), &options)?;
    if seen.stopped {
        return Ok(Err(Exit::Interrupted));
    }
    let verdicts: Vec<Verdict> =
        servers.iter().zip(&seen.observation.targets).map(|(server, seen)| verdict(server, seen)).collect();
    let report = check::judged(seen.observation, &DEMANDS);
    let mut is_refused = false;
    for ((server, verdict), target) in servers.iter().zip(&verdicts).zip(&report.targets) {
        match verdict {
            Verdict::Covered => tell_others(server, target),
            Verdict::Unknown => {
                output::complain(&format!(
                    "{server}: could not tell whether its certificate has this name: {}",
                    target.verdict
                ));
            }
            Verdict::Uncovered(names) => {
                is_refused = true;
                tell_uncovered(server, names, force);
            }
        }
    }
    if is_refused && !force {
        output::complain(&"refused; --force writes it all the same");
        return Ok(Err(Exit::Findings));
    }
    Ok(Ok(()))
}

/// What the certificate of a server says of its name.
enum Verdict {
    /// It has the name, at every address.
    Covered,
    /// It has these instead, at one address or more.
    Uncovered(Vec<String>),
    /// No certificate was seen.
    Unknown,
}

fn verdict(server: &Server, seen: &Examination) -> Verdict {
    let host = Host::Name(server.host.clone());
    let leaves = seen.endpoints.iter().flat_map(|endpoint| endpoint.served());
    let leaves = leaves.filter_map(|served| seen.certificates.get(served.certificates.first()?));
    let mut verdict = Verdict::Unknown;
    for leaf in leaves {
        let leaf = Certificate::read(&leaf.0);
        if !identity::covers(&leaf, &host) {
            let names = leaf.names.map(|names| names.dns).unwrap_or_default();
            return Verdict::Uncovered(names);
        }
        verdict = Verdict::Covered;
    }
    verdict
}

/// Says what is wrong and both cures.
fn tell_uncovered(server: &Server, names: &[String], force: bool) {
    let word = if force { "warning" } else { "refused" };
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| words::escape(name, 80)).collect();
    let has = if shown.is_empty() { "no name at all".to_owned() } else { words::list(&shown) };
    output::complain(&format!(
        "{word} ({server}): its certificate does not have the name {}, so that every mail program would warn; it has {has}",
        server.host
    ));
    // A wildcard is no name that programs could be told.
    if let Some(name) = shown.iter().find(|name| !name.starts_with("*.") && name.contains('.')) {
        output::complain(&format!(
            "  one cure: tell programs a name that it has, such as {name}, if that leads here too"
        ));
    }
    output::complain(&format!(
        "  {}: a certificate that has {} too: mailmedic cert csr --name {} {}--key mail.key",
        if shown.is_empty() { "the cure" } else { "the other" },
        server.host,
        server.host,
        shown
            .iter()
            .filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
            .map(|name| format!("--name {name} "))
            .collect::<String>(),
    ));
}

/// Says what else keeps people from logging in.
fn tell_others(server: &Server, target: &TargetReport) {
    for finding in target.findings.iter().filter(|finding| finding.severity == Severity::Error) {
        output::complain(&format!("warning ({server}): {} ({})", finding.title, finding.rule));
    }
}

const DEMANDS: Demands = Demands {
    policy: &policy::MAIL,
    now: None,
    select: Vec::new(),
    ignore: Vec::new(),
    fail_on: None,
    lists: Lists { logs: None, weak_keys: None },
};

/// Names of a certificate that are told.
const MOST_NAMES: usize = 8;
