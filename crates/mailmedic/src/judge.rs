//! Judges an observation: diagnoses the chains, runs the rules, finds the cures, builds the report.

use jiff::Timestamp;

pub use crate::chain::Memory;
use crate::endpoint::{Endpoint, EndpointId, Place, Protocol};
use crate::finding::{Case, Change, Finding, Fix};
use crate::grade::{self, Graded};
use crate::known::{Known, Lists};
use crate::observation::{EndpointObservation, Examination, Observation, Settings, TargetKind};
use crate::policy::{self, Judged, Policy};
use crate::report::{self, Part, Report, TargetReport};
use crate::revocation::{Documents, Looked, Reader};
use crate::software::Software;
use crate::{chain, client, rules, server};

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
    /// Lists that the user gave.
    pub lists: Lists,
}

impl Judging {
    fn wants(&self, rule: &str) -> bool {
        let names = |ids: &[String]| ids.iter().any(|id| id == rule);
        (self.select.is_empty() || names(&self.select)) && !names(&self.ignore)
    }
}

/// Judges an observation. The same observation and judging give the same report, byte for byte.
pub fn judge(observation: &Observation, judging: &Judging) -> Report {
    let mut targets = Vec::with_capacity(observation.targets.len());
    each(observation, judging, &mut Memory::default(), |target| targets.push(target));
    report::report(judging.now, targets)
}

/// Does the same, and lets go of what was seen of a target once its report is built: of a large run, observation and
/// report need not be held whole at the same time.
pub fn into_report(observation: Observation, judging: &Judging) -> Report {
    let known = Known::of(&observation, &judging.lists, judging.now);
    let mut memory = Memory::default();
    let mut run = Run::new(&observation.documents, &observation.settings, &mut memory);
    let targets = observation.targets.into_iter().map(|seen| target(&seen, judging, &known, &mut run));
    report::report(judging.now, targets.collect())
}

/// Judges one target of an observation after the other and hands each report over, so that not all need be kept.
///
/// `memory` changes no report: what it knows from this and earlier observations is not worked out again.
pub fn each(
    observation: &Observation,
    judging: &Judging,
    memory: &mut Memory,
    mut tell: impl FnMut(TargetReport),
) {
    let known = Known::of(observation, &judging.lists, judging.now);
    let mut run = Run::new(&observation.documents, &observation.settings, memory);
    for seen in &observation.targets {
        tell(target(seen, judging, &known, &mut run));
    }
}

/// What is shared by the targets of a run.
struct Run<'a> {
    memory: &'a mut Memory,
    reader: Reader<'a>,
    offline: bool,
}

impl<'a> Run<'a> {
    fn new(documents: &'a Documents, settings: &Settings, memory: &'a mut Memory) -> Self {
        Self { memory, reader: Reader::new(documents), offline: settings.offline }
    }
}

fn target(seen: &Examination, judging: &Judging, known: &Known, run: &mut Run<'_>) -> TargetReport {
    let mut diagnosis = chain::diagnose_remembering(seen, judging.now, run.memory);
    let looked = Looked { offline: run.offline, depth: seen.depth };
    run.reader.learn(&mut diagnosis, seen, looked, judging.now);
    let software: Vec<Option<Software>> = seen.endpoints.iter().map(server::identify).collect();
    let case =
        Case { software: &software, ..Case::new(seen, &diagnosis, judging.policy, known, judging.now) };
    let is_file = seen.kind == TargetKind::File;
    let mut judgement = rules::judge(&case, |rule| !is_file || is_of_file(rule.id));
    // What the user does not want to be told is there all the same.
    let grades = seen.endpoints.iter().map(|endpoint| grade(endpoint, &judgement.findings)).collect();
    let verdicts = client::verdicts(&case, &judgement.findings);
    for finding in &mut judgement.findings {
        if let Some(whom) = client::hurts(finding, seen, &verdicts) {
            finding.hurts = Some(whom);
        }
    }
    judgement.findings.retain(|finding| judging.wants(finding.rule));
    judgement.open.retain(|open| judging.wants(open.rule));
    let findings = &judgement.findings;
    report::target(Part {
        seen,
        diagnosis: &diagnosis,
        findings,
        open: judgement.open.into_iter().map(|open| (open.rule, open.why, open.endpoints)).collect(),
        fixes: findings.iter().map(|finding| cure(finding, seen, &software, judging.policy)).collect(),
        references: findings.iter().map(|finding| references(finding)).collect(),
        policy: compliance(&case),
        software: software.clone(),
        grades,
        verdicts,
        now: judging.now,
    })
}

