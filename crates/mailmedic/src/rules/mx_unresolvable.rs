//! A mail exchanger has no address.

use super::records::{self, Resolution, Target};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "mx-unresolvable",
    title: "a mail exchanger has no address",
    severity: Severity::Error,
    what: "An MX record names a host that does not exist in DNS or has no A or AAAA record.",
    why: "Senders cannot reach it. If there are other mail exchangers, they take those; if there are none, \
          they return the mail.",
    affected: "Everybody who writes to the domain, if no other mail exchanger is left.",
    fix: "Publish the A or AAAA record of the host, or take the MX record out.",
    change: Some(ChangeKind::Dns),
    references: &["RFC 5321 §5.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Target(check),
};

fn check(case: &Case<'_>) -> Verdict {
    let (domain, answer) = match records::mx(case) {
        Ok(found) => found,
        Err(verdict) => return verdict,
    };
    let (mut dead, mut alive, mut lines, mut doubt) = (Vec::new(), 0_u32, Vec::new(), None);
    for (_, exchange) in records::exchanges(answer) {
        let Some(exchange) = exchange else { continue };
        let host = match records::target(exchange) {
            Target::Name(host) => host,
            // That is a fault of its own.
            Target::Address(_) => continue,
            Target::Illegal => {
                dead.push(format!("\"{}\" (no legal host name)", words::escape(exchange, 100)));
                continue;
            }
        };
        match records::resolution(case, &host) {
            Resolution::Found => alive += 1,
            Resolution::Unknown(why) => doubt = Some(why),
            Resolution::None { no_name } => {
                let how = if no_name { "does not exist" } else { "has no address" };
                dead.push(format!("{} ({how})", host.to_unicode()));
                lines.push(format!("{host}. 3600 IN A <the server's IPv4 address>"));
            }
        }
    }
    if dead.is_empty() {
        return match (doubt, alive) {
            (Some(why), _) => Verdict::Unknown(why),
            (None, 0) => Verdict::NotApplicable("no MX record names a host"),
            (None, _) => Verdict::Pass,
        };
    }
    let severity = if alive == 0 && doubt.is_none() { Severity::Error } else { Severity::Warning };
    let mut cause = format!("The MX records of {} name {}.", domain.to_unicode(), words::list(&dead));
    cause.push_str(if severity == Severity::Error {
        " No other mail exchanger is left, so mail to the domain is returned."
    } else {
        " Senders go on to the other mail exchangers."
    });
    let hurts = if severity == Severity::Error {
        "everybody who writes to this domain"
    } else {
        "mail \
                                                                                                 comes \
                                                                                                 later"
    };
    Verdict::fail(
        Finding::new(severity, domain.to_string(), "a mail exchanger has no address", cause)
            .hurts(hurts)
            .evidence("exchanges", dead)
            .change(Change::Dns { lines }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{DnsOutcome, DnsType};
    use crate::rules::tests::{dns, finding, judged_target, set_mx};

    #[test]
    fn passes_with_an_address_of_one_family() {
        assert_eq!(judged_target(check, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_when_the_only_one_is_dead_and_warns_beside_a_living_one() {
        let found = finding(judged_target(check, |sample| {
            dns(sample, "mail.example.org", DnsType::A).outcome = DnsOutcome::NoName;
        }));
        assert!(found.severity == Severity::Error && found.cause.contains("does not exist"));
        let found = finding(judged_target(check, |sample| set_mx(sample, &["mail.example.org", "no name"])));
        assert_eq!(found.severity, Severity::Warning);
    }

    #[test]
    fn unknown_when_an_address_could_not_be_asked_for() {
        let verdict = judged_target(check, |sample| {
            dns(sample, "mail.example.org", DnsType::A).outcome = DnsOutcome::Failed("timeout".into());
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(judged_target(check, |sample| sample.seen.dns.clear()), Verdict::Unknown(_)));
    }
}
