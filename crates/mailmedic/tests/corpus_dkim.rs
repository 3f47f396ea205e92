//! What the readers of DKIM make of keys and messages of others.
//!
//! Needs the corpus, which is no part of the repository: `MAILMEDIC_CORPUS`, or `../shared/corpus` beside the checkout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what was read is to be seen")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use mailmedic::records::dkim::{self, Key, KeyFault, KeyRecord, Slip};

fn folder(name: &str) -> PathBuf {
    let corpus = env::var("MAILMEDIC_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
    Path::new(&corpus).join("dns").join(name)
}

/// The files of a folder with this ending, in order.
fn files(name: &str, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        all.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect();
    files.sort();
    files
}

fn read(text: &str) -> Result<KeyRecord, KeyFault> {
    dkim::read(&[text]).map(Option::unwrap)
}

/// Each file: lines of a name and its key record, an empty line, and the message signed with these keys.
#[test]
fn keys_stand_at_the_names_that_the_messages_signed_with() {
    let files = files("dkim-stalwart", "txt");
    assert!(files.len() >= 6, "the corpus is whole");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let (keys, message) = text.split_once("\n\n").unwrap();
        let keys: BTreeMap<&str, &str> = keys.lines().map(|line| line.split_once(' ').unwrap()).collect();
        for (name, record) in &keys {
            let record = read(record).unwrap();
            println!("{}: {name} {}", file.display(), record.key.name());
            assert!(matches!(record.key, Key::Ed25519 | Key::Rsa { bits: 1024 | 2048, .. }), "{name}");
        }
        let signers = dkim::signers(message.as_bytes());
        assert!(!signers.is_empty());
        let names: Vec<String> = signers
            .iter()
            .map(|signer| format!("{}._domainkey.{}", signer.selector, signer.domain))
            .collect();
        for name in keys.keys() {
            assert!(names.iter().any(|signed| signed == name), "{name} is in {names:?}");
        }
    }
}

#[test]
fn zones_in_json_are_read() {
    let text = fs::read_to_string(folder("dkim-mailauth").join("dns.json")).unwrap();
    let zone: BTreeMap<String, BTreeMap<String, Vec<Vec<String>>>> = serde_json::from_str(&text).unwrap();
    let mut found = BTreeMap::new();
    for (name, types) in &zone {
        for strings in types.get("TXT").into_iter().flatten() {
            if name.contains("._domainkey.") {
                found.insert(name.as_str(), read(&strings.concat()).unwrap().key.name());
            }
        }
    }
    println!("{found:?}");
    let kinds: Vec<&str> = found.values().map(String::as_str).collect();
    assert_eq!(kinds, ["Ed25519", "RSA 1024"]);
}

#[test]
fn keys_pasted_from_files_are_named_and_mended() {
    let files = files("dkim-mailauth", "pem");
    assert!(files.len() >= 3, "the corpus is whole");
    for file in files {
        let pem = fs::read_to_string(&file).unwrap();
        let pasted = format!("v=DKIM1; k=rsa; p={}", pem.trim());
        assert_eq!(read(&pasted), Err(KeyFault::Pem), "{}", file.display());
        let mended = read(&dkim::mended(&[&pasted]).unwrap()).unwrap();
        println!("{}: {}", file.display(), mended.key.name());
        let expected = match file.file_stem().unwrap().to_str().unwrap() {
            "public-small" => "RSA 512",
            "public-ed25519" => "Ed25519",
            _ => "RSA 2048",
        };
        assert_eq!(mended.key.name(), expected);
    }
}

/// Every signature field at the front of a line of the header is read, and nothing else.
#[test]
fn headers_of_messages_are_read() {
    let files = files("dkim-mailauth", "eml");
    assert!(files.len() >= 14, "the corpus is whole");
    let mut all = 0;
    for file in files {
        let message = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&message).replace("\r\n", "\n");
        let header = text.split("\n\n").next().unwrap();
        let fields = header.lines().filter(|line| line.to_ascii_lowercase().starts_with("dkim-signature:"));
        let signers = dkim::signers(&message);
        println!("{}: {signers:?}", file.display());
        assert_eq!(signers.len(), fields.count(), "{}", file.display());
        all += signers.len();
    }
    assert!(all >= 15);
}

/// The records stand in YAML as folded blocks, whose lines a blank joins: so blanks stand inside of every key.
#[test]
fn keys_of_the_suite_for_chains_are_read() {
    let text = fs::read_to_string(folder("arc-mailauth").join("arc-draft-validation-tests.yml")).unwrap();
    let mut kinds = BTreeMap::<String, usize>::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_suffix(": >-").filter(|name| name.contains("._domainkey.")) else {
            continue;
        };
        let mut parts = Vec::new();
        while let Some(part) = lines.next_if(|line| line.starts_with("    ")) {
            parts.push(part.trim());
        }
        let kind = match read(&parts.join(" ")) {
            Ok(record) => {
                assert_eq!(record.slips, [Slip::Blanks], "{name}");
                record.key.name()
            }
            Err(fault) => {
                assert!(name.trim().starts_with("invalid."), "{name}: {fault}");
                fault.to_string()
            }
        };
        *kinds.entry(kind).or_default() += 1;
    }
    println!("{kinds:?}");
    assert!(kinds.values().sum::<usize>() >= 10);
    assert_eq!(kinds.keys().filter(|kind| kind.contains("no field")).count(), 1);
}
