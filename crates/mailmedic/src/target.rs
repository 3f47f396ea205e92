//! What the user names: a mail domain, a host, one port, a socket.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::endpoint::{Endpoint, Protocol, Security, WELL_KNOWN};
use crate::name::{Host, Name, NameError};
use crate::observation::TargetKind;

/// One thing to examine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A mail domain: all that it announces.
    Domain(Name),
    /// A host on every mail port.
    Host(Host),
    /// One port of one host.
    Endpoint {
        /// The name or address.
        host: Host,
        /// The port.
        port: u16,
        /// What it speaks.
        protocol: Protocol,
        /// How it comes to TLS.
        security: Security,
    },
    /// A Unix domain socket.
    Socket {
        /// Its path.
        path: PathBuf,
        /// What it speaks.
        protocol: Protocol,
    },
}

impl Target {
    /// Reads what the user typed.
    ///
    /// A bare name is a mail domain unless `host_wanted`; `service` says what a port speaks that belongs to
    /// no mail protocol, and wins over the usual meaning of one that does. A mail address stands for its domain.
    ///
    /// # Errors
    /// Says in one line what is wrong, to stand after `"<input>" is no target: `.
    pub fn parse(input: &str, host_wanted: bool, service: Option<Service>) -> Result<Self, TargetError> {
        let text = input.trim();
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if text.len() > LONGEST {
            return Err(TargetError::TooLong);
        }
        if let Some(path) = strip_word(text, "lmtp+unix:") {
            return socket(path);
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let word: Service =
                scheme.parse().map_err(|_| TargetError::Scheme { scheme: scheme.to_owned() })?;
            return url(word, rest);
        }
        if let Some((_, domain)) = text.rsplit_once('@') {
            return Ok(bare(read_host(domain)?, host_wanted));
        }
        match split_port(text)? {
            (host, None) => Ok(bare(host, host_wanted)),
            (host, Some(port)) => match service.or_else(|| Service::usual(port)) {
                Some(service) => Ok(service.at(host, port)),
                None => Err(TargetError::PortUnknown { host, port }),
            },
        }
    }

    /// Returns what kind of thing it is.
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Domain(_) => TargetKind::Domain,
            Self::Host(_) => TargetKind::Host,
            Self::Endpoint { .. } | Self::Socket { .. } => TargetKind::Endpoint,
        }
    }

    /// Returns the domain, host name or address that it names; none for a socket.
    pub fn host(&self) -> Option<Host> {
        match self {
            Self::Domain(name) => Some(Host::Name(name.clone())),
            Self::Host(host) | Self::Endpoint { host, .. } => Some(host.clone()),
            Self::Socket { .. } => None,
        }
    }
}

/// A word for what a port speaks, as in URLs and `--protocol`: `imap`, `imaps`, `submission` …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// The dialogue.
    pub protocol: Protocol,
    /// The mode, where the word insists on one: `imaps` does, `imap` leaves it to the port.
    pub security: Option<Security>,
    port: u16,
}

impl Service {
    /// Lists the words.
    pub fn words() -> impl Iterator<Item = &'static str> {
        SERVICES.iter().map(|row| row.0)
    }

    fn usual(port: u16) -> Option<Self> {
        let (protocol, security) = Endpoint::well_known(port)?;
        Some(Self { protocol, security: Some(security), port })
    }

    /// Names the endpoint that speaks this on a port.
    fn at(self, host: Host, port: u16) -> Target {
        let usual = Endpoint::well_known(port);
        let protocol = match (self.protocol, usual) {
            // `smtp` is said of both; only the port tells a mail server's SMTP from a mail client's.
            (Protocol::Smtp, Some((Protocol::Submission, _))) => Protocol::Submission,
            (Protocol::Submission, Some((Protocol::Smtp, _))) => Protocol::Smtp,
            (own, _) => own,
        };
        let security = match (self.security, usual) {
            (Some(security), _) => security,
            (None, Some((same, security))) if same == protocol => security,
            (None, _) => Security::Starttls,
        };
        Target::Endpoint { host, port, protocol, security }
    }
}

impl FromStr for Service {
    type Err = ServiceError;

