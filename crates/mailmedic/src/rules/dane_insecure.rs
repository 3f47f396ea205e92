//! TLSA records that DNSSEC does not vouch for.

use super::dane;
use crate::finding::{Case, Check, Finding, Located, Rule, Severity, Verdict};
use crate::name::Name;
use crate::observation::DnsType;
use crate::records::Answers;
use crate::records::tlsa::{self, Dane, Unsigned};

pub(super) static RULE: Rule = Rule {
    id: "dane-insecure",
    title: "TLSA records have no effect, since the way to them is not signed",
    severity: Severity::Warning,
    what: "TLSA records are published for a mail server, and they, the addresses of the server, or the MX records that lead to \
           it are not signed by DNSSEC.",
    why: "Who could forge the answers could forge these, too: senders that use DANE do not take them into account. The \
          protection that they promise is not there.",
    affected: "Nobody's mail; senders deliver as if there were no TLSA records.",
    fix: "Sign the zone at your DNS provider, and have the DS record that it shows put into the parent zone by your registrar.",
    change: None,
    references: &["RFC 7672 §2.1.1", "RFC 7672 §2.2.1", "RFC 7672 §2.2.3"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Parts(check),
};

fn check(case: &Case<'_>) -> Vec<Located> {
    let answers = Answers::new(&case.seen.dns);
    let services = dane::services(case);
    let mut verdicts: Vec<Located> = Vec::new();
    for answer in case.seen.dns.iter().filter(|answer| answer.kind == DnsType::Tlsa) {
        let Some((host, port)) = tlsa::service(&answer.name) else { continue };
        let verdict = match tlsa::of(&answers, &host, port) {
            Ok(Dane::Unsigned(published, what)) => Verdict::fail(unsigned(&host, &published.name, what)),
            Ok(Dane::Published(published)) if port == 25 && tlsa::is_led_unsigned(&case.seen.dns, &host) => {
                Verdict::fail(led_unsigned(&host, &published.name))
            }
            Ok(Dane::Published(_)) => Verdict::Pass,
            Ok(Dane::Absent { .. }) => Verdict::NotApplicable("there are no TLSA records"),
            Ok(Dane::Bogus) => Verdict::NotApplicable("DNSSEC speaks against the answer"),
            Err(missing) => Verdict::Unknown(missing.why()),
        };
        verdicts.push((dane::endpoints(&services, &host, port), verdict));
    }
    if verdicts.is_empty() {
        verdicts.push((Vec::new(), Verdict::NotApplicable("no TLSA record was asked for")));
    }
    verdicts
}

fn unsigned(host: &Name, name: &Name, what: Unsigned) -> Finding {
    let lacks = match what {
        Unsigned::Records => "they are not signed by DNSSEC".to_owned(),
        Unsigned::Addresses => format!("the addresses of {host} are not signed by DNSSEC"),
    };
    Finding::new(
        Severity::Warning,
        name.to_string(),
        format!("the TLSA records of {host} have no effect"),
        format!("There are TLSA records at {name}, but {lacks}: nobody may believe them, and nobody does."),
    )
    .evidence("name", name.to_string())
}

fn led_unsigned(host: &Name, name: &Name) -> Finding {
    Finding::new(
        Severity::Note,
        name.to_string(),
        format!("the TLSA records of {host} protect little"),
        format!(
            "The TLSA records at {name} are signed, but not the MX records that lead to {host}: who forges these leads the mail \
             elsewhere. Microsoft 365 then leaves TLSA records alone; Postfix heeds them all the same."
        ),
    )
    .evidence("name", name.to_string())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{DnsOutcome, DnsState, DnsType};
    use crate::rules::tests::dns;
    use crate::sample::{self, Sample};

    fn judged(change: impl FnOnce(&mut Sample)) -> Verdict {
        let mut sample = sample::exemplary();
        change(&mut sample);
        check(&sample.case()).remove(0).1
    }

    fn without(name: &str, kind: DnsType) -> (Severity, String) {
        match judged(|sample| dns(sample, name, kind).state = DnsState::Insecure) {
            Verdict::Fail(mut findings) => {
                let finding = findings.remove(0);
                (finding.severity, finding.cause)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn passes_where_the_whole_way_is_signed() {
        assert_eq!(judged(|_| {}), Verdict::Pass);
    }

    #[test]
    fn each_unsigned_step_is_told() {
        let (severity, cause) = without("_25._tcp.mail.example.org", DnsType::Tlsa);
        assert!(severity == Severity::Warning && cause.contains("they are not signed"), "{cause}");
        let (severity, cause) = without("mail.example.org", DnsType::A);
        assert!(
            severity == Severity::Warning && cause.contains("the addresses of mail.example.org"),
            "{cause}"
        );
        let (severity, cause) = without("example.org", DnsType::Mx);
        assert!(severity == Severity::Note && cause.contains("the MX records that lead"), "{cause}");
    }

    #[test]
    fn unknown_where_dns_failed_and_nothing_where_there_are_none() {
        let name = "_25._tcp.mail.example.org";
        let failed = judged(|sample| {
            dns(sample, name, DnsType::Tlsa).outcome = DnsOutcome::Failed("SERVFAIL".into());
        });
        assert!(matches!(failed, Verdict::Unknown(_)));
        let none = judged(|sample| dns(sample, name, DnsType::Tlsa).outcome = DnsOutcome::NoName);
        assert!(matches!(none, Verdict::NotApplicable(_)));
        assert!(matches!(judged(|sample| sample.seen.dns.clear()), Verdict::NotApplicable(_)));
    }
}
