//! By what a server shows that it limits us.

use crate::endpoint::Security;
use crate::observation::{Connect, Session, TalkEnd, TlsEnd};
use crate::words;

/// Returns the words by which a session shows that the server limits us, if it does.
///
/// Only meaningful after a polite session that went well: 421 or 450 at once, 454 to STARTTLS, and a close
/// before the greeting are then no property of the server but of the number of our connections.
pub fn limit_shown(session: &Session) -> Option<String> {
    match &session.connect {
        Connect::Open => {}
        Connect::Refused => return Some("the connection was refused".to_owned()),
        Connect::TimedOut => return Some("the connection was not opened in time".to_owned()),
        Connect::Unreachable(why) | Connect::Failed(why) => return Some(why.clone()),
    }
    // What follows a command that was slipped in is the answer to that.
    if session.slipped_in().is_some() {
        return None;
    }
    if session.security == Security::Implicit {
        // A port that spoke TLS before says in clear text that it will not now.
        let said = session.tls.as_ref().filter(|tls| tls.end == TlsEnd::NotTls)?.not_tls.as_ref()?;
        let turns_away = TURNS_AWAY.iter().any(|word| said.0.starts_with(word));
        return turns_away.then(|| words::escape_bytes(said.0.trim_ascii(), MOST_OF_REASON));
    }
    let talk = session.plain.as_ref()?;
    let last = || talk.lines.iter().rev().find_map(|line| line.reply.clone());
    match &talk.end {
        TalkEnd::Rejected { .. } | TalkEnd::Refused(400..500) => last(),
        TalkEnd::Closed { at_greeting: true } | TalkEnd::Reset { at_greeting: true } => {
            Some("the connection was closed before the greeting".to_owned())
        }
        TalkEnd::Closed { .. } | TalkEnd::Reset { .. } => {
            Some("the connection was closed before TLS".to_owned())
        }
        TalkEnd::Silent { .. } => Some("the server fell silent".to_owned()),
        _ => None,
    }
}

/// How SMTP, POP3, IMAP and ManageSieve begin to turn a client away.
const TURNS_AWAY: [&[u8]; 5] = [b"421", b"454", b"-ERR", b"* BYE", b"BYE"];

/// The most of a server's reason that is kept.
const MOST_OF_REASON: usize = 200;