/// Tells whether a rule is about what certificates say, so that it can be asked of a file: not of what servers do
/// with them, and not of what differs between servers.
fn is_of_file(rule: &str) -> bool {
    let about = ["cert-", "chain-"].iter().any(|start| rule.starts_with(start));
    // Of a policy, what it asks of certificates can be told; the rest is not applicable or stays unknown.
    rule == OF_POLICY
        || about && !["cert-staple-", "cert-differs-"].iter().any(|start| rule.starts_with(start))
}

/// Grades an endpoint whose TLS was examined, or that was found to have none.
fn grade(endpoint: &EndpointObservation, findings: &[Finding]) -> Option<Graded> {
    let at = |id: &EndpointId| {
        let id = id.clone();
        let here = findings.iter().filter(|finding| finding.endpoints.contains(&id));
        here.map(|finding| (finding.rule, finding.severity_at(&id))).collect::<Vec<_>>()
    };
    let own = at(&endpoint.id());
    // Where another name of the same place was asked, its answers stand for this one, but for certificates.
    let other = endpoint.same_as.iter().flat_map(at).filter(|(rule, _)| rule.starts_with("tls"));
    let all: Vec<_> = own.into_iter().chain(other).collect();
    let examined = endpoint.speaks().is_some() || all.iter().any(|(rule, _)| grade::is_without_tls(rule));
    examined.then(|| grade::grade(all))
}

