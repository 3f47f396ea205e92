//! SRV (RFC 6186, RFC 8314 §5.1): where mail clients find their servers.

use std::fmt;

use super::{Made, Meant, Record};
use crate::endpoint::{Endpoint, Protocol, Security};
use crate::name::{Host, Name, NameError};
use crate::observation::DnsData;

/// One service for mail clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// What it speaks: IMAP, POP3, submission or ManageSieve.
    pub protocol: Protocol,
    /// The host that clients are told.
    pub host: Name,
    /// The port.
    pub port: u16,
    /// How clients come to TLS.
    pub security: Security,
}

/// Why a text names no server; each completes "…: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// No host name.
    #[error("it is no host name: {0}")]
    Host(NameError),
    /// An address.
    #[error("it is an address; clients are told a name, which the certificate must have")]
    Address,
    /// No port.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// No mode.
    #[error("the mode is tls (from the first byte) or starttls")]
    Mode,
    /// A port that does not tell the mode.
    #[error("port {0} does not tell the mode: give {0}:tls or {0}:starttls")]
    Unclear(u16),
    /// More than three parts.
    #[error("it is not HOST[:PORT[:MODE]]")]
    Parts,
}

impl Server {
    /// Reads `HOST[:PORT[:MODE]]`; without a port it is TLS from the first byte on the usual port.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(protocol: Protocol, text: &str) -> Result<Self, ServerError> {
        let mut parts = text.split(':');
        let host = parts.next().unwrap_or_default();
        let host = match Host::new(host).map_err(ServerError::Host)? {
            Host::Name(name) => name,
            Host::Address(_) => return Err(ServerError::Address),
        };
        // An underscore, or a star, stands in no host's name.
        if let Some(odd) = host.as_ascii().chars().find(|c| matches!(c, '_' | '*')) {
            return Err(ServerError::Host(NameError::Character(odd)));
        }
        let port = match parts.next() {
            None => None,
            Some(text) => match text.parse() {
                Ok(port) if port != 0 => Some(port),
                _ => return Err(ServerError::Port),
            },
        };
        let mode = match parts.next().map(str::to_ascii_lowercase).as_deref() {
            None => None,
            Some("tls" | "ssl" | "implicit") => Some(Security::Implicit),
            Some("starttls") => Some(Security::Starttls),
            Some(_) => return Err(ServerError::Mode),
        };
        if parts.next().is_some() {
            return Err(ServerError::Parts);
        }
        let (port, security) = match (port, mode) {
            (None, _) => usual(protocol),
            (Some(port), Some(mode)) => (port, mode),
            (Some(port), None) => match Endpoint::well_known(port) {
                Some((known, security)) if known == protocol => (port, security),
                _ => return Err(ServerError::Unclear(port)),
            },
        };
        Ok(Self { protocol, host, port, security })
    }

    /// Returns the label of its SRV records (RFC 6186 §3, RFC 8314 §5.1, RFC 5804 §1.8).
    pub fn label(&self) -> &'static str {
        LABELS
            .iter()
            .find(|row| row.1 == self.protocol && row.2 == self.security)
            .map_or("_sieve", |row| row.0)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = if self.security == Security::Implicit { "tls" } else { "starttls" };
        write!(f, "{}:{}:{mode}", self.host, self.port)
    }
}

/// Makes the records of a domain: of each service that there is, and for each other that it is not offered.
///
/// # Errors
/// The name of a record would be too long.
pub fn make(domain: &Name, servers: &[Server], ttl: u32) -> Result<Made, NameError> {
    let mut made = Made::default();
    for (label, protocol, security) in LABELS {
        let name = domain.under("_tcp")?.under(label)?;
        let offered: Vec<&Server> =
            servers.iter().filter(|server| server.protocol == protocol && server.label() == label).collect();
        // Clients that know both shall come to TLS from the first byte (RFC 8314 §5.1).
        let first = if security == Security::Implicit { 0 } else { 10 };
        for (priority, server) in (first..).zip(&offered) {
            let target = Some(server.host.as_ascii().to_owned());
            let data = DnsData::Srv { priority, weight: 1, port: server.port, target };
            made.put(Record { name: name.clone(), ttl, data }, Meant::All);
        }
        // Of ManageSieve, which few domains announce, nothing is said.
        if offered.is_empty() && protocol != Protocol::Sieve {
            let data = DnsData::Srv { priority: 0, weight: 0, port: 0, target: None };
            made.put(Record { name, ttl, data }, Meant::All);
        }
    }
    judge(servers, &mut made);
    Ok(made)
}

