//! The DMARC record is written wrong.

use super::{dmarc, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::dmarc::{Ignored, Policy, Record, RecordFault, Request, Step, Whom};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dmarc-syntax",
    title: "the DMARC record is written wrong",
    severity: Severity::Error,
    what: "The DMARC record does not begin with \"v=DMARC1;\" in just these letters, or has tags, values or addresses that \
           receivers do not understand.",
    why: "A text that begins otherwise is no record at all for receivers. A wrong p=, sp= or np= takes the force of the \
          whole record: with an address for reports it counts as p=none, without one it is left alone. Other tags that \
          are wrong have their default, and addresses that are wrong get no reports.",
    affected: "Whoever gets forged mail in the domain's name; the operator, who gets no reports.",
    fix: "Publish the record anew, first \"v=DMARC1;\", then tags in small letters with semicolons between them, and \
          addresses of the form mailto:name@example.org with commas between them. Quotation marks and backslashes of a \
          zone file do not belong into the form of a DNS provider.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 9989 §4.7", "RFC 9989 §4.8", "RFC 9989 §4.10.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (_, _, walk) = match dmarc::walk(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let steps = match dmarc::steps(&walk) {
        Ok(steps) => steps,
        Err(verdict) => return verdict,
    };
    let mut findings: Vec<Finding> = steps.iter().filter_map(ignored).collect();
    let policy = dmarc::policy(&walk);
    if let Ok(policy) = &policy {
        findings.extend(faulty(policy));
    }
    match (findings.is_empty(), policy) {
        (false, _) => Verdict::Fail(findings),
        (true, Ok(_)) => Verdict::Pass,
        (true, Err(verdict)) => verdict,
    }
}

/// Tells of texts that are meant to be records and that receivers pass over.
fn ignored(step: &Step) -> Option<Finding> {
    let (text, why) = step.reading.ignored.first()?;
    let name = dmarc::bearer(&step.domain);
    let (severity, counts) = match step.reading.records.len() {
        0 => (Severity::Error, "as if there were none"),
        _ => (Severity::Note, "and take the other one"),
    };
    let mut finding = Finding::new(
        severity,
        format!("ignored {name}"),
        "receivers pass over the DMARC record",
        format!("A DMARC record at {name} is no record for receivers, {counts}: {why}."),
    )
    .hurts("whoever gets forged mail in the domain's name, and the operator, who gets no reports")
    .evidence("record", words::escape(text, MOST_SHOWN));
    if severity == Severity::Error
        && let Some(record) = mended(text, *why)
    {
        finding = finding.change(Change::Dns { lines: vec![txt::line(&name, &record.to_string())] });
    }
    Some(finding)
}

/// Reads what a text was meant to be.
fn mended(text: &str, why: Ignored) -> Option<Record> {
    let bare = text.replace(['"', '\\', '\''], "");
    let bare = bare.trim();
    let lower = bare.to_ascii_lowercase();
    let rest = match (lower.find("dmarc1"), why) {
        // What follows the version, however it is written.
        (Some(at), why) if why != Ignored::Later => bare.get(at + "dmarc1".len()..)?,
        _ => bare,
    };
    let fields = rest.split(';').map(str::trim).filter(|field| !field.to_ascii_lowercase().starts_with("v="));
    let fields: Vec<&str> = fields.map(|field| field.trim_matches([',', ' '])).collect();
    Record::read(&format!("v=DMARC1; {}", fields.join("; "))).ok().filter(|record| record.p.is_some())
}

/// Tells what is wrong in the record that applies.
fn faulty(policy: &Policy<'_>) -> Option<Finding> {
    let record = policy.record;
    if record.faults.is_empty() {
        return None;
    }
    let name = dmarc::bearer(policy.domain);
    let severity = record.faults.iter().map(|fault| weigh(record, fault)).max().unwrap_or(Severity::Note);
    let faults: Vec<String> = record.faults.iter().map(ToString::to_string).collect();
    let counts = match (record.is_broken, record.written(Whom::Itself)) {
        (false, _) => String::new(),
        (true, None) => {
            " It names no address for reports either, so receivers leave DMARC alone, as if there were no record."
                .to_owned()
        }
        (true, Some(_)) => " So all of it counts as p=none.".to_owned(),
    };
    let mut mended = record.clone();
    mended.p = mended.p.or(Some(Request::None));
    let finding = Finding::new(
        severity,
        name.to_string(),
        "the DMARC record has faults",
        format!("Of the DMARC record at {name}: {}.{counts}", words::list(&faults)),
    )
    .evidence("record", words::escape(policy.text, MOST_SHOWN))
    .evidence("faults", faults)
    .change(Change::Dns { lines: vec![txt::line(&name, &mended.to_string())] });
    Some(if record.is_broken {
        finding.hurts("whoever gets forged mail in the domain's name, which no policy keeps away")
    } else {
        finding
    })
}

