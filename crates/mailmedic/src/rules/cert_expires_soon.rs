//! The certificate ends soon and no program is known to renew it.

use super::lifetime::{DAY, Lifetime};
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-expires-soon",
    title: "the certificate ends soon",
    severity: Severity::Warning,
    what: "The certificate ends within 30 days (or within the last quarter of a shorter lifetime), and its issuer \
           is not one whose certificates are renewed by a program.",
    why: "A certificate that people renew by hand takes days to order, to install and to load. After its end \
          clients refuse or warn. Where a program renews it, cert-renewal-overdue judges instead.",
    affected: "nobody yet; at the end all mail clients and the senders that verify",
    fix: "Order the new certificate now, and load it into every server that uses this one; better, let an ACME \
          client renew it.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.1.2.5"],
    since: "0.1",
    consequence_of: &["cert-inactive", "cert-renewal-overdue"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let Some(lifetime) = Lifetime::of(presented.leaf, presented.case.now) else {
        return Verdict::Unknown("the certificate's dates could not be read".to_owned());
    };
    if lifetime.automated {
        return Verdict::NotApplicable("a program renews this certificate: cert-renewal-overdue judges it");
    }
    if lifetime.left < 0 {
        return Verdict::NotApplicable("it has ended");
    }
    if lifetime.left >= lifetime.expires_soon_at() {
        return Verdict::Pass;
    }
    let left = words::span(presented.case.now, lifetime.end);
    let urgency = if lifetime.left < URGENT { "Renew it now" } else { "It is time to order the next" };
    let cause = format!(
        "The certificate by \"{}\" ends on {}, in {left}. {urgency}: after that mail clients refuse or warn.",
        presented::issuer(presented.leaf),
        words::time(lifetime.end)
    );
    let mut finding = presented
        .finding(format!("the certificate ends in {left}"), cause)
        .hurts("nobody until then; afterwards every mail client and every sender that verifies")
        .evidence("days_left", lifetime.left.div_euclid(DAY))
        .change(presented.renewal());
    finding.severity = Severity::Warning;
    presented.fault(finding)
}

/// So little time left, in seconds, that the text calls for it at once.
const URGENT: i64 = 7 * DAY;

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::finding::Verdict;
    use crate::sample::{self, Sample};

    /// A certificate of a commercial CA that lives so many days.
    fn by_hand(days: i64, left: Span) -> Sample {
        let mut sample = sample::healthy();
        let leaf = sample.leaf();
        leaf.issuer = "CN=Example CA, O=Example Commercial CA".into();
        let end = sample::now() + left;
        leaf.not_after = Some(end);
        leaf.not_before = Some(end - Span::new().hours(days * 24) + Span::new().seconds(1));
        sample
    }

    #[test]
    fn passes_thirty_days_before_the_end() {
        assert_eq!(by_hand(365, Span::new().hours(30 * 24)).chains(check), [Verdict::Pass]);
        assert_eq!(by_hand(80, Span::new().hours(20 * 24)).chains(check), [Verdict::Pass]);
    }

    #[test]
    fn warns_one_second_later() {
        let late = Span::new().seconds(30 * 86_400 - 1);
        let Verdict::Fail(findings) = &by_hand(365, late).chains(check)[0] else { panic!() };
        assert_eq!(findings[0].evidence["days_left"], 29);
        let late = Span::new().hours(20 * 24 - 1);
        assert!(matches!(&by_hand(80, late).chains(check)[0], Verdict::Fail(_)));
    }

    #[test]
    fn calls_louder_in_the_last_week() {
        let Verdict::Fail(findings) = &by_hand(365, Span::new().hours(6 * 24)).chains(check)[0] else {
            panic!()
        };
        assert!(findings[0].cause.contains("Renew it now"));
    }

    #[test]
    fn leaves_automated_certificates_to_the_other_rule_and_does_not_guess_dates() {
        let mut sample = by_hand(365, Span::new().hours(24));
        sample.leaf().not_before = None;
        assert!(matches!(&sample.chains(check)[0], Verdict::Unknown(_)));
        assert!(matches!(&sample::healthy().chains(check)[0], Verdict::NotApplicable(_)));
    }
}
