//! What the web tells mail clients: autoconfig, Autodiscover and PACC, where their hosts exist.

use super::Survey;
use crate::client_config::{self, Config, autodiscover, pacc};
use crate::endpoint::Source;
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsType, Fetch, FetchOutcome, FetchPurpose, Told};
use crate::reach::{Fetches, Question, is_global};

/// Documents to fetch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Autoconfig documents over https, the most telling first; all are fetched.
    autoconfig: Vec<String>,
    /// One over http, which counts if those before fail.
    plain: Option<String>,
    /// Where Outlook asks; all are asked.
    autodiscover: Vec<String>,
    /// The PACC document.
    pacc: Option<String>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Documents {
    pub(super) fetches: Vec<Fetch>,
    pub(super) told: Vec<Told>,
    pub(super) problems: Vec<String>,
}

impl Survey<'_> {
    /// Returns the questions for the hosts that such documents are on.
    pub(super) fn client_questions(&self, domain: &Name) -> Vec<(Name, DnsType)> {
        if self.is_without_documents() {
            return Vec::new();
        }
        let mut questions = Vec::new();
        let autoconfig = domain.under("autoconfig").ok();
        questions.extend(autoconfig.iter().flat_map(|name| self.address_questions(name, &[80, 443])));
        for name in domain.under("autodiscover").ok().into_iter().chain(pacc::host_of(domain)) {
            questions.extend(self.address_questions(&name, &[443]));
        }
        questions.extend(autodiscover_service(domain).map(|name| (name, DnsType::Srv)));
        questions
    }

    /// Returns the question for the digest of a PACC document, if that may exist.
    pub(super) fn digest_question(&self, domain: &Name) -> Option<(Name, DnsType)> {
        let exists = pacc::host_of(domain).is_some_and(|host| self.exists(&host, 443));
        let name = pacc::digest_name(domain)?;
        (exists && !self.is_without_documents()).then_some((name, DnsType::Txt))
    }

    /// Returns the documents of the domain itself whose host exists.
    pub(super) fn client_places(&self, domain: &Name) -> Places {
        if self.is_without_documents() {
            return Places::default();
        }
        let mut places = Places::default();
        let query = query(domain);
        if let Ok(host) = domain.under("autoconfig") {
            if self.exists(&host, 443) {
                places.autoconfig.push(format!("https://{host}/mail/config-v1.1.xml{query}"));
            }
            if self.exists(&host, 80) {
                places.plain = Some(format!("http://{host}/mail/config-v1.1.xml{query}"));
            }
        }
        if self.exists(domain, 443) {
            let path = "/.well-known/autoconfig/mail/config-v1.1.xml";
            places.autoconfig.push(format!("https://{domain}{path}{query}"));
            places.autodiscover.push(autodiscover_url(domain.as_ascii()));
        }
        if let Ok(host) = domain.under("autodiscover")
            && self.exists(&host, 443)
        {
            places.autodiscover.push(autodiscover_url(host.as_ascii()));
        }
        places.pacc =
            pacc::host_of(domain).filter(|host| self.exists(host, 443)).map(|host| pacc::url(&host));
        places
    }

    /// Returns where clients look after the domain's own places gave nothing: for autoconfig with the provider that the
    /// first MX host belongs to, for Autodiscover where its SRV record leads.
    pub(super) async fn later_places(
        &mut self,
        domain: &Name,
        exchangers: &[Name],
        documents: &Documents,
    ) -> Places {
        let mut places = Places::default();
        if self.is_without_documents() {
            return places;
        }
        let gave = |source| documents.told.iter().any(|told| told.source == source);
        let providers = if gave(Source::Autoconfig) { Vec::new() } else { providers(domain, exchangers) };
        let hosts: Vec<Name> = providers.iter().filter_map(|name| name.under("autoconfig").ok()).collect();
        let services = self.autodiscover_targets(domain);
        let mut questions: Vec<(Name, DnsType)> =
            hosts.iter().flat_map(|host| self.address_questions(host, &[443])).collect();
        // Where these records lead is looked up, be it needed or not: others than Outlook may go by them.
        questions.extend(services.iter().flat_map(|(host, port)| self.address_questions(host, &[*port])));
        self.ask(questions).await;
        // These hosts are chosen by whoever runs the domain: they must not lead into the network that we stand in.
        let admitted = |host: &Name, port| self.exists(host, port) && !self.leads_inside(host, exchangers);
        let admitted_hosts = hosts.iter().filter(|host| admitted(host, 443));
        places.autoconfig = admitted_hosts
            .map(|host| format!("https://{host}/mail/config-v1.1.xml{}", query(domain)))
            .collect();
        let service = services.into_iter().find(|(_, port)| *port != 0);
        let service = service.filter(|(host, port)| !gave(Source::Autodiscover) && admitted(host, *port));
        if let Some((host, port)) = service {
            let own = [Some(domain.clone()), domain.under("autodiscover").ok()];
            if port != 443 {
                places.autodiscover.push(autodiscover_url(&format!("{host}:{port}")));
            } else if !own.contains(&Some(host.clone())) {
                places.autodiscover.push(autodiscover_url(host.as_ascii()));
            }
        }
        places
    }

    fn is_without_documents(&self) -> bool {
        self.options.offline || self.options.look.alone
    }

    /// Tells whether a host has an address, or its port is put elsewhere.
    fn exists(&self, host: &Name, port: u16) -> bool {
        self.addresses.get(host).is_some_and(|addresses| !addresses.is_empty())
            || self.address_questions(host, &[port]).is_empty()
    }

    /// Tells whether a host has an address outside the public internet, while no mail exchanger of the domain has.
    pub(super) fn leads_inside(&self, host: &Name, exchangers: &[Name]) -> bool {
        self.is_inside(host) && !exchangers.iter().any(|name| self.is_inside(name))
    }

    fn is_inside(&self, host: &Name) -> bool {
        self.addresses.get(host).is_some_and(|list| list.iter().any(|address| !is_global(*address)))
    }

    /// Returns where the SRV records for Autodiscover lead, the first choice first.
    fn autodiscover_targets(&self, domain: &Name) -> Vec<(Name, u16)> {
        let Some(name) = autodiscover_service(domain) else { return Vec::new() };
        let is_it = |answer: &&DnsAnswer| answer.kind == DnsType::Srv && answer.name == name;
        let answer = self.found.dns.iter().find(is_it);
        let records = answer.map_or(&[][..], DnsAnswer::records).iter();
        let mut targets: Vec<(u16, &str, u16)> = records
            .filter_map(|record| match record {
                DnsData::Srv { priority, port, target, .. } => Some((*priority, target.as_deref()?, *port)),
                _ => None,
            })
            .collect();
        targets.sort_unstable();
        targets.truncate(MOST_TARGETS);
        targets.into_iter().filter_map(|(_, target, port)| Some((Name::new(target).ok()?, port))).collect()
    }
}

