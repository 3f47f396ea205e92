//! `mailmedic cert match`: whether a key and a certificate belong together.

use std::path::PathBuf;

use clap::Args;
use mailmedic::certificate::Certificate;
use mailmedic::words;

use super::files::{self, Held};
use super::password::Passwords;
use crate::exit::{Exit, Failure};
use crate::output;

/// Says whether a private key and a certificate belong together, and which certificate of several.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Match {
    /// The private key: PEM or DER, PKCS #8 (locked or not), PKCS #1, SEC 1, PKCS #12
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// The certificates: PEM, DER, PKCS #7 or PKCS #12; those beside the key if no file is given
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
}

/// Runs the verb.
pub(super) fn run(matches: &Match) -> Result<Exit, Failure> {
    let Held { keys, certificates, left_out } = files::everything(&matches.key, &matches.passwords)?;
    if keys.is_empty() {
        let what = left_out.first().map_or("only certificates", String::as_str);
        return Err(Failure::file(&matches.key, format!("it holds no private key that can be used: {what}")));
    }
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut gather = |path: &PathBuf, ders: Vec<Vec<u8>>| {
        all.extend(ders.into_iter().map(|der| (path.display().to_string(), der)));
    };
    if matches.files.is_empty() {
        gather(&matches.key, certificates);
    }
    for path in &matches.files {
        gather(path, files::certificates(path, &matches.passwords)?.certificates);
    }
    if all.is_empty() {
        return Err(Failure::file(
            &matches.key,
            "it holds no certificate beside the key; give a file with one",
        ));
    }
    let titles: Vec<&str> = keys.iter().map(|key| key.title()).collect();
    let mut text = format!("{}: {}\n", matches.key.display(), words::list(&titles));
    let mut found = false;
    for (path, der) in &all {
        let certificate = Certificate::read(der);
        let verdicts: Vec<Option<bool>> = keys.iter().map(|key| key.belongs_to(&certificate)).collect();
        let (word, belongs) = if verdicts.contains(&Some(true)) {
            ("match", true)
        } else if verdicts.contains(&None) {
            ("unreadable", false)
        } else {
            ("no match", false)
        };
        found |= belongs;
        let until = certificate.not_after.map(|end| format!(", until {}", words::date(end)));
        text.push_str(&format!(
            "  {word:<10} {path}: {}{}\n",
            files::title(&certificate),
            until.unwrap_or_default()
        ));
    }
    output::print(&text)?;
    Ok(if found { Exit::Clean } else { Exit::Findings })
}

const AFTER: &str = "Examples:
  mailmedic cert match key.pem fullchain.pem
  mailmedic cert match mail.p12

Exit codes:
  0  a certificate belongs to the key
  1  none does
  2  something given cannot be used";
