//! What the command line takes, and what becomes of it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use jiff::Timestamp;
use mailmedic::client;
use mailmedic::dns::Anchors;
use mailmedic::examine::Options;
use mailmedic::finding::Severity;
use mailmedic::known::Lists;
use mailmedic::name::Name;
use mailmedic::observation::Depth;
use mailmedic::policy::{self, Policy};
use mailmedic::reach::{Families, Keeps};
use mailmedic::rules;
use mailmedic::target::{Service, Target};

use crate::cache::{self, Cache};
use crate::command::Command;
use crate::exit::Failure;
use crate::suggest::suggest;
use crate::{command, output};

/// Examines mail servers, names every TLS and certificate fault, and says what cures it.
#[derive(Debug, Parser)]
#[command(
    name = "mailmedic",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Set MAILMEDIC_LOG=debug to see on stderr what mailmedic itself does."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where and how to connect: the options of every verb that probes.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Connecting")]
pub(crate) struct Connecting {
    /// Ask this DNS server instead of the system's; may be given several times
    #[arg(long, value_name = "IP[:PORT]", value_parser = resolver)]
    resolver: Vec<SocketAddr>,
    /// Validate DNSSEC from the DS or DNSKEY records in this file instead of the root's
    #[arg(long, value_name = "FILE")]
    dnssec_anchor: Option<PathBuf>,
    /// Connect to another address for this host and port, as in curl; may be given several times
    #[arg(long, value_name = "HOST:PORT:ADDR:PORT")]
    connect_to: Vec<String>,
    /// Send this server name (SNI) and judge the certificate by it, instead of the host's
    #[arg(long, value_name = "NAME", conflicts_with = "no_sni")]
    servername: Option<String>,
    /// Send no server name
    #[arg(long)]
    no_sni: bool,
    /// The name to give with EHLO and LHLO
    #[arg(long, value_name = "NAME", value_parser = ehlo)]
    ehlo: Option<String>,
    /// Use IPv4 only
    #[arg(short = '4', long = "ipv4", conflicts_with = "ipv6")]
    ipv4: bool,
    /// Use IPv6 only
    #[arg(short = '6', long = "ipv6")]
    ipv6: bool,
    /// The limit of each wait: 15s, 500ms, 2m
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "20s")]
    timeout: Option<Duration>,
    /// The most connections to one address at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100), default_value = "5")]
    max_connections_per_host: Option<u16>,
    /// How much to ask: quick (reachability, certificates, versions), standard (which is the default), list (every suite, group and signature scheme too), or full (and how the server behaves when it is provoked)
    #[arg(long, value_enum, hide_possible_values = true, value_name = "DEPTH")]
    depth: Option<DepthWord>,
    /// Look at the DKIM key of this selector; may be given several times
    #[arg(long, value_name = "NAME", value_parser = selector)]
    selector: Vec<String>,
    /// Contact nothing but the mail ports and DNS: fetch no issuer, no autoconfig or its kin, no MTA-STS policy, nothing that BIMI names, and ask nobody about revocation
    #[arg(long)]
    offline: bool,
    /// Trust the roots in this file too, PEM or DER; may be given several times
    #[arg(long, value_name = "FILE")]
    ca_file: Vec<PathBuf>,
    /// Trust the roots of --ca-file and no others
    #[arg(long, requires = "ca_file")]
    only_ca_file: bool,
    /// Look for revoked certificates in this list too, PEM or DER; may be given several times
    #[arg(long, value_name = "FILE")]
    crl_file: Vec<PathBuf>,
    /// Keep revocation lists and OCSP responses for later runs in this folder instead of ~/.cache/mailmedic
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    cache_dir: Option<PathBuf>,
    /// Keep nothing for later runs, and use nothing that an earlier one kept
    #[arg(long)]
    no_cache: bool,
}

