//! Which of the names that lead to an endpoint its certificate lacks, and how to come to terms.

use super::presented::{self, Presented};
use crate::certificate::Certificate;
use crate::client_config::leading_here;
use crate::endpoint::Place;
use crate::finding::{Change, Finding, Severity, Verdict};
use crate::identity::mail::{Named, Wanted, identify_service};
use crate::identity::{self, Identity, covers};
use crate::name::{Host, Name};
use crate::observation::EndpointObservation;
use crate::words;

/// Endpoints whose names a certificate lacks.
pub(in crate::rules) struct Uncovered<'a> {
    /// Their names as people read them, each once.
    pub(in crate::rules) hosts: Vec<String>,
    /// The endpoints.
    pub(in crate::rules) at: Vec<&'a EndpointObservation>,
}

/// Collects those endpoints of a certificate that `counts` and whose names it lacks.
///
/// # Errors
/// The verdict where there are none.
pub(in crate::rules) fn uncovered<'a>(
    presented: &Presented<'a>,
    counts: impl Fn(&EndpointObservation) -> bool,
) -> Result<Uncovered<'a>, Verdict> {
    let leaf = presented.leaf;
    let named: Vec<&EndpointObservation> =
        presented.at.iter().copied().filter(|seen| counts(seen) && has_name(seen)).collect();
    if named.is_empty() {
        return Err(Verdict::NotApplicable("no name of this kind leads to where it is served"));
    }
    let lacking: Vec<&EndpointObservation> =
        named.into_iter().filter(|seen| !covers(leaf, &seen.endpoint.host)).collect();
    if lacking.is_empty() {
        return Err(Verdict::Pass);
    }
    if leaf.names.is_none() && !leaf.problems.is_empty() {
        return Err(Verdict::Unknown("the names in the certificate could not be read".to_owned()));
    }
    let at: Vec<&EndpointObservation> =
        lacking.into_iter().filter(|seen| !is_common_name_only(leaf, &seen.endpoint.host)).collect();
    if at.is_empty() {
        return Err(Verdict::NotApplicable(
            "it has the name, but only as common name: cert-san-missing judges it",
        ));
    }
    let mut hosts = Vec::new();
    for seen in &at {
        let host = presented::shown(&seen.endpoint.host.to_string());
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Ok(Uncovered { hosts, at })
}

/// Tells whether a host is not in the certificate in any form. One that is there and does not count for its form is told by
/// cert-wildcard-misused and cert-malformed.
pub(in crate::rules) fn is_lacking_in_any_form(
    presented: &Presented<'_>,
    seen: &EndpointObservation,
) -> bool {
    let host = &seen.endpoint.host;
    !matches!(identity::identify(presented.leaf, host), Identity::WildcardMisused(name)
        if identity::is_misplaced_wildcard(&name))
        && identity::malformed_for(presented.leaf, host).is_none()
}

/// Says which names the certificate has, why a near miss misses, and which name leads here.
pub(in crate::rules) fn explain(presented: &Presented<'_>, uncovered: &Uncovered<'_>) -> String {
    let leaf = presented.leaf;
    let mut text = match presented::names(leaf).as_str() {
        "no names" => match &leaf.common_name {
            Some(name) => format!("The certificate is for {}.", presented::shown(name)),
            None => "The certificate has no names at all.".to_owned(),
        },
        names => format!("The certificate is for {names}."),
    };
    if let Some(reason) = uncovered.at.iter().find_map(|seen| near_miss(leaf, seen.endpoint.host.name()?)) {
        text.push_str(&reason);
    }
    if let Some(service) = service(presented, uncovered) {
        text.push_str(&format!(
            " It names the service {}, which counts for programs that follow SRV records to the end (RFC 7817); most \
             look for the host.",
            presented::shown(&service)
        ));
    }
    let leading = leads_here(presented, uncovered);
    if !leading.is_empty() {
        let shown: Vec<String> = leading.iter().map(|name| presented::shown(name.as_ascii())).collect();
        let lead = if shown.len() == 1 { "leads" } else { "lead" };
        text.push_str(&format!(
            " {}, which the certificate has, {lead} to the same address: clients that are told so are well.",
            words::list(&shown)
        ));
    }
    text
}

