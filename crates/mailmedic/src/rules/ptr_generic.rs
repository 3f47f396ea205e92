//! The name of a sending address looks like that of a customer's computer.

use super::senders::{self, PROVIDER};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::records::reverse::generic_part;

pub(super) static RULE: Rule = Rule {
    id: "ptr-generic",
    title: "the name of a sending address is one that its provider made up",
    severity: Severity::Note,
    what: "The reverse name of an address that sends mail for the domain, or may, has the address in it, or a word such \
           as dyn, pool or static, as providers name the computers of all their customers.",
    why: "Most spam from hijacked computers comes from addresses with such names, so that some receivers refuse them or \
          count them against the sender. Spamhaus refuses to answer resolvers with such names.",
    affected: "Recipients at receivers that mistrust such names.",
    fix: "Let the provider of the address put the server's own name into the PTR record.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8601 §3", "https://www.spamhaus.org/faqs/dnsbl-usage/"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let senders = match senders::senders(case) {
        Ok(senders) => senders,
        Err(verdict) => return verdict,
    };
    let mut findings = Vec::new();
    for (sender, reverse) in &senders.known {
        let parts: Option<Vec<(String, String)>> = reverse
            .confirmed
            .iter()
            .map(|name| Some((name.to_string(), generic_part(name, sender.address)?)))
            .collect();
        // One good name is enough.
        let Some((name, part)) = parts.and_then(|parts| parts.into_iter().next()) else { continue };
        let address = sender.address;
        findings.push(
            Finding::new(
                Severity::Note,
                address.to_string(),
                format!("the name of {address} is one that its provider made up"),
                format!(
                    "{} is {name} in reverse DNS, with {part} in it.{}{PROVIDER}",
                    senders::role(sender),
                    senders::caveat(sender)
                ),
            )
            .hurts("recipients at receivers that mistrust such names")
            .evidence("address", address.to_string())
            .evidence("name", name)
            .change(Change::Dns { lines: senders::record(sender) }),
        );
    }
    senders.verdict(findings)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    fn with(names: &[&str]) -> Verdict {
        judged_target(check, |sample| {
            let records = names.iter().map(|name| DnsData::Ptr((*name).to_owned())).collect();
            dns(sample, "1.2.0.192.in-addr.arpa", DnsType::Ptr).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
            for name in names {
                let (name, evidence) = (Name::new(name).unwrap(), DnsEvidence::default());
                let records = vec![DnsData::Address("192.0.2.1".parse().unwrap())];
                let outcome = DnsOutcome::Found { aliases: Vec::new(), records };
                let (kind, state) = (DnsType::A, DnsState::Insecure);
                sample.seen.dns.push(DnsAnswer { name, kind, outcome, state, evidence });
            }
        })
    }

    #[test]
    fn passes_on_a_name_of_its_own_even_beside_another() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        assert_eq!(with(&["static-1.isp.example", "out.example.org"]), Verdict::Pass);
    }

    #[test]
    fn a_note_on_what_the_provider_made_up() {
        let found = finding(with(&["192-0-2-1.static.isp.example"]));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("with static in it"), "{}", found.cause);
        assert!(finding(with(&["host-1-2-0-192.isp.example"])).cause.contains("the address 192.0.2.1"));
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
