//! A requirement of the policy that was chosen with `--policy` is not met.

use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use crate::finding::{Case, Change, Check, Finding, Located, Rule, Severity, Verdict};
use crate::policy::{self, Demand, Judged, Level, Outcome, Policy};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "policy-unmet",
    title: "a requirement of the chosen policy is not met",
    severity: Severity::Warning,
    what: "The server does something that the guideline chosen with --policy forbids or advises against, or lacks \
           something that it asks for. The finding names the section of the guideline. A must is a warning, a should \
           is a note.",
    why: "Whoever has to comply with a guideline, or claims to, has to know where the server does not. It need not \
          hurt anybody: what hurts mail is told by the other rules, under every policy.",
    affected: "Nobody by itself; an audit finds it.",
    fix: "Change in the server's TLS settings what the finding names, or choose a policy that fits what the server \
          is for.",
    change: None,
    references: &["the guideline that is chosen: mailmedic policy NAME"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Parts(check),
};

fn check(case: &Case<'_>) -> Vec<Located> {
    let policy = case.policy;
    if policy.requirements.is_empty() {
        let why = "the demands of this policy are the other rules";
        return vec![(Vec::new(), Verdict::NotApplicable(why))];
    }
    let judged = policy::judge(policy, case.seen, case.diagnosis, case.now);
    if judged.iter().all(|judged| judged.outcomes.is_empty()) {
        return vec![(Vec::new(), Verdict::NotApplicable("no hello was answered"))];
    }
    let unmet = judged.iter().filter_map(|judged| unmet(case, policy, judged));
    let mut parts: Vec<_> =
        unmet.map(|finding| (finding.endpoints.clone(), Verdict::fail(finding))).collect();
    parts.extend(open(case, policy, &judged));
    if parts.is_empty() { vec![(Vec::new(), Verdict::Pass)] } else { parts }
}

/// Tells where a requirement is not met, if it is not.
fn unmet(case: &Case<'_>, policy: &Policy, judged: &Judged) -> Option<Finding> {
    // Endpoints that offend alike are told together.
    let mut groups: Vec<(&Vec<String>, Vec<usize>)> = Vec::new();
    for (index, outcome) in &judged.outcomes {
        let Outcome::Unmet(offending) = outcome else { continue };
        match groups.iter_mut().find(|(known, _)| *known == offending) {
            Some((_, indices)) => indices.push(*index),
            None => groups.push((offending, vec![*index])),
        }
    }
    if groups.is_empty() {
        return None;
    }
    let told: Vec<String> = match groups.as_slice() {
        [(only, _)] => vec![words::list(only)],
        several => several
            .iter()
            .map(|(offending, indices)| {
                format!("{} ({})", words::list(offending), words::list(&labels(case, indices)))
            })
            .collect(),
    };
    let requirement = judged.requirement;
    let (severity, verb) = match requirement.level {
        Level::Must => (Severity::Warning, "demands"),
        Level::Should => (Severity::Note, "advises"),
    };
    let mut offending: Vec<String> = groups.iter().flat_map(|(offending, _)| (*offending).clone()).collect();
    offending.sort();
    offending.dedup();
    let sentence = requirement.text.trim_end_matches('.');
    let mut finding = Finding::new(
        severity,
        format!("{} {}", requirement.section, requirement.text),
        format!("section {} of {} is not met: {}", requirement.section, policy.cited(), brief(&offending)),
        format!(
            "{} {verb} in section {}: \"{sentence}\". Found instead: {}.",
            policy.cited(),
            requirement.section,
            told.join("; ")
        ),
    )
    .evidence("policy", policy.name)
    .evidence("edition", policy.edition)
    .evidence("section", requirement.section)
    .evidence("requirement", requirement.text)
    .evidence("level", requirement.level.name())
    .evidence("offending", offending);
    for index in groups.iter().flat_map(|(_, indices)| indices) {
        finding = finding.at(case.seen.endpoints.get(*index)?.id());
    }
    finding.change = change(requirement.demand);
    Some(finding)
}

/// Names the first of what offends, and counts the others.
fn brief(offending: &[String]) -> String {
    match offending {
        [first, others @ ..] if !others.is_empty() => format!("{first} and {} more", others.len()),
        few => words::list(few),
    }
}

/// Tells what could not be told: one verdict for each reason, with the sections that it keeps open.
fn open(case: &Case<'_>, policy: &Policy, judged: &[Judged]) -> Vec<Located> {
    let mut reasons: Vec<(&str, Vec<usize>, Vec<&str>)> = Vec::new();
    for judged in judged {
        let mut of_this: Vec<(&str, Vec<usize>)> = Vec::new();
        for (index, outcome) in &judged.outcomes {
            let Outcome::Unknown(why) = outcome else { continue };
            match of_this.iter_mut().find(|(known, _)| known == why) {
                Some((_, indices)) => indices.push(*index),
                None => of_this.push((why, vec![*index])),
            }
        }
        let section = judged.requirement.section;
        for (why, indices) in of_this {
            match reasons.iter_mut().find(|(known, at, _)| *known == why && *at == indices) {
                Some((_, _, sections)) if sections.contains(&section) => {}
                Some((_, _, sections)) => sections.push(section),
                None => reasons.push((why, indices, vec![section])),
            }
        }
    }
    reasons
        .into_iter()
        .map(|(why, indices, sections)| {
            let noun = if sections.len() == 1 { "section" } else { "sections" };
            let why = format!("{noun} {} of {}: {why}", words::list(&sections), policy.cited());
            let at = indices.iter().filter_map(|index| Some(case.seen.endpoints.get(*index)?.id()));
            (at.collect(), Verdict::Unknown(why))
        })
        .collect()
}

