//! Clear text gets into the encrypted connection: a reply behind the go-ahead, or a command behind STARTTLS.

use super::{scope, tricks, wording};
use crate::endpoint::{Place, Protocol, Security};
use crate::finding::{Case, Change, ChangeKind, Check, Finding, Rule, Severity, Verdict};
use crate::observation::{Ask, Depth, EndpointObservation, Injected, Session, TalkEnd, TlsEnd, Trick};
use crate::words;

pub(super) static RULE: Rule = Rule {
    id: "starttls-injection",
    title: "clear text gets into the encrypted connection",
    severity: Severity::Error,
    what: "Either replies come in clear text behind the server's go-ahead for TLS, and a client that keeps them \
           takes them for replies under the protection of TLS. Or the server keeps a command that came in \
           clear text behind STARTTLS, and carries it out once TLS stands; at --depth full this is tried out \
           on one connection with a command that changes nothing (NOOP, in POP3 CAPA). Servers that are in \
           order drop the command or close the connection, and some note in their log that somebody tried.",
    why: "An attacker on the way cannot read or write inside TLS, but can put text in front of it. Replies \
          that are slipped in deceive the client. Commands that are slipped in run before the client's own: the \
          attacker opens a mail, and what the client sends under TLS, its password included, becomes the text \
          of that mail (CVE-2011-0411 and its kin).",
    affected: "With slipped-in replies, clients that are in order hang up, and the others can be deceived. With \
               slipped-in commands, every client that upgrades by STARTTLS is at risk, and none can notice.",
    fix: "Update the server or the proxy in front of it: what was read before TLS has to be dropped when TLS \
          starts; Courier's POP3 does so from version 1.1.5 on. Until then, have programs use the ports with TLS \
          from the first byte (465, 993, 995). Where only replies come behind the go-ahead, look from another network as well: if they are \
          gone there, somebody on the way put them there.",
    change: Some(ChangeKind::Update),
    references: &[
        "RFC 3207 §4.2",
        "RFC 9051 §11.1",
        "CVE-2011-0411",
        "CVE-2021-33515",
        "CVE-2021-38084",
        "Poddebniak et al.: Why TLS is better without STARTTLS, USENIX Security 2021",
    ],
    since: "0.1",
    consequence_of: &["tls-on-starttls-port"],
    check: Check::Endpoint(check),
};

fn check(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if seen.endpoint.security != Security::Starttls {
        return Verdict::NotApplicable("this port speaks TLS from the first byte");
    }
    if let Err(verdict) = scope::open_look(seen) {
        return verdict;
    }
    match (replies(seen), commands(case, seen)) {
        (Verdict::Fail(mut findings), Verdict::Fail(more)) => {
            findings.extend(more);
            Verdict::Fail(findings)
        }
        (fail @ Verdict::Fail(_), _) | (_, fail @ Verdict::Fail(_)) => fail,
        (Verdict::Pass, open @ Verdict::Unknown(_)) => open,
        (replies, _) => replies,
    }
}

