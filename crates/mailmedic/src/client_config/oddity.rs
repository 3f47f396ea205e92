//! What is odd about a server that clients are told, whatever the source.

use crate::endpoint::{Endpoint, Protocol, Security, WELL_KNOWN};

/// Something that is seldom meant so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// Clients are told to do without TLS, and send passwords in clear text.
    Plain,
    /// The port is for the other mode.
    Mode,
    /// The port is another protocol's.
    Protocol(Protocol),
    /// The port is none of mail's.
    Port,
}

/// Returns what is odd about a service told with this mode and port.
pub fn oddities(protocol: Protocol, security: Option<Security>, port: u16) -> Vec<Oddity> {
    let Some(security) = security else { return vec![Oddity::Plain] };
    let rows = || WELL_KNOWN.iter().filter(|row| row.0 == port);
    // Port 25 takes mail from users at some providers, as it did before RFC 6409.
    if port == 25 && protocol == Protocol::Submission {
        return if security == Security::Starttls { Vec::new() } else { vec![Oddity::Mode] };
    }
    match Endpoint::well_known(port) {
        None => vec![Oddity::Port],
        Some((usual, _)) if usual != protocol => vec![Oddity::Protocol(usual)],
        Some(_) if rows().any(|row| row.2 == security) => Vec::new(),
        Some(_) => vec![Oddity::Mode],
    }
}
