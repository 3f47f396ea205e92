//! The certificate's notAfter is in the past.

use super::clock;
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
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
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let Some(end) = presented.leaf.not_after else {
        return Verdict::Unknown("the end of the certificate's validity could not be read".to_owned());
    };
    // notAfter is inclusive, and its second is a whole one (RFC 5280 §4.1.2.5).
    if presented.case.now.as_second() <= end.as_second() {
        return Verdict::Pass;
    }
    if let Some(open) = clock::excuse(presented.case, presented.leaf) {
        return open;
    }
    let ago = words::span(end, presented.case.now);
    let mut cause = format!("The certificate ended on {}, {ago} ago.", words::time(end));
    if let Some((own, other)) = presented.key_types() {
        cause.push_str(&format!(" It is the one for {own} keys; clients that ask for {other} get another."));
    }
    let finding = presented
        .finding(format!("the certificate expired {ago} ago"), cause)
        .evidence("days_ago", words::days_until(end, presented.case.now))
        .change(presented.renewal());
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::observation::Ask;
    use crate::sample;

    #[test]
    fn passes_in_the_last_second() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = Some(sample::now());
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn fails_one_second_later_as_an_error_where_people_log_in() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = Some(sample::now() - Span::new().seconds(1));
        let Verdict::Fail(findings) = &sample.chains(check)[0] else { panic!() };
        assert_eq!(findings.len(), 7);
        assert_eq!(findings[0].severity, Severity::Warning);
        assert_eq!(findings[3].severity, Severity::Error);
        assert_eq!(
            findings[3].change,
            Some(Change::RenewCertificate { names: vec!["mail.example.org".into()] })
        );
    }

    #[test]
    fn says_how_long_ago() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = Some(sample::now() - Span::new().hours(75));
        let Verdict::Fail(findings) = &sample.chains(check)[0] else { panic!() };
        assert!(findings[0].cause.starts_with("The certificate ended on 2026-11-18 09:00 UTC, 3 days ago."));
        assert_eq!(findings[0].evidence["days_ago"], 3);
    }

    #[test]
    fn unknown_when_the_date_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = None;
        assert!(matches!(&sample.chains(check)[..], [Verdict::Unknown(_)]));
    }

    #[test]
    fn says_nothing_of_what_only_clients_without_a_server_name_see() {
        let mut sample = sample::healthy();
        sample.leaf().not_after = Some(sample::now() - Span::new().hours(75));
        sample.diagnosis.chains[0].sightings.retain(|sighting| sighting.ask == Ask::WithoutServerName);
        assert!(matches!(&sample.chains(check)[..], [Verdict::NotApplicable(_)]));
    }
}