fn judge(servers: &[Server], made: &mut Made) {
    for server in servers {
        let usual = Endpoint::well_known(server.port);
        if usual.is_some_and(|(protocol, _)| protocol != server.protocol) {
            made.object(
                "srv-invalid",
                format!("Port {} belongs to another protocol than {}.", server.port, server.protocol.name()),
            );
        } else if usual.is_some_and(|(_, security)| security != server.security) {
            let mode =
                if server.security == Security::Implicit { "STARTTLS" } else { "TLS from the first byte" };
            made.object("srv-invalid", format!("On port {} clients expect {mode}.", server.port));
        }
        if server.security == Security::Starttls && server.protocol != Protocol::Sieve {
            made.remark(format!(
                "{server}: TLS from the first byte is what RFC 8314 wants; an attacker can take STARTTLS away."
            ));
        }
    }
    if !servers.iter().any(|server| server.protocol == Protocol::Submission) {
        made.remark("No submission server is named, so that clients are told that they cannot send.");
    }
}

/// Returns the usual port for TLS from the first byte, and where there is none that of STARTTLS.
fn usual(protocol: Protocol) -> (u16, Security) {
    match protocol {
        Protocol::Imap => (993, Security::Implicit),
        Protocol::Pop3 => (995, Security::Implicit),
        Protocol::Sieve => (4190, Security::Starttls),
        _ => (465, Security::Implicit),
    }
}

/// The labels, with what they announce.
const LABELS: [(&str, Protocol, Security); 7] = [
    ("_submissions", Protocol::Submission, Security::Implicit),
    ("_submission", Protocol::Submission, Security::Starttls),
    ("_imaps", Protocol::Imap, Security::Implicit),
    ("_imap", Protocol::Imap, Security::Starttls),
    ("_pop3s", Protocol::Pop3, Security::Implicit),
    ("_pop3", Protocol::Pop3, Security::Starttls),
    ("_sieve", Protocol::Sieve, Security::Starttls),
];

#[cfg(test)]
mod tests {
    use super::{Server, ServerError, make};
    use crate::endpoint::Protocol;
    use crate::generate::Made;
    use crate::name::Name;

    fn server(protocol: Protocol, text: &str) -> Server {
        Server::parse(protocol, text).unwrap()
    }

    fn made(servers: &[Server]) -> Made {
        make(&Name::new("example.org").unwrap(), servers, 3600).unwrap()
    }

    #[test]
    fn ports_and_modes_have_usual_values() {
        let read = |protocol, text| server(protocol, text).to_string();
        assert_eq!(read(Protocol::Imap, "Mail.Example.org"), "mail.example.org:993:tls");
        assert_eq!(read(Protocol::Pop3, "mail.example.org:110"), "mail.example.org:110:starttls");
        assert_eq!(read(Protocol::Submission, "mail.example.org"), "mail.example.org:465:tls");
        assert_eq!(read(Protocol::Submission, "mail.example.org:2465:tls"), "mail.example.org:2465:tls");
        assert_eq!(read(Protocol::Sieve, "mail.example.org"), "mail.example.org:4190:starttls");
    }

    #[test]
    fn texts_that_are_no_server_say_why() {
        let fails = |text| Server::parse(Protocol::Imap, text).unwrap_err();
        assert_eq!(fails("192.0.2.1"), ServerError::Address);
        assert_eq!(fails("mail.example.org:0"), ServerError::Port);
        assert_eq!(fails("mail.example.org:993:plain"), ServerError::Mode);
        assert_eq!(fails("mail.example.org:1993"), ServerError::Unclear(1993));
        assert_eq!(fails("mail.example.org:465"), ServerError::Unclear(465));
        assert_eq!(fails("mail.example.org:993:tls:x"), ServerError::Parts);
        assert!(matches!(fails("_x.example.org"), ServerError::Host(_)));
    }

    #[test]
    fn what_is_not_offered_is_said_too() {
        let made = made(&[
            server(Protocol::Imap, "mail.example.org"),
            server(Protocol::Submission, "mail.example.org"),
            server(Protocol::Submission, "mail.example.org:587"),
        ]);
        let lines: Vec<String> = made
            .records
            .iter()
            .map(|record| record.line().replace("._tcp.example.org. 3600 IN SRV", ""))
            .collect();
        assert_eq!(
            lines,
            [
                "_submissions 0 1 465 mail.example.org.",
                "_submission 10 1 587 mail.example.org.",
                "_imaps 0 1 993 mail.example.org.",
                "_imap 0 0 0 .",
                "_pop3s 0 0 0 .",
                "_pop3 0 0 0 .",
            ]
        );
        assert_eq!(made.objections, []);
    }

    #[test]
    fn a_port_of_something_else_is_objected_to() {
        // Seen in the wild: the port of POP3 in the record of IMAP.
        assert_eq!(
            made(&[server(Protocol::Imap, "mail.example.org:995:tls")]).objections[0].rule,
            "srv-invalid"
        );
        assert_eq!(made(&[server(Protocol::Imap, "mail.example.org:993:starttls")]).objections.len(), 1);
        assert_eq!(made(&[server(Protocol::Imap, "mail.example.org:1993:tls")]).objections, []);
    }
}
