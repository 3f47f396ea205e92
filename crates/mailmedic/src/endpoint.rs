//! One place where a mail service answers: a name, an address, a port, a protocol and a mode.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

pub use mailmedic_wire::dialogue::Protocol;
use serde::{Deserialize, Serialize};

use crate::name::Host;

/// How a port comes to TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// A plain dialogue that is upgraded by STARTTLS or STLS.
    Starttls,
    /// TLS from the first byte.
    Implicit,
}

impl Security {
    /// Returns the word of the report: `starttls` or `implicit`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starttls => "starttls",
            Self::Implicit => "implicit",
        }
    }

    /// Returns the other mode.
    pub fn other(self) -> Self {
        match self {
            Self::Starttls => Self::Implicit,
            Self::Implicit => Self::Starttls,
        }
    }
}

/// Who connects to an endpoint, which decides how strictly it is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Other mail servers, which encrypt opportunistically unless DANE or MTA-STS tells more.
    Mx,
    /// Mail clients that send (RFC 6409, RFC 8314).
    Submission,
    /// Mail clients that read or manage mail: IMAP, POP3, ManageSieve.
    Access,
}

impl Role {
    /// Returns the word of the report: `mx`, `submission` or `access`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mx => "mx",
            Self::Submission => "submission",
            Self::Access => "access",
        }
    }
}

/// What led to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The user named it.
    Named,
    /// An MX record (RFC 5321 §5.1).
    Mx,
    /// No MX record, so the domain's own address is the mail exchanger (RFC 5321 §5.1).
    ImplicitMx,
    /// An SRV record (RFC 6186, RFC 8314 §5.1).
    Srv,
    /// An autoconfig document.
    Autoconfig,
    /// An answer of Autodiscover, which Outlook asks (MS-OXDSCLI).
    Autodiscover,
    /// A PACC document (draft-ietf-mailmaint-pacc).
    Pacc,
    /// A configuration profile of Apple's that the user gave.
    Profile,
    /// Nobody announced it: a usual name that mail clients try (`mail.`, `imap.`, `smtp.`, `pop.`). That
    /// nothing answers there is no fault.
    Guess,
}

impl Source {
    /// Returns the word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Mx => "mx",
            Self::ImplicitMx => "implicit-mx",
            Self::Srv => "srv",
            Self::Autoconfig => "autoconfig",
            Self::Autodiscover => "autodiscover",
            Self::Pacc => "pacc",
            Self::Profile => "profile",
            Self::Guess => "guess",
        }
    }

    /// Returns what people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Named => "the user",
            Self::Mx => "MX",
            Self::ImplicitMx => "the domain's address",
            Self::Srv => "SRV",
            Self::Autoconfig => "autoconfig",
            Self::Autodiscover => "Autodiscover",
            Self::Pacc => "PACC",
            Self::Profile => "Apple profile",
            Self::Guess => "guess",
        }
    }

    /// Returns whether it is a document that programs follow without asking anybody.
    pub fn is_document(self) -> bool {
        matches!(self, Self::Autoconfig | Self::Autodiscover | Self::Pacc | Self::Profile)
    }
}

/// Where the bytes go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// TCP to an address and port.
    Tcp(SocketAddr),
    /// A Unix domain socket.
    Unix(PathBuf),
    /// Nowhere: the certificates are in these files, and are judged as if they were served.
    Files(Vec<PathBuf>),
}

impl Place {
    /// Returns the names of files as people read them, one after the other; none for what is no file.
    pub fn files(&self) -> Option<String> {
        match self {
            Self::Files(paths) => {
                let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                Some(names.join(" "))
            }
            Self::Tcp(_) | Self::Unix(_) => None,
        }
    }
}

/// One address of one service of one host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// The name (or address literal) that a client would be told, and that a certificate must bear.
    pub host: Host,
    /// The port that a client would be told.
    pub port: u16,
    /// Where the connection really goes; differs from `host` and `port` under `--connect-to`.
    pub place: Place,
    /// The dialogue.
    #[serde(with = "protocol_name")]
    pub protocol: Protocol,
    /// The mode that the port should speak.
    pub security: Security,
    /// Who connects here.
    pub role: Role,
    /// What led here, most telling first; a service can be announced in several places.
    pub sources: Vec<Source>,
}