    fn from_str(word: &str) -> Result<Self, ServiceError> {
        let word = word.to_ascii_lowercase();
        SERVICES
            .iter()
            .find(|row| row.0 == word)
            .map(|&(_, protocol, security, port)| Self { protocol, security, port })
            .ok_or(ServiceError)
    }
}

/// A word that names no mail protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no mail protocol has this name; there are {}", list(Service::words()))]
pub struct ServiceError;

/// Why a text is no target; the text stands after `"<input>" is no target: `.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Nothing was given.
    #[error("it is empty. Try example.org")]
    Empty,
    /// Longer than any name can be.
    #[error("it is too long")]
    TooLong,
    /// The name breaks a rule of DNS.
    #[error("{0}")]
    Name(#[from] NameError),
    /// Digits and dots that are no address.
    #[error("it looks like an IPv4 address and is none")]
    Ipv4,
    /// Brackets that hold no IPv6 address.
    #[error("the brackets hold no IPv6 address. Try [2001:db8::7]:993")]
    Ipv6,
    /// Letters where the port should be.
    #[error("the port is not a number. Try {}", Pair(.host, *.near))]
    PortNotANumber {
        /// The host.
        host: Host,
        /// A port that may have been meant.
        near: u16,
    },
    /// Zero, or more than 65535.
    #[error("a port is a number from 1 to 65535. Try {}", Pair(.host, *.near))]
    PortOutOfRange {
        /// The host.
        host: Host,
        /// A port that may have been meant.
        near: u16,
    },
    /// A port that says nothing of the protocol.
    #[error(
        "port {port} belongs to no mail protocol; say which: smtp://{}, or --protocol smtp",
        Pair(.host, *.port)
    )]
    PortUnknown {
        /// The host.
        host: Host,
        /// The port.
        port: u16,
    },
    /// A URL of something else.
    #[error("{scheme:?} is no mail protocol; there are {}", list(Service::words()))]
    Scheme {
        /// The word before the colon.
        scheme: String,
    },
    /// A URL with a path or a query.
    #[error("a mail server has no path. Try {0}")]
    Path(String),
    /// A relative path of a socket.
    #[error("the path of a socket starts with a slash. Try lmtp+unix:/run/dovecot/lmtp")]
    Socket,
}

/// A host with a port, an IPv6 address in brackets.
struct Pair<'a>(&'a Host, u16);

impl fmt::Display for Pair<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.1),
            host => write!(f, "{}:{}", host.to_unicode(), self.1),
        }
    }
}

fn bare(host: Host, host_wanted: bool) -> Target {
    match host {
        // RFC 6761 §6.3: it names this machine, and no domain has it.
        Host::Name(name) if !host_wanted && name.as_ascii() != "localhost" => Target::Domain(name),
        host => Target::Host(host),
    }
}

fn url(word: Service, rest: &str) -> Result<Target, TargetError> {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = split_port(authority)?;
    let port = port.unwrap_or(word.port);
    if !matches!(path, "" | "/") {
        return Err(TargetError::Path(Pair(&host, port).to_string()));
    }
    Ok(word.at(host, port))
}

fn socket(path: &str) -> Result<Target, TargetError> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if Path::new(path).is_absolute() && !path.contains('\0') {
        Ok(Target::Socket { path: PathBuf::from(path), protocol: Protocol::Lmtp })
    } else {
        Err(TargetError::Socket)
    }
}

fn split_port(text: &str) -> Result<(Host, Option<u16>), TargetError> {
    // An IPv6 address without brackets has colons and no port.
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok((Host::Address(address), None));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(TargetError::Ipv6)?;
        let host = Host::Address(IpAddr::V6(address.parse().map_err(|_| TargetError::Ipv6)?));
        return match rest.strip_prefix(':') {
            Some(port) => read_port(&host, port).map(|port| (host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(TargetError::Ipv6),
        };
    }
    match text.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Err(TargetError::Ipv6),
        Some((host, port)) => {
            let host = read_host(host)?;
            read_port(&host, port).map(|port| (host, Some(port)))
        }
        None => read_host(text).map(|host| (host, None)),
    }
}

