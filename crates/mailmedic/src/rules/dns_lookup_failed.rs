//! DNS did not answer.

use super::records;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsData, DnsState, DnsType, EndpointObservation, TargetKind};
use crate::records::dnsbl;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dns-lookup-failed",
    title: "a DNS question got no usable answer",
    severity: Severity::Error,
    what: "The name servers of the zone, or the resolver in between, answered with an error or not at all.",
    why: "Whoever cannot look up a record behaves as if the mail server were down: senders wait, mail \
          programs fail. A question about TLSA records without an answer keeps senders with DANE from \
          delivering at all.",
    affected: "Everybody whose resolver gets the same answer.",
    fix: "Ask the name servers of the zone one by one (dig @SERVER NAME TYPE): every one must answer for \
          every type, over UDP and TCP. If they all do, it is the resolver that this machine uses.",
    change: None,
    references: &["RFC 1035 §4.1.1", "RFC 5321 §5.1", "RFC 7672 §2.1.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    if case.seen.dns.is_empty() {
        return match case.seen.host.as_ref().map(|host| host.name()) {
            Some(Some(_)) => Verdict::Unknown("DNS was not asked".to_owned()),
            _ => Verdict::NotApplicable("no name was looked up"),
        };
    }
    // A bogus answer has a fault of its own.
    let has_failed =
        |answer: &&DnsAnswer| answer.state != DnsState::Bogus && records::failure(answer).is_some();
    let nothing = case.seen.dns.iter().all(|answer| has_failed(&answer));
    let failed = case.seen.dns.iter().filter(has_failed).filter(|answer| !is_above(case, answer));
    // What others publish is theirs to mend, and the rules that ask for it say that they cannot tell.
    let failed: Vec<(&DnsAnswer, Severity)> =
        failed.filter_map(|answer| Some((answer, weigh(case, answer)?))).collect();
    if failed.is_empty() {
        return Verdict::Pass;
    }
    let is_given = !case.seen.dns.iter().any(|answer| is_address(answer.kind));
    if is_given && nothing {
        return Verdict::NotApplicable("the address was given, not looked up");
    }
    if nothing && case.seen.endpoints.iter().any(EndpointObservation::reached) {
        return Verdict::Unknown(
            "no DNS question was answered: it may be this machine's resolver".to_owned(),
        );
    }
    let questions: Vec<String> = failed
        .iter()
        .map(|(answer, _)| {
            let why = words::escape(records::failure(answer).unwrap_or_default(), 100);
            format!("{} {} ({why})", answer.name, answer.kind.name())
        })
        .collect();
    let severity = failed.iter().map(|row| row.1).max().unwrap_or(Severity::Note);
    let mut cause = format!("There was no usable answer to {}.", words::list(&questions));
    if nothing {
        cause.push_str(
            " No question at all was answered, so it may well be the resolver or network of \
                        this machine.",
        );
    }
    let hurts = match severity {
        Severity::Note => "mail programs that try this name by themselves, if any do",
        _ => "senders wait and mail programs fail, where their resolver gets the same answer",
    };
    Verdict::fail(
        Finding::new(severity, "failed", "a DNS question got no usable answer", cause)
            .hurts(hurts)
            .evidence("questions", questions),
    )
}

fn is_address(kind: DnsType) -> bool {
    matches!(kind, DnsType::A | DnsType::Aaaa | DnsType::Mx)
}

/// Weighs what stops without an answer to this question: mail, a convenience, or nothing. None where the question is put to
/// a zone of others that nobody needs for mail: block lists, reverse names, names that servers give themselves.
fn weigh(case: &Case<'_>, answer: &DnsAnswer) -> Option<Severity> {
    if dnsbl::is_of_a_list(&answer.name) {
        return None;
    }
    Some(match answer.kind {
        DnsType::Mx => Severity::Error,
        DnsType::A | DnsType::Aaaa if is_announced(case, &answer.name) => Severity::Error,
        DnsType::A | DnsType::Aaaa if !is_own(case, &answer.name) => return None,
        DnsType::A | DnsType::Aaaa => Severity::Note,
        // Only senders on port 25 look for TLSA records, and wait without an answer (RFC 7672 §2.1.1).
        DnsType::Tlsa if answer.name.as_ascii().starts_with("_25.") => Severity::Error,
        // Text of others, such as an SPF record that is included, is theirs to mend.
        DnsType::Txt if !is_own(case, &answer.name) => Severity::Note,
        DnsType::Ptr => return None,
        // A CA that gets no answer does not issue (RFC 8659 §3).
        DnsType::Caa | DnsType::Tlsa | DnsType::Srv | DnsType::Txt => Severity::Warning,
    })
}

