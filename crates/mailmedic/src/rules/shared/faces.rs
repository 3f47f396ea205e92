//! One service, many faces: which certificates its endpoints present, and what is wrong with each.

use super::lifetime::Lifetime;
use super::presented::{self, is_good};
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::{ServedChain, TrustState};
use crate::finding::{Case, Change, Finding, Severity};
use crate::identity::covers;
use crate::name::Host;
use crate::observation::{EndpointObservation, KeyType};
use crate::words;

/// A certificate as an endpoint presents it.
#[derive(Clone, Copy)]
pub(in crate::rules) struct Face<'a> {
    /// The leaf.
    pub(in crate::rules) leaf: &'a Certificate,
    /// The chain that it came with.
    pub(in crate::rules) chain: &'a ServedChain,
}

/// A newer certificate that is served elsewhere.
pub(in crate::rules) struct Newer<'a> {
    /// The one served here.
    pub(in crate::rules) served: &'a Certificate,
    /// The newer one.
    pub(in crate::rules) newer: &'a Certificate,
    /// The first endpoint that presents the newer one.
    pub(in crate::rules) at: &'a EndpointObservation,
}

/// Returns the index of an endpoint in the examination.
pub(in crate::rules) fn index_of(case: &Case<'_>, seen: &EndpointObservation) -> Option<usize> {
    case.seen.endpoints.iter().position(|known| known.endpoint == seen.endpoint)
}

/// Returns the certificates that good clients are presented with at an endpoint, each once.
pub(in crate::rules) fn faces<'a>(case: &'a Case<'_>, endpoint: usize) -> Vec<Face<'a>> {
    let mut faces: Vec<Face<'a>> = Vec::new();
    for chain in &case.diagnosis.chains {
        let here = chain.sightings.iter().any(|one| one.endpoint == endpoint && is_good(one.ask));
        let Some(leaf) = case.diagnosis.leaf(chain).filter(|_| here) else { continue };
        if !faces.iter().any(|known| known.leaf.fingerprint == leaf.fingerprint) {
            faces.push(Face { leaf, chain });
        }
    }
    faces
}

/// Returns what clients that were told `host` find wrong, in words that complete "the certificate …".
pub(in crate::rules) fn faults(case: &Case<'_>, face: Face<'_>, host: &Host) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(end) = face.leaf.not_after.filter(|end| *end < case.now) {
        faults.push(format!("ended on {}", words::date(end)));
    }
    if let Some(start) = face.leaf.not_before.filter(|start| *start > case.now) {
        faults.push(format!("begins only on {}", words::date(start)));
    }
    if host.name().is_some() && !covers(face.leaf, host) {
        faults.push(format!("is not for {}", presented::shown(&host.to_string())));
    }
    match &face.chain.trust {
        TrustState::SelfSigned => faults.push("is self-signed".to_owned()),
        TrustState::UntrustedRoot { .. } | TrustState::UnknownIssuer { .. } => {
            faults.push("comes from an issuer that clients do not know".to_owned());
        }
        TrustState::Incomplete { .. } => faults.push("is sent without its intermediate".to_owned()),
        TrustState::Trusted { .. } | TrustState::Unknown(_) => {}
    }
    faults
}

/// Returns the kind of a certificate's key.
pub(in crate::rules) fn kind(certificate: &Certificate) -> Option<KeyType> {
    match certificate.key {
        PublicKey::Rsa { .. } => Some(KeyType::Rsa),
        PublicKey::Ec { .. } => Some(KeyType::Ecdsa),
        PublicKey::Other(_) | PublicKey::Unreadable => None,
    }
}

/// Writes a certificate in a few words: its title, its issuer and its end.
pub(in crate::rules) fn sketch(certificate: &Certificate) -> String {
    let end = certificate.not_after.map_or(String::new(), |end| format!(", until {}", words::date(end)));
    format!("\"{}\" by \"{}\"{end}", presented::title(certificate), presented::issuer(certificate))
}

