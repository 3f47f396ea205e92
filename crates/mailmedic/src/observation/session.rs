//! What one connection asked and what came back.

use serde::{Deserialize, Serialize};

use crate::bytes::{Bytes, Fingerprint};
use crate::endpoint::Security;

/// One connection from beginning to end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// What it was to find out.
    pub ask: Ask,
    /// The mode that it spoke.
    pub security: Security,
    /// Whether it came about.
    pub connect: Connect,
    /// The plain dialogue; none on a port that was spoken to in TLS at once.
    pub plain: Option<Talk>,
    /// The TLS handshake; none if it was not reached.
    pub tls: Option<Tls>,
    /// The dialogue inside TLS.
    pub inside: Option<Talk>,
    /// Milliseconds from the start of the run to the start of this connection.
    pub begun_ms: u64,
    /// Milliseconds from its start to its end.
    pub millis: u64,
}

/// How much is asked of each endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Reachability, certificates, versions.
    Quick,
    /// All faults that can be told without listing every suite.
    #[default]
    Standard,
    /// Everything that can be asked; in this version no more than standard.
    Full,
}

/// What a connection is to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// What any good client sees: dialogue, upgrade, a complete handshake, capabilities, QUIT.
    Polite,
    /// Whether the port speaks the other mode.
    OtherMode,
    /// The certificate that a client gets which sends no server name.
    WithoutServerName,
    /// The certificate of this key type.
    Certificate(KeyType),
    /// The newest version up to this one (`0x0303` is TLS 1.2), with every suite family but DHE, whose
    /// presence can make some servers refuse a hello that they could answer.
    Version(u16),
    /// Whether SSL 2 is spoken.
    Ssl2,
    /// Whether suites of this class are accepted.
    Suites(SuiteClass),
    /// The same as a question that was answered before, to tell a refusal from a limit.
    Control,
}

/// The kind of key in a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyType {
    /// RSA.
    Rsa,
    /// Elliptic curves.
    Ecdsa,
}

/// A class of cipher suites that is asked for apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteClass {
    /// What healthy servers refuse altogether: broken, anonymous and small-block suites in one hello,
    /// without those that use ephemeral Diffie-Hellman. Asked apart only where something answers.
    Rare,
    /// The same classes with ephemeral Diffie-Hellman, asked of servers that have it.
    RareDhe,
    /// NULL, EXPORT, DES, RC4, MD5 with an authenticated server.
    Broken,
    /// No authentication of the server.
    Anonymous,
    /// 3DES, IDEA, RC2 and other ciphers with blocks of 64 bits.
    SmallBlock,
    /// CBC with HMAC-SHA-1, with forward secrecy.
    CbcSha1,
    /// RSA key transport: no forward secrecy.
    RsaKeyExchange,
    /// Ephemeral Diffie-Hellman over finite fields.
    Dhe,
}

/// Whether a connection came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connect {
    /// It did.
    Open,
    /// The port is closed.
    Refused,
    /// No answer within the limit.
    TimedOut,
    /// No route, or an administrative prohibition.
    Unreachable(String),
    /// Something else, such as a missing Unix socket.
    Failed(String),
}

/// A dialogue: what was said, up to where it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// Commands and replies in order.
    pub lines: Vec<Line>,
    /// What the server announced; none if it never answered that question.
    pub capabilities: Option<Vec<String>>,
    /// How it ended.
    pub end: TalkEnd,
    /// Bytes that came in the same breath as the go-ahead for TLS and are no TLS.
    pub leftover: Bytes,
    /// Milliseconds until the first whole reply.
    pub first_reply_ms: Option<u64>,
}

/// A command with its reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What was sent; none before the greeting.
    pub sent: Option<String>,
    /// What came back, bounded, with everything but printable ASCII escaped as `\xNN`.
    pub reply: Option<String>,
}

/// How a dialogue ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TalkEnd {
    /// It did all that was wanted: the go-ahead for TLS, or the capabilities and QUIT.
    Done,
    /// The server turned us away at once or later: 4xx, 5xx, BYE, -ERR.
    Rejected {
        /// Whether by the greeting.
        at_greeting: bool,
        /// SMTP's reply code; 0 for others.
        code: u16,
    },
    /// STARTTLS is not among the capabilities.
    NotOffered,
    /// A middlebox overwrote STARTTLS; the line as it came.
    Stripped(String),
    /// STARTTLS was answered with no; SMTP's code or 0.
    Refused(u16),
    /// IMAP PREAUTH: logged in before TLS, so that TLS cannot be had any more.
    PreAuthenticated,
    /// The peer speaks TLS where plain text is due.
    SpeaksTls,
    /// The peer speaks another protocol: its name.
    SpeaksOther(String),
    /// Garbage, or a reply beyond the limits; the reason in words.
    Invalid(String),
    /// Silence beyond the limit.
    Silent {
        /// Whether not even a greeting came.
        at_greeting: bool,
    },
    /// The peer closed.
    Closed {
        /// Whether before the greeting.
        at_greeting: bool,
    },
    /// The connection was reset.
    Reset {
        /// Whether before the greeting.
        at_greeting: bool,
    },
}

/// A TLS handshake, complete or up to the byte that told enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    /// The server name that was sent, if any.
    pub server_name: Option<String>,
    /// How it ended.
    pub end: TlsEnd,
    /// The version that the server chose (`0x0303` is TLS 1.2, `0x0002` SSL 2).
    pub version: Option<u16>,
    /// The cipher suite that the server chose.
    pub suite: Option<u16>,
    /// The named group of the key exchange.
    pub group: Option<u16>,
    /// The size of the Diffie-Hellman prime in bits.
    pub dh_bits: Option<u16>,
    /// The signature scheme of the server's key exchange.
    pub signature_scheme: Option<u16>,
    /// Whether the server's signature fits the key of its certificate; none where it was not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_fits: Option<bool>,
    /// The compression method that the server chose; 0 is none.
    pub compression: Option<u8>,
    /// Whether the server knows secure renegotiation (RFC 5746); none where TLS 1.3 or nothing was chosen.
    pub secure_renegotiation: Option<bool>,
    /// The certificates as sent, leaf first; empty if none were seen.
    pub certificates: Vec<Fingerprint>,
    /// The stapled OCSP response.
    pub staple: Option<Bytes>,
    /// Whether the server asked for a client certificate.
    pub client_certificate_requested: bool,
    /// Alerts in the order received.
    pub alerts: Vec<SeenAlert>,
    /// The first bytes, where they are no TLS.
    pub not_tls: Option<Bytes>,
}

/// How a handshake ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsEnd {
    /// It was completed.
    Completed,
    /// The server chose; we left there, since that was enough.
    Answered,
    /// A fatal alert, the last of `alerts`.
    Alert,
    /// The peer closed without an alert.
    Closed,
    /// The connection was reset.
    Reset,
    /// Silence beyond the limit.
    #[default]
    TimedOut,
    /// The bytes are no TLS.
    NotTls,
    /// TLS that cannot be read or that breaks the protocol; the reason in words.
    Malformed(String),
}

/// An alert that the peer sent (RFC 8446 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenAlert {
    /// 1 warning, 2 fatal.
    pub level: u8,
    /// The description.
    pub description: u8,
}