fn labels(case: &Case<'_>, indices: &[usize]) -> Vec<String> {
    let endpoints = indices.iter().filter_map(|index| case.seen.endpoints.get(*index));
    endpoints.map(|seen| format!("{} port {}", seen.endpoint.host, seen.endpoint.port)).collect()
}

/// Returns the change that meets a demand, where one of those that adapters know does.
fn change(demand: Demand) -> Option<Change> {
    match demand {
        Demand::Speaks(ProtocolVersion::TLSv1_2 | ProtocolVersion::TLSv1_3) => Some(Change::ModernTls),
        Demand::NoVersions(versions) if versions.contains(&ProtocolVersion::TLSv1_2) => {
            Some(Change::MinimumTls { version: "TLSv1.3" })
        }
        Demand::NoVersions(versions) if versions.contains(&ProtocolVersion::TLSv1_1) => {
            Some(Change::MinimumTls { version: "TLSv1.2" })
        }
        Demand::NoSuites(_) | Demand::CbcOnlyEncryptThenMac => {
            Some(Change::StrongSuites { opportunistic: false })
        }
        // What the adapters then set is among what is allowed.
        Demand::Suites(allowed) if STRONG.iter().all(|suite| allowed.contains(suite)) => {
            Some(Change::StrongSuites { opportunistic: false })
        }
        Demand::DhBits(..=2048) => Some(Change::StrongDh),
        _ => None,
    }
}

/// The suites of TLS 1.2 that are left by [`Change::StrongSuites`]; those of TLS 1.3 stay as they are.
const STRONG: [CipherSuite; 6] = [
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Finding, Severity, Verdict};
    use crate::observation::{Ask, SuiteClass};
    use crate::policy;
    use crate::rules::tests::{answer, chose};
    use crate::sample::{self, Sample};

    fn under(name: &str, sample: &Sample) -> Vec<Verdict> {
        let mut case = sample.case();
        case.policy = policy::find(name).unwrap();
        check(&case).into_iter().map(|(_, verdict)| verdict).collect()
    }

    fn findings(verdicts: Vec<Verdict>) -> Vec<Finding> {
        let of = |verdict| if let Verdict::Fail(findings) = verdict { findings } else { Vec::new() };
        verdicts.into_iter().flat_map(of).collect()
    }

    #[test]
    fn the_default_has_no_requirements_of_its_own() {
        assert!(matches!(under("mail", &sample::healthy())[..], [Verdict::NotApplicable(_)]));
    }

    #[test]
    fn a_must_is_a_warning_and_names_its_section() {
        let mut sample = sample::healthy();
        for port in [143, 993] {
            answer(sample.port(port), Ask::Version(0x0302), chose(0x0301, 0xC013));
        }
        answer(sample.port(25), Ask::Version(0x0302), chose(0x0302, 0xC013));
        let found = findings(under("rfc-9325", &sample));
        let [version] = &found[..] else { panic!("{found:#?}") };
        assert_eq!((version.severity, version.endpoints.len()), (Severity::Warning, 3));
        assert_eq!(version.title, "section 3.1.1 of RFC 9325 (BCP 195) is not met: TLSv1.0 and 1 more");
        assert_eq!(version.evidence["section"], "3.1.1");
        assert_eq!(version.evidence["offending"], serde_json::json!(["TLSv1.0", "TLSv1.1"]));
        assert!(version.cause.contains("TLSv1.1 (mail.example.org port 25); TLSv1.0 ("), "{}", version.cause);
        assert_eq!(version.change, Some(Change::MinimumTls { version: "TLSv1.2" }));
    }

    #[test]
    fn a_should_is_a_note() {
        let mut sample = sample::healthy().only(993);
        answer(sample.port(993), Ask::Suites(SuiteClass::RsaKeyExchange), chose(0x0303, 0x009C));
        let found = findings(under("rfc-9325", &sample));
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(
            (found[0].severity, found[0].evidence["level"].as_str()),
            (Severity::Note, Some("should"))
        );
    }

    #[test]
    fn what_was_not_asked_is_an_open_question_for_each_reason() {
        let verdicts = under("rfc-9325", &sample::healthy());
        assert_eq!(findings(verdicts.clone()), []);
        let open: Vec<&String> = verdicts
            .iter()
            .filter_map(|verdict| if let Verdict::Unknown(why) = verdict { Some(why) } else { None })
            .collect();
        let listing: Vec<_> = open.iter().filter(|why| why.contains("--depth list")).collect();
        assert_eq!(listing.len(), 1, "{open:#?}");
        assert!(
            listing[0].starts_with("sections 4.1, 4.2, 4.2.1 and 4.5 of RFC 9325 (BCP 195): "),
            "{open:#?}"
        );
    }

    #[test]
    fn nothing_is_said_where_nobody_looked() {
        let mut sample = sample::healthy();
        for seen in &mut sample.seen.endpoints {
            seen.sessions.clear();
        }
        assert!(matches!(under("rfc-9325", &sample)[..], [Verdict::NotApplicable(_)]));
    }
}
