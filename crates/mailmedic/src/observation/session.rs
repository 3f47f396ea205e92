//! What one connection asked and what came back.

use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::numbers::Numbers;
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
    /// What the hello offered, where the question is one of the full listing, or a trick that rides on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<Offered>,
    /// What the peer did after a move that no honest client makes, where [`Ask::Try`] is the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<Reaction>,
    /// Milliseconds from the start of the run to the start of this connection.
    pub begun_ms: u64,
    /// Milliseconds from the start of the run to the hello: a connection may wait for its question. 0 without one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hello_ms: u64,
    /// The bytes of the hello with its header, where the hello alone is the question; 0 otherwise.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hello_length: usize,
    /// Milliseconds from its start to its end.
    pub millis: u64,
}

/// Tells serde what to leave out.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// What a hello offered, in the order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Cipher suites.
    pub suites: Numbers,
    /// Named groups; none before TLS 1.0 and where no suite needs one.
    pub groups: Numbers,
    /// Signature schemes; none before TLS 1.2.
    pub schemes: Numbers,
}

/// What a peer did after a move that no honest client makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// What came after our move, in the order received; the first 16 records.
    pub records: Vec<SeenRecord>,
    /// How it ended.
    pub end: ReactionEnd,
}

/// A TLS record as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRecord {
    /// The content type (20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data, 24 heartbeat).
    pub content: u8,
    /// The bytes of the fragment in all.
    pub length: u16,
    /// The first bytes of the fragment, at most 64; decrypted where keys were agreed on and it could be.
    pub head: Bytes,
    /// Whether the fragment came encrypted.
    pub encrypted: bool,
}

/// How a reaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReactionEnd {
    /// It told enough; we left.
    Left,
    /// The peer closed.
    Closed,
    /// The connection was reset.
    Reset,
    /// Silence beyond the limit.
    TimedOut,
    /// Our move could not be made; the handshake before it did not come that far.
    NotReached,
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
    /// A command that was sent in clear text behind the request for TLS was answered inside TLS: the answer.
    CarriedOut(String),
    /// One positive reply came inside TLS that may be the answer to such a command or to the farewell.
    Unclear,
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
    /// Whether the server took up the session whose ticket it was shown; none where it was shown none, or did not
    /// come so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<bool>,
    /// The size of the Diffie-Hellman prime in bits.
    pub dh_bits: Option<u16>,
    /// The finite field that the server sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dh: Option<DhGroup>,
    /// The SHA-256 of the public key that the server sent for this handshake, of a finite field or a curve: the
    /// same twice is a key that is used again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_key: Option<Fingerprint>,
    /// The types of the extensions in the ServerHello, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<u16>,
    /// Session tickets that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<SeenTicket>,
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
    /// The signed timestamps of logs that came in the ServerHello (RFC 6962 §3.3.1), at most 16; none where they were not
    /// asked for, or could not be told, as in TLS 1.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<Vec<Bytes>>,
    /// Whether the server asked for a client certificate.
    pub client_certificate_requested: bool,
    /// Alerts in the order received.
    pub alerts: Vec<SeenAlert>,
    /// The first bytes, where they are no TLS.
    pub not_tls: Option<Bytes>,
}

/// A finite field for Diffie-Hellman, as big-endian numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhGroup {
    /// The prime.
    pub prime: Bytes,
    /// The generator.
    pub generator: Bytes,
}

/// A session ticket (RFC 5077 §3.3, RFC 8446 §4.6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenTicket {
    /// How long the server promises to take it, in seconds; none where the library that read it does not tell.
    pub lifetime_s: Option<u32>,
    /// The bytes of early data that come with it; none before TLS 1.3 and where none are taken.
    pub max_early_data: Option<u32>,
    /// The ticket itself, where it was asked for in order to show it again; useless without the keys, which are not
    /// kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<Bytes>,
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