/// Looks for replies in clear text behind the go-ahead.
fn replies(seen: &EndpointObservation) -> Verdict {
    let go_aheads: Vec<_> = seen
        .sessions
        .iter()
        // Where no TLS follows, the server itself has said why, and nothing is hidden under protection.
        .filter(|session| session.has_tls())
        // Behind a command of ours that is answered in clear text, nothing was slipped in.
        .filter(|session| session.ask != Ask::Try(Trick::Injection))
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

/// Looks whether a command in clear text behind the request for TLS was carried out inside TLS.
fn commands(case: &Case<'_>, seen: &EndpointObservation) -> Verdict {
    if matches!(seen.endpoint.place, Place::Unix(_)) {
        return Verdict::NotApplicable("nobody gets in between on a Unix socket");
    }
    let session = match tricks::tried(case, seen, Trick::Injection) {
        Ok(session) => session,
        Err(_) if case.seen.depth >= Depth::Full && !completes(seen) => {
            return Verdict::Unknown(
                "no handshake of TLS 1.2 or 1.3 was completed, and only inside one can it be seen whether a \
                 command behind the request for TLS is carried out"
                    .to_owned(),
            );
        }
        Err(verdict) => return verdict,
    };
    match session.injected() {
        Injected::CarriedOut(_) if strays(seen) => Verdict::Unknown(
            "inside TLS the server sends a reply too many even where no command was slipped in".to_owned(),
        ),
        Injected::CarriedOut(reply) => carried_out(seen, session, &reply),
        Injected::Spurned => Verdict::Pass,
        Injected::Lost if seen.answers_since(session) => Verdict::Pass,
        Injected::Lost => Verdict::Unknown(
            "the connection broke where a command was slipped in, and no later one shows that this was the answer"
                .to_owned(),
        ),
        Injected::Unknown(why) => Verdict::Unknown(why),
    }
}

/// Tells whether a good client, too, is answered once more inside TLS than it asked, so that its farewell meets the
/// reply to its hello; of SMTP's words, where only the number of replies tells.
fn strays(seen: &EndpointObservation) -> bool {
    let inside = seen.polite().and_then(|session| session.inside.as_ref());
    let farewell =
        inside.and_then(|talk| talk.lines.iter().find(|line| line.sent.as_deref() == Some("QUIT")));
    farewell.and_then(|line| line.reply.as_deref()).is_some_and(|reply| reply.starts_with("250"))
}

fn completes(seen: &EndpointObservation) -> bool {
    let tls = seen.polite().and_then(|session| session.tls.as_ref());
    tls.is_some_and(|tls| tls.end == TlsEnd::Completed)
}

fn carried_out(seen: &EndpointObservation, session: &Session, reply: &str) -> Verdict {
    let command = words::escape(session.slipped_in().unwrap_or_default(), MOST_SHOWN);
    let reply = words::escape(reply, MOST_SHOWN);
    let word = wording::upgrade(seen);
    Verdict::fail(
        Finding::new(
            Severity::Error,
            "command",
            "commands in clear text are carried out inside TLS",
            format!(
                "\"{command}\" was sent in clear text in the same breath as {word}. The server kept it, carried it \
                 out once TLS stood, and answered inside TLS, where nobody had asked for it: \"{reply}\". An \
                 attacker on the way can so put commands of his own in front of what a client says under the \
                 protection of TLS."
            ),
        )
        .hurts(harm(seen))
        .evidence("command", command)
        .evidence("reply", reply)
        .change(Change::Update),
    )
}

/// Says what an attacker can do with commands that run before a client's own.
fn harm(seen: &EndpointObservation) -> String {
    let who = wording::connecting(seen.endpoint.role);
    let how = match seen.endpoint.protocol {
        Protocol::Pop3 => "an attacker can log them in to a mailbox of his own and show them what he likes",
        Protocol::Sieve => "an attacker can log them in under his name, and they hand him their scripts",
        _ => "what they send, passwords included, can end up in a mail of the attacker",
    };
    format!("{who}: {how}")
}

/// The most that is shown of a command or an answer.
const MOST_SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use super::check;
    use crate::endpoint::Place;
    use crate::finding::Verdict;
    use crate::observation::{
        Ask, Connect, Depth, EndpointObservation, Line, TalkEnd, Tls, TlsEnd, Trick, Unasked,
    };
    use crate::rules::tests::{finding, judged, polite, unseen};
    use crate::sample;

    fn with(end: TalkEnd, leftover: &[u8]) -> Verdict {
        judged(check, 25, |seen| {
            seen.sessions.truncate(1);
            polite(seen, |session| {
                let talk = session.plain.as_mut().unwrap();
                (talk.end, talk.leftover.0) = (end, leftover.to_vec());
            });
        })
    }

    /// Judges a look at full depth.
    fn full(change: impl FnOnce(&mut EndpointObservation)) -> Verdict {
        let mut sample = sample::healthy().only(25);
        sample.seen.depth = Depth::Full;
        change(sample.port(25));
        sample.endpoints(check).remove(0)
    }

    /// Slips a command in; inside TLS the dialogue ended like this.
    fn slip_in(seen: &mut EndpointObservation, inside: TalkEnd) {
        let tls = Tls { end: TlsEnd::Completed, version: Some(0x0304), ..Tls::default() };
        let mut session = sample::session(&seen.endpoint, Ask::Try(Trick::Injection), tls);
        let sent = Some("STARTTLS\nNOOP".to_owned());
        session.plain.as_mut().unwrap().lines.push(Line { sent, reply: Some("220 go".into()) });
        let mut talk = sample::talk(seen.endpoint.protocol, true);
        talk.end = inside;
        session.inside = Some(talk);
        session.begun_ms = 500;
        seen.sessions.push(session);
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

    #[test]
    fn passes_when_the_command_was_dropped() {
        assert_eq!(full(|seen| slip_in(seen, TalkEnd::Done)), Verdict::Pass);
    }

    #[test]
    fn fails_when_the_command_was_carried_out() {
        let found = finding(full(|seen| slip_in(seen, TalkEnd::CarriedOut("250 2.0.0 Ok".into()))));
        assert!(
            found.cause.contains("\"NOOP\"") && found.cause.contains("\"250 2.0.0 Ok\""),
            "{}",
            found.cause
        );
        assert_eq!(found.evidence["reply"], "250 2.0.0 Ok");
    }

    #[test]
    fn unknown_where_a_good_client_gets_a_reply_too_many_as_well() {
        let verdict = full(|seen| {
            polite(seen, |session| {
                let farewell = Line { sent: Some("QUIT".into()), reply: Some("250-mx\n250 SIZE".into()) };
                session.inside.as_mut().unwrap().lines.push(farewell);
            });
            slip_in(seen, TalkEnd::CarriedOut("250 2.0.0 Ok".into()));
        });
        assert!(matches!(verdict, Verdict::Unknown(_)));
    }

    #[test]
    fn an_answer_in_clear_text_to_our_own_command_is_no_injected_reply() {
        let verdict = full(|seen| {
            slip_in(seen, TalkEnd::Done);
            let session = seen.sessions.last_mut().unwrap();
            session.plain.as_mut().unwrap().leftover.0 = b"250 Ok\r\n".to_vec();
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn both_stories_can_be_true() {
        let verdict = full(|seen| {
            polite(seen, |session| session.plain.as_mut().unwrap().leftover.0 = b"250 hi\r\n".to_vec());
            slip_in(seen, TalkEnd::CarriedOut("250 Ok".into()));
        });
        assert!(matches!(verdict, Verdict::Fail(findings) if findings.len() == 2));
    }

    #[test]
    fn a_loss_is_a_refusal_only_if_others_are_served_afterwards() {
        let lose = |seen: &mut EndpointObservation| slip_in(seen, TalkEnd::Closed { at_greeting: false });
        assert!(matches!(full(lose), Verdict::Unknown(_)));
        let verdict = full(|seen| {
            lose(seen);
            let mut control = seen.sessions[0].clone();
            (control.ask, control.begun_ms) = (Ask::Control, 600);
            seen.sessions.push(control);
        });
        assert_eq!(verdict, Verdict::Pass);
    }

    #[test]
    fn unknown_at_full_depth_when_it_was_cut_short() {
        let why = |verdict| match verdict {
            Verdict::Unknown(why) => why,
            other => panic!("not told, but {other:?}"),
        };
        assert_eq!(why(full(|_| {})), "it was not asked");
        let silent = TalkEnd::Silent { at_greeting: false };
        assert_eq!(why(full(|seen| slip_in(seen, silent))), "the server fell silent inside TLS");
        let limited = "the server limits connections: 421 later";
        let verdict = full(|seen| {
            seen.unasked.push(Unasked { ask: Ask::Try(Trick::Injection), why: limited.into() });
        });
        assert_eq!(why(verdict), limited);
        let verdict = full(|seen| {
            slip_in(seen, TalkEnd::Done);
            let session = seen.sessions.last_mut().unwrap();
            (session.connect, session.plain, session.tls) = (Connect::TimedOut, None, None);
        });
        assert_eq!(why(verdict), "the connection was not opened in time");
        let verdict =
            full(|seen| polite(seen, |session| session.tls.as_mut().unwrap().end = TlsEnd::Answered));
        assert!(why(verdict).starts_with("no handshake of TLS 1.2 or 1.3 was completed"));
    }

    #[test]
    fn not_tried_on_a_unix_socket() {
        let verdict = full(|seen| seen.endpoint.place = Place::Unix("/run/lmtp".into()));
        assert_eq!(verdict, Verdict::Pass);
    }
}
