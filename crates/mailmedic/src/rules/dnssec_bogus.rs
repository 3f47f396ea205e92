//! DNSSEC signatures that do not hold.

use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{DnsState, DnsType};
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
    references: &["RFC 4035 §5", "RFC 7672 §2.1.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let dns = &case.seen.dns;
    if dns.is_empty() && case.seen.host.as_ref().is_none_or(|host| host.name().is_none()) {
        return Verdict::NotApplicable("no name was looked up");
    }
    let mut bogus: Vec<String> = dns
        .iter()
        .filter(|answer| answer.state == DnsState::Bogus)
        // Block lists and reverse zones are other people's.
        .filter(|answer| answer.kind != DnsType::Ptr && !dnsbl::is_of_a_list(&answer.name))
        .map(|answer| answer.name.to_string())
        .collect();
    if bogus.is_empty() {
        if !dns.iter().any(|answer| matches!(answer.kind, DnsType::A | DnsType::Aaaa | DnsType::Mx)) {
            return Verdict::NotApplicable("no address was looked up");
        }
        let judged = dns.iter().any(|answer| answer.state != DnsState::Indeterminate);
        return if judged { Verdict::Pass } else { Verdict::Unknown("DNSSEC was not validated".to_owned()) };
    }
    bogus.sort();
    bogus.dedup();
    Verdict::fail(
        Finding::new(
            Severity::Error,
            "bogus",
            "DNSSEC signatures do not hold",
            format!(
                "The answers about {} should be signed, and no signature holds. Resolvers that validate \
                 treat them as if they did not exist.",
                words::list(&bogus)
            ),
        )
        .hurts("everybody whose resolver validates DNSSEC")
        .evidence("names", bogus),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
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
    fn unknown_when_nothing_was_validated() {
        let verdict = judged_target(check, |sample| {
            sample.seen.dns.iter_mut().for_each(|answer| answer.state = DnsState::Indeterminate);
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }
}
