//! What is read in the settings of real providers, and what in them is odd.
//!
//! Needs the corpus, which is no part of the repository: `MAILMEDIC_CORPUS`, or `../shared/corpus` beside the checkout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what was counted is to be seen")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::{env, fs};

use mailmedic::client_config::{Config, Oddity, autoconfig, oddities};
use mailmedic::endpoint::{Protocol, Security};
use mailmedic::name::Name;

fn folder() -> PathBuf {
    let corpus = env::var("MAILMEDIC_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
    PathBuf::from(corpus).join("dns")
}

fn read(document: &[u8]) -> Config {
    autoconfig::read(document, &Name::new("example.org").unwrap()).unwrap()
}

#[test]
fn every_provider_is_read_and_only_the_odd_ones_are_odd() {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder().join("ispdb")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 150, "the corpus is whole");
    let (mut servers, mut plain) = (0, BTreeMap::<(&str, u16), u32>::new());
    let mut odd: Vec<(String, &str, Option<Security>, u16, Oddity)> = Vec::new();
    for path in &paths {
        let config = read(&fs::read(path).unwrap());
        assert_eq!(config.faults, [], "{}", path.display());
        assert!(!config.servers.is_empty(), "{}", path.display());
        servers += config.servers.len();
        for server in &config.servers {
            for oddity in oddities(server.protocol, server.security, server.port) {
                let protocol = server.protocol.name();
                if oddity == Oddity::Plain {
                    *plain.entry((protocol, server.port)).or_default() += 1;
                } else {
                    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                    odd.push((name, protocol, server.security, server.port, oddity));
                }
            }
        }
    }
    println!("{} providers, {servers} servers, without TLS {plain:?}, odd {odd:?}", paths.len());
    // Counted with another reader of XML.
    assert_eq!(servers, 509);
    let counted =
        [(("imap", 143), 2), (("pop3", 110), 34), (("submission", 25), 10), (("submission", 587), 24)];
    assert_eq!(plain, BTreeMap::from(counted));
    let (tls, starttls) = (Some(Security::Implicit), Some(Security::Starttls));
    let expected = [
        ("arubapec.it", "pop3", tls, 993, Oddity::Protocol(Protocol::Imap)),
        ("charter.net", "submission", tls, 587, Oddity::Mode),
        ("pdx.edu", "imap", starttls, 587, Oddity::Protocol(Protocol::Submission)),
        ("rediffmail.com", "submission", tls, 586, Oddity::Port),
    ];
    assert_eq!(
        odd,
        expected.map(|(name, rest, mode, port, oddity)| (name.to_owned(), rest, mode, port, oddity))
    );
}

#[test]
fn the_sample_of_the_specification_is_read() {
    let config = read(&fs::read(folder().join("autoconfig-spec/autoconfig-sample.xml")).unwrap());
    let told: Vec<(&str, &str, u16)> =
        config.servers.iter().map(|one| (one.protocol.name(), one.host.as_str(), one.port)).collect();
    assert_eq!(
        told,
        [
            ("imap", "imap.example.com", 993),
            ("pop3", "pop.example.com", 995),
            ("submission", "smtp.googlemail.com", 587),
        ]
    );
    assert_eq!(config.faults, []);
}
