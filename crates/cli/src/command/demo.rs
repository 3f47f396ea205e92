//! `mailmedic demo`: opens a ward of sick servers and examines them as any other mail servers.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;
use mailmedic::examine::{Options, Progress, examine};
use mailmedic::known::Lists;
use mailmedic::observation::Observation;
use mailmedic::policy;
use mailmedic::report::{FindingReport, Report};

use super::check::{judged, watched};
use super::replay;
use crate::args::{Demands, Format, Reporting};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::ward::{PATIENTS, Patient, Ward, round};

/// Examines a ward of sick mail servers that run inside this program for as long as it takes.
///
/// Each has one fault. They listen on loopback ports and stand for hosts of the domain ward.test; the report
/// is what it would be if they were yours. Nothing leaves this machine, and nothing on it is changed.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[command(flatten)]
    reporting: Reporting,
    /// Save all that was seen to this file, to be judged again with mailmedic check --replay
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save: Option<PathBuf>,
}

/// Runs the verb. Findings are what it is for, so they are no failure.
pub(crate) fn run(demo: &Demo) -> Result<Exit, Failure> {
    let seen = watched(round::NAME, async |progress, stop| {
        let now = Timestamp::now();
        observe(now, progress, stop).await.map_err(|why| Failure(format!("the ward cannot be opened: {why}")))
    })?;
    if let Some(file) = &demo.save {
        replay::write(file, &seen.observation)?;
    }
    let report = judged(seen.observation, &DEMANDS);
    demo.reporting.report(&report)?;
    if seen.stopped {
        return Ok(Exit::Interrupted);
    }
    if demo.reporting.printing.format == Format::Text {
        output::print(&format!("\n{}\n", summary(&report)))?;
    }
    Ok(Exit::Clean)
}

/// Examines the ward with the means of `--connect-to`, `--resolver` and `--ca-file`.
///
/// The clock of what is seen is `now`, to the second.
async fn observe(
    now: Timestamp,
    progress: Arc<dyn Progress>,
    stop: impl Future<Output = ()>,
) -> io::Result<Observation> {
    // Certificates have no fractions of a second: with one in the clock, "in 65 days" would read "in 64 days".
    let now = Timestamp::from_second(now.as_second()).map_err(io::Error::other)?;
    let ward = Ward::start(now).await?;
    let options = Options {
        connections_per_host: CONNECTIONS,
        connect_to: ward.routes()?,
        resolvers: vec![ward.resolver()],
        offline: true,
        roots: vec![ward.root_der().to_vec()],
        ..Options::default()
    };
    let observation = examine(ward.targets()?, &options, progress, stop).await;
    Ok(round::as_one(Observation { taken: now, ..observation }))
}

/// Says in a line whether the report names what every server of the ward suffers from, and what it lacks.
fn summary(report: &Report) -> String {
    let sick = PATIENTS.iter().filter(|patient| !patient.expect.is_empty());
    let missed: Vec<String> = sick
        .clone()
        .filter(|patient| {
            !patient.expect.iter().all(|rule| findings(report, patient).any(|one| one.rule == *rule))
        })
        .map(|patient| format!("{}:{} ({})", patient.host, patient.port, patient.sickness))
        .collect();
    let all = sick.count();
    match &missed[..] {
        [] => format!("The ward has {all} sick servers: each sickness was found."),
        _ => format!("The ward has {all} sick servers; not found: {}.", missed.join(", ")),
    }
}

/// Returns the findings on a server of the ward.
fn findings<'a>(report: &'a Report, patient: &Patient) -> impl Iterator<Item = &'a FindingReport> {
    let place = format!("{}:{}/", patient.host, patient.port);
    let findings = report.targets.iter().flat_map(|target| &target.findings);
    findings.filter(move |finding| finding.endpoints.iter().any(|id| id.starts_with(&place)))
}

const DEMANDS: Demands = Demands {
    policy: &policy::MAIL,
    now: None,
    select: Vec::new(),
    ignore: Vec::new(),
    fail_on: None,
    lists: Lists { logs: None, weak_keys: None },
};

/// All servers share one address, and they are our own.
const CONNECTIONS: usize = 32;

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Arc;

    use jiff::Timestamp;
    use mailmedic::examine::Silence;
    use mailmedic::observation::{Connect, DnsOutcome};

    use super::{DEMANDS, PATIENTS, findings, judged, observe, summary};

    #[tokio::test]
    async fn the_whole_ward_is_seen_and_nothing_else_is_asked() {
        let seen = observe(Timestamp::now(), Arc::new(Silence), pending()).await.unwrap();
        let [file] = &seen.targets[..] else { panic!("{} targets", seen.targets.len()) };
        assert!(file.dns.iter().all(|answer| answer.outcome == DnsOutcome::NoName), "{:?}", file.dns);
        assert_eq!(file.fetches, []);
        assert_eq!(file.endpoints.len(), PATIENTS.len());
        for endpoint in &file.endpoints {
            assert!(endpoint.sessions.iter().all(|session| session.connect == Connect::Open));
            assert_eq!(endpoint.unasked, []);
        }
    }

    #[tokio::test]
    async fn every_sickness_is_found_and_no_health_is_doubted() {
        let seen = observe(Timestamp::now(), Arc::new(Silence), pending()).await.unwrap();
        let report = judged(seen, &DEMANDS);
        assert_eq!(summary(&report), "The ward has 9 sick servers: each sickness was found.");
        for patient in PATIENTS.iter().filter(|patient| patient.expect.is_empty()) {
            let doubt = findings(&report, patient).next();
            assert!(doubt.is_none(), "{doubt:?}");
        }
    }
}
