//! The house rules that no compiler keeps: who may import whom, how long a file is, who prints.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where looking, judging and proposing happen; each may import data modules only.
const STAGES: &[&str] = &[
    "plan",
    "probe",
    "dns",
    "fetch",
    "revocation",
    "chain",
    "client",
    "rules",
    "report",
    "server",
    "explain",
];

/// What strings the stages together and is imported by none of them.
const ROOTS: &[&str] = &["lib", "examine", "judge"];

/// Data modules that are large enough for a folder; files are data modules unless listed above.
const DATA_FOLDERS: &[&str] = &[
    "certificate",
    "client_config",
    "diagnosis",
    "generate",
    "identity",
    "keyfile",
    "observation",
    "policy",
    "provision",
    "records",
    "trust",
    "unpack",
];

/// Edges between stages that are meant: discovery fetches, and what speaks of a certificate is signed as one.
const MEANT: &[(&str, &str)] = &[("dns", "fetch"), ("revocation", "chain")];

/// Who looks may say when, and DNSSEC's signatures count only now.
const MAY_READ_THE_CLOCK: &[&str] = &["crates/mailmedic/src/dns/", "crates/mailmedic/src/examine/"];

/// The most lines of a production file; tests do not count.
const MOST_LINES: usize = 600;

/// Tables of names, which may be longer.
const NAME_TABLES: &[&str] = &["crates/wire/src/names/cipher_suite/table.rs"];

