//! A port for STARTTLS speaks TLS at once.

use super::{scope, wording};
use crate::endpoint::Security;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Ask, EndpointObservation, TalkEnd};

pub(super) static RULE: Rule = Rule {
    id: "tls-on-starttls-port",
    title: "a port for STARTTLS speaks TLS at once",
    severity: Severity::Error,
    what: "On a port where the dialogue begins in clear text (25, 587, 143, 110, 4190), the server waits \
           for a TLS hello or speaks TLS at once.",
    why: "Clients wait for the greeting, and the server waits for their hello: both hang until one gives \
          up. On port 25 no mail comes in at all.",
    affected: "Everybody who uses this port as its standard says.",
    fix: "Switch implicit TLS off on this port (in Postfix smtpd_tls_wrappermode=no) and offer STARTTLS \
          there; implicit TLS belongs on 465, 993 and 995.",
    change: Some(ChangeKind::SetMode),
    references: &["RFC 8314 §3", "RFC 3207", "RFC 2595"],
    since: "0.1",
    consequence_of: &["autoconfig-invalid"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("TLS is due on this port from the first byte");
    }
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    let implicit = seen
        .session(Ask::OtherMode)
        .is_some_and(|session| session.security == Security::Implicit && session.has_tls());
    let answers_in_tls = look.plain.as_ref().is_some_and(|talk| talk.end == TalkEnd::SpeaksTls);
    if look.has_tls() || !(implicit || answers_in_tls) {
        return Verdict::Pass;
    }
    let cause = if implicit {
        "The server says nothing in clear text and answers a TLS hello at once: the port runs in the mode \
         of 465, 993 and 995. Clients wait for the greeting, the server for their hello, until one gives \
         up."
    } else {
        "The server answers clear text with TLS: the port runs in the mode of 465, 993 and 995."
    };
    Verdict::fail(
        Finding::new(
            Severity::Error,
            seen.endpoint.port.to_string(),
            "a port for STARTTLS speaks TLS at once",
            cause,
        )
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("hello_answered", implicit)
        .change(Change::SetMode { security: Security::Starttls, port: seen.endpoint.port }),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::Security;
    use crate::finding::Verdict;
    use crate::observation::{Ask, EndpointObservation, TalkEnd};
    use crate::rules::judge;
    use crate::rules::tests::{chose, finding, judged, polite, unseen};
    use crate::sample;

    fn silent_but_for_tls(seen: &mut EndpointObservation) {
        seen.sessions.truncate(1);
        polite(seen, |session| {
            (session.tls, session.inside) = (None, None);
            session.plain.as_mut().unwrap().end = TalkEnd::Silent { at_greeting: true };
        });
        let mut other = sample::session(&seen.endpoint, Ask::OtherMode, chose(0x0304, 0x1301));
        (other.security, other.plain) = (Security::Implicit, None);
        seen.sessions.push(other);
    }

    #[test]
    fn passes_when_it_speaks_clear_text_first() {
        assert_eq!(judged(check, 587, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_when_only_a_hello_is_answered() {
        assert!(finding(judged(check, 587, silent_but_for_tls)).cause.contains("TLS hello at once"));
    }

    #[test]
    fn takes_the_place_of_the_silence() {
        let mut sample = sample::healthy().only(587);
        silent_but_for_tls(sample.port(587));
        let judgement = judge(&sample.case(), |rule| rule.id != "tls-group-pq-missing");
        let found: Vec<_> = judgement.findings.iter().map(|finding| finding.rule).collect();
        assert_eq!(found, ["tls-on-starttls-port"]);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 587), Verdict::Unknown(_)));
    }
}
