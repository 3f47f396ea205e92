//! A file that describes the services of many domains, in JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::{LogIn, Policy, Server, Service};
use crate::endpoint::Protocol;
use crate::generate::mta_sts;
use crate::name::Name;
use crate::observation::MtaStsMode;
use crate::words;

/// The services of domains.
pub type Services = BTreeMap<Name, Arc<Service>>;

/// Reads a file; every domain in it belongs to one service.
///
/// # Errors
/// Says what is wrong, and with which service.
pub fn read(text: &str) -> Result<Services, String> {
    let whole: Whole = serde_json::from_str(text).map_err(|why| words::escape(&why.to_string(), 300))?;
    let mut services = Services::new();
    for (index, described) in whole.services.into_iter().enumerate() {
        let which = match described.domains.first() {
            Some(domain) => words::escape(domain, 80),
            None => return Err(format!("service {}: it has no domains", index + 1)),
        };
        let domains = described.domains.clone();
        let service = Arc::new(described.read().map_err(|why| format!("{which}: {why}"))?);
        for text in domains {
            let domain = Name::new(&text).map_err(|why| format!("{:?}: {why}", words::escape(&text, 80)))?;
            if services.insert(domain.clone(), Arc::clone(&service)).is_some() {
                return Err(format!("{domain}: it is described twice"));
            }
        }
    }
    if services.is_empty() {
        return Err("it describes no service".to_owned());
    }
    Ok(services)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    services: Vec<Described>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    domains: Vec<String>,
    name: Option<String>,
    short_name: Option<String>,
    help: Option<String>,
    #[serde(default)]
    imap: Vec<String>,
    #[serde(default)]
    pop3: Vec<String>,
    #[serde(default)]
    submission: Vec<String>,
    #[serde(default)]
    sieve: Vec<String>,
    #[serde(default)]
    log_in: LogInWord,
    mta_sts: Option<DescribedPolicy>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LogInWord {
    #[default]
    Address,
    LocalPart,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedPolicy {
    mode: MtaStsMode,
    #[serde(default)]
    mx: Vec<String>,
    max_age: Option<u32>,
}

impl Described {
    fn read(self) -> Result<Service, String> {
        let kinds = [
            (Protocol::Imap, &self.imap),
            (Protocol::Pop3, &self.pop3),
            (Protocol::Submission, &self.submission),
            (Protocol::Sieve, &self.sieve),
        ];
        let mut servers = Vec::new();
        for (protocol, texts) in kinds {
            for text in texts {
                let server = Server::parse(protocol, text);
                servers.push(server.map_err(|why| format!("{:?}: {why}", words::escape(text, 80)))?);
            }
        }
        let name = self.name.or_else(|| self.domains.first().cloned()).unwrap_or_default();
        let mut service = Service::new(&name, servers).map_err(|why| why.to_string())?;
        if let Some(short_name) = self.short_name {
            service.short_name = short_name;
        }
        service.help = self.help;
        service.log_in = match self.log_in {
            LogInWord::Address => LogIn::Address,
            LogInWord::LocalPart => LogIn::LocalPart,
        };
        service.mta_sts = self.mta_sts.map(policy).transpose()?;
        service.check().map_err(|why| why.to_string())?;
        Ok(service)
    }
}

fn policy(described: DescribedPolicy) -> Result<Policy, String> {
    let DescribedPolicy { mode, mx, max_age } = described;
    let policy = Policy { mode, mx, max_age: max_age.unwrap_or(Policy::usual_age(mode)) };
    match mta_sts::objections(&policy).first() {
        Some(objection) => Err(format!("mta_sts: {}", objection.why)),
        None => Ok(policy),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::name::Name;
    use crate::provision::LogIn;

    fn fails(text: &str) -> String {
        read(text).unwrap_err()
    }

    fn service(fields: &str) -> String {
        format!(
            "{{\"services\":[{{\"domains\":[\"example.org\",\"Example.NET\"],\"imap\":[\"mail.example.org\"],\
             \"submission\":[\"mail.example.org\"]{fields}}}]}}"
        )
    }

    #[test]
    fn domains_share_a_service() {
        let fields =
            ",\"log_in\":\"local-part\",\"mta_sts\":{\"mode\":\"enforce\",\"mx\":[\"mx.example.org\"]}";
        let services = read(&service(fields)).unwrap();
        assert_eq!(services.len(), 2);
        let one = &services[&Name::new("example.net").unwrap()];
        assert_eq!((one.name.as_str(), one.log_in), ("example.org", LogIn::LocalPart));
        assert_eq!(one.mta_sts.as_ref().unwrap().max_age, 1_209_600);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_service() {
        assert!(fails("{").starts_with("EOF"));
        assert_eq!(fails("{\"services\":[]}"), "it describes no service");
        assert!(fails(&service(",\"imaps\":[]")).contains("unknown field `imaps`"));
        assert_eq!(fails("{\"services\":[{\"domains\":[]}]}"), "service 1: it has no domains");
        assert_eq!(
            fails("{\"services\":[{\"domains\":[\"a.example\"]}]}"),
            "a.example: no IMAP or POP3 server is given"
        );
        assert!(fails(&service(",\"pop3\":[\"192.0.2.1\"]")).contains("it is an address"));
        assert!(fails(&service(",\"help\":\"ftp://x\"")).ends_with("the help is no http: or https: URL"));
        assert!(fails(&service(",\"mta_sts\":{\"mode\":\"enforce\"}")).contains("mta_sts: It lists no mx"));
        let twice = service("").replace("Example.NET", "EXAMPLE.org");
        assert_eq!(fails(&twice), "example.org: it is described twice");
    }
}