/// Holds the target against the policy, if that has requirements of its own.
fn compliance<'a>(case: &Case<'a>) -> Option<(&'a Policy, Vec<Judged>)> {
    let judged = policy::judge(case.policy, case.seen, case.diagnosis, case.now);
    (!judged.is_empty()).then_some((case.policy, judged))
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
fn cure(
    finding: &Finding,
    seen: &Examination,
    software: &[Option<Software>],
    policy: &Policy,
) -> (Vec<Fix>, Vec<String>) {
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
    let stands = finding.change.as_ref().and_then(|change| server::stands(change, &seen.dns));
    let context = server::Context { endpoints, names, chain_file, stands };
    let (fixes, mut verify) = match &finding.change {
        Some(change) if seen.kind == TargetKind::File => {
            (vec![server::cure_of_file(change, &context)], Vec::new())
        }
        Some(change) => (server::cure(change, &software, &context), server::verify(change, &context)),
        None => {
            let text = rules::find(finding.rule).map_or("", |rule| rule.fix);
            let fix =
                Fix { for_: "any".to_owned(), text: text.to_owned(), commands: Vec::new(), config: None };
            // Nothing of TLS is to be looked at again, only the examination itself.
            (vec![fix], server::verify(&Change::Update, &context))
        }
    };
    if finding.rule == OF_POLICY {
        // Only under the same policy it shows.
        for command in &mut verify {
            if let Some(rest) = command.strip_prefix(CHECK) {
                *command = format!("{CHECK}--policy {} {rest}", policy.name);
            }
        }
    }
    (fixes, verify)
}

const OF_POLICY: &str = "policy-unmet";
const CHECK: &str = "mailmedic check ";

#[cfg(test)]
mod tests {
    use super::{Judging, Memory, cure, each, grade, into_report, judge};
    use crate::finding::{Finding, Severity};
    use crate::grade::Grade;
    use crate::known::Lists;
    use crate::observation::{Depth, Observation, SCHEMA, Settings};
    use crate::peer::Flaw;
    use crate::policy;
    use crate::sample::{self, Sample};

    fn finding(rule: &'static str, severity: Severity, sample: &Sample, port: u16) -> Finding {
        let endpoint = sample.seen.endpoints.iter().find(|seen| seen.endpoint.port == port).unwrap();
        let mut finding = Finding::new(severity, rule, "", "").at(endpoint.id());
        finding.rule = rule;
        finding
    }

    #[test]
    fn healthy_endpoints_are_good_and_a_fault_counts_where_it_shows() {
        let sample = sample::healthy();
        let judgement = crate::rules::judge(&sample.case(), |_| true);
        for seen in &sample.seen.endpoints {
            assert!(grade(seen, &judgement.findings).unwrap().grade >= Grade::A);
        }
        let findings = [finding("cert-expired", Severity::Error, &sample, 993)];
        let grades: Vec<Grade> =
            sample.seen.endpoints.iter().map(|seen| grade(seen, &findings).unwrap().grade).collect();
        assert_eq!(grades.iter().filter(|grade| **grade == Grade::D).count(), 1);
        assert_eq!(grades.iter().filter(|grade| **grade == Grade::APlus).count(), 6);
    }

    #[test]
    fn what_is_remembered_changes_no_report() {
        let seen = |host: &str| {
            let mut seen = sample::healthy().seen;
            seen.input = host.to_owned();
            seen
        };
        let observation = Observation {
            schema: SCHEMA.to_owned(),
            version: String::new(),
            taken: sample::now(),
            settings: Settings {
                depth: Depth::Standard,
                ehlo: String::new(),
                offline: true,
                timeout_ms: 1,
                again: Vec::new(),
            },
            targets: vec![seen("one.example"), seen("two.example")],
            documents: Default::default(),
        };
        let judging = Judging {
            policy: &policy::MAIL,
            now: sample::now(),
            select: Vec::new(),
            ignore: Vec::new(),
            lists: Lists::default(),
        };
        let whole = judge(&observation, &judging).targets;
        let mut memory = Memory::default();
        for _ in 0..2 {
            let mut told = Vec::new();
            each(&observation, &judging, &mut memory, |target| told.push(target));
            assert_eq!(told, whole);
        }
        assert_eq!(into_report(observation, &judging).targets, whole);
    }

    #[test]
    fn a_port_without_tls_fails_and_one_that_was_not_examined_has_no_grade() {
        let mut sample = sample::healthy();
        let missing = [finding("starttls-missing", Severity::Note, &sample, 143)];
        for seen in &mut sample.seen.endpoints {
            seen.sessions.clear();
        }
        for seen in &sample.seen.endpoints {
            let expected = (seen.endpoint.port == 143).then_some(Grade::F);
            assert_eq!(grade(seen, &missing).map(|graded| graded.grade), expected);
        }
    }

    #[test]
    fn answers_under_another_name_of_the_same_place_count_but_not_its_certificate() {
        let mut sample = sample::healthy();
        let other = sample.port(143).id();
        let findings = [
            finding("tls-version-obsolete", Severity::Warning, &sample, 143),
            finding("cert-name-mismatch", Severity::Error, &sample, 143),
        ];
        let seen = sample.port(993);
        seen.same_as = Some(other);
        assert_eq!(grade(seen, &findings).unwrap().grade, Grade::B);
    }

    #[test]
    fn what_peers_differ_by_is_told_by_rules() {
        // These are in the contract and have their rules from elsewhere: one is seen from logs only.
        let elsewhere = ["cert-rejected-by-peer", "cert-sct-missing"];
        for flaw in Flaw::ALL {
            let rule = flaw.rule();
            assert!(crate::rules::find(rule).is_some() || elsewhere.contains(&rule), "{rule}");
        }
    }

    #[test]
    fn a_requirement_is_verified_under_its_policy() {
        let sample = sample::healthy();
        let of_policy = finding("policy-unmet", Severity::Warning, &sample, 993);
        let unknown = vec![None; sample.seen.endpoints.len()];
        let (_, verify) = cure(&of_policy, &sample.seen, &unknown, policy::find("ncsc-nl").unwrap());
        assert!(verify[0].starts_with("mailmedic check --policy ncsc-nl "), "{verify:?}");
        let of_mail = finding("cert-expired", Severity::Error, &sample, 993);
        let (_, verify) = cure(&of_mail, &sample.seen, &unknown, policy::find("ncsc-nl").unwrap());
        assert!(verify[0].starts_with("mailmedic check ") && !verify[0].contains("--policy"), "{verify:?}");
    }
}
