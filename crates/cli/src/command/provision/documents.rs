//! The documents of a domain, and the files that they become.

use std::fs;
use std::path::Path;

use mailmedic::name::Name;
use mailmedic::provision::{Address, Service, apple, autoconfig, autodiscover, pacc, records};

use super::Kind;
use crate::exit::Failure;
use crate::output;

/// One document.
pub(super) struct Document {
    pub(super) kind: Kind,
    /// The name of its file.
    file: String,
    /// Where it belongs.
    places: Vec<String>,
    pub(super) content: Vec<u8>,
}

/// Writes every document of a domain.
pub(super) fn of(
    domain: &Name,
    service: &Service,
    address: Option<&Address>,
    ttl: u32,
    sign: impl FnOnce(String) -> Result<Vec<u8>, Failure>,
) -> Result<Vec<Document>, Failure> {
    let mut documents = vec![
        Document {
            kind: Kind::Autoconfig,
            file: "config-v1.1.xml".to_owned(),
            places: vec![
                format!("https://autoconfig.{domain}/mail/config-v1.1.xml"),
                format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
            ],
            content: autoconfig::document(domain, service).into_bytes(),
        },
        Document {
            kind: Kind::Autodiscover,
            file: "autodiscover.xml".to_owned(),
            places: vec![format!(
                "https://autodiscover.{domain}/autodiscover/autodiscover.xml, as the answer to POST"
            )],
            content: autodiscover::document(service, address).into_bytes(),
        },
        Document {
            kind: Kind::Mobileconfig,
            file: format!("{domain}.mobileconfig"),
            places: vec![format!("a link for people with Apple's devices, as {}", apple::MEDIA_TYPE)],
            content: sign(apple::document(domain, service, address))?,
        },
    ];
    if let Some(text) = pacc::document(service) {
        documents.push(Document {
            kind: Kind::Pacc,
            file: "user-agent-configuration.json".to_owned(),
            places: vec![format!("https://ua-auto-config.{domain}{}", pacc::PATH)],
            content: text.into_bytes(),
        });
    }
    let made = records(domain, service, ttl)
        .map_err(|why| Failure(format!("{domain}: the name of a record cannot be: {why}")))?;
    let mut zone = String::new();
    made.remarks.iter().for_each(|remark| output::comment(&mut zone, remark));
    made.records.iter().for_each(|record| zone.push_str(&format!("{}\n", record.line())));
    documents.push(Document {
        kind: Kind::Records,
        file: "records.zone".to_owned(),
        places: vec![format!("the zone of {domain}")],
        content: zone.into_bytes(),
    });
    Ok(documents)
}

/// Writes the files of every domain into a folder of its own, and tells where each belongs.
pub(super) fn write(folder: &Path, all: &[(&Name, Vec<Document>)], force: bool) -> Result<(), Failure> {
    // Nothing is written where something would be left out.
    let paths = || all.iter().flat_map(|(domain, documents)| documents.iter().map(|one| (*domain, one)));
    let path = |domain: &Name, document: &Document| folder.join(domain.as_ascii()).join(&document.file);
    if !force {
        for (domain, document) in paths() {
            let path = path(domain, document);
            let is_same = || fs::read(&path).is_ok_and(|there| there == document.content);
            if path.symlink_metadata().is_ok() && !is_same() {
                return Err(Failure::file(&path, "it is there already and differs; --force replaces it"));
            }
        }
    }
    let mut told = String::new();
    for (domain, documents) in all {
        let own = folder.join(domain.as_ascii());
        fs::create_dir_all(&own).map_err(|why| Failure::file(&own, why))?;
        told.push_str(&format!("{domain}: {}\n", own.display()));
        for document in documents {
            let path = path(domain, document);
            if force {
                output::replace(&path, &document.content)?;
            } else {
                output::write_new(&path, &document.content)?;
            }
            for (index, place) in document.places.iter().enumerate() {
                let file = if index == 0 { document.file.as_str() } else { "" };
                told.push_str(&format!("  {file:<30} {place}\n"));
            }
        }
        if !documents.iter().any(|document| document.kind == Kind::Pacc) {
            told.push_str(&format!("  {NO_PACC}\n"));
        }
    }
    output::print(&told)
}

/// Why there is one document less.
pub(super) const NO_PACC: &str = "there is no PACC document: it takes IMAP or POP3 and submission with TLS from the first byte on ports 993, 995, 465";
