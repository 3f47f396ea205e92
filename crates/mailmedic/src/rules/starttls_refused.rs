//! STARTTLS is announced and then refused.

use super::{scope, wording};
use crate::endpoint::{Role, Security};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TalkEnd};

pub(super) static RULE: Rule = Rule {
    id: "starttls-refused",
    title: "STARTTLS is refused",
    severity: Severity::Error,
    what: "The client asks for TLS, and the server says no.",
    why: "Mostly the server has no working certificate or key (file missing, unreadable, key of another \
          certificate), so its TLS did not start. Mail programs that are set to STARTTLS fail; senders \
          deliver in clear text or, under MTA-STS and DANE, not at all.",
    affected: "Mail programs set to STARTTLS, and senders that insist on TLS.",
    fix: "The server's log names the file or setting that keeps TLS from starting: mend that, then reload.",
    change: Some(ChangeKind::MendTls),
    references: &["RFC 3207 §4", "RFC 2595 §3.1", "RFC 2595 §4", "RFC 5804 §2.2"],
    since: "0.1",
    consequence_of: &["tls-on-starttls-port"],
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
    let code = match look.plain.as_ref().map(|talk| &talk.end) {
        Some(TalkEnd::Refused(code)) => *code,
        Some(TalkEnd::Done) => return Verdict::Pass,
        _ => return Verdict::NotApplicable("STARTTLS was not asked for"),
    };
    let word = wording::upgrade(seen);
    let reply = wording::last_plain_reply(look).unwrap_or_default();
    let insistence = scope::insistence(case, seen);
    let severity = if seen.endpoint.role == Role::Mx && insistence.is_none() {
        Severity::Warning
    } else {
        Severity::Error
    };
    let mut cause = format!("The server answers {word} with a refusal: \"{reply}\".");
    if code == 454 {
        cause.push_str(
            " 454 means that TLS should be there and is out of order: certificate, key or their \
                        files.",
        );
    } else {
        cause.push_str(" Mostly its certificate, key or their files are out of order.");
    }
    if let Some(demand) = insistence {
        cause.push_str(&format!(
            " {demand} forbids senders to deliver in clear text, so they keep the \
                                 mail."
        ));
    }
    let hurts = match severity {
        Severity::Error => wording::loss(seen.endpoint.role),
        _ => "senders deliver in clear text; those that demand TLS do not deliver",
    };
    Verdict::fail(
        Finding::new(severity, format!("{} {reply}", severity.name()), format!("{word} is refused"), cause)
            .hurts(hurts)
            .evidence("reply", reply)
            .evidence("code", code)
            .change(Change::MendTls),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Line, TalkEnd};
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn refused(port: u16) -> Verdict {
        judged(check, port, |seen| {
            polite(seen, |session| {
                (session.tls, session.inside) = (None, None);
                let talk = session.plain.as_mut().unwrap();
                let reply = "454 4.7.0 TLS not available due to local problem".to_owned();
                talk.lines.push(Line { sent: Some("STARTTLS".into()), reply: Some(reply) });
                talk.lines.push(Line { sent: Some("QUIT".into()), reply: Some("221 bye".into()) });
                talk.end = TalkEnd::Refused(454);
            });
        })
    }

    #[test]
    fn passes_on_the_go_ahead() {
        assert_eq!(judged(check, 587, |_| {}), Verdict::Pass);
    }

    #[test]
    fn fails_on_a_refusal_worse_where_people_log_in() {
        let found = finding(refused(587));
        assert!(found.severity == Severity::Error && found.cause.contains("local problem"));
        assert_eq!(finding(refused(25)).severity, Severity::Warning);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 587), Verdict::Unknown(_)));
    }
}
