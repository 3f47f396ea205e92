//! Whether others take the documents that we write, by the schema of their format.
//!
//! Needs `xmllint`, and the corpus, which is no part of the repository: `MAILMEDIC_CORPUS`, or `../shared/corpus` beside the
//! checkout.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use mailmedic::endpoint::Protocol;
use mailmedic::generate::srv::Server;
use mailmedic::name::Name;
use mailmedic::provision::{LogIn, Service, autoconfig};

/// Holds a document against the schema of autoconfig.
fn validated(document: &str) -> Output {
    let folder = env::var("MAILMEDIC_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
    let schema: PathBuf = Path::new(&folder).join("dns/autoconfig-spec/autoconfig.rng");
    assert!(schema.exists(), "the schema is there");
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), document).unwrap();
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--nonet", "--relaxng"]).arg(schema).arg(file.path());
    command.output().expect("xmllint is there")
}

fn service(name: &str, servers: &[(Protocol, &str)]) -> Service {
    let servers = servers.iter().map(|(protocol, text)| Server::parse(*protocol, text).unwrap());
    Service::new(name, servers.collect()).unwrap()
}

#[test]
fn autoconfig_obeys_its_schema() {
    let domain = Name::new("bücher.example").unwrap();
    let mut all = service(
        "Bücher & <Söhne> \"Mail\"",
        &[
            (Protocol::Imap, "imap.example.org"),
            (Protocol::Imap, "imap.example.org:143"),
            (Protocol::Pop3, "pop.example.org:995"),
            (Protocol::Submission, "smtp.example.org"),
            (Protocol::Submission, "smtp.example.org:587"),
        ],
    );
    all.help = Some("https://example.org/help?a=1&b='2'".to_owned());
    all.log_in = LogIn::LocalPart;
    let least = service("M", &[(Protocol::Pop3, "a.example"), (Protocol::Submission, "a.example")]);
    for service in [all, least] {
        let text = autoconfig::document(&domain, &service);
        let output = validated(&text);
        assert!(output.status.success(), "{}{text}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let service = service("M", &[(Protocol::Imap, "a.example"), (Protocol::Submission, "a.example")]);
    let text = autoconfig::document(&Name::new("example.org").unwrap(), &service);
    for (right, wrong) in
        [("<port>993</port>", "<port>x</port>"), (" id=\"example.org\"", ""), (" type=\"imap\"", "")]
    {
        assert!(text.contains(right));
        assert!(!validated(&text.replace(right, wrong)).status.success(), "{wrong}");
    }
}
