//! One description of a mail service, of which all documents are written.

use std::fmt;

use super::{Policy, Server};
use crate::endpoint::{Protocol, Security};
use crate::name::{Name, NameError};

/// What a domain offers mail programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What people read: `Example Mail`.
    pub name: String,
    /// The same in few letters.
    pub short_name: String,
    /// A page that helps to set up a mail program.
    pub help: Option<String>,
    /// The servers; of each protocol the preferred first.
    pub servers: Vec<Server>,
    /// What people log in with.
    pub log_in: LogIn,
    /// The MTA-STS policy that is served beside the documents.
    pub mta_sts: Option<Policy>,
}

/// What people log in with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogIn {
    /// Their whole address.
    #[default]
    Address,
    /// What stands before the `@`.
    LocalPart,
}

/// Why a description cannot be used; each completes "…: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// No server to read mail from.
    #[error("no IMAP or POP3 server is given")]
    NoIncoming,
    /// No server to send by.
    #[error("no submission server is given")]
    NoOutgoing,
    /// The name is empty, too long or not printable.
    #[error("a name has 1 to {LONGEST_NAME} characters, none of them invisible")]
    Name,
    /// The short name is empty, too long or not printable.
    #[error("a short name has 1 to {LONGEST_SHORT_NAME} characters, none of them invisible")]
    ShortName,
    /// The help is no URL.
    #[error("the help is no http: or https: URL")]
    Help,
}

impl Service {
    /// Starts with a name and servers.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn new(name: &str, servers: Vec<Server>) -> Result<Self, ServiceError> {
        let service = Self {
            name: name.to_owned(),
            short_name: name.chars().take(LONGEST_SHORT_NAME).collect::<String>().trim_end().to_owned(),
            help: None,
            servers,
            log_in: LogIn::default(),
            mta_sts: None,
        };
        service.check().map(|()| service)
    }

    /// Looks whether documents can be written of it.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn check(&self) -> Result<(), ServiceError> {
        let has = |wanted: &[Protocol]| self.servers.iter().any(|one| wanted.contains(&one.protocol));
        if !has(&[Protocol::Imap, Protocol::Pop3]) {
            return Err(ServiceError::NoIncoming);
        }
        if !has(&[Protocol::Submission]) {
            return Err(ServiceError::NoOutgoing);
        }
        let is_name = |name: &str, most: usize| {
            let length = name.chars().count();
            (1..=most).contains(&length) && !name.chars().any(char::is_control) && name.trim() == name
        };
        if !is_name(&self.name, LONGEST_NAME) {
            return Err(ServiceError::Name);
        }
        if !is_name(&self.short_name, LONGEST_SHORT_NAME) {
            return Err(ServiceError::ShortName);
        }
        match &self.help {
            Some(help) if !is_url(help) => Err(ServiceError::Help),
            _ => Ok(()),
        }
    }

    /// Returns the servers of a protocol, the preferred first.
    pub(super) fn of(&self, protocol: Protocol) -> impl Iterator<Item = &Server> {
        self.servers.iter().filter(move |server| server.protocol == protocol)
    }

    /// Returns the server of a protocol for programs that take only one: TLS from the first byte before STARTTLS.
    pub(super) fn best(&self, protocol: Protocol) -> Option<&Server> {
        self.of(protocol)
            .find(|server| server.security == Security::Implicit)
            .or_else(|| self.of(protocol).next())
    }
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty())
        && text.len() <= LONGEST_URL
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>'))
}

/// A mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    local: String,
    domain: Name,
}

/// Why a text is no mail address; each completes "…: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No `@`, or nothing before it.
    #[error("it has no @, or nothing before it")]
    At,
    /// Longer than mail allows (RFC 5321 §4.5.3.1).
    #[error("it is too long")]
    TooLong,
    /// A character that would have to be quoted.
    #[error("it has a character that no mailbox has")]
    Character,
    /// The domain is none.
    #[error("{0}")]
    Domain(NameError),
}

