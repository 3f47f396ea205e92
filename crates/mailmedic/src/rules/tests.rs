//! What holds for every rule, and how rules are tried out.

use std::collections::BTreeSet;
use std::path::Path;

use super::{RULES, find, judge};
use crate::bytes::{Bytes, Fingerprint};
use crate::diagnosis::Diagnosis;
use crate::finding::{Case, Check, Finding, Verdict};
use crate::observation::{
    Ask, Depth, DnsAnswer, DnsData, DnsOutcome, DnsType, EndpointObservation, FIELDS, FetchOutcome, Numbers,
    Offered, SSL3, Session, TLS12, TLS13, Tls, TlsEnd, groups_at, schemes_at, suite_traits, suites_at,
};
use crate::records::tlsa::Tlsa;
use crate::sample::{self, Sample};

type EndpointCheck = fn(&Case<'_>, &EndpointObservation) -> Verdict;
type TargetCheck = fn(&Case<'_>) -> Verdict;

/// Judges the healthy endpoint on `port` after one change.
pub(super) fn judged(
    check: EndpointCheck,
    port: u16,
    change: impl FnOnce(&mut EndpointObservation),
) -> Verdict {
    let mut sample = sample::healthy().only(port);
    change(sample.port(port));
    sample.endpoints(check).remove(0)
}

/// Judges the healthy endpoint on `port` after one change, in a run that went so deep.
pub(super) fn judged_at(
    depth: Depth,
    check: EndpointCheck,
    port: u16,
    change: impl FnOnce(&mut EndpointObservation),
) -> Verdict {
    let mut sample = sample::healthy().only(port);
    sample.seen.depth = depth;
    change(sample.port(port));
    sample.endpoints(check).remove(0)
}

/// Judges a healthy endpoint on a well-known port that the sample may lack, after one change.
pub(super) fn judged_alone(
    check: EndpointCheck,
    port: u16,
    change: impl FnOnce(&mut EndpointObservation),
) -> Verdict {
    let mut sample = sample::healthy().only(25);
    sample.seen.endpoints = vec![sample::endpoint(port, &[])];
    change(sample.port(port));
    sample.endpoints(check).remove(0)
}

/// Judges an endpoint that nobody looked at.
pub(super) fn unseen(check: EndpointCheck, port: u16) -> Verdict {
    judged(check, port, |seen| seen.sessions.clear())
}

/// Judges the healthy domain after one change.
pub(super) fn judged_target(check: TargetCheck, change: impl FnOnce(&mut Sample)) -> Verdict {
    let mut sample = sample::healthy();
    change(&mut sample);
    check(&sample.case())
}

/// Judges the domain that has all that protects delivery, after one change.
pub(super) fn judged_exemplary(check: TargetCheck, change: impl FnOnce(&mut Sample)) -> Verdict {
    let mut sample = sample::exemplary();
    change(&mut sample);
    check(&sample.case())
}

/// Judges it with other lines in its MTA-STS policy: an `mx` is added, other keys are put in the place of what is there.
pub(super) fn judged_policy(check: TargetCheck, lines: &[&str]) -> Verdict {
    judged_policy_with(check, lines, |_| {})
}

/// The same after one more change.
pub(super) fn judged_policy_with(
    check: TargetCheck,
    lines: &[&str],
    change: impl FnOnce(&mut Sample),
) -> Verdict {
    let mut policy: Vec<String> = sample::POLICY.iter().map(|line| (*line).to_owned()).collect();
    for line in lines {
        let key = line.split(':').next().unwrap();
        let place = policy.iter().rposition(|known| known.starts_with(key)).unwrap();
        match key {
            "mx" => policy.insert(place + 1, (*line).to_owned()),
            _ => policy[place] = (*line).to_owned(),
        }
    }
    judged_exemplary(check, |sample| {
        sample.seen.fetches[0].outcome = FetchOutcome::Found(Bytes(policy.join("\n").into_bytes()));
        change(sample);
    })
}

/// Publishes these TLSA records for port 25 instead.
pub(super) fn tlsa(sample: &mut Sample, records: &[Tlsa]) {
    let data = |record: &Tlsa| DnsData::Tlsa {
        usage: record.usage,
        selector: record.selector,
        matching: record.matching,
        data: Bytes(record.data.clone()),
    };
    dns(sample, "_25._tcp.mail.example.org", DnsType::Tlsa).outcome =
        DnsOutcome::Found { aliases: Vec::new(), records: records.iter().map(data).collect() };
}

/// Returns the only finding.
pub(super) fn finding(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Fail(mut findings) if findings.len() == 1 => findings.remove(0),
        other => panic!("one finding was due, not {other:?}"),
    }
}

/// Puts this handshake in place of every session with this question.
pub(super) fn answer(seen: &mut EndpointObservation, ask: Ask, tls: Tls) {
    seen.sessions.retain(|session| session.ask != ask);
    let session = sample::session(&seen.endpoint, ask, tls);
    seen.sessions.push(session);
}

/// Puts a full listing of TLS 1.2 in place of the questions for suites: these are taken, all others refused, and no
/// older version is spoken.
pub(super) fn list(seen: &mut EndpointObservation, taken: &[u16]) {
    listed(seen, taken);
    let refused: Vec<u16> =
        suites_at(TLS12).map(|traits| traits.suite).filter(|suite| !taken.contains(suite)).collect();
    refuse(seen, TLS12, &refused);
    let refused: Vec<u16> =
        suites_at(TLS13).map(|traits| traits.suite).filter(|suite| *suite != 0x1301).collect();
    refuse(seen, TLS13, &refused);
    for version in [0x0302, 0x0301, SSL3] {
        let all: Vec<u16> = suites_at(version).map(|traits| traits.suite).collect();
        refuse(seen, version, &all);
    }
}

/// Begins a full listing of TLS 1.2 in place of the questions for suites: these are taken, the others still open.
pub(super) fn listed(seen: &mut EndpointObservation, taken: &[u16]) {
    seen.sessions.retain(|session| !matches!(session.ask, Ask::Suites(_)));
    for suite in taken {
        let needs = suite_traits(*suite).unwrap();
        let tls = Tls {
            group: needs.curve.then_some(29),
            signature_scheme: needs.signed.map(|_| 0x0804),
            exchange_key: (needs.curve || needs.field).then(|| Fingerprint::of(&suite.to_be_bytes())),
            extensions: vec![0xFF01, 23],
            secure_renegotiation: Some(true),
            ..chose(TLS12, *suite)
        };
        let mut session = sample::session(&seen.endpoint, Ask::List(TLS12), tls);
        session.offered = Some(offered(TLS12, &[*suite]));
        seen.sessions.push(session);
    }
}

fn refuse(seen: &mut EndpointObservation, version: u16, suites: &[u16]) {
    let mut session = sample::session(&seen.endpoint, Ask::List(version), ended(TlsEnd::Alert));
    session.offered = Some(offered(version, suites));
    seen.sessions.push(session);
}

/// A hello with every group and scheme.
fn offered(version: u16, suites: &[u16]) -> Offered {
    Offered {
        suites: Numbers(suites.to_vec()),
        groups: groups_at(version).iter().copied().chain(FIELDS).collect(),
        schemes: Numbers(schemes_at(version).to_vec()),
    }
}

/// Takes the first look again, with changes.
pub(super) fn polite(seen: &mut EndpointObservation, change: impl FnOnce(&mut Session)) {
    change(seen.sessions.iter_mut().find(|session| session.ask == Ask::Polite).unwrap());
}

/// A handshake in which the server chose.
pub(super) fn chose(version: u16, suite: u16) -> Tls {
    Tls { end: TlsEnd::Answered, version: Some(version), suite: Some(suite), ..Tls::default() }
}

/// A handshake that ended like this before anything was chosen.
pub(super) fn ended(end: TlsEnd) -> Tls {
    Tls { end, ..Tls::default() }
}

/// Finds a DNS answer of the sample, to change it.
pub(super) fn dns<'a>(sample: &'a mut Sample, name: &str, kind: DnsType) -> &'a mut DnsAnswer {
    let found = |answer: &&mut DnsAnswer| answer.name.as_ascii() == name && answer.kind == kind;
    sample.seen.dns.iter_mut().find(found).unwrap()
}

