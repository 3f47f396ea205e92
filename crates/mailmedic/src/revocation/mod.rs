//! Whether certificates are revoked: what to ask for, and what follows from staples, OCSP responses and lists.
//!
//! Nothing is fetched here. What came is data of the observation, and is read, its signature checked and its dates
//! held against the clock each time it is judged.

mod crl;
mod ocsp;
mod request;
mod signed;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::bytes::{Bytes, Fingerprint};
use crate::certificate::{Certificate, CrlPoint};
use crate::diagnosis::{Diagnosis, Flaw, Revocation, Says, Source, StatusAnswer};
use crate::observation::{Depth, Examination, StatusKind, StatusOrigin, StatusOutcome};
use crl::Lists;

pub use request::{get_url, request};
pub use signed::latest;

/// Documents by their SHA-256, as an observation holds them.
pub type Documents = BTreeMap<Fingerprint, Bytes>;

/// A document to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What it is, and for OCSP about which certificate.
    pub kind: StatusKind,
    /// Its URL; for OCSP that of the responder.
    pub url: String,
    /// The certificate that names it.
    pub certificate: Fingerprint,
}

/// Returns what to fetch for the certificates of all chains, leaves first; at most `most`, over plain HTTP.
///
/// For each certificate that is the first URL of its responder and the first of its list: what other URLs lead to
/// is the same.
pub fn wanted(diagnosis: &Diagnosis, now: Timestamp, most: usize) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for (fingerprint, certificate) in by_depth(diagnosis) {
        if is_over(certificate, now) || !diagnosis.issuers.contains_key(&fingerprint) {
            continue;
        }
        let ocsp = certificate.ocsp_urls().into_iter().find(|url| is_fetchable(url));
        let ocsp = ocsp.map(|url| (StatusKind::Ocsp(fingerprint), url));
        let lists = certificate.crl_points().into_iter().filter(is_usable);
        let list = lists.flat_map(|point| point.urls).find(|url| is_fetchable(url));
        let list = list.map(|url| (StatusKind::Crl, url));
        for (kind, url) in ocsp.into_iter().chain(list) {
            if !wanted.iter().any(|other| other.kind == kind && other.url == url) {
                wanted.push(Wanted { kind, url, certificate: fingerprint });
            }
        }
    }
    wanted.truncate(most);
    wanted
}

/// Returns until when a fetched document may be kept for other runs; none if it should not be: it cannot be read,
/// its signature is wrong, it is out of date, or names no end.
pub fn keeps_until(
    wanted: &Wanted,
    document: &[u8],
    diagnosis: &Diagnosis,
    now: Timestamp,
) -> Option<Timestamp> {
    let certificate = diagnosis.certificates.get(&wanted.certificate)?;
    let issuer = diagnosis.issuers.get(&wanted.certificate)?;
    match wanted.kind {
        StatusKind::Ocsp(_) => ocsp::keeps_until(document, certificate, issuer, now),
        StatusKind::Crl => crl::keeps_until(document, issuer, now),
    }
}

/// Returns what a list says of a certificate.
pub fn list_says(list: &[u8], certificate: &Certificate, issuer: &Certificate, now: Timestamp) -> Says {
    let asked = Asked { certificate, issuer, now };
    Lists::default().says(list, Fingerprint::of(list), &asked, &certificate.crl_points())
}

/// Returns what an OCSP response says of a certificate.
pub fn response_says(
    response: &[u8],
    certificate: &Certificate,
    issuer: &Certificate,
    now: Timestamp,
) -> Says {
    ocsp::says(response, &Asked { certificate, issuer, now })
}

/// Returns whether a list has an entry with this serial number (big-endian, without leading zeros), whoever signed
/// it and for whomever it is meant; none if it cannot be read that far.
pub fn is_listed(list: &[u8], serial: &[u8]) -> Option<bool> {
    crl::is_listed(list, serial)
}

/// Why what was not asked was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Whether only mail ports and DNS were contacted.
    pub offline: bool,
    /// How much was asked.
    pub depth: Depth,
}

impl Looked {
    fn why_unasked(self) -> &'static str {
        match self {
            Self { offline: true, .. } => "nothing but the mail ports and DNS was contacted (--offline)",
            Self { depth: Depth::Quick, .. } => "the issuer is not asked at depth quick",
            _ => "the issuer was not asked",
        }
    }
}

/// Reads what observations hold on revocation; remembers whose signature a list bears, since many targets share it.
pub struct Reader<'d> {
    documents: &'d Documents,
    lists: Lists,
}

impl<'d> Reader<'d> {
    /// Starts with the documents of an observation.
    pub fn new(documents: &'d Documents) -> Self {
        Self { documents, lists: Lists::default() }
    }

