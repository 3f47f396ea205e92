//! `mailmedic client`: the kinds of peers, what each refuses, and what people see then.

use clap::Args;
use mailmedic::client::{PEERS, find};
use mailmedic::report::client::{ClientPage, Clients, SCHEMA, list, page};

use crate::args::{Format, Printing, no_peer};
use crate::exit::{Exit, Failure};

/// Lists the kinds of peers that verdicts are given for; or tells all about one: roots, what it refuses, what it shows.
#[derive(Debug, Args)]
pub(crate) struct Client {
    /// The peer to tell about: thunderbird
    #[arg(value_name = "ID")]
    id: Option<String>,
    #[command(flatten)]
    printing: Printing,
}

/// Runs the verb.
pub(crate) fn run(client: &Client) -> Result<Exit, Failure> {
    let printing = &client.printing;
    let text = match &client.id {
        None => match printing.format {
            Format::Text => list(PEERS, &printing.style()),
            Format::Json => {
                let clients = PEERS.iter().map(|peer| ClientPage::new(peer)).collect();
                super::json(&Clients { schema: SCHEMA, version: mailmedic::VERSION, clients })?
            }
        },
        Some(id) => {
            let peer = find(id).ok_or_else(|| no_peer(id))?;
            match printing.format {
                Format::Text => page(peer, &printing.style()),
                Format::Json => super::json(&ClientPage::new(peer))?,
            }
        }
    };
    printing.text(&text)?;
    Ok(Exit::Clean)
}
