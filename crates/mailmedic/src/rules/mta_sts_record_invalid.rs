//! The record that announces the MTA-STS policy cannot be used.

use super::mail_dns;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::mta_sts;

pub(super) static RULE: Rule = Rule {
    id: "mta-sts-record-invalid",
    title: "the MTA-STS record cannot be used",
    severity: Severity::Warning,
    what: "The domain publishes a TXT record for MTA-STS that senders cannot use: it is malformed, has no good id, or stands \
           there several times.",
    why: "Senders take such a record for none and do not look for the policy: it protects nobody.",
    affected: "Nobody's mail; senders that know no policy yet deliver without verifying anything.",
    fix: "Publish exactly one TXT record at _mta-sts that begins with \"v=STSv1;\" and has an id of 1 to 32 letters and \
          digits.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8461 §3.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match mail_dns::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let fault = match mta_sts::record_of(&answers, &look) {
        Err(missing) => return mail_dns::open(missing),
        Ok(Ok(Some(_))) => return Verdict::Pass,
        Ok(Ok(None)) => return Verdict::NotApplicable("there is no MTA-STS record"),
        Ok(Err(fault)) => fault,
    };
    let domain = look.domain;
    let id = case.now.strftime("%Y%m%dT%H%M%S");
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            domain.to_string(),
            "the MTA-STS record cannot be used",
            format!(
                "The MTA-STS record of {} is useless: {fault}. Senders do not look for the policy then.",
                domain.to_unicode()
            ),
        )
        .hurts("senders that honour MTA-STS (Gmail, Microsoft 365): they deliver without verifying")
        .evidence("fault", fault.to_string())
        .change(Change::Dns { lines: vec![format!("_mta-sts.{domain}. 3600 IN TXT \"v=STSv1; id={id}\"")] }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_exemplary};

    fn with(texts: &[&str]) -> Verdict {
        judged_exemplary(check, |sample| {
            let records = texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect();
            dns(sample, "_mta-sts.example.org", DnsType::Txt).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
        })
    }

    #[test]
    fn passes_on_a_good_record() {
        assert_eq!(judged_exemplary(check, |_| {}), Verdict::Pass);
        assert!(matches!(with(&["unrelated"]), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_on_what_senders_refuse() {
        let found = finding(with(&["v=STSv1; id=2026-11-21"]));
        assert!(found.cause.contains("its id \"2026-11-21\" is not"), "{}", found.cause);
        assert_eq!(
            found.change,
            Some(Change::Dns {
                lines: vec!["_mta-sts.example.org. 3600 IN TXT \"v=STSv1; id=20261121T120000\"".into()]
            })
        );
        assert!(finding(with(&["v=STSv1; id=1"; 2])).cause.contains("2 records"));
        assert!(finding(with(&["v=STSv1"])).cause.contains("does not begin"));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = judged_exemplary(check, |sample| {
            dns(sample, "_mta-sts.example.org", DnsType::Txt).outcome = DnsOutcome::Failed("SERVFAIL".into());
        });
        assert!(matches!(failed, Verdict::Unknown(_)));
        assert!(matches!(judged_exemplary(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
