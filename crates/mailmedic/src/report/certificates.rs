//! Certificates as a tree: who signed whom, where it breaks, how long each is good.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::CertificateReport;
use super::text::{Page, Style, safe};
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::diagnosis::{Diagnosis, ServedChain, TrustState};
use crate::finding::Severity;
use crate::observation::{Ask, Examination};
use crate::words;

/// The word that opens certificates in JSON.
pub const SCHEMA: &str = "mailmedic.certificates/1";

/// Certificates of files or endpoints (`mailmedic.certificates/1`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certificates {
    /// `mailmedic.certificates/1`.
    pub schema: String,
    /// The version of mailmedic.
    pub version: String,
    /// The clock by which days are counted.
    pub now: Timestamp,
    /// Each list of certificates that is in files or that a server sends, once.
    pub chains: Vec<Chain>,
}

/// One list of certificates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chain {
    /// The files, or the endpoints that send it.
    pub sources: Vec<String>,
    /// Where it leads, in a sentence.
    pub verdict: String,
    /// Whether it leads to a trusted root as it is; none if that cannot be told. Dates and names do not count.
    pub trusted: Option<bool>,
    /// The root that it leads to, by its subject.
    pub root: Option<String>,
    /// The list that holds this root: `Mozilla`, `system`, `--ca-file`.
    pub store: Option<String>,
    /// The certificates from the leaf upward, then those that are on no way to a root.
    pub certificates: Vec<Link>,
}

/// One certificate of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// What it says.
    #[serde(flatten)]
    pub certificate: CertificateReport,
    /// The serial number in hex.
    pub serial: String,
    /// Its place in the file or in what the server sends, from 1; none where it is missing there.
    pub position: Option<usize>,
    /// `way` on the way upward, `apart` beside it.
    pub place: String,
    /// How it is tied to the next one: `verified`, `wrong`, `self` (it signed itself), `name` (by name alone, since the
    /// signature was not or cannot be checked), or none where nothing follows.
    pub signature: Option<String>,
    /// The algorithm of that signature.
    pub algorithm: String,
    /// Whole days until its end, negative after it.
    pub days_left: Option<i64>,
    /// Whether it is a CA.
    pub ca: bool,
    /// What it may be used for.
    pub usages: Vec<String>,
    /// How many logs of Certificate Transparency vouch for it (SCTs inside it); none if the certificate was not kept.
    pub timestamps: Option<usize>,
    /// What of it could not be read.
    pub problems: Vec<String>,
}

/// Builds the trees of one target.
pub fn chains(seen: &Examination, diagnosis: &Diagnosis, now: Timestamp) -> Vec<Chain> {
    diagnosis.chains.iter().map(|chain| tree(seen, diagnosis, chain, now)).collect()
}

fn tree(seen: &Examination, diagnosis: &Diagnosis, chain: &ServedChain, now: Timestamp) -> Chain {
    let way = way(diagnosis, chain);
    let mut listed = BTreeSet::new();
    let apart = chain.served.iter().copied().filter(|one| !way.contains(one) && listed.insert(*one));
    let link = |fingerprint: &Fingerprint, place: &str, signature: Option<&str>| {
        link(diagnosis.certificates.get(fingerprint), *fingerprint, chain, place, signature, now)
    };
    let mut certificates: Vec<Link> = way
        .iter()
        .enumerate()
        .map(|(index, one)| link(one, "way", signature(diagnosis, chain, *one, index + 1 == way.len())))
        .collect();
    certificates.extend(apart.map(|one| link(&one, "apart", None)));
    let (trusted, root, store) = match &chain.trust {
        TrustState::Trusted { root, store } => (Some(true), Some(root.clone()), Some(store.clone())),
        TrustState::Incomplete { root, .. } => (Some(false), root.clone(), None),
        TrustState::UntrustedRoot { root, .. } => (Some(false), Some(root.clone()), None),
        TrustState::SelfSigned | TrustState::UnknownIssuer { .. } => (Some(false), None, None),
        TrustState::Unknown(_) => (None, None, None),
    };
    Chain {
        sources: sources(seen, chain),
        verdict: verdict(&chain.trust, diagnosis, chain),
        trusted,
        root,
        store,
        certificates,
    }
}

/// Returns the certificates from the leaf upward: the best way, or as far as names lead.
fn way(diagnosis: &Diagnosis, chain: &ServedChain) -> Vec<Fingerprint> {
    let mut way = chain.complete.clone().unwrap_or_else(|| vec![chain.leaf()]);
    while let Some(below) = way.last().and_then(|last| diagnosis.certificates.get(last)) {
        let is_above = |above: &Certificate| {
            let keys = below.authority_key_id.as_ref().zip(above.subject_key_id.as_ref());
            !below.issuer_der.is_empty()
                && above.subject_der == below.issuer_der
                && keys.is_none_or(|(wanted, own)| wanted == own)
        };
        let next = chain.served.iter().filter(|one| !way.contains(one)).find(|one| {
            diagnosis.certificates.get(one).is_some_and(is_above) && below.issuer_der != below.subject_der
        });
        match next {
            Some(next) => way.push(*next),
            None => break,
        }
    }
    way
}

