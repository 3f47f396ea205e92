//! The port never opens: something drops the packets.

use super::{scope, wording};
use crate::endpoint::Role;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Connect, EndpointObservation};

pub(super) static RULE: Rule = Rule {
    id: "port-timeout",
    title: "the port does not answer: packets are dropped",
    severity: Severity::Error,
    what: "No answer came to the attempt to open a connection: the host is down, or a firewall drops the \
           packets.",
    why: "Clients hang until they give up, which takes longer than a refusal; senders keep the mail and \
          try again.",
    affected: "Everybody whose packets take the same way.",
    fix: "Open the port in the firewalls of the server and of its network, and see that the host is up. On \
          port 25, first look from another network: many providers block outgoing connections to it.",
    change: None,
    references: &["RFC 9293 §3.8.3", "RFC 5321 §4.5.4.1"],
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
    if look.connect != Connect::TimedOut {
        return Verdict::NotApplicable("the attempt did not time out");
    }
    if let Err(verdict) = scope::is_expected(case, seen) {
        return verdict;
    }
    let severity = scope::severity_of_dead(case, seen);
    let mut cause = "No answer came to the attempt to connect: the host is down, or a firewall on the way \
                     drops the packets."
        .to_owned();
    let blocked = all_of_port_25_time_out(case, seen);
    if blocked {
        cause.push_str(
            " Every server on port 25 behaves like this, so it may as well be the network that mailmedic \
             runs in: many providers block outgoing connections to port 25. Look again from a mail server.",
        );
    }
    Verdict::fail(
        Finding::new(severity, format!("timeout {blocked}"), "the port does not answer", cause)
            .hurts(wording::loss(seen.endpoint.role)),
    )
}

fn all_of_port_25_time_out(case: &Case<'_>, seen: &EndpointObservation) -> bool {
    let mut servers = case.seen.endpoints.iter().filter(|other| other.endpoint.role == Role::Mx);
    seen.endpoint.role == Role::Mx
        && seen.endpoint.port == 25
        && servers.all(|other| {
            !other.reached()
                && other
                    .sessions
                    .iter()
                    .all(|session| matches!(session.connect, Connect::TimedOut | Connect::Unreachable(_)))
        })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::{Connect, EndpointObservation};
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn time_out(seen: &mut EndpointObservation) {
        seen.sessions.truncate(1);
        polite(seen, |session| session.connect = Connect::TimedOut);
    }

    #[test]
    fn passes_when_it_opens() {
        assert_eq!(judged(check, 993, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_when_it_never_opens() {
        assert!(!finding(judged(check, 993, time_out)).cause.contains("outgoing"));
    }

    #[test]
    fn on_port_25_the_own_network_is_suspected_too() {
        assert!(finding(judged(check, 25, time_out)).cause.contains("outgoing"));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
    }
}
