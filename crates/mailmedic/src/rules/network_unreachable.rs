//! No route leads to the address.

use super::{scope, wording};
use crate::endpoint::Place;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Connect, EndpointObservation};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "network-unreachable",
    title: "no route leads to the address",
    severity: Severity::Error,
    what: "The network said that the address cannot be reached: there is no route, or a router forbids the \
           way.",
    why: "Clients try the next address if there is one, and fail otherwise.",
    affected: "Everybody, unless the fault lies in the network that mailmedic runs in.",
    fix: "See that the address in DNS is the server's, that the host is up, and that its network announces \
          a route; take an address that is no longer used out of DNS.",
    change: None,
    references: &["RFC 792", "RFC 4443 §3.1"],
    since: "0.1",
    consequence_of: &["address-family-differs"],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let look = match scope::first_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    if seen.reached() {
        return Verdict::Pass;
    }
    let why = match (&look.connect, &seen.endpoint.place) {
        (Connect::Unreachable(why), _) | (Connect::Failed(why), Place::Tcp(_)) => words::escape(why, 200),
        _ => return Verdict::NotApplicable("nothing said that the address is unreachable"),
    };
    if let Err(verdict) = scope::is_expected(case, seen) {
        return verdict;
    }
    if let Some(address) = seen.endpoint.address()
        && scope::lacks_family(case, address)
    {
        let family = if address.is_ipv6() { "IPv6" } else { "IPv4" };
        return Verdict::Unknown(format!("this machine seems to have no {family} network: {why}"));
    }
    Verdict::fail(
        Finding::new(
            scope::severity_of_dead(case, seen),
            why.clone(),
            "the address cannot be reached",
            format!(
                "The connection failed: {why}. The address is out of use or its network is down, a router \
                 forbids the way, or the network that mailmedic runs in has no route."
            ),
        )
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("error", why),
    )
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::check;
    use crate::endpoint::Place;
    use crate::finding::Verdict;
    use crate::observation::{Connect, EndpointObservation};
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn unreachable(seen: &mut EndpointObservation) {
        seen.sessions.truncate(1);
        polite(seen, |session| session.connect = Connect::Unreachable("no route to host".into()));
    }

    #[test]
    fn passes_when_it_opens() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_without_a_route() {
        assert!(finding(judged(check, 993, unreachable)).cause.contains("no route to host"));
    }

    #[test]
    fn unknown_where_this_machine_lacks_ipv6() {
        let verdict = judged(check, 993, |seen| {
            unreachable(seen);
            seen.endpoint.place = Place::Tcp("[2001:db8::1]:993".parse::<SocketAddr>().unwrap());
        });
        assert!(matches!(verdict, Verdict::Unknown(why) if why.contains("IPv6")));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
