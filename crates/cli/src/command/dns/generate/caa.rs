//! `mailmedic dns generate caa`: which CAs may issue.

use clap::Args;
use mailmedic::certificate::Certificate;
use mailmedic::generate::caa::{self, Wishes};
use mailmedic::observation::{Depth, Observation};
use mailmedic::target::Target;

use super::ask::Asker;
use super::{About, Making, domain, finish};
use crate::args::Connecting;
use crate::command::cert::files;
use crate::command::check;
use crate::exit::{Exit, Failure};
use crate::output;

/// Makes the CAA records of a name (RFC 8659): which CAs may issue certificates for it and what is below it. Without --ca
/// they are those that issued what the domain's mail servers serve now.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Caa {
    /// The domain or host
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// Let this CA issue, by the name that it gives for CAA, such as letsencrypt.org; may be given several times
    #[arg(long, value_name = "NAME")]
    ca: Vec<String>,
    /// Learn the CA from the certificates of this target instead of the domain's own servers
    #[arg(long, value_name = "TARGET", conflicts_with = "ca")]
    from: Option<String>,
    /// Let only this CA issue wildcards
    #[arg(long, value_name = "NAME", conflicts_with = "no_wildcards")]
    issuewild: Vec<String>,
    /// Let no CA issue wildcards
    #[arg(long)]
    no_wildcards: bool,
    /// Let no CA issue anything
    #[arg(long, conflicts_with_all = ["ca", "from", "issuewild", "no_wildcards", "account_uri", "validation"])]
    none: bool,
    /// Where CAs tell of requests that they refused: a mail address or a URL
    #[arg(long, value_name = "ADDRESS")]
    iodef: Vec<String>,
    /// Let only this ACME account ask: the URL that its client shows (RFC 8657)
    #[arg(long, value_name = "URL")]
    account_uri: Option<String>,
    /// Let control be proved in this way only: dns-01, http-01, tls-alpn-01 (RFC 8657)
    #[arg(long, value_name = "METHOD")]
    validation: Vec<String>,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    connecting: Connecting,
}

/// Runs the verb.
pub(super) fn run(wish: &Caa) -> Result<Exit, Failure> {
    let name = domain(&wish.domain)?;
    let options = wish.connecting.options(Depth::Quick)?;
    let mut remarks = Vec::new();
    let mut issue = wish.ca.clone();
    if issue.is_empty() && !wish.none {
        let text = wish.from.clone().unwrap_or_else(|| name.to_string());
        let target = Target::parse(&text, false, None)
            .map_err(|why| Failure(format!("{text:?} is no target: {why}")))?;
        let seen = check::look(vec![(text.clone(), target)], &options)?;
        if seen.stopped {
            return Ok(Exit::Interrupted);
        }
        issue = in_use(&seen.observation, &mut remarks);
        if issue.is_empty() {
            let why = if remarks.is_empty() {
                "no server showed a certificate".to_owned()
            } else {
                remarks.join(" ")
            };
            output::complain(&format!("the CA in use could not be told: {why}; --ca names it"));
            return Ok(Exit::NothingExamined);
        }
    }
    let wishes = Wishes {
        issue,
        issue_wild: (wish.no_wildcards || !wish.issuewild.is_empty()).then(|| wish.issuewild.clone()),
        report_to: wish.iodef.clone(),
        account: wish.account_uri.clone(),
        methods: wish.validation.clone(),
    };
    let mut made = caa::make(&name, &wishes, wish.making.ttl);
    made.remarks.splice(0..0, remarks);
    finish(&wish.making, &mut Asker::new(&options)?, made, &About::new("caa", "", &name))
}

/// Returns the CAs that issued what is served, and tells of each certificate.
fn in_use(observation: &Observation, remarks: &mut Vec<String>) -> Vec<String> {
    let mut cas: Vec<String> = Vec::new();
    for seen in &observation.targets {
        let leaves = seen.endpoints.iter().flat_map(|endpoint| endpoint.served());
        for leaf in leaves.filter_map(|served| seen.certificates.get(served.certificates.first()?)) {
            let leaf = Certificate::read(&leaf.0);
            let title = files::title(&leaf);
            let remark = match caa::authority(&leaf) {
                Some(ca) => {
                    if !cas.iter().any(|known| known == ca) {
                        cas.push(ca.to_owned());
                    }
                    format!("{ca} issued the certificate {title}.")
                }
                None => format!(
                    "The certificate {title} is from {}, which no CAA name is known of.",
                    leaf.issuer_name.as_deref().unwrap_or("nobody with a name")
                ),
            };
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
    }
    cas
}

const AFTER: &str = "Examples:
  mailmedic dns generate caa example.org --diff
  mailmedic dns generate caa example.org --ca letsencrypt.org --no-wildcards --iodef security@example.org";
