//! Which document a web request wants: for many domains, without any I/O.

use std::sync::Arc;

use jiff::Timestamp;

use super::cms::Signer;
use super::file::Services;
use super::{Address, Service, apple, autoconfig, autodiscover, pacc};
use crate::generate::mta_sts;
use crate::name::Name;

/// The documents of many domains.
#[derive(Debug)]
pub struct Site {
    services: Services,
    signer: Option<Signer>,
}

/// A request, as far as it matters.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET`.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// What stands behind the question mark.
    pub query: Option<&'a str>,
    /// The host that the client wanted, with or without a port.
    pub host: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// The methods to use instead, where this one is not.
    pub allow: Option<&'static str>,
    /// The name for a file of it.
    pub file: Option<String>,
    /// Whether it is about one person, so that nobody must keep it.
    pub private: bool,
}

impl Answer {
    fn new(media_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, media_type, body: body.into(), allow: None, file: None, private: false }
    }

    /// Makes an answer that is none.
    pub fn refusal(status: u16, why: &'static str) -> Self {
        Self { status, ..Self::new("text/plain", format!("{why}\n")) }
    }
}

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Autoconfig,
    Autodiscover,
    Pacc,
    Profile,
    MtaSts,
}

impl Site {
    /// Takes the services of domains, and what profiles are signed with.
    pub fn new(services: Services, signer: Option<Signer>) -> Self {
        Self { services, signer }
    }

    /// Returns how many domains there are.
    pub fn domains(&self) -> usize {
        self.services.len()
    }

    /// Returns whether a request is for something that takes a body.
    pub fn takes_body(method: &str, path: &str) -> bool {
        method == "POST" && wanted(path) == Some(Wanted::Autodiscover)
    }

    /// Answers a request; profiles are signed with this time.
    pub fn answer(&self, request: Request<'_>, now: Timestamp) -> Answer {
        let Some(wanted) = wanted(request.path) else { return not_found() };
        let allowed = if wanted == Wanted::Autodiscover { "POST" } else { "GET, HEAD" };
        if !allowed.split(", ").any(|method| method == request.method) {
            let allow = Some(allowed);
            return Answer { allow, ..Answer::refusal(405, "this is not how it is asked for") };
        }
        match wanted {
            Wanted::Autodiscover => self.autodiscover(request.body),
            Wanted::Autoconfig => self.autoconfig(request),
            Wanted::Profile => self.profile(request, now),
            Wanted::Pacc => {
                let found = self.by_host(request.host).and_then(|(_, service)| pacc::document(service));
                found.map_or_else(not_found, |text| Answer::new("application/json", text))
            }
            Wanted::MtaSts => {
                let found = self.by_host(request.host).and_then(|(_, service)| service.mta_sts.as_ref());
                found.map_or_else(not_found, |policy| Answer::new("text/plain", policy.text()))
            }
        }
    }

    fn autodiscover(&self, body: &[u8]) -> Answer {
        let Some(address) = autodiscover::address_of(body) else {
            return Answer::refusal(400, "this is no request for the settings of a mail account");
        };
        match self.services.get(address.domain()) {
            Some(service) => {
                let text = autodiscover::document(service, Some(&address));
                Answer { private: true, ..Answer::new(XML, text) }
            }
            None => not_found(),
        }
    }

    /// Who asks at the host of a mail server tells the domain by the address alone.
    fn autoconfig(&self, request: Request<'_>) -> Answer {
        let by_address = address(request.query).and_then(Result::ok);
        let by_address = by_address.and_then(|address| self.services.get_key_value(address.domain()));
        match by_address.or_else(|| self.by_host(request.host)) {
            Some((domain, service)) => Answer::new(XML, autoconfig::document(domain, service)),
            None => not_found(),
        }
    }

    fn profile(&self, request: Request<'_>, now: Timestamp) -> Answer {
        let address = match address(request.query) {
            Some(Ok(address)) => Some(address),
            Some(Err(())) => return Answer::refusal(400, "this is no mail address"),
            None => None,
        };
        let found = match &address {
            Some(address) => self.services.get_key_value(address.domain()),
            None => self.by_host(request.host),
        };
        let Some((domain, service)) = found else { return not_found() };
        let text = apple::document(domain, service, address.as_ref());
        let body = match &self.signer {
            None => text.into_bytes(),
            Some(signer) => match signer.sign(text.as_bytes(), now) {
                Ok(signed) => signed,
                Err(_) => return Answer::refusal(500, "the profile could not be signed"),
            },
        };
        Answer {
            file: Some(format!("{domain}.mobileconfig")),
            private: address.is_some(),
            ..Answer::new(apple::MEDIA_TYPE, body)
        }
    }

    /// Finds the domain of a host: the domain itself, or one of the names below it where documents are looked for.
    fn by_host(&self, host: Option<&str>) -> Option<(&Name, &Arc<Service>)> {
        let host = host?;
        let bare = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = Name::new(bare).ok()?;
        if let Some(found) = self.services.get_key_value(&name) {
            return Some(found);
        }
        let (first, above) = name.as_ascii().split_once('.')?;
        if !HOSTS.contains(&first) {
            return None;
        }
        self.services.get_key_value(&Name::new(above).ok()?)
    }
}

/// Tells what a path asks for; Outlook writes its own in several ways.
fn wanted(path: &str) -> Option<Wanted> {
    match path {
        "/mail/config-v1.1.xml" | "/.well-known/autoconfig/mail/config-v1.1.xml" => Some(Wanted::Autoconfig),
        pacc::PATH => Some(Wanted::Pacc),
        mta_sts::PATH => Some(Wanted::MtaSts),
        "/mobileconfig" => Some(Wanted::Profile),
        path if path.eq_ignore_ascii_case("/autodiscover/autodiscover.xml") => Some(Wanted::Autodiscover),
        _ => None,
    }
}

/// Reads the address in a query; none where there is none.
fn address(query: Option<&str>) -> Option<Result<Address, ()>> {
    let value = query?.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        key.eq_ignore_ascii_case("emailaddress").then_some(value)
    })?;
    Some(decoded(value).and_then(|text| Address::new(&text).ok()).ok_or(()))
}

/// Reads a value of a query (RFC 3986 §2.1). A plus sign stays one: addresses have them, and no spaces.
fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn not_found() -> Answer {
    Answer::refusal(404, "there is no such document, or none for this domain")
}

const XML: &str = "text/xml; charset=utf-8";

/// Names below a domain where its documents are looked for.
const HOSTS: [&str; 4] = ["autoconfig", "autodiscover", "ua-auto-config", "mta-sts"];

#[cfg(test)]
mod tests;
