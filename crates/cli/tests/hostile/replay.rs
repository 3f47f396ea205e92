//! Saved observations that somebody else has written.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::run::{Run, each, report, run};

const DRIVES: &str = "\u{1b}[31m\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{2066}\r\n\u{0}ERROR  cert-expired";

fn good() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/corpus/observations/starttls-not-offered.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn judge(text: impl AsRef<[u8]>, more: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file: PathBuf = folder.path().join("seen.json");
    fs::write(&file, text).unwrap();
    run(&[&["check", "--replay", file.to_str().unwrap()], more].concat())
}

/// Judges in every form; either all complain of the file in a line, or all report.
fn survive(text: &str) -> Option<i32> {
    let told = judge(text, &["--format", "json"]);
    match told.code {
        Some(2) => complaint(&told),
        _ => drop(report(&told)),
    }
    for more in [&[][..], &["--verbose"], &["--verbose", "--color", "never", "--now", "2026-11-21T12:00:00Z"]]
    {
        assert_eq!(judge(text, more).code, told.code);
    }
    told.code
}

fn complaint(told: &Run) {
    assert_eq!((told.stdout.as_str(), told.code), ("", Some(2)));
    assert!(told.stderr.starts_with("mailmedic: ") && told.stderr.lines().count() == 1, "{}", told.stderr);
    assert!(told.stderr.len() < 1_000, "{}", told.stderr);
}

/// Calls `visit` with the place of every value.
fn places(value: &Value, at: &str, visit: &mut impl FnMut(&str)) {
    visit(at);
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                places(value, &format!("{at}/{key}"), visit);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{index}"), visit);
            }
        }
        _ => {}
    }
}

fn all_places(value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    places(value, "", &mut |at| all.push(at.to_owned()));
    all
}

#[test]
fn any_cut_is_a_complaint() {
    let text = serde_json::to_string(&good()).unwrap();
    each((0..text.len()).step_by(text.len() / 40), |cut| {
        complaint(&judge(&text[..cut], &[]));
    });
    complaint(&judge(b"\xff\xfe{", &[]));
    complaint(&judge(format!("{text}{text}"), &[]));
}

#[test]
fn nothing_nests_too_deep() {
    for deep in [
        "[".repeat(1_000_000),
        "{\"schema\":".repeat(100_000),
        format!(
            "{{\"schema\": \"mailmedic.observation/1\", \"x\": {}{}}}",
            "[".repeat(50_000),
            "]".repeat(50_000)
        ),
    ] {
        complaint(&judge(deep, &[]));
    }
}

#[test]
fn keys_and_words_in_a_complaint_are_bounded_and_harmless() {
    let mut file = good();
    file["schema"] = json!(format!("{DRIVES}{}", "A".repeat(100_000)));
    complaint(&judge(file.to_string(), &[]));
    let mut file = good();
    file["targets"][0]["kind"] = json!(format!("{DRIVES}{}", "A".repeat(100_000)));
    complaint(&judge(file.to_string(), &[]));
    let key = format!("{DRIVES}{}", "A".repeat(100_000));
    complaint(&judge(json!({"schema": "mailmedic.observation/1", "targets": {key: 1}}).to_string(), &[]));
}

#[test]
fn wrong_types_name_the_field() {
    let good = good();
    each(all_places(&good).iter().filter(|at| !at.is_empty()).step_by(5), |at| {
        let mut file = good.clone();
        *file.pointer_mut(at).unwrap() = json!([[[true]]]);
        let told = judge(serde_json::to_string_pretty(&file).unwrap(), &[]);
        assert_eq!(told.code, Some(2), "{at}");
        complaint(&told);
        let key = at.split('/').find(|part| part.parse::<usize>().is_err() && !part.is_empty()).unwrap();
        assert!(told.stderr.contains(key), "{at}: {}", told.stderr);
    });
}

#[test]
fn any_number_may_be_huge() {
    let good = good();
    each(all_places(&good).iter().filter(|at| good.pointer(at).unwrap().is_number()), |at| {
        for number in
            [json!(u64::MAX), json!(u32::MAX), json!(u16::MAX), json!(255), json!(0), json!(-1), json!(1e300)]
        {
            let mut file = good.clone();
            *file.pointer_mut(at).unwrap() = number;
            let told = judge(file.to_string(), &["--format", "json"]);
            match told.code {
                Some(2) => complaint(&told),
                _ => drop(report(&told)),
            }
        }
    });
}

#[test]
fn any_string_may_be_hostile() {
    let good = good();
    let strings: Vec<String> =
        all_places(&good).into_iter().filter(|at| good.pointer(at).unwrap().is_string()).collect();
    for at in &strings {
        let mut file = good.clone();
        *file.pointer_mut(at).unwrap() = json!(DRIVES);
        survive(&file.to_string());
    }
    // All at once where a file may say anything.
    let mut file = good.clone();
    for at in &strings {
        let mut one = file.clone();
        *one.pointer_mut(at).unwrap() = json!(DRIVES);
        if judge(one.to_string(), &[]).code != Some(2) {
            file = one;
        }
    }
    assert_ne!(survive(&file.to_string()), Some(2));
}

#[test]
fn times_may_be_at_the_ends_of_the_calendar() {
    for time in ["-009999-01-02T01:59:59Z", "9999-12-30T22:00:00.999999999Z", "1970-01-01T00:00:00Z"] {
        let mut file = good();
        file["taken"] = json!(time);
        survive(&file.to_string());
    }
}

#[test]
fn a_thousand_endpoints_are_judged() {
    let mut file = good();
    let one = file["targets"][0]["endpoints"][0].clone();
    let many: Vec<Value> = (1..=1_000)
        .map(|port| {
            let mut one = one.clone();
            one["endpoint"]["port"] = json!(port);
            one
        })
        .collect();
    file["targets"][0]["endpoints"] = json!(many);
    assert_eq!(survive(&file.to_string()), Some(1));
    // The same one a thousand times.
    file["targets"][0]["endpoints"] = json!(vec![one; 1_000]);
    assert_eq!(survive(&file.to_string()), Some(1));
    file["targets"] = json!([]);
    assert_eq!(survive(&file.to_string()), Some(3));
}
