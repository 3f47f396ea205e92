//! Judges an observation: diagnoses the chains, runs the rules, finds the cures, builds the report.

use jiff::Timestamp;

use crate::endpoint::{Endpoint, EndpointId, Place, Protocol};
use crate::finding::{Case, Change, Finding, Fix, Rule};
use crate::observation::{Examination, Observation};
use crate::policy::Policy;
use crate::report::{self, Part, Report, TargetReport};
use crate::software::Software;
use crate::{chain, rules, server};

/// How to judge.
#[derive(Clone, Debug)]
pub struct Judging {
    /// The demands.
    pub policy: &'static Policy,
    /// The clock.
    pub now: Timestamp,
    /// The ids of the rules to run; empty runs all.
    pub select: Vec<String>,
    /// The ids of rules to leave out.
    pub ignore: Vec<String>,
}

impl Judging {
    fn wants(&self, rule: &Rule) -> bool {
        let names = |ids: &[String]| ids.iter().any(|id| id == rule.id);
        (self.select.is_empty() || names(&self.select)) && !names(&self.ignore)
    }
}

/// Judges an observation. The same observation and judging give the same report, byte for byte.
pub fn judge(observation: &Observation, judging: &Judging) -> Report {
    let targets = observation.targets.iter().map(|seen| target(seen, judging)).collect();
    report::report(judging.now, targets)
}

fn target(seen: &Examination, judging: &Judging) -> TargetReport {
    let diagnosis = chain::diagnose(seen, judging.now);
    let software: Vec<Option<Software>> = seen.endpoints.iter().map(server::identify).collect();
    let case =
        Case { seen, diagnosis: &diagnosis, software: &software, policy: judging.policy, now: judging.now };
    let judgement = rules::judge(&case, |rule| judging.wants(rule));
    let findings = &judgement.findings;
    report::target(&Part {
        seen,
        diagnosis: &diagnosis,
        findings,
        open: judgement.open.into_iter().map(|open| (open.rule, open.why, open.endpoints)).collect(),
        fixes: findings.iter().map(|finding| cure(finding, seen, &software)).collect(),
        references: findings.iter().map(|finding| references(finding)).collect(),
        software,
        now: judging.now,
    })
}

fn references(finding: &Finding) -> &'static [&'static str] {
    rules::find(finding.rule).map_or(&[], |rule| rule.references)
}

/// Returns the software of the ports at the same address that one server mostly serves together, if they agree:
/// where TLS is dead on an implicit port, the port tells nothing of itself.
fn neighbour(endpoint: &Endpoint, seen: &Examination, software: &[Option<Software>]) -> Option<Software> {
    let Place::Tcp(address) = &endpoint.place else { return None };
    let transfers = |protocol| matches!(protocol, Protocol::Smtp | Protocol::Submission);
    let near = |other: &Endpoint| {
        let same = matches!(&other.place, Place::Tcp(place) if place.ip() == address.ip());
        same && other.host == endpoint.host && transfers(other.protocol) == transfers(endpoint.protocol)
    };
    let mut known = seen
        .endpoints
        .iter()
        .zip(software)
        .filter(|(other, _)| near(&other.endpoint))
        .filter_map(|(_, known)| known.as_ref());
    let first = known.next()?;
    known.all(|other| other.product == first.product).then(|| first.clone())
}

/// Finds the cures of a finding, and the commands that show whether it is cured.
fn cure(finding: &Finding, seen: &Examination, software: &[Option<Software>]) -> (Vec<Fix>, Vec<String>) {
    let shows = |id: &EndpointId| finding.endpoints.contains(id);
    let (endpoints, software): (Vec<_>, Vec<_>) = seen
        .endpoints
        .iter()
        .zip(software)
        .filter(|(endpoint, _)| shows(&endpoint.id()))
        .map(|(shown, known)| {
            let near = || neighbour(&shown.endpoint, seen, software);
            (shown.endpoint.clone(), known.clone().or_else(near))
        })
        .unzip();
    let names = match &finding.change {
        Some(Change::RenewCertificate { names }) => names.clone(),
        _ => Vec::new(),
    };
    // The report hands the full chain over under this name.
    let chain_file = match &finding.change {
        Some(Change::ServeChain { file, chain: Some(_) }) => Some(file.clone()),
        _ => None,
    };
    let context = server::Context { endpoints, names, chain_file };
    match &finding.change {
        Some(change) => (server::cure(change, &software, &context), server::verify(change, &context)),
        None => {
            let text = rules::find(finding.rule).map_or("", |rule| rule.fix);
            let fix =
                Fix { for_: "any".to_owned(), text: text.to_owned(), commands: Vec::new(), config: None };
            // Nothing of TLS is to be looked at again, only the examination itself.
            (vec![fix], server::verify(&Change::Update, &context))
        }
    }
}