/// Fetches documents at once, those over http only if none came over https.
pub(super) async fn fetch(fetches: &dyn Fetches, places: Places, domain: &Name) -> Documents {
    let (autoconfig, autodiscover, pacc) = tokio::join!(
        autoconfig(fetches, places.autoconfig, places.plain),
        outlook(fetches, places.autodiscover, domain),
        async {
            match places.pacc {
                Some(url) => Some(fetches.fetch(url, FetchPurpose::Pacc).await),
                None => None,
            }
        }
    );
    let mut documents = Documents::default();
    for fetch in autoconfig.into_iter().chain(autodiscover).chain(pacc) {
        documents.read(fetch, domain);
    }
    documents
}

async fn autoconfig(fetches: &dyn Fetches, places: Vec<String>, plain: Option<String>) -> Vec<Fetch> {
    let mut found = all(places, |url| fetches.fetch(url, FetchPurpose::Autoconfig)).await;
    let came = found.iter().any(|fetch| matches!(fetch.outcome, FetchOutcome::Found(_)));
    if let Some(url) = plain.filter(|_| !came) {
        found.push(fetches.fetch(url, FetchPurpose::Autoconfig).await);
    }
    found
}

async fn outlook(fetches: &dyn Fetches, places: Vec<String>, domain: &Name) -> Vec<Fetch> {
    let question = || Question { media_type: autodiscover::MEDIA_TYPE, body: autodiscover::question(domain) };
    all(places, |url| fetches.ask(url, FetchPurpose::Autodiscover, question())).await
}

