//! The certificate's notBefore is in the future.

use super::clock;
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-not-yet-valid",
    title: "the certificate is not valid yet",
    severity: Severity::Error,
    what: "The validity of the certificate that the server presents begins in the future.",
    why: "Until then it is as bad as an expired one. It happens where a certificate was loaded before its time, \
          or where the clock of the machine that made it was ahead.",
    affected: "Thunderbird, Apple Mail, Outlook and K-9 refuse or warn; senders that verify keep the mail in \
               their queue.",
    fix: "Load the earlier certificate until the new one begins, or get one that is valid now; set the clock of \
          the machine that makes certificates by NTP.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.1.2.5"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let Some(start) = presented.leaf.not_before else {
        return Verdict::Unknown("the start of the certificate's validity could not be read".to_owned());
    };
    if presented.case.now >= start {
        return Verdict::Pass;
    }
    if let Some(open) = clock::excuse(presented.case, presented.leaf) {
        return open;
    }
    let ahead = words::span(presented.case.now, start);
    let cause = format!(
        "The certificate begins on {}, in {ahead}: it was loaded before its time, or the clock of the machine \
         that made it is ahead.",
        words::time(start)
    );
    let finding = presented
        .finding(format!("the certificate is not valid for another {ahead}"), cause)
        .evidence("seconds_until", start.duration_since(presented.case.now).as_secs())
        .change(presented.renewal());
    presented.identity_fault(finding)
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::sample;

    #[test]
    fn passes_from_the_first_second() {
        let mut sample = sample::healthy();
        sample.leaf().not_before = Some(sample::now());
        assert_eq!(sample.chains(check), [Verdict::Pass]);
    }

    #[test]
    fn fails_one_second_before() {
        let mut sample = sample::healthy().only(993);
        sample.leaf().not_before = Some(sample::now() + Span::new().seconds(1));
        let Verdict::Fail(findings) = &sample.chains(check)[0] else { panic!() };
        assert_eq!(findings[0].severity, Severity::Error);
        assert_eq!(findings[0].evidence["seconds_until"], 1);
    }

    #[test]
    fn unknown_when_the_date_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().not_before = None;
        assert!(matches!(&sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