fn signature(
    diagnosis: &Diagnosis,
    chain: &ServedChain,
    one: Fingerprint,
    is_last: bool,
) -> Option<&'static str> {
    let certificate = diagnosis.certificates.get(&one)?;
    let is_own = certificate.issuer_der == certificate.subject_der;
    let leads_on = matches!(
        chain.trust,
        TrustState::Trusted { .. }
            | TrustState::UntrustedRoot { .. }
            | TrustState::Incomplete { root: Some(_), .. }
    );
    let in_way = chain.complete.as_ref().is_some_and(|complete| complete.contains(&one));
    if chain.wrong_signatures.contains(&one) {
        Some("wrong")
    } else if is_own {
        Some("self")
    } else if leads_on && in_way {
        Some("verified")
    } else {
        (!is_last).then_some("name")
    }
}

fn link(
    certificate: Option<&Certificate>,
    fingerprint: Fingerprint,
    chain: &ServedChain,
    place: &str,
    signature: Option<&str>,
    now: Timestamp,
) -> Link {
    Link {
        certificate: super::build::certificate(fingerprint, certificate),
        serial: certificate.map(|one| one.serial.clone()).unwrap_or_default(),
        position: chain.served.iter().position(|sent| *sent == fingerprint).map(|index| index + 1),
        place: place.to_owned(),
        signature: signature.map(str::to_owned),
        algorithm: certificate.map(|one| one.signature.name.clone()).unwrap_or_default(),
        days_left: certificate.and_then(|one| Some(words::days_until(now, one.not_after?))),
        ca: certificate.is_some_and(|one| one.is_ca == Some(true)),
        usages: certificate.map(usages).unwrap_or_default(),
        timestamps: certificate.map(|certificate| certificate.timestamps.as_ref().map_or(0, Vec::len)),
        problems: certificate.map(|one| one.problems.clone()).unwrap_or_default(),
    }
}

/// Returns what a certificate may be used for, in words.
fn usages(certificate: &Certificate) -> Vec<String> {
    let mut usages = Vec::new();
    if let Some(usage) = certificate.key_usage {
        let bits = [
            (usage.digital_signature, "signatures"),
            (usage.key_encipherment, "key encipherment"),
            (usage.key_agreement, "key agreement"),
            (usage.certificate_sign, "signing certificates"),
        ];
        usages.extend(bits.iter().filter(|(set, _)| *set).map(|(_, word)| (*word).to_owned()));
    }
    for oid in certificate.extended_key_usage.iter().flatten().take(MOST_USAGES) {
        let known = PURPOSES.iter().find(|(known, _)| known == oid);
        usages.push(known.map_or_else(|| words::escape(oid, 60), |(_, word)| (*word).to_owned()));
    }
    usages
}

