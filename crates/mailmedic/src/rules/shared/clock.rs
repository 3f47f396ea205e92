//! Whether the clock that a run judges by can be believed, by what servers tell and by what certificates look like.

use std::net::IpAddr;

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use super::faces;
use crate::bytes::Fingerprint;
use crate::certificate::Certificate;
use crate::finding::{Case, Verdict};
use crate::observation::{DnsData, EndpointObservation, Fetch};

/// What a server says of the time.
pub(in crate::rules) struct Reading<'a> {
    /// The mail server; none where a web server said it.
    pub(in crate::rules) seen: Option<&'a EndpointObservation>,
    /// Who said it, to tell machines apart: an address or the host of a URL.
    pub(in crate::rules) who: String,
    /// What it said.
    pub(in crate::rules) told: Timestamp,
    /// By how many seconds it is ahead of this run.
    pub(in crate::rules) ahead: i64,
}

/// Why the clock of this run is in doubt.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum Doubt {
    /// Servers at different places agree on another time, so many seconds ahead of ours.
    Readings(i64),
    /// All certificates begin in the future; at this time all of them are valid.
    Early(Timestamp),
    /// All certificates, of different issuers, have ended; at this time all of them were valid.
    Late(Timestamp),
}

impl Doubt {
    /// Returns a time that the doubt holds for likely.
    fn likely(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::Readings(ahead) => now + SignedDuration::from_secs(*ahead),
            Self::Early(time) | Self::Late(time) => *time,
        }
    }
}

/// Returns the reason to doubt the clock of this run, if there is one.
///
/// One that the user chose is not doubted by certificates: to see what will have ended is what one chooses a clock for.
pub(in crate::rules) fn doubt(case: &Case<'_>, readings: &[Reading<'_>]) -> Option<Doubt> {
    if let Some(ahead) = agreed(readings) {
        return Some(Doubt::Readings(ahead));
    }
    let agrees = readings.iter().any(|one| one.ahead.abs() <= TOLERANCE);
    if agrees || case.known.clock_is_chosen {
        return None;
    }
    let leaves = leaves(case);
    let starts: Vec<Timestamp> = leaves.iter().filter_map(|leaf| leaf.not_before).collect();
    let ends: Vec<Timestamp> = leaves.iter().filter_map(|leaf| leaf.not_after).collect();
    let (latest, earliest) = (starts.iter().max()?, ends.iter().min()?);
    let complete = starts.len() == leaves.len() && ends.len() == leaves.len();
    if !complete || latest > earliest {
        return None;
    }
    if starts.len() >= FEWEST_EARLY && starts.iter().all(|start| *start > case.now) {
        return Some(Doubt::Early(*latest));
    }
    let mut issuers: Vec<&[u8]> = leaves.iter().map(|leaf| leaf.issuer_der.as_slice()).collect();
    issuers.sort_unstable();
    issuers.dedup();
    let all_ended = ends.len() >= FEWEST_LATE && ends.iter().all(|end| *end < case.now);
    (all_ended && issuers.len() > 1).then_some(Doubt::Late(*earliest))
}

/// Leaves the date of a certificate open, if this clock is in doubt and the certificate is valid by the likely time.
pub(in crate::rules) fn excuse(case: &Case<'_>, certificate: &Certificate) -> Option<Verdict> {
    let likely = doubt(case, &readings(case))?.likely(case.now).as_second();
    let begun = certificate.not_before.is_some_and(|start| start.as_second() <= likely);
    let lasts = certificate.not_after.is_some_and(|end| likely <= end.as_second());
    (begun && lasts)
        .then(|| Verdict::Unknown("the clock of this machine seems to be wrong (clock-skewed)".to_owned()))
}

/// Returns the leaves that good clients are presented with, each once.
pub(in crate::rules) fn leaves<'a>(case: &'a Case<'_>) -> Vec<&'a Certificate> {
    let mut known: Vec<Fingerprint> = Vec::new();
    let all = (0..case.seen.endpoints.len()).flat_map(|index| faces::faces(case, index));
    let mut leaves = Vec::new();
    for face in all {
        if !known.contains(&face.leaf.fingerprint) {
            known.push(face.leaf.fingerprint);
            leaves.push(face.leaf);
        }
    }
    leaves
}

