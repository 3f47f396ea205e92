//! Words that several rules share.

use mailmedic_wire::dialogue::Protocol;
use mailmedic_wire::names::{CipherSuite, ProtocolVersion};

use crate::endpoint::Role;
use crate::observation::{EndpointObservation, Session, Talk};
use crate::words;

/// The most of a server's reply that is shown.
const MOST_OF_REPLY: usize = 300;

/// Returns who connects in this role: the subject of "refuse", "cannot log in".
pub(in crate::rules) fn peers(role: Role) -> &'static str {
    match role {
        Role::Mx => "other mail servers that deliver here",
        Role::Submission => "everybody who sends mail through this server",
        Role::Access => "everybody who reads mail on this server",
    }
}

/// Returns whose passwords a role is about.
pub(in crate::rules) fn logins(role: Role) -> &'static str {
    match role {
        Role::Mx | Role::Submission => "programs that log in here to send mail",
        Role::Access => "programs that log in here to read or manage mail",
    }
}

/// Returns which programs connect in this role.
pub(in crate::rules) fn connecting(role: Role) -> &'static str {
    match role {
        Role::Mx => "mail servers that deliver here",
        Role::Submission => "mail programs that send",
        Role::Access => "mail programs that read mail",
    }
}

/// Returns what a role cannot do while its service does not work.
pub(in crate::rules) fn loss(role: Role) -> &'static str {
    match role {
        Role::Mx => "other mail servers cannot deliver here",
        Role::Submission => "mail programs cannot send",
        Role::Access => "mail programs cannot read mail",
    }
}

/// Returns the protocol's name as people write it.
pub(in crate::rules) fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Smtp => "SMTP",
        Protocol::Submission => "SMTP (submission)",
        Protocol::Lmtp => "LMTP",
        Protocol::Imap => "IMAP",
        Protocol::Pop3 => "POP3",
        Protocol::Sieve => "ManageSieve",
    }
}

/// Returns the last words of a dialogue before the goodbye, safe to show.
pub(in crate::rules) fn last_reply(talk: &Talk) -> Option<String> {
    let is_goodbye = |sent: &str| sent.split_whitespace().any(|word| matches!(word, "QUIT" | "LOGOUT"));
    let replies = talk.lines.iter().rev().filter(|line| !line.sent.as_deref().is_some_and(is_goodbye));
    let reply = replies.into_iter().find_map(|line| line.reply.as_deref())?;
    Some(words::escape(&reply.trim_end().replace('\n', " "), MOST_OF_REPLY))
}

/// Returns the last words in clear text of a connection, safe to show.
pub(in crate::rules) fn last_plain_reply(session: &Session) -> Option<String> {
    session.plain.as_ref().and_then(last_reply)
}

/// Returns the word that asks for TLS in the dialogue of an endpoint.
pub(in crate::rules) fn upgrade(seen: &EndpointObservation) -> &'static str {
    seen.endpoint.protocol.upgrade_keyword()
}

/// Returns the suites that the server was seen to accept and that `is` picks, each once.
pub(in crate::rules) fn suites(
    seen: &EndpointObservation,
    is: impl Fn(CipherSuite) -> bool,
) -> Vec<CipherSuite> {
    // The cipher kinds of SSL 2 are numbers of another space.
    let suites = seen.suites().into_iter().filter(|accepted| accepted.version != ProtocolVersion::SSLv2.0);
    let mut picked: Vec<CipherSuite> =
        suites.map(|accepted| CipherSuite(accepted.suite)).filter(|suite| is(*suite)).collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}