/// Returns the newest certificate for the same host that another endpoint presents and this one does not.
///
/// Servers that renew each for itself, also on one machine, differ by days without fault: it counts only once
/// the certificate here is past the time of its renewal.
pub(in crate::rules) fn newer<'a>(case: &'a Case<'_>, endpoint: usize) -> Option<Newer<'a>> {
    let here = case.seen.endpoints.get(endpoint)?;
    let own = faces(case, endpoint);
    let mut best: Option<Newer<'a>> = None;
    for (index, sibling) in case.seen.endpoints.iter().enumerate().filter(|(index, _)| *index != endpoint) {
        let theirs = faces(case, index);
        for (old, new) in own.iter().flat_map(|old| theirs.iter().map(move |new| (*old, *new))) {
            let is_known = |faces: &[Face<'_>], one: Face<'_>| {
                faces.iter().any(|face| face.leaf.fingerprint == one.leaf.fingerprint)
            };
            let comparable = (own.len() == 1 && theirs.len() == 1) || kind(old.leaf) == kind(new.leaf);
            if is_known(&own, new)
                || is_known(&theirs, old)
                || !comparable
                || !replaces(case, old, new, &here.endpoint.host)
                || !is_due(case, old.leaf)
            {
                continue;
            }
            if best.as_ref().is_none_or(|best| new.leaf.not_after > best.newer.not_after) {
                best = Some(Newer { served: old.leaf, newer: new.leaf, at: sibling });
            }
        }
    }
    best
}

/// Returns whether `new` was made later than `old`, for the same host, and is good now.
fn replaces(case: &Case<'_>, old: Face<'_>, new: Face<'_>, host: &Host) -> bool {
    let same_names = match host {
        Host::Name(_) => covers(old.leaf, host) && covers(new.leaf, host),
        Host::Address(_) => {
            let theirs = presented::dns_names(new.leaf);
            presented::dns_names(old.leaf).iter().any(|name| theirs.contains(name))
        }
    };
    let is_trusted = |face: Face<'_>| {
        matches!(face.chain.trust, TrustState::Trusted { .. } | TrustState::Incomplete { .. })
    };
    let (Some(old_start), Some(old_end), Some(new_start), Some(new_end)) =
        (old.leaf.not_before, old.leaf.not_after, new.leaf.not_before, new.leaf.not_after)
    else {
        return false;
    };
    same_names
        && new_start > old_start
        && new_end > old_end
        && new_start <= case.now
        && case.now <= new_end
        && (is_trusted(new) || !is_trusted(old))
}

/// Returns whether a certificate is past the time at which programs renew.
fn is_due(case: &Case<'_>, certificate: &Certificate) -> bool {
    Lifetime::of(certificate, case.now).is_some_and(|lifetime| lifetime.left < lifetime.renewed_at())
}

/// Endpoints of one group that present the same certificate.
struct Camp<'a> {
    members: Vec<&'a EndpointObservation>,
    faces: Vec<Face<'a>>,
    faults: Vec<String>,
}

/// What a comparison of endpoints that ought to be alike came to.
pub(in crate::rules) enum Comparison {
    /// No two endpoints to compare.
    Nothing,
    /// They present the same.
    Alike,
    /// They differ.
    Different(Vec<Finding>),
}

