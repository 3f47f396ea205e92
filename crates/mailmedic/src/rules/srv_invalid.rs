//! An SRV record leads nowhere.

use super::records::{self, Resolution, Target};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{DnsAnswer, DnsData, DnsType};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "srv-invalid",
    title: "an SRV record leads nowhere",
    severity: Severity::Error,
    what: "An SRV record, by which mail programs find their servers, names an address, an alias, port 0 or \
           a host without an address, or contradicts another.",
    why: "Mail programs that set themselves up by SRV records (Evolution, Apple Mail and others) then find \
          no server, or a wrong one.",
    affected: "Mail programs that set themselves up by SRV records.",
    fix: "Name a host with A or AAAA records and the right port in the SRV record; a service that is not \
          there has one record with the target \".\".",
    change: Some(ChangeKind::Dns),
    references: &["RFC 2782", "RFC 6186 §3", "RFC 8314 §5.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let asked: Vec<&DnsAnswer> = case.seen.dns.iter().filter(|answer| answer.kind == DnsType::Srv).collect();
    if asked.is_empty() {
        return Verdict::NotApplicable("SRV records were not asked for");
    }
    let (mut findings, mut doubt) = (Vec::new(), None);
    for answer in &asked {
        match faults(case, answer) {
            Ok(faults) if faults.is_empty() => {}
            Ok(faults) => findings.push(finding(answer, &faults)),
            Err(why) => doubt = Some(why),
        }
    }
    match (findings.is_empty(), doubt) {
        (false, _) => Verdict::Fail(findings),
        (true, Some(why)) => Verdict::Unknown(why),
        (true, None) if asked.iter().any(|answer| !answer.records().is_empty()) => Verdict::Pass,
        (true, None) => Verdict::NotApplicable("there are no SRV records"),
    }
}

/// What is wrong with the records of one name, each with its weight; a doubt if that cannot be told.
fn faults(case: &Case<'_>, answer: &DnsAnswer) -> Result<Vec<(Severity, String)>, String> {
    if let Some(why) = records::failure(answer) {
        return Err(format!("{}: {why}", answer.name));
    }
    let (mut faults, mut doubt) = (Vec::new(), None);
    let mut none = false;
    for data in answer.records() {
        let DnsData::Srv { port, target, .. } = data else { continue };
        let Some(text) = target else {
            none = true;
            continue;
        };
        let shown = words::escape(text, 100);
        if *port == 0 {
            faults.push((Severity::Error, format!("{shown} has port 0")));
        }
        let host = match records::target(text) {
            Target::Name(host) => host,
            Target::Address(_) => {
                faults.push((Severity::Error, format!("{shown} is an address, not a host name")));
                continue;
            }
            Target::Illegal => {
                faults.push((Severity::Error, format!("\"{shown}\" is no legal host name")));
                continue;
            }
        };
        match records::resolution(case, &host) {
            Resolution::Found => {
                if let Some(real) = records::alias(case, &host) {
                    faults.push((Severity::Warning, format!("{shown} is an alias of {real}")));
                }
            }
            Resolution::None { no_name: true } => {
                faults.push((Severity::Error, format!("{shown} does not exist")));
            }
            Resolution::None { no_name: false } => {
                faults.push((Severity::Error, format!("{shown} has no address")));
            }
            Resolution::Unknown(why) => doubt = Some(why),
        }
    }
    if none && answer.records().len() > 1 {
        faults.push((Severity::Warning, "\".\" (no such service) stands beside others".to_owned()));
    }
    match doubt {
        Some(why) if faults.is_empty() => Err(why),
        _ => Ok(faults),
    }
}

fn finding(answer: &DnsAnswer, faults: &[(Severity, String)]) -> Finding {
    let severity = faults.iter().map(|(severity, _)| *severity).max().unwrap_or(Severity::Warning);
    let texts: Vec<&str> = faults.iter().map(|(_, text)| text.as_str()).collect();
    let name = &answer.name;
    Finding::new(
        severity,
        name.to_string(),
        "an SRV record leads nowhere",
        format!("Of the SRV records of {name}: {}.", words::list(&texts)),
    )
    .hurts("mail programs that set themselves up by SRV records")
    .evidence("name", name.as_ascii())
    .evidence("faults", texts)
    .change(Change::Dns { lines: vec![format!("{name}. 3600 IN SRV 0 1 <port> <the name of the server>.")] })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType};
    use crate::rules::tests::{finding, judged_target};

    fn srv(targets: &[Option<&str>]) -> Verdict {
        judged_target(check, |sample| {
            let record = |target: &Option<&str>| DnsData::Srv {
                priority: 0,
                weight: 1,
                port: 993,
                target: target.map(str::to_owned),
            };
            sample.seen.dns.push(DnsAnswer {
                name: Name::new("_imaps._tcp.example.org").unwrap(),
                kind: DnsType::Srv,
                outcome: DnsOutcome::Found {
                    aliases: Vec::new(),
                    records: targets.iter().map(record).collect(),
                },
                state: DnsState::Insecure,
                evidence: Default::default(),
            });
        })
    }

    #[test]
    fn passes_on_a_host_with_an_address_and_on_a_plain_no() {
        assert_eq!(srv(&[Some("mail.example.org")]), Verdict::Pass);
        assert_eq!(srv(&[None]), Verdict::Pass);
    }

    #[test]
    fn fails_on_an_address_and_on_a_contradiction() {
        assert_eq!(finding(srv(&[Some("192.0.2.1")])).severity, Severity::Error);
        assert_eq!(finding(srv(&[None, Some("mail.example.org")])).severity, Severity::Warning);
    }

    #[test]
    fn unknown_when_the_host_was_not_asked_for() {
        assert!(matches!(srv(&[Some("other.example.org")]), Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |_| {}), Verdict::NotApplicable(_)));
    }
}
