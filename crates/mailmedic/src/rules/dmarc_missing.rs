//! No DMARC record applies to the domain.

use super::{dmarc, mail_dns, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::{DnsData, DnsType};
use crate::records::Answers;
use crate::records::dmarc::Bearer;

pub(super) static RULE: Rule = Rule {
    id: "dmarc-missing",
    title: "the domain has no DMARC record",
    severity: Severity::Warning,
    what: "No DMARC record applies to the domain: there is none at _dmarc of its name, nor at the names above it.",
    why: "Receivers then do not ask whether a message that bears the domain's name in From: comes from it, so that \
          anybody can write in its name, and nobody reports it. Google, Yahoo and Microsoft demand a record of whoever \
          sends many messages, and defer or refuse the others. A domain that sends no mail is forged most easily.",
    affected: "Whoever gets forged mail in the domain's name; the domain's own mail where it sends much of it.",
    fix: "Publish a TXT record at _dmarc: \"v=DMARC1; p=none\" with rua=mailto: and an address whose reports somebody \
          reads, and p=quarantine, later p=reject, once they show that all of the domain's own mail passes. A domain \
          that neither sends nor takes mail says so at once: p=reject, the SPF record \"v=spf1 -all\", and the null MX \
          \"0 .\".",
    change: Some(ChangeKind::Dns),
    references: &["RFC 9989 §4.10.1", "RFC 9989 §5.1", "RFC 7505"],
    since: "0.1",
    consequence_of: &["dmarc-multiple", "dmarc-syntax"],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look, walk) = match dmarc::walk(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let suffix = match walk.policy() {
        Err(missing) => return mail_dns::open(missing),
        Ok(Some(policy)) if policy.bearer != Bearer::Suffix => return Verdict::Pass,
        Ok(policy) => policy.map(|policy| policy.domain.clone()),
    };
    let is_meant =
        walk.steps().iter().any(|step| !step.reading.ignored.is_empty() || step.reading.records.len() > 1);
    if is_meant {
        return Verdict::NotApplicable("there is a DMARC record, and it does not count");
    }
    let domain = look.domain;
    let shown = domain.to_unicode();
    let above = match suffix {
        Some(suffix) => format!(" Only that of {suffix}, below which it is registered, applies."),
        None => String::new(),
    };
    let finding = if dmarc::is_parked(&answers, domain) {
        Finding::new(
            Severity::Note,
            domain.to_string(),
            "the domain takes no mail and has no DMARC record",
            format!(
                "{shown} takes no mail, and no DMARC record says that mail in its name is to be refused, so that anybody \
                 can write as if from it.{above}"
            ),
        )
        .hurts("whoever gets forged mail in the domain's name")
        .change(Change::Dns { lines: parked(&answers, domain) })
    } else {
        let text = format!("v=DMARC1; p=none; rua=mailto:dmarc-reports@{domain}");
        Finding::new(
            Severity::Warning,
            domain.to_string(),
            "the domain has no DMARC record",
            format!(
                "{shown} has no DMARC record, and none above it applies, so receivers do not notice mail that only \
                 pretends to come from it.{above} p=none changes nothing yet but brings reports; the next steps are \
                 p=quarantine and p=reject."
            ),
        )
        .hurts(
            "whoever gets forged mail in the domain's name; its own mail at Google, Yahoo and Microsoft, which demand a \
             record of bulk senders",
        )
        .change(Change::Dns { lines: vec![txt::line(&dmarc::bearer(domain), &text)] })
    };
    Verdict::fail(finding.evidence("domain", domain.as_ascii()))
}

/// The records of a domain that neither sends nor takes mail, as far as it is not known to have them.
fn parked(answers: &Answers<'_>, domain: &Name) -> Vec<String> {
    let mut lines = vec![txt::line(&dmarc::bearer(domain), "v=DMARC1; p=reject")];
    let texts = answers.known(domain, DnsType::Txt).map_or(&[][..], |answer| answer.records());
    let has_null =
        |data: &DnsData| matches!(data, DnsData::Txt(text) if text.eq_ignore_ascii_case("v=spf1 -all"));
    if !texts.iter().any(has_null) {
        lines.push(txt::line(domain, "v=spf1 -all"));
    }
    if !matches!(answers.records(domain, DnsType::Mx), Ok([DnsData::Mx { exchange: None, .. }])) {
        lines.push(format!("{domain}. 3600 IN MX 0 ."));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};
    use crate::sample::Sample;

    fn absent(sample: &mut Sample) {
        dns(sample, "_dmarc.example.org", DnsType::Txt).outcome = DnsOutcome::NoName;
    }

    fn set(sample: &mut Sample, name: &str, text: &str) {
        let records = vec![DnsData::Txt(text.to_owned())];
        dns(sample, name, DnsType::Txt).outcome = DnsOutcome::Found { aliases: Vec::new(), records };
    }

    fn lines(found: &Finding) -> String {
        match &found.change {
            Some(Change::Dns { lines }) => lines.join("\n"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_with_a_record_or_one_of_the_organisation() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        let above = judged_target(check, |sample| {
            absent(sample);
            set(sample, "_dmarc.org", "v=DMARC1; p=none");
        });
        assert_eq!(above, Verdict::Pass);
    }

    #[test]
    fn a_warning_where_there_is_none() {
        let found = finding(judged_target(check, absent));
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(
            lines(&found),
            "_dmarc.example.org. 3600 IN TXT \"v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org\""
        );
        let suffix = finding(judged_target(check, |sample| {
            absent(sample);
            set(sample, "_dmarc.org", "v=DMARC1; p=none; psd=y");
        }));
        assert!(suffix.cause.contains("Only that of org"), "{}", suffix.cause);
    }

    #[test]
    fn a_parked_domain_gets_its_set_of_records() {
        let found = finding(judged_target(check, |sample| {
            absent(sample);
            let null = DnsData::Mx { preference: 0, exchange: None };
            dns(sample, "example.org", DnsType::Mx).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records: vec![null] };
        }));
        assert_eq!(found.severity, Severity::Note);
        assert_eq!(
            lines(&found),
            "_dmarc.example.org. 3600 IN TXT \"v=DMARC1; p=reject\"\nexample.org. 3600 IN TXT \"v=spf1 -all\""
        );
    }

    #[test]
    fn what_does_not_count_is_another_fault() {
        for text in ["v=dmarc1; p=none", "v=DMARC1 p=none"] {
            let verdict = judged_target(check, |sample| set(sample, "_dmarc.example.org", text));
            assert!(matches!(verdict, Verdict::NotApplicable(_)), "{text}");
        }
    }

    #[test]
    fn unknown_where_dns_failed_and_not_applicable_where_nothing_is() {
        for name in ["_dmarc.example.org", "_dmarc.org"] {
            let failed = judged_target(check, |sample| {
                absent(sample);
                dns(sample, name, DnsType::Txt).outcome = DnsOutcome::Failed("SERVFAIL".into());
            });
            assert!(matches!(failed, Verdict::Unknown(why) if why.contains("SERVFAIL")), "{name}");
        }
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
        let gone = judged_target(check, |sample| {
            absent(sample);
            dns(sample, "example.org", DnsType::Mx).outcome = DnsOutcome::NoName;
        });
        assert!(matches!(gone, Verdict::NotApplicable(_)));
    }
}
