//! Saved observations, judged again.

use std::fs;
use std::path::Path;

use super::{Run, observation, run};

fn replay(file: &Path, more: &[&str]) -> Run {
    run(&[&["check", "--replay", file.to_str().unwrap()], more].concat())
}

#[test]
fn the_same_observation_gives_the_same_report() {
    let file = observation("starttls-not-offered.json");
    for format in ["text", "json"] {
        let first = replay(&file, &["--format", format]);
        let second = replay(&file, &["--format", format]);
        assert_eq!(first.stdout, second.stdout);
        assert_eq!((first.code, first.stderr.as_str()), (Some(1), ""));
    }
    let text = replay(&file, &[]).stdout;
    assert!(text.starts_with("mail.example.org: sending is not safe\n"), "{text}");
    assert!(text.contains("\nERROR  starttls-missing        mail.example.org:587 (Postfix)\n"), "{text}");
}

#[test]
fn json_obeys_the_published_schema() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/report-1.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["starttls-not-offered.json", "refused.json"] {
        let text = replay(&observation(name), &["--format", "json"]).stdout;
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(report["schema"], "mailmedic.report/1");
        assert_eq!(report["now"], "2026-11-21T12:00:00Z");
    }
}

#[test]
fn exit_codes_follow_the_threshold() {
    let file = observation("starttls-not-offered.json");
    assert_eq!(replay(&file, &[]).code, Some(1));
    assert_eq!(replay(&file, &["--fail-on", "never"]).code, Some(0));
    assert_eq!(replay(&file, &["--select", "cert-expired"]).code, Some(0));
    let nothing = replay(&observation("refused.json"), &[]);
    assert_eq!(nothing.code, Some(3));
    assert!(
        nothing.stdout.starts_with("mail.example.org: nothing could be examined: "),
        "{}",
        nothing.stdout
    );
    assert_eq!(replay(&observation("refused.json"), &["--fail-on", "never"]).code, Some(3));
}

#[test]
fn the_clock_can_be_set() {
    let report = replay(&observation("refused.json"), &["--format", "json", "--now", "2027-01-01T00:00:00Z"]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["now"], "2027-01-01T00:00:00Z");
}

#[test]
fn reports_go_into_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.txt");
    let told = replay(&observation("refused.json"), &["--output", file.to_str().unwrap()]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(3), ""));
    assert_eq!(fs::read_to_string(&file).unwrap(), replay(&observation("refused.json"), &[]).stdout);
    let nowhere = folder.path().join("no/such/folder");
    let told = replay(&observation("refused.json"), &["--output", nowhere.to_str().unwrap()]);
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("no/such/folder: No such file"), "{}", told.stderr);
}

#[test]
fn broken_files_name_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.json");
    let good = fs::read_to_string(observation("starttls-not-offered.json")).unwrap();
    let cases = [
        (
            good.replace("\"port\": 587", "\"port\": 70000"),
            "in targets[0].endpoints[0].endpoint.port: invalid value",
        ),
        (good.replace("\"port\": 587,", ""), "in targets[0].endpoints[0].endpoint: missing field `port`"),
        (good.replace("mailmedic.observation/1", "mailmedic.report/1"), "it is \"mailmedic.report/1\""),
        (good[..good.len() / 2].to_owned(), "EOF while parsing"),
        (String::new(), "line 1, column 0: EOF while parsing"),
        ("[1]".to_owned(), "line 1, column"),
    ];
    for (text, part) in cases {
        fs::write(&file, text).unwrap();
        let told = replay(&file, &[]);
        assert_eq!((told.code, told.stdout.as_str()), (Some(2), ""));
        assert!(told.stderr.contains(part), "{part} is not in {}", told.stderr);
        assert_eq!(told.stderr.lines().count(), 1, "{}", told.stderr);
    }
    let missing = replay(&folder.path().join("missing.json"), &[]);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("missing.json: No such file"), "{}", missing.stderr);
}