impl Connecting {
    /// Returns the options given that decide which server is met, what is trusted there, and what is seen, as words.
    pub(crate) fn again(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut give = |option: &str, value: String| options.extend([option.to_owned(), value]);
        self.resolver.iter().for_each(|resolver| give("--resolver", resolver.to_string()));
        self.dnssec_anchor.iter().for_each(|file| give("--dnssec-anchor", file.display().to_string()));
        self.connect_to.iter().for_each(|text| give("--connect-to", text.clone()));
        self.servername.iter().for_each(|name| give("--servername", name.clone()));
        self.ca_file.iter().for_each(|file| give("--ca-file", file.display().to_string()));
        self.crl_file.iter().for_each(|file| give("--crl-file", file.display().to_string()));
        self.selector.iter().for_each(|name| give("--selector", name.clone()));
        let switches = [
            (self.no_sni, "--no-sni"),
            (self.ipv4, "--ipv4"),
            (self.ipv6, "--ipv6"),
            (self.only_ca_file, "--only-ca-file"),
        ];
        // What was found by asking more is not found again by asking less.
        let deep = match self.depth {
            Some(DepthWord::List) => Some("list"),
            Some(DepthWord::Full) => Some("full"),
            Some(DepthWord::Quick | DepthWord::Standard) | None => None,
        };
        options.extend(deep.iter().flat_map(|word| ["--depth".to_owned(), (*word).to_owned()]));
        options.extend(switches.iter().filter(|(given, _)| *given).map(|(_, switch)| (*switch).to_owned()));
        options
    }

    /// Returns where documents on revocation are kept from one run to the next.
    fn cache(&self) -> Option<Arc<dyn Keeps>> {
        let folder = match &self.cache_dir {
            _ if self.no_cache => None,
            Some(folder) => Some(folder.clone()),
            None => cache::usual_folder(),
        };
        folder.map(|folder| Arc::new(Cache::new(folder)) as Arc<dyn Keeps>)
    }

    /// Reads the files that are named, and gathers everything; `default_depth` counts where none is given.
    pub(crate) fn options(&self, default_depth: Depth) -> Result<Options, Failure> {
        let mut options = Options::default();
        for text in &self.connect_to {
            let instead = text.parse().map_err(|why| Failure(format!("--connect-to \"{text}\": {why}")))?;
            options.connect_to.push(instead);
        }
        for file in &self.ca_file {
            options.roots.extend(command::roots::read(file)?);
        }
        for file in &self.crl_file {
            options.crls.extend(command::crls::read(file)?);
        }
        options.cache = self.cache();
        if let Some(file) = &self.dnssec_anchor {
            let text = std::fs::read_to_string(file).map_err(|why| Failure::file(file, why))?;
            let anchors = Anchors::parse(&text).map_err(|why| Failure::file(file, why))?;
            options.dnssec_anchors = Some(anchors);
        }
        if !self.only_ca_file {
            options.system_roots = command::roots::system();
        }
        options.depth = match self.depth {
            Some(DepthWord::Quick) => Depth::Quick,
            Some(DepthWord::Standard) => Depth::Standard,
            Some(DepthWord::List) => Depth::List,
            Some(DepthWord::Full) => Depth::Full,
            None => default_depth,
        };
        options.resolvers.clone_from(&self.resolver);
        options.server_name.clone_from(&self.servername);
        options.no_sni = self.no_sni;
        options.families = match (self.ipv4, self.ipv6) {
            (true, false) => Families::Ipv4,
            (false, true) => Families::Ipv6,
            _ => Families::Both,
        };
        options.offline = self.offline;
        options.look.selectors.clone_from(&self.selector);
        options.only_given_roots = self.only_ca_file;
        options.ehlo = self.ehlo.clone().unwrap_or(options.ehlo);
        options.timeout = self.timeout.unwrap_or(options.timeout);
        options.connections_per_host =
            self.max_connections_per_host.map_or(options.connections_per_host, usize::from);
        Ok(options)
    }
}