/// Names the endpoints that send a chain, or the files that hold it.
fn sources(seen: &Examination, chain: &ServedChain) -> Vec<String> {
    let mut sources: Vec<String> = Vec::new();
    for sighting in &chain.sightings {
        let Some(endpoint) = seen.endpoints.get(sighting.endpoint) else { continue };
        let mut source = endpoint.endpoint.label();
        // A client without the name is told of only where it gets something else.
        if sighting.ask == Ask::WithoutServerName {
            if chain
                .sightings
                .iter()
                .any(|other| other.endpoint == sighting.endpoint && other.ask != sighting.ask)
            {
                continue;
            }
            source.push_str(" without a server name");
        }
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    sources
}

fn verdict(trust: &TrustState, diagnosis: &Diagnosis, chain: &ServedChain) -> String {
    let quoted = |name: &str| format!("\"{}\"", words::escape(name, MOST_NAME));
    match trust {
        TrustState::Trusted { root, store } => {
            format!("leads to {}, a root of {}", quoted(root), list_of(store))
        }
        TrustState::Incomplete { missing, root, .. } => {
            let missing: Vec<String> = missing.iter().map(|subject| quoted(subject)).collect();
            let to = root.as_ref().map_or("a root".to_owned(), |root| format!("the root {}", quoted(root)));
            format!("breaks off: {} would lead it to {to}", words::list(&missing))
        }
        TrustState::SelfSigned => "signed itself; nobody else vouches for it".to_owned(),
        TrustState::UntrustedRoot { root, .. } => {
            format!("leads to {}, a root that no list holds", quoted(root))
        }
        TrustState::UnknownIssuer { issuer } => {
            let wrong = chain.wrong_signatures.first().and_then(|one| diagnosis.certificates.get(one));
            match wrong {
                Some(wrong) => format!(
                    "breaks: {} was not signed by the key of the {} that is here",
                    quoted(&wrong.subject),
                    quoted(&wrong.issuer)
                ),
                None => format!("breaks off: nobody knows its issuer {}", quoted(issuer)),
            }
        }
        TrustState::Unknown(why) => {
            format!("cannot be told where it leads: {}", words::escape(why, MOST_NAME))
        }
    }
}

fn list_of(store: &str) -> String {
    match store {
        "--ca-file" => "--ca-file".to_owned(),
        "system" => "this system".to_owned(),
        other => format!("{other}'s list"),
    }
}

/// Writes the trees as text.
pub fn text(report: &Certificates, style: &Style) -> String {
    let mut out = Page::new(style);
    for chain in &report.chains {
        out.blank();
        let sources = words::list(&chain.sources);
        out.wrapped("", &format!("{}: {}", safe(&sources), safe(&chain.verdict)));
        out.blank();
        let (way, apart): (Vec<&Link>, Vec<&Link>) =
            chain.certificates.iter().partition(|link| link.place == "way");
        for (index, link) in way.iter().enumerate() {
            write(&mut out, link, report.now);
            above(&mut out, chain, link, way.get(index + 1).is_none());
        }
        if !apart.is_empty() {
            out.blank();
            let them = if apart.len() == 1 { "it" } else { "them" };
            out.wrapped("", &format!("also there, and no way to a root needs {them}:"));
            out.blank();
            apart.iter().for_each(|link| write(&mut out, link, report.now));
        }
    }
    out.into_text()
}

fn write(out: &mut Page<'_>, link: &Link, now: Timestamp) {
    let certificate = &link.certificate;
    let number = link.position.map_or_else(|| "-".to_owned(), |position| position.to_string());
    let missing = if link.position.is_none() { " (missing here)" } else { "" };
    let name = if certificate.subject.is_empty() { "(no subject)" } else { &certificate.subject };
    out.wrapped(&format!("{number:<3}"), &format!("{}{missing}", safe(name)));
    let mut tell = |label: &str, what: &str| {
        out.wrapped(&format!("    {label:<8}"), &safe(what));
    };
    if !certificate.names.is_empty() {
        tell("names", &words::list(&certificate.names));
    }
    tell("valid", &valid(certificate, now));
    let ca = if link.ca { ", a CA's" } else { "" };
    tell("key", &format!("{}{ca}", certificate.key));
    if !link.usages.is_empty() {
        tell("for", &words::list(&link.usages));
    }
    match link.timestamps {
        Some(0) | None => {}
        Some(number) => tell("logs", &format!("{} (SCT)", words::count(number as u64, "timestamp"))),
    }
    if !link.problems.is_empty() {
        tell("damaged", &words::list(&link.problems));
    }
    tell("serial", &link.serial);
    tell("sha256", &certificate.sha256);
}

fn valid(certificate: &CertificateReport, now: Timestamp) -> String {
    let (Some(start), Some(end)) = (certificate.not_before, certificate.not_after) else {
        return "dates that cannot be read".to_owned();
    };
    let state = if start > now {
        format!("begins in {}", words::span(now, start))
    } else if end < now {
        format!("ended {} ago", words::span(now, end))
    } else {
        format!("{} left", words::span(now, end))
    };
    format!("{} to {}, {state}", words::date(start), words::time(end))
}

/// Writes what ties a certificate to what stands above it.
fn above(out: &mut Page<'_>, chain: &Chain, link: &Link, is_last: bool) {
    let broken = |out: &mut Page<'_>, text: &str| {
        let start = out.wrapped("  ", &format!("BROKEN {}", safe(text)));
        let word = out.paint("BROKEN", Severity::Error);
        out.replace(start + 2, "BROKEN".len(), &word);
    };
    match (link.signature.as_deref(), is_last) {
        (Some("wrong"), _) => broken(out, "its signature is not of the issuer that it names"),
        (Some("self"), _) => {
            out.wrapped("  ", "signed by itself");
        }
        (_, false) => {
            let by = if link.signature.as_deref() == Some("verified") { "" } else { ", by the name alone" };
            let text = format!("signed by ({}){by}", link.algorithm);
            out.wrapped("  ", &safe(&text));
        }
        (_, true) => match (&chain.root, &chain.store, chain.trusted) {
            (Some(root), Some(store), _) => {
                let text = format!(
                    "signed by ({}) the root {root}, which is in {} and need not be sent",
                    link.algorithm,
                    list_of(store)
                );
                out.wrapped("  ", &safe(&text));
            }
            (Some(root), None, _) => {
                out.wrapped("  ", &safe(&format!("signed by the root {root}")));
            }
            (None, _, _) => broken(out, &format!("its issuer is not here: {}", link.certificate.issuer)),
        },
    }
}

const MOST_NAME: usize = 200;
const MOST_USAGES: usize = 20;

/// Extended key usages in words (RFC 5280 §4.2.1.12).
const PURPOSES: [(&str, &str); 7] = [
    ("2.5.29.37.0", "any purpose"),
    ("1.3.6.1.5.5.7.3.1", "TLS servers"),
    ("1.3.6.1.5.5.7.3.2", "TLS clients"),
    ("1.3.6.1.5.5.7.3.3", "code"),
    ("1.3.6.1.5.5.7.3.4", "signed mail"),
    ("1.3.6.1.5.5.7.3.8", "time stamps"),
    ("1.3.6.1.5.5.7.3.9", "OCSP responses"),
];