impl Endpoint {
    /// Returns the identifier of the report: `mx1.example.org:25/smtp+starttls@192.0.2.1`, or
    /// `/run/lmtp/lmtp+starttls` for a socket.
    pub fn id(&self) -> EndpointId {
        let (protocol, security) = (self.protocol.name(), self.security.name());
        let address = match &self.place {
            Place::Tcp(SocketAddr::V4(_)) => MOST_OF_IPV4,
            Place::Tcp(SocketAddr::V6(_)) => MOST_OF_IPV6,
            Place::Unix(_) | Place::Files(_) => 0,
        };
        // Ids are asked for all the time, so they are written at once, into one piece of memory.
        let mut id = self.label_before(protocol.len() + security.len() + 3 + address);
        for part in ["/", protocol, "+", security] {
            id.push_str(part);
        }
        // The label of others is the path already.
        if let Place::Tcp(address) = &self.place {
            id.push('@');
            let _ = write!(id, "{}", address.ip());
        }
        EndpointId(id)
    }

    /// Returns what a person calls it: `mx1.example.org:25`, or the path of a socket.
    pub fn label(&self) -> String {
        self.label_before(0)
    }

    /// Returns the same with room for what comes behind it, in bytes.
    fn label_before(&self, room: usize) -> String {
        match (&self.place, &self.host) {
            (Place::Unix(path), _) => path.display().to_string(),
            (place @ Place::Files(_), _) => place.files().unwrap_or_default(),
            (_, Host::Address(IpAddr::V6(address))) => format!("[{address}]:{}", self.port),
            (_, Host::Name(name)) => {
                let name = name.as_ascii();
                let mut label = String::with_capacity(name.len() + MOST_OF_PORT + room);
                label.push_str(name);
                let _ = write!(label, ":{}", self.port);
                label
            }
            (_, host) => format!("{host}:{}", self.port),
        }
    }

    /// Returns the IP address, if it has one.
    pub fn address(&self) -> Option<IpAddr> {
        match &self.place {
            Place::Tcp(address) => Some(address.ip()),
            Place::Unix(_) | Place::Files(_) => None,
        }
    }

    /// Returns the mode and port that this protocol has by default, given a port.
    ///
    /// Sources: RFC 8314 §7, RFC 5804 §1.8, RFC 2033.
    pub fn well_known(port: u16) -> Option<(Protocol, Security)> {
        WELL_KNOWN.iter().find(|row| row.0 == port).map(|row| (row.1, row.2))
    }

    /// Returns the role that a protocol plays on a port.
    pub fn role_of(protocol: Protocol) -> Role {
        match protocol {
            Protocol::Smtp | Protocol::Lmtp => Role::Mx,
            Protocol::Submission => Role::Submission,
            Protocol::Imap | Protocol::Pop3 | Protocol::Sieve => Role::Access,
        }
    }
}

/// The most characters of addresses, and of a port with its colon.
const MOST_OF_IPV4: usize = 15;
const MOST_OF_IPV6: usize = 39;
const MOST_OF_PORT: usize = 6;

/// The identifier of an endpoint in reports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EndpointId(pub String);

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ports of mail, with protocol and mode, in the order of reports.
pub const WELL_KNOWN: [(u16, Protocol, Security); 9] = [
    (25, Protocol::Smtp, Security::Starttls),
    (465, Protocol::Submission, Security::Implicit),
    (587, Protocol::Submission, Security::Starttls),
    (993, Protocol::Imap, Security::Implicit),
    (143, Protocol::Imap, Security::Starttls),
    (995, Protocol::Pop3, Security::Implicit),
    (110, Protocol::Pop3, Security::Starttls),
    (4190, Protocol::Sieve, Security::Starttls),
    (24, Protocol::Lmtp, Security::Starttls),
];

/// A protocol as its word.
pub(crate) mod protocol_name {
    use mailmedic_wire::dialogue::Protocol;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(protocol: &Protocol, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(protocol.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Protocol, D::Error> {
        let word = String::deserialize(deserializer)?;
        Protocol::from_name(&word).ok_or_else(|| de::Error::custom(format!("\"{word}\" is no protocol")))
    }
}
