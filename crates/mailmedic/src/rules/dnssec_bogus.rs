//! DNSSEC signatures that do not hold.

use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::{DnsAnswer, DnsState, DnsType};
use crate::records::dnsbl;
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "dnssec-bogus",
    title: "DNSSEC signatures do not hold",
    severity: Severity::Error,
    what: "The parent zone says that the zone is signed, and an answer bears no signature that holds.",
    why: "Resolvers that validate answer SERVFAIL: for everybody behind them (Google, Cloudflare, most \
          large providers) the name does not exist, and mail does not arrive.",
    affected: "Everybody whose resolver validates DNSSEC; the others notice nothing.",
    fix: "Sign the zone anew if the signatures ran out, or put the DS record at the parent right after a \
          change of keys or name servers; as first aid, have the DS record removed. dnsviz.net shows where \
          the chain breaks.",
    change: None,
    references: &["RFC 4035 §5", "RFC 6840 §4", "RFC 7672 §2.1.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let dns = &case.seen.dns;
    if dns.is_empty() && case.seen.host.as_ref().is_none_or(|host| host.name().is_none()) {
        return Verdict::NotApplicable("no name was looked up");
    }
    let bogus: Vec<&DnsAnswer> = dns
        .iter()
        .filter(|answer| answer.state == DnsState::Bogus)
        // Block lists and reverse zones are other people's.
        .filter(|answer| answer.kind != DnsType::Ptr && !dnsbl::is_of_a_list(&answer.name))
        .collect();
    if bogus.is_empty() {
        if !dns.iter().any(|answer| matches!(answer.kind, DnsType::A | DnsType::Aaaa | DnsType::Mx)) {
            return Verdict::NotApplicable("no address was looked up");
        }
        let judged = dns.iter().any(|answer| answer.state != DnsState::Indeterminate);
        return if judged { Verdict::Pass } else { Verdict::Unknown("DNSSEC was not validated".to_owned()) };
    }
    // What breaks in one zone is one cause.
    let mut zones: Vec<(Option<&Name>, Vec<&DnsAnswer>)> = Vec::new();
    for answer in bogus {
        let zone = answer.evidence.broken_at.as_ref();
        match zones.iter_mut().find(|row| row.0 == zone) {
            Some((_, answers)) => answers.push(answer),
            None => zones.push((zone, vec![answer])),
        }
    }
    Verdict::Fail(zones.into_iter().map(|(zone, answers)| tell(zone, &answers)).collect())
}

fn tell(zone: Option<&Name>, answers: &[&DnsAnswer]) -> Finding {
    let mut names: Vec<String> = answers.iter().map(|answer| answer.name.to_string()).collect();
    names.sort();
    names.dedup();
    let mut reasons: Vec<String> = answers
        .iter()
        .filter_map(|answer| answer.evidence.broken.as_deref())
        .map(|why| words::escape(why, MOST_CHARACTERS))
        .collect();
    reasons.sort();
    reasons.dedup();
    let place = zone.map(|zone| format!(" at {}", zone.to_unicode())).unwrap_or_default();
    let broken = match reasons.is_empty() {
        true => String::new(),
        false => format!(" The chain of signatures breaks{place}: {}.", words::list(&reasons)),
    };
    let mut finding = Finding::new(
        Severity::Error,
        zone.map_or("bogus", Name::as_ascii),
        "DNSSEC signatures do not hold",
        format!(
            "The answers about {} should be signed, and no signature holds. Resolvers that validate treat them as if \
             they did not exist.{broken}",
            words::list(&names)
        ),
    )
    .hurts("everybody whose resolver validates DNSSEC")
    .evidence("names", names);
    if let Some(zone) = zone {
        finding = finding.evidence("broken_at", zone.to_string());
    }
    if !reasons.is_empty() {
        finding = finding.evidence("broken", reasons);
    }
    finding
}

/// The longest reason that is shown.
const MOST_CHARACTERS: usize = 400;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::name::Name;
    use crate::observation::{DnsState, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    #[test]
    fn passes_on_an_unsigned_zone() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_on_one_bogus_answer() {
        let found = finding(judged_target(check, |sample| {
            dns(sample, "example.org", DnsType::Mx).state = DnsState::Bogus;
        }));
        assert!(found.cause.contains("about example.org"));
    }

    #[test]
    fn the_zone_that_breaks_the_chain_is_named() {
        let verdict = judged_target(check, |sample| {
            for (name, kind, zone) in [
                ("example.org", DnsType::Mx, Some("example.org")),
                ("mail.example.org", DnsType::A, Some("example.org")),
                ("mail.example.org", DnsType::Aaaa, None),
            ] {
                let answer = dns(sample, name, kind);
                answer.state = DnsState::Bogus;
                answer.evidence.broken_at = zone.map(|zone| Name::new(zone).unwrap());
                answer.evidence.broken =
                    zone.map(|_| format!("the signature of {name} ran out on 2026-11-01"));
            }
        });
        let Verdict::Fail(findings) = verdict else { panic!("{verdict:?}") };
        assert_eq!(findings.len(), 2);
        assert!(
            findings[0].cause.contains(
                "breaks at example.org: the signature of example.org ran out on 2026-11-01 and the signature of mail"
            ),
            "{}",
            findings[0].cause
        );
        assert!(!findings[1].cause.contains("breaks"), "{}", findings[1].cause);
    }

    #[test]
    fn unknown_when_nothing_was_validated() {
        let verdict = judged_target(check, |sample| {
            sample.seen.dns.iter_mut().for_each(|answer| answer.state = DnsState::Indeterminate);
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }
}