/// Returns what all readings agree on, if it is another time than ours, and more than one machine says it.
fn agreed(readings: &[Reading<'_>]) -> Option<i64> {
    let first = readings.first()?;
    let elsewhere = readings.iter().any(|one| one.who != first.who);
    let all = readings.iter().all(|one| {
        (one.ahead - first.ahead).abs() <= TOLERANCE && (TOLERANCE + 1..=FAR).contains(&one.ahead.abs())
    });
    (elsewhere && all).then_some(first.ahead)
}

/// Returns what servers say of the time.
///
/// The clock in a ServerHello of TLS 1.2 and older is not among it: libraries have filled its four bytes with random
/// ones since 2013 (RFC 8446 appendix C.3 asks for it), so they say nothing.
pub(in crate::rules) fn readings<'a>(case: &Case<'a>) -> Vec<Reading<'a>> {
    let mail = case.seen.endpoints.iter().filter_map(|seen| greeted(case, seen));
    mail.chain(case.seen.fetches.iter().filter_map(|fetch| fetched(case, fetch))).collect()
}

/// Reads the date in the first greeting that has one, as Exim, Sendmail, Exchange and UW's IMAP write it.
fn greeted<'a>(case: &Case<'a>, seen: &'a EndpointObservation) -> Option<Reading<'a>> {
    seen.sessions.iter().find_map(|session| {
        let greetings = [&session.plain, &session.inside].into_iter().flatten();
        let mut first = greetings.filter_map(|talk| talk.lines.first().filter(|line| line.sent.is_none()));
        let told = first.find_map(|line| date_in(line.reply.as_deref()?))?;
        let begun = i64::try_from(session.begun_ms / 1_000).ok()?;
        let ahead = told.duration_since(case.now).as_secs().saturating_sub(begun);
        let who = seen.endpoint.address().map_or(String::new(), |address| address.to_string());
        Some(Reading { seen: Some(seen), who, told, ahead })
    })
}

/// Reads the clock of a web server that something was fetched from, at some time of the run.
fn fetched<'a>(case: &Case<'a>, fetch: &'a Fetch) -> Option<Reading<'a>> {
    let told = fetch.date?;
    let ahead = told.duration_since(case.now).as_secs();
    let run = i64::try_from(case.seen.millis / 1_000).unwrap_or(i64::MAX);
    let ahead = if ahead > 0 { (ahead - run).max(0) } else { ahead };
    Some(Reading { seen: None, who: host_of(case, &fetch.url), told, ahead })
}

/// Returns the host of a URL, or the address of a mail server that it leads to, which is no other machine then.
fn host_of(case: &Case<'_>, url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let mut mail = case.seen.endpoints.iter().filter_map(|seen| seen.endpoint.address());
    let leads_to = |address: &IpAddr| {
        let data = DnsData::Address(*address);
        let named = case.seen.dns.iter().filter(|answer| answer.name.as_ascii() == host);
        named.into_iter().any(|answer| answer.records().contains(&data))
    };
    mail.find(leads_to).map_or(host, |address| address.to_string())
}

/// Finds a date of RFC 5322 §3.3 in a text: `Sat, 21 Nov 2026 12:00:00 +0000`.
pub(in crate::rules) fn date_in(text: &str) -> Option<Timestamp> {
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
pub(in crate::rules) const TOLERANCE: i64 = 300;
/// Beyond a day the run may judge by another day on purpose.
pub(in crate::rules) const FAR: i64 = 86_400;
/// So many certificates must look early before the clock is suspected: hardly ever is one loaded before its time.
const FEWEST_EARLY: usize = 2;
/// So many must have ended: more than one is forgotten now and then.
const FEWEST_LATE: usize = 3;

#[cfg(test)]
mod tests {
    use super::{date_in, host_of, readings};
    use crate::observation::{Fetch, FetchOutcome, FetchPurpose};
    use crate::sample;

    #[test]
    fn web_servers_tell_the_time_of_the_run() {
        let mut sample = sample::healthy();
        sample.seen.millis = 60_000;
        let url = "http://issuer.example/r99.der".to_owned();
        let mut ahead = |seconds: i64| {
            let date = Some(sample::now() + jiff::SignedDuration::from_secs(seconds));
            let outcome = FetchOutcome::Status(404);
            sample.seen.fetches = vec![Fetch {
                url: url.clone(),
                purpose: FetchPurpose::Issuer,
                outcome,
                date,
                web: Default::default(),
            }];
            readings(&sample.case())[0].ahead
        };
        assert_eq!([ahead(0), ahead(60), ahead(61), ahead(-10)], [0, 0, 1, -10]);
    }

    #[test]
    fn a_web_server_on_the_mail_servers_address_is_no_other_machine() {
        let sample = sample::healthy();
        let host = |url| host_of(&sample.case(), url);
        assert_eq!(host("https://mail.example.org/.well-known/x"), "192.0.2.1");
        assert_eq!(host("http://Issuer.example:80/r99.der"), "issuer.example");
        assert_eq!(host(""), "");
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
}
