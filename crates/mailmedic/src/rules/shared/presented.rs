//! The leaf of a chain as good clients are presented with it, in the words that rules share.

use super::{faces, scope, weigh};
use crate::certificate::{Certificate, PublicKey};
use crate::diagnosis::{ServedChain, TrustState, WayEnd};
use crate::endpoint::{Place, Role, Source};
use crate::finding::{Case, Change, Finding, Severity, Verdict};
use crate::identity::covers;
use crate::name::Name;
use crate::observation::{Ask, EndpointObservation, KeyType};
use crate::trust::Store;
use crate::words;

/// A leaf with the endpoints that present it to clients which do all that a good client does.
pub(in crate::rules) struct Presented<'a> {
    /// The case.
    pub(in crate::rules) case: &'a Case<'a>,
    /// The chain.
    pub(in crate::rules) chain: &'a ServedChain,
    /// Its leaf.
    pub(in crate::rules) leaf: &'a Certificate,
    /// Where good clients are presented with it.
    pub(in crate::rules) at: Vec<&'a EndpointObservation>,
}

/// Judges a chain by its leaf, if good clients are presented with it and the leaf can be read.
pub(in crate::rules) fn judge(
    case: &Case<'_>,
    chain: &ServedChain,
    judge: impl Fn(&Presented<'_>) -> Verdict,
) -> Verdict {
    let at = good_endpoints(case, chain);
    if at.is_empty() {
        return Verdict::NotApplicable("only clients that send no server name are shown this chain");
    }
    match case.diagnosis.leaf(chain) {
        Some(leaf) => judge(&Presented { case, chain, leaf, at }),
        None => Verdict::Unknown("the certificate could not be read".to_owned()),
    }
}

impl Presented<'_> {
    /// Fails with a fault of identity: each endpoint gets the severity of those who verify there.
    pub(in crate::rules) fn identity_fault(&self, finding: Finding) -> Verdict {
        weigh::identity_fault(self.case, &self.at, finding)
    }

    /// Completes a finding that an address by which endpoints are named is not in the certificate.
    pub(in crate::rules) fn address_fault(&self, at: &[&EndpointObservation], finding: Finding) -> Verdict {
        let is_told = |seen: &&EndpointObservation| {
            seen.endpoint.role != Role::Mx
                && seen.endpoint.sources.iter().any(|source| *source == Source::Srv || source.is_document())
        };
        if at.iter().any(is_told) {
            return weigh::identity_fault(self.case, at, finding);
        }
        // The user may have typed the address only to reach the server.
        let mut finding = finding.hurts("clients that are set up with the address in place of a name");
        finding.severity = if self.only_senders() { Severity::Note } else { Severity::Warning };
        finding.endpoints = at.iter().map(|seen| seen.id()).collect();
        Verdict::fail(finding)
    }

    /// Fails with a finding of fixed severity at every endpoint.
    pub(in crate::rules) fn fault(&self, mut finding: Finding) -> Verdict {
        finding.endpoints = self.at.iter().map(|seen| seen.id()).collect();
        Verdict::fail(finding)
    }

    /// Fails with a finding whose severity is one where only mail servers come, and another where people's programs do.
    pub(in crate::rules) fn by_role(&self, finding: Finding, servers: Severity, people: Severity) -> Verdict {
        let each = self.at.iter().map(|seen| {
            let mut one = finding.clone().at(seen.id());
            one.severity = scope::by_role(seen, servers, people);
            one
        });
        Verdict::Fail(each.collect())
    }

    /// Tells whether a public issuer made the leaf: its root is in a list that all the world has, or it bears the marks of
    /// public issuing and no other root is known.
    pub(in crate::rules) fn is_public(&self) -> bool {
        let in_public_list = |name: &str| PUBLIC_STORES.iter().any(|store| store.name() == name);
        match &self.chain.trust {
            TrustState::Trusted { store, .. } if in_public_list(store) => true,
            TrustState::Trusted { .. } | TrustState::Incomplete { .. } | TrustState::Unknown(_) => {
                self.leaf.publicly_issued
            }
            TrustState::UntrustedRoot { .. } => {
                let end = self.chain.best().map(|way| &way.end);
                matches!(end, Some(WayEnd::Anchor(stores)) if PUBLIC_STORES.iter().any(|store| stores.has(*store)))
            }
            TrustState::SelfSigned | TrustState::UnknownIssuer { .. } => false,
        }
    }

    /// Starts a finding whose key is the leaf and whose evidence describes it.
    pub(in crate::rules) fn finding(&self, title: impl Into<String>, cause: impl Into<String>) -> Finding {
        let finding = Finding::new(Severity::Warning, self.leaf.fingerprint.to_string(), title, cause);
        describe(finding, self.leaf)
    }

    /// Returns the change that puts another certificate with the same names in its place.
    pub(in crate::rules) fn renewal(&self) -> Change {
        Change::RenewCertificate { names: self.renewal_names() }
    }

    /// Returns the change that serves the full chain, where it is known.
    pub(in crate::rules) fn serve_chain(&self) -> Change {
        Change::ServeChain { file: chain_file(self.at[0]), chain: self.chain.complete.clone() }
    }

    /// Returns the names for a new certificate: those that it has, or those of the hosts that present it.
    pub(in crate::rules) fn renewal_names(&self) -> Vec<String> {
        let known = dns_names(self.leaf);
        // What is no name (a wildcard aside) cannot be ordered again.
        let usable: Vec<String> =
            known.iter().filter(|name| Name::new(name).is_ok() && name.contains('.')).cloned().collect();
        let mut names = if self.is_self_made() { Vec::new() } else { usable };
        for seen in &self.at {
            let Some(host) = seen.endpoint.host.name() else { continue };
            let wanted = !is_guess(seen) && !covers(self.leaf, &seen.endpoint.host);
            if (wanted || names.is_empty()) && !names.iter().any(|name| name == host.as_ascii()) {
                names.push(host.as_ascii().to_owned());
            }
        }
        names
    }

    /// Returns the kind of the leaf's key and the other kind, where every endpoint has a certificate for both.
    pub(in crate::rules) fn key_types(&self) -> Option<(&'static str, &'static str)> {
        let own = faces::kind(self.leaf)?;
        let has_other = |seen: &&EndpointObservation| {
            let faces = faces::index_of(self.case, seen).map(|index| faces::faces(self.case, index));
            faces
                .unwrap_or_default()
                .iter()
                .any(|face| faces::kind(face.leaf).is_some_and(|kind| kind != own))
        };
        self.at.iter().all(has_other).then_some(match own {
            KeyType::Rsa => ("RSA", "ECDSA"),
            KeyType::Ecdsa => ("ECDSA", "RSA"),
        })
    }

    /// Returns whether the leaf signed itself.
    pub(in crate::rules) fn is_self_made(&self) -> bool {
        self.chain.trust == TrustState::SelfSigned
    }

    /// Returns one of two phrases: what a server does, or how it is with files, of which nobody sends anything yet.
    pub(in crate::rules) fn by_source<'t>(&self, server: &'t str, file: &'t str) -> &'t str {
        if self.at.iter().all(|seen| is_file(seen)) { file } else { server }
    }

    /// Returns whether only mail servers connect to where it is presented.
    pub(in crate::rules) fn only_senders(&self) -> bool {
        self.at.iter().all(|seen| seen.endpoint.role == Role::Mx)
    }
}

