//! Examines the servers that explanations name.

use mailmedic::explain::{Examined, recheck};
use mailmedic::explanation::Explanation;
use mailmedic::finding::Severity;
use mailmedic::known::Lists;
use mailmedic::observation::Depth;
use mailmedic::policy;
use mailmedic::report::{Report, TargetReport};
use mailmedic::target::Target;

use crate::args::{Connecting, Demands};
use crate::command::check::{judged, look};
use crate::exit::Failure;
use crate::output::complain;

/// The most servers that are examined in one run.
const MOST: usize = 8;

/// Examines the servers and adds what came of it; returns whether Ctrl-C ended it early.
pub(super) fn check(connecting: &Connecting, all: &mut [Explanation]) -> Result<bool, Failure> {
    let mut targets: Vec<(String, Target)> = Vec::new();
    for name in all.iter().filter(|seen| is_fault(seen)).filter_map(|seen| seen.target.as_ref()) {
        if targets.len() < MOST && targets.iter().all(|(known, _)| known != name) {
            targets.extend(read(name).map(|target| (name.clone(), target)));
        }
    }
    if targets.is_empty() {
        complain(&"nothing was checked: no server is named that could be");
        return Ok(false);
    }
    let seen = look(targets.clone(), &connecting.options(Depth::Standard)?)?;
    let report = judged(seen.observation, &demands());
    for explanation in all.iter_mut().filter(|seen| is_fault(seen)) {
        let examined = explanation.target.as_ref().and_then(|name| {
            let index = targets.iter().position(|(known, _)| known == name)?;
            Some((name.clone(), examined(&report, report.targets.get(index)?)))
        });
        if let (Some((name, examined)), Some(cause)) = (examined, explanation.causes.first()) {
            explanation.checked = Some(recheck(cause, &name, &examined));
        }
    }
    Ok(seen.stopped)
}

fn is_fault(seen: &Explanation) -> bool {
    !seen.scanner && seen.causes.first().is_some_and(|cause| cause.rule != "benign")
}

/// Reads what an explanation proposes to examine.
fn read(name: &str) -> Option<Target> {
    match name.strip_prefix("--host ") {
        Some(host) => Target::parse(host, true, None).ok(),
        None => Target::parse(name, false, None).ok(),
    }
}

fn examined(report: &Report, target: &TargetReport) -> Examined {
    let severities = target.findings.iter().map(|finding| (finding.rule.clone(), finding.severity));
    Examined {
        time: report.now,
        reached: target.endpoints.iter().any(|endpoint| endpoint.reached),
        findings: severities.filter(|(_, severity)| *severity > Severity::Note).collect(),
        unknown: target.unknown.iter().map(|open| open.rule.to_string()).collect(),
    }
}

fn demands() -> Demands {
    Demands {
        policy: &policy::MAIL,
        now: None,
        select: Vec::new(),
        ignore: Vec::new(),
        fail_on: None,
        lists: Lists::default(),
    }
}
