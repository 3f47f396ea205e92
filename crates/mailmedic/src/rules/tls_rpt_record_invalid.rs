//! The TLS-RPT record cannot be used.

use super::mail_dns;
use super::tls_rpt_missing::line;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::tls_rpt::{self, TlsRptFault};

pub(super) static RULE: Rule = Rule {
    id: "tls-rpt-record-invalid",
    title: "the TLS-RPT record cannot be used",
    severity: Severity::Warning,
    what: "The domain publishes a TLS-RPT record that senders cannot use: it is malformed, names no address, or stands there \
           several times.",
    why: "Senders take such a record for none, so the reports that it asks for do not come.",
    affected: "Nobody's mail; the operator is not told when senders fail.",
    fix: "Publish exactly one TXT record at _smtp._tls that begins with \"v=TLSRPTv1;\" and names mailto: or https: addresses.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8460 §3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match mail_dns::domain(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let fault = match tls_rpt::of(&answers, &look) {
        Err(missing) => return mail_dns::open(missing),
        Ok(Ok(Some(_))) => return Verdict::Pass,
        Ok(Ok(None)) => return Verdict::NotApplicable("there is no TLS-RPT record"),
        Ok(Err(fault)) => fault,
    };
    let domain = look.domain;
    let hint = match &fault {
        TlsRptFault::Uri(uri) if uri.contains('@') => " An address for mail begins with mailto:.",
        _ => "",
    };
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            domain.to_string(),
            "the TLS-RPT record cannot be used",
            format!("The TLS-RPT record of {} is useless: {fault}.{hint}", domain.to_unicode()),
        )
        .evidence("fault", fault.to_string())
        .change(Change::Dns { lines: vec![line(domain.as_ascii())] }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    fn with(texts: &[&str]) -> Verdict {
        judged_target(check, |sample| {
            let records = texts.iter().map(|text| DnsData::Txt((*text).to_owned())).collect();
            dns(sample, "_smtp._tls.example.org", DnsType::Txt).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
        })
    }

    #[test]
    fn passes_on_a_good_record() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert!(matches!(with(&["unrelated"]), Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_on_what_senders_refuse_and_tells_the_usual_slip() {
        let found = finding(with(&["v=TLSRPTv1; rua=tls@example.org"]));
        assert!(found.cause.contains("mailto:"), "{}", found.cause);
        assert!(finding(with(&["v=TLSRPTv1; rua=mailto:a@b"; 2])).cause.contains("2 records"));
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
