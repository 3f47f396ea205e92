//! The certificate is made for longer than clients accept.

use jiff::Timestamp;

use super::lifetime::{DAY, Lifetime};
use super::presented::{self, Presented};
use crate::diagnosis::ServedChain;
use crate::finding::{Case, ChangeKind, Check, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "cert-validity-too-long",
    title: "the certificate is made for too long a time",
    severity: Severity::Error,
    what: "The certificate's lifetime is beyond what was allowed when it was issued: for public issuers 825 days \
           from March 2018, 398 from September 2020, 200 from 15 March 2026, 100 from 15 March 2027, 47 from \
           15 March 2029; for private issuers Apple's 825 days from July 2019. A day is 86,400 seconds, and the first \
           and the last second count: one second more is one day more.",
    why: "Apple's systems refuse certificates of over 398 days under public roots and of over 825 days under all \
          others. Shorter ones that are still too long no client is known to refuse, but a public issuer that breaks \
          the rule has to revoke the certificate within days.",
    affected: "Apple Mail on iOS and macOS says that it cannot verify the server's identity; mail servers do not look",
    fix: "Get a new certificate with an allowed lifetime; let it be renewed by a program.",
    change: Some(ChangeKind::RenewCertificate),
    references: &["CA/Browser Forum Baseline Requirements §6.3.2", "Apple 102028", "Apple 103769"],
    since: "0.1",
    consequence_of: &["cert-self-signed", "cert-untrusted"],
    check: Check::Chain(check),
};

fn check(case: &Case<'_>, chain: &ServedChain) -> Verdict {
    presented::judge(case, chain, judge)
}

fn judge(presented: &Presented<'_>) -> Verdict {
    let (Some(start), Some(lifetime)) =
        (presented.leaf.not_before, Lifetime::of(presented.leaf, presented.case.now))
    else {
        return Verdict::Unknown("the certificate's dates could not be read".to_owned());
    };
    let is_public = presented.is_public();
    let Some((limit, since)) = limit(start, is_public) else {
        return Verdict::NotApplicable("it was issued before such limits");
    };
    if lifetime.whole <= limit * DAY {
        return Verdict::Pass;
    }
    // What is left of a day counts as a whole one.
    let lasts = (lifetime.whole + DAY - 1) / DAY;
    let days = words::count(lasts.unsigned_abs(), "day");
    let allowed = if is_public { "a public certificate may have" } else { "Apple's systems accept" };
    let cause = format!(
        "The certificate is made for {days}. The most that {allowed} is {limit} days, if it was issued on \
         {since} or later; this one begins on {}.",
        words::date(start)
    );
    let refused = is_refused_by_apple(start, lifetime.whole, is_public);
    let hurts = if refused {
        "Apple Mail refuses; mail servers do not look"
    } else {
        "nobody, until the issuer revokes it"
    };
    let mut finding = presented
        .finding(format!("the certificate is made for {days}, more than {limit}"), cause)
        .hurts(hurts)
        .evidence("lifetime_days", lasts)
        .evidence("limit_days", limit)
        .change(presented.renewal());
    if refused {
        let servers = if is_public { Severity::Warning } else { Severity::Note };
        return presented.by_role(finding, servers, Severity::Error);
    }
    finding.severity = Severity::Warning;
    presented.fault(finding)
}

/// Returns the limit in days for a certificate that begins then, with the day from which it holds.
fn limit(start: Timestamp, is_public: bool) -> Option<(i64, &'static str)> {
    let limits: &[(&str, i64)] = if is_public { &PUBLIC } else { &PRIVATE };
    let begun = words::date(start);
    // Dates of four-digit years sort as text.
    limits.iter().rev().find(|(since, _)| begun.as_str() >= *since).map(|(since, days)| (*days, *since))
}

/// Tells whether Apple's systems refuse a lifetime of so many seconds (102028, 103769).
fn is_refused_by_apple(start: Timestamp, whole: i64, is_public: bool) -> bool {
    let begun = words::date(start);
    let over = |days, since: &str| whole > days * DAY && begun.as_str() >= since;
    over(825, "2019-07-01") || (is_public && over(398, "2020-09-01"))
}

/// Public issuers: CA/Browser Forum ballots 193, SC31 and SC-081v3.
const PUBLIC: [(&str, i64); 5] =
    [("2018-03-01", 825), ("2020-09-01", 398), ("2026-03-15", 200), ("2027-03-15", 100), ("2029-03-15", 47)];
/// Apple's limit for all others.
const PRIVATE: [(&str, i64); 1] = [("2019-07-01", 825)];

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::{check, limit};
    use crate::diagnosis::TrustState;
    use crate::finding::{Severity, Verdict};
    use crate::sample::{self, Sample};

    fn lives(days: i64, more_seconds: i64) -> Sample {
        let mut sample = sample::healthy();
        let start = sample::now() - Span::new().hours(24);
        sample.leaf().not_before = Some(start);
        sample.leaf().not_after = Some(start + Span::new().seconds(days * 86_400 - 1 + more_seconds));
        sample
    }

    #[test]
    fn passes_at_200_days_and_fails_a_second_later() {
        assert_eq!(lives(200, 0).chains(check), [Verdict::Pass]);
        let Verdict::Fail(findings) = &lives(200, 1).chains(check)[0] else { panic!() };
        assert_eq!(findings[0].evidence["limit_days"], 200);
        assert_eq!(findings[0].evidence["lifetime_days"], 201);
        assert_eq!(findings[0].severity, Severity::Warning);
    }

    #[test]
    fn apple_refuses_over_398_days_where_people_log_in() {
        let Verdict::Fail(findings) = lives(398, 0).chains(check).remove(0) else { panic!() };
        assert_eq!((findings.len(), findings[0].severity), (1, Severity::Warning));
        let Verdict::Fail(findings) = lives(398, 1).chains(check).remove(0) else { panic!() };
        assert_eq!((findings[0].severity, findings[3].severity), (Severity::Warning, Severity::Error));
    }

    #[test]
    fn private_issuers_have_825_days() {
        let private = TrustState::Trusted { root: "CN=Own CA".into(), store: "--ca-file".into() };
        for (more, fails) in [(0, false), (1, true)] {
            let mut sample = lives(825, more);
            sample.diagnosis.chains[0].trust = private.clone();
            assert_eq!(matches!(&sample.chains(check)[0], Verdict::Fail(_)), fails);
        }
    }

    #[test]
    fn the_limit_is_that_of_the_day_of_issue() {
        let at = |day: &str| limit(format!("{day}T00:00:00Z").parse().unwrap(), true).map(|(days, _)| days);
        assert_eq!(at("2018-02-28"), None);
        assert_eq!(at("2020-08-31"), Some(825));
        assert_eq!(at("2026-03-14"), Some(398));
        assert_eq!(at("2026-03-15"), Some(200));
        assert_eq!(at("2029-03-15"), Some(47));
    }

    #[test]
    fn unknown_when_a_date_cannot_be_read() {
        let mut sample = sample::healthy();
        sample.leaf().not_before = None;
        assert!(matches!(&sample.chains(check)[..], [Verdict::Unknown(_)]));
    }
}