/// Gives the domain these mail exchangers.
pub(super) fn set_mx(sample: &mut Sample, exchanges: &[&str]) {
    let mx = |exchange: &&str| DnsData::Mx { preference: 10, exchange: Some((*exchange).to_owned()) };
    dns(sample, "example.org", DnsType::Mx).outcome =
        DnsOutcome::Found { aliases: Vec::new(), records: exchanges.iter().map(mx).collect() };
}

#[test]
fn every_file_is_a_rule_and_every_rule_a_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().replace('_', "-"))
        .filter(|stem| !NO_RULES.contains(&stem.as_str()))
        .collect();
    let ids: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(ids.len(), RULES.len(), "an id is used twice");
    assert_eq!(files, ids);
}

#[test]
fn every_rule_explains_itself() {
    for rule in RULES {
        let texts = [rule.title, rule.what, rule.why, rule.affected, rule.fix, rule.since];
        for text in texts.into_iter().chain(rule.references.iter().copied()) {
            assert!(!text.trim().is_empty(), "{}: an empty text", rule.id);
            let lower = text.to_lowercase();
            for leftover in ["todo", "fixme", "lorem", "tbd", "fill in", "  "] {
                assert!(!lower.contains(leftover), "{}: {leftover:?} in {text:?}", rule.id);
            }
        }
        assert!(!rule.references.is_empty(), "{}: no source", rule.id);
        assert!(
            rule.what.ends_with('.') && rule.why.ends_with('.') && rule.fix.ends_with('.'),
            "{}",
            rule.id
        );
    }
}

