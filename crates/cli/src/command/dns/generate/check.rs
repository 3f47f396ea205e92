//! What mailmedic's rules would say if the records were published: the one place where they are asked.

use jiff::Timestamp;
use mailmedic::finding::Severity;
use mailmedic::generate::{Made, Objection};
use mailmedic::judge;
use mailmedic::known::Lists;
use mailmedic::name::{Host, Name};
use mailmedic::observation::{
    Depth, DnsAnswer, DnsData, DnsEvidence, DnsLook, DnsOutcome, DnsState, DnsType, DomainObservation,
    Examination, Fetch, Observation, SCHEMA, Settings, TargetKind, Trust,
};
use mailmedic::policy;
use mailmedic::records::{Answers, FAMILIES, Look};
use mailmedic::report::TargetReport;
use mailmedic::rules::RULES;

use super::ask::Asker;

/// What was made, and which rules are about it.
pub(super) struct About<'a> {
    /// The word of the command line: `spf`.
    pub(super) what: &'static str,
    /// Whose records they are.
    pub(super) domain: &'a Name,
    /// How the ids of the rules begin; nothing where none can be asked.
    pub(super) rules: &'static str,
    /// The DKIM selector.
    pub(super) selector: Option<&'a Name>,
    /// The MTA-STS policy as it would be fetched, and what it says.
    pub(super) policy: Option<(Fetch, DomainObservation)>,
}

impl<'a> About<'a> {
    /// Starts with the usual: rules that begin like the word.
    pub(super) fn new(what: &'static str, rules: &'static str, domain: &'a Name) -> Self {
        Self { what, domain, rules, selector: None, policy: None }
    }
}

/// Adds what the rules find: errors as objections, warnings as remarks, and what they could not tell.
pub(super) fn judge(asker: &mut Asker, made: &mut Made, about: &About<'_>) {
    let Some(TargetReport { findings, unknown, .. }) = judged(asker, made, about) else { return };
    let mut whys: Vec<String> = Vec::new();
    for open in unknown {
        if !whys.contains(&open.why) && whys.len() < MOST_WHYS {
            whys.push(open.why);
        }
    }
    if !whys.is_empty() {
        made.remarks.push(format!("not all could be checked: {}", whys.join("; ")));
    }
    for finding in findings {
        let Some(rule) = RULES.iter().map(|rule| rule.id).find(|id| *id == finding.rule.as_str()) else {
            continue;
        };
        // What the maker found itself says it in words of its own.
        if made.objections.iter().any(|objection| objection.rule == rule) {
            continue;
        }
        match finding.severity {
            Severity::Error => made.objections.push(Objection { rule, why: finding.cause }),
            Severity::Warning => {
                made.remarks.push(format!("mailmedic will warn ({rule}): {}", finding.cause))
            }
            Severity::Note => {}
        }
    }
}

/// Judges the domain as if the records were published; nothing where no rule is about them.
fn judged(asker: &mut Asker, made: &Made, about: &About<'_>) -> Option<TargetReport> {
    if about.rules.is_empty() {
        return None;
    }
    // What else is published at these names stays.
    asker.ask(made.places.iter().map(|place| (place.name.clone(), place.kind)).collect());
    let mut planned: Vec<DnsAnswer> = Vec::new();
    for place in &made.places {
        let published = asker.answer(&place.name, place.kind);
        let records = made.afterwards(place, published);
        planned.push(DnsAnswer {
            name: place.name.clone(),
            kind: place.kind,
            outcome: if records.is_empty() {
                DnsOutcome::NoData
            } else {
                DnsOutcome::Found { aliases: Vec::new(), records }
            },
            state: published.map_or(DnsState::Indeterminate, |answer| answer.state),
            evidence: DnsEvidence::default(),
        });
    }
    let wishes = DnsLook {
        alone: true,
        selectors: about.selector.iter().map(|name| name.as_ascii().to_owned()).collect(),
        ..DnsLook::default()
    };
    let look = Look { domain: about.domain, depth: Depth::Standard, wishes: &wishes, told: &[] };
    for _ in 0..MOST_ROUNDS {
        let answers = Answers::new(&planned);
        for family in FAMILIES.iter().filter(|family| about.rules.starts_with(family.name)) {
            (family.wants)(&answers, &look);
        }
        wants(&answers, &look, made);
        let wanted = answers.into_wanted();
        if wanted.is_empty() {
            break;
        }
        asker.ask(wanted.clone());
        planned.extend(wanted.iter().filter_map(|(name, kind)| asker.answer(name, *kind)).cloned());
    }
    let (fetches, domain) = about
        .policy
        .clone()
        .map_or((Vec::new(), DomainObservation::default()), |(fetch, domain)| (vec![fetch], domain));
    let seen = Examination {
        input: about.domain.to_string(),
        kind: TargetKind::Domain,
        host: Some(Host::Name(about.domain.clone())),
        depth: Depth::Standard,
        look: wishes,
        dns: planned,
        domain: Some(domain),
        fetches,
        statuses: Vec::new(),
        endpoints: Vec::new(),
        certificates: Default::default(),
        trust: Trust::default(),
        interrupted: false,
        millis: 0,
    };
    report(seen, about.rules)
}

/// Asks for what rules need beside the records: where mail goes, and whether SRV records lead to hosts with addresses.
fn wants(answers: &Answers<'_>, look: &Look<'_>, made: &Made) {
    let mut hosts = look.exchangers(answers);
    for record in &made.records {
        if let DnsData::Srv { target: Some(target), .. } = &record.data {
            hosts.extend(Name::new(target));
        }
    }
    for host in hosts {
        for kind in [DnsType::A, DnsType::Aaaa] {
            answers.answer(&host, kind);
        }
    }
}

fn report(seen: Examination, rules: &str) -> Option<TargetReport> {
    let now = Timestamp::now();
    let observation = Observation {
        schema: SCHEMA.to_owned(),
        version: mailmedic::VERSION.to_owned(),
        taken: now,
        settings: Settings {
            depth: Depth::Standard,
            ehlo: String::new(),
            offline: true,
            timeout_ms: 0,
            again: Vec::new(),
        },
        targets: vec![seen],
        documents: Default::default(),
    };
    let judging = judge::Judging {
        policy: &policy::MAIL,
        now,
        select: RULES
            .iter()
            .map(|rule| rule.id)
            .filter(|id| id.starts_with(rules))
            .map(str::to_owned)
            .collect(),
        ignore: Vec::new(),
        lists: Lists::default(),
    };
    if judging.select.is_empty() {
        return None;
    }
    judge::into_report(observation, &judging).targets.pop()
}

/// Reasons that are told.
const MOST_WHYS: usize = 3;

/// Families follow what they find; none of them goes that far.
const MOST_ROUNDS: usize = 16;