fn read_host(text: &str) -> Result<Host, TargetError> {
    let host = Host::new(text)?;
    if let Host::Name(name) = &host {
        let last = name.as_ascii().rsplit('.').next().unwrap_or_default();
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(TargetError::Ipv4);
        }
    }
    Ok(host)
}

fn read_port(host: &Host, text: &str) -> Result<u16, TargetError> {
    let near = near_port(host, text);
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TargetError::PortNotANumber { host: host.clone(), near });
    }
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(TargetError::PortOutOfRange { host: host.clone(), near }),
    }
}

/// Guesses the port that was meant: one that starts with the same digits, or that the name speaks of.
fn near_port(host: &Host, text: &str) -> u16 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    let typed = WELL_KNOWN.iter().find(|row| digits.len() > 1 && row.0.to_string().starts_with(&digits));
    let name = host.to_string();
    let spoken = [("imap", 993), ("pop", 995), ("smtp", 587), ("mx", 25)];
    typed
        .map(|row| row.0)
        .or_else(|| spoken.iter().find(|row| name.starts_with(row.0)).map(|row| row.1))
        .unwrap_or(993)
}

fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| &text[word.len()..])
}

fn list<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// Word, protocol, the mode it insists on, default port.
const SERVICES: [(&str, Protocol, Option<Security>, u16); 10] = [
    ("smtp", Protocol::Smtp, None, 25),
    ("smtps", Protocol::Submission, Some(Security::Implicit), 465),
    ("submission", Protocol::Submission, None, 587),
    ("submissions", Protocol::Submission, Some(Security::Implicit), 465),
    ("imap", Protocol::Imap, None, 143),
    ("imaps", Protocol::Imap, Some(Security::Implicit), 993),
    ("pop3", Protocol::Pop3, None, 110),
    ("pop3s", Protocol::Pop3, Some(Security::Implicit), 995),
    ("sieve", Protocol::Sieve, None, 4190),
    ("lmtp", Protocol::Lmtp, None, 24),
];