/// Returns the endpoints where good clients are presented with a chain, in the order of the report.
pub(in crate::rules) fn good_endpoints<'a>(
    case: &'a Case<'_>,
    chain: &ServedChain,
) -> Vec<&'a EndpointObservation> {
    let mut indices: Vec<usize> = chain
        .sightings
        .iter()
        .filter(|sighting| is_good(sighting.ask))
        .map(|sighting| sighting.endpoint)
        .collect();
    indices.sort_unstable();
    indices.dedup();
    indices.into_iter().filter_map(|index| case.seen.endpoints.get(index)).collect()
}

/// Returns whether a question is asked as a good client asks: with the server's name.
pub(in crate::rules) fn is_good(ask: Ask) -> bool {
    matches!(ask, Ask::Polite | Ask::OtherMode | Ask::Version(_) | Ask::Certificate(_) | Ask::List(_))
}

/// Returns whether an endpoint stands for certificates out of files.
pub(in crate::rules) fn is_file(seen: &EndpointObservation) -> bool {
    matches!(seen.endpoint.place, Place::Files(_))
}

/// Returns whether nothing but our own guess led to an endpoint: nobody told clients its name.
pub(in crate::rules) fn is_guess(seen: &EndpointObservation) -> bool {
    seen.endpoint.sources.iter().all(|source| *source == Source::Guess)
}