/// Compares the endpoints of one host that `are_siblings`; `place` writes what tells one from the other.
///
/// Endpoints with an older certificate than a sibling are left to cert-inactive.
pub(in crate::rules) fn compare(
    case: &Case<'_>,
    title: &str,
    are_siblings: impl Fn(&EndpointObservation, &EndpointObservation) -> bool,
    place: impl Fn(&EndpointObservation) -> String,
) -> Comparison {
    let mut groups: Vec<Vec<(&EndpointObservation, Vec<Face<'_>>)>> = Vec::new();
    for (index, seen) in case.seen.endpoints.iter().enumerate() {
        let faces = faces(case, index);
        if faces.is_empty() || newer(case, index).is_some() {
            continue;
        }
        match groups.iter_mut().find(|group| are_siblings(group[0].0, seen)) {
            Some(group) => group.push((seen, faces)),
            None => groups.push(vec![(seen, faces)]),
        }
    }
    groups.retain(|group| group.len() > 1);
    if groups.is_empty() {
        return Comparison::Nothing;
    }
    let different: Vec<Finding> = groups
        .into_iter()
        .filter_map(|group| {
            let camps = camps(case, group);
            (camps.len() > 1).then(|| tell(title, &camps, &place))
        })
        .collect();
    if different.is_empty() { Comparison::Alike } else { Comparison::Different(different) }
}

fn camps<'a>(case: &'a Case<'_>, group: Vec<(&'a EndpointObservation, Vec<Face<'a>>)>) -> Vec<Camp<'a>> {
    let mut camps: Vec<Camp<'a>> = Vec::new();
    for (seen, faces) in group {
        let mut faults: Vec<String> =
            faces.iter().flat_map(|face| self::faults(case, *face, &seen.endpoint.host)).collect();
        faults.dedup();
        match camps.iter_mut().find(|camp| is_same(camp, &faces, &faults)) {
            Some(camp) => camp.members.push(seen),
            None => camps.push(Camp { members: vec![seen], faces, faults }),
        }
    }
    camps
}

/// Returns whether two endpoints present the same: one certificate in common, or certificates of different
/// kinds of keys, of which each client gets the one it can use, without a difference in faults.
fn is_same(camp: &Camp<'_>, faces: &[Face<'_>], faults: &[String]) -> bool {
    let shared =
        camp.faces.iter().any(|one| faces.iter().any(|other| one.leaf.fingerprint == other.leaf.fingerprint));
    let kinds_meet =
        camp.faces.iter().any(|one| faces.iter().any(|other| kind(one.leaf) == kind(other.leaf)));
    shared || (!kinds_meet && camp.faults.is_empty() == faults.is_empty())
}

fn tell(title: &str, camps: &[Camp<'_>], place: impl Fn(&EndpointObservation) -> String) -> Finding {
    let mut fingerprints: Vec<String> =
        camps.iter().map(|camp| camp.faces[0].leaf.fingerprint.to_string()).collect();
    let told: Vec<String> = camps
        .iter()
        .take(MOST_CAMPS)
        .map(|camp| {
            let mut places: Vec<String> = camp.members.iter().map(|seen| place(seen)).collect();
            places.dedup();
            let faults = if camp.faults.is_empty() {
                String::new()
            } else {
                format!(" (it {})", words::list(&camp.faults))
            };
            format!("{}: {}{faults}", words::list(&places), sketch(camp.faces[0].leaf))
        })
        .collect();
    let good = camps.iter().find(|camp| camp.faults.is_empty());
    let has_bad = camps.iter().any(|camp| !camp.faults.is_empty());
    let host = camps[0].members[0].endpoint.host.to_string();
    let advice = match good {
        Some(_) if has_bad => " The good one can be used for all.",
        Some(_) => " Each is good by itself; two of them must both be renewed.",
        None => "",
    };
    let cause =
        format!("{} presents different certificates. {}.{advice}", presented::shown(&host), told.join("; "));
    let members = camps
        .iter()
        .filter(|camp| good.is_none() || !has_bad || !camp.faults.is_empty())
        .flat_map(|camp| camp.members.iter().map(|seen| seen.id()));
    fingerprints.sort();
    let mut finding =
        Finding::new(Severity::Note, format!("{host} {}", fingerprints.join(" ")), title, cause)
            .evidence("host", host)
            .evidence("certificates", fingerprints)
            .evidence("faces", told);
    finding.endpoints = members.collect();
    if let Some(camp) = good.filter(|_| has_bad) {
        finding.severity = Severity::Warning;
        finding.change = Some(Change::ServeChain {
            file: presented::chain_file(camp.members[0]),
            chain: camp.faces[0].chain.complete.clone(),
        });
        finding.hurts = Some("whoever comes to the one that is at fault".to_owned());
    }
    finding
}

/// So many different certificates are told.
const MOST_CAMPS: usize = 6;
