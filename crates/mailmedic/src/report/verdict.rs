//! The answer in one sentence: which services fail, which still work.

use super::{EndpointReport, FindingReport, TargetReport};
use crate::finding::Severity;
use crate::observation::{Connect, DnsAnswer, DnsData, DnsType, Examination, TargetKind};
use crate::words;

/// Writes the sentence that stands after the name of the target.
pub(super) fn verdict(report: &TargetReport, seen: &Examination) -> String {
    if seen.look.alone {
        return of_records(report);
    }
    if !report.endpoints.iter().any(|endpoint| endpoint.reached) {
        return match (report.interrupted, report.findings.first()) {
            (true, _) => "stopped before anything could be examined".to_owned(),
            (false, Some(finding)) if report.endpoints.is_empty() => {
                format!("nothing could be examined: {}", finding.title)
            }
            _ => format!("nothing could be examined: {}", why_unreached(seen)),
        };
    }
    if seen.kind == TargetKind::File {
        return of_file(report);
    }
    let sentence = match report.findings.iter().map(|finding| finding.severity).max() {
        Some(Severity::Error) => failing(report),
        Some(Severity::Warning) => weak(report),
        _ => well(report),
    };
    if report.interrupted { format!("stopped before the end; so far {sentence}") } else { sentence }
}

/// Says whether a server could use the certificates of a file.
fn of_file(report: &TargetReport) -> String {
    let host = report.endpoints.first().map_or("", |endpoint| endpoint.host.as_str());
    let errors: Vec<&FindingReport> =
        report.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    match (errors.as_slice(), report.findings.first().map(|finding| finding.severity)) {
        ([only], _) => format!("not good for {host}: {}", only.title),
        ([first, rest @ ..], _) => {
            format!(
                "not good for {host}: {}, and {}",
                first.title,
                words::count(rest.len() as u64, "more error")
            )
        }
        (_, Some(Severity::Warning)) => weak(report),
        _ if report.unknown.is_empty() => format!("good for {host}"),
        _ => format!("good for {host}, as far as could be told"),
    }
}

/// Says how the mail DNS fares, looked at alone.
fn of_records(report: &TargetReport) -> String {
    let errors: Vec<&FindingReport> =
        report.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    match (errors.as_slice(), report.findings.first().map(|finding| finding.severity)) {
        _ if report.interrupted => "stopped before all was asked".to_owned(),
        _ if !report.has_answers() => "nothing could be examined: no DNS question was answered".to_owned(),
        ([only], _) => only.title.clone(),
        ([first, rest @ ..], _) => {
            format!("{}, and {}", first.title, words::count(rest.len() as u64, "more error"))
        }
        (_, Some(Severity::Warning)) => weak(report),
        _ => well(report),
    }
}

fn well(report: &TargetReport) -> String {
    if report.endpoints.iter().any(|endpoint| endpoint.state == "unknown" && !report.is_vacant(endpoint)) {
        "all is well where it could be examined".to_owned()
    } else if report.unknown.iter().all(|open| report.is_moot(open)) {
        "all is well".to_owned()
    } else {
        "all is well, as far as could be told".to_owned()
    }
}

fn weak(report: &TargetReport) -> String {
    let warnings: Vec<&FindingReport> =
        report.findings.iter().filter(|finding| finding.severity == Severity::Warning).collect();
    match warnings.as_slice() {
        [only] => format!("works today, but {}", only.title),
        many => format!("works today, but {} things need care", many.len()),
    }
}

fn failing(report: &TargetReport) -> String {
    let arriving = state(report, "mx");
    let sending = state(report, "submission");
    let reading = state(report, "access");
    let mut clauses: Vec<(State, String)> = Vec::new();
    // Whoever sends and reads calls both "logging in".
    match (sending, reading) {
        (Some(one), Some(other)) if one == other => clauses.push((one, one.of_logins())),
        (None, Some(only)) => clauses.push((only, only.of_logins())),
        (sending, reading) => {
            clauses.extend(sending.map(|state| (state, state.of("sending"))));
            clauses.extend(reading.map(|state| (state, state.of("reading"))));
        }
    }
    let whole: Vec<&FindingReport> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error && finding.endpoints.is_empty())
        .collect();
    // What does not lead here cannot be said to work, however well it answers.
    if whole.iter().any(|finding| leads(&finding.rule, &["srv-", "autoconfig-", "client-name-"])) {
        clauses.retain(|(state, _)| *state != State::Works);
    }
    let astray = whole.iter().any(|finding| leads(&finding.rule, &["mx-", "dane-", "mta-sts-"]));
    clauses.extend(
        arriving.filter(|state| !(astray && *state == State::Works)).map(|state| (state, state.of_arrival())),
    );
    if let Some(worst) = whole.first() {
        clauses.push((State::Gone, worst.title.clone()));
    }
    clauses.sort_by_key(|(state, _)| *state);
    clauses.into_iter().map(|(_, clause)| clause).collect::<Vec<_>>().join(", ")
}