/// Returns whether a document that mail programs follow by themselves tells them this endpoint.
pub(in crate::rules) fn is_by_document(seen: &EndpointObservation) -> bool {
    seen.endpoint.sources.iter().any(|source| source.is_document())
}

/// Adds what identifies a certificate to a finding's evidence.
pub(in crate::rules) fn describe(finding: Finding, certificate: &Certificate) -> Finding {
    let mut finding = finding
        .evidence("sha256", certificate.fingerprint.to_string())
        .evidence("subject", text(&certificate.subject))
        .evidence("issuer", text(&certificate.issuer))
        .evidence("names", bounded_names(certificate));
    if let Some(start) = certificate.not_before {
        finding = finding.evidence("not_before", start.to_string());
    }
    if let Some(end) = certificate.not_after {
        finding = finding.evidence("not_after", end.to_string());
    }
    finding
}

/// Returns the DNS names of a certificate.
pub(in crate::rules) fn dns_names(certificate: &Certificate) -> &[String] {
    certificate.names.as_ref().map_or(&[], |names| &names.dns)
}

/// Writes the names of a certificate for people: U-labels with their A-labels, addresses, at most eight.
pub(in crate::rules) fn names(certificate: &Certificate) -> String {
    let Some(names) = &certificate.names else { return "no names".to_owned() };
    let mut all: Vec<String> = names.dns.iter().map(|name| shown(name)).collect();
    all.extend(names.addresses.iter().map(ToString::to_string));
    if all.is_empty() { "no names".to_owned() } else { words::list(&all) }
}

/// Writes a name for people: the U-labels, with the A-labels behind where they differ.
pub(in crate::rules) fn shown(name: &str) -> String {
    match Name::new(name) {
        Ok(read) if read.to_unicode() != read.as_ascii() => {
            format!("{} ({})", text(&read.to_unicode()), read.as_ascii())
        }
        Ok(read) => read.as_ascii().to_owned(),
        Err(_) => format!("\"{}\"", text(name)),
    }
}

/// Writes what a certificate is called: its common name, its first name, or its subject.
pub(in crate::rules) fn title(certificate: &Certificate) -> String {
    let own = certificate.common_name.as_deref().or(dns_names(certificate).first().map(String::as_str));
    match own {
        Some(name) => text(name),
        None if certificate.subject.is_empty() => format!("serial {}", text(&certificate.serial)),
        None => text(&certificate.subject),
    }
}

/// Writes who issued a certificate.
pub(in crate::rules) fn issuer(certificate: &Certificate) -> String {
    text(certificate.issuer_name.as_deref().unwrap_or(&certificate.issuer))
}

/// Writes a public key: `RSA 2048`, `EC secp256r1`.
pub(in crate::rules) fn key(certificate: &Certificate) -> String {
    match &certificate.key {
        PublicKey::Rsa { bits } => format!("RSA {bits}"),
        PublicKey::Ec { curve, .. } => format!("EC {}", text(curve)),
        PublicKey::Other(name) => text(name),
        PublicKey::Unreadable => "unreadable".to_owned(),
    }
}

/// Makes a peer's text safe and short.
pub(in crate::rules) fn text(foreign: &str) -> String {
    words::escape(foreign, MOST_CHARACTERS)
}

/// Returns the name of the file for a full chain.
pub(in crate::rules) fn chain_file(seen: &EndpointObservation) -> String {
    // A colon is no character for a file name everywhere.
    format!("{}.fullchain.pem", seen.endpoint.host.to_string().replace(':', "-"))
}

fn bounded_names(certificate: &Certificate) -> Vec<String> {
    let Some(names) = &certificate.names else { return Vec::new() };
    let dns = names.dns.iter().map(|name| text(name));
    dns.chain(names.addresses.iter().map(ToString::to_string)).take(MOST_NAMES).collect()
}

/// The lists of roots that come with programs and systems, whose issuers are public.
const PUBLIC_STORES: [Store; 5] =
    [Store::Mozilla, Store::Apple, Store::Microsoft, Store::Android, Store::Java];
/// A peer's text is cut after this many characters.
const MOST_CHARACTERS: usize = 120;
/// So many names go into the evidence.
const MOST_NAMES: usize = 100;