impl Address {
    /// Reads an address without quotes.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn new(text: &str) -> Result<Self, AddressError> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(AddressError::At)?;
        if local.is_empty() {
            return Err(AddressError::At);
        }
        if local.len() > LONGEST_LOCAL {
            return Err(AddressError::TooLong);
        }
        if local.chars().any(|c| c.is_control() || c.is_whitespace() || "\"(),:;<>@[\\]".contains(c)) {
            return Err(AddressError::Character);
        }
        let domain = Name::new(domain).map_err(AddressError::Domain)?;
        Ok(Self { local: local.to_owned(), domain })
    }

    /// Returns the domain.
    pub fn domain(&self) -> &Name {
        &self.domain
    }

    /// Returns what somebody with this address logs in with.
    pub(super) fn log_in(&self, log_in: LogIn) -> String {
        match log_in {
            LogIn::Address => self.to_string(),
            LogIn::LocalPart => self.local.clone(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// What the user agent configuration of PACC allows (draft-ietf-mailmaint-pacc §5).
const LONGEST_NAME: usize = 60;
/// The same of the short name.
const LONGEST_SHORT_NAME: usize = 20;
const LONGEST_URL: usize = 2000;
const LONGEST_LOCAL: usize = 64;

#[cfg(test)]
pub(super) mod tests {
    use super::{Address, AddressError, Service, ServiceError};
    use crate::endpoint::Protocol;
    use crate::generate::srv::Server;

    /// A service with all that a description can have, and a name that needs care in XML.
    pub(crate) fn sample() -> Service {
        let server = |protocol, text| Server::parse(protocol, text).unwrap();
        let mut service = Service::new(
            "Smith & <Sons> Mail",
            vec![
                server(Protocol::Imap, "imap.example.org:143"),
                server(Protocol::Imap, "imap.example.org:993"),
                server(Protocol::Pop3, "pop.example.org"),
                server(Protocol::Submission, "smtp.example.org"),
            ],
        )
        .unwrap();
        service.short_name = "Smith".to_owned();
        service.help = Some("https://example.org/help?a=1&b=2".to_owned());
        service
    }

    #[test]
    fn what_is_missing_is_said() {
        let server = |protocol| Server::parse(protocol, "mail.example.org").unwrap();
        let fails = |name, servers| Service::new(name, servers).unwrap_err();
        assert_eq!(fails("Mail", vec![server(Protocol::Submission)]), ServiceError::NoIncoming);
        assert_eq!(fails("Mail", vec![server(Protocol::Imap)]), ServiceError::NoOutgoing);
        let both = || vec![server(Protocol::Pop3), server(Protocol::Submission)];
        for name in ["", " Mail", "a\nb", &"x".repeat(61)] {
            assert_eq!(fails(name, both()), ServiceError::Name, "{name:?}");
        }
        let mut service = Service::new("Mail of a town with a long name", both()).unwrap();
        assert_eq!(service.short_name, "Mail of a town with");
        service.short_name = "x".repeat(21);
        assert_eq!(service.check(), Err(ServiceError::ShortName));
        service.short_name = "x".to_owned();
        for help in ["example.org", "https://", "javascript:alert(1)", "https://a b", "https://a\"b"] {
            service.help = Some(help.to_owned());
            assert_eq!(service.check(), Err(ServiceError::Help), "{help}");
        }
    }

    #[test]
    fn the_safer_server_is_the_best() {
        assert_eq!(sample().best(Protocol::Imap).unwrap().port, 993);
    }

    #[test]
    fn addresses_are_read() {
        let read = Address::new(" Ann.Other+tag@Bücher.example ").unwrap();
        assert_eq!(read.to_string(), "Ann.Other+tag@xn--bcher-kva.example");
        assert_eq!(Address::new("example.org"), Err(AddressError::At));
        assert_eq!(Address::new("@example.org"), Err(AddressError::At));
        assert_eq!(Address::new(&format!("{}@example.org", "x".repeat(65))), Err(AddressError::TooLong));
        for bad in ["a b@example.org", "a<b@example.org", "a\u{1}@example.org", "\"a\"@example.org"] {
            assert_eq!(Address::new(bad), Err(AddressError::Character), "{bad}");
        }
        assert!(matches!(Address::new("a@exa mple"), Err(AddressError::Domain(_))));
    }
}