/// Returns the SRV-ID by which the certificate names the service of the mail domain (RFC 7817 §3).
fn service(presented: &Presented<'_>, uncovered: &Uncovered<'_>) -> Option<String> {
    let domain = presented.case.seen.host.as_ref().and_then(Host::name);
    uncovered.at.iter().find_map(|seen| {
        let (protocol, security) = (seen.endpoint.protocol, seen.endpoint.security);
        match identify_service(presented.leaf, &Wanted { host: None, domain, protocol, security })? {
            Named::Service(service) => Some(service),
            Named::Host(_) => None,
        }
    })
}

/// Builds the finding with evidence and the fitting change.
pub(in crate::rules) fn finding(
    presented: &Presented<'_>,
    uncovered: &Uncovered<'_>,
    title: String,
    cause: String,
) -> Finding {
    let leading: Vec<String> =
        leads_here(presented, uncovered).iter().map(|name| name.as_ascii().to_owned()).collect();
    let mut expected: Vec<String> = uncovered.at.iter().map(|seen| seen.endpoint.host.to_string()).collect();
    expected.dedup();
    let mut finding = presented
        .finding(title, cause)
        .evidence("expected", expected.clone())
        .evidence("leads_here", leading.clone());
    finding.severity = Severity::Error;
    let change = match (leading.into_iter().next(), presented.renewal_names()) {
        (Some(to), _) if !is_ours(presented) => {
            let (at, names) = (Vec::new(), Vec::new());
            Change::ClientName { from: expected.remove(0), to: Some(to), at, names }
        }
        (_, mut names) => {
            for name in expected {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Change::RenewCertificate { names }
        }
    };
    finding.change(change)
}

/// Returns whether an endpoint is reached by a name over the network, or is judged as if it were.
fn has_name(seen: &EndpointObservation) -> bool {
    let by_network = matches!(&seen.endpoint.place, Place::Tcp(_) | Place::Files(_));
    by_network && matches!(&seen.endpoint.host, Host::Name(_))
}

/// Returns whether a certificate without alternative names has the host as its common name.
fn is_common_name_only(leaf: &Certificate, host: &Host) -> bool {
    let (Some(common_name), Host::Name(name)) = (&leaf.common_name, host) else { return false };
    presented::dns_names(leaf).is_empty() && common_name.eq_ignore_ascii_case(name.as_ascii())
}

/// Says why a wildcard that looks right does not count.
fn near_miss(leaf: &Certificate, host: &Name) -> Option<String> {
    let host = host.as_ascii();
    presented::dns_names(leaf).iter().find_map(|pattern| {
        let parent = pattern.strip_prefix("*.")?;
        if host == parent {
            return Some(format!(" The wildcard {pattern} does not stand for {parent} itself."));
        }
        let deeper = host.strip_suffix(parent)?.strip_suffix('.')?;
        deeper
            .contains('.')
            .then(|| format!(" The wildcard {} stands for one label only.", presented::text(pattern)))
    })
}

/// Returns resolved names that the certificate bears and that lead to one of these addresses.
pub(in crate::rules) fn leads_here(presented: &Presented<'_>, uncovered: &Uncovered<'_>) -> Vec<Name> {
    let addresses: Vec<_> = uncovered.at.iter().filter_map(|seen| seen.endpoint.address()).collect();
    leading_here(presented.case.seen, presented.leaf, &addresses)
}

/// Returns whether a name of the certificate belongs to the domain that is examined, so that its owner can
/// have it reissued.
fn is_ours(presented: &Presented<'_>) -> bool {
    let Some(Host::Name(target)) = &presented.case.seen.host else { return true };
    presented::dns_names(presented.leaf).iter().any(|name| {
        let name = name.strip_prefix("*.").unwrap_or(name);
        name == target.as_ascii()
            || name.strip_suffix(target.as_ascii()).is_some_and(|rest| rest.ends_with('.'))
            || target
                .as_ascii()
                .strip_suffix(name)
                .is_some_and(|rest| rest.ends_with('.') && name.contains('.'))
    })
}
