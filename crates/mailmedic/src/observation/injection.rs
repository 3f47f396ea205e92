//! What became of a command that was sent in clear text in the same breath as the request for TLS.

use super::{Ask, EndpointObservation, Session, TalkEnd, TlsEnd, Trick};

/// What became of such a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Injected {
    /// It was carried out inside TLS: its answer there.
    CarriedOut(String),
    /// It was dropped, or the whole request was refused because of it.
    Spurned,
    /// TLS or the connection broke: a refusal, if the server goes on to serve others.
    Lost,
    /// It was not tried, or the look was cut short; the reason completes "could not tell: …".
    Unknown(String),
}

impl Session {
    /// Returns the command that went out behind the request for TLS, if it came to that.
    pub fn slipped_in(&self) -> Option<&str> {
        if self.ask != Ask::Try(Trick::Injection) {
            return None;
        }
        let sent = self.plain.iter().flat_map(|talk| &talk.lines).filter_map(|line| line.sent.as_deref());
        sent.filter_map(|sent| sent.split_once('\n')).map(|(_, command)| command).next()
    }

    /// Returns what became of that command.
    pub fn injected(&self) -> Injected {
        let Some(plain) = self.plain.as_ref().filter(|_| self.slipped_in().is_some()) else {
            return Injected::Unknown(self.why_no_tls());
        };
        match &plain.end {
            TalkEnd::Done => {}
            TalkEnd::Refused(0 | 500..) => return Injected::Spurned,
            TalkEnd::Rejected { .. } | TalkEnd::Closed { .. } | TalkEnd::Reset { .. } => {
                return Injected::Lost;
            }
            TalkEnd::Invalid(why) => {
                return Injected::Unknown(format!("the reply to the request for TLS cannot be read: {why}"));
            }
            _ => return Injected::Unknown(self.why_no_tls()),
        }
        match self.tls.as_ref().map(|tls| &tls.end) {
            Some(TlsEnd::Completed) => self.injected_inside(),
            // It is TLS that the server heard.
            Some(TlsEnd::Malformed(_)) if self.has_tls() => {
                Injected::Unknown("the handshake was not completed".to_owned())
            }
            Some(TlsEnd::Alert | TlsEnd::Closed | TlsEnd::Reset | TlsEnd::NotTls | TlsEnd::Malformed(_)) => {
                Injected::Lost
            }
            Some(TlsEnd::TimedOut) => {
                Injected::Unknown("the server did not answer the hello in time".to_owned())
            }
            Some(TlsEnd::Answered) | None => Injected::Unknown("the handshake was not completed".to_owned()),
        }
    }

    fn injected_inside(&self) -> Injected {
        let last = || {
            let lines = self.inside.iter().flat_map(|talk| &talk.lines);
            lines.rev().find_map(|line| line.reply.as_deref()).unwrap_or_default().replace('\n', " ")
        };
        match self.inside.as_ref().map(|talk| &talk.end) {
            Some(TalkEnd::CarriedOut(reply)) => Injected::CarriedOut(reply.clone()),
            Some(TalkEnd::Done) => Injected::Spurned,
            Some(TalkEnd::Closed { .. } | TalkEnd::Reset { .. }) => Injected::Lost,
            Some(TalkEnd::Rejected { .. }) => Injected::Unknown(format!(
                "inside TLS the server refused something that nobody had asked there: {}",
                last()
            )),
            Some(TalkEnd::Unclear) => Injected::Unknown(format!(
                "inside TLS came one reply that may belong to either of two commands: {}",
                last()
            )),
            Some(TalkEnd::Silent { .. }) => Injected::Unknown("the server fell silent inside TLS".to_owned()),
            Some(_) | None => Injected::Unknown("what the server said inside TLS cannot be read".to_owned()),
        }
    }
}

impl EndpointObservation {
    /// Returns whether the server answered another hello on a connection that began after this one's end.
    pub fn answers_since(&self, session: &Session) -> bool {
        let others = self.sessions.iter().filter(|other| other.ask != session.ask);
        others.into_iter().any(|other| other.has_tls() && other.begun_ms >= session.ended_ms())
    }
}

