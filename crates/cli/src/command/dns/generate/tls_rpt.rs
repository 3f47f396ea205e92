//! `mailmedic dns generate tls-rpt`: where senders report.

use clap::Args;
use mailmedic::generate::tls_rpt;

use super::{About, Asking, Making, domain, finish, too_long};
use crate::exit::{Exit, Failure};

/// Makes the TLS-RPT record of a domain (RFC 8460): it asks senders to report how TLS to the domain's servers went.
#[derive(Debug, Args)]
pub(super) struct TlsRpt {
    /// The mail domain
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// Where reports go: a mail address or an https: URL; may be given several times
    #[arg(long, value_name = "ADDRESS", required = true)]
    rua: Vec<String>,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    asking: Asking,
}

/// Runs the verb.
pub(super) fn run(wish: &TlsRpt) -> Result<Exit, Failure> {
    let domain = domain(&wish.domain)?;
    let made = tls_rpt::make(&domain, &wish.rua, wish.making.ttl).map_err(too_long(&domain))?;
    let about = About::new("tls-rpt", "tls-rpt-", &domain);
    finish(&wish.making, &mut wish.asking.asker()?, made, &about)
}
