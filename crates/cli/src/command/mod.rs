//! One file is one verb.

mod again;
mod cert;
mod check;
mod client;
pub(crate) mod crls;
mod demo;
mod dns;
mod explain;
pub(crate) mod lists;
mod policy;
mod provision;
mod replay;
pub(crate) mod roots;
pub(crate) mod rule;
mod services;
mod trust;

use clap::Subcommand;

use crate::exit::{Exit, Failure};

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Examine mail domains, hosts or ports
    Check(Box<check::Check>),
    /// Examine a ward of sick mail servers inside this program: no root, no network
    Demo(demo::Demo),
    /// Examine the mail DNS of domains: MX, DANE, MTA-STS, TLS-RPT, SPF, DKIM, DMARC and more
    Dns(Box<dns::Dns>),
    /// Write what mail programs set themselves up by: autoconfig, Autodiscover, Apple profiles, SRV; or serve it
    Provision(Box<provision::Provision>),
    /// Show, verify and match certificates in files, build their chain, request new ones
    Cert(cert::Cert),
    /// Say what an error message or a log of mail software means
    Explain(Box<explain::Explain>),
    /// List the rules, or tell all about one
    Rule(rule::Rule),
    /// List the kinds of peers that verdicts are given for, or tell all about one
    Client(client::Client),
    /// List the policies for --policy, or tell what one asks
    Policy(policy::Policy),
    /// Tell which roots the lists of mail programs trust, and who trusts one
    Trust(trust::Trust),
}

/// Does what was asked.
pub(crate) fn run(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Check(check) => check::run(check),
        Command::Demo(demo) => demo::run(demo),
        Command::Dns(dns) => dns::run(dns),
        Command::Provision(provision) => provision::run(provision),
        Command::Cert(cert) => cert::run(cert),
        Command::Explain(explain) => explain::run(explain),
        Command::Rule(rule) => rule::run(rule),
        Command::Client(client) => client::run(client),
        Command::Policy(policy) => policy::run(policy),
        Command::Trust(trust) => trust::run(trust),
    }
}

/// Writes a value as indented JSON with a line feed at the end.
fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|why| Failure(why.to_string()))?;
    Ok(text + "\n")
}
