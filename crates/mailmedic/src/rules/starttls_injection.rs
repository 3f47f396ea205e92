//! Bytes in clear text come behind the go-ahead for TLS.

use super::{scope, wording};
use crate::endpoint::Security;
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{EndpointObservation, TalkEnd};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "starttls-injection",
    title: "clear text comes behind the go-ahead for TLS",
    severity: Severity::Error,
    what: "Behind its go-ahead for TLS, and before TLS began, more text came in clear. A client that keeps \
           it takes it for a reply that came under the protection of TLS.",
    why: "That is how an attacker on the way slips replies into an encrypted session (CVE-2011-0411 and \
          its kin). It can also be a broken server or proxy that says too much; clients that are in order \
          refuse such a connection.",
    affected: "Clients that are in order hang up; the others can be deceived.",
    fix: "Look from another network: if the bytes stay, update the server or the proxy in front of it; if \
          not, somebody on the way put them there.",
    change: Some(ChangeKind::Update),
    references: &["RFC 3207 §4.2", "CVE-2011-0411", "RFC 9051 §11.1"],
    since: "0.1",
    consequence_of: &["tls-on-starttls-port"],
    check: Check::Endpoint(check),
};

fn check(_: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("this port speaks TLS from the first byte");
    }
    if let Err(verdict) = scope::open_look(seen) {
        return verdict;
    }
    let go_aheads: Vec<_> = seen
        .sessions
        .iter()
        // Where no TLS follows, the server itself has said why, and nothing is hidden under protection.
        .filter(|session| session.has_tls())
        .filter_map(|session| session.plain.as_ref())
        .filter(|talk| talk.end == TalkEnd::Done)
        .collect();
    if go_aheads.is_empty() {
        return Verdict::NotApplicable("there was no go-ahead for TLS");
    }
    let Some(talk) = go_aheads.iter().find(|talk| !talk.leftover.0.is_empty()) else {
        return Verdict::Pass;
    };
    let bytes = words::escape_bytes(&talk.leftover.0, 120);
    Verdict::fail(
        Finding::new(
            Severity::Error,
            bytes.clone(),
            "clear text comes behind the go-ahead for TLS",
            format!(
                "In the same breath as the go-ahead for {}, \"{bytes}\" came in clear text. A client that \
                 keeps it takes it for a reply under the protection of TLS. Either somebody on the way put \
                 it there, or the server or a proxy says too much.",
                wording::upgrade(seen)
            ),
        )
        .hurts("clients that are in order hang up; the others can be deceived")
        .evidence("bytes", bytes)
        .change(Change::Update),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::finding::Verdict;
    use crate::observation::TalkEnd;
    use crate::rules::tests::{finding, judged, polite, unseen};

    fn with(end: TalkEnd, leftover: &[u8]) -> Verdict {
        judged(check, 25, |seen| {
            seen.sessions.truncate(1);
            polite(seen, |session| {
                let talk = session.plain.as_mut().unwrap();
                (talk.end, talk.leftover.0) = (end, leftover.to_vec());
            });
        })
    }

    #[test]
    fn passes_when_nothing_follows() {
        assert_eq!(with(TalkEnd::Done, b""), Verdict::Pass);
    }

    #[test]
    fn fails_on_bytes_behind_the_go_ahead() {
        assert!(finding(with(TalkEnd::Done, b"250 hi\r\n")).cause.contains("\"250 hi\\x0d\\x0a\""));
    }

    #[test]
    fn bytes_without_a_go_ahead_are_something_else() {
        assert!(matches!(with(TalkEnd::SpeaksTls, b"\x15\x03"), Verdict::NotApplicable(_)));
    }

    #[test]
    fn unknown_when_not_looked_at() {
        assert!(matches!(unseen(check, 25), Verdict::Unknown(_)));
    }
}
