//! The README's output is what the program prints.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

/// Dates, durations and numbers of connections differ from run to run.
fn masked(line: &str) -> String {
    let mut masked = String::new();
    for c in line.chars() {
        match c {
            '0'..='9' if masked.ends_with('#') => {}
            '0'..='9' => masked.push('#'),
            _ => masked.push(c),
        }
    }
    masked
}

#[test]
fn the_demo_prints_what_the_readme_shows() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mailmedic")).arg("demo").env_clear().output().unwrap();
    assert!(output.status.success());
    let printed: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(masked).collect();
    let mut at = 0;
    for line in shown.lines().filter(|line| *line != "…") {
        let found = printed[at..].iter().position(|printed| *printed == masked(line));
        at += found.unwrap_or_else(|| panic!("not printed, or not in this order: {line}")) + 1;
    }
    assert!(at > 40, "the README shows a good part of it");
}
