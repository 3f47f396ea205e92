//! `mailmedic trust`: the lists of trusted roots that are compiled in, and who trusts a root.

use std::path::Path;

use clap::{Args, Subcommand};
use mailmedic::certificate::Certificate;
use mailmedic::report::trust::{Lists, RootPage, Roots, digits, lists, root, roots};
use mailmedic::trust::{self, Store};

use super::roots as files;
use crate::args::{Format, Printing};
use crate::exit::{Exit, Failure};
use crate::suggest::suggest;

/// Tells which roots the lists trust that mail programs go by (Mozilla, Apple, Microsoft, Android, Java, Debian 12), as
/// they were when mailmedic was built.
#[derive(Debug, Args)]
pub(crate) struct Trust {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the lists with their day and origin, or the roots of one
    List(List),
    /// Tell who trusts a root, since when not, and what says so
    Show(Show),
}

/// Lists the lists of trusted roots with their day and origin; or the roots of one.
#[derive(Debug, Args)]
struct List {
    /// List the roots of this one: mozilla, apple, microsoft, android, java, debian12
    #[arg(long, value_name = "NAME", value_parser = store)]
    store: Option<Store>,
    #[command(flatten)]
    printing: Printing,
}

/// Tells who trusts a root: until when, since when not, and what says so.
#[derive(Debug, Args)]
struct Show {
    /// The SHA-256 fingerprint of a root in hex, or the first 8 digits or more; colons are allowed. Or a file with
    /// certificates, PEM or DER
    #[arg(value_name = "FINGERPRINT|FILE")]
    what: String,
    #[command(flatten)]
    printing: Printing,
}

/// Runs the verb.
pub(crate) fn run(trust: &Trust) -> Result<Exit, Failure> {
    match &trust.what {
        What::List(list) => run_list(list)?,
        What::Show(show) => run_show(show)?,
    }
    Ok(Exit::Clean)
}

fn run_list(list: &List) -> Result<(), Failure> {
    let printing = &list.printing;
    let text = match (list.store, printing.format) {
        (None, Format::Text) => lists(&Lists::new(), &printing.style()),
        (None, Format::Json) => super::json(&Lists::new())?,
        (Some(store), Format::Text) => roots(&Roots::of(store), &printing.style()),
        (Some(store), Format::Json) => super::json(&Roots::of(store))?,
    };
    printing.text(&text)
}

fn run_show(show: &Show) -> Result<(), Failure> {
    let printing = &show.printing;
    let found = match digits(&show.what) {
        Some(start) => vec![RootPage::of_anchor(only(&start)?)],
        None => {
            let file = Path::new(&show.what);
            if !file.exists() {
                return Err(Failure(format!(
                    "{:?} is neither a file nor a fingerprint (SHA-256 in hex, 8 digits or more)",
                    show.what
                )));
            }
            let certificates = files::read(file)?;
            certificates.iter().map(|der| RootPage::of_certificate(&Certificate::read(der))).collect()
        }
    };
    let text = match printing.format {
        Format::Text => found.iter().map(|one| root(one, &printing.style())).collect::<Vec<_>>().join("\n"),
        Format::Json => super::json(&Roots::new(found))?,
    };
    printing.text(&text)
}

/// Returns the one root whose fingerprint begins so.
fn only(start: &str) -> Result<&'static trust::Anchor, Failure> {
    let mut found = trust::matching(start);
    match (found.next(), found.count()) {
        (Some(one), 0) => Ok(one),
        (Some(_), more) => Err(Failure(format!("the fingerprints of {} roots begin with {start}", more + 1))),
        (None, _) => Err(Failure(format!("no list has a root whose fingerprint begins with {start}"))),
    }
}

fn store(text: &str) -> Result<Store, String> {
    let word = |name: &str| name.to_lowercase().replace([' ', '-', '_'], "");
    let names = || Store::EMBEDDED.iter().map(|store| store.name());
    let known: Vec<String> = names().map(word).collect();
    if let Some(at) = known.iter().position(|known| *known == word(text)) {
        return Ok(Store::EMBEDDED[at]);
    }
    Err(match suggest(&word(text), known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there is {}", known.join(", ")),
    })
}
