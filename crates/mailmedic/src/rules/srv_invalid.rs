//! An SRV record leads nowhere, or to the port of another service.

use super::records::{self, Resolution, Target};
use super::{told, wording};
use crate::client_config::{Oddity, oddities};
use crate::endpoint::{Source, WELL_KNOWN};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{DnsAnswer, DnsData, DnsType, EndpointObservation, Told};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "srv-invalid",
    title: "an SRV record leads nowhere, or to another service",
    severity: Severity::Error,
    what: "An SRV record, by which mail programs find their servers, names an address, an alias, port 0 or \
           a host without an address, or contradicts another. Or it names the port of another service: IMAP on that of POP3, \
           TLS from the first byte on a port for STARTTLS, or the other way round. A port that is no service's is what SRV \
           records are for.",
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
        findings.extend(odd_ports(case, answer));
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

/// Tells of records that give a service the port of another one, or of its other mode.
fn odd_ports(case: &Case<'_>, answer: &DnsAnswer) -> Vec<Finding> {
    let all = case.seen.domain.as_ref().map_or(&[][..], |domain| &domain.told);
    let is_here = |told: &&Told| told.source == Source::Srv && told.origin == answer.name.as_ascii();
    all.iter().filter(is_here).filter_map(|told| odd_port(case, answer, told)).collect()
}

fn odd_port(case: &Case<'_>, answer: &DnsAnswer, told: &Told) -> Option<Finding> {
    let host = words::escape(told.host.as_deref()?, 100);
    let what =
        oddities(told.protocol, told.security, told.port).into_iter().find_map(|oddity| match oddity {
            Oddity::Protocol(usual) => Some(format!("of {}", wording::protocol(usual))),
            Oddity::Mode => {
                let other = told.security.map(crate::endpoint::Security::other);
                Some(format!("for {} {}", wording::protocol(told.protocol), told::mode(other)))
            }
            Oddity::Plain | Oddity::Port => None,
        })?;
    let endpoints = told::endpoints(case, told);
    let speaks = endpoints.iter().find_map(|seen| EndpointObservation::speaks(seen));
    let (severity, end) = match speaks {
        Some(mode) if Some(mode) == told.security => {
            (Severity::Note, "It is answered as the record says all the same.".to_owned())
        }
        Some(mode) => (
            Severity::Error,
            format!("The port answers {}: programs that follow get no connection.", told::mode(Some(mode))),
        ),
        None => (
            Severity::Warning,
            "Programs that follow get no connection, unless the service really is there.".to_owned(),
        ),
    };
    let service = format!("{} {}", wording::protocol(told.protocol), told::mode(told.security));
    let (name, port) = (&answer.name, told.port);
    let finding = Finding::new(
        severity,
        format!("{name} {host} {port}"),
        "an SRV record names the port of another service",
        format!("{name} tells {service} at {host} on port {port}, and that is the port {what}. {end}"),
    )
    .hurts("mail programs that set themselves up by SRV records")
    .evidence("name", name.as_ascii())
    .evidence("port", port);
    let usual = WELL_KNOWN.iter().find(|row| row.1 == told.protocol && Some(row.2) == told.security);
    let row = answer.records().iter().find_map(|record| match record {
        DnsData::Srv { priority, weight, port, target } if *port == told.port && *target == told.host => {
            Some((*priority, *weight))
        }
        _ => None,
    });
    Some(match (usual, row) {
        (Some((usual, ..)), Some((priority, weight))) => finding.change(Change::Dns {
            lines: vec![format!("{name}. 3600 IN SRV {priority} {weight} {usual} {host}.")],
        }),
        _ => finding,
    })
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
    use crate::endpoint::{Protocol, Security, Source};
    use crate::finding::Change;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, Told};
    use crate::rules::tests::{finding, judged_target};
    use crate::sample::Sample;

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
    /// Judges one record of a service that says this port, after one more change.
    fn port(
        label: &str,
        protocol: Protocol,
        security: Security,
        port: u16,
        change: impl FnOnce(&mut Sample),
    ) -> Verdict {
        judged_target(check, |sample| {
            let (host, origin) = ("mail.example.org".to_owned(), format!("{label}._tcp.example.org"));
            let record = DnsData::Srv { priority: 5, weight: 1, port, target: Some(host.clone()) };
            sample.seen.dns.push(DnsAnswer {
                name: Name::new(&origin).unwrap(),
                kind: DnsType::Srv,
                outcome: DnsOutcome::Found { aliases: Vec::new(), records: vec![record] },
                state: DnsState::Insecure,
                evidence: Default::default(),
            });
            let told = &mut sample.seen.domain.get_or_insert_default().told;
            let (source, security, host) = (Source::Srv, Some(security), Some(host));
            told.push(Told { source, origin, protocol, security, host, port });
            change(sample);
        })
    }

    fn alone(sample: &mut Sample) {
        sample.seen.endpoints.clear();
    }

    #[test]
    fn the_port_of_another_service_is_told() {
        let told = finding(port("_imaps", Protocol::Imap, Security::Implicit, 995, alone));
        assert_eq!(told.severity, Severity::Warning);
        assert!(told.cause.contains("port 995, and that is the port of POP3"), "{}", told.cause);
        let line = "_imaps._tcp.example.org. 3600 IN SRV 5 1 993 mail.example.org.".to_owned();
        assert_eq!(told.change, Some(Change::Dns { lines: vec![line] }));
        let told = finding(port("_submissions", Protocol::Submission, Security::Implicit, 587, alone));
        assert!(
            told.cause.contains("that is the port for SMTP (submission) with STARTTLS"),
            "{}",
            told.cause
        );
        // The port of the service, and one that is nobody's.
        for fine in [993, 10_993] {
            assert_eq!(port("_imaps", Protocol::Imap, Security::Implicit, fine, alone), Verdict::Pass);
        }
    }

    #[test]
    fn what_the_port_really_speaks_weighs() {
        let told = finding(port("_submissions", Protocol::Submission, Security::Implicit, 587, |_| {}));
        assert_eq!(told.severity, Severity::Error);
        assert!(told.cause.contains("The port answers with STARTTLS"), "{}", told.cause);
    }
}
