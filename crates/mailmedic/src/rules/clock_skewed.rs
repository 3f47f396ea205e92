//! A clock is wrong: the server's, or the one that this run judges by.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::faces;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "clock-skewed",
    title: "a clock is wrong",
    severity: Severity::Warning,
    what: "The time that a server tells in its greeting differs by more than five minutes from the clock of this \
           run, or all certificates of the examination look as if they were not valid yet.",
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

/// What a server's greeting says of the time.
struct Reading<'a> {
    seen: &'a EndpointObservation,
    told: Timestamp,
    /// By how many seconds the server is ahead of this run.
    ahead: i64,
}

fn check(case: &Case<'_>) -> Verdict {
    if case.seen.endpoints.is_empty() {
        return Verdict::NotApplicable("there is no server to compare with");
    }
    if !case.seen.endpoints.iter().any(EndpointObservation::reached) {
        return Verdict::Unknown("no server was reached".to_owned());
    }
    let readings: Vec<Reading<'_>> =
        case.seen.endpoints.iter().filter_map(|seen| reading(case, seen)).collect();
    let agrees = readings.iter().any(|one| one.ahead.abs() <= TOLERANCE);
    let starts = starts(case);
    let mut findings = Vec::new();
    if starts.len() >= FEWEST_WITNESSES && starts.iter().all(|start| *start > case.now) && !agrees {
        findings.push(early_certificates(case, &starts));
    }
    if let Some(finding) = unanimous(case, &readings) {
        findings.push(finding);
    } else {
        findings.extend(
            readings.iter().filter(|one| is_skewed(one, &readings)).map(|one| told_otherwise(case, one)),
        );
    }
    match (findings.is_empty(), readings.is_empty(), starts.is_empty()) {
        (false, ..) => Verdict::Fail(findings),
        (true, true, true) => Verdict::NotApplicable("no server tells its time"),
        (true, ..) => Verdict::Pass,
    }
}

/// Returns the starts of all certificates that good clients are presented with, each once.
fn starts(case: &Case<'_>) -> Vec<Timestamp> {
    let mut leaves = Vec::new();
    for index in 0..case.seen.endpoints.len() {
        for face in faces::faces(case, index) {
            if !leaves.iter().any(|(known, _)| *known == face.leaf.fingerprint) {
                leaves.push((face.leaf.fingerprint, face.leaf.not_before));
            }
        }
    }
    leaves.into_iter().filter_map(|(_, start)| start).collect()
}

fn early_certificates(case: &Case<'_>, starts: &[Timestamp]) -> Finding {
    let earliest = starts.iter().min().copied().unwrap_or(case.now);
    let cause = format!(
        "All {} certificates of this examination begin in the future, the first on {}. That is hardly the fault of \
         all: the clock that this run judges by says {}.",
        starts.len(),
        words::time(earliest),
        words::time(case.now)
    );
    Finding::new(
        Severity::Warning,
        "all certificates are early",
        "this machine's clock seems to be behind",
        cause,
    )
    .evidence("now", case.now.to_string())
    .evidence("earliest_start", earliest.to_string())
    .evidence("certificates", starts.len())
}

/// Finds the clock of this run at fault, where servers at different addresses agree on another time.
fn unanimous(case: &Case<'_>, readings: &[Reading<'_>]) -> Option<Finding> {
    let first = readings.first()?;
    let elsewhere = readings.iter().any(|one| one.seen.endpoint.address() != first.seen.endpoint.address());
    let all = readings.iter().all(|one| {
        (one.ahead - first.ahead).abs() <= TOLERANCE && (TOLERANCE + 1..=FAR).contains(&one.ahead.abs())
    });
    if !elsewhere || !all {
        return None;
    }
    let (side, span) = apart(case, first);
    let cause = format!(
        "The servers' greetings agree on another time than the clock that this run judges by, which is {span} {} \
         of theirs.",
        if side == "ahead" { "behind" } else { "ahead" }
    );
    let finding =
        Finding::new(Severity::Warning, "this clock", "this machine's clock seems to be wrong", cause);
    Some(finding.evidence("seconds_ahead", -first.ahead).evidence("now", case.now.to_string()))
}

