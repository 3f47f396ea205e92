//! `mailmedic dns generate dmarc`: a policy, or a plan.

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use mailmedic::generate::dmarc::{self, Policy, Wishes};

use super::{About, Asking, Making, domain, finish, today, too_long};
use crate::exit::{Exit, Failure};

/// Makes the DMARC record of a domain (RFC 9989), or a plan from p=none over p=quarantine to p=reject: what to publish
/// when, and what must be true before the next step.
#[derive(Debug, Args)]
pub(super) struct Dmarc {
    /// The mail domain
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// What receivers shall do with mail that fails (p): none, quarantine or reject
    #[arg(
        long,
        value_enum,
        value_name = "POLICY",
        hide_possible_values = true,
        required_unless_present = "plan"
    )]
    policy: Option<Word>,
    /// The same for subdomains (sp)
    #[arg(long, value_enum, value_name = "POLICY", hide_possible_values = true)]
    sp: Option<Word>,
    /// The same for subdomains that do not exist (np)
    #[arg(long, value_enum, value_name = "POLICY", hide_possible_values = true)]
    np: Option<Word>,
    /// Where daily reports go: a mail address; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    rua: Vec<String>,
    /// Where reports on single messages go, which few receivers send
    #[arg(long, value_name = "ADDRESS")]
    ruf: Vec<String>,
    /// Let DKIM count only if it bears the very domain, not one above or below (adkim=s)
    #[arg(long)]
    strict_dkim: bool,
    /// Let SPF count only if it is of the very domain (aspf=s)
    #[arg(long)]
    strict_spf: bool,
    /// Ask receivers to apply the next weaker policy for now (t=y)
    #[arg(long)]
    testing: bool,
    /// Make a plan in steps
    #[arg(long, conflicts_with_all = ["policy", "testing"])]
    plan: bool,
    /// The first day of the plan, such as 2026-12-01, instead of today
    #[arg(long, value_name = "DATE", requires = "plan")]
    start: Option<Date>,
    /// The days from one step of the plan to the next
    #[arg(long, value_name = "DAYS", requires = "plan", value_parser = clap::value_parser!(u16).range(7..=365), default_value = "28")]
    step_days: u16,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Word {
    None,
    Quarantine,
    Reject,
}

impl From<Word> for Policy {
    fn from(word: Word) -> Self {
        match word {
            Word::None => Self::None,
            Word::Quarantine => Self::Quarantine,
            Word::Reject => Self::Reject,
        }
    }
}

/// Runs the verb.
pub(super) fn run(wish: &Dmarc) -> Result<Exit, Failure> {
    let domain = domain(&wish.domain)?;
    let wishes = Wishes {
        subdomains: wish.sp.map(Policy::from),
        nonexistent: wish.np.map(Policy::from),
        strict_dkim: wish.strict_dkim,
        strict_spf: wish.strict_spf,
        testing: wish.testing,
        reports_to: wish.rua.clone(),
        failures_to: wish.ruf.clone(),
        ..Wishes::new(wish.policy.map_or(Policy::Reject, Policy::from))
    };
    let made = if wish.plan {
        dmarc::plan(&domain, &wishes, wish.start.unwrap_or_else(today), wish.step_days, wish.making.ttl)
    } else {
        dmarc::make(&domain, &wishes, wish.making.ttl)
    };
    let about = About::new("dmarc", "dmarc-", &domain);
    finish(&wish.making, &mut wish.asking.asker()?, made.map_err(too_long(&domain))?, &about)
}
