//! The server turns the connection away with its first words.

use super::{scope, wording};
use crate::finding::{Case, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TalkEnd};

pub(super) static RULE: Rule = Rule {
    id: "greeting-rejects",
    title: "the server turns the connection away",
    severity: Severity::Error,
    what: "In place of a greeting, or right after it, the server says that it takes no connections: 4xx or \
           5xx in SMTP, BYE in IMAP and ManageSieve, -ERR in POP3.",
    why: "A permanent no makes senders return the mail, a temporary one makes them wait; mail programs \
          fail. Either the server is out of order for all, or it turns away this machine's address alone.",
    affected: "Everybody, or those whose address is on the same block list.",
    fix: "Read the server's own words: they name the reason. If it is the address of this machine, look \
          from another one; otherwise the server's log tells what is out of order.",
    change: None,
    references: &["RFC 5321 §3.1", "RFC 9051 §7.1.5", "RFC 1939 §4"],
    since: "0.1",
    consequence_of: &["rate-limited"],
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
    let TalkEnd::Rejected { at_greeting, code } = talk.end else { return Verdict::Pass };
    let place = if at_greeting { "in place of a greeting" } else { "after the greeting" };
    Verdict::fail(rejection(seen, place, code, wording::last_reply(talk).unwrap_or_default()))
}

fn rejection(seen: &EndpointObservation, place: &str, code: u16, reply: String) -> Finding {
    let about_us = names_our_address(&reply);
    let temporary = (400..500).contains(&code);
    let severity = if about_us || temporary { Severity::Warning } else { Severity::Error };
    let mut cause = format!("The server said {place}: \"{reply}\".");
    cause.push_str(match (about_us, temporary) {
        (true, _) => {
            " That sounds like a block of the address that mailmedic runs from; others may well get \
             through. Look from another address."
        }
        (false, true) => {
            " That is temporary: senders keep the mail and try again. If it stays so, the server is out of \
             order, or it turns away unknown addresses for a while (greylisting)."
        }
        (false, false) => " Senders return the mail at once and mail programs fail, if others hear the same.",
    });
    Finding::new(severity, reply.clone(), "the server turns the connection away", cause)
        .hurts(wording::loss(seen.endpoint.role))
        .evidence("reply", reply)
        .evidence("code", code)
}

/// Tells whether a refusal sounds like a judgement of the client's address.
fn names_our_address(reply: &str) -> bool {
    let reply = reply.to_ascii_lowercase();
    ABOUT_ADDRESSES.iter().any(|word| reply.contains(word))
}

/// Words in refusals that judge an address rather than the server's own state.
const ABOUT_ADDRESSES: [&str; 9] = [
    "block",
    "blacklist",
    "denylist",
    "spamhaus",
    "dnsbl",
    "reputation",
    "client host",
    "your ip",
    "dynamic",
];

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::{Severity, Verdict};
    use crate::observation::{Line, TalkEnd, Throttled};
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn greeted(code: u16, reply: &str, throttled: bool) -> Verdict {
        judged(check, 25, |seen| {
            seen.sessions.truncate(1);
            polite(seen, |session| {
                (session.tls, session.inside) = (None, None);
                let talk = session.plain.as_mut().unwrap();
                talk.lines = vec![Line { sent: None, reply: Some(reply.to_owned()) }];
                talk.end = TalkEnd::Rejected { at_greeting: true, code };
            });
            seen.throttled =
                throttled.then(|| Throttled { after_connections: 1, evidence: reply.to_owned() });
        })
    }

    #[test]
    fn passes_on_a_greeting() {
        assert_eq!(judged(check, 25, |_| {}), Verdict::Pass);
    }

    #[test]
    fn the_servers_words_set_the_severity() {
        let severity = |code, reply| finding(greeted(code, reply, false)).severity;
        assert_eq!(severity(554, "554 no SMTP service here"), Severity::Error);
        assert_eq!(severity(421, "421 try again later"), Severity::Warning);
        assert_eq!(severity(554, "554 blocked using zen.spamhaus.org"), Severity::Warning);
    }

    #[test]
    fn its_words_are_shown_escaped() {
        assert!(finding(greeted(554, "554 \u{1b}[2J", false)).cause.contains("\"554 \\x1b[2J\""));
    }

    #[test]
    fn unknown_when_limited_or_not_looked_at() {
        assert!(matches!(greeted(421, "421 too many connections", true), Verdict::Unknown(_)));
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
    }
}