/// How to judge what was seen.
#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub(crate) struct Judging {
    /// What to demand; mailmedic policy lists all. Any other than mail asks at depth full unless --depth is given
    #[arg(long, value_name = "NAME", default_value = policy::MAIL.name)]
    policy: String,
    /// The clock that the rules use, such as 2026-11-21T12:00:00Z, instead of the time of the look
    #[arg(long, value_name = "RFC3339")]
    now: Option<Timestamp>,
    /// Report these rules only; separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Leave these rules out; separated by commas
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Judge signed timestamps by the logs in this file too: Google's or Apple's list of logs, JSON of version 3
    #[arg(long, value_name = "FILE")]
    ct_log_list: Option<PathBuf>,
    /// Look for known keys in this file too, in the form of Debian's package openssl-blacklist; may be given several times
    #[arg(long, value_name = "FILE")]
    weak_key_list: Vec<PathBuf>,
    /// Exit with 1 if a finding is as bad as this: error, warning, note, or never
    #[arg(long, value_enum, default_value = "error", hide_possible_values = true, value_name = "SEVERITY")]
    fail_on: FailOn,
}

/// How to judge, with every word looked up.
#[derive(Clone)]
pub(crate) struct Demands {
    pub(crate) policy: &'static Policy,
    pub(crate) now: Option<Timestamp>,
    pub(crate) select: Vec<String>,
    pub(crate) ignore: Vec<String>,
    /// None is never.
    pub(crate) fail_on: Option<Severity>,
    pub(crate) lists: Lists,
}

impl Demands {
    /// Returns how much to ask where the user does not say: a policy is about everything that is offered.
    pub(crate) fn depth(&self) -> Depth {
        if self.policy.requirements.is_empty() { Depth::Standard } else { Depth::Full }
    }
}

impl Judging {
    /// Looks up the policy that is named.
    fn policy(&self) -> Result<&'static Policy, Failure> {
        policy::find(&self.policy).ok_or_else(|| no_policy(&self.policy))
    }

    /// Looks up the rules and the policy that are named.
    pub(crate) fn demands(&self) -> Result<Demands, Failure> {
        let policy = self.policy()?;
        let known = |ids: &[String]| -> Result<Vec<String>, Failure> {
            let ids = ids.iter().map(|id| id.trim()).filter(|id| !id.is_empty());
            ids.map(|id| rules::find(id).map(|rule| rule.id.to_owned()).ok_or_else(|| no_rule(id))).collect()
        };
        Ok(Demands {
            lists: command::lists::read(self.ct_log_list.as_deref(), &self.weak_key_list)?,
            policy,
            now: self.now,
            select: known(&self.select)?,
            ignore: known(&self.ignore)?,
            fail_on: match self.fail_on {
                FailOn::Error => Some(Severity::Error),
                FailOn::Warning => Some(Severity::Warning),
                FailOn::Note => Some(Severity::Note),
                FailOn::Never => None,
            },
        })
    }
}

/// Complains about a policy that is none.
pub(crate) fn no_policy(name: &str) -> Failure {
    let known = || policy::POLICIES.iter().map(|policy| policy.name);
    // Half of a name is meant more often than a slip of the finger.
    let part = known().find(|known| name.len() > 2 && known.contains(&name.to_lowercase().replace('_', "-")));
    let hint = match part.or_else(|| suggest(name, known())) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there is {}", known().collect::<Vec<_>>().join(", ")),
    };
    Failure(format!("there is no policy {name:?}; {hint}"))
}

/// Complains about a kind of peer that is none.
pub(crate) fn no_peer(id: &str) -> Failure {
    let known = || client::PEERS.iter().map(|peer| peer.id);
    let part = known().find(|known| id.len() > 2 && known.contains(&id.to_lowercase().replace('_', "-")));
    let hint = match part.or_else(|| suggest(id, known())) {
        Some(near) => format!("did you mean {near}?"),
        None => "mailmedic client lists them".to_owned(),
    };
    Failure(format!("there is no client {id:?}; {hint}"))
}

