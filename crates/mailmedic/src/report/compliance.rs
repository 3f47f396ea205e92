//! How a target fares under a policy, requirement by requirement.

use super::{PolicyReport, RequirementReport};
use crate::policy::{Judged, Outcome, Policy};

/// Counts and lists what came of the requirements.
pub(super) fn report(policy: &Policy, judged: &[Judged]) -> PolicyReport {
    let requirements: Vec<RequirementReport> = judged
        .iter()
        .map(|judged| RequirementReport {
            section: judged.requirement.section.to_owned(),
            requirement: judged.requirement.text.to_owned(),
            level: judged.requirement.level.name().to_owned(),
            outcome: word(&judged.overall()).to_owned(),
        })
        .collect();
    let count = |outcome: &str| {
        let all = requirements.iter().filter(|one| one.outcome == outcome).count();
        u32::try_from(all).unwrap_or(u32::MAX)
    };
    PolicyReport {
        name: policy.name.to_owned(),
        title: policy.cited(),
        edition: policy.edition.to_owned(),
        met: count(MET),
        unmet: count(UNMET),
        unknown: count(UNKNOWN),
        not_applicable: count(NOT_APPLICABLE),
        requirements,
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Met => MET,
        Outcome::NotApplicable(_) => NOT_APPLICABLE,
        Outcome::Unknown(_) => UNKNOWN,
        Outcome::Unmet(_) => UNMET,
    }
}

const MET: &str = "met";
const UNMET: &str = "unmet";
const UNKNOWN: &str = "unknown";
const NOT_APPLICABLE: &str = "not-applicable";
