//! Calls every rule, joins what is one cause, and drops mere consequences.

use std::collections::BTreeMap;

use super::RULES;
use crate::diagnosis::ServedChain;
use crate::endpoint::EndpointId;
use crate::finding::{Case, Check, Finding, Located, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

/// What the rules say of one target.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// Faults, worst first, but for a clock that puts all dates in doubt; one cause is one finding.
    pub findings: Vec<Finding>,
    /// What could not be told.
    pub open: Vec<Open>,
}

/// A question that stayed open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The rule.
    pub rule: &'static str,
    /// Why, in words that complete "could not tell: …".
    pub why: String,
    /// Where; empty where it belongs to the target as a whole.
    pub endpoints: Vec<EndpointId>,
}

/// Judges a case by the rules that `wanted` lets through.
pub fn judge(case: &Case<'_>, wanted: impl Fn(&Rule) -> bool) -> Judgement {
    let mut judgement = Judgement::default();
    let ids: Vec<EndpointId> = case.seen.endpoints.iter().map(EndpointObservation::id).collect();
    for rule in RULES {
        let is_wanted = wanted(rule);
        for (endpoints, verdict) in verdicts(rule, case, &ids) {
            match verdict {
                Verdict::Pass | Verdict::NotApplicable(_) => {}
                Verdict::Unknown(why) if is_wanted => {
                    note_open(&mut judgement.open, rule.id, why, endpoints);
                }
                Verdict::Unknown(_) => {}
                Verdict::Fail(findings) => {
                    for mut finding in findings {
                        finding.rule = rule.id;
                        if finding.endpoints.is_empty() {
                            finding.endpoints.clone_from(&endpoints);
                        }
                        join(&mut judgement.findings, finding);
                    }
                }
            }
        }
    }
    // Consequences are dropped before the selection: a rule that the user ignores still explains others.
    drop_consequences(&mut judgement.findings);
    let is_wanted = |id: &str| super::find(id).is_some_and(&wanted);
    judgement.findings.retain(|finding| is_wanted(finding.rule));
    judgement
        .findings
        .sort_by_key(|finding| (!doubts_our_clock(finding), std::cmp::Reverse(finding.severity)));
    judgement
}

/// Tells whether a finding is about the clock that all dates are judged by; a server's own clock has an endpoint.
fn doubts_our_clock(finding: &Finding) -> bool {
    finding.rule == "clock-skewed" && finding.endpoints.is_empty()
}

/// Calls a rule on each piece of the case that it looks at; returns what is to be told, with the endpoints that the
/// piece belongs to.
fn verdicts(rule: &Rule, case: &Case<'_>, ids: &[EndpointId]) -> Vec<Located> {
    match rule.check {
        Check::Target(check) => {
            let told = Some(check(case)).filter(is_told);
            told.map(|verdict| (Vec::new(), verdict)).into_iter().collect()
        }
        Check::Endpoint(check) => {
            let verdict = |endpoint| match check(case, endpoint) {
                // The question is put, and told, where the same server answers under another name.
                Verdict::Unknown(_) if endpoint.same_as.is_some() => {
                    Verdict::NotApplicable("it is asked under another name of the same place")
                }
                verdict => verdict,
            };
            let each = case.seen.endpoints.iter().zip(ids).map(|(endpoint, id)| (id, verdict(endpoint)));
            each.filter(|(_, verdict)| is_told(verdict)).map(|(id, told)| (vec![id.clone()], told)).collect()
        }
        Check::Parts(check) => check(case),
        Check::Chain(check) => of_chains(case, check).collect(),
        Check::ChainAndPolicyHost(check, of_host) => {
            let told = Some(of_host(case)).filter(is_told);
            of_chains(case, check).chain(told.map(|verdict| (Vec::new(), verdict))).collect()
        }
    }
}

fn of_chains<'a>(
    case: &'a Case<'_>,
    check: impl Fn(&Case<'_>, &ServedChain) -> Verdict + 'a,
) -> impl Iterator<Item = Located> + 'a {
    let each = case.diagnosis.chains.iter().map(move |chain| (chain, check(case, chain)));
    each.filter(|(_, verdict)| is_told(verdict)).map(|(chain, told)| (case.endpoints_of(chain), told))
}

