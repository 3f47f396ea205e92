//! The name of a sending address does not lead back to it.

use super::senders::{self, PROVIDER};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{DnsAnswer, DnsData, DnsType};
use crate::records::reverse::{self, Sender};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "ptr-unconfirmed",
    title: "the name of a sending address does not lead back to it",
    severity: Severity::Warning,
    what: "An address that sends mail for the domain, or may, has PTR records, and none of their names has this address. \
           One that leads back would do.",
    why: "Anybody can write any name into the PTR record of an address that is theirs. Receivers believe it only if the \
          name leads back, and treat an address without such a name as one that has none: Gmail and others refuse or \
          mistrust its mail.",
    affected: "Recipients at Gmail, Outlook.com and others who miss the mail, or find it among spam.",
    fix: "Publish an A or AAAA record that leads from the name to the address, or let the provider put the server's own \
          name into the PTR record.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 8601 §3", "RFC 1912 §2.1", "https://support.google.com/a/answer/81126"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let senders = match senders::senders(case) {
        Ok(senders) => senders,
        Err(verdict) => return verdict,
    };
    let unconfirmed =
        senders.known.iter().filter(|(_, reverse)| !reverse.is_missing() && reverse.confirmed.is_empty());
    let findings: Vec<Finding> = unconfirmed
        .map(|(sender, reverse)| {
            let address = sender.address;
            let cause = format!(
                "{} has no name that leads back to it: {}.{}{PROVIDER}",
                senders::role(sender),
                words::list(&reverse.refuted),
                senders::caveat(sender)
            );
            Finding::new(
                senders::severity(sender),
                address.to_string(),
                format!("the name of {address} does not lead back to it"),
                cause,
            )
            .hurts("recipients at receivers that refuse or mistrust mail from addresses without a confirmed name")
            .evidence("address", address.to_string())
            .evidence("names", reverse.refuted.clone())
            .evidence("sends", sender.given)
            .change(Change::Dns { lines: lines(case, sender) })
        })
        .collect();
    if findings.is_empty() && senders.doubt.is_none() && senders.known.iter().all(|(_, one)| one.is_missing())
    {
        return Verdict::NotApplicable("there are no PTR records");
    }
    senders.verdict(findings)
}

/// Returns the records that mend it: where the name is the domain's own, its address is the simplest.
fn lines(case: &Case<'_>, sender: &Sender) -> Vec<String> {
    let address = sender.address;
    let answer = reverse::name(address).and_then(|name| case.seen.dns(&name, DnsType::Ptr));
    let domain = case.seen.host.as_ref().and_then(|host| host.name());
    let own = answer.map_or(&[][..], DnsAnswer::records).iter().find_map(|record| {
        let DnsData::Ptr(text) = record else { return None };
        let name = crate::name::Name::new(text).ok()?;
        let above = name.as_ascii().strip_suffix(domain?.as_ascii())?;
        (above.is_empty() || above.ends_with('.')).then_some(name)
    });
    let kind = if address.is_ipv4() { "A" } else { "AAAA" };
    match own {
        Some(name) => vec![format!("{name}. 3600 IN {kind} {address}")],
        None => senders::record(sender),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::rules::tests::{dns, finding, judged_target, set_mx};
    use crate::sample::Sample;

    const POINTER: &str = "1.2.0.192.in-addr.arpa";

    fn named(sample: &mut Sample, name: &str, outcome: DnsOutcome) {
        let records = vec![DnsData::Ptr(name.to_owned())];
        dns(sample, POINTER, DnsType::Ptr).outcome = DnsOutcome::Found { aliases: Vec::new(), records };
        let (name, evidence) = (Name::new(name).unwrap(), DnsEvidence::default());
        let (kind, state) = (DnsType::A, DnsState::Insecure);
        sample.seen.dns.push(DnsAnswer { name, kind, outcome, state, evidence });
    }

    fn lines(change: Option<Change>) -> Vec<String> {
        match change {
            Some(Change::Dns { lines }) => lines,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_where_a_name_leads_back_and_leaves_nameless_ones_to_another_rule() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
        let none = judged_target(check, |sample| {
            dns(sample, POINTER, DnsType::Ptr).outcome = DnsOutcome::NoName;
        });
        assert!(matches!(none, Verdict::NotApplicable(_)));
    }

    #[test]
    fn fails_where_no_name_leads_back() {
        let found = finding(judged_target(check, |sample| {
            named(sample, "vps17.hoster.example", DnsOutcome::NoName);
        }));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("vps17.hoster.example has no A record"), "{}", found.cause);
        assert_eq!(lines(found.change), [format!("{POINTER}. 3600 IN PTR mail.example.org.")]);
        let found = finding(judged_target(check, |sample| {
            named(sample, "out.example.org", DnsOutcome::NoData);
            set_mx(sample, &["mail.example.org", "other.example.org"]);
        }));
        assert_eq!(found.severity, Severity::Note);
        assert_eq!(lines(found.change), ["out.example.org. 3600 IN A 192.0.2.1"]);
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = judged_target(check, |sample| {
            named(sample, "vps17.hoster.example", DnsOutcome::Failed("SERVFAIL".into()));
        });
        assert!(matches!(failed, Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