#[test]
fn stages_import_only_data() {
    let mut wrong = Vec::new();
    for file in sources(&["crates/mailmedic/src"]) {
        let path = file.module_path("crates/mailmedic/src");
        let Some(from) = path.first().map(String::as_str) else { continue };
        if ROOTS.contains(&from) {
            continue;
        }
        for to in imports(&file.code(), path.len()) {
            let stands_above = STAGES.contains(&to.as_str()) || ROOTS.contains(&to.as_str());
            if stands_above && to != from && !MEANT.contains(&(from, &to)) {
                wrong.push(format!("{}: {from} imports {to}", file.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_folder_is_a_stage_or_data() {
    let root = root().join("crates/mailmedic/src");
    let folders = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    for folder in folders {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let known = [STAGES, ROOTS, DATA_FOLDERS].iter().any(|list| list.contains(&name));
        assert!(known, "{name} is a stage or holds data: say which in this test");
    }
}

#[test]
fn imports_are_found_however_they_are_written() {
    let found = |code: &str, depth| imports(code, depth).into_iter().collect::<Vec<_>>();
    assert_eq!(found("use crate::probe::Prober;", 1), ["probe"]);
    assert_eq!(
        found("pub use crate::{name::Host, report, rules::{self, judge}};", 1),
        ["name", "report", "rules"]
    );
    assert_eq!(found("use crate::{\n    dns,\n    probe as p,\n};", 1), ["dns", "probe"]);
    assert_eq!(found("let all = crate::rules::RULES;", 2), ["rules"]);
    assert_eq!(found("use super::super::chain::Graph;", 2), ["chain"]);
    assert_eq!(found("use super::chain::Graph;", 2), Vec::<String>::new());
    assert_eq!(found("$crate::probe!()", 1), ["probe"]);
    assert_eq!(found("my_crate::probe()", 1), Vec::<String>::new());
}

#[test]
fn files_are_short() {
    let folders = [&CRATES[..], &["crates/peers/src"]].concat();
    let long: Vec<String> = sources(&folders)
        .iter()
        .filter(|file| !file.is_test() && !NAME_TABLES.contains(&file.name.as_str()))
        .filter(|file| file.production().lines().count() > MOST_LINES)
        .map(|file| file.name.clone())
        .collect();
    assert_eq!(long, Vec::<String>::new(), "over {MOST_LINES} lines before their tests");
}

#[test]
fn wire_depends_on_nothing() {
    let manifest = fs::read_to_string(root().join("crates/wire/Cargo.toml")).unwrap();
    let tables = manifest.lines().map(str::trim).filter(|line| line.starts_with('['));
    let dependencies: Vec<&str> =
        tables.filter(|table| table.contains("dependencies") && *table != "[dev-dependencies]").collect();
    assert_eq!(dependencies, Vec::<&str>::new());
    let io =
        ["std::net", "std::fs", "std::io", "std::env", "std::process", "std::thread", "std::time", "unsafe "];
    assert_eq!(uses(&["crates/wire/src"], &io), Vec::<String>::new());
}

#[test]
fn the_library_is_told_where_files_are() {
    let ambient = ["env::var", "home_dir", "temp_dir", "current_dir"];
    assert_eq!(uses(&["crates/mailmedic/src"], &ambient), Vec::<String>::new());
}

#[test]
fn who_judges_is_told_the_time() {
    let clocks = ["SystemTime::now", "Timestamp::now", "Zoned::now"];
    let mut read = uses(&["crates/wire/src", "crates/mailmedic/src"], &clocks);
    read.retain(|found| !MAY_READ_THE_CLOCK.iter().any(|folder| found.starts_with(folder)));
    assert_eq!(read, Vec::<String>::new());
}

#[test]
fn only_the_command_prints() {
    let printing =
        ["print!(", "println!(", "eprint!(", "eprintln!(", "dbg!(", "stdout()", "stderr()", "process::exit"];
    assert_eq!(uses(&["crates/wire/src", "crates/mailmedic/src"], &printing), Vec::<String>::new());
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file may be read too.
    let in_code = [concat!("to", "do!"), concat!("unimple", "mented!"), concat!("#[ig", "nore")];
    let in_comments = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X"), concat!("HA", "CK")];
    let mut left = Vec::new();
    for file in sources(&["crates", "fuzz/src", "fuzz/fuzz_targets"]) {
        for (number, line) in file.text.lines().enumerate() {
            let comment = line.split_once("//").map_or("", |(_, comment)| comment);
            let has_word = |word: &&str| words(comment).any(|other| other == *word);
            if in_code.iter().any(|word| line.contains(word)) || in_comments.iter().any(has_word) {
                left.push(format!("{}:{}: {}", file.name, number + 1, line.trim()));
            }
        }
    }
    assert_eq!(left, Vec::<String>::new());
}

/// One Rust file; `name` is its path from the root of the repository.
struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Everything that is compiled into the product: no tests beside the code.
    fn production(&self) -> &str {
        let tests = ["#[cfg(test)]\nmod tests {", "#[cfg(test)]\npub(crate) mod tests {"];
        let ends = tests.iter().filter_map(|start| self.text.find(start));
        &self.text[..ends.min().unwrap_or(self.text.len())]
    }

    /// The production lines without comments.
    fn code(&self) -> String {
        let lines = self.production().lines();
        lines.filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
    }

    fn is_test(&self) -> bool {
        let path = Path::new(&self.name);
        let in_tests = path.components().any(|part| part.as_os_str() == "tests");
        in_tests || matches!(path.file_name().and_then(|name| name.to_str()), Some("tests.rs" | "sample.rs"))
    }

    /// The modules that lead to this file, below the root of its crate: `["probe", "gate"]`.
    fn module_path(&self, crate_root: &str) -> Vec<String> {
        let below = Path::new(&self.name).strip_prefix(crate_root).unwrap().with_extension("");
        let mut path: Vec<String> = below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        path.pop_if(|last| last == "mod");
        path
    }
}

/// The modules of the crate's root that code at this depth names by a path.
fn imports(code: &str, depth: usize) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in ["crate::".to_owned(), "super::".repeat(depth)] {
        for (at, _) in code.match_indices(&root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
                continue;
            }
            let rest = &code[at + root.len()..];
            match rest.strip_prefix('{') {
                Some(group) => found.extend(branches(group).into_iter().filter_map(first_word)),
                None => found.extend(first_word(rest)),
            }
        }
    }
    found.remove("super");
    found
}

/// The branches of a use tree whose brace is open, up to the brace that closes it.
fn branches(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut branches) = (0_usize, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                branches.push(&group[start..at]);
                break;
            }
            ',' if depth == 0 => {
                branches.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches
}

fn first_word(text: &str) -> Option<String> {
    words(text.trim_start()).next().filter(|word| !word.is_empty()).map(str::to_owned)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
}

/// The production lines below these folders that contain one of the words.
fn uses(folders: &[&str], forbidden: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in sources(folders).iter().filter(|file| !file.is_test()) {
        for line in file.code().lines().filter(|line| forbidden.iter().any(|word| line.contains(word))) {
            found.push(format!("{}: {}", file.name, line.trim()));
        }
    }
    found
}

const CRATES: [&str; 3] = ["crates/wire/src", "crates/mailmedic/src", "crates/cli/src"];

/// Every Rust file below these folders.
fn sources(folders: &[&str]) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
            sources.push(Source { name, text: fs::read_to_string(&path).unwrap() });
        }
    }
    assert!(!sources.is_empty(), "{folders:?} holds Rust files");
    sources
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().and_then(Path::parent).unwrap().to_owned()
}