#[test]
fn every_cause_is_a_rule_and_no_rule_its_own_cause() {
    for rule in RULES {
        for cause in rule.consequence_of {
            assert!(find(cause).is_some() || LATER.contains(cause), "{} names {cause}", rule.id);
            assert_ne!(*cause, rule.id);
        }
    }
}

#[test]
fn nothing_fails_on_a_healthy_domain() {
    for sample in [sample::healthy(), sample::exemplary()] {
        let judgement = judge(&sample.case(), |_| true);
        assert_eq!(judgement.findings, []);
    }
}

#[test]
fn nothing_passes_where_nobody_looked() {
    let mut sample = sample::healthy();
    for seen in &mut sample.seen.endpoints {
        seen.sessions.clear();
    }
    sample.seen.dns.clear();
    sample.seen.domain = None;
    sample.diagnosis = Diagnosis::default();
    let case = sample.case();
    for rule in RULES {
        let verdicts: Vec<Verdict> = match rule.check {
            Check::Target(check) => vec![check(&case)],
            Check::Endpoint(check) => sample.seen.endpoints.iter().map(|seen| check(&case, seen)).collect(),
            Check::Parts(check) => check(&case).into_iter().map(|(_, verdict)| verdict).collect(),
            Check::Chain(_) => Vec::new(),
            Check::ChainAndPolicyHost(_, check) => vec![check(&case)],
        };
        for verdict in verdicts {
            assert!(
                matches!(verdict, Verdict::Unknown(_) | Verdict::NotApplicable(_)),
                "{}: {verdict:?}",
                rule.id
            );
        }
    }
}

#[test]
fn no_finding_is_worse_than_its_rule_says() {
    // Every endpoint is broken in as many ways as one observation can show.
    let mut sample = sample::healthy();
    for seen in &mut sample.seen.endpoints {
        for (version, suite) in [(0x0300, 0x0003), (0x0002, 0), (0x0301, 0x0014), (0x0302, 0x0034)] {
            let tls = Tls { dh_bits: Some(512), compression: Some(1), ..chose(version, suite) };
            let session = sample::session(&seen.endpoint, Ask::Version(version), tls);
            seen.sessions.push(session);
        }
    }
    let judgement = judge(&sample.case(), |_| true);
    assert!(judgement.findings.len() > 3);
    for finding in judgement.findings {
        assert!(finding.severity <= find(finding.rule).unwrap().severity, "{}", finding.rule);
    }
}

/// Files of this folder that hold no rule.
const NO_RULES: [&str; 5] = ["mod", "engine", "shared", "tests", "together"];

/// Rules that are named as causes and come from another part of the work.
const LATER: [&str; 1] = ["cert-inactive"];