/// More than any name, port and scheme together; U-labels can take four bytes a character.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, proptest};

    use super::{Service, Target};
    use crate::endpoint::{Protocol, Security};
    use crate::name::{Host, Name};

    fn read(text: &str) -> Target {
        Target::parse(text, false, None).unwrap()
    }

    fn complaint(text: &str) -> String {
        Target::parse(text, false, None).unwrap_err().to_string()
    }

    fn endpoint(host: &str, port: u16, protocol: Protocol, security: Security) -> Target {
        Target::Endpoint { host: Host::new(host).unwrap(), port, protocol, security }
    }

    #[test]
    fn bare_names_are_domains_and_addresses_are_hosts() {
        let domain = Target::Domain(Name::new("example.org").unwrap());
        assert_eq!(read("example.org"), domain);
        assert_eq!(read(" Example.ORG. "), domain);
        assert_eq!(read("someone@example.org"), domain);
        assert_eq!(read("bücher.example"), Target::Domain(Name::new("xn--bcher-kva.example").unwrap()));
        let host = Target::Host(Host::new("mail.example.org").unwrap());
        assert_eq!(Target::parse("mail.example.org", true, None).unwrap(), host);
        for address in ["192.0.2.7", "2001:db8::7", "[2001:db8::7]", "localhost"] {
            assert_eq!(read(address), Target::Host(Host::new(address).unwrap()));
        }
    }

    #[test]
    fn ports_tell_protocol_and_mode() {
        use Protocol::{Imap, Lmtp, Pop3, Sieve, Smtp, Submission};
        use Security::{Implicit, Starttls};
        let cases = [
            ("mail.example.org:993", "mail.example.org", 993, Imap, Implicit),
            ("192.0.2.7:25", "192.0.2.7", 25, Smtp, Starttls),
            ("[2001:db8::7]:465", "2001:db8::7", 465, Submission, Implicit),
            ("mail.example.org.:4190", "mail.example.org", 4190, Sieve, Starttls),
            ("smtp://a.example", "a.example", 25, Smtp, Starttls),
            ("smtp://a.example:587", "a.example", 587, Submission, Starttls),
            ("smtp://a.example:465/", "a.example", 465, Submission, Implicit),
            ("smtp://a.example:2525", "a.example", 2525, Smtp, Starttls),
            ("smtps://a.example", "a.example", 465, Submission, Implicit),
            ("submission://a.example", "a.example", 587, Submission, Starttls),
            ("submissions://a.example:10465", "a.example", 10465, Submission, Implicit),
            ("imap://a.example", "a.example", 143, Imap, Starttls),
            ("imap://a.example:993", "a.example", 993, Imap, Implicit),
            ("IMAPS://[::1]:143", "::1", 143, Imap, Implicit),
            ("imaps://2001:db8::7", "2001:db8::7", 993, Imap, Implicit),
            ("pop3://a.example", "a.example", 110, Pop3, Starttls),
            ("pop3s://a.example", "a.example", 995, Pop3, Implicit),
            ("sieve://a.example", "a.example", 4190, Sieve, Starttls),
            ("lmtp://a.example", "a.example", 24, Lmtp, Starttls),
            ("imap://user@a.example", "a.example", 143, Imap, Starttls),
        ];
        for (text, host, port, protocol, security) in cases {
            assert_eq!(read(text), endpoint(host, port, protocol, security), "{text}");
        }
    }

    #[test]
    fn a_protocol_word_decides_for_other_ports() {
        let with = |word: &str| Target::parse("a.example:2525", false, Some(word.parse().unwrap())).unwrap();
        assert_eq!(with("smtp"), endpoint("a.example", 2525, Protocol::Smtp, Security::Starttls));
        assert_eq!(with("imaps"), endpoint("a.example", 2525, Protocol::Imap, Security::Implicit));
        assert_eq!(
            with("Submissions"),
            endpoint("a.example", 2525, Protocol::Submission, Security::Implicit)
        );
        assert!("nntp".parse::<Service>().is_err());
    }

    #[test]
    fn sockets_have_a_path() {
        let socket = Target::Socket { path: "/run/lmtp".into(), protocol: Protocol::Lmtp };
        assert_eq!(read("lmtp+unix:/run/lmtp"), socket);
        assert_eq!(read("lmtp+unix:///run/lmtp"), socket);
        assert!(complaint("lmtp+unix:run/lmtp").starts_with("the path of a socket starts with a slash"));
    }

    #[test]
    fn complaints_are_one_line_with_a_way_out() {
        assert_eq!(complaint("imap.example.org:99x"), "the port is not a number. Try imap.example.org:993");
        assert_eq!(complaint("smtp.example.org:"), "the port is not a number. Try smtp.example.org:587");
        assert_eq!(
            complaint("mail.example.org:2525"),
            "port 2525 belongs to no mail protocol; say which: smtp://mail.example.org:2525, or --protocol smtp"
        );
        assert_eq!(
            complaint("[2001:db8::7]:70000"),
            "a port is a number from 1 to 65535. Try [2001:db8::7]:993"
        );
        assert_eq!(complaint("256.1.1.1:25"), "it looks like an IPv4 address and is none");
        assert_eq!(complaint("a:b:c"), "the brackets hold no IPv6 address. Try [2001:db8::7]:993");
        assert_eq!(complaint("imap://a.example/inbox"), "a mail server has no path. Try a.example:143");
        assert!(
            complaint("https://a.example").starts_with("\"https\" is no mail protocol; there are smtp, ")
        );
        assert_eq!(complaint("a b"), "' ' cannot stand in a host name");
        assert_eq!(complaint(""), "it is empty. Try example.org");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_input_panics_and_no_complaint_has_two_lines(text in any::<String>(), host in any::<bool>()) {
            if let Err(error) = Target::parse(&text, host, None) {
                assert!(!error.to_string().contains('\n'));
            }
        }

        #[test]
        fn likely_input_never_panics(text in "(smtp|imaps|lmtp\\+unix)?(:|://)?[\\[\\]:.@/a-z0-9é%-]{0,24}(:[0-9x]{0,6})?") {
            if let Err(error) = Target::parse(&text, false, None) {
                assert!(!error.to_string().contains('\n'));
            }
        }
    }
}
