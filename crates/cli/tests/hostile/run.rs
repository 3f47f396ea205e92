//! Runs of the binary, and what must hold for each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Prepares the binary with an empty environment.
pub(crate) fn mailmedic(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailmedic"));
    command.env_clear().args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the binary to its end.
pub(crate) fn run(args: &[&str]) -> Run {
    end(mailmedic(args).spawn().unwrap())
}

/// Waits for the end of a run, which must come by itself, without a panic and with nothing for the terminal.
pub(crate) fn end(child: Child) -> Run {
    let id = child.id();
    let (ended, waiting) = mpsc::channel::<()>();
    let guard = thread::spawn(move || {
        if let Err(mpsc::RecvTimeoutError::Timeout) = waiting.recv_timeout(HANGS) {
            signal(id, "KILL");
        }
    });
    let output = child.wait_with_output().unwrap();
    drop(ended);
    guard.join().unwrap();
    let run = Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(run.code.is_some(), "it did not end by itself: {:?}\n{}", output.status, run.stderr);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    harmless(&run.stdout);
    harmless(&run.stderr);
    run
}

/// After so long a run hangs.
const HANGS: Duration = Duration::from_secs(100);

/// Runs cases a few at a time: most of what they do is wait.
pub(crate) fn each<T: Send>(cases: impl IntoIterator<Item = T>, case: impl Fn(T) + Sync) {
    let mut cases = cases.into_iter().peekable();
    while cases.peek().is_some() {
        thread::scope(|scope| {
            for one in cases.by_ref().take(AT_ONCE) {
                let case = &case;
                scope.spawn(move || case(one));
            }
        });
    }
}

/// More would make a small machine slow, and the servers seem so.
const AT_ONCE: usize = 6;

/// Sends a signal to a process of ours.
pub(crate) fn signal(id: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap().success());
}

/// Fails on characters that a terminal obeys, and on those that change the order of what is read.
pub(crate) fn harmless(text: &str) {
    let obeyed = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
    };
    assert_eq!(text.chars().find(obeyed), None, "{text:?}");
}

/// What an examination came to.
pub(crate) struct Told {
    pub(crate) json: Value,
    /// The report for people, in full.
    pub(crate) text: String,
    /// The ids of the rules that found something.
    pub(crate) found: BTreeSet<String>,
}

impl Told {
    /// Fails unless all of these are found.
    pub(crate) fn has(&self, ids: &[&str]) -> &Self {
        for id in ids {
            assert!(self.found.contains(*id), "{id} is not in {:?}\n{}", self.found, self.text);
        }
        self
    }

    /// Fails if any of these is found.
    pub(crate) fn lacks(&self, ids: &[&str]) -> &Self {
        for id in ids {
            assert!(!self.found.contains(*id), "{id} is in {:?}\n{}", self.found, self.text);
        }
        self
    }
}

/// Examines a target with short limits, as JSON and as text of the same look.
pub(crate) fn check(target: &str, more: &[&str]) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seen.json");
    let file = file.to_str().unwrap();
    let args = [&["check", target, "--offline", "--timeout", "1s", "--format", "json", "--save", file], more];
    let live = run(&args.concat());
    assert_eq!(live.stderr, "");
    let json = report(&live);
    // What was seen can be judged again, whatever it was.
    let again = run(&["check", "--replay", file, "--format", "json"]);
    assert_eq!((again.stdout, again.code), (live.stdout, live.code));
    let text = run(&["check", "--replay", file, "--verbose"]);
    assert_eq!((text.code, text.stderr.as_str()), (live.code, ""));
    let short = run(&["check", "--replay", file]);
    assert!(short.stdout.len() < 20_000, "{}", short.stdout);
    Told { found: found(&json), text: text.stdout, json }
}

/// Examines a port of loopback by a URL's scheme.
pub(crate) fn look(scheme: &str, port: u16) -> Told {
    check(&format!("{scheme}://127.0.0.1:{port}"), &[])
}

/// Reads a report in JSON: it obeys the schema, and the exit code says what it says.
pub(crate) fn report(run: &Run) -> Value {
    let json: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|why| panic!("{why}: {}", run.stdout));
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/report-1.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    let targets = json["targets"].as_array().unwrap();
    let reached = targets.iter().flat_map(|target| target["endpoints"].as_array().unwrap());
    let code = match reached.filter(|endpoint| endpoint["reached"] == true).count() {
        0 => 3,
        _ if json["summary"]["error"] != 0 => 1,
        _ => 0,
    };
    if run.code != Some(130) {
        assert_eq!(run.code, Some(code), "{}", run.stdout);
    }
    json
}

fn found(json: &Value) -> BTreeSet<String> {
    let targets = json["targets"].as_array().unwrap();
    let findings = targets.iter().flat_map(|target| target["findings"].as_array().unwrap());
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}
