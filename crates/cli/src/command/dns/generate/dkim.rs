//! `mailmedic dns generate dkim`: a key, and its record.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mailmedic::generate::dkim;
use mailmedic::keyfile::{KeyKind, PrivateKey};

use super::{About, Asking, Making, domain, is_refused, show, too_long};
use crate::command::cert::files;
use crate::command::cert::password::Passwords;
use crate::exit::{Exit, Failure};
use crate::output;

/// Makes a DKIM key (RFC 6376, RFC 8463) and its record. The private key goes into a file that only its owner may read,
/// and nowhere else.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Dkim {
    /// The mail domain
    #[arg(value_name = "DOMAIN")]
    domain: String,
    /// The selector: a name for this key, which no other key of the domain has had
    #[arg(long, value_name = "NAME")]
    selector: String,
    /// Write the new private key to this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Use the private key that is in the file of --key
    #[arg(long, conflicts_with = "key_type")]
    existing_key: bool,
    /// The kind of the new key: rsa2048, which everybody can check, or ed25519
    #[arg(long, value_enum, default_value = "rsa2048", hide_possible_values = true, value_name = "KIND")]
    key_type: Kind,
    /// Tell receivers that signatures with the key are a test (t=y)
    #[arg(long)]
    testing: bool,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    making: Making,
    #[command(flatten)]
    asking: Asking,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Rsa2048,
    Ed25519,
}

/// Runs the verb.
pub(super) fn run(wish: &Dkim) -> Result<Exit, Failure> {
    let domain = domain(&wish.domain)?;
    let selector = dkim::selector(&wish.selector)
        .map_err(|why| Failure(format!("--selector {:?}: {why}", wish.selector)))?;
    let key = if wish.existing_key {
        files::only_key(&wish.key, &wish.passwords)?
    } else {
        if wish.key.symlink_metadata().is_ok() {
            return Err(in_the_way(wish));
        }
        let kind = match wish.key_type {
            Kind::Rsa2048 => KeyKind::Rsa2048,
            Kind::Ed25519 => KeyKind::Ed25519,
        };
        PrivateKey::generate(kind).map_err(|why| Failure(why.to_string()))?
    };
    let mut made =
        dkim::make(&domain, &selector, &key, wish.testing, wish.making.ttl).map_err(too_long(&domain))?;
    let mut about = About::new("dkim", "dkim-", &domain);
    about.selector = Some(&selector);
    let mut asker = wish.asking.asker()?;
    // What is refused leaves nothing behind, and no record is shown whose key could not be kept.
    if is_refused(&wish.making, &mut asker, &mut made, &about) {
        return Ok(Exit::Findings);
    }
    if !wish.existing_key {
        output::write_secret(&wish.key, &key.pem(), false).map_err(|why| match why.kind() {
            ErrorKind::AlreadyExists => in_the_way(wish),
            _ => Failure::file(&wish.key, why),
        })?;
        output::complain(&format!("the new key is in {}", wish.key.display()));
    }
    show(&wish.making, &mut asker, &made, &about)
}

fn in_the_way(wish: &Dkim) -> Failure {
    Failure::file(
        &wish.key,
        "it is there already, and no key is ever replaced; --existing-key uses the key in it",
    )
}

const AFTER: &str = "Examples:
  mailmedic dns generate dkim example.org --selector s2026 --key s2026.key
  mailmedic dns generate dkim example.org --selector s2026 --key s2026.key --existing-key --diff";