/// Waits for two documents at a time; there are no more of a kind.
async fn all<F: Future<Output = Fetch>>(places: Vec<String>, get: impl Fn(String) -> F) -> Vec<Fetch> {
    let mut found = Vec::new();
    let mut places = places.into_iter();
    while let Some(first) = places.next() {
        match places.next() {
            Some(second) => {
                let (first, second) = tokio::join!(get(first), get(second));
                found.extend([first, second]);
            }
            None => found.push(get(first).await),
        }
    }
    found
}

impl Documents {
    /// Adds what another round brought.
    pub(super) fn extend(&mut self, more: Self) {
        self.fetches.extend(more.fetches);
        self.told.extend(more.told);
        self.problems.extend(more.problems);
    }

    fn read(&mut self, fetch: Fetch, domain: &Name) {
        match client_config::read(&fetch, domain) {
            None => {}
            Some(Ok(config)) => self.take(&fetch, config),
            Some(Err(why)) => self.problems.push(format!("{}: {why}", fetch.url)),
        }
        self.fetches.push(fetch);
    }

    fn take(&mut self, fetch: &Fetch, config: Config) {
        self.problems.extend(config.faults.iter().map(|fault| format!("{}: {fault}", fetch.url)));
        let source = match fetch.purpose {
            FetchPurpose::Autodiscover => Source::Autodiscover,
            FetchPurpose::Pacc => Source::Pacc,
            _ => Source::Autoconfig,
        };
        self.told.extend(config.servers.into_iter().map(|server| Told {
            source,
            origin: fetch.url.clone(),
            protocol: server.protocol,
            security: server.security,
            host: Some(server.host),
            port: server.port,
        }));
    }
}

/// Returns the domains of the provider that the first MX host belongs to: the name without its first label, and the
/// domain that was registered. None of the examined domain itself.
fn providers(domain: &Name, exchangers: &[Name]) -> Vec<Name> {
    let Some(first) = exchangers.first() else { return Vec::new() };
    let Some(base) = first.base().filter(|base| base != domain) else { return Vec::new() };
    let above = first.as_ascii().split_once('.').and_then(|(_, above)| Name::new(above).ok());
    // Above the registered domain there is nobody's.
    let full = above.filter(|above| above.as_ascii().len() > base.as_ascii().len());
    full.into_iter().chain([base]).filter(|name| name != domain).collect()
}

fn autodiscover_service(domain: &Name) -> Option<Name> {
    domain.under("_tcp").ok()?.under("_autodiscover").ok()
}

fn autodiscover_url(authority: &str) -> String {
    format!("https://{authority}/autodiscover/autodiscover.xml")
}

fn query(domain: &Name) -> String {
    format!("?emailaddress=postmaster%40{domain}")
}

/// Targets of SRV records that are looked up.
const MOST_TARGETS: usize = 8;

#[cfg(test)]
mod tests {
    use super::providers;
    use crate::name::Name;

    fn of(domain: &str, exchanger: &str) -> Vec<String> {
        let name = |text: &str| Name::new(text).unwrap();
        providers(&name(domain), &[name(exchanger)]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_provider_is_found_by_the_host_that_takes_the_mail() {
        assert_eq!(of("example.org", "mx.hoster.example"), ["hoster.example"]);
        assert_eq!(of("example.org", "mx1.eu.hoster.co.uk"), ["eu.hoster.co.uk", "hoster.co.uk"]);
        assert_eq!(of("example.org", "mx.example.org"), Vec::<String>::new());
        assert_eq!(of("mail.example.org", "mx.example.org"), ["example.org"]);
        assert_eq!(of("example.org", "hoster.example"), ["hoster.example"]);
        assert_eq!(of("example.org", "localhost"), Vec::<String>::new());
    }
}