/// Complains about a rule that is none.
pub(crate) fn no_rule(id: &str) -> Failure {
    let near = suggest(id, rules::RULES.iter().map(|rule| rule.id));
    let hint = match near {
        Some(near) => format!("did you mean {near}?"),
        None => "mailmedic rule lists them".to_owned(),
    };
    Failure(format!("there is no rule {id:?}; {hint}"))
}

/// How to print, and where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Printing {
    /// The form of the output: text or json
    #[arg(long, value_enum, default_value = "text", hide_possible_values = true, value_name = "FORMAT")]
    pub(crate) format: Format,
    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// When to use colours: auto, always or never; NO_COLOR=1 turns auto off
    #[arg(long, value_enum, default_value = "auto", hide_possible_values = true, value_name = "WHEN")]
    pub(crate) color: output::Colour,
}

/// How to report, and where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct Reporting {
    #[command(flatten)]
    pub(crate) printing: Printing,
    /// Tell every cure, also for other server software, every open question, and what full listings cost
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Where a chain is incomplete, write the full one to HOST.fullchain.pem in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) chain_dir: Option<PathBuf>,
}

/// What to examine.
#[derive(Debug, Args)]
pub(crate) struct Targets {
    /// A mail domain (example.org), a port (mail.example.org:993, [2001:db8::7]:25), a URL
    /// (imaps://mail.example.org), a socket (lmtp+unix:/run/lmtp)
    #[arg(value_name = "TARGET", required_unless_present = "replay")]
    targets: Vec<String>,
    /// A bare name is a host, to be examined on every mail port, and no mail domain
    #[arg(long)]
    host: bool,
    /// What a port speaks that no mail protocol has by default: smtp, smtps, submission, submissions, imap,
    /// imaps, pop3, pop3s, sieve, lmtp
    #[arg(long, value_name = "NAME")]
    protocol: Option<String>,
}

impl Targets {
    /// Reads every target.
    pub(crate) fn read(&self) -> Result<Vec<(String, Target)>, Failure> {
        let service = self.protocol.as_deref().map(service).transpose()?;
        self.targets
            .iter()
            .map(|text| match Target::parse(text, self.host, service) {
                Ok(target) => Ok((text.clone(), target)),
                Err(why) => {
                    let why = why.to_string();
                    let hint = if why.contains(". Try ") { ", or" } else { ". Try" };
                    Err(Failure(format!("{text:?} is no target: {why}{hint} mailmedic check --help")))
                }
            })
            .collect()
    }
}

fn service(word: &str) -> Result<Service, Failure> {
    word.parse().map_err(|_| {
        let known: Vec<&str> = Service::words().collect();
        let near = suggest(word, known.iter().copied());
        let hint = near
            .map_or_else(|| format!("there is {}", known.join(", ")), |near| format!("did you mean {near}?"));
        Failure(format!("there is no protocol {word:?}; {hint}"))
    })
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DepthWord {
    Quick,
    Standard,
    List,
    Full,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For scripts: schema `mailmedic.report/1`.
    Json,
}

pub(crate) fn resolver(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, 53));
    }
    text.parse()
        .map_err(|_| "give an address with or without a port: 192.0.2.53, [2001:db8::53]:5353".to_owned())
}

/// The name goes into a line of SMTP, so nothing may end that line.
fn ehlo(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '[' | ']' | ':');
    if !text.is_empty() && text.len() <= 255 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("give a host name or an address in brackets".to_owned())
    }
}

/// A selector becomes labels of a name (RFC 6376 §3.1).
fn selector(text: &str) -> Result<String, String> {
    match Name::new(text) {
        Ok(name) => Ok(name.as_ascii().to_owned()),
        Err(why) => Err(why.to_string()),
    }
}

/// Reads `15s`, `500ms`, `2m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let scale = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err("give a number and ms, s or m: 500ms, 15s, 2m".to_owned()),
    };
    let millis = number.parse::<u64>().ok().and_then(|number| number.checked_mul(scale));
    match millis {
        Some(millis @ 1..=3_600_000) => Ok(Duration::from_millis(millis)),
        _ => Err("give something from 1ms to 60m".to_owned()),
    }
}