fn told_otherwise(case: &Case<'_>, reading: &Reading<'_>) -> Finding {
    let (side, span) = apart(case, reading);
    let cause = format!(
        "The server's greeting says {}, {span} {side} of the clock of this run: one of the two is wrong.",
        words::time(reading.told)
    );
    let address = reading.seen.endpoint.address().map_or(String::new(), |address| address.to_string());
    Finding::new(Severity::Note, address, format!("the server's clock is {span} {side}"), cause)
        .at(reading.seen.id())
        .hurts("time stamps of mail, and the server's own judgement of certificates and DNSSEC")
        .evidence("server_time", reading.told.to_string())
        .evidence("seconds_ahead", reading.ahead)
}

/// Returns whether a reading shows a wrong clock.
///
/// A difference of more than a day may come from a run that judges by another day on purpose; it counts only
/// where another machine confirms the clock of this run.
fn is_skewed(one: &Reading<'_>, all: &[Reading<'_>]) -> bool {
    let confirmed = all.iter().any(|other| {
        other.ahead.abs() <= TOLERANCE && other.seen.endpoint.address() != one.seen.endpoint.address()
    });
    one.ahead.abs() > TOLERANCE && (one.ahead.abs() <= FAR || confirmed)
}

fn apart(case: &Case<'_>, reading: &Reading<'_>) -> (&'static str, String) {
    let side = if reading.ahead > 0 { "ahead" } else { "behind" };
    let there = case.now + jiff::SignedDuration::from_secs(reading.ahead);
    (side, words::span(case.now, there))
}

/// Reads the date in the first greeting that has one, as Exim, Sendmail and Exchange write it.
fn reading<'a>(case: &Case<'_>, seen: &'a EndpointObservation) -> Option<Reading<'a>> {
    seen.sessions.iter().find_map(|session| {
        let talk = session.plain.as_ref().or(session.inside.as_ref())?;
        let greeting = talk.lines.first().filter(|line| line.sent.is_none())?.reply.as_deref()?;
        let told = date_in(greeting)?;
        let begun = i64::try_from(session.begun_ms / 1_000).ok()?;
        let ahead = told.duration_since(case.now).as_secs().saturating_sub(begun);
        Some(Reading { seen, told, ahead })
    })
}

/// Finds a date of RFC 5322 §3.3 in a text: `Sat, 21 Nov 2026 12:00:00 +0000`.
fn date_in(text: &str) -> Option<Timestamp> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(6).find_map(|six| {
        let day = six[0].strip_suffix(',')?;
        if !DAYS.contains(&day) {
            return None;
        }
        // What follows may stick to it: an escaped line end, a bracket.
        let zone = six[5].split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-')).next()?;
        PARSER.parse_timestamp(format!("{} {zone}", six[..5].join(" "))).ok()
    })
}

static PARSER: DateTimeParser = DateTimeParser::new();
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// Clocks that differ by so many seconds are the same.
const TOLERANCE: i64 = 300;
/// Beyond a day the run may judge by another day on purpose.
const FAR: i64 = 86_400;
/// So many certificates must look early before the clock is suspected.
const FEWEST_WITNESSES: usize = 2;

#[cfg(test)]
mod tests {
    use jiff::Span;

    use super::{check, date_in};
    use crate::endpoint::Place;
    use crate::finding::{Severity, Verdict};
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
    fn dates_of_greetings_are_read() {
        let noon = Some("2026-11-21T12:00:00Z".parse().unwrap());
        assert_eq!(date_in("220 a ESMTP Exim 4.96 Sat, 21 Nov 2026 13:00:00 +0100"), noon);
        assert_eq!(date_in("220 a ESMTP Sendmail 8.15.2/8.15.2; Sat, 21 Nov 2026 12:00:00 GMT"), noon);
        assert_eq!(date_in("220 a ready at Sat, 21 Nov 2026 12:00:00 +0000\\x0d\\x0a"), noon);
        assert_eq!(date_in("220 a ESMTP Postfix"), None);
        assert_eq!(date_in("220 Sat, 99 Nov 2026 12:00:00 +0000"), None);
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

    #[test]
    fn unknown_when_nothing_was_reached() {
        let mut sample = sample::healthy();
        sample.seen.endpoints.iter_mut().for_each(|seen| seen.sessions.clear());
        assert!(matches!(check(&sample.case()), Verdict::Unknown(_)));
        sample.seen.endpoints.clear();
        assert!(matches!(check(&sample.case()), Verdict::NotApplicable(_)));
    }
}
