//! The certificate ends soon and no program is known to renew it.

use super::lifetime::{DAY, Lifetime};
use super::policy_host;
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-expires-soon",
    title: "the certificate ends soon",
    severity: Severity::Warning,
    what: "The certificate ends within 30 days (or within the last quarter of a shorter lifetime), and its issuer \
           is not one whose certificates are renewed by a program. The host of the MTA-STS policy is looked at, too.",
    why: "A certificate that people renew by hand takes days to order, to install and to load. After its end \
          clients refuse or warn. Where a program renews it, cert-renewal-overdue judges instead.",
    affected: "nobody yet; at the end all mail clients and the senders that verify",
    fix: "Order the new certificate now, and load it into every server that uses this one; better, let an ACME \
          client renew it.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 5280 §4.1.2.5"],
    since: "0.1",
    consequence_of: &["cert-inactive", "cert-renewal-overdue"],
    check: Check::ChainAndPolicyHost(check, of_policy_host),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn of_policy_host(case: &Case<'_>) -> Verdict {
    let host = match policy_host::of(case) {
        Ok(host) => host,
        Err(verdict) => return verdict,
    };
    let lifetime = match soon(&host.shown) {
        Ok(lifetime) => lifetime,
        Err(verdict) => return verdict,
    };
    let left = words::span(case.now, lifetime.end);
    let cause = format!(
        "The certificate by \"{}\" of {}, which serves the MTA-STS policy, ends on {}, in {left}: after that senders cannot \
         fetch the policy.",
        presented::issuer(host.shown.leaf),
        host.host,
        words::time(lifetime.end)
    );
    let title = format!("the certificate of the MTA-STS policy host ends in {left}");
    Verdict::fail(host.renewal(title, cause).evidence("days_left", lifetime.left.div_euclid(DAY)))
}

/// Returns the lifetime of a certificate that ends soon and that people renew.
///
/// # Errors
/// The verdict on any other.
fn soon(presented: &Presented<'_>) -> Result<Lifetime, Verdict> {
    let Some(lifetime) = Lifetime::of(presented.leaf, presented.case.now) else {
        return Err(Verdict::Unknown("the certificate's dates could not be read".to_owned()));
    };
    if lifetime.automated {
        return Err(Verdict::NotApplicable(
            "a program renews this certificate: cert-renewal-overdue judges it",
        ));
    }
    if lifetime.left < 0 {
        return Err(Verdict::NotApplicable("it has ended"));
    }
    if lifetime.left >= lifetime.expires_soon_at() {
        return Err(Verdict::Pass);
    }
    Ok(lifetime)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let lifetime = match soon(presented) {
        Ok(lifetime) => lifetime,
        Err(verdict) => return verdict,
    };
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
    #[test]
    fn the_host_of_the_policy_is_told_of_too() {
        let verdict = |left: Span| {
            let mut sample = sample::exemplary();
            let mut leaf = sample::certificate("mta-sts.example.org", "Example CA", 300);
            leaf.issuer = "CN=Example CA, O=Example Commercial CA".into();
            leaf.not_after = Some(sample.now + left);
            leaf.not_before = Some(sample.now + left - Span::new().hours(365 * 24));
            sample.show_of_policy_host(leaf);
            super::of_policy_host(&sample.case())
        };
        assert_eq!(verdict(Span::new().hours(31 * 24)), Verdict::Pass);
        let Verdict::Fail(found) = verdict(Span::new().hours(5 * 24)) else { panic!() };
        assert!(found[0].title.contains("policy host ends in 5 days"), "{}", found[0].title);
        assert!(found[0].endpoints.is_empty() && found[0].cause.contains("mta-sts.example.org"));
        let seen = sample::exemplary();
        assert!(matches!(super::of_policy_host(&seen.case()), Verdict::NotApplicable(_)));
    }
}
