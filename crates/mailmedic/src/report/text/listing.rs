//! How full listings of suites, groups and schemes went.

use super::places::places;
use super::{Page, safe};
use crate::report::{CipherReport, EndpointReport, EnumerationReport, TargetReport};
use crate::words;

/// Writes for each listing what it cost beside what it must cost, what it leaves open, and what nobody can use.
pub(super) fn write(out: &mut Page<'_>, target: &TargetReport) {
    let listed: Vec<(&EndpointReport, &EnumerationReport)> = target
        .endpoints
        .iter()
        .filter_map(|endpoint| Some((endpoint, endpoint.tls.enumeration.as_ref()?)))
        .collect();
    if listed.is_empty() {
        return;
    }
    out.blank();
    for (endpoint, listing) in listed {
        let place = places(std::slice::from_ref(&endpoint.id), target);
        out.hanging("full listing of ", "  ", &format!("{place}: {}", cost(listing)));
        if !listing.unusable.is_empty() {
            let suites: Vec<String> = listing.unusable.iter().map(suite).collect();
            out.hanging("  chosen but unusable: ", "    ", &safe(&suites.join(", ")));
        }
    }
}

/// Tells the connections and how much they prove.
fn cost(listing: &EnumerationReport) -> String {
    let lists = [
        (listing.suites_complete, "suites"),
        (listing.groups_complete, "groups"),
        (listing.signature_schemes_complete, "signature schemes"),
    ];
    let open: Vec<String> =
        lists.iter().filter(|(complete, _)| !complete).map(|(_, list)| (*list).to_owned()).collect();
    let proven = if open.is_empty() {
        "all lists are complete".to_owned()
    } else {
        format!("{} may not be complete", words::list(&open))
    };
    format!("connections used / lower bound {}/{}; {proven}", listing.connections, listing.lower_bound)
}

/// Names a suite with its version, as lists of other programs may have it.
fn suite(cipher: &CipherReport) -> String {
    let openssl = cipher.openssl.as_ref().map(|name| format!(", {name} in OpenSSL")).unwrap_or_default();
    format!("{} ({}{openssl})", cipher.name, cipher.version)
}
