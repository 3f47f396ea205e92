//! `mailmedic cert chain`: the full chain of a certificate.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use mailmedic::bytes::Fingerprint;
use mailmedic::certificate::Certificate;
use mailmedic::chain::{diagnose, pem};
use mailmedic::diagnosis::{Diagnosis, ServedChain, TrustState};
use mailmedic::keyfile::PrivateKey;
use mailmedic::observation::{Examination, FetchOutcome};
use mailmedic::words;

use super::known::{self, Known};
use super::password::Passwords;
use super::{Trusting, examine, files, show};
use crate::exit::{Exit, Failure};
use crate::output;

/// Builds the full chain of a certificate: itself first, the intermediates after it, no root. Certificates may stand in
/// any order and in several files; intermediates that are missing are fetched from where the certificates say.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct Chain {
    /// The certificate, and what else may be of use: PEM, DER, PKCS #7 or PKCS #12
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write the chain to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A file with known intermediates, or a folder of such files, to take from what is missing; may be given several
    /// times
    #[arg(long, value_name = "FILE|FOLDER")]
    known: Vec<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    trusting: Trusting,
}

/// Runs the verb.
pub(super) fn run(chain: &Chain) -> Result<Exit, Failure> {
    let options = chain.trusting.options()?;
    let mut certificates: Vec<Vec<u8>> = Vec::new();
    let mut keys = Vec::new();
    for path in &chain.files {
        let held = files::anything(path, &chain.passwords)?;
        for der in held.certificates {
            if !certificates.contains(&der) {
                certificates.push(der);
            }
        }
        keys.extend(held.keys);
    }
    if certificates.is_empty() {
        return Err(Failure("there is no certificate in what was given".to_owned()));
    }
    let leaf = leaf(&certificates, &keys)?;
    certificates[..=leaf].rotate_right(1);
    let known = known::read(&chain.known)?.above(&certificates);
    certificates.extend(known.values().map(|one| one.der.clone()));
    let (observation, stopped) = examine(show::presented(chain.files.clone(), certificates), &options)?;
    if stopped {
        return Ok(Exit::Interrupted);
    }
    let seen = observation.targets.first().ok_or_else(|| Failure("nothing was examined".to_owned()))?;
    let diagnosis = diagnose(seen, observation.taken);
    let served = diagnosis.chains.first().ok_or_else(|| Failure("nothing was examined".to_owned()))?;
    let complete = complete(seen, &diagnosis, served)?;
    let ders = complete.iter().filter_map(|one| Some(diagnosis.certificates.get(one)?.der.as_slice()));
    let text = pem(ders);
    match &chain.output {
        Some(file) => std::fs::write(file, text).map_err(|why| Failure::file(file, why))?,
        None => output::print(&text)?,
    }
    for line in story(seen, &diagnosis, served, complete, observation.taken, &known) {
        output::complain(&line);
    }
    Ok(Exit::Clean)
}

/// Finds the certificate whose chain is wanted: the one of a key that is there, else the only one that is no CA's, else
/// the only one that signed none of the others.
pub(super) fn leaf(ders: &[Vec<u8>], keys: &[PrivateKey]) -> Result<usize, Failure> {
    let all: Vec<Certificate> = ders.iter().map(|der| Certificate::read(der)).collect();
    let places = |is: &dyn Fn(&Certificate) -> bool| {
        all.iter().enumerate().filter(|(_, one)| is(one)).map(|(index, _)| index).collect::<Vec<usize>>()
    };
    let of_key = places(&|one| keys.iter().any(|key| key.belongs_to(one) == Some(true)));
    let no_ca = places(&|one| one.is_ca != Some(true));
    let signed_none = places(&|one| {
        let is_below =
            |other: &Certificate| other.issuer_der == one.subject_der && other.fingerprint != one.fingerprint;
        !all.iter().any(is_below)
    });
    // Certificates of version 1 say nothing of CAs, so that an old root may look like one of a server.
    let both: Vec<usize> = no_ca.iter().copied().filter(|one| signed_none.contains(one)).collect();
    for found in [&of_key, &both, &no_ca, &signed_none] {
        if let [only] = found.as_slice() {
            return Ok(*only);
        }
    }
    let several = if both.is_empty() { &signed_none } else { &both };
    let titles: Vec<String> = several.iter().map(|index| files::title(&all[*index])).collect();
    Err(Failure(match titles.as_slice() {
        [] => "which certificate the chain is for cannot be told: each signed another".to_owned(),
        titles => format!(
            "the chain of which certificate? There are {}; give the files of one",
            words::list(titles)
        ),
    }))
}

