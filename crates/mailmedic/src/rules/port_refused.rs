//! Nothing listens on the port.

use super::{scope, wording};
use crate::endpoint::Place;
use crate::finding::Severity;
use crate::finding::{Case, Check, Finding, Rule, Verdict};
use crate::observation::{Connect, EndpointObservation};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "port-refused",
    title: "the port is closed: the connection is refused",
    severity: Severity::Error,
    what: "The host answers, but nothing listens on the port of this service.",
    why: "Clients that are told to use this port fail at once; senders keep the mail and try again later.",
    affected: "Everybody who is told to use this port by DNS, by autoconfiguration or by hand.",
    fix: "Start the service, make it listen on this port and on this address (not on 127.0.0.1 alone), and \
          let the firewall pass it; or withdraw the announcement that leads here.",
    change: None,
    references: &["RFC 9293 §3.10.7.1", "RFC 5321 §4.5.4.1"],
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
        (Connect::Refused, _) => None,
        (Connect::Failed(why), Place::Unix(_)) => Some(words::escape(why, 200)),
        _ => return Verdict::NotApplicable("the connection was not refused"),
    };
    if let Err(verdict) = scope::is_expected(case, seen) {
        return verdict;
    }
    let cause = match &why {
        None => "The connection was refused at once: the host is up, and nothing listens on this port \
                 there, or a firewall rejects it."
            .to_owned(),
        Some(why) => format!(
            "The socket cannot be opened: {why}. The service does not run, or listens \
                              elsewhere."
        ),
    };
    let key = why.as_deref().unwrap_or("refused");
    let mut finding =
        Finding::new(scope::severity_of_dead(case, seen), key, "the connection is refused", cause)
            .hurts(wording::loss(seen.endpoint.role));
    if let Some(why) = why {
        finding = finding.evidence("error", why);
    }
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::Source;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Connect, EndpointObservation, TargetKind};
    use crate::rules::tests::{finding, judged, polite, unseen};
    use crate::sample;

    fn refuse(seen: &mut EndpointObservation) {
        seen.sessions.truncate(1);
        polite(seen, |session| {
            session.connect = Connect::Refused;
            (session.plain, session.tls, session.inside) = (None, None, None);
        });
    }

    #[test]
    fn passes_when_a_later_connection_came_about() {
        let verdict = judged(check, 993, |seen| polite(seen, |session| session.connect = Connect::Refused));
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn fails_on_an_announced_port() {
        assert_eq!(finding(judged(check, 993, refuse)).severity, Severity::Error);
    }

    #[test]
    fn a_guess_that_does_not_answer_is_no_fault() {
        let verdict = judged(check, 993, |seen| {
            refuse(seen);
            seen.endpoint.sources = vec![Source::Guess];
        });
        assert!(matches!(verdict, Verdict::NotApplicable(_)));
    }

    #[test]
    fn a_host_may_leave_ports_closed_but_not_all() {
        let mut sample = sample::healthy();
        sample.seen.kind = TargetKind::Host;
        for seen in &mut sample.seen.endpoints {
            seen.endpoint.sources = vec![Source::Guess];
        }
        refuse(sample.port(110));
        assert!(sample.endpoints(check).iter().all(|verdict| !matches!(verdict, Verdict::Fail(_))));
        sample.seen.endpoints.iter_mut().for_each(refuse);
        assert!(sample.endpoints(check).iter().all(|verdict| matches!(verdict, Verdict::Fail(_))));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 993), Verdict::Unknown(_)));
    }
}
