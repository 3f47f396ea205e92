//! A server of TLS 1.2 that completes handshakes, for what shows only then: oracles, renegotiation, tickets.
//!
//! It is no server to trust: it does what it is told, also where that is wrong, and leaks through timing.

mod channel;
mod keys;
mod protect;
mod schedule;
mod session;
mod ticket;

use std::io::{self, Write};
use std::net::TcpStream;

use mailmedic_wire::hello::ClientHello;
use mailmedic_wire::names::{CipherSuite, CompressionMethod, ProtocolVersion};

use crate::choose::choose;
use crate::dialogue::Dialogue;
use crate::identity::Identity;
use crate::personality::Personality;
use crate::server::Server;
use session::Session;

/// How a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By a close.
    Leave,
    /// By a reset.
    Reset,
    /// Not before the client goes.
    Hold,
}

/// Tells whether this hello leads to a handshake that can be completed.
pub(crate) fn can(server: &Personality, hello: &ClientHello) -> bool {
    choose(server, hello).is_ok_and(|choice| {
        choice.version == ProtocolVersion::TLSv1_2
            && SUITES.contains(&choice.suite)
            && choice.compression == CompressionMethod::NULL
            && choice.group.is_none_or(|group| keys::algorithm(group).is_some())
            && choice.scheme.is_none_or(|scheme| Identity::SCHEMES.contains(&scheme))
    })
}

/// Completes the handshake, then speaks the mail protocol inside.
pub(crate) fn serve(
    server: &Server,
    identity: &Identity,
    hello: &ClientHello,
    stream: &mut TcpStream,
    number: u64,
) -> io::Result<End> {
    let mut session = Session::new(server, identity, stream, number);
    if let Err(stop) = session.shake(hello) {
        return session.stop(stop);
    }
    match speak(&mut session, server.dialogue, server.implicit) {
        Ok(()) => session.close(),
        Err(error) => match session.take_stop() {
            Some(stop) => session.stop(stop),
            None => Err(error),
        },
    }
}

fn speak(session: &mut Session<'_>, dialogue: Dialogue, implicit: bool) -> io::Result<()> {
    if implicit || dialogue.greets_after_upgrade() {
        session.write_all(dialogue.greeting(true).as_bytes())?;
    }
    dialogue.hold(session, true).map(drop)
}

/// The suites of handshakes that are completed.
pub(crate) const SUITES: &[CipherSuite] = &[
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
    CipherSuite::TLS_RSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
];

#[cfg(test)]
mod tests;
