//! Several DMARC records stand at one name.

use super::{dmarc, mail_dns, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::dmarc::{Record, Request, Step, Walk, Whom};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dmarc-multiple",
    title: "there are several DMARC records",
    severity: Severity::Error,
    what: "More than one TXT record that begins with \"v=DMARC1;\" stands at _dmarc of the domain, or of the name above it \
           whose record would apply.",
    why: "Receivers discard them all: no policy applies and nobody reports, whatever the records say.",
    affected: "Whoever gets forged mail in the domain's name; the operator, who gets no reports.",
    fix: "Keep one record with all addresses for reports and delete the others.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 9989 §4.10"],
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
    let several: Vec<&Step> = steps.iter().filter(|step| step.reading.records.len() > 1).collect();
    match (several.as_slice(), walk.policy()) {
        ([], Err(missing)) => mail_dns::open(missing),
        ([], Ok(None)) => Verdict::NotApplicable("there is no DMARC record"),
        ([], Ok(Some(_))) => Verdict::Pass,
        (several, _) => Verdict::Fail(several.iter().map(|step| finding(&walk, step)).collect()),
    }
}

fn finding(walk: &Walk, step: &Step) -> Finding {
    let name = dmarc::bearer(&step.domain);
    let records: Vec<&Record> = step.reading.records.iter().map(|(_, record)| record).collect();
    let instead = walk.policy().ok().flatten();
    let (severity, counts) = match instead.map(|policy| (policy.domain, policy.record.request(Whom::Below))) {
        Some((domain, Some(request))) if request > Request::None => {
            (Severity::Warning, format!("that of {domain} applies in their stead"))
        }
        _ => (Severity::Error, "no policy applies, and nobody reports".to_owned()),
    };
    let published: Vec<String> =
        step.reading.records.iter().take(MOST_SHOWN).map(|(text, _)| words::escape(text, 200)).collect();
    Finding::new(
        severity,
        name.to_string(),
        "there are several DMARC records",
        format!("{} DMARC records stand at {name}, so receivers discard them all: {counts}.", records.len()),
    )
    .hurts("whoever gets forged mail in the domain's name, and the operator, who gets no reports")
    .evidence("records", published)
    .change(Change::Dns { lines: vec![txt::line(&name, &merged(&records).to_string())] })
}

/// Makes one record of several: the strictest requests, and all addresses.
fn merged(records: &[&Record]) -> Record {
    let mut merged = Record::default();
    for record in records {
        merged.p = merged.p.max(record.p);
        merged.sp = merged.sp.max(record.sp);
        merged.np = merged.np.max(record.np);
        merged.test |= record.test;
        merged.psd = if merged.psd == Default::default() { record.psd } else { merged.psd };
        for (all, more) in [(&mut merged.rua, &record.rua), (&mut merged.ruf, &record.ruf)] {
            for destination in more {
                if !all.iter().any(|known| known.uri == destination.uri) {
                    all.push(destination.clone());
                }
            }
        }
        merged.fo = merged.fo.take().or_else(|| record.fo.clone());
    }
    merged.p = merged.p.or(Some(Request::None));
    merged
}

/// Records that are shown.
const MOST_SHOWN: usize = 8;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};
    use crate::sample::Sample;

    fn set(sample: &mut Sample, name: &str, texts: &[&str]) {
        let records = texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect();
        dns(sample, name, DnsType::Txt).outcome = DnsOutcome::Found { aliases: Vec::new(), records };
    }

    fn with(texts: &[&str]) -> Verdict {
        judged_target(check, |sample| set(sample, "_dmarc.example.org", texts))
    }

    #[test]
    fn passes_with_one_record_beside_other_texts() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(with(&["v=DMARC1; p=none", "v=spf1 -all", "v=dmarc1"]), Verdict::Pass);
        assert!(matches!(with(&["unrelated"]), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_with_two_and_joins_them() {
        let found = finding(with(&[
            "v=DMARC1; p=none; rua=mailto:a@example.org; fo=1",
            "v=DMARC1; p=reject; rua=mailto:a@example.org,mailto:b@example.org",
        ]));
        assert_eq!(found.severity, Severity::Error);
        let line = "_dmarc.example.org. 3600 IN TXT \
                    \"v=DMARC1; p=reject; rua=mailto:a@example.org,mailto:b@example.org; fo=1\"";
        assert_eq!(found.change, Some(Change::Dns { lines: vec![line.to_owned()] }));
    }

    #[test]
    fn milder_where_the_record_above_protects_all_the_same() {
        let found = finding(judged_target(check, |sample| {
            set(sample, "_dmarc.example.org", &["v=DMARC1; p=none"; 2]);
            set(sample, "_dmarc.org", &["v=DMARC1; p=reject"]);
        }));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("that of org applies"), "{}", found.cause);
    }

    #[test]
    fn two_above_matter_only_where_the_domain_has_none() {
        let two = ["v=DMARC1; p=none", "v=DMARC1; p=reject"];
        assert_eq!(judged_target(check, |sample| set(sample, "_dmarc.org", &two)), Verdict::Pass);
        let found = finding(judged_target(check, |sample| {
            set(sample, "_dmarc.example.org", &[]);
            set(sample, "_dmarc.org", &two);
        }));
        assert!(found.cause.contains("_dmarc.org"));
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