#[cfg(test)]
mod tests {
    use super::Injected;
    use crate::observation::{Ask, Line, Session, TalkEnd, Tls, TlsEnd, Trick};
    use crate::sample;

    /// A connection on which a command was slipped in, and how its parts ended.
    fn session(plain: TalkEnd, tls: TlsEnd, inside: TalkEnd) -> Session {
        let seen = sample::healthy().only(25).seen.endpoints.remove(0);
        let tls = Tls { end: tls, ..Tls::default() };
        let mut session = sample::session(&seen.endpoint, Ask::Try(Trick::Injection), tls);
        let talk = session.plain.as_mut().unwrap();
        talk.lines.push(Line { sent: Some("STARTTLS\nNOOP".into()), reply: Some("220 go".into()) });
        talk.end = plain;
        let mut talk = sample::talk(seen.endpoint.protocol, true);
        talk.lines.push(Line { sent: Some("QUIT".into()), reply: Some("250 or so".into()) });
        talk.end = inside;
        session.inside = Some(talk);
        session
    }

    #[test]
    fn each_end_tells_its_own_story() {
        let inside = |end| session(TalkEnd::Done, TlsEnd::Completed, end).injected();
        assert_eq!(inside(TalkEnd::Done), Injected::Spurned);
        assert_eq!(inside(TalkEnd::CarriedOut("250 Ok".into())), Injected::CarriedOut("250 Ok".into()));
        assert_eq!(inside(TalkEnd::Closed { at_greeting: false }), Injected::Lost);
        for end in [
            TalkEnd::Silent { at_greeting: false },
            TalkEnd::Unclear,
            TalkEnd::Rejected { at_greeting: false, code: 503 },
            TalkEnd::Invalid("line without a status".into()),
        ] {
            assert!(matches!(inside(end), Injected::Unknown(_)));
        }
        let handshake = |end| session(TalkEnd::Done, end, TalkEnd::Done).injected();
        for end in [TlsEnd::Alert, TlsEnd::Closed, TlsEnd::NotTls, TlsEnd::Malformed("odd".into())] {
            assert_eq!(handshake(end), Injected::Lost);
        }
        assert!(matches!(handshake(TlsEnd::TimedOut), Injected::Unknown(_)));
        let mut chose = session(TalkEnd::Done, TlsEnd::Malformed("odd".into()), TalkEnd::Done);
        chose.tls.as_mut().unwrap().version = Some(0x0304);
        assert!(matches!(chose.injected(), Injected::Unknown(_)));
        let plain = |end| session(end, TlsEnd::Completed, TalkEnd::Done).injected();
        assert_eq!(plain(TalkEnd::Refused(554)), Injected::Spurned);
        assert_eq!(plain(TalkEnd::Refused(0)), Injected::Spurned);
        assert!(matches!(plain(TalkEnd::Refused(454)), Injected::Unknown(_)));
        assert!(matches!(plain(TalkEnd::Silent { at_greeting: false }), Injected::Unknown(_)));
        assert_eq!(plain(TalkEnd::Closed { at_greeting: false }), Injected::Lost);
    }

    #[test]
    fn a_connection_that_did_not_come_so_far_says_nothing() {
        let mut session = session(TalkEnd::Closed { at_greeting: false }, TlsEnd::TimedOut, TalkEnd::Done);
        session.plain.as_mut().unwrap().lines.pop();
        assert_eq!(session.slipped_in(), None);
        assert!(matches!(session.injected(), Injected::Unknown(_)));
    }

    #[test]
    fn only_what_came_later_tells_a_refusal_from_a_loss() {
        let mut seen = sample::healthy().only(25).seen.endpoints.remove(0);
        let mut lost = session(TalkEnd::Done, TlsEnd::Closed, TalkEnd::Done);
        lost.begun_ms = 1_000;
        seen.sessions.push(lost.clone());
        assert!(!seen.answers_since(&lost));
        let mut control = seen.sessions[0].clone();
        (control.ask, control.begun_ms) = (Ask::Control, 1_100);
        seen.sessions.push(control);
        assert!(seen.answers_since(&lost));
    }
}
