//! Changes to DNS records.

use crate::finding::Fix;
use crate::words;

/// Returns the records as the lines of a zone file.
pub(super) fn cure(lines: &[String]) -> Fix {
    let records: Vec<String> = lines.iter().map(|line| words::escape(line, MOST_CHARACTERS)).collect();
    let text = if records.is_empty() {
        "Change the records of the domain at your DNS provider; raise the serial number if you keep the zone file."
    } else {
        "Publish these records in place of those of the same name and type, at your DNS provider or in the zone file \
         (raise its serial number)."
    };
    Fix {
        for_: "dns".to_owned(),
        text: text.to_owned(),
        commands: Vec::new(),
        config: (!records.is_empty()).then(|| records.join("\n")),
    }
}

/// More than any record that we propose.
const MOST_CHARACTERS: usize = 4_096;