    /// Adds to a diagnosis what is known of the revocation of the certificates in its chains.
    pub fn learn(&mut self, diagnosis: &mut Diagnosis, seen: &Examination, looked: Looked, now: Timestamp) {
        let staples = staples(seen);
        let mut revocation = BTreeMap::new();
        let mut judged = BTreeMap::new();
        let has_files = seen.statuses.iter().any(|status| status.origin == StatusOrigin::File);
        for (fingerprint, certificate) in by_depth(diagnosis) {
            let points = certificate.crl_points();
            let offered = !certificate.ocsp_urls().is_empty() || !points.is_empty();
            let Some(issuer) = diagnosis.issuers.get(&fingerprint) else {
                if certificate.subject_der != certificate.issuer_der {
                    let could_tell = offered || has_files || staples.contains_key(&fingerprint);
                    revocation.insert(fingerprint, Revocation::new(Vec::new(), could_tell, NO_ISSUER));
                }
                continue;
            };
            let asked = Asked { certificate, issuer, now };
            let mut answers = Vec::new();
            for staple in staples.get(&fingerprint).into_iter().flatten() {
                let says = ocsp::says(staple, &asked);
                judged.insert((fingerprint, Fingerprint::of(staple)), says.clone());
                answers.push(StatusAnswer { source: Source::Staple, says });
            }
            answers.extend(self.answers(seen, &asked, &points));
            let unasked = if is_over(certificate, now) { EXPIRED } else { looked.why_unasked() };
            revocation.insert(fingerprint, Revocation::new(answers, offered, unasked));
        }
        diagnosis.revocation = revocation;
        diagnosis.staples = judged;
    }

    fn answers(&mut self, seen: &Examination, asked: &Asked<'_>, points: &[CrlPoint]) -> Vec<StatusAnswer> {
        let mut answers = Vec::new();
        for status in &seen.statuses {
            let source = match (&status.kind, status.origin, &status.url) {
                (StatusKind::Ocsp(about), _, Some(url)) if *about == asked.certificate.fingerprint => {
                    Source::Ocsp(url.clone())
                }
                (StatusKind::Crl, StatusOrigin::File, _) => Source::File,
                (StatusKind::Crl, _, Some(url)) if points.iter().any(|point| point.urls.contains(url)) => {
                    Source::Crl(url.clone())
                }
                _ => continue,
            };
            let says = match &status.outcome {
                StatusOutcome::Status(code) => Says::Unreachable(format!("HTTP status {code}")),
                StatusOutcome::Failed(why) => Says::Unreachable(why.clone()),
                StatusOutcome::Found(digest) => match self.documents.get(digest) {
                    Some(document) => match status.kind {
                        StatusKind::Ocsp(_) => ocsp::says(&document.0, asked),
                        StatusKind::Crl => self.lists.says(&document.0, *digest, asked, points),
                    },
                    None => Says::CannotTell("it was not kept".to_owned()),
                },
            };
            // Of all lists that a user gives only those of the issuer are about its certificates.
            if source != Source::File || says != Says::Flawed(Flaw::OtherIssuer) {
                answers.push(StatusAnswer { source, says });
            }
        }
        answers
    }
}

/// A question: is this certificate revoked, says its issuer now?
struct Asked<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    now: Timestamp,
}

/// Returns the certificates of all chains, each once: leaves first, then what issued them.
fn by_depth(diagnosis: &Diagnosis) -> Vec<(Fingerprint, &Certificate)> {
    let longest = diagnosis.chains.iter().map(|chain| chain.links().len()).max().unwrap_or(0);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for depth in 0..longest {
        for fingerprint in diagnosis.chains.iter().filter_map(|chain| chain.links().get(depth)) {
            let Some(certificate) = diagnosis.certificates.get(fingerprint) else { continue };
            if seen.insert(*fingerprint) {
                found.push((*fingerprint, certificate));
            }
        }
    }
    found
}

/// Returns the different staples that came with each leaf, at most eight for each.
fn staples(seen: &Examination) -> BTreeMap<Fingerprint, Vec<&[u8]>> {
    let mut staples: BTreeMap<Fingerprint, Vec<&[u8]>> = BTreeMap::new();
    for tls in
        seen.endpoints.iter().flat_map(|seen| &seen.sessions).filter_map(|session| session.tls.as_ref())
    {
        let (Some(leaf), Some(staple)) = (tls.certificates.first(), &tls.staple) else { continue };
        let known = staples.entry(*leaf).or_default();
        if known.len() < MOST_STAPLES && !known.contains(&staple.0.as_slice()) {
            known.push(&staple.0);
        }
    }
    staples
}

/// Tells whether a certificate has expired: issuers no longer tell of those.
fn is_over(certificate: &Certificate, now: Timestamp) -> bool {
    certificate.not_after.is_some_and(|end| end < now)
}

/// Tells whether a list of this point could tell of the certificate; the others are not worth a fetch.
fn is_usable(point: &CrlPoint) -> bool {
    !point.by_another
}

fn is_fetchable(url: &str) -> bool {
    let is_http = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
    is_http && url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

const NO_ISSUER: &str = "the issuer's certificate is not at hand, so that no answer could be checked";
const EXPIRED: &str = "the certificate has expired, and issuers tell nothing of those";
const MOST_STAPLES: usize = 8;

#[cfg(test)]
pub(crate) mod tests;
