//! The DMARC policy asks receivers for nothing.

use super::{dmarc, txt};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::records::dmarc::{Bearer, Destination, Record, Request, Whom, whom};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dmarc-policy-none",
    title: "the DMARC policy asks for nothing",
    severity: Severity::Warning,
    what: "The DMARC record says p=none, or sp=none for names below the domain: receivers are to do nothing with mail that \
           only pretends to come from there.",
    why: "p=none is the first step: it brings reports, by which the operator sees whether the domain's own mail passes. \
          It keeps no forged mail away, and without an address for reports it does nothing at all.",
    affected: "Whoever gets forged mail in the domain's name.",
    fix: "Have reports sent (rua=mailto:…). Once they show for some weeks that all of the domain's own mail passes, \
          publish p=quarantine, then p=reject; t=y lets you try each. Keep p=none for people's mailboxes that write to \
          mailing lists, as long as these break signatures.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 9989 §4.7", "RFC 9989 §5.1.7", "RFC 9989 §7.4"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look, walk) = match dmarc::walk(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let policy = match dmarc::policy(&walk) {
        Ok(policy) => policy,
        Err(verdict) => return verdict,
    };
    let record = policy.record;
    if record.is_broken {
        return Verdict::NotApplicable("the record is written wrong");
    }
    let here = record.written(whom(&answers, &look, &policy));
    let name = dmarc::bearer(policy.domain);
    let shown = look.domain.to_unicode();
    if here == Some(Request::None) {
        let tag = if policy.bearer == Bearer::Itself || record.sp.is_none() { "p" } else { "sp" };
        let mut cause = format!(
            "The DMARC record at {name} says {tag}=none, so forged mail from {shown} is kept from nobody."
        );
        let severity = if record.rua.is_empty() {
            cause.push_str(" It has no reports sent either, so it does nothing at all.");
            Severity::Warning
        } else {
            cause.push_str(" Its reports tell when a stricter policy hurts none of the domain's own mail.");
            Severity::Note
        };
        let parked = dmarc::is_parked(&answers, look.domain);
        if parked {
            cause.push_str(" The domain takes no mail; if it sends none, p=reject hurts nobody.");
        }
        let step = next_step(record, policy.domain, tag, parked);
        return Verdict::fail(
            Finding::new(severity, name.to_string(), "the DMARC policy asks for nothing", cause)
                .hurts("whoever gets forged mail in the domain's name")
                .evidence("record", words::escape(policy.text, 500))
                .change(Change::Dns { lines: vec![txt::line(&name, &step.to_string())] }),
        );
    }
    if policy.bearer == Bearer::Itself && record.written(Whom::Below) == Some(Request::None) {
        let whole = Record { sp: None, ..record.clone() };
        return Verdict::fail(
            Finding::new(
                Severity::Note,
                format!("{name} sp"),
                "the DMARC policy leaves names below the domain out",
                format!(
                    "The DMARC record at {name} says sp=none, so mail that pretends to come from any name below {shown} is \
                     kept from nobody, though the domain itself is protected."
                ),
            )
            .hurts("whoever gets forged mail in the name of a part of the domain")
            .change(Change::Dns { lines: vec![txt::line(&name, &whole.to_string())] }),
        );
    }
    Verdict::Pass
}

/// Returns the record to publish next: first have reports sent, then be stricter.
fn next_step(record: &Record, domain: &Name, tag: &str, parked: bool) -> Record {
    let mut next = record.clone();
    let stricter = if parked { Request::Reject } else { Request::Quarantine };
    if next.rua.is_empty() && !parked {
        next.rua.extend(Destination::read(&format!("mailto:dmarc-reports@{domain}")));
    } else if tag == "sp" {
        next.sp = Some(stricter);
    } else {
        next.p = Some(stricter);
    }
    next
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};
    use crate::sample::Sample;

    fn set(sample: &mut Sample, name: &str, text: &str) {
        let records = vec![DnsData::Txt(text.to_owned())];
        dns(sample, name, DnsType::Txt).outcome = DnsOutcome::Found { aliases: Vec::new(), records };
    }

    fn with(text: &str) -> Verdict {
        judged_target(check, |sample| set(sample, "_dmarc.example.org", text))
    }

    fn line(found: &Finding) -> &str {
        match &found.change {
            Some(Change::Dns { lines }) => lines[0].split('"').nth(1).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_where_something_is_asked_for() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(with("v=DMARC1; p=quarantine"), Verdict::Pass);
        // That none counts for the time being is told of the test mode.
        assert_eq!(with("v=DMARC1; p=quarantine; t=y"), Verdict::Pass);
        assert!(matches!(with("unrelated"), Verdict::NotApplicable(_)));
        assert!(matches!(with("v=DMARC1; rua=mailto:a@example.org"), Verdict::NotApplicable(_)));
    }

    #[test]
    fn a_note_with_reports_and_a_warning_without() {
        let found = finding(with("v=DMARC1; p=none; rua=mailto:a@example.org"));
        assert_eq!(found.severity, Severity::Note);
        assert_eq!(line(&found), "v=DMARC1; p=quarantine; rua=mailto:a@example.org");
        let found = finding(with("v=DMARC1; p=none"));
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(line(&found), "v=DMARC1; p=none; rua=mailto:dmarc-reports@example.org");
        let parked = finding(judged_target(check, |sample| {
            set(sample, "_dmarc.example.org", "v=DMARC1; p=none");
            dns(sample, "example.org", DnsType::Mx).outcome = DnsOutcome::Found {
                aliases: Vec::new(),
                records: vec![DnsData::Mx { preference: 0, exchange: None }],
            };
        }));
        assert_eq!(line(&parked), "v=DMARC1; p=reject");
    }

    #[test]
    fn names_below_count_apart() {
        let found = finding(with("v=DMARC1; p=reject; sp=none; rua=mailto:a@example.org"));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("sp=none"));
        assert_eq!(line(&found), "v=DMARC1; p=reject; rua=mailto:a@example.org");
        let inherited = finding(judged_target(check, |sample| {
            dns(sample, "_dmarc.example.org", DnsType::Txt).outcome = DnsOutcome::NoData;
            set(sample, "_dmarc.org", "v=DMARC1; p=reject; sp=none; rua=mailto:a@org");
        }));
        assert!(inherited.cause.contains("_dmarc.org says sp=none"), "{}", inherited.cause);
        assert_eq!(line(&inherited), "v=DMARC1; p=reject; sp=quarantine; rua=mailto:a@org");
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
