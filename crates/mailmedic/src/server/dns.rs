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

/// Returns the document to serve, and after it the record that tells senders of it: in this order, since a sender that is
/// told of a policy and does not find it goes without.
pub(super) fn policy(domain: &str, lines: &[String], id: &str) -> Vec<Fix> {
    let domain = words::escape(domain, MOST_OF_NAME);
    let lines: Vec<String> = lines.iter().map(|line| words::escape(line, MOST_CHARACTERS)).collect();
    let document = Fix {
        for_: "any".to_owned(),
        text: format!(
            "Let a web server answer https://mta-sts.{domain}/.well-known/mta-sts.txt with these lines, as text/plain, without a \
             redirect, and with a certificate that bears mta-sts.{domain}."
        ),
        commands: Vec::new(),
        config: Some(lines.join("\n")),
    };
    let record = Fix {
        for_: "dns".to_owned(),
        text: "Then publish this record in place of the one of the same name; senders fetch the policy again when the id \
               is another one."
            .to_owned(),
        commands: Vec::new(),
        config: Some(format!(
            "_mta-sts.{domain}. 3600 IN TXT \"v=STSv1; id={}\"",
            words::escape(id, MOST_OF_NAME)
        )),
    };
    vec![document, record]
}

/// The longest name.
const MOST_OF_NAME: usize = 253;

/// More than any record that we propose.
const MOST_CHARACTERS: usize = 4_096;