/// Returns the chain, or says why there is none.
fn complete<'a>(
    seen: &Examination,
    diagnosis: &Diagnosis,
    served: &'a ServedChain,
) -> Result<&'a [Fingerprint], Failure> {
    let name = |fingerprint: &Fingerprint| {
        diagnosis.certificates.get(fingerprint).map(files::title).unwrap_or_default()
    };
    if let Some(wrong) = served.wrong_signatures.first() {
        let issuer = diagnosis.certificates.get(wrong).map(|wrong| wrong.issuer.clone()).unwrap_or_default();
        return Err(Failure(format!(
            "no chain can be built: {} was not signed by the \"{issuer}\" that is here; another certificate of that \
             CA is needed",
            name(wrong)
        )));
    }
    if let Some(complete) = &served.complete {
        return Ok(complete);
    }
    let issuer = match &served.trust {
        TrustState::Incomplete { missing, .. } => missing.last().cloned().unwrap_or_default(),
        TrustState::UnknownIssuer { issuer } => issuer.clone(),
        TrustState::Unknown(why) => return Err(Failure(format!("no chain can be built: {why}"))),
        _ => String::new(),
    };
    let failed = seen.fetches.iter().find_map(|fetch| match &fetch.outcome {
        FetchOutcome::Found(_) => None,
        FetchOutcome::Status(status) => Some(format!("{} answers with {status}", fetch.url)),
        FetchOutcome::Failed(why) => Some(format!("{}: {why}", fetch.url)),
    });
    let why = failed.map(|why| format!(" ({why})")).unwrap_or_default();
    Err(Failure(format!(
        "no chain can be built: the certificate \"{issuer}\" is missing{why}. The CA offers it for download; give it as \
         another FILE, or with --ca-file if it is a root of your own"
    )))
}

/// Says what was done, a line each.
fn story(
    seen: &Examination,
    diagnosis: &Diagnosis,
    served: &ServedChain,
    complete: &[Fingerprint],
    now: Timestamp,
    known: &BTreeMap<Fingerprint, Known>,
) -> Vec<String> {
    let name = |fingerprint: &Fingerprint| {
        diagnosis.certificates.get(fingerprint).map(files::title).unwrap_or_default()
    };
    let names: Vec<String> = complete.iter().map(name).collect();
    let mut story = vec![format!("the chain is {}", names.join(", then "))];
    story.push(match &served.trust {
        TrustState::Trusted { root, store } => {
            format!("it leads to \"{root}\" ({store}), which need not be sent")
        }
        TrustState::Incomplete { root: Some(root), .. } => {
            format!("it leads to \"{root}\", which need not be sent")
        }
        TrustState::SelfSigned => "it signed itself: there is nothing to add".to_owned(),
        TrustState::UntrustedRoot { root, .. } => {
            format!("it leads to \"{root}\", a root that no list of trusted ones holds")
        }
        TrustState::Unknown(why) => format!("whether it leads to a trusted root cannot be told: {why}"),
        TrustState::Incomplete { root: None, .. } | TrustState::UnknownIssuer { .. } => {
            "whether it leads to a trusted root cannot be told".to_owned()
        }
    });
    for (added, from) in complete.iter().filter_map(|one| Some((one, known.get(one)?))) {
        story.push(format!("added {}, from {}", name(added), from.path.display()));
    }
    for added in complete.iter().filter(|one| !served.served.contains(one)) {
        let url = seen.fetches.iter().find_map(|fetch| match &fetch.outcome {
            FetchOutcome::Found(body) => {
                let found = mailmedic::chain::fetched_certificates(&body.0);
                found.iter().any(|der| Fingerprint::of(der) == *added).then_some(fetch.url.as_str())
            }
            _ => None,
        });
        story.push(match url {
            Some(url) => format!("added {}, fetched from {url}", name(added)),
            None => format!("added {}", name(added)),
        });
    }
    let given = served.served.iter().filter(|one| !known.contains_key(one));
    for left in given.filter(|one| !complete.contains(one)) {
        let is_root = served.root_included == Some(*left);
        let why = if is_root { "a root, which clients have" } else { "no way to a root needs it" };
        story.push(format!("left out {}: {why}", name(left)));
    }
    for one in complete.iter().filter_map(|one| diagnosis.certificates.get(one)) {
        if let Some(end) = one.not_after.filter(|end| *end < now) {
            story.push(format!("{} ended {} ago", files::title(one), words::span(now, end)));
        }
    }
    story
}

const AFTER: &str = "Examples:
  mailmedic cert chain cert.pem --output fullchain.pem
  mailmedic cert chain cert.pem intermediate.crt --offline > fullchain.pem
  mailmedic cert chain cert.pem --known /etc/ssl/intermediates --offline

What was done is told on standard error.

Exit codes:
  0  the chain is written
  2  no chain can be built, or something given cannot be used
  130  stopped by Ctrl-C";
