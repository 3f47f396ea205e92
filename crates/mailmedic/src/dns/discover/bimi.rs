//! What a BIMI record names: the logo, and the certificate of the mark.

use super::Survey;
use crate::name::Name;
use crate::observation::{Fetch, FetchOutcome, FetchPurpose, Told, Web};
use crate::records::{Answers, Look, bimi};

impl Survey<'_> {
    /// Fetches the documents that the record of a domain names, if one applies and more than DNS may be asked.
    pub(super) async fn fetch_mark(&mut self, domain: &Name, exchangers: &[Name], told: &[Told]) {
        if self.options.offline {
            return;
        }
        let look = Look { domain, depth: self.options.depth, wishes: &self.options.look, told };
        let Ok(Some(found)) = bimi::of(&Answers::new(&self.found.dns), &look) else { return };
        let Ok(record) = found.record else { return };
        let places: Vec<(FetchPurpose, &str, Name, u16)> = record
            .documents()
            .filter_map(|(purpose, url)| bimi::host_of(url).map(|(host, port)| (purpose, url, host, port)))
            .collect();
        let questions = places.iter().flat_map(|(.., host, port)| self.address_questions(host, &[*port]));
        self.ask(questions.collect()).await;
        for (purpose, url, host, _) in places {
            // Whoever runs the domain must not lead us into our own network.
            let fetch = match self.leads_inside(&host, exchangers) {
                true => refused(url, purpose, &host),
                false => self.fetches.fetch(url.to_owned(), purpose).await,
            };
            self.found.fetches.push(fetch);
        }
    }
}

fn refused(url: &str, purpose: FetchPurpose, host: &Name) -> Fetch {
    let why = format!("{host} leads to an address that is not on the public internet");
    Fetch {
        url: url.to_owned(),
        purpose,
        outcome: FetchOutcome::Failed(why),
        date: None,
        web: Web::default(),
    }
}
