//! An MX record names an alias.

use super::records::{self, Target};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "mx-is-alias",
    title: "an MX record names an alias",
    severity: Severity::Warning,
    what: "The host that an MX record names is an alias (CNAME) of another.",
    why: "The standard forbids it. Most senders follow the alias, some refuse, and certificates, DANE and \
          MTA-STS are judged by the one name or the other, depending on the sender.",
    affected: "Senders that keep to the standard, and checks of the server's name.",
    fix: "Name the host itself in the MX record, or give the alias addresses of its own.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 2181 §10.3", "RFC 5321 §5.1", "RFC 7672 §2.2.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (domain, answer) = match records::mx(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let mut aliases = Vec::new();
    let mut lines = Vec::new();
    let mut known = false;
    for (preference, exchange) in records::exchanges(answer) {
        let Some(Target::Name(host)) = exchange.map(records::target) else { continue };
        known |= matches!(records::resolution(case, &host), records::Resolution::Found);
        if let Some(real) = records::alias(case, &host) {
            lines.push(format!("{domain}. 3600 IN MX {preference} {real}."));
            aliases.push(format!("{} (an alias of {})", host.to_unicode(), real.to_unicode()));
        }
    }
    match (aliases.is_empty(), known) {
        (true, true) => return Verdict::Pass,
        (true, false) => return Verdict::NotApplicable("no mail exchanger has an address"),
        (false, _) => {}
    }
    Verdict::fail(
        Finding::new(
            Severity::Warning,
            domain.to_string(),
            "an MX record names an alias",
            format!("The MX records of {} name {}.", domain.to_unicode(), words::list(&aliases)),
        )
        .hurts("senders that keep to the standard, and checks of the server's name")
        .evidence("aliases", aliases)
        .change(Change::Dns { lines }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::name::Name;
    use crate::observation::{DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target};

    #[test]
    fn passes_on_a_host() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_on_an_alias() {
        let found = finding(judged_target(check, |sample| {
            if let DnsOutcome::Found { aliases, .. } =
                &mut dns(sample, "mail.example.org", DnsType::A).outcome
            {
                aliases.push(Name::new("box.example.net").unwrap());
            }
        }));
        assert!(found.cause.contains("an alias of box.example.net"));
    }

    #[test]
    fn unknown_when_not_asked() {
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
