//! A clock is wrong: the server's, or the one that this run judges by.

use super::clock::{self, Doubt, FAR, Reading, TOLERANCE};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "clock-skewed",
    title: "a clock is wrong",
    severity: Severity::Warning,
    what: "The time that a server tells in its greeting differs by more than five minutes from the clock of this \
           run (the dates of web servers that something was fetched from confirm one or the other), or all certificates of the examination look as if they were not valid yet, or, three or more of \
           different issuers, as if they had ended. If it is the clock of this machine that is in doubt, that is said \
           first, and certificates that are valid by the likely time are not called expired or too young.",
    why: "Dates of certificates are judged by clocks: with a wrong one, good certificates look expired or too \
          young, and a server with a wrong clock refuses others, DNSSEC included.",
    affected: "the machine with the wrong clock, and the time stamps of the mail that it handles",
    fix: "Set the clock by NTP: timedatectl set-ntp true.",
    change: None,
    references: &["RFC 5280 §4.1.2.5", "RFC 5905"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    if case.seen.endpoints.is_empty() {
        return Verdict::NotApplicable("there is no server to compare with");
    }
    if !case.seen.endpoints.iter().any(EndpointObservation::reached) {
        return Verdict::Unknown("no server was reached".to_owned());
    }
    let readings = clock::readings(case);
    let findings = match clock::doubt(case, &readings) {
        Some(doubt) => vec![this_clock(case, &doubt)],
        None => {
            let skewed = readings.iter().filter(|one| is_skewed(one, &readings));
            skewed.filter_map(|one| Some(told_otherwise(case, one, one.seen?))).collect()
        }
    };
    if !findings.is_empty() {
        return Verdict::Fail(findings);
    }
    if readings.is_empty() && clock::leaves(case).is_empty() {
        return Verdict::NotApplicable("no server tells its time");
    }
    Verdict::Pass
}

/// Finds the clock of this run at fault. It belongs to no endpoint, and stands before all others.
fn this_clock(case: &Case<'_>, doubt: &Doubt) -> Finding {
    let leaves = clock::leaves(case);
    let number = leaves.len();
    let now = words::time(case.now);
    let (title, cause) = match doubt {
        Doubt::Readings(ahead) => {
            let (side, span) = apart(case, *ahead);
            let side = if side == "ahead" { "behind" } else { "ahead" };
            let cause = format!(
                "The servers agree on another time than the clock that this run judges by, which is {span} {side} of \
                 theirs."
            );
            ("this machine's clock seems to be wrong", cause)
        }
        Doubt::Early(_) => {
            let first = leaves.iter().filter_map(|leaf| leaf.not_before).min().unwrap_or(case.now);
            let cause = format!(
                "All {number} certificates of this examination begin in the future, the first on {}. That is hardly \
                 the fault of all: the clock that this run judges by says {now}.",
                words::time(first)
            );
            ("this machine's clock seems to be behind", cause)
        }
        Doubt::Late(_) => {
            let last = leaves.iter().filter_map(|leaf| leaf.not_after).max().unwrap_or(case.now);
            let cause = format!(
                "All {number} certificates of this examination, of different issuers, have ended, the last on {}. That \
                 is hardly the fault of all: the clock that this run judges by says {now}.",
                words::time(last)
            );
            ("this machine's clock seems to be ahead", cause)
        }
    };
    let cause = format!("{cause} Dates of certificates are left open that are right by the likely time.");
    let finding = Finding::new(Severity::Warning, "this clock", title, cause)
        .hurts("every verdict on dates in this report")
        .evidence("now", case.now.to_string())
        .evidence("certificates", number);
    match doubt {
        Doubt::Readings(ahead) => finding.evidence("seconds_ahead", -ahead),
        Doubt::Early(time) | Doubt::Late(time) => finding.evidence("likely", time.to_string()),
    }
}

