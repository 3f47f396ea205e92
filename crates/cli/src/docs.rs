//! The generated documentation equals what the code says; `MAILMEDIC_BLESS=1` rewrites it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, Parser as _};
use mailmedic::client::PEERS;
use mailmedic::policy::POLICIES;
use mailmedic::report::client as clients;
use mailmedic::report::policy as policies;
use mailmedic::report::rule::{RuleReport, index, markdown};
use mailmedic::report::schema;
use mailmedic::rules;

use crate::args::Cli;
use crate::command;

#[test]
fn rules_are_documented() {
    let reports: Vec<RuleReport> = rules::RULES.iter().map(|rule| command::rule::report(rule)).collect();
    let mut pages: BTreeMap<String, String> =
        reports.iter().map(|rule| (format!("{}.md", rule.id), markdown(rule))).collect();
    pages.insert("README.md".to_owned(), index(&reports));
    hold("rules", &pages);
}

#[test]
fn commands_are_documented() {
    let mut text = "# Commands\n\nWhat `mailmedic VERB --help` prints.\n".to_owned();
    let mut cli = Cli::command().term_width(100).max_term_width(100);
    cli.build();
    let mut waiting = vec![cli];
    while let Some(mut verb) = waiting.pop() {
        // In the order of the help, what is below right behind what is above.
        let below: Vec<_> = verb.get_subcommands().cloned().collect();
        waiting.extend(below.into_iter().rev());
        let name = verb.get_bin_name().unwrap_or("mailmedic").to_owned();
        let help: Vec<String> =
            verb.render_long_help().to_string().lines().map(|line| line.trim_end().to_owned()).collect();
        text.push_str(&format!("\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()));
    }
    hold_file(&docs().join("commands.md"), &text);
}

#[test]
fn policies_and_grades_are_documented() {
    hold_file(&docs().join("policies.md"), &policies::markdown(POLICIES));
    hold_file(&docs().join("grade.md"), &policies::grades_markdown());
}

#[test]
fn clients_are_documented() {
    hold_file(&docs().join("clients.md"), &clients::markdown(PEERS));
}

#[test]
fn the_schemas_are_documented() {
    hold_file(&docs().join("schema/report-1.json"), &schema::render());
    hold_file(&docs().join("schema/explanation-1.json"), &schema::explanation());
}

#[test]
fn what_the_page_on_records_and_settings_shows_can_be_typed() {
    let page = fs::read_to_string(docs().join("provision.md")).unwrap();
    let mut commands = 0;
    for line in
        page.lines().filter_map(|line| line.trim_start().trim_start_matches("$ ").strip_prefix("mailmedic "))
    {
        // What the program prints begins with its name and a colon.
        let words = words(line);
        let parsed = Cli::try_parse_from(["mailmedic".to_owned()].into_iter().chain(words));
        assert!(parsed.is_ok(), "{line}: {}", parsed.err().unwrap());
        commands += 1;
    }
    assert!(commands > 10, "{commands}");
    let described = page.split("\n    {\n").nth(1).unwrap().split("\n    }\n").next().unwrap();
    let services = mailmedic::provision::file::read(&format!("{{{described}}}")).unwrap();
    assert_eq!(services.len(), 2);
}

/// Splits a line as a shell does, as far as single quotes go.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn is_blessed() -> bool {
    std::env::var_os("MAILMEDIC_BLESS").is_some_and(|value| value == "1")
}

/// Holds a folder to exactly these files.
fn hold(folder: &str, pages: &BTreeMap<String, String>) {
    let folder = docs().join(folder);
    for (name, text) in pages {
        hold_file(&folder.join(name), text);
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !pages.contains_key(&name) {
            assert!(is_blessed(), "{} belongs to nothing; {HINT}", path.display());
            fs::remove_file(path).unwrap();
        }
    }
}

fn hold_file(path: &Path, text: &str) {
    if is_blessed() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let there = fs::read_to_string(path).unwrap_or_default();
    assert!(there == text, "{} is not what the code says; {HINT}", path.display());
}

const HINT: &str = "run MAILMEDIC_BLESS=1 cargo test -p mailmedic-cli docs";
