//! An address that mail comes from has no name in reverse DNS.

use super::senders::{self, PROVIDER};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};

pub(super) static RULE: Rule = Rule {
    id: "ptr-missing",
    title: "a sending address has no name in reverse DNS",
    severity: Severity::Warning,
    what: "There is no PTR record for an address that sends mail for the domain, or that takes its mail and may send as well.",
    why: "Receivers look up the name of the address that mail comes from. Gmail refuses mail from an IPv6 address without \
          one, and many others refuse it or count it as a sign of spam, whatever the address family.",
    affected: "Recipients at Gmail, Outlook.com and others who miss the mail, or find it among spam.",
    fix: "Let the provider of the address set a PTR record with the name of the server, and let this name lead back to \
          the address.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 1912 §2.1", "https://support.google.com/a/answer/81126"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let senders = match senders::senders(case) {
        Ok(senders) => senders,
        Err(verdict) => return verdict,
    };
    let nameless = senders.known.iter().filter(|(_, reverse)| reverse.is_missing());
    let findings = nameless
        .map(|(sender, _)| {
            let address = sender.address;
            let refused =
                if address.is_ipv6() { " Gmail refuses mail from such an IPv6 address." } else { "" };
            let cause = format!(
                "{} has no PTR record.{refused}{}{PROVIDER}",
                senders::role(sender),
                senders::caveat(sender)
            );
            Finding::new(
                senders::severity(sender),
                address.to_string(),
                format!("{address} has no name in reverse DNS"),
                cause,
            )
            .hurts("recipients at receivers that refuse or mistrust mail from nameless addresses")
            .evidence("address", address.to_string())
            .evidence("sends", sender.given)
            .change(Change::Dns { lines: senders::record(sender) })
        })
        .collect();
    senders.verdict(findings)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::check;
    use crate::finding::{Change, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{DnsAnswer, DnsData, DnsEvidence, DnsOutcome, DnsState, DnsType};
    use crate::rules::tests::{dns, finding, judged_target, set_mx};
    use crate::sample::Sample;

    const POINTER: &str = "1.2.0.192.in-addr.arpa";

    fn nameless(sample: &mut Sample) {
        dns(sample, POINTER, DnsType::Ptr).outcome = DnsOutcome::NoName;
    }

    fn push(sample: &mut Sample, name: &str, kind: DnsType, outcome: DnsOutcome) {
        let evidence = DnsEvidence::default();
        let name = Name::new(name).unwrap();
        sample.seen.dns.push(DnsAnswer { name, kind, outcome, state: DnsState::Insecure, evidence });
    }

    #[test]
    fn passes_where_there_is_a_name() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn a_warning_for_the_only_exchanger_and_a_note_for_one_of_several() {
        let found = finding(judged_target(check, nameless));
        assert_eq!(found.severity, Severity::Warning);
        assert_eq!(
            found.change,
            Some(Change::Dns { lines: vec![format!("{POINTER}. 3600 IN PTR mail.example.org.")] })
        );
        let found = finding(judged_target(check, |sample| {
            nameless(sample);
            set_mx(sample, &["mail.example.org", "other.example.org"]);
        }));
        assert_eq!(found.severity, Severity::Note);
        assert!(found.cause.contains("only if this host sends mail"), "{}", found.cause);
    }

    #[test]
    fn a_sender_that_was_named_is_sure_and_gmail_refuses_it_over_ipv6() {
        let address: IpAddr = "2001:db8::7".parse().unwrap();
        let pointer = crate::records::reverse::name(address).unwrap();
        let found = finding(judged_target(check, |sample| {
            sample.seen.look.senders = vec![address];
            push(sample, pointer.as_ascii(), DnsType::Ptr, DnsOutcome::NoName);
        }));
        assert_eq!(found.severity, Severity::Warning);
        assert!(found.cause.contains("Gmail refuses"), "{}", found.cause);
        assert!(found.title.contains("2001:db8::7"));
    }

    #[test]
    fn unknown_where_dns_failed_or_was_not_asked() {
        let failed = judged_target(check, |sample| {
            dns(sample, POINTER, DnsType::Ptr).outcome =
                DnsOutcome::Failed("SERVFAIL from 192.0.2.53".into());
        });
        assert!(matches!(failed, Verdict::Unknown(why) if why.contains("SERVFAIL")));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
        let unasked = judged_target(check, |sample| {
            sample.seen.dns.retain(|answer| answer.kind != DnsType::Ptr);
        });
        assert!(matches!(unasked, Verdict::Unknown(_)));
        let without = judged_target(check, |sample| {
            sample.seen.dns.retain(|answer| answer.kind == DnsType::Mx);
        });
        assert!(matches!(without, Verdict::Unknown(_)));
    }

    #[test]
    fn private_addresses_and_domains_without_mail_are_left_alone() {
        let private = judged_target(check, |sample| {
            let records = vec![DnsData::Address("10.0.0.1".parse().unwrap())];
            dns(sample, "mail.example.org", DnsType::A).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
        });
        assert!(matches!(private, Verdict::NotApplicable(_)), "{private:?}");
        let null = judged_target(check, |sample| {
            let records = vec![DnsData::Mx { preference: 0, exchange: None }];
            dns(sample, "example.org", DnsType::Mx).outcome =
                DnsOutcome::Found { aliases: Vec::new(), records };
        });
        assert!(matches!(null, Verdict::NotApplicable(_)), "{null:?}");
    }
}
