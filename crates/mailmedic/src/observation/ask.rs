//! What there is to ask of an endpoint.

use serde::{Deserialize, Serialize};

use super::listing::TLS12;

/// How much is asked of each endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// Reachability, certificates, versions.
    Quick,
    /// All faults that can be told without listing every suite.
    #[default]
    Standard,
    /// Every version, suite, group and signature scheme, by hellos that an honest client could send.
    List,
    /// The same, and how the server behaves when it is provoked.
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
    /// The certificate of this key type; where TLS 1.3 is listed, of a key for RSASSA-PSS alone, too.
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
    /// One hello of the full listing, of this version and none newer; asked again and again, each time with
    /// what is not known yet. What it offered is in [`Session::offered`](super::Session::offered).
    List(u16),
    /// Whether a handshake of TLS 1.2 whose secret is encrypted to the server's RSA key comes to its end. It is
    /// a hello of the listing too.
    RsaExchange,
    /// How the server takes something that no honest client does.
    Try(Trick),
    /// Nothing: a connection was opened ahead, and the last question was answered before it was needed.
    Spare,
}

impl Ask {
    /// Returns the version that a hello of the full listing asks for.
    pub fn listed_version(self) -> Option<u16> {
        match self {
            Self::List(version) => Some(version),
            Self::RsaExchange => Some(TLS12),
            _ => None,
        }
    }
}

/// Something that no honest client does, to see how a server takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trick {
    /// A heartbeat request that claims more bytes than it has (CVE-2014-0160).
    Heartbleed,
    /// A ChangeCipherSpec before there are keys (CVE-2014-0224).
    EarlyChangeCipherSpec,
    /// A ClientKeyExchange whose RSA block is padded wrongly in the n-th way, 0 being the right one
    /// (<https://robotattack.org>); the second number counts repetitions.
    Robot(u8, u8),
    /// A complete handshake of TLS 1.2 that asks for a session ticket (RFC 5077), and inside it a second one, begun by the client
    /// (RFC 5246 §7.4.1.2), and more of them as long as the server goes along. Of each, the reaction has the record that answers
    /// the hello.
    Renegotiation,
    /// That ticket with a session id of one byte (CVE-2016-9244).
    Ticketbleed,
    /// A CBC record: 0 has wrong padding and stands behind one that is right, 1 has a wrong MAC, 2 more padding than bytes
    /// (RFC 5246 §6.2.3.2); 3 to 5 are wrong in the same ways once more, and so on.
    Padding(u8),
    /// An older version than the server's newest, marked as a fallback (RFC 7507).
    FallbackScsv,
    /// A hello full of values that nobody has registered (RFC 8701).
    Grease,
    /// A hello that is odd in one way only.
    Odd(Odd),
    /// A command in the same breath as STARTTLS (CVE-2011-0411).
    Injection,
}

/// The session id of [`Trick::Ticketbleed`], a single byte.
pub const LONE_SESSION_ID: u8 = 0x6D;

/// One way in which a hello can be odd, though every server has to bear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Odd {
    /// A version that does not exist yet.
    Version,
    /// An extension that does not exist yet.
    Extension,
    /// Suites that do not exist yet.
    Suite,
    /// Groups and signature schemes that do not exist yet.
    Group,
    /// A length of 256 to 511 bytes, at which F5 and IronPort hung (RFC 7685).
    Length,
    /// A length over 1,024 bytes, in one record.
    Long,
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
    /// All of these classes but the anonymous suites, asked of servers that answered the first question with one.
    RareSigned,
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
