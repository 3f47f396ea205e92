//! The certificate's notAfter is in the past.

use crate::diagnosis::ServedChain;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-expired",
    title: "the certificate has expired",
    severity: Severity::Error,
    what: "The certificate that the server presents is past the end of its validity.",
    why: "Mail clients refuse the connection or show a warning that people learn to click away; senders that \
          verify certificates (MTA-STS, Postfix at level secure) keep the mail in their queue.",
    affected: "Thunderbird, Apple Mail, Outlook and K-9 refuse or warn; senders under MTA-STS enforce defer.",
    fix: "Renew the certificate and load the new one into every server that uses it.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.1.2.5"],
    since: "0.1",
    consequence_of: &["cert-inactive"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    let Some(leaf) = case.diagnosis.leaf(chain) else {
        return Verdict::Unknown("the certificate could not be read".to_owned());
    };
    let Some(end) = leaf.not_after else {
        return Verdict::Unknown("the end of the certificate's validity could not be read".to_owned());
    };
    // notAfter is inclusive (RFC 5280 §4.1.2.5).
    if case.now <= end {
        return Verdict::Pass;
    }
    let finding = Finding::new(
        Severity::Error,
        leaf.fingerprint.to_string(),
        "the certificate has expired",
        format!("The certificate ended on {}, {} ago.", words::time(end), words::span(end, case.now)),
    )
    .hurts("Thunderbird, Apple Mail, Outlook and K-9 refuse or warn")
    .evidence("not_after", end.to_string())
    .change(Change::RenewCertificate {
        names: leaf.names.as_ref().map(|names| names.dns.clone()).unwrap_or_default(),
    });
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::finding::Verdict;
    use crate::sample;

    #[test]
    fn passes_in_the_last_second() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = Some(sample::now());
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn fails_one_second_later() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = Some(sample::now() - Span::new().seconds(1));
        assert!(matches!(&sample.chains(check)[..], [Verdict::Fail(findings)] if findings.len() == 1));
    }

    #[test]
    fn unknown_when_the_date_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = None;
        assert!(matches!(&sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
