//! The first reply comes late.

use super::scope;
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::EndpointObservation;

pub(super) static RULE: Rule = Rule {
    id: "reply-slow",
    title: "the server greets late",
    severity: Severity::Warning,
    what: "The server takes many seconds until its first words.",
    why: "Mail programs give up after some ten seconds or seem frozen. Mostly the server looks up the \
          client's name in DNS with a resolver that does not answer, or is overloaded. On port 25 a delay \
          can be on purpose, against spammers.",
    affected: "Everybody who connects has to wait.",
    fix: "Give the server a resolver that answers, check the lookups it does on each connection, and its \
          load.",
    change: None,
    references: &["RFC 5321 §4.5.3.2.1"],
    since: "0.1",
    consequence_of: &[],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    let talk = look.plain.as_ref().or(look.inside.as_ref());
    let Some(millis) = talk.and_then(|talk| talk.first_reply_ms) else {
        return Verdict::NotApplicable("there was no reply");
    };
    if millis <= case.policy.reply_slow_ms {
        return Verdict::Pass;
    }
    let on_purpose = scope::is_opportunistic(seen);
    let severity = scope::by_role(seen, Severity::Note, Severity::Warning);
    let mut cause = format!(
        "The first words of the server came after {}.{} seconds.",
        millis / 1000,
        millis % 1000 / 100
    );
    cause.push_str(if on_purpose {
        " On port 25 that can be a delay on purpose, against spammers; otherwise it is a slow lookup or load."
    } else {
        " Mostly it looks up the client's name in DNS and waits for a resolver, or it is overloaded."
    });
    let finding = Finding::new(severity, severity.name(), "the server greets late", cause)
        .evidence("milliseconds", millis);
    Verdict::fail(if on_purpose { finding } else { finding.hurts("everybody waits; some programs give up") })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::policy;
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn after(port: u16, millis: u64) -> Verdict {
        judged(check, port, |seen| {
            polite(seen, |session| session.plain.as_mut().unwrap().first_reply_ms = Some(millis));
        })
    }

    #[test]
    fn passes_at_the_limit() {
        assert_eq!(after(587, policy::MAIL.reply_slow_ms), Verdict::Pass);
    }

    #[test]
    fn fails_one_millisecond_later() {
        let late = policy::MAIL.reply_slow_ms + 1;
        assert_eq!(finding(after(587, late)).severity, Severity::Warning);
        assert_eq!(finding(after(25, late)).severity, Severity::Note);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 587), Verdict::Unknown(_)));
    }
}
