//! The first words are none of the protocol.

use super::{scope, wording};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TalkEnd};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "greeting-invalid",
    title: "the server's words are not those of the protocol",
    severity: Severity::Error,
    what: "The port answers, but with another protocol or with words that the protocol does not know.",
    why: "Clients cannot talk to it. Another service listens on this port, a forwarding rule leads to the \
          wrong one, or a security product speaks in the server's place.",
    affected: "Everybody who connects.",
    fix: "See which process listens on the port, and where forwarding rules and proxies lead.",
    change: None,
    references: &["RFC 5321 §3.1", "RFC 9051 §7.1", "RFC 1939 §4", "RFC 5804 §1.7"],
    since: "0.1",
    consequence_of: &["tls-on-starttls-port"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    let look = match scope::open_look(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    let Some(talk) = look.plain.as_ref().or(look.inside.as_ref()) else {
        return Verdict::NotApplicable("no dialogue came about");
    };
    let due = wording::protocol(seen.endpoint.protocol);
    let (key, title, cause) = match &talk.end {
        TalkEnd::SpeaksOther(other) => {
            let other = words::escape(other, 40);
            (
                other.clone(),
                format!("the port speaks {other}, not {due}"),
                format!(
                    "{due} is due on this port, and {other} answers: another service listens here, or \
                         a forwarding rule leads to the wrong one."
                ),
            )
        }
        TalkEnd::Invalid(why) => {
            let why = words::escape(why, 200);
            (
                why.clone(),
                format!("the server's words are no {due}"),
                format!("The server answers, but not as {due} demands: {why}."),
            )
        }
        _ => return Verdict::Pass,
    };
    let mut finding =
        Finding::new(Severity::Error, key, title, cause).hurts(wording::loss(seen.endpoint.role));
    if let Some(reply) = wording::last_reply(talk) {
        finding = finding.evidence("reply", reply);
    }
    Verdict::fail(finding)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::TalkEnd;
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn ending(end: TalkEnd) -> Verdict {
        judged(check, 143, |seen| polite(seen, |session| session.plain.as_mut().unwrap().end = end))
    }

    #[test]
    fn passes_on_words_of_the_protocol() {
        assert_eq!(ending(TalkEnd::NotOffered), Verdict::Pass);
    }

    #[test]
    fn fails_on_another_protocol_and_on_garbage() {
        assert_eq!(
            finding(ending(TalkEnd::SpeaksOther("SSH".into()))).title,
            "the port speaks SSH, not \
                                                                               IMAP"
        );
        let found = finding(ending(TalkEnd::Invalid("line without a \u{1b} status".into())));
        assert!(found.cause.contains("without a \\x1b status"), "{}", found.cause);
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 143), Verdict::Unknown(_)));
    }
}
