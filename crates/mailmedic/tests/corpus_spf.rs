//! What SPF evaluation makes of the openspf test suite for RFC 7208.
//!
//! Needs the corpus, which is no part of the repository: `MAILMEDIC_CORPUS`, or `../shared/corpus` beside the checkout.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "what differs is to be seen")]

mod yaml;

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use mailmedic::name::Name;
use mailmedic::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
use mailmedic::records::Answers;
use mailmedic::records::spf::{Client, Limits, Verdict, mail_from};
use yaml::Node;

/// Cases whose result differs for a good reason: scenario, test, reason.
const MEANT: &[(&str, &str, &str)] = &[];

#[test]
fn every_case_comes_to_its_result() {
    let folder = env::var("MAILMEDIC_CORPUS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus").to_owned());
    let text = fs::read_to_string(Path::new(&folder).join("dns/spf-pyspf/rfc7208-tests.yml")).unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for scenario in yaml::documents(&text) {
        let zone = Zone::of(scenario.at("zonedata"));
        let title = scenario.at("description").text();
        for (name, case) in scenario.at("tests").map() {
            count += 1;
            let verdict = zone.evaluate(case);
            let results: Vec<&str> = match case.at("result") {
                Node::List(results) => results.iter().map(Node::text).collect(),
                result => vec![result.text()],
            };
            let is_right = results.contains(&verdict.outcome.name());
            let explained = match case.find("explanation").map(Node::text) {
                None => true,
                Some("DEFAULT") => verdict.explanation.is_none(),
                Some(text) => verdict.explanation.as_deref() == Some(text),
            };
            let is_meant = MEANT.iter().any(|row| row.0 == title && row.1 == *name);
            let is_due = is_right && explained;
            if !is_due && !is_meant {
                println!("{title}: {name}: {results:?} was due, not {verdict:?}");
                wrong.push(name.clone());
            }
        }
    }
    println!("{} of {count} cases come to their result", count - wrong.len());
    assert!(count >= 203, "the corpus is whole");
    assert_eq!(wrong, Vec::<String>::new());
}

/// The records of a scenario by name, and the names whose other types get no answer.
struct Zone {
    records: BTreeMap<String, Vec<(DnsType, DnsData)>>,
    aliases: BTreeMap<String, String>,
    silent: Vec<String>,
}

impl Zone {
    fn of(node: &Node) -> Self {
        let mut zone = Self { records: BTreeMap::new(), aliases: BTreeMap::new(), silent: Vec::new() };
        for (name, rows) in node.map() {
            let name = name.to_ascii_lowercase();
            let mut records = Vec::new();
            let is_of = |row: &&Node, word: &str| matches!(row, Node::Map(rows) if rows[0].0 == word);
            // Only where no TXT record is given do those of the old type stand for them, too.
            let has_text = rows.list().iter().any(|row| is_of(&row, "TXT"));
            for row in rows.list() {
                let Node::Map(row) = row else {
                    assert_eq!(row.text(), "TIMEOUT");
                    zone.silent.push(name.clone());
                    continue;
                };
                let (kind, value) = &row[0];
                records.extend(match kind.as_str() {
                    "TXT" if matches!(value, Node::Scalar(text) if text == "NONE") => None,
                    "SPF" if has_text => None,
                    "TXT" | "SPF" => Some((DnsType::Txt, DnsData::Txt(strings(value)))),
                    "A" => Some((DnsType::A, DnsData::Address(value.text().parse().unwrap()))),
                    "AAAA" => Some((DnsType::Aaaa, DnsData::Address(value.text().parse().unwrap()))),
                    "PTR" => Some((DnsType::Ptr, DnsData::Ptr(value.text().to_owned()))),
                    "MX" => Some((DnsType::Mx, exchanger(value.list()))),
                    "CNAME" => {
                        zone.aliases.insert(name.clone(), plain(value.text()));
                        None
                    }
                    other => panic!("{name} has a record of type {other}"),
                });
            }
            zone.records.insert(name, records);
        }
        zone
    }

    /// Evaluates, answers what is wanted, and evaluates again.
    fn evaluate(&self, case: &Node) -> Verdict {
        let client = Client {
            ip: case.at("host").text().parse().unwrap(),
            sender: case.at("mailfrom").text(),
            helo: case.at("helo").text(),
            receiver: "unknown",
            seconds: 0,
        };
        let mut seen: Vec<DnsAnswer> = Vec::new();
        for _ in 0..30 {
            let answers = Answers::new(&seen);
            if let Some(verdict) = mail_from(&answers, &client, Limits::default()) {
                return verdict;
            }
            seen.extend(answers.into_wanted().iter().map(|(name, kind)| self.answer(name, *kind)));
        }
        panic!("{case:?}: no result in thirty rounds");
    }

    fn answer(&self, name: &Name, kind: DnsType) -> DnsAnswer {
        let mut aliases = Vec::new();
        let mut at = name.as_ascii();
        let outcome = loop {
            if let Some(next) = self.aliases.get(at) {
                if aliases.len() > 8 {
                    break DnsOutcome::Failed("the aliases lead round in a ring".to_owned());
                }
                aliases.push(Name::of_dns(next).unwrap());
                at = next;
                continue;
            }
            let Some(records) = self.records.get(at) else { break DnsOutcome::NoName };
            let found: Vec<DnsData> =
                records.iter().filter(|row| row.0 == kind).map(|row| row.1.clone()).collect();
            if !found.is_empty() {
                break DnsOutcome::Found { aliases, records: found };
            }
            if self.silent.iter().any(|silent| silent == at) {
                break DnsOutcome::Failed("no answer in time".to_owned());
            }
            break DnsOutcome::NoData;
        };
        let (state, evidence) = (DnsState::Insecure, DnsEvidence::default());
        DnsAnswer { name: name.clone(), kind, outcome, state, evidence }
    }
}

/// The strings of a TXT record, joined.
fn strings(value: &Node) -> String {
    match value {
        Node::List(strings) => strings.iter().map(Node::text).collect(),
        text => text.text().to_owned(),
    }
}

fn exchanger(row: &[Node]) -> DnsData {
    let host = row[1].text();
    DnsData::Mx {
        preference: row[0].text().parse().unwrap(),
        exchange: (!host.is_empty()).then(|| host.to_owned()),
    }
}

fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}
