//! Why a document did not come from a web server.

use super::faces::Face;
use super::presented;
use super::records::{self, Resolution};
use crate::diagnosis::TrustState;
use crate::finding::Case;
use crate::identity::covers;
use crate::name::{Host, Name};
use crate::observation::Fetch;
use crate::words;

/// Why a document could not be fetched.
pub(in crate::rules) enum Lack {
    /// It is so for everybody: no such host, a bad certificate.
    Certain(String),
    /// The library says so, and nothing else does.
    Said(String),
    /// Nothing came at this place of the network.
    FromHere(String),
    /// Not even that can be told; the reason completes "could not tell: …".
    Unknown(String),
}

/// Finds out why a document could not be fetched from a host; `why` is what the fetcher says.
pub(in crate::rules) fn lack(case: &Case<'_>, fetch: &Fetch, host: &Name, why: &str) -> Lack {
    let said = words::escape(why, MOST_CHARACTERS);
    if fetch.web.status.is_some() {
        return Lack::Said(said);
    }
    if let Some(face) = face(case, fetch) {
        return of_certificate(case, face, host).map_or(Lack::Said(said), Lack::Certain);
    }
    if why.starts_with("TLS: ") {
        return Lack::Said(said);
    }
    match records::resolution(case, host) {
        Resolution::None { no_name: true } => Lack::Certain(format!("{host} does not exist")),
        Resolution::None { no_name: false } => Lack::Certain(format!("{host} has no address")),
        // Nothing was answered, and nobody knows whether it would be elsewhere.
        Resolution::Unknown(unknown) if why.starts_with(host.as_ascii()) => Lack::Unknown(unknown),
        Resolution::Found | Resolution::Unknown(_) => Lack::FromHere(said),
    }
}

/// Returns the certificate that the web server showed, with its chain.
pub(in crate::rules) fn face<'a>(case: &'a Case<'_>, fetch: &Fetch) -> Option<Face<'a>> {
    let chain = case.diagnosis.web.get(&fetch.url)?;
    Some(Face { leaf: case.diagnosis.leaf(chain)?, chain })
}

/// Says what is wrong with a certificate; none where our own look finds nothing.
fn of_certificate(case: &Case<'_>, face: Face<'_>, host: &Name) -> Option<String> {
    let (leaf, host) = (face.leaf, Host::Name(host.clone()));
    let mut faults = Vec::new();
    if let Some(end) = leaf.not_after.filter(|end| *end < case.now) {
        faults.push(format!("expired on {}", words::date(end)));
    }
    if let Some(start) = leaf.not_before.filter(|start| *start > case.now) {
        faults.push(format!("begins only on {}", words::date(start)));
    }
    if !covers(leaf, &host) {
        faults.push(format!("bears {}, and not {host}", presented::names(leaf)));
    }
    match &face.chain.trust {
        TrustState::SelfSigned => faults.push("is self-signed".to_owned()),
        TrustState::UntrustedRoot { .. } | TrustState::UnknownIssuer { .. } => {
            faults.push("comes from an issuer that nobody knows".to_owned());
        }
        TrustState::Incomplete { missing, .. } => {
            let missing: Vec<String> = missing.iter().map(|name| presented::text(name)).collect();
            faults.push(format!("is sent without its intermediate {}", words::list(&missing)));
        }
        TrustState::Trusted { .. } | TrustState::Unknown(_) => {}
    }
    (!faults.is_empty()).then(|| format!("its certificate {}", words::list(&faults)))
}

/// The most of what a library says.
const MOST_CHARACTERS: usize = 300;
