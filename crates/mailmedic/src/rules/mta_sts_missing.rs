//! Senders are not told that the mail servers have good certificates.

use super::{mail_dns, sts};
use crate::finding::{Case, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::mta_sts;

pub(super) static RULE: Rule = Rule {
    id: "mta-sts-missing",
    title: "the domain has no MTA-STS policy",
    severity: Severity::Note,
    what: "The domain publishes no MTA-STS policy, by which senders would know that its mail servers speak TLS with a good \
           certificate.",
    why: "Without one, senders take TLS if they can get it and any certificate: whoever sits on the way can take STARTTLS \
          out of the dialogue, or answer in place of the server, and read the mail. Gmail and Microsoft 365 obey such a \
          policy; DANE, which does more, Gmail does not look for.",
    affected: "Nobody's mail; it can be read on the way by whoever can change what passes.",
    fix: "Serve a policy in mode testing over HTTPS and publish the record that announces it; when reports by TLS-RPT \
          show no failures, change its mode to enforce.",
    change: Some(ChangeKind::MtaStsPolicy),
    references: &["RFC 8461 §3", "RFC 8461 §8.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (answers, look) = match mail_dns::receiving(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    match mta_sts::record_of(&answers, &look) {
        Err(missing) => return mail_dns::open(missing),
        Ok(Ok(Some(_)) | Err(_)) => return Verdict::Pass,
        Ok(Ok(None)) => {}
    }
    let domain = look.domain;
    let finding = Finding::new(
        Severity::Note,
        domain.to_string(),
        "there is no MTA-STS policy",
        format!(
            "{} has no MTA-STS policy, so senders that know no DANE, Gmail among them, take any certificate of its mail \
             servers, and clear text where TLS is not offered.",
            domain.to_unicode()
        ),
    );
    let policy = sts::first_policy(&look.exchangers(&answers));
    Verdict::fail(match policy.mx.is_empty() {
        true => finding,
        false => finding.change(sts::change(case, domain, &policy)),
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Verdict};
    use crate::observation::{DnsData, DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_exemplary};
    use crate::sample::Sample;

    fn absent(sample: &mut Sample) {
        dns(sample, "_mta-sts.example.org", DnsType::Txt).outcome = DnsOutcome::NoName;
    }

    #[test]
    fn passes_where_there_is_one() {
        assert_eq!(judged_exemplary(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_where_there_is_none_and_offers_a_first_one() {
        let found = finding(judged_exemplary(check, absent));
        let Some(Change::MtaStsPolicy { domain, lines, id }) = found.change else { panic!("{found:?}") };
        assert_eq!((domain.as_str(), id.as_str()), ("example.org", "20261121T120000"));
        assert_eq!(lines, ["version: STSv1", "mode: testing", "mx: mail.example.org", "max_age: 604800"]);
    }

    #[test]
    fn nothing_is_said_of_a_domain_that_takes_no_mail() {
        let verdict = judged_exemplary(check, |sample| {
            absent(sample);
            let null = DnsData::Mx { preference: 0, exchange: None };
            dns(sample, "example.org", DnsType::Mx).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records: vec![null] };
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = judged_exemplary(check, |sample| {
            dns(sample, "_mta-sts.example.org", DnsType::Txt).outcome = DnsOutcome::Failed("SERVFAIL".into());
        });
        assert!(matches!(failed, Verdict::Unknown(why) if why.contains("SERVFAIL")));
        assert!(matches!(judged_exemplary(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
