//! The report as JSON, for scripts and monitors.

use super::{Report, text};

/// Writes the report as indented JSON with a line feed at the end.
pub fn render(report: &Report) -> String {
    let json = serde_json::to_string_pretty(report).expect("every key of a report is a string");
    // JSON may hold DEL, C1 controls and marks that turn text around; a terminal obeys them.
    let mut safe = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c != '\n' && text::is_unsafe(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    safe.push('\n');
    safe
}
