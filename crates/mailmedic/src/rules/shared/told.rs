//! What sources tell mail clients, as rules about several of them see it.

use crate::endpoint::{Endpoint, Protocol, Security};
use crate::finding::{Case, Verdict};
use crate::name::Name;
use crate::observation::{DnsType, DomainObservation, EndpointObservation, TargetKind, Told};

/// Returns what is told of a mail domain that was looked at whole.
///
/// # Errors
/// The verdict for other targets, and where the web was not asked.
pub(in crate::rules) fn domain<'a>(case: &Case<'a>) -> Result<(&'a Name, &'a DomainObservation), Verdict> {
    let seen = case.seen;
    let (TargetKind::Domain, Some(domain)) = (seen.kind, seen.host.as_ref().and_then(|host| host.name()))
    else {
        return Err(Verdict::NotApplicable("this is no mail domain"));
    };
    if seen.look.alone {
        return Err(Verdict::NotApplicable("the mail DNS was looked at alone"));
    }
    match &seen.domain {
        Some(told) => Ok((domain, told)),
        None => Err(Verdict::Unknown("the domain was not looked at".to_owned())),
    }
}

/// Tells whether documents for mail clients were sought: the host of autoconfig was asked for.
pub(in crate::rules) fn were_sought(case: &Case<'_>, domain: &Name) -> bool {
    let host = domain.under("autoconfig").ok();
    let asked = |kind| host.as_ref().is_some_and(|host| case.seen.dns(host, kind).is_some());
    asked(DnsType::A) || asked(DnsType::Aaaa) || !case.seen.fetches.is_empty()
}

/// Returns the endpoints behind what a source tells.
pub(in crate::rules) fn endpoints<'a>(case: &Case<'a>, told: &Told) -> Vec<&'a EndpointObservation> {
    let is_it = |seen: &&EndpointObservation| {
        let endpoint = &seen.endpoint;
        endpoint.protocol == told.protocol
            && endpoint.port == told.port
            && told.host.as_deref().is_some_and(|host| is_host(endpoint, host))
    };
    case.seen.endpoints.iter().filter(is_it).collect()
}

/// Writes a service as people say it: `IMAP on port 993 with TLS from the start`.
pub(in crate::rules) fn service(protocol: Protocol, security: Option<Security>, port: u16) -> String {
    format!("{} on port {port} {}", super::wording::protocol(protocol), mode(security))
}

/// Writes a mode as people say it.
pub(in crate::rules) fn mode(security: Option<Security>) -> &'static str {
    match security {
        Some(Security::Implicit) => "with TLS from the start",
        Some(Security::Starttls) => "with STARTTLS",
        None => "without TLS",
    }
}

fn is_host(endpoint: &Endpoint, text: &str) -> bool {
    crate::name::Host::new(text).is_ok_and(|host| host == endpoint.host)
}