fn told_otherwise(case: &Case<'_>, reading: &Reading<'_>, seen: &EndpointObservation) -> Finding {
    let (side, span) = apart(case, reading.ahead);
    let cause = format!(
        "The server's greeting says {}, {span} {side} of the clock of this run: one of the two is wrong.",
        words::time(reading.told)
    );
    Finding::new(Severity::Note, reading.who.clone(), format!("the server's clock is {span} {side}"), cause)
        .at(seen.id())
        .hurts("time stamps of mail, and the server's own judgement of certificates and DNSSEC")
        .evidence("server_time", reading.told.to_string())
        .evidence("seconds_ahead", reading.ahead)
}

/// Returns whether a reading shows a wrong clock.
///
/// A difference of more than a day may come from a run that judges by another day on purpose; it counts only
/// where another machine confirms the clock of this run.
fn is_skewed(one: &Reading<'_>, all: &[Reading<'_>]) -> bool {
    let confirmed = all.iter().any(|other| other.ahead.abs() <= TOLERANCE && other.who != one.who);
    one.ahead.abs() > TOLERANCE && (one.ahead.abs() <= FAR || confirmed)
}

fn apart(case: &Case<'_>, ahead: i64) -> (&'static str, String) {
    let side = if ahead > 0 { "ahead" } else { "behind" };
    (side, words::span(case.now, case.now + jiff::SignedDuration::from_secs(ahead)))
}

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::check;
    use crate::certificate::Certificate;
    use crate::endpoint::Place;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Fetch, FetchOutcome, FetchPurpose};
    use crate::sample::{self, Sample};

    fn greet(sample: &mut Sample, port: u16, text: &str) {
        for session in &mut sample.port(port).sessions {
            if let Some(line) = session.plain.as_mut().and_then(|talk| talk.lines.first_mut()) {
                line.reply = Some(text.to_owned());
            }
        }
    }

    fn exim(time: &str) -> String {
        format!("220 mail.example.org ESMTP Exim 4.96 Sat, 21 Nov 2026 {time} +0000")
    }

    #[test]
    fn five_minutes_are_tolerated() {
        let mut sample = sample::healthy();
        greet(&mut sample, 25, &exim("12:05:00"));
        assert_eq!(check(&sample.case()), Verdict::Pass);
        greet(&mut sample, 25, &exim("12:05:01"));
        let Verdict::Fail(findings) = check(&sample.case()) else { panic!() };
        assert_eq!((findings[0].severity, findings[0].endpoints.len()), (Severity::Note, 1));
        assert!(findings[0].cause.contains("5 minutes ahead"), "{}", findings[0].cause);
    }

    #[test]
    fn a_day_apart_counts_only_if_another_machine_confirms_this_clock() {
        let mut sample = sample::healthy();
        greet(&mut sample, 25, "220 a ESMTP Exim 4.96 Sat, 21 Nov 2020 12:00:00 +0000");
        assert_eq!(check(&sample.case()), Verdict::Pass);
        greet(&mut sample, 587, &exim("12:00:10"));
        assert_eq!(check(&sample.case()), Verdict::Pass);
        sample.port(587).endpoint.place = Place::Tcp("192.0.2.9:587".parse().unwrap());
        assert!(matches!(check(&sample.case()), Verdict::Fail(_)));
    }

    #[test]
    fn servers_that_agree_put_this_clock_in_doubt() {
        let mut sample = sample::healthy();
        greet(&mut sample, 25, &exim("11:00:00"));
        greet(&mut sample, 587, &exim("11:00:30"));
        sample.port(587).endpoint.place = Place::Tcp("192.0.2.9:587".parse().unwrap());
        let Verdict::Fail(findings) = check(&sample.case()) else { panic!() };
        assert_eq!(findings.len(), 1);
        assert!(findings[0].cause.contains("60 minutes ahead of theirs"), "{}", findings[0].cause);
    }

    #[test]
    fn a_web_server_confirms_this_clock_or_another() {
        let mut sample = ended(30);
        let date = |seconds| Fetch {
            url: "http://issuer.example/r99.der".into(),
            purpose: FetchPurpose::Issuer,
            outcome: FetchOutcome::Status(404),
            date: Some(sample::now() + jiff::SignedDuration::from_secs(seconds)),
            web: Default::default(),
        };
        sample.seen.fetches = vec![date(20)];
        assert_eq!(check(&sample.case()), Verdict::Pass);
        let mut sample = sample::healthy();
        sample.seen.fetches = vec![date(-3_600)];
        assert_eq!(check(&sample.case()), Verdict::Pass);
        greet(&mut sample, 25, &exim("11:00:10"));
        let Verdict::Fail(findings) = check(&sample.case()) else { panic!() };
        assert!(findings[0].endpoints.is_empty(), "{findings:?}");
    }

    #[test]
    fn two_early_certificates_put_this_clock_in_doubt_and_one_does_not() {
        let mut sample = sample::healthy();
        sample.leaf().not_before = Some(sample::now() + Span::new().hours(1));
        assert_eq!(check(&sample.case()), Verdict::Pass);
        let mut other = sample::certificate("mail.example.org", "YR1", 85);
        other.not_before = Some(sample::now() + Span::new().hours(2));
        sample.serve_instead(993, other);
        let Verdict::Fail(findings) = check(&sample.case()) else { panic!() };
        assert_eq!(findings[0].severity, Severity::Warning);
        greet(&mut sample, 25, &exim("12:00:00"));
        assert_eq!(check(&sample.case()), Verdict::Pass);
    }

    /// A sample with three certificates of two issuers that ended so many days ago.
    fn ended(days: i64) -> Sample {
        let mut sample = sample::healthy();
        let leaf = |issuer: &str, more| Certificate {
            issuer_der: issuer.as_bytes().to_vec(),
            ..sample::certificate("mail.example.org", issuer, -days - more)
        };
        sample.leaf().not_after = Some(sample::now() - Span::new().hours(24 * days));
        sample.leaf().not_before = Some(sample::now() - Span::new().hours(24 * (days + 90)));
        sample.serve_instead(993, leaf("R99", 1));
        sample.serve_instead(995, leaf("Other", 2));
        sample
    }

    #[test]
    fn three_certificates_of_two_issuers_that_ended_put_this_clock_in_doubt() {
        let mut sample = ended(30);
        let Verdict::Fail(findings) = check(&sample.case()) else { panic!() };
        assert!(findings[0].endpoints.is_empty());
        assert!(findings[0].cause.contains("All 3 certificates"), "{}", findings[0].cause);
        // Not where the user chose the clock, nor where a server confirms it.
        sample.known.clock_is_chosen = true;
        assert_eq!(check(&sample.case()), Verdict::Pass);
        sample.known.clock_is_chosen = false;
        greet(&mut sample, 25, &exim("12:00:00"));
        assert_eq!(check(&sample.case()), Verdict::Pass);
    }

    #[test]
    fn certificates_that_never_were_valid_together_put_no_clock_in_doubt() {
        let mut sample = ended(30);
        sample.leaf().not_after = Some(sample::now() - Span::new().hours(24 * 200));
        sample.leaf().not_before = Some(sample::now() - Span::new().hours(24 * 290));
        assert_eq!(check(&sample.case()), Verdict::Pass);
        let mut one_issuer = ended(30);
        for certificate in one_issuer.diagnosis.certificates.values_mut() {
            certificate.issuer_der = b"R99".to_vec();
        }
        assert_eq!(check(&one_issuer.case()), Verdict::Pass);
    }

    #[test]
    fn unknown_when_nothing_was_reached() {
        let mut sample = sample::healthy();
        sample.seen.endpoints.iter_mut().for_each(|seen| seen.sessions.clear());
        assert!(matches!(check(&sample.case()), Verdict::Unknown(_)));
        sample.seen.endpoints.clear();
        assert!(matches!(check(&sample.case()), Verdict::NotApplicable(_)));
    }
}
