//! A service answers over IPv4 and not over IPv6, or the other way round.

use super::scope;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Connect, EndpointObservation, TalkEnd};

pub(super) static RULE: Rule = Rule {
    id: "address-family-differs",
    title: "IPv4 and IPv6 behave differently",
    severity: Severity::Error,
    what: "The host has addresses of both families in DNS, and the service answers on one family only.",
    why: "Clients choose the address by themselves. Many prefer IPv6, and where that is dead they wait \
          before they try IPv4; those that have only the dead family fail.",
    affected: "Clients and senders that prefer, or only have, the family that does not answer.",
    fix: "Make the service listen on both families and open both in the firewall (IPv6 has rules of its \
          own), or take the record of the dead family (A or AAAA) out of DNS.",
    change: None,
    references: &["RFC 8305", "RFC 5321 §5.2"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if let Err(verdict) = scope::first_look(seen) {
        return verdict;
    }
    let Some(address) = seen.endpoint.address() else {
        return Verdict::NotApplicable("a Unix socket has no address family");
    };
    let ipv6 = address.is_ipv6();
    let (same, other): (Vec<_>, Vec<_>) =
        scope::siblings(case, seen).partition(|sibling| scope::is_family(sibling, ipv6));
    if other.is_empty() {
        return Verdict::NotApplicable("the service has addresses of one family only");
    }
    if answers(seen) || same.iter().any(|sibling| answers(sibling)) || !other.iter().any(|one| answers(one)) {
        return Verdict::Pass;
    }
    if scope::lacks_family(case, address) {
        return Verdict::Unknown(format!("this machine seems to have no {} network", family(ipv6)));
    }
    let (dead, alive) = (family(ipv6), family(!ipv6));
    let record = if ipv6 { "AAAA" } else { "A" };
    let severity = if ipv6 { Severity::Warning } else { Severity::Error };
    Verdict::fail(
        Finding::new(
            severity,
            format!("{} {dead}", seen.endpoint.host),
            format!("the service answers over {alive} and not over {dead}"),
            format!(
                "{} has addresses of both families in DNS; over {alive} the service answers, over {dead} {}.",
                seen.endpoint.host.to_unicode(),
                manner(seen)
            ),
        )
        .hurts(format!("clients and senders that prefer or only have {dead}"))
        .evidence("dead", dead)
        .evidence("address", address.to_string())
        .evidence("record", record),
    )
}

fn family(ipv6: bool) -> &'static str {
    if ipv6 { "IPv6" } else { "IPv4" }
}

/// Tells whether the service said or accepted anything.
fn answers(seen: &EndpointObservation) -> bool {
    let mute = |end: &TalkEnd| {
        matches!(
            end,
            TalkEnd::Silent { at_greeting: true }
                | TalkEnd::Closed { at_greeting: true }
                | TalkEnd::Reset { at_greeting: true }
        )
    };
    seen.sessions.iter().any(|session| {
        session.connect == Connect::Open && !session.plain.as_ref().is_some_and(|talk| mute(&talk.end))
    })
}

fn manner(seen: &EndpointObservation) -> &'static str {
    match seen.sessions.first().map(|session| &session.connect) {
        Some(Connect::Refused) => "the connection is refused",
        Some(Connect::TimedOut) => "no answer comes",
        Some(Connect::Open) => "the connection opens and no greeting comes",
        _ => "the address cannot be reached",
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::Place;
    use crate::finding::{Severity, Verdict};
    use crate::observation::Connect;
    use crate::rules::judge;
    use crate::rules::tests::unseen;
    use crate::sample::{self, Sample};

    /// IMAP over both families, where IPv6 comes about like this.
    fn both(connect: Connect) -> Sample {
        let mut sample = sample::healthy().only(993);
        let mut six = sample.seen.endpoints[0].clone();
        six.endpoint.place = Place::Tcp("[2001:db8::1]:993".parse().unwrap());
        if connect != Connect::Open {
            six.sessions.truncate(1);
            six.sessions[0].tls = None;
            six.sessions[0].inside = None;
        }
        six.sessions[0].connect = connect;
        sample.seen.endpoints.push(six);
        sample
    }

    #[test]
    fn passes_when_both_answer() {
        assert_eq!(both(Connect::Open).endpoints(check), [Verdict::Pass, Verdict::Pass]);
    }

    #[test]
    fn fails_on_the_dead_family_and_takes_the_place_of_its_symptom() {
        let judgement = judge(&both(Connect::Refused).case(), |_| true);
        let found: Vec<_> = judgement.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(found, ["address-family-differs"]);
        assert_eq!(judgement.findings[0].severity, Severity::Warning);
        assert!(judgement.findings[0].endpoints[0].0.ends_with("@2001:db8::1"));
    }

    #[test]
    fn unknown_where_this_machine_lacks_the_family() {
        let verdicts = both(Connect::Unreachable("no route".into())).endpoints(check);
        assert!(matches!(&verdicts[..], [Verdict::Pass, Verdict::Unknown(_)]), "{verdicts:?}");
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