/// Tells whether a name belongs to the target's own zone.
fn is_own(case: &Case<'_>, name: &Name) -> bool {
    let Some(domain) = case.seen.host.as_ref().and_then(|host| host.name()) else { return true };
    let above = name.as_ascii().strip_suffix(domain.as_ascii());
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// Tells whether a question is about a name above the domain, as DMARC puts it (RFC 9989 §4.10): its rules say themselves
/// what cannot be told without, and the operator of the domain can mend nothing there.
fn is_above(case: &Case<'_>, answer: &DnsAnswer) -> bool {
    let Some(domain) = case.seen.host.as_ref().and_then(|host| host.name()) else { return false };
    let above = answer.name.as_ascii().strip_prefix("_dmarc.").and_then(|above| Name::new(above).ok());
    answer.kind == DnsType::Txt && above.is_some_and(|above| domain.is_within(&above) && above != *domain)
}

/// Tells whether a name's addresses are needed: somebody named it, and it is no guess of ours.
fn is_announced(case: &Case<'_>, name: &Name) -> bool {
    let seen = case.seen;
    let Some(domain) = seen.domain.as_ref().filter(|_| seen.kind == TargetKind::Domain) else { return true };
    let is_name = |text: &str| Name::new(text).is_ok_and(|other| other == *name);
    let mut exchanges = seen.dns.iter().flat_map(DnsAnswer::records).filter_map(|data| match data {
        DnsData::Mx { exchange, .. } => Some(exchange.as_deref()),
        _ => None,
    });
    // Without MX records the domain's own address takes the mail (RFC 5321 §5.1).
    if seen.host.as_ref().and_then(|host| host.name()) == Some(name) {
        return exchanges.next().is_none();
    }
    exchanges.flatten().any(is_name)
        || domain.told.iter().filter_map(|told| told.host.as_deref()).any(is_name)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    #[test]
    fn passes_when_all_were_answered_even_with_no() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_and_suspects_the_own_resolver_only_when_nothing_was_answered() {
        let fail = || DnsOutcome::Failed("SERVFAIL".into());
        let one = finding(judged_target(check, |sample| {
            dns(sample, "mail.example.org", DnsType::A).outcome = fail();
        }));
        assert_eq!(one.severity, Severity::Error);
        assert!(one.cause.contains("mail.example.org A (SERVFAIL)") && !one.cause.contains("this machine"));
        let all = finding(judged_target(check, |sample| {
            sample.seen.dns.iter_mut().for_each(|answer| answer.outcome = fail());
            sample.seen.endpoints.clear();
        }));
        assert!(all.cause.contains("this machine"));
    }

    #[test]
    fn unknown_when_nothing_was_answered_and_the_servers_were_reached_all_the_same() {
        let verdict = judged_target(check, |sample| {
            let fail = |answer: &mut DnsAnswer| answer.outcome = DnsOutcome::Failed("SERVFAIL".into());
            sample.seen.dns.iter_mut().for_each(fail);
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }

    #[test]
    fn what_lies_above_the_domain_is_no_fault_of_it() {
        let verdict = judged_target(check, |sample| {
            dns(sample, "_dmarc.org", DnsType::Txt).outcome = DnsOutcome::Failed("REFUSED".into());
        });
        assert_eq!(verdict, Verdict::Pass);
        let own = finding(judged_target(check, |sample| {
            dns(sample, "_dmarc.example.org", DnsType::Txt).outcome = DnsOutcome::Failed("REFUSED".into());
        }));
        assert_eq!(own.severity, Severity::Warning);
    }

    #[test]
    fn a_bogus_answer_is_another_fault() {
        let verdict = judged_target(check, |sample| {
            let answer = dns(sample, "mail.example.org", DnsType::A);
            (answer.outcome, answer.state) = (DnsOutcome::Failed("bogus".into()), DnsState::Bogus);
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn what_others_publish_is_no_fault_of_the_domain() {
        let failing = |names: &'static [(&str, DnsType)]| {
            judged_target(check, |sample| {
                for (name, kind) in names {
                    let outcome = DnsOutcome::Failed("SERVFAIL".into());
                    let (name, state) = (Name::new(name).unwrap(), DnsState::Insecure);
                    let evidence = DnsEvidence::default();
                    sample.seen.dns.push(DnsAnswer { name, kind: *kind, outcome, state, evidence });
                }
            })
        };
        let others = failing(&[
            ("2.0.0.127.zen.spamhaus.org", DnsType::A),
            ("1.2.0.192.b.barracudacentral.org", DnsType::Txt),
            ("9.2.0.192.in-addr.arpa", DnsType::Ptr),
            ("vps17.hoster.example", DnsType::A),
        ]);
        assert_eq!(others, Verdict::Pass);
        assert_eq!(finding(failing(&[("pop.example.org", DnsType::A)])).severity, Severity::Note);
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