/// How a service fares, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// No port of it could be reached.
    Gone,
    /// It fails on every port.
    Fails,
    /// It fails on some ports.
    FailsInPart,
    /// It works, and others may listen or pose as the server.
    Exposed,
    /// It works.
    Works,
}

impl State {
    fn of(self, doing: &str) -> String {
        match self {
            Self::Gone => format!("{doing} is impossible"),
            Self::Fails => format!("{doing} fails"),
            Self::FailsInPart => format!("{doing} fails on some ports"),
            Self::Exposed => format!("{doing} is not safe"),
            Self::Works => format!("{doing} works"),
        }
    }

    fn of_logins(self) -> String {
        match self {
            Self::Gone => "logins are impossible",
            Self::Fails => "logins fail",
            Self::FailsInPart => "some logins fail",
            Self::Exposed => "logins are not safe",
            Self::Works => "logins work",
        }
        .to_owned()
    }

    fn of_arrival(self) -> String {
        match self {
            Self::Gone => "no mail can arrive",
            Self::Fails | Self::FailsInPart => "mail from some senders does not arrive",
            Self::Exposed => "mail arrives, but not safely",
            Self::Works => "mail still arrives",
        }
        .to_owned()
    }
}

/// Tells how the service of a role fares; none if the target has none, and nothing announces one.
fn state(report: &TargetReport, role: &str) -> Option<State> {
    let endpoints: Vec<&EndpointReport> = report
        .endpoints
        .iter()
        .filter(|endpoint| endpoint.role == role && !report.is_vacant(endpoint))
        .collect();
    if endpoints.is_empty() {
        return None;
    }
    if !endpoints.iter().any(|endpoint| endpoint.reached) {
        // Ports that were only tried, as on a host without a mail domain, are not missed by anybody.
        let missed = report.findings.iter().any(|finding| {
            finding.severity == Severity::Error
                && endpoints.iter().any(|endpoint| finding.endpoints.contains(&endpoint.id))
        });
        return missed.then_some(State::Gone);
    }
    let errors = |endpoint: &EndpointReport, counts: fn(&str) -> bool| {
        report.findings.iter().any(|finding| {
            finding.severity_at(&endpoint.id) == Severity::Error
                && finding.endpoints.contains(&endpoint.id)
                && counts(&finding.rule)
        })
    };
    let failing = endpoints.iter().filter(|endpoint| errors(endpoint, |rule| !exposes(rule))).count();
    Some(match failing {
        0 if endpoints.iter().any(|endpoint| errors(endpoint, exposes)) => State::Exposed,
        0 => State::Works,
        all if all == endpoints.len() => State::Fails,
        _ => State::FailsInPart,
    })
}

/// Tells whether a fault of the whole domain keeps people from finding the service that such rules are about.
fn leads(rule: &str, starts: &[&str]) -> bool {
    starts.iter().chain(&["dns", "host-not-found"]).any(|start| rule.starts_with(start))
}

/// Tells whether a fault voids the protection rather than stopping the service.
fn exposes(rule: &str) -> bool {
    const STOPS: [&str; 5] = [
        "tls-version-modern-missing",
        "tls-handshake-failed",
        "tls-client-certificate-required",
        "tls-intolerant",
        "tls-on-starttls-port",
    ];
    const EXPOSES: [&str; 7] = [
        "cert-key-known",
        "cert-key-weak",
        "cert-signature-weak",
        "login-before-tls",
        "starttls-injection",
        "starttls-missing",
        "starttls-stripped",
    ];
    EXPOSES.contains(&rule) || (rule.starts_with("tls-") && !STOPS.contains(&rule))
}

/// Tells whether the domain's only MX record is the null MX (RFC 7505).
fn takes_no_mail(seen: &Examination) -> bool {
    let mx = seen.dns.iter().filter(|answer| answer.kind == DnsType::Mx).flat_map(DnsAnswer::records);
    let null = DnsData::Mx { preference: 0, exchange: None };
    seen.endpoints.is_empty()
        && mx.into_iter().all(|record| *record == null)
        && seen.dns.iter().any(|answer| answer.records().contains(&null))
}

fn why_unreached(seen: &Examination) -> String {
    let ports = words::count(seen.endpoints.len() as u64, "port");
    let all = |is: fn(&Connect) -> bool| {
        let mut sessions = seen.endpoints.iter().flat_map(|endpoint| &endpoint.sessions).peekable();
        sessions.peek().is_some() && sessions.all(|session| is(&session.connect))
    };
    if takes_no_mail(seen) {
        "the domain takes no mail (its MX record says so)".to_owned()
    } else if seen.endpoints.is_empty() {
        "no mail server was found".to_owned()
    } else if all(|connect| *connect == Connect::Refused) {
        format!("the connection was refused ({ports})")
    } else if all(|connect| *connect == Connect::TimedOut) {
        format!("no connection was opened in time ({ports})")
    } else if all(|connect| matches!(connect, Connect::Unreachable(_))) {
        "there is no route to it from here".to_owned()
    } else {
        format!("no connection came about ({ports})")
    }
}
