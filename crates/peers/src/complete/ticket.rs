//! Session tickets that hold the session in the clear: whoever tests may look inside.

use mailmedic_wire::extension::ClientExtension;
use mailmedic_wire::hello::{ClientHello, write_message};
use mailmedic_wire::names::{CipherSuite, ExtensionType, HandshakeType};

use crate::choose::Choice;
use crate::habits::Tickets;

/// A session that can be resumed.
pub(super) struct Ticket {
    pub(super) suite: CipherSuite,
    pub(super) master: Vec<u8>,
    name: String,
}

impl Ticket {
    /// Makes the ticket of a session.
    pub(super) fn new(hello: &ClientHello, choice: &Choice, master: &[u8]) -> Self {
        Self { suite: choice.suite, master: master.to_vec(), name: server_name(hello) }
    }

    /// Returns the session whose ticket a client brings, if it is taken.
    pub(super) fn of(hello: &ClientHello, habit: Tickets) -> Option<Self> {
        let Some(ClientExtension::SessionTicket(bytes)) = hello.extension(ExtensionType::SESSION_TICKET)
        else {
            return None;
        };
        let rest = bytes.strip_prefix(MARK)?;
        let (suite, rest) = rest.split_first_chunk()?;
        let (master, name) = rest.split_at_checked(48)?;
        let ticket = Self {
            suite: CipherSuite(u16::from_be_bytes(*suite)),
            master: master.to_vec(),
            name: String::from_utf8_lossy(name).into_owned(),
        };
        let same_name = habit.any_name || ticket.name == server_name(hello);
        (same_name && hello.cipher_suites.contains(&ticket.suite)).then_some(ticket)
    }

    /// Writes the NewSessionTicket (RFC 5077 section 3.3).
    pub(super) fn message(&self, lifetime: u32) -> Vec<u8> {
        let suite = self.suite.0.to_be_bytes();
        let ticket = [MARK, &suite, &self.master, self.name.as_bytes()].concat();
        let length = (ticket.len() as u16).to_be_bytes();
        let body = [&lifetime.to_be_bytes()[..], &length, &ticket].concat();
        write_message(HandshakeType::NEW_SESSION_TICKET, &body)
    }
}

fn server_name(hello: &ClientHello) -> String {
    match hello.extension(ExtensionType::SERVER_NAME) {
        Some(ClientExtension::ServerName(name)) => name.clone(),
        _ => String::new(),
    }
}

const MARK: &[u8] = b"ticket in the clear:";