/// Most verdicts are that all is well, and nobody asks where.
fn is_told(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Unknown(_) | Verdict::Fail(_))
}

fn note_open(open: &mut Vec<Open>, rule: &'static str, why: String, endpoints: Vec<EndpointId>) {
    // One rule after the other is called, so what it said before stands at the end.
    let mut own = open.iter_mut().rev().take_while(|known| known.rule == rule);
    match own.find(|known| known.why == why) {
        Some(known) => add_endpoints(&mut known.endpoints, endpoints),
        None => open.push(Open { rule, why, endpoints }),
    }
}

/// Adds a finding, or its endpoints to the finding of the same cause; the worse severity tells the story, and
/// where it is less bad is remembered.
fn join(findings: &mut Vec<Finding>, new: Finding) {
    let Some(known) = findings.iter_mut().find(|known| known.rule == new.rule && known.key == new.key) else {
        findings.push(new);
        return;
    };
    let mut here: BTreeMap<EndpointId, Severity> = BTreeMap::new();
    for finding in [&*known, &new] {
        for endpoint in &finding.endpoints {
            let severity = finding.severity_at(endpoint);
            let worst = here.entry(endpoint.clone()).or_insert(severity);
            *worst = (*worst).max(severity);
        }
    }
    let mut later = new.endpoints.clone();
    if new.severity > known.severity {
        let earlier = std::mem::replace(known, new);
        later = std::mem::replace(&mut known.endpoints, earlier.endpoints);
    }
    add_endpoints(&mut known.endpoints, later);
    here.retain(|_, severity| *severity < known.severity);
    known.milder = here;
}

fn add_endpoints(known: &mut Vec<EndpointId>, new: Vec<EndpointId>) {
    for endpoint in new {
        if !known.contains(&endpoint) {
            known.push(endpoint);
        }
    }
}

fn drop_consequences(findings: &mut Vec<Finding>) {
    let mut causes: BTreeMap<(&'static str, EndpointId), Severity> = BTreeMap::new();
    for finding in findings.iter() {
        for endpoint in &finding.endpoints {
            let worst = causes.entry((finding.rule, endpoint.clone())).or_insert(finding.severity);
            *worst = (*worst).max(finding.severity);
        }
    }
    findings.retain_mut(|finding| {
        let Some(rule) = super::find(finding.rule) else { return true };
        if finding.endpoints.is_empty() {
            return true;
        }
        let severity = finding.severity;
        finding.endpoints.retain(|endpoint| {
            !rule.consequence_of.iter().any(|cause| {
                let worst = causes.get(&(*cause, endpoint.clone()));
                // A blemish of a certificate does not explain what is worse than itself.
                worst.is_some_and(|worst| *worst >= severity || !is_about_chains(cause))
            })
        });
        let left = finding.endpoints.iter().map(|endpoint| finding.severity_at(endpoint)).max();
        finding.severity = left.unwrap_or(severity);
        finding.milder.retain(|_, mild| *mild < finding.severity);
        left.is_some()
    });
}

fn is_about_chains(rule: &str) -> bool {
    let is_it = |check| matches!(check, Check::Chain(_) | Check::ChainAndPolicyHost(..));
    super::find(rule).is_some_and(|rule| is_it(rule.check))
}

#[cfg(test)]
mod tests {
    use super::drop_consequences;
    use crate::endpoint::EndpointId;
    use crate::finding::{Finding, Severity};

    fn left(cause: Severity) -> Vec<&'static str> {
        let finding = |rule, severity| {
            let mut finding = Finding::new(severity, rule, "", "").at(EndpointId("mx.example:25".into()));
            finding.rule = rule;
            finding
        };
        let mut findings = vec![finding("cert-malformed", cause), finding("cert-untrusted", Severity::Error)];
        drop_consequences(&mut findings);
        findings.iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn a_blemish_hides_nothing_worse() {
        assert_eq!(left(Severity::Error), ["cert-malformed"]);
        assert_eq!(left(Severity::Warning), ["cert-malformed", "cert-untrusted"]);
    }
}
