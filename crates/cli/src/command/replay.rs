//! Observations in files: `--save` and `--replay`.

use std::fs;
use std::path::Path;

use mailmedic::observation::{Observation, SCHEMA};
use mailmedic::words;
use serde::Deserialize;

use crate::exit::Failure;

/// Saves an observation.
pub(crate) fn write(file: &Path, observation: &Observation) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(observation).map_err(|why| Failure::file(file, why))?;
    text.push('\n');
    fs::write(file, text).map_err(|why| Failure::file(file, why))
}

/// Reads a saved observation; a complaint names the field that is wrong.
pub(crate) fn read(file: &Path) -> Result<Observation, Failure> {
    let text = fs::read_to_string(file).map_err(|why| Failure::file(file, why))?;
    parse(&text).map_err(|why| Failure::file(file, why))
}

/// The only field that every version has.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

fn parse(text: &str) -> Result<Observation, String> {
    let schema: Schema = serde_json::from_str(text).map_err(|error| describe(text, &error))?;
    if schema.schema != SCHEMA {
        let found = words::escape(&schema.schema, MOST_WORD);
        return Err(format!("it is \"{found}\"; --replay reads {SCHEMA:?}, which --save writes"));
    }
    serde_json::from_str(text).map_err(|error| describe(text, &error))
}

fn describe(text: &str, error: &serde_json::Error) -> String {
    let path = path_at(text, error.line(), error.column());
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    // Both may quote the file.
    let what = words::escape(message.strip_suffix(&place).unwrap_or(&message), MOST_MESSAGE);
    let path =
        if path.is_empty() { String::new() } else { format!(" in {}", words::escape(&path, MOST_MESSAGE)) };
    format!("line {}, column {}{path}: {what}", error.line(), error.column())
}

const MOST_WORD: usize = 60;
const MOST_MESSAGE: usize = 300;

/// Where a reader of JSON stands.
enum Level {
    /// In an object, after this key.
    Object(Option<String>),
    /// In an array, at this element.
    Array(usize),
}

/// Names the value that ends or breaks off at a place: `targets[0].endpoints[1].port`.
fn path_at(text: &str, line: usize, column: usize) -> String {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let end = (before + column).min(text.len());
    let bytes = &text.as_bytes()[..end];
    let mut levels: Vec<Level> = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' if at < bytes.len() => drop(levels.pop()),
            // A complaint about a whole object stands at its end.
            b'}' => {
                if let Some(Level::Object(key)) = levels.last_mut() {
                    *key = None;
                }
            }
            b',' => match levels.last_mut() {
                Some(Level::Array(index)) => *index += 1,
                Some(Level::Object(key)) => *key = None,
                None => {}
            },
            b'"' => {
                let start = at;
                while let Some(byte) = bytes.get(at) {
                    at += 1;
                    match byte {
                        b'\\' => at += 1,
                        b'"' => break,
                        _ => {}
                    }
                }
                if let Some(Level::Object(key @ None)) = levels.last_mut() {
                    let end = at.min(bytes.len()).saturating_sub(1).max(start);
                    *key = Some(String::from_utf8_lossy(&bytes[start..end]).into_owned());
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for level in &levels {
        match level {
            Level::Array(index) => path.push_str(&format!("[{index}]")),
            Level::Object(Some(key)) if path.is_empty() => path.push_str(key),
            Level::Object(Some(key)) => path.push_str(&format!(".{key}")),
            Level::Object(None) => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{parse, path_at};

    #[test]
    fn the_field_is_named() {
        let text = "{\n \"a\": [1, {\"b\": {\"c\": \"x\\\"y\", \"d\": 70000}}]\n}";
        let column = |needle: &str| text.lines().nth(1).unwrap().find(needle).unwrap() + needle.len();
        assert_eq!(path_at(text, 2, column("70000")), "a[1].b.d");
        assert_eq!(path_at(text, 2, column("70000}")), "a[1].b");
        assert_eq!(path_at(text, 2, column("1")), "a[0]");
        assert_eq!(path_at("", 1, 0), "");
        assert_eq!(path_at("{\"a", 1, 3), "");
        assert_eq!(path_at("é", 9, 9), "");
    }

    #[test]
    fn another_kind_of_file_is_told_as_such() {
        let report = parse("{\"schema\": \"mailmedic.report/1\"}").unwrap_err();
        assert!(report.starts_with("it is \"mailmedic.report/1\"; --replay reads"), "{report}");
        assert_eq!(parse("").unwrap_err(), "line 1, column 0: EOF while parsing a value");
        assert_eq!(parse("{}").unwrap_err(), "line 1, column 2: missing field `schema`");
    }
}
