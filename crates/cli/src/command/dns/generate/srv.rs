//! `mailmedic dns generate srv`: where mail clients find their servers.

use clap::Args;
use mailmedic::generate::srv;

use super::{About, Asking, Making, domain, finish, too_long};
use crate::command::services::Services;
use crate::exit::{Exit, Failure};

/// Makes the SRV records by which mail clients find their servers (RFC 6186, RFC 8314), and for each service that is not
/// given the record that says that there is none.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Srv {
    /// The mail domain
    #[arg(value_name = "DOMAIN")]
    domain: String,
    #[command(flatten)]
    services: Services,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    asking: Asking,
}

/// Runs the verb.
pub(super) fn run(wish: &Srv) -> Result<Exit, Failure> {
    let domain = domain(&wish.domain)?;
    let servers = wish.services.servers()?;
    if servers.is_empty() {
        return Err(Failure("no server is given: --imap, --pop3, --submission or --sieve".to_owned()));
    }
    let made = srv::make(&domain, &servers, wish.making.ttl).map_err(too_long(&domain))?;
    finish(&wish.making, &mut wish.asking.asker()?, made, &About::new("srv", "srv-", &domain))
}

const AFTER: &str = "Example:
  mailmedic dns generate srv example.org --imap mail.example.org --submission mail.example.org --submission mail.example.org:587";
