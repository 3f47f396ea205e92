//! A program should have renewed the certificate by now.

use super::lifetime::{DAY, Lifetime};
use super::policy_host;
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-renewal-overdue",
    title: "the automatic renewal is overdue",
    severity: Severity::Warning,
    what: "The certificate is of a kind that programs renew (Let's Encrypt and other ACME issuers, or any that \
           lives 20 days or less), and it is older than such programs let it become: less than 5/18 of its \
           lifetime is left (25 days of 90), or less than a third where it lives ten days or less. The host of the \
           MTA-STS policy is looked at, too.",
    why: "ACME clients renew with a third of the lifetime left (30 days of 90; half of it for ten days or less) \
          and try again at least daily. When the margin is used up, either the renewal fails, or it worked and \
          the server was not told to load the new certificate.",
    affected: "nobody yet; at the end all mail clients and the senders that verify",
    fix: "Run the renewal by hand and read why it fails; then make the renewal reload the mail server.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["RFC 9773", "Let's Encrypt: integration guide"],
    since: "0.1",
    consequence_of: &["cert-inactive"],
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
    let lifetime = match overdue(&host.shown) {
        Ok(lifetime) => lifetime,
        Err(verdict) => return verdict,
    };
    let left = words::span(case.now, lifetime.end);
    let cause = format!(
        "The certificate by \"{}\" of {}, which serves the MTA-STS policy, ends on {}, in {left}. Renewal programs replace one \
         of {} when {} are left: after its end senders cannot fetch the policy.",
        presented::issuer(host.shown.leaf),
        host.host,
        words::time(lifetime.end),
        length(lifetime.whole),
        length(lifetime.renewed_at()),
    );
    let title =
        format!("the certificate of the MTA-STS policy host should have been renewed; it ends in {left}");
    Verdict::fail(host.renewal(title, cause).evidence("days_left", lifetime.left.div_euclid(DAY)))
}

/// Returns the lifetime of a certificate that a program should have renewed.
///
/// # Errors
/// The verdict on any other.
fn overdue(presented: &Presented<'_>) -> Result<Lifetime, Verdict> {
    let Some(lifetime) = Lifetime::of(presented.leaf, presented.case.now) else {
        return Err(Verdict::Unknown("the certificate's dates could not be read".to_owned()));
    };
    if !lifetime.automated {
        return Err(Verdict::NotApplicable("no program is known to renew this certificate"));
    }
    if lifetime.left < 0 {
        return Err(Verdict::NotApplicable("it has ended"));
    }
    if lifetime.left >= lifetime.overdue_at() {
        return Err(Verdict::Pass);
    }
    Ok(lifetime)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let lifetime = match overdue(presented) {
        Ok(lifetime) => lifetime,
        Err(verdict) => return verdict,
    };
    let left = words::span(presented.case.now, lifetime.end);
    let cause = format!(
        "The certificate by \"{}\" ends on {}, in {left}. Renewal programs replace one of {} when {} are left: \
         either the renewal fails, or it worked and this server has not loaded the new certificate.",
        presented::issuer(presented.leaf),
        words::time(lifetime.end),
        length(lifetime.whole),
        length(lifetime.renewed_at()),
    );
    let finding = presented
        .finding(format!("the certificate should have been renewed by now; it ends in {left}"), cause)
        .hurts("nobody until then; afterwards every mail client and every sender that verifies")
        .evidence("days_left", lifetime.left.div_euclid(DAY))
        .evidence("lifetime_days", lifetime.whole / DAY)
        .evidence("renewal_due_days_left", lifetime.renewed_at() / DAY)
        .change(presented.renewal());
    presented.fault(finding)
}

/// Writes a length of time: in days, or in hours where it is under three days.
fn length(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    if seconds < 3 * DAY.unsigned_abs() {
        words::count(seconds / 3_600, "hour")
    } else {
        words::count(seconds / DAY.unsigned_abs(), "day")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::finding::Verdict;
    use crate::sample::{self, Sample};

    fn lives(seconds: i64, left: i64) -> Sample {
        let mut sample = sample::healthy();
        let end = sample::now() + Span::new().seconds(left);
        sample.leaf().not_after = Some(end);
        sample.leaf().not_before = Some(end - Span::new().seconds(seconds - 1));
        sample
    }

    const DAY: i64 = 86_400;

    #[test]
    fn passes_while_the_program_may_still_be_trying() {
        assert_eq!(lives(90 * DAY, 31 * DAY).chains(check), [Verdict::Pass]);
        assert_eq!(lives(90 * DAY, 25 * DAY).chains(check), [Verdict::Pass]);
        assert_eq!(lives(45 * DAY, 45 * DAY * 5 / 18).chains(check), [Verdict::Pass]);
        // 160 hours: renewed with 80 hours left, a day of grace.
        assert_eq!(lives(160 * 3_600, 54 * 3_600).chains(check), [Verdict::Pass]);
    }

    #[test]
    fn warns_past_the_margin() {
        let Verdict::Fail(findings) = &lives(90 * DAY, 25 * DAY - 1).chains(check)[0] else { panic!() };
        assert_eq!(findings[0].evidence["days_left"], 24);
        assert!(findings[0].cause.contains("replace one of 90 days when 30 days are left"));
        assert!(matches!(&lives(160 * 3_600, 53 * 3_600).chains(check)[0], Verdict::Fail(_)));
    }

    #[test]
    fn a_certificate_of_a_day_is_nobodys_handiwork() {
        let mut sample = lives(DAY, 3_600);
        sample.leaf().issuer = "CN=step".into();
        assert!(matches!(&sample.chains(check)[0], Verdict::Fail(_)));
    }

    #[test]
    fn keeps_away_from_hand_made_ones_and_from_unread_dates() {
        let mut sample = lives(90 * DAY, DAY);
        sample.leaf().issuer = "CN=Other CA".into();
        assert!(matches!(&sample.chains(check)[0], Verdict::NotApplicable(_)));
        sample.leaf().not_after = None;
        assert!(matches!(&sample.chains(check)[0], Verdict::Unknown(_)));
    }
    #[test]
    fn the_host_of_the_policy_is_told_of_too() {
        let verdict = |days: i64| {
            let mut sample = sample::exemplary();
            let leaf = sample::certificate("mta-sts.example.org", "R99", days);
            sample.show_of_policy_host(leaf);
            super::of_policy_host(&sample.case())
        };
        assert_eq!(verdict(26), Verdict::Pass);
        let Verdict::Fail(found) = verdict(10) else { panic!() };
        assert!(found[0].title.contains("policy host should have been renewed"), "{}", found[0].title);
        assert!(found[0].endpoints.is_empty());
    }
}
