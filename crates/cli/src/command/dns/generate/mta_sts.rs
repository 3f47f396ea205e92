//! `mailmedic dns generate mta-sts`: a policy, its record, and who serves it.

use clap::{Args, ValueEnum};
use mailmedic::bytes::Bytes;
use mailmedic::generate::mta_sts::{self, PATH, Policy};
use mailmedic::observation::{
    DnsType, DomainObservation, Fetch, FetchOutcome, FetchPurpose, MtaStsMode, Web as Fetched,
};
use mailmedic::records::Look;

use super::{About, Asking, Making, domain, finish, today, too_long};
use crate::exit::{Exit, Failure};
use crate::output;

/// Makes an MTA-STS policy (RFC 8461), the record that announces it, and what makes nginx, Apache or Caddy serve it as
/// senders want it: plain text, at once, with no redirect.
#[derive(Debug, Args)]
pub(super) struct MtaSts {
    /// The mail domain
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// What senders shall do with servers that fail: testing (report), enforce (deliver nothing), none (end a policy)
    #[arg(long, value_enum, value_name = "MODE", hide_possible_values = true, default_value = "testing")]
    mode: Mode,
    /// A host that takes mail, or a pattern such as *.mx.example.net; without it those of the MX records
    #[arg(long, value_name = "HOST")]
    mx: Vec<String>,
    /// Seconds for which senders keep the policy; without it a day, and two weeks where it is enforced
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u32>,
    /// Show the configuration of this web server only: nginx, apache or caddy
    #[arg(long, value_enum, value_name = "NAME", hide_possible_values = true)]
    server: Option<Web>,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mode {
    Testing,
    Enforce,
    None,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Web {
    Nginx,
    Apache,
    Caddy,
}

/// Runs the verb.
pub(super) fn run(wish: &MtaSts) -> Result<Exit, Failure> {
    let domain = domain(&wish.domain)?;
    let mode = match wish.mode {
        Mode::Testing => MtaStsMode::Testing,
        Mode::Enforce => MtaStsMode::Enforce,
        Mode::None => MtaStsMode::None,
    };
    let mut asker = wish.asking.asker()?;
    let mut mx: Vec<String> =
        wish.mx.iter().map(|mx| mx.trim_end_matches('.').to_ascii_lowercase()).collect();
    if mx.is_empty() && mode != MtaStsMode::None {
        asker.ask(vec![(domain.clone(), DnsType::Mx)]);
        let answers = asker.answers();
        if let Err(missing) = answers.records(&domain, DnsType::Mx) {
            let why = missing.why();
            output::complain(&format!("the MX records could not be told: {why}; --mx gives the hosts"));
            return Ok(Exit::NothingExamined);
        }
        let look =
            Look { domain: &domain, depth: Default::default(), wishes: &Default::default(), told: &[] };
        mx.extend(look.exchangers(&answers).iter().map(|host| host.as_ascii().to_owned()));
    }
    let policy = Policy { mode, mx, max_age: wish.max_age.unwrap_or(Policy::usual_age(mode)) };
    let mut made = mta_sts::make(&domain, &policy, today(), wish.making.ttl).map_err(too_long(&domain))?;
    if let Some(web) = wish.server {
        let kept = match web {
            Web::Nginx => "nginx",
            Web::Apache => "Apache",
            Web::Caddy => "Caddy",
        };
        made.documents.retain(|document| document.title == "policy" || document.title == kept);
    }
    let mut about = About::new("mta-sts", "mta-sts-", &domain);
    let fetch = Fetch {
        url: format!("https://mta-sts.{domain}{PATH}"),
        purpose: FetchPurpose::MtaStsPolicy,
        outcome: FetchOutcome::Found(Bytes(policy.text().into_bytes())),
        date: None,
        web: Fetched { content_type: Some("text/plain".to_owned()), ..Fetched::default() },
    };
    about.policy = Some((fetch, DomainObservation { mta_sts: Some(mode), ..DomainObservation::default() }));
    finish(&wish.making, &mut asker, made, &about)
}
