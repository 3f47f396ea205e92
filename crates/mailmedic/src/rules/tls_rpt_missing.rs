//! Nobody is asked to report how TLS to the domain goes.

use super::mail_dns;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::MtaStsMode;
use crate::records::tls_rpt;

pub(super) static RULE: Rule = Rule {
    id: "tls-rpt-missing",
    title: "no TLS reports are asked for",
    severity: Severity::Warning,
    what: "The domain publishes no TLS-RPT record, which tells senders where to report how TLS to its mail servers went.",
    why: "When a certificate, DANE or MTA-STS keeps mail away, the sender sees it and the domain does not. Large providers \
          send a daily report to whoever asks for one; without it, mail is lost in silence. A policy in testing mode \
          is there for these reports alone.",
    affected: "Nobody's mail; the operator is not told when senders fail.",
    fix: "Publish a TXT record at _smtp._tls with an address that somebody reads.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8460 §3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match mail_dns::receiving(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    match tls_rpt::of(&answers, &look) {
        Err(missing) => return mail_dns::open(missing),
        Ok(Ok(Some(_)) | Err(_)) => return Verdict::Pass,
        Ok(Ok(None)) => {}
    }
    let domain = look.domain;
    let testing = case.seen.domain.as_ref().is_some_and(|seen| seen.mta_sts == Some(MtaStsMode::Testing));
    let (severity, because) = if testing {
        (
            Severity::Warning,
            " Its MTA-STS policy is in testing mode, which does nothing but bring such reports.",
        )
    } else {
        (Severity::Note, "")
    };
    Verdict::fail(
        Finding::new(
            severity,
            domain.to_string(),
            "no TLS reports are asked for",
            format!(
                "{} has no TLS-RPT record, so senders that fail to deliver over TLS tell nobody here.{because}",
                domain.to_unicode()
            ),
        )
        .change(Change::Dns { lines: vec![line(domain.as_ascii())] }),
    )
}

/// The record to publish.
pub(super) fn line(domain: &str) -> String {
    format!("_smtp._tls.{domain}. 3600 IN TXT \"v=TLSRPTv1; rua=mailto:tls-reports@{domain}\"")
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType, MtaStsMode};
    use crate::rules::tests::{dns, finding, judged_target};
    use crate::sample::Sample;

    fn absent(sample: &mut Sample) {
        dns(sample, "_smtp._tls.example.org", DnsType::Txt).outcome = DnsOutcome::NoName;
    }

    #[test]
    fn passes_where_there_is_one() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn a_note_where_there_is_none_and_a_warning_in_testing_mode() {
        let found = finding(judged_target(check, absent));
        assert_eq!(found.severity, Severity::Note);
        let found = finding(judged_target(check, |sample| {
            absent(sample);
            sample.seen.domain.get_or_insert_default().mta_sts = Some(MtaStsMode::Testing);
        }));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("testing mode"));
    }

    #[test]
    fn nothing_is_said_of_a_domain_that_takes_no_mail() {
        let verdict = judged_target(check, |sample| {
            absent(sample);
            let null = DnsData::Mx { preference: 0, exchange: None };
            dns(sample, "example.org", DnsType::Mx).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records: vec![null] };
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = judged_target(check, |sample| {
            dns(sample, "_smtp._tls.example.org", DnsType::Txt).outcome =
                DnsOutcome::Failed("SERVFAIL from 192.0.2.53".into());
        });
        assert!(matches!(failed, Verdict::Unknown(why) if why.contains("SERVFAIL")));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
