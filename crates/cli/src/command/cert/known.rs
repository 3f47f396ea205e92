//! Known intermediates: certificates of CAs at hand in files and folders, from which a chain takes what it lacks.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use mailmedic::bytes::Fingerprint;
use mailmedic::certificate::Certificate;
use mailmedic::keyfile::{self, Item};

use crate::exit::Failure;

/// A certificate of a CA.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// Its DER form.
    pub(super) der: Vec<u8>,
    /// The file that it is from.
    pub(super) path: PathBuf,
}

/// All certificates of CAs that are at hand, by their subjects.
#[derive(Debug, Default)]
pub(super) struct Authorities(BTreeMap<Vec<u8>, Vec<(Certificate, PathBuf)>>);

/// Reads what the user names. In a folder, what is no certificate is passed over; a file must hold one.
pub(super) fn read(paths: &[PathBuf]) -> Result<Authorities, Failure> {
    let mut all = Authorities::default();
    for path in paths {
        let about = fs::metadata(path).map_err(|why| Failure::file(path, why))?;
        if !about.is_dir() {
            let held = certificates(path).map_err(|why| Failure::file(path, why))?;
            all.add(held, path);
            continue;
        }
        let folder = fs::read_dir(path).map_err(|why| Failure::file(path, why))?;
        let mut files: Vec<PathBuf> = folder.take(MOST_FILES).flatten().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.is_file()) {
            all.add(certificates(file).unwrap_or_default(), file);
        }
    }
    Ok(all)
}

impl Authorities {
    fn add(&mut self, ders: Vec<Vec<u8>>, path: &Path) {
        for der in ders {
            let certificate = Certificate::read(&der);
            let is_root = certificate.subject_der == certificate.issuer_der;
            if certificate.is_ca == Some(true) && !is_root {
                let same = self.0.entry(certificate.subject_der.clone()).or_default();
                same.push((certificate, path.to_owned()));
            }
        }
    }

    /// Returns those that may stand above the given certificates, by name, step by step; without what is given.
    pub(super) fn above(&self, given: &[Vec<u8>]) -> BTreeMap<Fingerprint, Known> {
        let mut found: BTreeMap<Fingerprint, Known> = BTreeMap::new();
        let given: Vec<Certificate> = given.iter().map(|der| Certificate::read(der)).collect();
        let mut wanted: Vec<&[u8]> = given.iter().map(|one| one.issuer_der.as_slice()).collect();
        while let Some(name) = wanted.pop() {
            for (certificate, path) in self.0.get(name).into_iter().flatten() {
                let fingerprint = certificate.fingerprint;
                let is_new = !found.contains_key(&fingerprint)
                    && given.iter().all(|one| one.fingerprint != fingerprint);
                if is_new && found.len() < MOST_TAKEN {
                    wanted.push(&certificate.issuer_der);
                    found.insert(fingerprint, Known { der: certificate.der.clone(), path: path.clone() });
                }
            }
        }
        found
    }
}

/// Reads the certificates of a file; what is locked stays so.
fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|why| why.to_string())?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|why| why.to_string())?;
    let items = keyfile::read(&bytes).map_err(|why| why.to_string())?.items;
    let ders: Vec<Vec<u8>> = items
        .into_iter()
        .filter_map(|item| match item {
            Item::Certificate(der) => Some(der),
            _ => None,
        })
        .collect();
    if ders.is_empty() { Err("it holds no certificate".to_owned()) } else { Ok(ders) }
}

/// A folder of a whole system's certificates has some 500 files.
const MOST_FILES: usize = 20_000;
/// What a chain can lie among; CAs sign each other now and then.
const MOST_TAKEN: usize = 32;
/// More is not read of a file.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
