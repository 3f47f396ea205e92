//! The server does not offer to upgrade to TLS.

use super::login_before_tls::passwords;
use super::{scope, wording};
use crate::endpoint::{Place, Protocol, Role, Security};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TalkEnd};

pub(super) static RULE: Rule = Rule {
    id: "starttls-missing",
    title: "the server does not offer STARTTLS",
    severity: Severity::Error,
    what: "The server does not announce STARTTLS (STLS in POP3), so a connection on this port cannot be \
           encrypted.",
    why: "Mail and passwords cross the network in clear text. Senders that insist on TLS (MTA-STS, DANE) \
          do not deliver at all, and mail programs that are set to STARTTLS refuse to log in.",
    affected: "Mail programs set to STARTTLS fail; senders without a demand for TLS deliver in clear text, \
               the others keep the mail and return it after days.",
    fix: "Give the server a certificate and key and switch TLS on for this port.",
    change: Some(ChangeKind::OfferStarttls),
    references: &["RFC 3207", "RFC 8314 §3", "RFC 2595", "RFC 5804 §2.2"],
    since: "0.1",
    consequence_of: &["tls-on-starttls-port", "starttls-stripped"],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("this port speaks TLS from the first byte");
    }
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    let Some(talk) = &look.plain else {
        return Verdict::Unknown("the dialogue before TLS was not seen".to_owned());
    };
    match &talk.end {
        TalkEnd::NotOffered => {}
        TalkEnd::PreAuthenticated => return Verdict::fail(pre_authenticated()),
        TalkEnd::Done | TalkEnd::Refused(_) => return Verdict::Pass,
        _ => return Verdict::NotApplicable("the dialogue did not come as far as the capabilities"),
    }
    if matches!(seen.endpoint.place, Place::Unix(_)) {
        return Verdict::NotApplicable("a Unix socket needs no encryption");
    }
    Verdict::fail(match (seen.endpoint.protocol, seen.endpoint.role) {
        (Protocol::Lmtp, _) => delivery(seen),
        (_, Role::Mx) => transfer(scope::insistence(case, seen)),
        (_, role) => login(role, &passwords(seen.endpoint.protocol, talk).unwrap_or_default()),
    })
}

fn transfer(insistence: Option<&str>) -> Finding {
    let (severity, cause, hurts) = match insistence {
        Some(demand) => (
            Severity::Error,
            format!(
                "The server does not announce STARTTLS, and {demand} forbids senders to deliver in clear \
                 text: they keep the mail in their queue and return it after days."
            ),
            "senders that follow MTA-STS or DANE, among them Gmail, Microsoft and Postfix with the right \
             settings",
        ),
        None => (
            Severity::Warning,
            "The server does not announce STARTTLS: all mail to it crosses the network in clear text."
                .to_owned(),
            "nobody notices, but everybody on the way can read the mail; senders that demand TLS do not \
             deliver",
        ),
    };
    Finding::new(severity, format!("mx {}", severity.name()), "STARTTLS is not offered", cause)
        .hurts(hurts)
        .change(Change::OfferStarttls)
}

fn login(role: Role, passwords: &[String]) -> Finding {
    let mut cause =
        "The server does not announce STARTTLS on this port, so nothing can be encrypted.".to_owned();
    if passwords.is_empty() {
        cause.push_str(" It takes no passwords in clear text either, so nobody can log in here.");
    } else {
        cause.push_str(" It takes logins all the same, so passwords cross the network in clear text.");
    }
    let key = if passwords.is_empty() { "no login" } else { "login in clear" };
    Finding::new(Severity::Error, key, "STARTTLS is not offered", cause)
        .hurts(format!("{}: programs set to STARTTLS fail", wording::peers(role)))
        .change(Change::OfferStarttls)
}

fn delivery(seen: &EndpointObservation) -> Finding {
    let (severity, cause) = if scope::is_local(seen) {
        (Severity::Note, "LMTP is spoken without TLS; that is usual, as long as it stays on this machine.")
    } else {
        (Severity::Warning, "LMTP is spoken without TLS across the network, where it can be read.")
    };
    Finding::new(severity, format!("lmtp {}", severity.name()), "LMTP without STARTTLS", cause)
        .change(Change::OfferStarttls)
}

