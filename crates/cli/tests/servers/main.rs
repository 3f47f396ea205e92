//! Real mail servers on loopback, healthy and faulty: what must be found on each is found, and nothing else;
//! and what was seen is what `openssl s_client` sees. Where a scenario lists what is left, the cures that the report
//! gives for its software are applied word for word, and then that is left and nothing else.
//!
//! Needs root and the laboratory of `tests/servers`; the feature `servers` builds it. The variable
//! `MAILMEDIC_SCENARIOS` keeps only scenarios whose names contain one of its words.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may panic and tell how far it is"
)]

mod certificates;
mod laboratory;
mod tricks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use laboratory::{Scenario, lab};
use serde_json::Value;

/// Findings as lines, so that a difference reads well: `error cert-expired 25 587`. What is found only on ports
/// that are no part of the scenario does not count.
fn lines(findings: &Value, names: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let line = |finding: &Value| {
        let ids = finding["endpoints"].as_array().unwrap();
        let mut places: Vec<&str> = ids.iter().filter_map(|id| names.get(id.as_str()?).copied()).collect();
        places.sort_unstable();
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        let counts = ids.is_empty() || !places.is_empty();
        counts.then(|| format!("{} {} {}", text("severity"), text("rule"), places.join(" ")))
    };
    findings.as_array().unwrap().iter().filter_map(line).collect()
}

/// Returns for each finding on the scenario's endpoints the first cure; general words change no server, so that
/// what has no other cure must be among what is left.
fn cures(report: &Value, names: &BTreeMap<&str, &str>, scenario: &Scenario) -> Vec<Value> {
    let mut fixes: Vec<Value> = Vec::new();
    for finding in report["targets"][0]["findings"].as_array().unwrap() {
        let ids: Vec<&str> =
            finding["endpoints"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        if !ids.iter().any(|id| names.contains_key(id)) {
            continue;
        }
        let fix = &finding["fixes"][0];
        let at_hand = scenario.endpoints().any(|endpoint| endpoint["server"] == fix["for"]);
        if at_hand && !fixes.contains(fix) {
            fixes.push(fix.clone());
        }
    }
    fixes
}

/// Compares two sets of findings, one in a line.
fn compare(found: &BTreeSet<String>, expected: &BTreeSet<String>, when: &str, wrong: &mut Vec<String>) {
    wrong.extend(found.difference(expected).map(|line| format!("{when}found  {line}")));
    wrong.extend(expected.difference(found).map(|line| format!("{when}missed {line}")));
}

/// Examines a scenario, and again once its cures are applied; returns what was not as it should be.
fn examine(name: &str) -> Vec<String> {
    let Some(mut scenario) = Scenario::start(name) else { return vec!["it did not start".to_owned()] };
    let facts = scenario.facts.clone();
    let names: BTreeMap<&str, &str> = facts["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|endpoint| Some((endpoint["id"].as_str()?, endpoint["name"].as_str()?)))
        .collect();
    let mut wrong = Vec::new();
    let (mut report, mut seen) = scenario.check("standard");
    compare(
        &lines(&report["targets"][0]["findings"], &names),
        &lines(&facts["expect"], &names),
        "",
        &mut wrong,
    );
    scenario.compare_with_openssl(&seen, &mut wrong);
    if facts["left"].is_null() {
        return wrong;
    }
    for _ in 0..facts["rounds"].as_u64().unwrap() {
        let fixes = cures(&report, &names, &scenario);
        if !scenario.cure(&fixes) {
            wrong.push("the cures could not be applied".to_owned());
            return wrong;
        }
        (report, seen) = scenario.check("standard");
    }
    let found = lines(&report["targets"][0]["findings"], &names);
    compare(&found, &lines(&facts["left"], &names), "cured: ", &mut wrong);
    scenario.compare_with_openssl(&seen, &mut wrong);
    wrong
}

#[test]
fn every_scenario_shows_what_it_should_and_nothing_else() {
    let wanted = std::env::var("MAILMEDIC_SCENARIOS").unwrap_or_default();
    let output = lab(&["list"]).output().expect("python3 starts");
    let text = String::from_utf8(output.stdout).unwrap();
    let all: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(all.len() > 40, "the laboratory lists its scenarios");
    let wanted: Vec<&str> =
        all.into_iter().filter(|name| wanted.split(',').any(|word| name.contains(word))).collect();
    // Every scenario has an address of its own, and most of its time it waits.
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(name) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let differences = examine(name);
                    println!("{name}: {}", if differences.is_empty() { "as it should be" } else { "WRONG" });
                    wrong
                        .lock()
                        .unwrap()
                        .extend(differences.into_iter().map(|what| format!("{name}: {what}")));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// How many scenarios run at the same time.
const AT_ONCE: usize = 3;
