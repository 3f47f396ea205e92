//! Something on the way overwrites STARTTLS.

use super::{scope, wording};
use crate::endpoint::Security;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TalkEnd};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "starttls-stripped",
    title: "something on the way removes STARTTLS",
    severity: Severity::Error,
    what: "Where the server announces STARTTLS, the client sees a line that was overwritten, such as \
           XXXXXXXA.",
    why: "A firewall, an antivirus or an attacker keeps the connection in clear text to read along. \
          Senders deliver in clear text and mail programs set to STARTTLS fail, although the server is in \
          order.",
    affected: "Everybody whose connection passes that device.",
    fix: "Switch off SMTP inspection in the firewall on the way (on a Cisco ASA: no inspect esmtp, or \
          allow-tls), be it at the server's side or at this one; looking from another network tells which.",
    change: None,
    references: &["RFC 7435 §3", "RFC 8461 §1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("this port speaks TLS from the first byte");
    }
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    match look.plain.as_ref().map(|talk| &talk.end) {
        Some(TalkEnd::Stripped(line)) => {
            let line = words::escape(line, 100);
            Verdict::fail(
                Finding::new(
                    Severity::Error,
                    line.clone(),
                    "something on the way removes STARTTLS",
                    format!(
                        "Among the server's capabilities is \"{line}\": that is how firewalls that inspect \
                         mail overwrite STARTTLS. The device can stand at the server's side or at this \
                         one."
                    ),
                )
                .hurts(wording::peers(seen.endpoint.role))
                .evidence("line", line),
            )
        }
        Some(TalkEnd::Done | TalkEnd::NotOffered | TalkEnd::Refused(_)) => Verdict::Pass,
        _ => Verdict::NotApplicable("the dialogue did not come as far as the capabilities"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::TalkEnd;
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn ending(end: TalkEnd) -> Verdict {
        judged(check, 25, |seen| polite(seen, |session| session.plain.as_mut().unwrap().end = end))
    }

    #[test]
    fn passes_when_it_is_just_not_offered() {
        assert_eq!(ending(TalkEnd::NotOffered), Verdict::Pass);
    }

    #[test]
    fn fails_on_an_overwritten_line() {
        assert!(finding(ending(TalkEnd::Stripped("XXXXXXXA".into()))).cause.contains("XXXXXXXA"));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
    }
}