fn pre_authenticated() -> Finding {
    Finding::new(
        Severity::Error,
        "preauth",
        "the server is logged in before TLS",
        "The greeting is PREAUTH: the connection counts as logged in, and IMAP forbids STARTTLS from \
             there on. A server on the network must not do that; an attacker does it to keep clients in \
             clear text.",
    )
    .hurts("mail programs set to STARTTLS refuse, or are led to send mail in clear text")
    .change(Change::OfferStarttls)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::bytes::Bytes;
    use crate::finding::{Finding, Severity, Verdict};
    use crate::name::Name;
    use crate::observation::{
        Connect, DnsAnswer, DnsData, DnsOutcome, DnsState, DnsType, EndpointObservation, MtaStsMode, TalkEnd,
        Throttled,
    };
    use crate::rules::tests::{finding, judged, polite, unseen};
    use crate::sample::{self, Sample};

    fn without(seen: &mut EndpointObservation) {
        seen.sessions.truncate(1);
        polite(seen, |session| {
            (session.tls, session.inside) = (None, None);
            let talk = session.plain.as_mut().unwrap();
            talk.end = TalkEnd::NotOffered;
            talk.capabilities.as_mut().unwrap().retain(|word| !word.contains("STARTTLS"));
        });
    }

    fn mx(change: impl FnOnce(&mut Sample)) -> Finding {
        let mut sample = sample::healthy().only(25);
        without(sample.port(25));
        change(&mut sample);
        finding(sample.endpoints(check).remove(0))
    }

    fn tlsa(state: DnsState) -> DnsAnswer {
        let data = DnsData::Tlsa { usage: 3, selector: 1, matching: 1, data: Bytes(vec![0; 32]) };
        DnsAnswer {
            name: Name::new("_25._tcp.mail.example.org").unwrap(),
            kind: DnsType::Tlsa,
            outcome: DnsOutcome::Found { aliases: Vec::new(), records: vec![data] },
            state,
            evidence: Default::default(),
        }
    }

    #[test]
    fn passes_when_it_is_offered() {
        assert_eq!(judged(check, 25, |_| {}), Verdict::Pass);
    }

    #[test]
    fn on_port_25_a_warning_unless_senders_insist() {
        assert_eq!(mx(|_| {}).severity, Severity::Warning);
        assert_eq!(
            mx(|s| s.seen.domain.as_mut().unwrap().mta_sts = Some(MtaStsMode::Testing)).severity,
            Severity::Warning
        );
        let found = mx(|s| s.seen.domain.as_mut().unwrap().mta_sts = Some(MtaStsMode::Enforce));
        assert!(found.severity == Severity::Error && found.cause.contains("MTA-STS"));
    }

    #[test]
    fn a_tlsa_record_insists_where_it_is_signed() {
        let with = |mx_state, state| {
            mx(|sample| {
                sample.seen.dns[0].state = mx_state;
                sample.seen.dns.push(tlsa(state));
            })
            .severity
        };
        assert_eq!(with(DnsState::Secure, DnsState::Secure), Severity::Error);
        // Postfix heeds the records of a host whatever led there.
        assert_eq!(with(DnsState::Insecure, DnsState::Secure), Severity::Error);
        assert_eq!(with(DnsState::Secure, DnsState::Insecure), Severity::Warning);
    }

    #[test]
    fn where_people_log_in_it_tells_whether_they_still_can() {
        let found = finding(judged(check, 143, without));
        assert!(found.severity == Severity::Error && found.cause.contains("nobody can log in"));
        let found = finding(judged(check, 587, |seen| {
            without(seen);
            polite(seen, |session| {
                session.plain.as_mut().unwrap().capabilities = Some(vec!["AUTH PLAIN LOGIN".into()]);
            });
        }));
        assert!(found.cause.contains("passwords cross the network"));
    }

    #[test]
    fn unknown_when_the_server_limits_us_or_nobody_looked() {
        let verdict = judged(check, 25, |seen| {
            without(seen);
            polite(seen, |session| {
                session.plain.as_mut().unwrap().end = TalkEnd::Closed { at_greeting: false };
            });
            seen.throttled = Some(Throttled { after_connections: 1, evidence: "421".into() });
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
        let closed = judged(check, 25, |seen| {
            seen.sessions.truncate(1);
            polite(seen, |session| session.connect = Connect::Refused);
        });
        assert!(matches!(closed, Verdict::NotApplicable(_)));
    }
}
