//! Changes to DNS records.

use crate::finding::{Change, Fix};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsOutcome};
use crate::words;

/// Tells whether records stand where those of a change belong, which then take their place; none where that is not known. Of
/// TXT records those count that begin with the same version.
pub fn stands(change: &Change, dns: &[DnsAnswer]) -> Option<bool> {
    let own;
    let lines: &[String] = match change {
        Change::Dns { lines } => lines,
        Change::MtaStsPolicy { domain, .. } => {
            own = [format!("_mta-sts.{domain}. 3600 IN TXT \"v=STSv1;\"")];
            &own
        }
        _ => return None,
    };
    let known: Option<Vec<bool>> = lines.iter().map(|line| is_there(line, dns)).collect();
    match known {
        Some(known) => (!known.is_empty()).then(|| known.contains(&true)),
        // One is enough.
        None => lines.iter().any(|line| is_there(line, dns) == Some(true)).then_some(true),
    }
}

/// Tells whether a record of the name, type and version of this line stands there already.
fn is_there(line: &str, dns: &[DnsAnswer]) -> Option<bool> {
    let mut words = line.split_whitespace();
    let (name, kind) = (Name::of_dns(words.next()?).ok()?, words.nth(2)?);
    let answer = dns.iter().find(|answer| answer.name == name && answer.kind.name() == kind)?;
    if matches!(answer.outcome, DnsOutcome::Failed(_)) {
        return None;
    }
    let version =
        |text: &str| -> String { text.chars().take_while(|c| !matches!(c, ' ' | ';' | '"')).collect() };
    let wanted = line.split_once('"').map(|(_, text)| version(text));
    Some(answer.records().iter().any(|record| match (record, &wanted) {
        (DnsData::Txt(text), Some(wanted)) => version(text).eq_ignore_ascii_case(wanted),
        _ => true,
    }))
}

/// Returns the records as the lines of a zone file; `stands` is whether some stand in their place, if that is known.
pub(super) fn cure(lines: &[String], stands: Option<bool>) -> Fix {
    let records: Vec<String> = lines.iter().map(|line| words::escape(line, MOST_CHARACTERS)).collect();
    let is_spf = lines.iter().any(|line| line.contains(" IN TXT \"v=spf1"));
    let (what, old, if_any) = match is_spf {
        true => ("this record", "the SPF record of the same name", "if there is one"),
        false => ("these records", "those of the same name and type", "if there are any"),
    };
    let place = match stands {
        Some(true) => format!(" in place of {old},"),
        Some(false) => String::new(),
        None => format!(" in place of {old}, {if_any},"),
    };
    let others = if is_spf { " Other TXT records of that name stay." } else { "" };
    let text = match records.is_empty() {
        true => "Change the records of the domain at your DNS provider; raise the serial number if you keep the zone file.".to_owned(),
        false => format!("Publish {what}{place} at your DNS provider or in the zone file (raise its serial number).{others}"),
    };
    Fix {
        for_: "dns".to_owned(),
        text,
        commands: Vec::new(),
        config: (!records.is_empty()).then(|| records.join("\n")),
    }
}

/// Returns the document to serve, and after it the record that tells senders of it: in this order, since a sender that is
/// told of a policy and does not find it goes without.
pub(super) fn policy(domain: &str, lines: &[String], id: &str, stands: Option<bool>) -> Vec<Fix> {
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
        text: match stands {
            Some(false) => "Then publish this record, which tells senders that there is a policy.",
            Some(true) | None => {
                "Then publish this record in place of the one of the same name; senders fetch the policy again when the id \
                 is another one."
            }
        }
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

#[cfg(test)]
mod tests {
    use super::{cure, policy, stands};
    use crate::finding::Change;
    use crate::observation::DnsType;
    use crate::records::sample::{absent, failed, txt};

    #[test]
    fn an_spf_record_takes_the_place_of_no_other_text() {
        let fix = |stands| cure(&["example.org. 3600 IN TXT \"v=spf1 mx -all\"".to_owned()], stands).text;
        assert!(fix(Some(true)).contains("in place of the SPF record"), "{}", fix(Some(true)));
        assert!(fix(Some(true)).contains("Other TXT records"));
        let fix =
            |stands| cure(&["_dmarc.example.org. 3600 IN TXT \"v=DMARC1; p=none\"".to_owned()], stands).text;
        assert!(fix(Some(true)).contains("same name and type, at your"), "{}", fix(Some(true)));
    }

    #[test]
    fn where_nothing_stands_nothing_is_replaced() {
        let fix = |stands| cure(&["example.org. 3600 IN TXT \"v=spf1 mx -all\"".to_owned()], stands).text;
        assert!(
            fix(Some(false)).starts_with("Publish this record at your DNS provider"),
            "{}",
            fix(Some(false))
        );
        assert!(
            fix(None).contains("in place of the SPF record of the same name, if there is one, at"),
            "{}",
            fix(None)
        );
        let record = |stands| policy("example.org", &[], "1", stands).remove(1).text;
        assert!(!record(Some(false)).contains("in place") && record(None).contains("in place"));
    }

    #[test]
    fn what_stands_is_known_by_name_type_and_version() {
        let change = Change::Dns { lines: vec!["example.org. 3600 IN TXT \"v=spf1 mx -all\"".to_owned()] };
        let there = |answer| stands(&change, &[answer]);
        assert_eq!(there(txt("example.org", &["v=SPF1 -all"])), Some(true));
        assert_eq!(there(txt("example.org", &["other"])), Some(false));
        assert_eq!(there(absent("example.org", DnsType::Txt)), Some(false));
        assert_eq!(there(failed("example.org", DnsType::Txt)), None);
        assert_eq!(stands(&change, &[]), None);
        let sts = Change::MtaStsPolicy { domain: "example.org".into(), lines: Vec::new(), id: "1".into() };
        assert_eq!(stands(&sts, &[txt("_mta-sts.example.org", &["v=STSv1; id=a"])]), Some(true));
        let many = ["mx.example.org. 3600 IN CAA 0 issue \";\"", "x.example.org. 3600 IN CAA 0 issue \";\""];
        let many = Change::Dns { lines: many.map(str::to_owned).to_vec() };
        assert_eq!(stands(&many, &[absent("mx.example.org", DnsType::Caa)]), None);
        assert_eq!(stands(&Change::Reload, &[]), None);
    }
}