fn weigh(record: &Record, fault: &RecordFault) -> Severity {
    match fault {
        RecordFault::Policy { .. } => Severity::Error,
        RecordFault::PolicyMissing if record.rua.is_empty() => Severity::Error,
        RecordFault::Unknown(_) => Severity::Note,
        _ => Severity::Warning,
    }
}

/// The most characters of a record that are shown.
const MOST_SHOWN: usize = 500;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    fn with(texts: &[&str]) -> Verdict {
        judged_target(check, |sample| {
            let records = texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect();
            dns(sample, "_dmarc.example.org", DnsType::Txt).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
        })
    }

    fn line(found: &Finding) -> Option<&str> {
        match &found.change {
            Some(Change::Dns { lines }) => lines[0].strip_prefix("_dmarc.example.org. 3600 IN TXT "),
            _ => None,
        }
    }

    #[test]
    fn passes_on_a_good_record() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(with(&["v=DMARC1; p=none; pct=100; ri=86400"]), Verdict::Pass);
        assert!(matches!(with(&["unrelated"]), Verdict::NotApplicable(_)));
    }

    #[test]
    fn what_receivers_pass_over_is_an_error_with_the_record_that_was_meant() {
        let good = "\"v=DMARC1; p=reject; rua=mailto:a@example.org\"";
        for text in [
            "\"v=DMARC1; p=reject; rua=mailto:a@example.org\"",
            "v=DMARC1\\; p=reject\\; rua=mailto:a@example.org",
            " v=DMARC1; p=reject; rua=mailto:a@example.org",
            "v=dmarc1; p=reject; rua=mailto:a@example.org",
            "v=DMARC1 p=reject; rua=mailto:a@example.org",
            "v=DMARC1, p=reject; rua=mailto:a@example.org",
            "p=reject; v=DMARC1; rua=mailto:a@example.org",
            "v=DMARC1.0; p=reject; rua=mailto:a@example.org",
        ] {
            let found = finding(with(&[text]));
            assert_eq!(found.severity, Severity::Error, "{text}");
            if !text.contains("1.0") {
                assert_eq!(line(&found), Some(good), "{text}");
            }
        }
        // Beside a good record it does no harm.
        let found = finding(with(&["v=DMARC1; p=none; rua=mailto:a@example.org", "v=dmarc1; p=reject"]));
        assert_eq!((found.severity, found.change), (Severity::Note, None));
    }

    #[test]
    fn a_wrong_policy_takes_the_force_of_all() {
        let found = finding(with(&["v=DMARC1; p=reject; sp=rejct; rua=mailto:a@example.org"]));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("counts as p=none"), "{}", found.cause);
        assert_eq!(line(&found), Some("\"v=DMARC1; p=reject; rua=mailto:a@example.org\""));
        let found = finding(with(&["v=DMARC1; adkim=s"]));
        assert_eq!(found.severity, Severity::Error);
        assert!(found.cause.contains("as if there were no record"), "{}", found.cause);
        let found = finding(with(&["v=DMARC1; rua=mailto:a@example.org"]));
        assert_eq!(found.severity, Severity::Warning);
    }

    #[test]
    fn the_rest_is_milder() {
        let severity = |text: &str| finding(with(&[text])).severity;
        assert_eq!(severity("v=DMARC1; p=none; rua=a@example.org"), Severity::Warning);
        assert_eq!(
            severity("v=DMARC1; p=none; rua=mailto:a@example.org; mailto:b@example.org"),
            Severity::Warning
        );
        assert_eq!(severity("v=DMARC1; p=none; p=reject"), Severity::Warning);
        assert_eq!(severity("v=DMARC1; p=none; foo=bar"), Severity::Note);
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = judged_target(check, |sample| {
            dns(sample, "_dmarc.example.org", DnsType::Txt).outcome = DnsOutcome::Failed("SERVFAIL".into());
        });
        assert!(matches!(failed, Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
